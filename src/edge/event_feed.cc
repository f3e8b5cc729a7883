#include "edge/event_feed.h"

#include "base/check.h"

namespace lineside::edge {

void EventFeed::publish(std::string type, std::string json) {
  std::lock_guard lock(mutex_);
  ring_.push_back({++newest_, std::move(type), std::move(json)});
  if (ring_.size() > kKept) ring_.pop_front();
}

std::vector<Event> EventFeed::after(std::uint64_t id) const {
  std::lock_guard lock(mutex_);
  const bool gone = id > newest_ || (!ring_.empty() && id + 1 < ring_.front().id);
  if (gone) return {{newest_, "reset", "{}"}};
  std::vector<Event> events;
  for (auto it = ring_.rbegin(); it != ring_.rend() && it->id > id; ++it)
    events.insert(events.begin(), *it);
  return events;
}

std::uint64_t EventFeed::newest() const {
  std::lock_guard lock(mutex_);
  return newest_;
}

void EventFeed::reader_joined() {
  std::lock_guard lock(mutex_);
  ++readers_;
}

void EventFeed::reader_left() {
  std::lock_guard lock(mutex_);
  CHECK(readers_ > 0);
  --readers_;
}

bool EventFeed::has_readers() const {
  std::lock_guard lock(mutex_);
  return readers_ > 0;
}

}  // namespace lineside::edge
