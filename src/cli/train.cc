#include "learn/train.h"

#include <cstdio>
#include <format>

#include "base/version.h"
#include "cli/options.h"
#include "cli/progress.h"
#include "cli/verbs.h"
#include "codec/json_writer.h"
#include "crypt/digest.h"

namespace lineside::cli {

namespace {

struct TrainVerbOptions {
  std::string manifest;
  std::string out;
  bool json = false;
};

Result<void> train(const TrainVerbOptions& asked) {
  world::Files& files = world::system_files();
  const learn::TrainingPlan plan = TRY(learn::load_training(files, asked.manifest));
  const std::string folder = asked.out.empty() ? plan.pipeline.folder : asked.out;
  TRY(learn::try_folder(files, folder));
  ProgressBar bar("train " + plan.training.name);
  const learn::TrainOutcome outcome = TRY(learn::train(
      plan, files,
      {.code_revision = std::string(code_revision()),
       .progress = [&](std::string_view stage, double done) { bar.show(stage, done); }}));
  bar.finish();
  TRY(files.write_atomic(folder + "/" + outcome.model_file, outcome.model));
  TRY(files.write_atomic(folder + "/" + outcome.report_file, as_bytes(outcome.report)));
  if (asked.json) {
    std::fputs(outcome.report.c_str(), stdout);
    return {};
  }
  std::puts(
      std::format("{}/{}  sha256:{}", folder, outcome.model_file, crypt::sha256_hex(outcome.model))
          .c_str());
  std::puts(std::format("{}/{}", folder, outcome.report_file).c_str());
  return {};
}

}  // namespace

int run_train(const Arguments& arguments) {
  TrainVerbOptions asked;
  Options options("train", "Makes a model and its evaluation report from recordings.");
  options.required("manifest", asked.manifest, "the Training manifest");
  options.text("--out", asked.out, "folder of the model; default: beside the pipeline");
  options.flag("--json", asked.json, "print the evaluation report on standard output");
  if (const auto code = options.parse(arguments)) return *code;
  const auto done = train(asked);
  return done ? 0 : report("train", done.error());
}

}  // namespace lineside::cli
