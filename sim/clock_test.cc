#include "sim/clock.h"

#include <gtest/gtest.h>

namespace lineside::sim {
namespace {

constexpr Time kStart{1'000'000};

TEST(SimClock, MovesOnlyWhenTold) {
  SimClock clock(kStart);
  EXPECT_EQ(clock.now(), kStart);
  EXPECT_EQ(clock.now(), kStart);
  clock.advance(Duration::seconds(600));
  EXPECT_EQ(clock.now(), kStart + Duration::seconds(600));
  EXPECT_EQ(clock.steady(), Time{} + Duration::seconds(600));
}

TEST(SimClock, SleepingAdvances) {
  SimClock clock(kStart);
  clock.sleep(Duration::millis(3));
  clock.sleep(Duration::millis(-3));
  EXPECT_EQ(clock.now(), kStart + Duration::millis(3));
}

TEST(SimClock, AJumpMovesTheWallClockAlone) {
  SimClock clock(kStart);
  clock.jump_wall(Duration::seconds(-3'600));
  EXPECT_EQ(clock.now(), kStart - Duration::seconds(3'600));
  EXPECT_EQ(clock.steady(), Time{});
}

}  // namespace
}  // namespace lineside::sim
