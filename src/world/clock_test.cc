#include "world/clock.h"

#include <gtest/gtest.h>

namespace lineside::world {
namespace {

TEST(SystemClock, WallTimeIsOfThisCentury) {
  const Time now = system_clock().now();
  EXPECT_GT(now, parse_iso("2024-01-01T00:00:00Z").value());
  EXPECT_LT(now, parse_iso("2200-01-01T00:00:00Z").value());
}

TEST(SystemClock, SteadyTimeNeverRunsBackwards) {
  Time last = system_clock().steady();
  for (int i = 0; i < 10'000; ++i) {
    const Time next = system_clock().steady();
    ASSERT_GE(next, last);
    last = next;
  }
}

TEST(SystemClock, SleepsAtLeastAsLongAsAsked) {
  const Time start = system_clock().steady();
  system_clock().sleep(Duration::millis(5));
  EXPECT_GE(system_clock().steady() - start, Duration::millis(5));
}

TEST(SystemClock, SleepsNotAtAllForNoOrNegativeTime) {
  const Time start = system_clock().steady();
  system_clock().sleep({});
  system_clock().sleep(Duration::seconds(-3'600));
  EXPECT_LT(system_clock().steady() - start, Duration::seconds(60));
}

}  // namespace
}  // namespace lineside::world
