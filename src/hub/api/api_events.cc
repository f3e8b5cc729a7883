// GET /api/v1/events: server-sent events (WHATWG HTML, section 9.2) out of the feed, for each
// reader those that it may see.
#include <charconv>
#include <format>

#include "hub/api/api_internal.h"

namespace lineside::hub {

namespace {

constexpr Duration kCommentEvery = Duration::seconds(15);
constexpr Duration kCheckEvery = Duration::seconds(15);
constexpr std::size_t kPieceBytes = 256 * 1024;
// A batch of more tells readers to look anew instead.
constexpr std::size_t kChangesTold = 256;

std::optional<std::uint64_t> event_id_of(std::string_view text) {
  std::uint64_t id = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), id);
  if (error != std::errc() || end != text.data() + text.size() || text.empty()) return std::nullopt;
  return id;
}

class EventStream final : public net::HttpStream {
 public:
  // `base` is added to the feed's numbers: they begin anew with each process, ids must not.
  EventStream(ApiParts& parts, Caller caller, std::uint64_t base, std::optional<std::uint64_t> last)
      : parts_(parts),
        caller_(std::move(caller)),
        base_(base),
        last_(last),
        commented_(parts.hub.world().clock.steady()),
        checked_(commented_) {
    parts_.hub.feed().reader_joined();
  }
  ~EventStream() override { parts_.hub.feed().reader_left(); }
  EventStream(const EventStream&) = delete;
  EventStream& operator=(const EventStream&) = delete;

  bool more(std::string& out) override {
    const Time now = parts_.hub.world().clock.steady();
    if (now - checked_ >= kCheckEvery) {
      checked_ = now;
      if (!still_may()) return false;
    }
    if (last_) {
      take_events(out);
    } else {
      last_ = parts_.hub.feed().newest();
      append(out, *last_, "reset", "{}");
    }
    if (now - commented_ < kCommentEvery) return true;
    out += ":\n\n";
    commented_ = now;
    return true;
  }

 private:
  // A session that ended, a secret that is void and a right that was taken end the stream, or
  // narrow it. An error of the database ends it too: the reader comes again.
  bool still_may() {
    auto caller = parts_.sessions.look_again(caller_);
    if (caller) caller_ = std::move(*caller);
    return caller.has_value();
  }

  bool sees(const Event& event) const {
    if (event.type == "reset") return true;
    return event.site.empty() ? caller_.grants->may_somewhere(event.permission)
                              : caller_.grants->may(event.permission, event.site);
  }

  void take_events(std::string& out) {
    for (const Event& event : parts_.hub.feed().after(*last_)) {
      if (out.size() > kPieceBytes) return;
      if (sees(event)) append(out, event.id, event.type, event.json);
      last_ = event.id;
    }
  }

  void append(std::string& out, std::uint64_t id, std::string_view type,
              std::string_view json) const {
    out += std::format("id: {}\nevent: {}\ndata: {}\n\n", base_ + id, type, json);
  }

  ApiParts& parts_;
  Caller caller_;
  const std::uint64_t base_;
  std::optional<std::uint64_t> last_;  // number in the feed; nothing: told nothing yet
  Time commented_;
  Time checked_;
};

}  // namespace

ApiAnswer follow_events(const ApiCall& call) {
  const std::uint64_t base = call.parts.events_base;
  std::optional<std::uint64_t> last = event_id_of(call.request.header("Last-Event-ID"));
  if (last && *last < base) last.reset();
  if (last) *last -= base;
  net::HttpResponse response;
  response.headers = {{"Content-Type", "text/event-stream"}, {"Cache-Control", "no-store"}};
  response.stream = std::make_unique<EventStream>(call.parts, *call.caller, base, last);
  return response;
}

void publish_changes(Hub& hub, std::span<const store::CatalogChange> changes) {
  EventFeed& feed = hub.feed();
  if (!feed.has_readers()) return;
  if (changes.size() > kChangesTold) {
    feed.publish({.type = "reset", .json = "{}", .site = {}});
    return;
  }
  for (const store::CatalogChange& change : changes) {
    // Where nobody knows, nobody is told; who asks is answered by who he is.
    if (!change.site) continue;
    codec::JsonWriter json;
    json.value(ChangeView{change.leaf, change.object.kind, change.object.name, change.revision,
                          change.change, change.time, change.author});
    feed.publish({.type = "change",
                  .json = json.take(),
                  .permission = domain::permission_to_read(change.object.kind),
                  .site = *change.site});
  }
}

}  // namespace lineside::hub
