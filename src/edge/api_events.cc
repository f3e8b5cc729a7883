#include <charconv>
#include <format>

#include "edge/api_events_internal.h"

namespace lineside::edge {

namespace {

// Enough to see that something is wrong; GET /api/v1/config has the others.
constexpr std::size_t kProblemsShown = 20;
constexpr Duration kStatusEvery = Duration::seconds(1);
constexpr Duration kCommentEvery = Duration::seconds(15);
// A slow reader is not sent more at once; what it does not take stays in the feed.
constexpr std::size_t kPieceBytes = 256 * 1024;

std::optional<std::uint64_t> parse_id(std::string_view text) {
  std::uint64_t id = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), id);
  if (error != std::errc() || end != text.data() + text.size() || text.empty()) return std::nullopt;
  return id;
}

}  // namespace

class Api::EventStream final : public net::HttpStream {
 public:
  EventStream(Events& events, std::optional<std::uint64_t> last)
      : events_(events), last_(last), commented_(events.sources().clock.steady()) {
    events_.sources().feed.reader_joined();
  }
  ~EventStream() override { events_.sources().feed.reader_left(); }
  EventStream(const EventStream&) = delete;
  EventStream& operator=(const EventStream&) = delete;

  bool more(std::string& out) override {
    events_.publish_status();
    if (last_) {
      take_events(out);
    } else {
      last_ = events_.sources().feed.newest();
      append(out, *last_, "reset", "{}");
    }
    const Time now = events_.sources().clock.steady();
    if (now - commented_ < kCommentEvery) return true;
    out += ":\n\n";
    commented_ = now;
    return true;
  }

 private:
  void take_events(std::string& out) {
    for (const Event& event : events_.sources().feed.after(*last_)) {
      if (out.size() > kPieceBytes) return;
      append(out, event.id, event.type, event.json);
      last_ = event.id;
    }
  }
  void append(std::string& out, std::uint64_t id, std::string_view type, std::string_view json) {
    out += std::format("id: {}\nevent: {}\ndata: {}\n\n", events_.base() + id, type, json);
  }

  Events& events_;
  std::optional<std::uint64_t> last_;  // number in the feed; nothing: told nothing yet
  Time commented_;
};

// Microseconds since 1970 at the start: no feed makes a million events a second, so the ids of a
// later process are beyond all of this one's.
Api::Events::Events(const ApiSources& sources)
    : sources_(sources),
      base_(static_cast<std::uint64_t>(sources.clock.now().ns / 1000)),
      status_at_ns_((sources.clock.steady() - kStatusEvery).ns) {}

net::HttpResponse Api::Events::open(std::string_view last_id) {
  std::optional<std::uint64_t> last = parse_id(last_id);
  if (last && *last < base_) last.reset();
  if (last) *last -= base_;
  net::HttpResponse response;
  response.headers = {{"Content-Type", "text/event-stream"}, {"Cache-Control", "no-store"}};
  response.stream = std::make_unique<EventStream>(*this, last);
  return response;
}

void Api::Events::publish_status() {
  const std::int64_t now = sources_.clock.steady().ns;
  std::int64_t last = status_at_ns_.load(std::memory_order_relaxed);
  if (now - last < kStatusEvery.ns) return;
  if (!status_at_ns_.compare_exchange_strong(last, now, std::memory_order_relaxed)) return;
  codec::JsonWriter json;
  json.begin_object();
  sources_.write_status(json, kProblemsShown);
  json.end_object();
  sources_.feed.publish("status", json.take());
}

}  // namespace lineside::edge
