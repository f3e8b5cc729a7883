#include "base/lane.h"

#include <algorithm>
#include <array>
#include <pthread.h>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "base/log.h"
#include "base/queue.h"

namespace lineside {
namespace {

TEST(Lane, StepsUntilTheStepSaysDone) {
  int steps = 0;
  std::string name;
  Lane lane("flow-0", [&] {
    std::array<char, 16> text{};
    pthread_getname_np(pthread_self(), text.data(), text.size());
    name = text.data();
    return ++steps < 10;
  });
  lane.join();
  EXPECT_TRUE(lane.done());
  EXPECT_EQ(steps, 10);
  EXPECT_EQ(name, "flow-0");
  lane.join();
}

TEST(Lane, StopEndsItAfterTheCurrentStep) {
  Queue<int, Overflow::block> started(1);
  std::atomic<int> steps = 0;
  Lane lane("io", [&] {
    int one = 1;
    started.try_push(one);
    ++steps;
    return true;
  });
  EXPECT_EQ(started.pop(Duration::seconds(60)), 1);
  EXPECT_FALSE(lane.done());
  lane.stop();
  lane.join();
  EXPECT_TRUE(lane.done());
  EXPECT_GE(steps.load(), 1);
}

TEST(Lane, DestructionStopsAndJoins) {
  std::uint64_t steps = 0;  // plain on purpose: ThreadSanitizer sees a missing join
  {
    Lane lane("writer", [&] {
      ++steps;
      return true;
    });
  }
  const std::uint64_t after = steps;
  std::this_thread::yield();
  EXPECT_EQ(steps, after);
}

TEST(Lane, DoneMakesItsWorkVisible) {
  int work = 0;
  Lane lane("work", [&] {
    work = 42;
    return false;
  });
  while (!lane.done()) std::this_thread::yield();
  EXPECT_EQ(work, 42);
}

TEST(Lane, TheLogMayBeUsedFromEveryLane) {
  testing::internal::CaptureStderr();
  {
    std::array<int, 2> written{};
    const auto write = [](int& count) {
      log::info("base", "line={}", count);
      return ++count < 100;
    };
    Lane first("first", [&] { return write(written[0]); });
    Lane second("second", [&] { return write(written[1]); });
    first.join();
    second.join();
  }
  const std::string out = testing::internal::GetCapturedStderr();
  EXPECT_EQ(std::ranges::count(out, '\n'), 200);
}

TEST(LaneDeathTest, ALongNameIsADefect) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  EXPECT_DEATH(Lane("a-name-too-long-", [] { return false; }), "check failed");
}

}  // namespace
}  // namespace lineside
