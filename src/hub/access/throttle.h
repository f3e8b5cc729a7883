// How often somebody may try to sign in: a bucket of failures for each person and one for all.
#pragma once

#include <map>
#include <mutex>
#include <optional>
#include <string>

#include "base/time.h"
#include "world/clock.h"

namespace lineside::hub {

// Tries of right and wrong passwords alike wait once a bucket is empty, so that guessing gains
// nothing; a right one fills the person's again. Names that nobody has are counted as well: who
// asks does not learn which exist. Memory is bounded. Any thread may call.
class Throttle {
 public:
  static constexpr double kPersonFailures = 5;                      // in a row
  static constexpr Duration kPersonRefill = Duration::seconds(20);  // for one more
  static constexpr double kAllFailures = 100;                       // of everybody together
  static constexpr Duration kAllRefill = Duration::millis(200);     // for one more
  static constexpr std::size_t kPeopleMax = 10'000;

  explicit Throttle(const world::Clock& clock) : clock_(clock) {}

  // Takes one try; or says how long to wait for one.
  std::optional<Duration> take(const std::string& person);
  // The try was good.
  void give_back(const std::string& person);

 private:
  struct Bucket {
    double left;
    Time at;  // when `left` was so, by the steady clock
  };
  static void refill(Bucket& bucket, double most, Duration each, Time now);
  static std::optional<Duration> missing(const Bucket& bucket, Duration each);
  void make_room(Time now);

  const world::Clock& clock_;
  std::mutex mutex_;
  std::map<std::string, Bucket> people_;  // those that are not full
  std::optional<Bucket> all_;
};

}  // namespace lineside::hub
