#include "connect/connector.h"

#include <algorithm>

#include "base/check.h"

namespace lineside::connect {

void MessageTrail::add(std::size_t first_reading, std::string_view topic,
                       std::string_view payload) {
  const std::size_t begin = text_.size();
  text_ += topic.substr(0, kShownMax + 1);
  const std::size_t middle = text_.size();
  text_ += payload.substr(0, kShownMax + 1);
  entries_.push_back({first_reading, begin, middle});
}

MessageTrail::Message MessageTrail::of(std::size_t reading) const {
  const auto next = std::ranges::upper_bound(entries_, reading, {}, &Entry::first);
  CHECK(next != entries_.begin());
  const Entry& entry = *std::prev(next);
  const std::size_t end = next == entries_.end() ? text_.size() : next->begin;
  const std::string_view text = text_;
  return {text.substr(entry.begin, entry.middle - entry.begin),
          text.substr(entry.middle, end - entry.middle)};
}

void MessageTrail::clear() {
  entries_.clear();
  text_.clear();
}

void Arrival::clear() {
  readings.clear();
  ack = 0;
  messages = 0;
  bytes = 0;
  rejects.clear();
  trail.clear();
  received = {};
  published.clear();
}

}  // namespace lineside::connect
