#include "learn/trees.h"

#include <algorithm>
#include <limits>

#include <gtest/gtest.h>

#include "infer/runner.h"
#include "learn/models_test.h"

namespace lineside::learn {
namespace {

constexpr double kNoCap = 1e9;

std::vector<float> run(const Bytes& model, std::span<const float> rows, std::size_t batch) {
  const auto runner = infer::open_onnx(model, {.batch_max = batch});
  EXPECT_TRUE(runner.has_value()) << runner.error().text;
  const std::size_t n = rows.size() / (*runner)->width();
  std::vector<float> outputs(n * (*runner)->output_width());
  EXPECT_TRUE((*runner)->run(rows, n, outputs).has_value());
  return outputs;
}

struct Case {
  const char* what;
  domain::TreesSpec spec;
  std::size_t count = 400;
  std::size_t width = 5;
};

std::vector<Case> cases() {
  return {
      {"plain", {.rounds = 30, .max_depth = 4}},
      {"a base score far off", {.rounds = 20, .max_depth = 3, .base_score = 9000}},
      {"deep, sampled", {.rounds = 60, .max_depth = 8, .subsample = 0.5, .colsample_bytree = 0.4}},
      {"one tree that is a leaf", {.rounds = 1, .max_depth = 1, .min_child_weight = 1e6}},
      {"one feature", {.rounds = 10}, 100, 1},
      {"more trees than one batch of the runtime", {.rounds = 300, .max_depth = 2}}};
}

// Fresh rows, and rows of the thresholds themselves: that is where < and <= differ.
std::vector<float> rows_to_try(const TreeEnsemble& ensemble) {
  std::vector<float> rows = noisy_table(300, ensemble.width, 99).rows;
  for (const auto& tree : ensemble.trees)
    for (const TreeNode& node : tree)
      if (node.left >= 0) rows.insert(rows.end(), ensemble.width, node.threshold);
  return rows;
}

void expect_close(const std::vector<float>& found, const std::vector<float>& expected,
                  const std::string& what) {
  ASSERT_EQ(found.size(), expected.size());
  for (std::size_t i = 0; i < found.size(); ++i)
    ASSERT_NEAR(found[i], std::max(expected[i], 0.0F), 1e-5 * std::max(1.0F, std::abs(expected[i])))
        << what << ", row " << i;
}

TEST(Trees, OnnxPredictsWhatXgboostPredicts) {
  for (const Case& test : cases()) {
    const Table table = noisy_table(test.count, test.width);
    const auto booster = Booster::train(table.rows, table.targets, test.spec, 1);
    ASSERT_TRUE(booster.has_value()) << test.what << ": " << booster.error().text;
    const TreeEnsemble ensemble = *booster->ensemble();
    const std::vector<float> rows = rows_to_try(ensemble);
    const auto expected = booster->predict(rows);
    const Bytes model = write_trees(ensemble, kNoCap, signature(test.width, {"rul"}));
    for (const std::size_t batch : {1U, 64U})
      expect_close(run(model, rows, batch), *expected, test.what);
  }
}

TEST(Trees, MissingValuesGoTheWayXgboostSendsThem) {
  Table table = noisy_table(600, 4);
  for (std::size_t i = 0; i < table.rows.size(); i += 7)
    table.rows[i] = std::numeric_limits<float>::quiet_NaN();
  const auto booster = Booster::train(table.rows, table.targets, {.rounds = 40, .max_depth = 4}, 1);
  const TreeEnsemble ensemble = *booster->ensemble();
  const auto goes = [&](bool left) {
    return std::ranges::any_of(ensemble.trees, [&](const auto& tree) {
      return std::ranges::any_of(
          tree, [&](const TreeNode& n) { return n.left >= 0 && n.missing_left == left; });
    });
  };
  ASSERT_TRUE(goes(true) && goes(false));  // both ways are in the test
  const auto expected = booster->predict(table.rows);
  const std::vector<float> found =
      run(write_trees(ensemble, kNoCap, signature(4, {"rul"})), table.rows, 64);
  for (std::size_t i = 0; i < found.size(); ++i)
    ASSERT_NEAR(found[i], std::max((*expected)[i], 0.0F), 1e-5 * std::abs((*expected)[i]));
}

TEST(Trees, OutputsAreClipped) {
  const Table table = noisy_table(200, 3);
  const auto booster = Booster::train(table.rows, table.targets, {.base_score = 50}, 1);
  const auto raw = booster->predict(table.rows);
  ASSERT_GT(std::ranges::max(*raw), 60);
  const std::vector<float> found =
      run(write_trees(*booster->ensemble(), 60, signature(3, {"rul"})), table.rows, 16);
  for (std::size_t i = 0; i < found.size(); ++i)
    EXPECT_NEAR(found[i], std::clamp((*raw)[i], 0.0F, 60.0F), 1e-4);
}

TEST(Trees, TheSameSeedGivesTheSameBytes) {
  const Table table = noisy_table(300, 4);
  const domain::TreesSpec spec{.rounds = 15, .subsample = 0.5, .colsample_bytree = 0.5};
  const auto bytes = [&](std::int64_t seed) {
    const auto booster = Booster::train(table.rows, table.targets, spec, seed);
    return write_trees(*booster->ensemble(), 80, signature(4, {"rul"}));
  };
  EXPECT_EQ(bytes(1), bytes(1));
  EXPECT_NE(bytes(1), bytes(2));
}

TEST(Trees, TheSignatureComesBack) {
  const auto runner = infer::open_onnx(small_trees(noisy_table(200, 3)));
  ASSERT_TRUE(runner.has_value()) << runner.error().text;
  const infer::Signature& found = (*runner)->signature();
  EXPECT_EQ(found.features, names(3));
  EXPECT_EQ(found.outputs, std::vector<std::string>{"rul"});
  EXPECT_EQ(found.reference, std::vector<double>(3, 10));
  EXPECT_EQ(found.definition, "made for a test");
}

TEST(Trees, RefusesRowsThatDoNotFit) {
  const std::vector<float> rows(7);
  const std::vector<float> targets(2);
  EXPECT_EQ(Booster::train(rows, targets, {}, 1).error().code, Code::invalid);
  EXPECT_EQ(Booster::train({}, {}, {}, 1).error().code, Code::invalid);
}

}  // namespace
}  // namespace lineside::learn
