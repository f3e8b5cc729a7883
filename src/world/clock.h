// The seam to time. SystemClock is the machine's; SimClock (sim/) moves only when told.
#pragma once

#include "base/time.h"

namespace lineside::world {

class Clock {
 public:
  virtual ~Clock() = default;
  // Wall time, UTC. May jump in either direction.
  virtual Time now() const = 0;
  // Time that never runs backwards, from an arbitrary origin: for intervals, backoff, latency.
  virtual Time steady() const = 0;
  // Blocks the calling thread for `duration` of steady time.
  virtual void sleep(Duration duration) = 0;
};

Clock& system_clock();

}  // namespace lineside::world
