#include "hub/access/throttle.h"

#include <gtest/gtest.h>

#include "sim/clock.h"

namespace lineside::hub {
namespace {

class ThrottleTest : public testing::Test {
 protected:
  sim::SimClock clock_{Time{}};
  Throttle throttle_{clock_};
};

TEST_F(ThrottleTest, FiveInARowThenOneEveryTwentySeconds) {
  for (int i = 0; i < 5; ++i) EXPECT_FALSE(throttle_.take("ada")) << i;
  EXPECT_EQ(throttle_.take("ada"), Duration::seconds(20));
  EXPECT_FALSE(throttle_.take("grace")) << "another person is not held up";
  clock_.advance(Duration::seconds(19));
  EXPECT_EQ(throttle_.take("ada"), Duration::seconds(1));
  clock_.advance(Duration::seconds(1));
  EXPECT_FALSE(throttle_.take("ada"));
  EXPECT_TRUE(throttle_.take("ada"));
}

TEST_F(ThrottleTest, ARightPasswordFillsThePersonsBucket) {
  for (int i = 0; i < 4; ++i) throttle_.take("ada");
  EXPECT_FALSE(throttle_.take("ada"));
  throttle_.give_back("ada");
  for (int i = 0; i < 5; ++i) EXPECT_FALSE(throttle_.take("ada")) << i;
}

TEST_F(ThrottleTest, ManyPeopleTogetherAreHeldUpToo) {
  for (int i = 0; i < 100; ++i) EXPECT_FALSE(throttle_.take("p" + std::to_string(i))) << i;
  EXPECT_EQ(throttle_.take("one more"), Duration::millis(200));
  clock_.advance(Duration::millis(200));
  EXPECT_FALSE(throttle_.take("one more"));
}

TEST_F(ThrottleTest, RemembersAsManyAsItsMemoryHoldsAndTheWorstAmongThem) {
  for (int i = 0; i < 5; ++i) throttle_.take("ada");
  for (std::size_t i = 0; i < Throttle::kPeopleMax + 10; ++i) {
    clock_.advance(Duration::millis(200));
    throttle_.take("p" + std::to_string(i));
    if (i % 25 == 0) throttle_.take("ada");  // ever at it
  }
  for (int i = 0; i < 5; ++i) throttle_.take("ada");
  EXPECT_TRUE(throttle_.take("ada"));
}

}  // namespace
}  // namespace lineside::hub
