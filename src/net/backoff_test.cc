#include "net/backoff.h"

#include <algorithm>

#include <gtest/gtest.h>

#include "sim/random.h"

namespace lineside::net {
namespace {

TEST(Backoff, GrowsToItsCapWithFullJitter) {
  sim::SimRandom random(1);
  // Each delay is below its ceiling, and over many runs they fill the range up to it.
  Duration longest[12];
  Duration shortest[12];
  std::ranges::fill(shortest, Duration::seconds(1000));
  for (int run = 0; run < 500; ++run) {
    Backoff backoff;
    for (int i = 0; i < 12; ++i) {
      const Duration delay = backoff.next(random);
      const Duration ceiling =
          std::min(Duration::millis(200) * (std::int64_t{1} << i), Duration::seconds(60));
      EXPECT_LE(delay, ceiling);
      EXPECT_GE(delay, Duration::millis(1));
      longest[i] = std::max(longest[i], delay);
      shortest[i] = std::min(shortest[i], delay);
    }
  }
  EXPECT_GT(longest[0], Duration::millis(190));
  EXPECT_LT(shortest[0], Duration::millis(10));
  EXPECT_GT(longest[11], Duration::seconds(57));
  EXPECT_LT(shortest[11], Duration::seconds(3));
}

TEST(Backoff, StartsAfreshAfterAStableLinkOnly) {
  sim::SimRandom random(2);
  Backoff backoff;
  for (int i = 0; i < 10; ++i) backoff.next(random);
  backoff.was_up(Duration::seconds(29));
  EXPECT_EQ(backoff.failures(), 10);
  backoff.was_up(Duration::seconds(30));
  EXPECT_EQ(backoff.failures(), 0);
  EXPECT_LE(backoff.next(random), Duration::millis(200));
}

TEST(Backoff, IsSlowAtOnceWhereWaitingWillHardlyHelp) {
  sim::SimRandom random(3);
  Backoff backoff;
  for (int i = 0; i < 100; ++i) {
    const Duration delay = backoff.next_slow(random);
    EXPECT_GE(delay, Duration::seconds(30));
    EXPECT_LE(delay, Duration::seconds(60));
  }
}

// However often it failed, no shift overflows.
TEST(Backoff, StaysAtItsCapForGood) {
  sim::SimRandom random(4);
  Backoff backoff;
  for (int i = 0; i < 200; ++i) EXPECT_LE(backoff.next(random), Duration::seconds(60));
}

}  // namespace
}  // namespace lineside::net
