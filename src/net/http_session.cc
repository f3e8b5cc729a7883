#include <algorithm>
#include <chrono>
#include <format>
#include <span>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "net/http_session_internal.h"

namespace lineside::net {

namespace {

namespace asio = boost::asio;

constexpr Duration kStreamPause = Duration::millis(100);
constexpr Duration kCloseLimit = Duration::seconds(1);
constexpr std::size_t kPieceBytes = 64 * 1024;

constexpr std::string_view kSafety =
    "Content-Security-Policy: default-src 'self'; base-uri 'none'; form-action 'self'; "
    "frame-ancestors 'none'; object-src 'none'\r\n"
    "X-Content-Type-Options: nosniff\r\n"
    "Referrer-Policy: no-referrer\r\n";

// A line break in a value would begin another header; values come from us, but some quote what
// came from outside.
void append_header(std::string& out, std::string_view name, std::string_view value) {
  out.append(name).append(": ");
  for (const char c : value) out += c == '\r' || c == '\n' ? ' ' : c;
  out += "\r\n";
}

HttpRange range_of(const HttpResponse& response) {
  return response.range.value_or(HttpRange{0, response.source->size()});
}

std::string head_of(const HttpResponse& response, bool keep_alive) {
  std::string head =
      std::format("HTTP/1.1 {} {}\r\n", response.status, reason_phrase(response.status));
  for (const HttpHeader& header : response.headers) append_header(head, header.name, header.value);
  const bool bodiless = response.status == 204 || response.status == 304 || response.stream;
  const std::uint64_t size = response.source ? range_of(response).count : response.content().size();
  if (!bodiless) append_header(head, "Content-Length", std::to_string(size));
  if (!keep_alive) append_header(head, "Connection", "close");
  head.append(kSafety).append("\r\n");
  return head;
}

HttpResponse plain(int status, std::string_view text) {
  return {.status = status,
          .headers = {{"Content-Type", "text/plain; charset=utf-8"}, {"Cache-Control", "no-store"}},
          .body = std::format("{}\n", text)};
}

// False: the sink wants no more.
bool give(HttpSink& sink, std::string_view bytes) {
  for (; !bytes.empty(); bytes.remove_prefix(std::min(bytes.size(), kPieceBytes)))
    if (!sink.write(as_bytes(bytes.substr(0, kPieceBytes)))) return false;
  return true;
}

std::chrono::nanoseconds to_chrono(Duration duration) {
  return std::chrono::nanoseconds(duration.ns);
}

}  // namespace

HttpSession::HttpSession(const HttpSessionContext& context, std::unique_ptr<HttpWire> wire)
    : context_(context),
      wire_(std::move(wire)),
      limit_timer_(context.io),
      pause_timer_(context.io) {
  context_.counts.connections.fetch_add(1, std::memory_order_relaxed);
}

HttpSession::~HttpSession() { context_.counts.connections.fetch_sub(1, std::memory_order_relaxed); }

void HttpSession::set_limit(Duration limit, Phase phase) {
  phase_ = phase;
  limit_timer_.expires_after(to_chrono(limit));
  limit_timer_.async_wait([weak = weak_from_this(), number = ++limit_number_](const auto& error) {
    const auto self = weak.lock();
    if (error || !self || self->limit_number_ != number) return;
    if (self->phase_ == Phase::busy)
      self->context_.counts.timeouts.fetch_add(1, std::memory_order_relaxed);
    self->wire_->abort();
  });
}

void HttpSession::clear_limit() {
  ++limit_number_;
  limit_timer_.cancel();
}

void HttpSession::join_waiting() {
  if (!is_linked()) context_.waiting.push_back(*this);
}

void HttpSession::finish() {
  finishing_ = true;
  pause_timer_.cancel();
  if (waiting_) wire_->stir();
  if (phase_ == Phase::idle) wire_->abort();
}

asio::awaitable<void> HttpSession::run() {
  set_limit(context_.options.request_limit, Phase::busy);
  join_waiting();
  if (!co_await wire_->handshake()) co_return;
  // Browsers open connections ahead of need: until a byte comes this one does not hold up stop().
  set_limit(context_.options.request_limit, Phase::idle);
  Next next = Next::request;
  while (next == Next::request && !finishing_) next = co_await serve_one();
  if (next != Next::over) co_await close();
}

// What it holds while it waits is all that an idle connection costs.
asio::awaitable<HttpSession::Next> HttpSession::serve_one() {
  Asked asked;
  join_waiting();
  if (const Next next = co_await read_request(asked); next != Next::request) co_return next;
  if (buffer_.empty()) buffer_ = {};
  set_limit(context_.options.idle_limit, Phase::busy);
  HttpResponse response = co_await on_worker([&] { return context_.answer(asked.request); });
  context_.counts.requests.fetch_add(1, std::memory_order_relaxed);
  const bool head = asked.request.method == "HEAD";
  asked.request = {};
  if (response.later && !co_await wait_for_later(response)) co_return Next::over;
  const bool keep_alive = asked.keep_alive && !finishing_;
  if (response.stream && !head) {
    co_await run_stream(std::move(response));
    co_return Next::close;
  }
  if (!co_await respond(response, head, keep_alive)) co_return Next::over;
  if (keep_alive) set_limit(context_.options.idle_limit, Phase::idle);
  co_return keep_alive ? Next::request : Next::close;
}

// The rest of the session waits for it here.
template <class Work>
asio::awaitable<std::invoke_result_t<Work>> HttpSession::on_worker(Work work) {
  auto run = [&work]() -> asio::awaitable<std::invoke_result_t<Work>> { co_return work(); };
  co_return co_await asio::co_spawn(context_.workers, run, asio::use_awaitable);
}

// Anything but `request`: there is none, and none comes any more.
asio::awaitable<HttpSession::Next> HttpSession::read_request(Asked& asked) {
  const HttpServerOptions& options = context_.options;
  HttpRequestReader reader({options.header_max, options.body_max}, [&](HttpRequest& head) {
    head.peer = wire_->peer();
    return options.body_max_for ? options.body_max_for(head) : options.body_max;
  });
  if (const Next next = co_await read_header(reader); next != Next::request) co_return next;
  std::shared_ptr<HttpSink> sink;
  if (context_.begin_upload && !reader.refusal() && !reader.done())
    sink = co_await on_worker([&] { return context_.begin_upload(reader.head()); });
  if (sink) unlink();
  if (const Next next = co_await read_body(reader, sink.get()); next != Next::request)
    co_return next;
  unlink();
  if (reader.refusal()) co_return co_await refuse(*reader.refusal(), reader);
  asked.keep_alive = reader.done() && reader.keep_alive();
  asked.request = reader.done() ? reader.take() : reader.head();
  asked.request.peer = wire_->peer();
  asked.request.upload = std::move(sink);
  co_return Next::request;
}

// Until the header is done or refused.
asio::awaitable<HttpSession::Next> HttpSession::read_header(HttpRequestReader& reader) {
  while (true) {
    const std::size_t used = buffer_.empty() ? 0 : reader.feed(as_bytes(buffer_));
    buffer_.erase(0, used);
    if (reader.header_done() || reader.refusal()) co_return Next::request;
    if (used > 0 && !buffer_.empty()) continue;
    if (co_await wire_->read(buffer_) != Arrival::bytes) co_return Next::over;
    // From the first byte on, the rest must come within the limit.
    if (phase_ == Phase::idle) set_limit(context_.options.request_limit, Phase::busy);
  }
}

// Until the body is complete or refused, or the sink wants no more of it.
asio::awaitable<HttpSession::Next> HttpSession::read_body(HttpRequestReader& reader,
                                                          HttpSink* sink) {
  if (reader.refusal()) co_return Next::request;
  const bool to_continue = !reader.done() && reader.expects_continue() && buffer_.empty();
  if (to_continue && !co_await wire_->write("HTTP/1.1 100 Continue\r\n\r\n", {}))
    co_return Next::over;
  std::string piece;
  std::size_t come = 0;  // since the limit was set
  while (!reader.done() && !reader.refusal()) {
    const std::size_t used = buffer_.empty() ? 0 : reader.feed(as_bytes(buffer_));
    buffer_.erase(0, used);
    come += used;
    if (come >= kPieceBytes) {
      set_limit(context_.options.request_limit, Phase::busy);
      come = 0;
    }
    if (sink) piece += reader.take_body();
    if (sink && !piece.empty() && (reader.done() || piece.size() >= kPieceBytes)) {
      const bool taken = co_await on_worker([&] { return give(*sink, piece); });
      if (!taken) break;
      piece.clear();
    }
    if (reader.done() || reader.refusal() || (used > 0 && !buffer_.empty())) continue;
    // The parser sets no limit to the line before a chunk.
    if (buffer_.size() > context_.options.header_max)
      co_return co_await refuse({400, "expected a shorter line before a chunk"}, reader);
    if (co_await wire_->read(buffer_) != Arrival::bytes) co_return Next::over;
  }
  co_return Next::request;
}

asio::awaitable<HttpSession::Next> HttpSession::refuse(HttpRefusal refusal,
                                                       const HttpRequestReader& reader) {
  context_.counts.refused.fetch_add(1, std::memory_order_relaxed);
  HttpResponse response = plain(refusal.status, refusal.text);
  if (const auto& told = context_.options.answer_too_large; told && refusal.status == 413)
    response = co_await on_worker([&] { return told(reader.head()); });
  const bool head = refusal.status == 413 && reader.head().method == "HEAD";
  co_return co_await respond(response, head, false) ? Next::close : Next::over;
}

// False: the peer has gone away. No limit of ours holds meanwhile, so nothing wakes us but the
// response, the peer and stop().
asio::awaitable<bool> HttpSession::wait_for_later(HttpResponse& response) {
  const std::shared_ptr<HttpLater> later = std::move(response.later);
  clear_limit();
  waiting_ = true;
  context_.counts.waiting.fetch_add(1, std::memory_order_relaxed);
  later->attach([&io = context_.io, weak = weak_from_this()] {
    asio::post(io, [weak] {
      const auto self = weak.lock();
      if (self && self->waiting_) self->wire_->stir();
    });
  });
  std::optional<HttpResponse> made;
  bool gone = false;
  while (!(made = later->take()) && !finishing_ && !gone) {
    // What comes is the next request; one that sends ever more of it is not waited for.
    gone = co_await wire_->read(buffer_) == Arrival::end ||
           buffer_.size() > context_.options.header_max + kPieceBytes;
  }
  waiting_ = false;
  context_.counts.waiting.fetch_sub(1, std::memory_order_relaxed);
  later->cancel();
  if (!made) made = later->take();  // it came just now
  if (!made && gone) co_return false;
  response = made ? std::move(*made) : plain(503, "the server stops");
  co_return true;
}

asio::awaitable<bool> HttpSession::respond(HttpResponse& response, bool head, bool keep_alive) {
  std::string text = head_of(response, keep_alive);
  if (head) co_return co_await send_text(std::move(text), {});
  if (response.source)
    co_return co_await send_source(std::move(text), *response.source, range_of(response));
  co_return co_await send_text(std::move(text), response.content());
}

asio::awaitable<bool> HttpSession::send_text(std::string head, std::string_view body) {
  do {
    set_limit(context_.options.request_limit, Phase::busy);
    const std::string_view piece = body.substr(0, kPieceBytes);
    if (!co_await wire_->write(head, piece)) co_return false;
    head.clear();
    body.remove_prefix(piece.size());
  } while (!body.empty());
  co_return true;
}

asio::awaitable<bool> HttpSession::send_source(std::string head, HttpSource& source,
                                               HttpRange range) {
  std::string piece;
  do {
    set_limit(context_.options.request_limit, Phase::busy);
    piece.resize(static_cast<std::size_t>(std::min<std::uint64_t>(range.count, kPieceBytes)));
    const auto out = std::as_writable_bytes(std::span(piece));
    const auto read = co_await on_worker(
        [&] { return out.empty() ? Result<void>() : source.read(range.first, out); });
    // The length was announced: closing is the only way left to say that it is not all.
    if (!read || !co_await wire_->write(head, piece)) {
      wire_->abort();
      co_return false;
    }
    head.clear();
    range.first += piece.size();
    range.count -= piece.size();
  } while (range.count > 0);
  co_return true;
}

asio::awaitable<void> HttpSession::run_stream(HttpResponse response) {
  context_.counts.streams.fetch_add(1, std::memory_order_relaxed);
  buffer_ = {};
  std::string piece = head_of(response, false);
  bool more = true;
  while (true) {
    more = more && response.stream->more(piece);
    set_limit(context_.options.request_limit, Phase::busy);
    if (!piece.empty() && !co_await wire_->write(piece, {})) break;
    piece.clear();
    if (!more || finishing_ || wire_->peer_gone()) break;
    pause_timer_.expires_after(to_chrono(kStreamPause));
    co_await pause_timer_.async_wait(asio::as_tuple(asio::use_awaitable));
  }
  response.stream.reset();
  context_.counts.streams.fetch_sub(1, std::memory_order_relaxed);
  co_await close();
}

asio::awaitable<void> HttpSession::close() {
  set_limit(kCloseLimit, Phase::idle);
  join_waiting();
  co_await wire_->close();
  clear_limit();
}

}  // namespace lineside::net
