// Delays between attempts to reconnect: exponential with full jitter.
// Source: M. Brooker, "Exponential Backoff And Jitter", AWS Architecture Blog, 2015.
#pragma once

#include "base/time.h"
#include "world/random.h"

namespace lineside::net {

struct BackoffOptions {
  Duration base = Duration::millis(200);
  Duration cap = Duration::seconds(60);
  Duration stable_after = Duration::seconds(30);  // a link that lasted so long starts afresh
};

// Owned by one thread.
class Backoff {
 public:
  explicit Backoff(BackoffOptions options = {}) : options_(options) {}

  // Delay before the next attempt: uniform in (0, min(cap, base * 2^failures)], at least 1 ms.
  Duration next(world::Random& random);
  // The same for an error that waiting will hardly mend: uniform in (cap/2, cap].
  Duration next_slow(world::Random& random);
  // Tells that a link was up for `lasted` before it failed.
  void was_up(Duration lasted);

  int failures() const { return failures_; }

 private:
  BackoffOptions options_;
  int failures_ = 0;
};

}  // namespace lineside::net
