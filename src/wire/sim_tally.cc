#include "wire/sim_tally.h"

namespace lineside::wire {

namespace {

// The hub counts as away once so few are in touch: some are always about to try again.
constexpr std::uint64_t kAwayPart = 20;

}  // namespace

void SimTally::joined(const std::string& revision) {
  const std::lock_guard lock(mutex_);
  ++figures_.joined;
  if (revision.empty()) return;
  ++revisions_[revision].edges;
  if (newest_.empty()) newest_ = revision;
}

void SimTally::add(std::uint64_t SimFigures::* count) {
  const std::lock_guard lock(mutex_);
  ++(figures_.*count);
}

void SimTally::waits(bool now) {
  const std::lock_guard lock(mutex_);
  if (now)
    ++figures_.waiting;
  else
    --figures_.waiting;
}

void SimTally::refused(const std::string& error_text) {
  const std::lock_guard lock(mutex_);
  ++figures_.refused[error_text.substr(0, error_text.find(':'))];
}

void SimTally::failed(const Error& error, bool was_in_touch) {
  const std::lock_guard lock(mutex_);
  ++figures_.errors[std::string(traits(error.code).name)];
  figures_.last_error = error.text;
  if (!was_in_touch) return;
  --figures_.in_touch;
  if (figures_.in_touch * kAwayPart > figures_.joined) return;
  away_ = true;
  back_.reset();
}

void SimTally::answered(bool was_in_touch, Time now) {
  const std::lock_guard lock(mutex_);
  if (!was_in_touch) ++figures_.in_touch;
  if (!away_) return;
  if (!back_) back_ = now;
  if (was_in_touch) return;
  figures_.reconnect = SimSpread{figures_.in_touch, now - *back_};
  if (figures_.in_touch == figures_.joined) away_ = false;
}

void SimTally::hopeless(std::string why) {
  const std::lock_guard lock(mutex_);
  if (figures_.failure.empty()) figures_.failure = std::move(why);
}

void SimTally::offered(const std::string& revision, Time now) {
  const std::lock_guard lock(mutex_);
  Revision& one = revisions_[revision];
  if (one.first || one.edges > 0) return;
  one.first = now;
  newest_ = revision;
}

void SimTally::applied(const std::string& before, const std::string& revision, Time now) {
  const std::lock_guard lock(mutex_);
  ++figures_.applied;
  if (const auto old = revisions_.find(before); old != revisions_.end() && old->second.edges > 0)
    if (--old->second.edges == 0 && old->first != newest_) revisions_.erase(old);
  Revision& one = revisions_[revision];
  ++one.edges;
  one.last = now;
}

SimFigures SimTally::figures() const {
  const std::lock_guard lock(mutex_);
  SimFigures out = figures_;
  const auto newest = revisions_.find(newest_);
  if (newest == revisions_.end()) return out;
  out.newest = newest->second.edges;
  if (newest->second.first && newest->second.edges > 0)
    out.fan_out = SimSpread{newest->second.edges, newest->second.last - *newest->second.first};
  return out;
}

}  // namespace lineside::wire
