#include "sim/random.h"

#include <gtest/gtest.h>

namespace lineside::sim {
namespace {

TEST(SimRandom, IsSplitMix64) {
  // First outputs for the seed 1234567 of the reference implementation.
  SimRandom random(1'234'567);
  EXPECT_EQ(random.next(), 6'457'827'717'110'365'317U);
  EXPECT_EQ(random.next(), 3'203'168'211'198'807'973U);
}

TEST(SimRandom, RepeatsForASeedAndDiffersBetweenSeeds) {
  EXPECT_EQ(SimRandom(7).token(20), SimRandom(7).token(20));
  EXPECT_NE(SimRandom(7).token(20), SimRandom(8).token(20));
}

TEST(SimRandom, BelowStaysBelowAndReachesEveryValue) {
  SimRandom random(1);
  unsigned seen = 0;
  for (int i = 0; i < 200; ++i) {
    const auto value = random.below(5);
    ASSERT_LT(value, 5U);
    seen |= 1U << value;
  }
  EXPECT_EQ(seen, 0b11111U);
  EXPECT_EQ(random.below(1), 0U);
}

}  // namespace
}  // namespace lineside::sim
