#include "learn/train.h"

#include <algorithm>
#include <cmath>
#include <random>
#include <set>

#include <gtest/gtest.h>

#include "infer/admission.h"
#include "infer/runner.h"
#include "learn/training_internal.h"
#include "sim/files.h"

namespace lineside::learn {
namespace {

constexpr const char* kPipeline = R"(apiVersion: lineside/v1
kind: Pipeline
name: wear
spec:
  streams: [s2, s3]
  windows: [{name: w, count: 5}, {name: life, all: true}]
  every: {count: 1}
  features:
    - {window: w, kinds: [mean]}
    - {window: life, kinds: [slope]}
  model: {file: wear.onnx}
  publish: {connection: elsewhere}
)";

constexpr const char* kTrees = R"(apiVersion: lineside/v1
kind: Training
name: wear
spec:
  pipeline: pipeline.yaml
  recording: {format: cmapss, files: [train.txt]}
  trees:
    rounds: 20
    max_depth: 3
    subsample: 0.7
    target: {cap: 40}
  validation: {folds: 3, from_frame: 5}
)";

constexpr const char* kPca = R"(apiVersion: lineside/v1
kind: Training
name: health
spec:
  pipeline: pipeline.yaml
  recording: {format: csv, files: [m.csv], asset: m, streams: [s2, s3]}
  pca: {variance: 0.8, limit: theoretical, quantile: 0.99}
  validation: {folds: 2}
)";

class Training : public testing::Test {
 protected:
  Training() {
    EXPECT_TRUE(files_.make_directories("/plant").has_value());
    write("pipeline.yaml", kPipeline);
    write("trees.yaml", kTrees);
    write("pca.yaml", kPca);
    std::mt19937 random(5);
    std::normal_distribution<double> noise;
    std::string engines;
    for (int engine = 1; engine <= 12; ++engine) {
      const int life = 30 + 5 * engine;
      for (int cycle = 1; cycle <= life; ++cycle) {
        engines += std::to_string(engine) + " " + std::to_string(cycle) + " 0 0 0 1";
        const double wear = std::exp((cycle - life) / 10.0);
        for (int sensor = 2; sensor <= 21; ++sensor)
          engines += " " + std::to_string(100 + sensor * wear + 0.1 * noise(random));
        engines += "\n";
      }
    }
    write("train.txt", engines);
    std::string csv = "timestamp,a,b\n";
    for (int i = 0; i < 300; ++i) {
      const double x = noise(random);
      csv += format_iso(Time{} + Duration::seconds(60 * i)) + "," + std::to_string(x) + "," +
             std::to_string(2 * x + 0.3 * noise(random)) + "\n";
    }
    write("m.csv", csv);
  }
  void write(const std::string& name, std::string_view text) {
    ASSERT_TRUE(files_.write_atomic("/plant/" + name, as_bytes(text)).has_value());
  }
  TrainOutcome run(const std::string& name, const TrainOptions& options = {}) {
    const auto plan = load_training(files_, "/plant/" + name);
    EXPECT_TRUE(plan.has_value()) << plan.error().text;
    auto outcome = train(*plan, files_, options);
    EXPECT_TRUE(outcome.has_value()) << outcome.error().text;
    return std::move(*outcome);
  }
  std::string refusal(const std::string& name) {
    const auto plan = load_training(files_, "/plant/" + name);
    if (!plan) return plan.error().text;
    const auto outcome = train(*plan, files_, {});
    return outcome ? "trained" : outcome.error().text;
  }
  static std::string replaced(std::string text, std::string_view from, std::string_view to) {
    const std::size_t at = text.find(from);
    EXPECT_NE(at, std::string::npos) << from;
    return text.replace(at, from.size(), to);
  }

  sim::SimFiles files_;
};

TEST_F(Training, TheSameBytesTwice) {
  for (const std::string name : {"trees.yaml", "pca.yaml"}) {
    const TrainOutcome first = run(name, {.code_revision = "abc", .progress = {}});
    const TrainOutcome second = run(name, {.code_revision = "abc", .progress = {}});
    EXPECT_EQ(first.model, second.model) << name;
    EXPECT_EQ(first.report, second.report) << name;
    EXPECT_EQ(first.model_file, "wear.onnx");
    EXPECT_EQ(first.report_file, "wear.report.json");
  }
}

TEST_F(Training, AnotherSeedGivesOtherTrees) {
  const Bytes first = run("trees.yaml").model;
  write("trees.yaml", std::string(kTrees) + "  seed: 2\n");
  EXPECT_NE(run("trees.yaml").model, first);
}

TEST_F(Training, TheModelFitsItsPipeline) {
  for (const std::string name : {"trees.yaml", "pca.yaml"}) {
    const auto runner = infer::open_onnx(run(name).model);
    ASSERT_TRUE(runner.has_value()) << runner.error().text;
    auto pipeline = load_training(files_, "/plant/" + name)->pipeline.spec;
    pipeline.decisions = {{.name = "d", .output = name == "trees.yaml" ? "rul" : "q_ratio"}};
    const auto fits = infer::check_signature(pipeline, (*runner)->signature());
    EXPECT_TRUE(fits.has_value()) << fits.error().text;
    pipeline.windows[0].count = 6;
    EXPECT_EQ(infer::check_signature(pipeline, (*runner)->signature()).error().code,
              Code::conflict);
  }
}

TEST_F(Training, TheReportSaysHowItWasMade) {
  std::vector<double> done;
  const std::string report =
      run("trees.yaml",
          {.code_revision = "r17",
           .progress = [&](std::string_view, double share) { done.push_back(share); }})
          .report;
  for (const char* part :
       {R"("training":"wear")", R"("code_revision":"r17")", R"("library":"xgboost )",
        R"("name":"train.txt")", R"("rows_learnt":750)", R"("assets":12)", R"("rmse_capped":)",
        R"("subsample":0.7)", R"("name":"s3.life.slope")", R"("seed":1)"})
    EXPECT_NE(report.find(part), std::string::npos) << part << "\n" << report;
  EXPECT_TRUE(report.ends_with("}\n"));
  ASSERT_GT(done.size(), 4U);
  EXPECT_TRUE(std::ranges::is_sorted(done));
  EXPECT_EQ(done.back(), 1);
}

TEST_F(Training, SaysEverythingThatIsWrongAtOnce) {
  write("bad.yaml", R"(apiVersion: lineside/v1
kind: Training
name: bad
spec:
  pipeline: pipeline.yaml
  recording: {format: csv, files: []}
  learn: {exclude: [{from: yesterday, to: "2020-01-01"}], fold: 3}
  trees: {eta: 7}
  pca: {}
)");
  const std::string text = refusal("bad.yaml");
  for (const char* part : {"/plant/bad.yaml:7:", "unknown field", "spec.trees.eta: out of range"})
    EXPECT_NE(text.find(part), std::string::npos) << part << "\n" << text;
  write("bad.yaml",
        replaced(replaced(kPca, "asset: m, ", ""), "  pca: {", "  trees: {}\n  pca: {"));
  const std::string rules = refusal("bad.yaml");
  for (const char* part : {"spec.recording.asset: not a name",
                           "spec: unclear method: expected exactly one of trees, "
                           "pca, found both",
                           "spec.trees.target: unknown target"})
    EXPECT_NE(rules.find(part), std::string::npos) << part << "\n" << rules;
}

TEST_F(Training, NamesTheFileThatIsMissingOrUnfit) {
  write("bad.yaml", replaced(kTrees, "train.txt", "absent.txt"));
  EXPECT_NE(refusal("bad.yaml").find("/plant/absent.txt"), std::string::npos);
  write("bad.yaml", replaced(kTrees, "pipeline.yaml", "trees.yaml"));
  EXPECT_EQ(refusal("bad.yaml"), "/plant/trees.yaml: expected one Pipeline, found 0");
  write("two.yaml", std::string(kTrees) + "---\n" + kTrees);
  EXPECT_EQ(refusal("two.yaml"), "/plant/two.yaml: expected one Training, found 2");
  write("bad.yaml", replaced(kTrees, "  trees:", "  learn: {from_frame: 5000}\n  trees:"));
  EXPECT_NE(refusal("bad.yaml").find("of pipeline wear, found none"), std::string::npos);
  write("short.yaml", replaced(kTrees, "pipeline.yaml", "hungry.yaml"));
  const auto pipeline = files_.read("/plant/pipeline.yaml");
  write("hungry.yaml",
        replaced(std::string(as_text(*pipeline)), "every: {count: 1}", "every: {count: 900000}"));
  EXPECT_TRUE(refusal("short.yaml").starts_with("pipeline wear: the recording yields no row"))
      << refusal("short.yaml");
  write("bad.yaml", replaced(kTrees, "folds: 3", "folds: 20"));
  EXPECT_EQ(refusal("bad.yaml"), "validation: expected at least 20 assets, one per fold, found 12");
}

TEST_F(Training, TriesTheFolderBeforeTheWork) {
  EXPECT_TRUE(try_folder(files_, "/new/models"));
  EXPECT_EQ(files_.list("/new/models")->size(), 0U) << "nothing stays behind";
  files_.fail_at(1, Code::denied, sim::SimFiles::Failure::onwards);
  const auto refused = try_folder(files_, "/other");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Code::denied);
  EXPECT_TRUE(refused.error().text.starts_with("folder of the model: ")) << refused.error().text;
}

TEST(Permutation, HoldsEachNumberOnce) {
  const auto order = permutation(100, 1);
  EXPECT_EQ(std::set<std::size_t>(order.begin(), order.end()).size(), 100U);
  EXPECT_EQ(order, permutation(100, 1));
  EXPECT_NE(order, permutation(100, 2));
}

}  // namespace
}  // namespace lineside::learn
