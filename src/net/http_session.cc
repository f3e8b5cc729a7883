#include <chrono>
#include <format>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "net/http_session_internal.h"

namespace lineside::net {

namespace {

namespace asio = boost::asio;

constexpr Duration kStreamPause = Duration::millis(100);
constexpr Duration kCloseLimit = Duration::seconds(1);
constexpr std::size_t kReadBytes = 4096;

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

std::string head_of(const HttpResponse& response, bool keep_alive) {
  std::string head =
      std::format("HTTP/1.1 {} {}\r\n", response.status, reason_phrase(response.status));
  for (const HttpHeader& header : response.headers) append_header(head, header.name, header.value);
  const bool bodiless = response.status == 204 || response.status == 304 || response.stream;
  if (!bodiless) append_header(head, "Content-Length", std::to_string(response.content().size()));
  if (!keep_alive) append_header(head, "Connection", "close");
  head.append(kSafety).append("\r\n");
  return head;
}

std::chrono::nanoseconds to_chrono(Duration duration) {
  return std::chrono::nanoseconds(duration.ns);
}

}  // namespace

HttpSession::HttpSession(HttpSessionContext context, std::unique_ptr<HttpWire> wire)
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

void HttpSession::finish() {
  finishing_ = true;
  pause_timer_.cancel();
  if (phase_ == Phase::idle) wire_->abort();
}

asio::awaitable<void> HttpSession::run() {
  set_limit(context_.options.request_limit, Phase::busy);
  if (!co_await wire_->handshake()) co_return;
  // Browsers open connections ahead of need: until a byte comes this one does not hold up stop().
  set_limit(context_.options.request_limit, Phase::idle);
  while (!finishing_) {
    HttpRequestReader reader({context_.options.header_max, context_.options.body_max});
    if (!co_await read_request(reader)) co_return;
    if (reader.refusal()) co_return co_await refuse(*reader.refusal());
    const bool wants_more = reader.keep_alive();
    const HttpRequest request = reader.take();
    HttpResponse response = co_await answer(request);
    const bool keep_alive = wants_more && !finishing_;
    context_.counts.requests.fetch_add(1, std::memory_order_relaxed);
    const bool head = request.method == "HEAD";
    if (response.stream && !head) co_return co_await run_stream(std::move(response));
    if (!co_await respond(response, head, keep_alive)) co_return;
    if (!keep_alive) break;
  }
  co_await close();
}

// False: the connection is over. Else the request is complete or refused.
asio::awaitable<bool> HttpSession::read_request(HttpRequestReader& reader) {
  bool continued = false;
  while (!reader.done() && !reader.refusal()) {
    const std::size_t used = buffer_.empty() ? 0 : reader.feed(as_bytes(buffer_));
    buffer_.erase(0, used);
    if (reader.done() || reader.refusal()) break;
    if (reader.header_done() && reader.expects_continue() && !continued && buffer_.empty()) {
      continued = true;
      if (!co_await wire_->write("HTTP/1.1 100 Continue\r\n\r\n", {})) co_return false;
    }
    if (used > 0 && !buffer_.empty()) continue;
    if (!co_await read_more()) co_return false;
  }
  co_return true;
}

asio::awaitable<bool> HttpSession::read_more() {
  std::array<char, kReadBytes> piece;
  const std::size_t count = co_await wire_->read_some(asio::buffer(piece));
  if (count == 0) co_return false;
  // From the first byte on, the rest must come within the limit.
  if (phase_ == Phase::idle) set_limit(context_.options.request_limit, Phase::busy);
  buffer_.append(piece.data(), count);
  co_return true;
}

asio::awaitable<void> HttpSession::refuse(const HttpRefusal& refusal) {
  context_.counts.refused.fetch_add(1, std::memory_order_relaxed);
  HttpResponse response;
  response.status = refusal.status;
  response.headers = {{"Content-Type", "text/plain; charset=utf-8"}, {"Cache-Control", "no-store"}};
  response.body = refusal.text + "\n";
  if (co_await respond(response, false, false)) co_await close();
}

// On a worker; the rest of the session waits for it here.
asio::awaitable<HttpResponse> HttpSession::answer(const HttpRequest& request) {
  set_limit(context_.options.idle_limit, Phase::busy);
  auto work = [this, &request]() -> asio::awaitable<HttpResponse> {
    co_return context_.answer(request);
  };
  co_return co_await asio::co_spawn(context_.workers, work, asio::use_awaitable);
}

asio::awaitable<bool> HttpSession::respond(const HttpResponse& response, bool head,
                                           bool keep_alive) {
  set_limit(context_.options.request_limit, Phase::busy);
  const std::string_view body = head ? std::string_view() : response.content();
  const bool written = co_await wire_->write(head_of(response, keep_alive), body);
  if (written && keep_alive) set_limit(context_.options.idle_limit, Phase::idle);
  co_return written;
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
  co_await wire_->close();
  limit_timer_.cancel();
}

}  // namespace lineside::net
