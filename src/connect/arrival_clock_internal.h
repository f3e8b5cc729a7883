// Arrival times as keys: never the same twice and never backwards on one connection.
#pragma once

#include <algorithm>

#include "base/time.h"

namespace lineside::connect {

class ArrivalClock {
 public:
  // Reads both clocks for the messages that follow. While the wall clock is behind what was given
  // out before (somebody set it back), arrival times go on at half the speed until it is not.
  void read(Time wall, Time steady) {
    const Duration passed = steady - read_at_;
    read_at_ = steady;
    next_ = wall > last_ ? wall : Time{std::max(next_.ns, last_.ns + 1) + passed.ns / 2};
  }

  Time stamp() {
    last_ = next_;
    next_.ns += 1;
    return last_;
  }

 private:
  Time last_ = Time::min();
  Time next_;
  Time read_at_;
};

}  // namespace lineside::connect
