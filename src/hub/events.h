// The ring of what happened, for server-sent events: the last 1,024. Each event says who may see
// it; readers filter. Thread-safe.
#pragma once

#include <cstdint>
#include <deque>
#include <mutex>
#include <string>
#include <vector>

#include "domain/people.h"

namespace lineside::hub {

struct Event {
  std::uint64_t id = 0;  // given by publish()
  std::string type;      // "change", "edge", "approval"
  std::string json;      // one line
  // To be seen by who has the permission at the site; empty: of no site, with it anywhere.
  domain::Permission permission = domain::Permission::read;
  std::string site;
};

class EventFeed {
 public:
  static constexpr std::size_t kKept = 1024;

  void publish(Event event);
  // Nothing of the past is told again: readers get one `reset`.
  void forget();
  // Events after `id`; if some of them are gone, one `reset` event with the newest id instead.
  std::vector<Event> after(std::uint64_t id) const;
  std::uint64_t newest() const;
  // Open streams; events that nobody would see need not be made.
  void reader_joined();
  void reader_left();
  bool has_readers() const;

 private:
  mutable std::mutex mutex_;
  std::deque<Event> ring_;
  std::uint64_t newest_ = 0;
  int readers_ = 0;
};

}  // namespace lineside::hub
