#include "net/http_connection.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <format>
#include <limits>

#include "net/http_call_internal.h"

namespace lineside::net {

namespace {

constexpr std::size_t kHeaderMax = 64 * 1024;
constexpr std::size_t kPieceBytes = 64 * 1024;

bool is_repeatable(const HttpCall& call) {
  return call.method == "GET" || call.method == "HEAD" || call.method == "PUT" ||
         call.method == "DELETE";
}

// The first byte's place in "bytes 10-19/20".
std::optional<std::uint64_t> first_of(std::string_view content_range) {
  constexpr std::string_view kUnit = "bytes ";
  if (!content_range.starts_with(kUnit)) return std::nullopt;
  content_range.remove_prefix(kUnit.size());
  std::uint64_t first = 0;
  const char* const end = content_range.data() + content_range.size();
  const auto [stop, error] = std::from_chars(content_range.data(), end, first);
  if (error != std::errc() || stop == end || *stop != '-') return std::nullopt;
  return first;
}

// Where the body that comes begins: at resume.offset, or at 0 for a sink that begins anew.
Result<void> match_range(const HttpResponse& head, const HttpResume& asked, HttpSink& sink) {
  if (head.status == 200) return asked.offset > 0 ? sink.restart() : Result<void>();
  const std::string_view range = head.header("Content-Range");
  if (asked.offset > 0 && first_of(range) == asked.offset) return {};
  return fail(Code::corrupt,
              std::format("expected the range from {} on, found '{}'", asked.offset, range));
}

Result<void> give(HttpSink& sink, std::string_view bytes) {
  for (; !bytes.empty(); bytes.remove_prefix(std::min(bytes.size(), kPieceBytes)))
    TRY(sink.write(as_bytes(bytes.substr(0, kPieceBytes))));
  return {};
}

}  // namespace

HttpConnection::HttpConnection(std::string address, world::Dialer& dialer, world::Clock& clock,
                               HttpClientOptions options)
    : address_(std::move(address)), dialer_(dialer), clock_(clock), options_(std::move(options)) {}

void HttpConnection::wake() {
  const std::lock_guard lock(mutex_);
  woken_ = true;
  if (stream_) stream_->wake();
}

void HttpConnection::close() { take_stream(nullptr); }

void HttpConnection::take_stream(std::unique_ptr<world::Stream> stream) {
  // Closing may say goodbye to the peer: not under the lock.
  const std::lock_guard lock(mutex_);
  stream_.swap(stream);
}

// A kept connection that the server has closed, or on which it says what nobody asked, is none.
Result<HttpConnection::Kept> HttpConnection::connect(const HttpPeer& peer, Time end) {
  if (stream_) {
    std::array<std::byte, 1> unasked;
    const auto count = stream_->read(unasked);
    if (count && *count == 0) return Kept::yes;
    close();
  }
  const auto tls = peer.tls ? std::optional(options_.tls) : std::nullopt;
  const Duration limit = std::min(options_.dial_limit, end - clock_.steady());
  take_stream(TRY(dialer_.dial(peer.endpoint, tls, limit)));
  return Kept::no;
}

Result<void> HttpConnection::check_woken() {
  const std::lock_guard lock(mutex_);
  if (std::exchange(woken_, false)) return fail(Code::timeout, "woken");
  return {};
}

// Errors: timeout, also when woken.
Result<void> HttpConnection::wait(bool want_write, Time end) {
  TRY(check_woken());  // while it dialled there was no stream to wake
  const Duration left = end - clock_.steady();
  if (left.ns <= 0) return fail(Code::timeout, "no answer in time");
  stream_->wait(want_write, left);
  return check_woken();
}

// False: the server takes no more. One that refuses a request may close before it has read all; its
// answer says why.
Result<bool> HttpConnection::write(ByteView rest, Time end) {
  while (!rest.empty()) {
    const auto written = stream_->write(rest);
    if (!written) return false;
    rest = rest.subspan(*written);
    if (*written == 0) TRY(wait(true, end));
  }
  return true;
}

Result<void> HttpConnection::write(HttpSource& body) {
  Bytes piece(kPieceBytes);
  for (std::uint64_t at = 0; at < body.size(); at += piece.size()) {
    piece.resize(std::min<std::uint64_t>(piece.size(), body.size() - at));
    TRY(body.read(at, piece));
    if (!TRY(write(piece, clock_.steady() + options_.limit))) break;
  }
  return {};
}

Result<void> HttpConnection::step(HttpExchange& exchange, Time end) {
  if (TRY(exchange.step(*stream_)) > 0) return {};
  return wait(false, end);
}

// Asks, and reads the answer's header.
Result<HttpExchange> HttpConnection::ask(const HttpCall& call, std::uint64_t body_max, Time end) {
  const HttpPeer peer = TRY(parse_address(address_));
  const std::string text = text_of(call, peer.endpoint, AfterCall::keep);
  while (true) {
    TRY(check_woken());
    const Kept kept = TRY(connect(peer, end));
    TRY(write(as_bytes(text), end));
    HttpExchange exchange{{{kHeaderMax, body_max}, call.method == "HEAD"}};
    Result<void> got;
    while (got && !exchange.reader.header_done()) got = step(exchange, end);
    if (got) return exchange;
    const bool again = kept == Kept::yes && exchange.ended && !exchange.began;
    if (!again || !is_repeatable(call)) return got.error();
    close();
  }
}

Result<HttpExchange> HttpConnection::ask(const HttpCall& call, HttpSource& body) {
  const HttpPeer peer = TRY(parse_address(address_));
  const Time begin_by = clock_.steady() + options_.limit;
  TRY(check_woken());
  TRY(connect(peer, begin_by));
  const std::string head = head_of(call, peer.endpoint, AfterCall::keep, body.size());
  TRY(write(as_bytes(head), begin_by));
  TRY(write(body));
  HttpExchange exchange{{{kHeaderMax, options_.body_max}, false}};
  const Time end = clock_.steady() + options_.limit;
  while (!exchange.reader.header_done()) TRY(step(exchange, end));
  return exchange;
}

Result<HttpResponse> HttpConnection::read_whole(HttpExchange& exchange, std::size_t body_max,
                                                Time end) {
  HttpResponse response = exchange.reader.take_header();
  while (true) {
    response.body += exchange.reader.take_body();
    if (response.body.size() > body_max) return fail(Code::exhausted, "the response is too large");
    if (exchange.reader.done()) return response;
    TRY(step(exchange, end));
  }
}

Result<HttpResponse> HttpConnection::read_to_sink(HttpExchange& exchange, HttpSink& sink) {
  TRY(give(sink, exchange.reader.take_body()));
  Time end = clock_.steady() + options_.limit;
  while (!exchange.reader.done()) {
    const Result<void> got = step(exchange, end);
    const std::string piece = exchange.reader.take_body();
    TRY(give(sink, piece));  // also what came before an end that came too early
    TRY(std::move(got));
    if (!piece.empty()) end = clock_.steady() + options_.limit;
  }
  return exchange.reader.take_header();
}

Result<HttpResponse> HttpConnection::keep_or_close(Result<HttpResponse> response,
                                                   const HttpExchange& exchange) {
  const bool reusable = response && exchange.reader.keep_alive() && exchange.buffer.empty();
  if (!reusable || exchange.ended) close();
  return response;
}

Result<HttpResponse> HttpConnection::send(const HttpCall& call, std::optional<Duration> limit) {
  const Time end = clock_.steady() + limit.value_or(options_.limit);
  auto exchange = ask(call, options_.body_max, end);
  if (!exchange) {
    close();
    return exchange.error().with(address_);
  }
  auto response = keep_or_close(read_whole(*exchange, options_.body_max, end), *exchange);
  return response ? std::move(response) : response.error().with(address_);
}

Result<HttpResponse> HttpConnection::upload(const HttpCall& call, HttpSource& body) {
  auto exchange = ask(call, body);
  if (!exchange) {
    close();
    return exchange.error().with(address_);
  }
  const Time end = clock_.steady() + options_.limit;
  auto response = keep_or_close(read_whole(*exchange, options_.body_max, end), *exchange);
  return response ? std::move(response) : response.error().with(address_);
}

Result<HttpResponse> HttpConnection::download(const HttpCall& call, const HttpResume& resume,
                                              HttpSink& sink) {
  HttpCall asked = call;
  if (resume.offset > 0 && !resume.etag.empty()) {
    asked.headers.push_back({"Range", std::format("bytes={}-", resume.offset)});
    asked.headers.push_back({"If-Range", resume.etag});
  }
  const Time end = clock_.steady() + options_.limit;
  auto exchange = ask(asked, std::numeric_limits<std::uint64_t>::max(), end);
  if (!exchange) {
    close();
    return exchange.error().with(address_);
  }
  const HttpResponse head = exchange->reader.take_header();
  const bool has_bytes = head.status == 200 || head.status == 206;
  Result<void> fits = has_bytes ? match_range(head, resume, sink) : Result<void>();
  auto response = !fits       ? Result<HttpResponse>(fits.error())
                  : has_bytes ? read_to_sink(*exchange, sink)
                              : read_whole(*exchange, kHeaderMax, end);
  response = keep_or_close(std::move(response), *exchange);
  return response ? std::move(response) : response.error().with(address_);
}

}  // namespace lineside::net
