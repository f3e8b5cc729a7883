#include "domain/pipeline.h"

#include <gtest/gtest.h>

namespace lineside::domain {
namespace {

PipelineSpec plant() {
  PipelineSpec spec;
  spec.streams = {"s2", "s3"};
  spec.windows = {{.name = "w30", .count = 30},
                  {.name = "init", .first = 10},
                  {.name = "life", .all = true},
                  {.name = "hour", .duration = Duration::seconds(3600)}};
  spec.every.count = 1;
  return spec;
}

std::string error_of(const PipelineSpec& spec) {
  const auto features = expand_features(spec);
  return features ? "" : features.error().text;
}

TEST(ExpandFeatures, GoesBySpecThenStreamThenKind) {
  PipelineSpec spec = plant();
  spec.features = {{.window = "w30", .kinds = {"mean", "q90"}},
                   {.streams = {"s3"}, .window = "w30", .kinds = {"lag3"}, .minus = "init"}};
  const auto features = expand_features(spec);
  ASSERT_TRUE(features.has_value()) << features.error().text;
  std::vector<std::string> names;
  for (const Feature& feature : *features) names.push_back(feature.name);
  EXPECT_EQ(names, (std::vector<std::string>{"s2.w30.mean", "s2.w30.q90", "s3.w30.mean",
                                             "s3.w30.q90", "s3.w30-init.lag3"}));
  EXPECT_EQ((*features)[1].statistic, Statistic::quantile);
  EXPECT_DOUBLE_EQ((*features)[1].parameter, 0.9);
  EXPECT_EQ((*features)[1].minus_window, -1);
  EXPECT_EQ((*features)[4], (Feature{.statistic = Statistic::lag,
                                     .column = 1,
                                     .window = 0,
                                     .parameter = 3,
                                     .minus_window = 1,
                                     .name = "s3.w30-init.lag3"}));
}

TEST(ExpandFeatures, KnowsEveryStatistic) {
  PipelineSpec spec = plant();
  spec.features = {{.streams = {"s2"},
                    .window = "hour",
                    .kinds = {"mean", "sd", "min", "max", "range", "rms", "kurtosis", "slope",
                              "delta", "last", "count", "q05", "ewma20", "lag1"}}};
  const auto features = expand_features(spec);
  ASSERT_TRUE(features.has_value()) << features.error().text;
  ASSERT_EQ(features->size(), names(static_cast<const Statistic*>(nullptr)).size());
  for (std::size_t i = 0; i < features->size(); ++i)
    EXPECT_EQ((*features)[i].statistic, static_cast<Statistic>(i));
}

struct WrongFeature {
  FeatureSpec features;
  std::string_view says;
};

TEST(ExpandFeatures, SaysWhatIsWrong) {
  const std::vector<WrongFeature> cases = {
      {{.window = "w3", .kinds = {"mean"}},
       "features[0].window: unknown window: expected one of w30, init, life, hour, found 'w3'"},
      {{.window = "w30", .kinds = {"mean"}, .minus = "in"}, "features[0].minus: unknown window"},
      {{.streams = {"s9"}, .window = "w30", .kinds = {"mean"}},
       "features[0].streams[0]: unknown stream"},
      {{.window = "w30", .kinds = {"avg"}},
       "features[0].kinds[0]: unknown kind: expected one of mean, sd"},
      {{.window = "w30", .kinds = {"mean2"}}, "found 'mean2'"},
      {{.window = "w30", .kinds = {"q"}}, "found 'q'"},
      {{.window = "w30", .kinds = {"q5"}}, "found 'q5'"},
      {{.window = "w30", .kinds = {"q00"}}, "found 'q00'"},
      {{.window = "w30", .kinds = {"q100"}}, "found 'q100'"},
      {{.window = "w30", .kinds = {"quantile"}}, "found 'quantile'"},
      {{.window = "w30", .kinds = {"ewma"}}, "found 'ewma'"},
      {{.window = "w30", .kinds = {"ewma0"}}, "found 'ewma0'"},
      {{.window = "w30", .kinds = {"ewma020"}}, "found 'ewma020'"},
      {{.window = "w30", .kinds = {"lag-1"}}, "found 'lag-1'"},
      {{.window = "w30", .kinds = {"lag70000"}}, "found 'lag70000'"},
      {{.window = "w30", .kinds = {"lag30"}},
       "window too short: expected more frames than the lag, found 'lag30'"},
      {{.window = "w30", .kinds = {"lag10"}, .minus = "init"},
       "found 'lag10' in window 'init' of 10"},
      {{.window = "life", .kinds = {"delta"}}, "found 'delta' of window 'life' over all frames"},
      {{.window = "w30", .kinds = {"q50"}, .minus = "life"},
       "needs memory: expected a window that ends, found 'q50'"},
      {{.window = "w30", .kinds = {"mean", "mean"}},
       "features[0].kinds[1]: named twice: expected a feature of its own, found 's2.w30.mean'"},
      {{.window = "w30", .kinds = {}}, "no kinds"},
  };
  for (const WrongFeature& wrong : cases) {
    PipelineSpec spec = plant();
    spec.features = {wrong.features};
    EXPECT_NE(error_of(spec).find(wrong.says), std::string::npos)
        << wrong.says << " is not in: " << error_of(spec);
  }
}

TEST(ExpandFeatures, AWindowOfAllGivesWhatNeedsNoMemory) {
  PipelineSpec spec = plant();
  spec.features = {{.window = "life",
                    .kinds = {"mean", "sd", "min", "max", "range", "rms", "kurtosis", "slope",
                              "last", "count", "ewma9"}}};
  EXPECT_EQ(error_of(spec), "");
  for (const std::string kind : {"delta", "q50", "lag1"}) {
    spec.features = {{.window = "life", .kinds = {kind}}};
    EXPECT_NE(error_of(spec), "") << kind;
  }
}

TEST(FeatureDefinition, IsOneLinePerFact) {
  PipelineSpec spec = plant();
  spec.join.lateness = Duration::millis(1500);
  spec.features = {{.streams = {"s2"}, .window = "w30", .kinds = {"mean"}, .minus = "init"}};
  EXPECT_EQ(feature_definition(spec),
            "lineside rows 1\n"
            "stream s2\n"
            "stream s3\n"
            "join lateness 1500ms missing skip\n"
            "window w30 count 30 min_count 1\n"
            "window init first 10 min_count 1\n"
            "window life all min_count 1\n"
            "window hour duration 1h min_count 1\n"
            "every count 1\n"
            "feature s2.w30-init.mean\n");
}

TEST(FeatureDefinition, FollowsWhatChangesRowsAndNothingElse) {
  PipelineSpec spec = plant();
  spec.features = {{.window = "w30", .kinds = {"mean"}}};
  const std::string before = feature_definition(spec);
  PipelineSpec other = spec;
  other.title = "Press";
  other.assets = "press-*";
  other.decisions.push_back({.name = "hot", .threshold = 1});
  EXPECT_EQ(feature_definition(other), before);
  other.windows[0].count = 31;
  EXPECT_NE(feature_definition(other), before);
  other = spec;
  other.every = {.duration = Duration::seconds(5)};
  EXPECT_NE(feature_definition(other), before);
}

}  // namespace
}  // namespace lineside::domain
