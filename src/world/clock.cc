#include "world/clock.h"

#include <cerrno>
#include <ctime>

#include "base/check.h"

namespace lineside::world {

namespace {

constexpr std::int64_t kSecond = 1'000'000'000;

std::int64_t read_clock(clockid_t id) {
  timespec at{};
  CHECK(clock_gettime(id, &at) == 0);
  return at.tv_sec * kSecond + at.tv_nsec;
}

class SystemClock final : public Clock {
 public:
  Time now() const override { return {read_clock(CLOCK_REALTIME)}; }
  Time steady() const override { return {read_clock(CLOCK_MONOTONIC)}; }

  void sleep(Duration duration) override {
    if (duration.ns <= 0) return;
    // An absolute goal, so that signals do not stretch the sleep.
    const std::int64_t until = steady().ns + duration.ns;
    const timespec goal{.tv_sec = until / kSecond, .tv_nsec = until % kSecond};
    int failure = EINTR;
    while (failure == EINTR) {
      failure = clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &goal, nullptr);
    }
    CHECK(failure == 0);
  }
};

}  // namespace

Clock& system_clock() {
  static SystemClock clock;
  return clock;
}

}  // namespace lineside::world
