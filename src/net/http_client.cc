#include "net/http_client.h"

#include <limits>

#include "net/http_call_internal.h"
#include "net/http_connection.h"
#include "net/socket.h"
#include "net/socket_internal.h"

namespace lineside::net {

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
  TRY(parse_address(address_));
  SystemDialer dialer;
  HttpConnection connection(address_, dialer, world::system_clock(), options_);
  HttpCall only = call;
  only.headers.push_back({"Connection", "close"});
  return connection.send(only);
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
    const std::size_t count = TRY_WITH(exchange.step(*stream), address_);
    const Duration left = end - steady();
    if (count == 0 && left.ns <= 0) return timed_out(TRY(parse_address(address_)).endpoint);
    if (count == 0) stream->wait(false, left);
    if (!exchange.reader.header_done()) continue;
    const std::string piece = exchange.reader.take_body();
    if (piece.empty()) continue;
    if (!on_body(piece)) break;
    end = steady() + options_.limit;
  }
  return exchange.reader.take_header();
}

}  // namespace lineside::net
