// The ring of server-sent events: the last 1,024, numbered, so that a page that lost its line can
// resume. Thread-safe.
#pragma once

#include <cstdint>
#include <deque>
#include <mutex>
#include <string>
#include <vector>

namespace lineside::edge {

struct Event {
  std::uint64_t id = 0;
  std::string type;
  std::string json;  // one line
};

class EventFeed {
 public:
  static constexpr std::size_t kKept = 1024;

  void publish(std::string type, std::string json);
  // Events after `id`; if some of them are gone, one `reset` event with the newest id instead.
  std::vector<Event> after(std::uint64_t id) const;
  std::uint64_t newest() const;
  // Open pages; events that nobody would see need not be made.
  void reader_joined();
  void reader_left();
  bool has_readers() const;

 private:
  mutable std::mutex mutex_;
  std::deque<Event> ring_;
  std::uint64_t newest_ = 0;
  int readers_ = 0;
};

}  // namespace lineside::edge
