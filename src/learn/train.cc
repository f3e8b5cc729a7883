#include "learn/train.h"

#include <algorithm>
#include <format>

#include "codec/training.h"
#include "learn/training_internal.h"

namespace lineside::learn {

namespace {

std::string all_of(const std::vector<domain::Problem>& problems) {
  std::string text;
  for (const domain::Problem& problem : problems)
    text += (text.empty() ? "" : "\n") + domain::to_text(problem);
  return text;
}

Result<codec::ParsedTraining> parse(const world::Files& files, const std::string& path) {
  const Bytes bytes = TRY(files.read(path));
  codec::ParsedTraining parsed =
      codec::parse_training({.path = path, .text = std::string(as_text(bytes))});
  if (!parsed.problems.empty()) return invalid(all_of(parsed.problems));
  return parsed;
}

template <class Spec>
Result<domain::Manifest<Spec>> the_one(std::vector<domain::Manifest<Spec>>& list,
                                       const std::string& path, std::string_view kind) {
  if (list.size() != 1)
    return invalid(std::format("{}: expected one {}, found {}", path, kind, list.size()));
  return std::move(list.front());
}

std::string report_name(const std::string& model_file) {
  const std::string stem =
      model_file.ends_with(".onnx") ? model_file.substr(0, model_file.size() - 5) : model_file;
  return stem + ".report.json";
}

Time first_time(const Recording& recording) {
  const auto& times = recording.readings.time_ns;
  return Time{times.empty() ? 0 : *std::ranges::min_element(times)};
}

}  // namespace

Result<TrainingPlan> load_training(const world::Files& files, const std::string& path) {
  TrainingPlan plan;
  codec::ParsedTraining training = TRY(parse(files, path));
  plan.training = TRY(the_one(training.trainings, path, "Training"));
  const std::string pipeline_path = plan.training.folder + "/" + plan.training.spec.pipeline;
  codec::ParsedTraining pipeline = TRY(parse(files, pipeline_path));
  plan.pipeline = TRY(the_one(pipeline.pipelines, pipeline_path, "Pipeline"));
  if (!plan.pipeline.spec.model)
    return invalid(
        std::format("{}: spec.model: expected the file of the model to train, found "
                    "nothing",
                    pipeline_path));
  return plan;
}

Result<TrainOutcome> train(const TrainingPlan& plan, const world::Files& files,
                           const TrainOptions& options) {
  const domain::TrainingSpec& spec = plan.training.spec;
  if (options.progress) options.progress("reading", 0);
  const Recording recording = TRY(read_recording(files, plan.training.folder, spec.recording));
  if (options.progress) options.progress("features", 0.05);
  const Dataset dataset =
      TRY_WITH(make_dataset(recording, plan.pipeline.spec), "pipeline " + plan.pipeline.name);
  const TrainingRun run{plan, recording, dataset,
                        rows_to_learn(dataset, spec.learn, first_time(recording)),
                        options.progress};
  if (run.learnt.empty())
    return invalid(
        std::format("no row to learn from: expected that spec.learn (from_frame, span, exclude) "
                    "leaves some of the {} rows of pipeline {}, found none",
                    dataset.size(), plan.pipeline.name));
  TrainedModel trained = TRY(spec.trees ? train_trees(run) : train_pca(run));
  TrainOutcome outcome;
  outcome.report = write_report(run, trained, options.code_revision);
  outcome.model = std::move(trained.model);
  outcome.model_file = plan.pipeline.spec.model->file;
  outcome.report_file = report_name(outcome.model_file);
  run.tell("done", 1);
  return outcome;
}

Result<void> try_folder(world::Files& files, const std::string& folder) {
  const std::string probe = folder + "/.lineside-train";
  TRY_WITH(files.make_directories(folder), "folder of the model");
  TRY_WITH(files.write_atomic(probe, {}), "folder of the model");
  return files.remove(probe);
}

ModelSignature signature_of(const Dataset& dataset, const std::vector<std::size_t>& rows) {
  ModelSignature out;
  out.features = dataset.features;
  out.definition = dataset.definition;
  out.reference.resize(dataset.width());
  for (const std::size_t i : rows)
    for (std::size_t j = 0; j < dataset.width(); ++j)
      out.reference[j] += static_cast<double>(dataset.row(i)[j]);
  for (double& value : out.reference) value /= static_cast<double>(rows.size());
  return out;
}

std::vector<std::size_t> permutation(std::size_t n, std::int64_t seed) {
  std::vector<std::size_t> order(n);
  for (std::size_t i = 0; i < n; ++i) order[i] = i;
  auto state = static_cast<std::uint64_t>(seed);
  const auto next = [&] {
    std::uint64_t z = (state += 0x9e3779b97f4a7c15ULL);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
    return z ^ (z >> 31);
  };
  for (std::size_t i = n; i > 1; --i) std::swap(order[i - 1], order[next() % i]);
  return order;
}

}  // namespace lineside::learn
