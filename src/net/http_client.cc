#include "net/http_client.h"

#include <algorithm>
#include <array>
#include <limits>

#include "net/http_reader_internal.h"
#include "net/socket.h"
#include "world/clock.h"

namespace lineside::net {

namespace {

std::string text_of(const HttpCall& call, const world::Endpoint& server) {
  std::string text = call.method + " " + call.target + " HTTP/1.1\r\n";
  if (find_header(call.headers, "Host").empty()) text += "Host: " + to_string(server) + "\r\n";
  for (const HttpHeader& header : call.headers) text += header.name + ": " + header.value + "\r\n";
  if (!call.body.empty()) text += "Content-Length: " + std::to_string(call.body.size()) + "\r\n";
  return text + "Connection: close\r\n\r\n" + call.body;
}

Error timed_out(const world::Endpoint& server) {
  return fail(Code::timeout, "no answer from " + to_string(server) + " in time");
}

}  // namespace

struct HttpClient::Peer {
  bool tls = false;
  world::Endpoint endpoint;
};

Result<HttpClient::Peer> HttpClient::peer() const {
  const bool tls = address_.starts_with("https://");
  if (!tls && !address_.starts_with("http://"))
    return invalid("expected an address that begins with http:// or https://, found '" + address_ +
                   "'");
  std::string authority = address_.substr(tls ? 8 : 7);
  authority.resize(std::min(authority.find('/'), authority.size()));
  const std::size_t bracket = authority.rfind(']');
  const std::size_t colon = authority.rfind(':');
  const bool has_port =
      colon != std::string::npos && (bracket == std::string::npos || colon > bracket);
  if (!has_port) authority += tls ? ":443" : ":80";
  return Peer{tls, TRY(world::parse_endpoint(authority))};
}

// The bytes of one response, as they come.
struct HttpClient::Exchange {
  world::Stream& stream;
  const world::Endpoint& server;
  HttpResponseReader reader;
  Bytes buffer{};  // received and not used
  bool ended = false;

  // Reads once and feeds what there is. Errors: timeout, corrupt, exhausted.
  Result<void> step(Time end) {
    std::array<std::byte, 16 * 1024> piece;
    const auto count = stream.read(piece);
    if (!count && count.error().code != Code::unavailable) return count.error();
    ended = !count;
    if (count && *count == 0) {
      const Duration left = end - world::system_clock().steady();
      if (left.ns <= 0) return timed_out(server);
      stream.wait(false, left);
      return {};
    }
    if (count) buffer.insert(buffer.end(), piece.begin(), piece.begin() + *count);
    while (!buffer.empty() && !reader.done()) {
      const std::size_t used = TRY(reader.feed(buffer));
      if (used == 0) break;
      buffer.erase(buffer.begin(), buffer.begin() + static_cast<std::ptrdiff_t>(used));
    }
    if (ended && !reader.done()) return reader.end();
    return {};
  }
};

Result<std::unique_ptr<world::Stream>> HttpClient::dial_and_ask(const Peer& peer,
                                                                const HttpCall& call) const {
  world::Clock& clock = world::system_clock();
  const Time end = clock.steady() + options_.limit;
  SystemDialer dialer;
  auto tls = peer.tls ? std::optional(options_.tls) : std::nullopt;
  auto stream = TRY(dialer.dial(peer.endpoint, tls, options_.limit));
  const std::string text = text_of(call, peer.endpoint);
  ByteView rest = as_bytes(text);
  while (!rest.empty()) {
    const auto written = stream->write(rest);
    // A server that refuses a request may close before it has read all; its answer says why.
    if (!written) break;
    rest = rest.subspan(*written);
    const Duration left = end - clock.steady();
    if (left.ns <= 0) return timed_out(peer.endpoint);
    if (*written == 0) stream->wait(true, left);
  }
  return stream;
}

Result<HttpResponse> HttpClient::send(const HttpCall& call) const {
  const Time end = world::system_clock().steady() + options_.limit;
  const Peer to = TRY(peer());
  const auto stream = TRY(dial_and_ask(to, call));
  const HttpLimits limits = {64 * 1024, options_.body_max};
  Exchange exchange{*stream, to.endpoint, {limits, call.method == "HEAD"}};
  while (!exchange.reader.done()) TRY(exchange.step(end));
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
  const Peer to = TRY(peer());
  const auto stream = TRY(dial_and_ask(to, call));
  const HttpLimits limits = {64 * 1024, std::numeric_limits<std::size_t>::max()};
  Exchange exchange{*stream, to.endpoint, {limits, call.method == "HEAD"}};
  Time end = world::system_clock().steady() + options_.limit;
  while (!exchange.reader.done()) {
    TRY(exchange.step(end));
    if (!exchange.reader.header_done()) continue;
    const std::string piece = exchange.reader.take_body();
    if (piece.empty()) continue;
    if (!on_body(piece)) break;
    end = world::system_clock().steady() + options_.limit;
  }
  return exchange.reader.take_header();
}

}  // namespace lineside::net
