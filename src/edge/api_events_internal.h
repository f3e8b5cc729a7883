// GET /api/v1/events: server-sent events (WHATWG HTML, section 9.2) out of the feed.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <string_view>

#include "edge/api.h"

namespace lineside::edge {

class Api::Events {
 public:
  explicit Events(const ApiSources& sources);

  // `last_id` is the header Last-Event-ID, empty for a page that starts.
  net::HttpResponse open(std::string_view last_id);
  // The first reader of each second makes the `status` event for all.
  void publish_status();

  const ApiSources& sources() const { return sources_; }
  // What is added to a feed's numbers: they begin anew with each process, ids must not.
  std::uint64_t base() const { return base_; }

 private:
  const ApiSources& sources_;
  const std::uint64_t base_;
  std::atomic<std::int64_t> status_at_ns_;  // steady time of the last one
};

}  // namespace lineside::edge
