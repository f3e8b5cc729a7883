#include "hub/lineage_post.h"

#include <charconv>
#include <format>

#include "base/log.h"
#include "base/text.h"
#include "codec/tree.h"

namespace lineside::hub {

namespace {

constexpr std::size_t kEventMax = 1 << 20;
constexpr Duration kLookEvery = Duration::seconds(1);  // for new events
constexpr Duration kPostTurn = Duration::millis(50);
constexpr Duration kCallLimit = Duration::seconds(30);
constexpr Duration kDialLimit = Duration::seconds(5);

struct Consumer {
  std::string address;  // "https://host:port"
  std::string target;   // "/api/v1/lineage"
};

Result<Consumer> consumer_of(const std::string& url) {
  constexpr std::string_view kExpected =
      "expected https://HOST[:PORT]/PATH (http to this machine alone)";
  const bool plain = url.starts_with("http://");
  if (!plain && !url.starts_with("https://"))
    return invalid(std::format("{}, found '{}'", kExpected, excerpt(url, 120)));
  const auto authority = url.find("//") + 2;
  const auto path = url.find('/', authority);
  Consumer consumer{url.substr(0, path), path == std::string::npos ? "/" : url.substr(path)};
  const std::string_view host = std::string_view(consumer.address).substr(authority);
  if (host.empty() || host.contains('@'))
    return invalid(std::format("{}; a token goes into a file of its own", kExpected));
  const bool local = host == "localhost" || host.starts_with("localhost:") || host == "127.0.0.1" ||
                     host.starts_with("127.0.0.1:") || host == "[::1]" ||
                     host.starts_with("[::1]:");
  if (plain && !local) return invalid(std::format("{}, found '{}'", kExpected, excerpt(url, 120)));
  return consumer;
}

net::HttpClientOptions client_options(const LineagePostOptions& options) {
  net::HttpClientOptions client;
  client.tls.ca_file = options.ca_file;
  client.limit = kCallLimit;
  client.dial_limit = kDialLimit;
  client.body_max = 1 << 20;
  return client;
}

// What was sent is not known: all of it once more, for an event that comes twice is taken as one
// (by its run and time). That stops no hub.
std::uint64_t from_the_start(const std::string& why) {
  log::error("hub", "{}; all lineage events are sent again", why);
  return 0;
}

Result<std::uint64_t> read_sent(const LineagePostOptions& options, const world::Files& files) {
  if (!files.exists(options.sent_file)) return 0;
  const Bytes bytes = TRY(files.read(options.sent_file));
  const std::string_view text = trim(as_text(bytes));
  std::uint64_t sent = 0;
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), sent);
  if (parsed.ec != std::errc{} || parsed.ptr != text.data() + text.size())
    return from_the_start(options.sent_file + ": expected a number of bytes");
  const std::uint64_t there =
      files.exists(options.events_file) ? TRY(files.size(options.events_file)) : 0;
  if (sent > there)
    return from_the_start(std::format("{}: expected at most {} (the size of {}), found {}",
                                      options.sent_file, there, options.events_file, sent));
  return sent;
}

// A line that was cut off is no JSON, for its last bracket is missing.
bool is_event(std::string_view line) {
  std::vector<domain::Problem> problems;
  const auto tree = codec::Tree::from_json(line, "", {}, problems);
  return tree && tree->root().is_map();
}

}  // namespace

LineagePost::LineagePost(LineagePostOptions options, LineagePostSeams seams, std::string address,
                         std::string target)
    : options_(std::move(options)),
      seams_(seams),
      target_(std::move(target)),
      connection_(std::move(address), seams_.dialer, seams_.clock, client_options(options_)) {}

Result<std::unique_ptr<LineagePost>> LineagePost::open(LineagePostOptions options,
                                                       LineagePostSeams seams) {
  auto consumer = TRY_WITH(consumer_of(options.url), "lineage");
  const std::uint64_t sent = TRY(read_sent(options, seams.files));
  std::unique_ptr<LineagePost> post(new LineagePost(  // private constructor
      std::move(options), seams, std::move(consumer.address), std::move(consumer.target)));
  post->offset_ = sent;
  return post;
}

void LineagePost::start() {
  lane_ = std::make_unique<Lane>("lineage", [this] {
    seams_.clock.sleep(std::min(step(), kPostTurn));
    return true;
  });
}

void LineagePost::stop() {
  if (!lane_) return;
  lane_->stop();
  connection_.wake();
  lane_.reset();
}

// The next line with its end; empty if there is no whole one.
Result<std::string> LineagePost::read_event() const {
  if (!seams_.files.exists(options_.events_file)) return std::string();
  if (TRY(seams_.files.size(options_.events_file)) <= offset_) return std::string();
  const auto file = TRY(seams_.files.open(options_.events_file));
  std::string text(kEventMax, '\0');
  text.resize(TRY(file->read_at(offset_, std::as_writable_bytes(std::span(text)))));
  const auto end = text.find('\n');
  if (end == std::string::npos && text.size() == kEventMax)
    return fail(Code::corrupt, std::format("{}: expected a line's end within {} bytes of byte {}",
                                           options_.events_file, kEventMax, offset_));
  text.resize(end == std::string::npos ? 0 : end + 1);
  return text;
}

Result<int> LineagePost::post(const std::string& event) {
  net::HttpCall call{"POST", target_, {{"Content-Type", "application/json"}}, event};
  if (!options_.token.empty())
    call.headers.push_back({"Authorization", "Bearer " + options_.token});
  return TRY(connection_.send(call)).status;
}

Result<void> LineagePost::pass(std::size_t bytes) {
  const std::string sent = std::format("{}\n", offset_ + bytes);
  TRY(seams_.files.write_atomic(options_.sent_file, as_bytes(sent)));
  offset_ += bytes;
  return {};
}

Duration LineagePost::wait(Duration how_long) {
  not_before_ = seams_.clock.steady() + how_long;
  return how_long;
}

Duration LineagePost::try_later(std::string_view why) {
  ++failed_;
  log::warn("hub", "lineage to {}: {}; tried again later", options_.url, why);
  return wait(backoff_.next(seams_.random));
}

// What a power cut or a full disk has left of an event.
Duration LineagePost::pass_torn(const std::string& line) {
  const std::uint64_t at = offset_;
  if (const auto passed = pass(line.size()); !passed) return try_later(passed.error().text);
  ++refused_;
  log::error("hub", "{}: expected an event at byte {}, found '{}'; the line was passed over",
             options_.events_file, at, excerpt(trim(line), 80));
  return {};
}

Duration LineagePost::step() {
  const Time now = seams_.clock.steady();
  if (now < not_before_) return not_before_ - now;
  const auto event = read_event();
  if (event && event->empty()) return wait(kLookEvery);
  if (event && !is_event(*event)) return pass_torn(*event);
  const Result<int> status = event ? post(*event) : Result<int>(std::unexpected(event.error()));
  // Of the event itself; anything else may be mended at the consumer or in the options.
  const bool refused = status && (*status == 400 || *status == 413 || *status == 422);
  const bool done = status && *status >= 200 && *status < 300;
  const auto passed = done || refused ? pass(event->size()) : Result<void>{};
  if (!status) return try_later(status.error().text);
  if (!passed) return try_later(passed.error().text);
  if (!done && !refused) return try_later(std::format("expected status 2xx, found {}", *status));
  backoff_ = net::Backoff();
  ++(done ? sent_ : refused_);
  if (refused)
    log::error("hub", "lineage to {}: expected status 2xx, found {}; the event was passed over",
               options_.url, *status);
  return {};
}

std::string LineagePost::metrics_text() const {
  return std::format(
      "# HELP lineside_hub_lineage_events_total OpenLineage events by what became of them.\n"
      "# TYPE lineside_hub_lineage_events_total counter\n"
      "lineside_hub_lineage_events_total{{outcome=\"sent\"}} {}\n"
      "lineside_hub_lineage_events_total{{outcome=\"refused\"}} {}\n"
      "# HELP lineside_hub_lineage_failures_total Attempts to deliver one that failed.\n"
      "# TYPE lineside_hub_lineage_failures_total counter\n"
      "lineside_hub_lineage_failures_total {}\n",
      sent_.load(), refused_.load(), failed_.load());
}

}  // namespace lineside::hub
