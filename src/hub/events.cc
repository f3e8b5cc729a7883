#include "hub/events.h"

#include "base/check.h"

namespace lineside::hub {

void EventFeed::publish(Event event) {
  const std::lock_guard lock(mutex_);
  event.id = ++newest_;
  ring_.push_back(std::move(event));
  if (ring_.size() > kKept) ring_.pop_front();
}

void EventFeed::forget() {
  const std::lock_guard lock(mutex_);
  ring_.clear();
  ring_.push_back({.id = ++newest_, .type = "reset", .json = "{}", .site = {}});
}

std::vector<Event> EventFeed::after(std::uint64_t id) const {
  const std::lock_guard lock(mutex_);
  const bool gone = id > newest_ || (!ring_.empty() && id + 1 < ring_.front().id);
  if (gone) return {{.id = newest_, .type = "reset", .json = "{}", .site = {}}};
  const auto fresh = static_cast<std::ptrdiff_t>(newest_ - id);
  return {ring_.end() - fresh, ring_.end()};
}

std::uint64_t EventFeed::newest() const {
  const std::lock_guard lock(mutex_);
  return newest_;
}

void EventFeed::reader_joined() {
  const std::lock_guard lock(mutex_);
  ++readers_;
}

void EventFeed::reader_left() {
  const std::lock_guard lock(mutex_);
  CHECK(readers_ > 0);
  --readers_;
}

bool EventFeed::has_readers() const {
  const std::lock_guard lock(mutex_);
  return readers_ > 0;
}

}  // namespace lineside::hub
