#include "flow/frame_join.h"

#include <algorithm>
#include <cmath>
#include <random>
#include <sstream>

#include <gtest/gtest.h>

#include "flow/pipeline_flow.h"

namespace lineside::flow {
namespace {

struct Offered {
  std::int64_t time;
  std::uint32_t column;
  double value;
};

Plan plan_of(std::size_t columns, std::int64_t lateness, bool hold) {
  Plan plan;
  plan.columns.assign(columns, "c");
  plan.lateness_ns = lateness;
  plan.hold = hold;
  return plan;
}

// What comes of each reading, one word per thing: "10:1,2" a frame, "10:held 1,2", "10:incomplete",
// "late", "repeated"; "!" marks a forced one.
std::string run(FrameJoin& join, std::size_t columns, const std::vector<Offered>& readings) {
  std::ostringstream out;
  for (const Offered& reading : readings) {
    switch (join.offer(reading.time, reading.column, reading.value)) {
      case FrameJoin::Offer::late:
        out << "late ";
        continue;
      case FrameJoin::Offer::repeated:
        out << "repeated ";
        continue;
      case FrameJoin::Offer::taken:
        break;
    }
    for (;;) {
      const FrameJoin::Closed frame = join.next();
      if (frame.closing == FrameJoin::Closing::none) break;
      out << frame.time_ns << (frame.forced ? "!" : "") << ":";
      if (frame.closing == FrameJoin::Closing::incomplete) {
        out << "incomplete ";
        continue;
      }
      if (frame.closing == FrameJoin::Closing::held) out << "held ";
      for (std::size_t c = 0; c < columns; ++c) out << (c == 0 ? "" : ",") << frame.values[c];
      out << " ";
    }
  }
  return out.str();
}

struct Case {
  std::string_view name;
  std::int64_t lateness = 0;
  bool hold = false;
  std::vector<Offered> readings;
  std::string_view expected;
};

TEST(FrameJoin, OfTwoColumns) {
  const std::vector<Case> cases = {
      {.name = "complete at once",
       .readings = {{10, 0, 1}, {10, 1, 2}, {20, 1, 4}, {20, 0, 3}},
       .expected = "10:1,2 20:3,4 "},
      {.name = "incomplete when a newer one starts",
       .readings = {{10, 0, 1}, {20, 0, 2}, {20, 1, 3}},
       .expected = "10:incomplete 20:2,3 "},
      {.name = "without lateness the past is over",
       .readings = {{10, 0, 1}, {20, 0, 2}, {10, 1, 3}, {20, 1, 4}, {20, 1, 5}},
       .expected = "10:incomplete late 20:2,4 late "},
      {.name = "the first value of a column is kept",
       .readings = {{10, 0, 1}, {10, 0, 9}, {10, 1, 2}},
       .expected = "repeated 10:1,2 "},
      {.name = "hold takes the last value of the column",
       .hold = true,
       .readings = {{10, 0, 1}, {20, 1, 2}, {30, 1, 3}, {40, 0, 4}, {40, 1, 5}},
       .expected = "10:incomplete 20:held 1,2 30:held 1,3 40:4,5 "},
      {.name = "lateness waits, in time order",
       .lateness = 10,
       .readings = {{10, 0, 1}, {20, 0, 3}, {20, 1, 4}, {10, 1, 2}, {30, 0, 5}, {31, 0, 6}},
       .expected = "10:1,2 20:3,4 "},
      {.name = "lateness waits for missing columns until the watermark has passed",
       .lateness = 10,
       .readings = {{10, 0, 1}, {20, 0, 3}, {21, 0, 4}, {10, 1, 2}, {11, 0, 0}},
       .expected = "10:incomplete late "},
      {.name = "readings behind a closed frame are late though the watermark is not past them",
       .lateness = 10,
       .readings =
           {{10, 0, 1}, {10, 1, 2}, {20, 0, 3}, {10, 0, 7}, {15, 0, 4}, {15, 1, 5}, {25, 0, 8}},
       .expected = "10:1,2 late 15:4,5 "},
  };
  for (const Case& c : cases) {
    FrameJoin join(plan_of(2, c.lateness, c.hold));
    EXPECT_EQ(run(join, 2, c.readings), c.expected) << c.name;
  }
}

TEST(FrameJoin, TimesAtTheEndsOfTheRange) {
  constexpr std::int64_t kMin = std::numeric_limits<std::int64_t>::min();
  constexpr std::int64_t kMax = std::numeric_limits<std::int64_t>::max();
  FrameJoin join(plan_of(1, 1000, false));
  EXPECT_EQ(run(join, 1, {{kMin, 0, 1}, {kMin + 1, 0, 2}, {kMax, 0, 3}, {kMax, 0, 4}}),
            "late " + std::to_string(kMin + 1) + ":2 repeated ");
}

TEST(FrameJoin, ForcesTheOldestWhenTooManyPend) {
  FrameJoin join(plan_of(2, 1'000'000, false));
  std::vector<Offered> readings;
  for (std::size_t i = 0; i <= PipelineFlow::kPendingMax; ++i)
    readings.push_back({static_cast<std::int64_t>(i), 0, 1});
  EXPECT_EQ(run(join, 2, readings), "0!:incomplete ");
}

// The same readings, each stretch of 30 in another order; 10 frames are within the lateness of 20.
std::vector<Offered> shuffled(std::vector<Offered> readings, std::mt19937_64& random) {
  for (auto from = readings.begin(); readings.end() - from > 30; from += 30)
    std::shuffle(from, from + 30, random);
  return readings;
}

TEST(FrameJoin, OrderWithinTheLatenessDoesNotMatter) {
  std::vector<Offered> readings;
  for (std::int64_t t = 1; t <= 200; ++t)
    for (std::uint32_t c = 0; c < 3; ++c)
      readings.push_back({t, c, static_cast<double>(t * 3 + c)});
  std::mt19937_64 random(1);
  std::erase_if(readings, [&](const Offered&) { return random() % 10 == 0; });
  readings.push_back({1000, 0, 0});  // makes the watermark pass all before it
  for (const bool hold : {false, true}) {
    const Plan plan = plan_of(3, 20, hold);
    FrameJoin in_order(plan);
    const std::string expected = run(in_order, 3, readings);
    EXPECT_NE(expected.find("incomplete"), std::string::npos);
    for (int round = 0; round < 30; ++round) {
      FrameJoin join(plan);
      ASSERT_EQ(run(join, 3, shuffled(readings, random)), expected);
    }
  }
}

TEST(FrameJoin, SavesAndLoadsWhatIsPending) {
  std::mt19937_64 random(4);
  for (int round = 0; round < 50; ++round) {
    const Plan plan = plan_of(3, 15, round % 2 == 0);
    FrameJoin join(plan);
    std::vector<Offered> before;
    std::vector<Offered> after;
    for (int i = 0; i < 120; ++i) {
      const Offered reading{i / 3 + static_cast<std::int64_t>(random() % 12),
                            static_cast<std::uint32_t>(random() % 3),
                            static_cast<double>(random() % 100)};
      (i < 60 ? before : after).push_back(reading);
    }
    run(join, 3, before);
    Bytes bytes;
    ByteWriter writer(bytes);
    join.save(writer);
    FrameJoin loaded(plan);
    ByteReader reader(bytes);
    const auto result = loaded.load(reader);
    ASSERT_TRUE(result.has_value()) << result.error().text;
    EXPECT_EQ(reader.remaining(), 0U);
    EXPECT_EQ(run(loaded, 3, after), run(join, 3, after));
  }
}

}  // namespace
}  // namespace lineside::flow
