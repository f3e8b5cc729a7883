#include "hub/access/throttle.h"

#include <algorithm>

namespace lineside::hub {

void Throttle::refill(Bucket& bucket, double most, Duration each, Time now) {
  const double gained = (now - bucket.at).as_seconds() / each.as_seconds();
  bucket = {std::min(most, bucket.left + gained), now};
}

std::optional<Duration> Throttle::missing(const Bucket& bucket, Duration each) {
  if (bucket.left >= 1) return std::nullopt;
  return Duration{static_cast<std::int64_t>((1 - bucket.left) * static_cast<double>(each.ns))};
}

std::optional<Duration> Throttle::take(const std::string& person) {
  const std::lock_guard lock(mutex_);
  const Time now = clock_.steady();
  if (!all_) all_ = Bucket{kAllFailures, now};
  refill(*all_, kAllFailures, kAllRefill, now);
  if (const auto wait = missing(*all_, kAllRefill)) return wait;
  if (people_.size() >= kPeopleMax && !people_.contains(person)) make_room(now);
  Bucket& bucket = people_.try_emplace(person, kPersonFailures, now).first->second;
  refill(bucket, kPersonFailures, kPersonRefill, now);
  if (const auto wait = missing(bucket, kPersonRefill)) return wait;
  bucket.left -= 1;
  all_->left -= 1;
  return std::nullopt;
}

void Throttle::give_back(const std::string& person) {
  const std::lock_guard lock(mutex_);
  people_.erase(person);
  if (all_) all_->left = std::min(kAllFailures, all_->left + 1);
}

// Those that have filled up again; where there are none, whoever has the most left, which is the
// one with the least to gain from being forgotten.
void Throttle::make_room(Time now) {
  for (auto& [person, bucket] : people_) refill(bucket, kPersonFailures, kPersonRefill, now);
  std::erase_if(people_, [](const auto& entry) { return entry.second.left >= kPersonFailures; });
  if (people_.size() < kPeopleMax) return;
  people_.erase(
      std::ranges::max_element(people_, {}, [](const auto& entry) { return entry.second.left; }));
}

}  // namespace lineside::hub
