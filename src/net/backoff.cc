#include "net/backoff.h"

#include <algorithm>

namespace lineside::net {

namespace {

constexpr int kDoublingsMax = 40;  // keeps base * 2^n in range; every cap is below it

Duration part_of(Duration whole, double share) {
  return {static_cast<std::int64_t>(static_cast<double>(whole.ns) * share)};
}

}  // namespace

Duration Backoff::next(world::Random& random) {
  const int doublings = std::min(failures_, kDoublingsMax);
  ++failures_;
  const double ceiling = std::min(
      static_cast<double>(options_.cap.ns),
      static_cast<double>(options_.base.ns) * static_cast<double>(std::int64_t{1} << doublings));
  const Duration delay = part_of({static_cast<std::int64_t>(ceiling)}, 1 - random.uniform());
  return std::max(delay, Duration::millis(1));
}

Duration Backoff::next_slow(world::Random& random) {
  ++failures_;
  return std::max(part_of(options_.cap, 1 - random.uniform() / 2), Duration::millis(1));
}

void Backoff::was_up(Duration lasted) {
  if (lasted >= options_.stable_after) failures_ = 0;
}

}  // namespace lineside::net
