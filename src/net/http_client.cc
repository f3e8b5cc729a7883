#include "net/http_client.h"

#include <algorithm>
#include <array>
#include <limits>

#include "net/http_reader_internal.h"

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

Result<HttpAddress> parse_address(std::string_view url) {
  HttpAddress address;
  address.tls = url.starts_with("https://");
  if (!address.tls && !url.starts_with("http://"))
    return invalid("expected an address that begins with http:// or https://, found '" +
                   std::string(url) + "'");
  url.remove_prefix(address.tls ? 8 : 7);
  const std::size_t slash = std::min(url.find('/'), url.size());
  std::string authority(url.substr(0, slash));
  const std::size_t bracket = authority.rfind(']');
  const std::size_t colon = authority.rfind(':');
  const bool has_port =
      colon != std::string::npos && (bracket == std::string::npos || colon > bracket);
  if (!has_port) authority += address.tls ? ":443" : ":80";
  address.server = TRY(world::parse_endpoint(authority));
  address.target = slash < url.size() ? std::string(url.substr(slash)) : "/";
  return address;
}

// The bytes of one response, as they come.
struct HttpClient::Exchange {
  world::Stream& stream;
  world::Clock& clock;
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
      const Duration left = end - clock.steady();
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

Result<std::unique_ptr<world::Stream>> HttpClient::dial_and_ask(const HttpCall& call, Time end) {
  auto stream = TRY(dialer_.dial(options_.server, options_.tls, end - clock_.steady()));
  const std::string text = text_of(call, options_.server);
  ByteView rest = as_bytes(text);
  while (!rest.empty()) {
    const auto written = stream->write(rest);
    // A server that refuses a request may close before it has read all; its answer says why.
    if (!written) break;
    rest = rest.subspan(*written);
    const Duration left = end - clock_.steady();
    if (left.ns <= 0) return timed_out(options_.server);
    if (*written == 0) stream->wait(true, left);
  }
  return stream;
}

Result<HttpResponse> HttpClient::send(const HttpCall& call) {
  const Time end = clock_.steady() + options_.limit;
  auto stream = TRY(dial_and_ask(call, end));
  const HttpLimits limits = {64 * 1024, options_.body_max};
  Exchange exchange{*stream, clock_, options_.server, {limits, call.method == "HEAD"}};
  while (!exchange.reader.done()) TRY(exchange.step(end));
  HttpResponse response = exchange.reader.take_header();
  response.body = exchange.reader.take_body();
  return response;
}

Result<HttpResponse> HttpClient::follow(const HttpCall& call, const OnBody& on_body) {
  auto stream = TRY(dial_and_ask(call, clock_.steady() + options_.limit));
  const HttpLimits limits = {64 * 1024, std::numeric_limits<std::size_t>::max()};
  Exchange exchange{*stream, clock_, options_.server, {limits, call.method == "HEAD"}};
  Time end = clock_.steady() + options_.limit;
  while (!exchange.reader.done()) {
    TRY(exchange.step(end));
    if (!exchange.reader.header_done()) continue;
    const std::string piece = exchange.reader.take_body();
    if (piece.empty()) continue;
    if (!on_body(piece)) break;
    end = clock_.steady() + options_.limit;
  }
  return exchange.reader.take_header();
}

}  // namespace lineside::net
