#include "flow/decide.h"

#include <limits>
#include <random>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace lineside::flow {
namespace {

using domain::DecisionSpec;
using domain::When;

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

Decider make(const std::vector<DecisionSpec>& decisions) {
  domain::PipelineSpec spec;
  spec.decisions = decisions;
  const std::vector<std::string> outputs = {"score", "other"};
  auto decider = Decider::create(spec, outputs);
  EXPECT_TRUE(decider.has_value()) << (decider ? "" : decider.error().text);
  return std::move(*decider);
}

// One row per score, of asset 0, at times 0, 1, 2, ...
std::vector<AlertChange> decide(Decider& decider, const std::vector<double>& scores,
                                std::int64_t from = 0) {
  Rows rows;
  std::vector<float> outputs;
  for (const double score : scores) {
    rows.asset.push_back(0);
    rows.time_ns.push_back(from++);
    outputs.push_back(static_cast<float>(score));
    outputs.push_back(0);
  }
  std::vector<AlertChange> changes;
  decider.decide(rows, outputs, 2, changes);
  return changes;
}

// "+3" raised at row 3, "*4" updated, "-5" cleared.
std::string text(const std::vector<AlertChange>& changes) {
  std::string out;
  for (const AlertChange& change : changes) {
    out += change.kind == AlertChangeKind::raised    ? "+"
           : change.kind == AlertChangeKind::cleared ? "-"
                                                     : "*";
    out += std::to_string(change.row) + " ";
  }
  return out;
}

struct DecideCase {
  std::string_view name;
  DecisionSpec decision;
  std::vector<double> scores;
  std::string_view expected;
};

TEST(Decider, RaisesAndClears) {
  const std::vector<DecideCase> cases = {
      {"one score", {.threshold = 10}, {9, 10, 11, 11, 10, 9}, "+2 -4 "},
      {"below", {.when = When::below, .threshold = 10}, {11, 10, 9, 9, 10}, "+2 -4 "},
      {"2 of 3", {.threshold = 10, .k = 2, .n = 3}, {11, 0, 0, 11, 0, 11, 0, 11, 0}, "+5 -8 "},
      {"too thin for 2 of 3", {.threshold = 10, .k = 2, .n = 3}, {11, 0, 0, 11, 0, 0, 11}, ""},
      {"3 of 3",
       {.threshold = 10, .k = 3, .n = 3},
       {11, 11, 0, 11, 11, 11, 0, 0, 11, 0, 0, 0},
       "+5 -11 "},
      {"hysteresis", {.threshold = 10, .clear = 5}, {11, 9, 6, 11, 5, 9, 11}, "+0 -4 +6 "},
      {"hysteresis below",
       {.when = When::below, .threshold = 10, .clear = 20},
       {9, 15, 20, 15, 9},
       "+0 -2 +4 "},
      {"one row does not open and close",
       {.threshold = 10, .k = 1, .n = 5},
       {0, 0, 11, 11, 0, 11},
       "+2 -4 +5 "},
      {"NaN is no score", {.threshold = 10, .k = 2, .n = 2}, {11, kNan, 11, 0, kNan, 0}, "+2 -5 "},
      {"infinity is one",
       {.threshold = 10},
       {std::numeric_limits<double>::infinity(), 0},
       "+0 -1 "},
      {"64 of 64", {.threshold = 0, .k = 64, .n = 64}, std::vector<double>(70, 1.0), "+63 "},
  };
  for (const DecideCase& c : cases) {
    Decider decider = make({c.decision});
    EXPECT_EQ(text(decide(decider, c.scores)), c.expected) << c.name;
  }
}

TEST(Decider, TellsTimesAndScores) {
  Decider decider = make({{.threshold = 100, .clear = 50, .k = 2, .n = 2}});
  const auto changes = decide(decider, {110, 120, 130, 90, 40, 30}, 1000);
  ASSERT_EQ(text(changes), "+1 *2 -5 ");
  EXPECT_EQ(changes[0], (AlertChange{.kind = AlertChangeKind::raised,
                                     .row = 1,
                                     .opened = {1001},
                                     .updated = {1001},
                                     .value = 120,
                                     .worst = 120}));
  EXPECT_EQ(changes[2], (AlertChange{.kind = AlertChangeKind::cleared,
                                     .row = 5,
                                     .opened = {1001},
                                     .updated = {1005},
                                     .value = 30,
                                     .worst = 130}));
  EXPECT_FALSE(decider.open(0, 0));
}

TEST(Decider, TellsOfWorseningNowAndThen) {
  Decider decider = make({{.threshold = 100}});
  // At 200 the excess is 100: 5 more do not matter, 6 do; then 1 % of the threshold is not enough.
  EXPECT_EQ(text(decide(decider, {200, 205, 150, 206, 207, 211, 212})), "+0 *3 *6 ");
  std::vector<double> scores;
  for (int i = 0; i < 10'000; ++i) scores.push_back(101 + i);
  Decider steady = make({{.threshold = 100}});
  EXPECT_LT(decide(steady, scores).size(), 200U);
}

TEST(Decider, DecisionsAndAssetsAreApart) {
  Decider decider =
      make({{.name = "hot", .threshold = 10},
            {.name = "cold", .output = "other", .when = When::below, .threshold = 0}});
  Rows rows;
  rows.asset = {0, 3, 0, 3};
  rows.time_ns = {1, 1, 2, 2};
  const std::vector<float> outputs = {11, -1, 5, -1, 5, 1, 11, -1};
  std::vector<AlertChange> changes;
  decider.decide(rows, outputs, 2, changes);
  ASSERT_EQ(changes.size(), 6U);
  EXPECT_EQ(changes[1].decision, 1U);
  EXPECT_EQ(changes[2].asset, 3U);
  EXPECT_FALSE(decider.open(0, 0));
  EXPECT_FALSE(decider.open(0, 1));
  EXPECT_TRUE(decider.open(3, 0));
  EXPECT_TRUE(decider.open(3, 1));
  EXPECT_FALSE(decider.open(1, 0));
  EXPECT_FALSE(decider.open(900, 0));
  EXPECT_FALSE(decider.open(0, 2));
}

TEST(Decider, CountsNan) {
  Decider decider = make({{.threshold = 10}});
  EXPECT_TRUE(decide(decider, {kNan, kNan}).empty());
  EXPECT_EQ(decider.nan_scores(), 2U);
}

struct WrongDecision {
  std::string_view says;
  DecisionSpec decision;
};

TEST(Decider, RefusesWhatMakesNoSense) {
  const std::vector<WrongDecision> cases = {
      {"decision 'd': output: expected one of score, other, found 'x'",
       {.name = "d", .output = "x"}},
      {"k: expected 1 to n (2), found 3", {.name = "d", .k = 3, .n = 2}},
      {"k: expected 1 to n (2), found 0", {.name = "d", .k = 0, .n = 2}},
      {"n: expected 1 to 64, found 65", {.name = "d", .k = 1, .n = 65}},
      {"clear: expected a value at or below", {.name = "d", .threshold = 1, .clear = 2}},
      {"clear: expected a value at or above",
       {.name = "d", .when = When::below, .threshold = 1, .clear = 0}},
      {"expected finite numbers", {.name = "d", .threshold = kNan}},
  };
  const std::vector<std::string> outputs = {"score", "other"};
  for (const WrongDecision& wrong : cases) {
    domain::PipelineSpec spec;
    spec.decisions = {wrong.decision};
    const auto decider = Decider::create(spec, outputs);
    ASSERT_FALSE(decider.has_value()) << wrong.says;
    EXPECT_NE(decider.error().text.find(wrong.says), std::string::npos) << decider.error().text;
  }
}

Bytes saved(const Decider& decider) {
  Bytes bytes;
  ByteWriter writer(bytes);
  decider.save(writer);
  return bytes;
}

TEST(Decider, GoesOnAfterLoadingAsIfNothingHadHappened) {
  std::mt19937_64 random(1);
  for (int round = 0; round < 30; ++round) {
    const std::vector<DecisionSpec> decisions = {{.threshold = 60, .clear = 40, .k = 3, .n = 5}};
    std::vector<double> scores;
    for (int i = 0; i < 60; ++i) scores.push_back(static_cast<double>(random() % 100));
    Decider whole = make(decisions);
    decide(whole, {scores.begin(), scores.begin() + 30});
    Decider loaded = make(decisions);
    const Bytes bytes = saved(whole);
    ByteReader reader(bytes);
    ASSERT_TRUE(loaded.load(reader).has_value());
    EXPECT_EQ(reader.remaining(), 0U);
    const std::vector<double> rest(scores.begin() + 30, scores.end());
    EXPECT_EQ(decide(loaded, rest, 30), decide(whole, rest, 30));
  }
}

TEST(Decider, LoadsTheDecisionsWhoseRuleIsTheSame) {
  Decider before = make({{.name = "a", .threshold = 10}, {.name = "b", .threshold = 20}});
  decide(before, {30});
  Decider after = make({{.name = "new", .threshold = 1},
                        {.name = "b", .threshold = 20, .message = "other words"},
                        {.name = "a", .threshold = 11}});
  const Bytes bytes = saved(before);
  ByteReader reader(bytes);
  ASSERT_TRUE(after.load(reader).has_value());
  EXPECT_FALSE(after.open(0, 0));
  EXPECT_TRUE(after.open(0, 1));
  EXPECT_FALSE(after.open(0, 2));
}

TEST(Decider, LoadOfAnyShorterStateFailsAndChangesNothing) {
  Decider decider = make({{.name = "a", .threshold = 10}, {.name = "b", .threshold = 20}});
  decide(decider, {30, 15});
  const Bytes bytes = saved(decider);
  for (std::size_t length = 0; length < bytes.size(); ++length) {
    ByteReader reader(ByteView(bytes).first(length));
    ASSERT_FALSE(decider.load(reader).has_value()) << length;
    ASSERT_EQ(saved(decider), bytes);
  }
}

}  // namespace
}  // namespace lineside::flow
