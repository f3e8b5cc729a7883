#include "sim/clock.h"

#include "base/check.h"

namespace lineside::sim {

void SimClock::sleep(Duration duration) {
  if (duration.ns > 0) advance(duration);
}

void SimClock::advance(Duration duration) {
  CHECK(duration.ns >= 0);
  now_ += duration.ns;
  steady_ += duration.ns;
}

}  // namespace lineside::sim
