#include "flow/pipeline_flow.h"

#include <cmath>
#include <functional>
#include <limits>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace lineside::flow {
namespace {

using domain::PipelineSpec;
using domain::Quality;

PipelineSpec mean_of_last(std::int64_t count, std::int64_t every) {
  PipelineSpec spec;
  spec.assets = "press-*";
  spec.streams = {"temp"};
  spec.windows = {{.name = "w", .count = count}};
  spec.every.count = every;
  spec.features = {{.window = "w", .kinds = {"mean"}}};
  return spec;
}

PipelineFlow make(const PipelineSpec& spec) {
  auto flow = PipelineFlow::create(spec);
  EXPECT_TRUE(flow.has_value()) << (flow ? "" : flow.error().text);
  return std::move(*flow);
}

// Readings of stream 0 at the given times, the value equal to the time.
Rows push_times(PipelineFlow& flow, const std::vector<std::int64_t>& times) {
  domain::ReadingBatch batch;
  for (const std::int64_t time : times)
    batch.push({.stream = 0, .time = {time}, .value = static_cast<double>(time)});
  Rows rows;
  flow.push(batch, rows);
  return rows;
}

TEST(PipelineFlow, BindsWhatItsGlobAndColumnsName) {
  PipelineFlow flow = make(mean_of_last(2, 1));
  EXPECT_TRUE(flow.bind(4, {"press-1", "temp", ""}));
  EXPECT_FALSE(flow.bind(5, {"press-1", "speed", ""}));
  EXPECT_FALSE(flow.bind(6, {"saw-1", "temp", ""}));
  EXPECT_TRUE(flow.bind(0, {"press-2", "temp", ""}));
  EXPECT_EQ(flow.assets(), (std::vector<std::string>{"press-1", "press-2"}));

  domain::ReadingBatch batch;
  for (const domain::StreamIndex stream : {4U, 5U, 6U, 0U, 99U, domain::kNoStream})
    batch.push({.stream = stream, .time = {10}, .value = stream * 1.0});
  Rows rows;
  flow.push(batch, rows);
  EXPECT_EQ(rows.width, 1U);
  EXPECT_EQ(rows.asset, (std::vector<std::uint32_t>{0, 1}));
  EXPECT_EQ(rows.values, (std::vector<float>{4, 0}));
}

TEST(PipelineFlow, ANumberCanBeGivenToAnotherStream) {
  PipelineFlow flow = make(mean_of_last(2, 1));
  flow.bind(0, {"press-1", "temp", ""});
  EXPECT_FALSE(flow.bind(0, {"press-1", "speed", ""}));
  EXPECT_TRUE(push_times(flow, {1, 2}).empty());
  EXPECT_TRUE(flow.bind(0, {"press-1", "temp", ""}));
  EXPECT_EQ(push_times(flow, {1, 2}).size(), 2U);
  EXPECT_EQ(flow.assets().size(), 1U);
}

TEST(PipelineFlow, RowsEverySoManyFrames) {
  PipelineSpec spec = mean_of_last(3, 2);
  PipelineFlow sliding = make(spec);
  sliding.bind(0, {"press-1", "temp", ""});
  const Rows rows = push_times(sliding, {1, 2, 3, 4, 5, 6});
  EXPECT_EQ(rows.time_ns, (std::vector<std::int64_t>{2, 4, 6}));
  EXPECT_EQ(rows.values, (std::vector<float>{1.5F, 3, 5}));

  spec.windows[0].min_count = 3;
  PipelineFlow waiting = make(spec);
  waiting.bind(0, {"press-1", "temp", ""});
  EXPECT_EQ(push_times(waiting, {1, 2, 3, 4, 5, 6}).time_ns, (std::vector<std::int64_t>{4, 6}));
}

TEST(PipelineFlow, RowsAtBoundariesTumbleWhenTheWindowIsAsLong) {
  PipelineSpec spec = mean_of_last(1, 1);
  spec.windows = {{.name = "w", .duration = Duration{10}}};
  spec.every = {.duration = Duration{10}};
  spec.features = {{.window = "w", .kinds = {"count", "min", "max"}}};
  PipelineFlow flow = make(spec);
  flow.bind(0, {"press-1", "temp", ""});
  // [-10,0) [0,10) [10,20), then nothing until [50,60), whose row is not due yet.
  const Rows rows = push_times(flow, {-10, -1, 0, 9, 10, 19, 50, 51});
  EXPECT_EQ(rows.time_ns, (std::vector<std::int64_t>{-1, 9, 19}));
  EXPECT_EQ(rows.values, (std::vector<float>{2, -10, -1, 2, 0, 9, 2, 10, 19}));
}

TEST(PipelineFlow, TheFirstFramesStayWhatTheyWere) {
  PipelineSpec spec = mean_of_last(2, 1);
  spec.windows.push_back({.name = "init", .first = 3});
  spec.features = {{.window = "w", .kinds = {"mean"}, .minus = "init"},
                   {.window = "init", .kinds = {"q50", "lag1", "ewma1", "count"}}};
  PipelineFlow flow = make(spec);
  flow.bind(0, {"press-1", "temp", ""});
  const Rows rows = push_times(flow, {10, 20, 30, 40, 50});
  ASSERT_EQ(rows.size(), 5U);
  const auto row = [&](std::size_t i) {
    return std::vector<float>(rows.row(i).begin(), rows.row(i).end());
  };
  EXPECT_EQ(row(0), (std::vector<float>{0, 10, 10, 10, 1}));
  EXPECT_EQ(row(2), (std::vector<float>{5, 20, 20, 30, 3}));
  EXPECT_EQ(row(4), (std::vector<float>{25, 20, 20, 30, 3}));
}

TEST(PipelineFlow, CountsWhatItDoesNotTake) {
  PipelineSpec spec = mean_of_last(2, 1);
  spec.streams = {"temp", "speed"};
  PipelineFlow flow = make(spec);
  flow.bind(0, {"press-1", "temp", ""});
  flow.bind(1, {"press-1", "speed", ""});
  domain::ReadingBatch batch;
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const double inf = std::numeric_limits<double>::infinity();
  batch.push({.stream = 0, .time = {10}, .value = 1});
  batch.push({.stream = 0, .time = {10}, .value = 1});                           // repeated
  batch.push({.stream = 1, .quality = Quality::bad, .time = {10}, .value = 1});  // bad
  batch.push({.stream = 1, .time = {10}, .value = nan});                         // bad
  batch.push({.stream = 1, .time = {10}, .value = -inf});                        // bad
  batch.push({.stream = 1, .quality = Quality::uncertain, .time = {10}, .value = 2});
  batch.push({.stream = 1, .time = {10}, .value = 1});  // late: the frame is closed
  batch.push({.stream = 0, .time = {20}, .value = 1});
  batch.push({.stream = 0, .time = {30}, .value = 1});  // 20 is incomplete
  batch.push({.stream = 1, .time = {20}, .value = 1});  // late
  Rows rows;
  flow.push(batch, rows);
  EXPECT_EQ(
      flow.counters(),
      (FlowCounters{.frames = 1, .rows = 1, .incomplete = 1, .late = 2, .repeated = 1, .bad = 3}));
}

TEST(PipelineFlow, AFullDurationWindowLosesItsOldestFrames) {
  PipelineSpec spec = mean_of_last(1, 1 << 19);
  spec.windows = {{.name = "w", .duration = Duration::seconds(1000)}};
  spec.features = {{.window = "w", .kinds = {"count", "min"}}};
  PipelineFlow flow = make(spec);
  flow.bind(0, {"press-1", "temp", ""});
  std::vector<std::int64_t> times;
  for (std::int64_t t = 0; t < (3 << 19); ++t) times.push_back(t);
  const Rows rows = push_times(flow, times);
  constexpr float kFull = PipelineFlow::kWindowFramesMax;
  EXPECT_EQ(rows.values, (std::vector<float>{kFull / 2, 0, kFull, 0, kFull, kFull / 2}));
  EXPECT_EQ(flow.counters().truncated, 1U << 19);
}

TEST(PipelineFlow, ValuesBeyondFloatSaturate) {
  PipelineSpec spec = mean_of_last(4, 1);
  spec.features = {{.window = "w", .kinds = {"last", "sd", "rms", "slope", "kurtosis", "mean"}}};
  PipelineFlow flow = make(spec);
  flow.bind(0, {"press-1", "temp", ""});
  domain::ReadingBatch batch;
  std::int64_t time = 0;
  for (const double value : {1e300, -1.7e308, 1.7e308, 1.7e308, -1e200, 1.0, 2.0, 3.0, 4.0})
    batch.push({.stream = 0, .time = {++time}, .value = value});
  Rows rows;
  flow.push(batch, rows);
  for (const float value : rows.values) EXPECT_TRUE(std::isfinite(value));
  EXPECT_EQ(rows.row(0)[0], std::numeric_limits<float>::max());
  EXPECT_FLOAT_EQ(rows.row(8)[1], 1.2909944F);
  EXPECT_FLOAT_EQ(rows.row(8)[3], 1);
}

TEST(PipelineFlow, OnceWarmItsMemoryStaysTheSame) {
  PipelineSpec spec = mean_of_last(64, 1);
  spec.features = {{.window = "w", .kinds = {"mean", "kurtosis", "min", "max", "q50", "slope"}}};
  PipelineFlow flow = make(spec);
  flow.bind(0, {"press-1", "temp", ""});
  std::vector<std::int64_t> times;
  for (std::int64_t t = 0; t < 1000; ++t) times.push_back(t);
  push_times(flow, times);
  const std::size_t before = flow.memory_bytes();
  for (std::int64_t& t : times) t += 1000;
  push_times(flow, times);
  EXPECT_EQ(flow.memory_bytes(), before);
}

struct WrongSpec {
  std::string_view says;
  std::function<void(PipelineSpec&)> break_it;
};

TEST(PipelineFlow, RefusesWhatMakesNoSense) {
  const std::vector<WrongSpec> cases = {
      {"streams: expected at least one", [](auto& s) { s.streams.clear(); }},
      {"streams: 'temp' is named twice", [](auto& s) { s.streams = {"temp", "temp"}; }},
      {"join.lateness", [](auto& s) { s.join.lateness.ns = -1; }},
      {"window 'w': expected exactly one of count", [](auto& s) { s.windows[0].all = true; }},
      {"window 'w': expected exactly one of count", [](auto& s) { s.windows[0].count.reset(); }},
      {"window 'w': expected 1 to 65536 frames, found 0", [](auto& s) { s.windows[0].count = 0; }},
      {"window 'w': is named twice", [](auto& s) { s.windows.push_back(s.windows[0]); }},
      {"min_count: expected at most 2", [](auto& s) { s.windows[0].min_count = 3; }},
      {"min_count: expected 1 to", [](auto& s) { s.windows[0].min_count = 0; }},
      {"every: expected exactly one", [](auto& s) { s.every.count.reset(); }},
      {"every: expected exactly one", [](auto& s) { s.every.duration = Duration{1}; }},
      {"every: expected more than 0", [](auto& s) { s.every.count = 0; }},
      {"features: expected at least one", [](auto& s) { s.features.clear(); }},
      {"found 'avg'", [](auto& s) { s.features[0].kinds = {"avg"}; }},
  };
  for (const WrongSpec& wrong : cases) {
    PipelineSpec spec = mean_of_last(2, 1);
    wrong.break_it(spec);
    const auto flow = PipelineFlow::create(spec);
    ASSERT_FALSE(flow.has_value()) << wrong.says;
    EXPECT_NE(flow.error().text.find(wrong.says), std::string::npos) << flow.error().text;
  }
}

Bytes saved(const PipelineFlow& flow) {
  Bytes bytes;
  ByteWriter writer(bytes);
  flow.save(writer);
  return bytes;
}

TEST(PipelineFlow, LoadRefusesAnotherDefinition) {
  PipelineFlow flow = make(mean_of_last(2, 1));
  const Bytes bytes = saved(make(mean_of_last(3, 1)));
  ByteReader reader(bytes);
  const auto result = flow.load(reader);
  ASSERT_FALSE(result.has_value());
  EXPECT_EQ(result.error().code, Code::conflict);
  EXPECT_NE(result.error().text.find("count 3"), std::string::npos) << result.error().text;
}

TEST(PipelineFlow, LoadOfAnyShorterStateFailsAndChangesNothing) {
  PipelineSpec spec = mean_of_last(3, 1);
  spec.streams = {"temp", "speed"};
  spec.join = {.lateness = Duration{5}, .missing = domain::Missing::hold};
  spec.windows.push_back({.name = "life", .all = true});
  spec.windows.push_back({.name = "init", .first = 2});
  spec.features = {{.window = "w", .kinds = {"mean", "slope", "q50", "ewma3"}, .minus = "init"},
                   {.window = "life", .kinds = {"sd", "max"}}};
  PipelineFlow flow = make(spec);
  flow.bind(0, {"press-1", "temp", ""});
  flow.bind(1, {"press-1", "speed", ""});
  domain::ReadingBatch batch;
  for (std::uint32_t i = 0; i < 40; ++i)
    batch.push({.stream = i % 2, .time = {i / 2}, .value = i * 1.5});
  Rows rows;
  flow.push(batch, rows);
  const Bytes bytes = saved(flow);
  for (std::size_t length = 0; length < bytes.size(); ++length) {
    ByteReader reader(ByteView(bytes).first(length));
    const auto result = flow.load(reader);
    ASSERT_FALSE(result.has_value()) << length;
    ASSERT_EQ(saved(flow), bytes) << length;
  }
  ByteReader reader(bytes);
  ASSERT_TRUE(flow.load(reader).has_value());
  EXPECT_EQ(saved(flow), bytes);
}

TEST(PipelineFlow, StreamsBoundBeforeLoadingStayBound) {
  PipelineFlow before = make(mean_of_last(2, 1));
  before.bind(0, {"press-1", "temp", ""});
  before.bind(1, {"press-2", "temp", ""});
  push_times(before, {10});
  const Bytes bytes = saved(before);

  PipelineFlow after = make(mean_of_last(2, 1));
  after.bind(1, {"press-3", "temp", ""});
  after.bind(0, {"press-1", "temp", ""});
  ByteReader reader(bytes);
  ASSERT_TRUE(after.load(reader).has_value());
  EXPECT_EQ(after.assets(), (std::vector<std::string>{"press-1", "press-2", "press-3"}));
  const Rows rows = push_times(after, {20});
  EXPECT_EQ(rows.asset, (std::vector<std::uint32_t>{0}));
  EXPECT_EQ(rows.values, (std::vector<float>{15}));
}

}  // namespace
}  // namespace lineside::flow
