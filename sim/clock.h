// Time that moves only when told, so that ten minutes pass in no time and a test replays exactly.
#pragma once

#include <atomic>

#include "base/time.h"
#include "world/clock.h"

namespace lineside::sim {

// Thread-safe.
class SimClock final : public world::Clock {
 public:
  explicit SimClock(Time start) : now_(start.ns) {}

  Time now() const override { return {now_.load()}; }
  Time steady() const override { return {steady_.load()}; }
  void sleep(Duration duration) override;  // advances instead of waiting

  // Both clocks; never backwards.
  void advance(Duration duration);
  // The wall clock alone, in either direction: somebody set it.
  void jump_wall(Duration by) { now_ += by.ns; }

 private:
  std::atomic<std::int64_t> now_;
  std::atomic<std::int64_t> steady_ = 0;
};

}  // namespace lineside::sim
