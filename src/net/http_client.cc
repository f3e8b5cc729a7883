#include "net/http_client.h"

#include <limits>

#include "net/http_call_internal.h"
#include "net/socket.h"
#include "world/clock.h"

namespace lineside::net {

namespace {

Time steady() { return world::system_clock().steady(); }

// Errors: timeout, those of HttpExchange::step().
Result<void> step(HttpExchange& exchange, world::Stream& stream, Time end) {
  if (TRY(exchange.step(stream)) > 0) return {};
  const Duration left = end - steady();
  if (left.ns <= 0) return fail(Code::timeout, "no answer in time");
  stream.wait(false, left);
  return {};
}

}  // namespace

Result<std::unique_ptr<world::Stream>> HttpClient::dial_and_ask(const HttpCall& call) const {
  const HttpPeer peer = TRY(parse_address(address_));
  const Time end = steady() + options_.limit;
  SystemDialer dialer;
  auto tls = peer.tls ? std::optional(options_.tls) : std::nullopt;
  auto stream = TRY(dialer.dial(peer.endpoint, tls, std::min(options_.limit, options_.dial_limit)));
  const std::string text = text_of(call, peer.endpoint, AfterCall::close);
  ByteView rest = as_bytes(text);
  while (!rest.empty()) {
    const auto written = stream->write(rest);
    // A server that refuses a request may close before it has read all; its answer says why.
    if (!written) break;
    rest = rest.subspan(*written);
    const Duration left = end - steady();
    if (left.ns <= 0) return timed_out(peer.endpoint);
    if (*written == 0) stream->wait(true, left);
  }
  return stream;
}

Result<HttpResponse> HttpClient::send(const HttpCall& call) const {
  const Time end = steady() + options_.limit;
  const auto stream = TRY(dial_and_ask(call));
  HttpExchange exchange{{{64 * 1024, options_.body_max}, call.method == "HEAD"}};
  while (!exchange.reader.done()) TRY_WITH(step(exchange, *stream, end), address_);
  HttpResponse response = exchange.reader.take_header();
  response.body = exchange.reader.take_body();
  return response;
}

Result<HttpResponse> HttpClient::post(std::string target, std::string json,
                                      std::vector<HttpHeader> headers) const {
  headers.push_back({"Content-Type", "application/json"});
  return send({"POST", std::move(target), std::move(headers), std::move(json)});
}

Result<HttpResponse> HttpClient::follow(const HttpCall& call, const OnBody& on_body) const {
  const auto stream = TRY(dial_and_ask(call));
  const HttpLimits limits = {64 * 1024, std::numeric_limits<std::uint64_t>::max()};
  HttpExchange exchange{{limits, call.method == "HEAD"}};
  Time end = steady() + options_.limit;
  while (!exchange.reader.done()) {
    TRY_WITH(step(exchange, *stream, end), address_);
    if (!exchange.reader.header_done()) continue;
    const std::string piece = exchange.reader.take_body();
    if (piece.empty()) continue;
    if (!on_body(piece)) break;
    end = steady() + options_.limit;
  }
  return exchange.reader.take_header();
}

}  // namespace lineside::net
