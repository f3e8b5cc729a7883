#include "edge/plan.h"

#include <format>

#include <gtest/gtest.h>

#include "sim/files.h"

namespace lineside::edge {
namespace {

constexpr std::string_view kPlant = R"(apiVersion: lineside/v1
kind: Connection
name: plant
spec:
  protocol: mqtt
  address: 127.0.0.1:1883
  mappings:
    - topic: plant/{asset}/t
      streams: [{stream: temp, path: $.temp}]
)";

LoadedPlan load(std::string_view text) {
  sim::SimFiles files;
  EXPECT_TRUE(files.make_directories("/plant"));
  EXPECT_TRUE(files.write_atomic("/plant/plant.yaml", as_bytes(text)));
  return load_plan({files, "/plant", {}});
}

std::size_t size_of(const std::vector<std::string>& lines) {
  std::size_t sum = 0;
  for (const std::string& line : lines) sum += line.size();
  return sum;
}

// A manifest with `count` unknown fields at the indent of `field`.
std::string with_fields(std::string_view field, int count) {
  std::string text(kPlant);
  for (int i = 0; i < count; ++i) text += std::format("{}{}: 1\n", field, i);
  return text;
}

TEST(LoadPlan, TellsEveryProblemWhileTheyAreFew) {
  EXPECT_TRUE(load(kPlant).plan);
  const LoadedPlan bad = load(with_fields("  x", 200));
  EXPECT_FALSE(bad.plan);
  ASSERT_EQ(bad.problems.size(), 200U);
  EXPECT_TRUE(bad.problems.back().starts_with("/plant/plant.yaml:209:3: spec.x199: unknown field"))
      << bad.problems.back();
}

TEST(LoadPlan, FeaturesThatAreOutputsHaveUnits) {
  std::string text(kPlant);
  text.insert(text.find("path: $.temp}") + 12, ", unit: Cel");
  text += R"(---
apiVersion: lineside/v1
kind: Pipeline
name: warm
spec:
  streams: [temp]
  windows: [{name: w, count: 4}, {name: t, duration: 60s}]
  every: {count: 1}
  features:
    - {window: w, kinds: [mean, slope, count, q90]}
    - {window: t, kinds: [slope]}
)";
  const LoadedPlan loaded = load(text);
  ASSERT_TRUE(loaded.plan) << loaded.problems.front();
  EXPECT_EQ(loaded.plan->pipelines.front().units,
            (std::vector<std::string>{"Cel", "Cel/{frame}", "", "Cel", "Cel/s"}));
  // The sign that people write is no unit; what is meant is told.
  text.replace(text.find("unit: Cel"), 9, "unit: °C");
  const LoadedPlan bad = load(text);
  ASSERT_EQ(bad.problems.size(), 1U);
  EXPECT_TRUE(bad.problems.front().ends_with(
      "spec.mappings[0].streams[0].unit: unknown unit: expected 'Cel' perhaps, found '°C'"))
      << bad.problems.front();
}

TEST(LoadPlan, CountsProblemsBeyondTwoHundred) {
  const LoadedPlan bad = load(with_fields("  x", 233));
  EXPECT_FALSE(bad.plan);
  ASSERT_EQ(bad.problems.size(), 201U);
  EXPECT_EQ(bad.problems.back(), "and 33 more problems");
}

TEST(LoadPlan, StopsCollectingWhereverTheProblemsAre) {
  std::string streams(kPlant.substr(0, kPlant.find("streams: [")));
  streams += "streams:\n";
  for (int i = 0; i < 5000; ++i) streams += "        - {stream: a b, path: x}\n";
  std::string documents;
  for (int i = 0; i < 3000; ++i) documents += std::format("---\nkind: X{}\n", i);
  for (const std::string& text :
       {with_fields("  x", 20'000), with_fields("x", 20'000), streams, documents}) {
    const LoadedPlan bad = load(text);
    EXPECT_FALSE(bad.plan);
    ASSERT_EQ(bad.problems.size(), 201U);
    EXPECT_TRUE(bad.problems.back().starts_with("and at least 80")) << bad.problems.back();
  }
}

TEST(LoadPlan, ShortensWhatIsLongInAProblem) {
  std::string units(kPlant.substr(0, kPlant.find("streams: [")));
  units += "streams:\n";
  for (int i = 0; i < 300; ++i) units += std::format("        - {{stream: s{}, path: $.x}}\n", i);
  units +=
      "---\napiVersion: lineside/v1\nkind: Contract\nname: c\nspec:\n  streams:\n    - {stream: "
      "'*', unit: " +
      std::string(100'000, 'u') + "}\n";
  const LoadedPlan bad = load(units);
  EXPECT_EQ(bad.problems.size(), 201U);
  EXPECT_LT(size_of(bad.problems), 201U * 1000U);
}

TEST(LoadPlan, ReadsSixtyFourMegabytesOfManifestsAtMost) {
  sim::SimFiles files;
  EXPECT_TRUE(files.make_directories("/plant"));
  EXPECT_TRUE(files.write_atomic("/plant/plant.yaml", as_bytes(kPlant)));
  const std::string half(32ULL << 20, '#');
  for (const char* name : {"a.yaml", "b.yml", "c.txt", ".d.yaml"})
    EXPECT_TRUE(files.write_atomic(std::format("/plant/{}", name), as_bytes(half)));
  const LoadedPlan bad = load_plan({files, "/plant/", {}});
  EXPECT_FALSE(bad.plan);
  EXPECT_EQ(bad.problems,
            std::vector{std::format("/plant: too much: expected at most 67108864 bytes of "
                                    "manifests in all, found {}",
                                    2 * half.size() + kPlant.size())});
}

}  // namespace
}  // namespace lineside::edge
