#include "infer/explain.h"

#include <gtest/gtest.h>

namespace lineside::infer {
namespace {

// Outputs the weighted sum of its features and their number of rows asked for.
class LinearRunner final : public Runner {
 public:
  explicit LinearRunner(std::vector<float> weights) : weights_(std::move(weights)) {
    for (std::size_t i = 0; i < weights_.size(); ++i)
      signature_.features.push_back("f" + std::to_string(i));
    signature_.outputs = {"zero", "sum"};
    signature_.reference.assign(weights_.size(), 1);
  }
  const Signature& signature() const override { return signature_; }
  std::size_t width() const override { return weights_.size(); }
  std::size_t output_width() const override { return 2; }
  Result<void> run(std::span<const float> rows, std::size_t n, std::span<float> outputs) override {
    for (std::size_t i = 0; i < n; ++i) {
      outputs[2 * i] = 0;
      outputs[2 * i + 1] = 0;
      for (std::size_t j = 0; j < width(); ++j)
        outputs[2 * i + 1] += weights_[j] * rows[i * width() + j];
    }
    return {};
  }

 private:
  std::vector<float> weights_;
  Signature signature_;
};

TEST(Explain, FindsTheLargestEffectsFirst) {
  LinearRunner runner({1, -4, 0, 2, 2, 0.5F, 8});
  const std::vector<float> row = {3, 3, 3, 3, 3, 3, 1};  // the last one is at its reference
  const auto found = explain(runner, row, 1, 3);
  ASSERT_TRUE(found.has_value()) << found.error().text;
  const std::vector<domain::Contribution> expected = {
      {"f1", 3, 1, -8}, {"f3", 3, 1, 4}, {"f4", 3, 1, 4}};
  EXPECT_EQ(*found, expected);
  EXPECT_EQ(explain(runner, row, 1, 99)->size(), 5U);  // not those without effect
  EXPECT_TRUE(explain(runner, row, 0)->empty());
}

// Two features that move together, as Q and T2 of a PCA model see them: x0^2 - 2 c x0 x1 + x1^2.
class QuadraticRunner final : public Runner {
 public:
  QuadraticRunner() {
    signature_.features = {"a", "b"};
    signature_.outputs = {"score"};
    signature_.reference = {0, 0};
  }
  const Signature& signature() const override { return signature_; }
  std::size_t width() const override { return 2; }
  std::size_t output_width() const override { return 1; }
  Result<void> run(std::span<const float> rows, std::size_t n, std::span<float> outputs) override {
    for (std::size_t i = 0; i < n; ++i) {
      const float a = rows[2 * i];
      const float b = rows[2 * i + 1];
      outputs[i] = a * a - 2 * kTogether * a * b + b * b;
    }
    return {};
  }

 private:
  static constexpr float kTogether = 0.75F;
  Signature signature_;
};

TEST(Explain, EffectsOfCorrelatedFeaturesAddUpToTheScore) {
  QuadraticRunner runner;
  // Each alone at its reference would raise the score, and so seem to speak against it.
  const auto alike = explain(runner, std::vector<float>{4, 4}, 0);
  ASSERT_TRUE(alike.has_value()) << alike.error().text;
  EXPECT_EQ(*alike, (std::vector<domain::Contribution>{{"a", 4, 0, 4}, {"b", 4, 0, 4}}));
  const auto apart = explain(runner, std::vector<float>{4, -2}, 0);  // score: 16 + 12 + 4
  ASSERT_TRUE(apart.has_value()) << apart.error().text;
  EXPECT_EQ(*apart, (std::vector<domain::Contribution>{{"a", 4, 0, 22}, {"b", -2, 0, 10}}));
}

TEST(Explain, RefusesWhatDoesNotFit) {
  LinearRunner runner({1, 2});
  EXPECT_EQ(explain(runner, std::vector<float>{1}, 0).error().code, Code::invalid);
  EXPECT_EQ(explain(runner, std::vector<float>{1, 2}, 2).error().code, Code::invalid);
}

}  // namespace
}  // namespace lineside::infer
