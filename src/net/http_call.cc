#include <algorithm>

#include "net/http_call_internal.h"

namespace lineside::net {

Result<HttpPeer> parse_address(std::string_view address) {
  const bool tls = address.starts_with("https://");
  if (!tls && !address.starts_with("http://"))
    return invalid("expected an address that begins with http:// or https://, found '" +
                   std::string(address) + "'");
  std::string authority(address.substr(tls ? 8 : 7));
  authority.resize(std::min(authority.find('/'), authority.size()));
  const std::size_t bracket = authority.rfind(']');
  const std::size_t colon = authority.rfind(':');
  const bool has_port =
      colon != std::string::npos && (bracket == std::string::npos || colon > bracket);
  if (!has_port) authority += tls ? ":443" : ":80";
  return HttpPeer{tls, TRY(world::parse_endpoint(authority))};
}

std::string head_of(const HttpCall& call, const world::Endpoint& server, AfterCall after,
                    std::uint64_t bytes) {
  std::string text = call.method + " " + call.target + " HTTP/1.1\r\n";
  if (find_header(call.headers, "Host").empty()) text += "Host: " + to_string(server) + "\r\n";
  for (const HttpHeader& header : call.headers) text += header.name + ": " + header.value + "\r\n";
  // POST and PUT say so too where they have none (RFC 9110, 8.6).
  if (bytes > 0 || call.method == "POST" || call.method == "PUT")
    text += "Content-Length: " + std::to_string(bytes) + "\r\n";
  if (after == AfterCall::close) text += "Connection: close\r\n";
  return text + "\r\n";
}

std::string text_of(const HttpCall& call, const world::Endpoint& server, AfterCall after) {
  return head_of(call, server, after, call.body.size()) + call.body;
}

Error timed_out(const world::Endpoint& server) {
  return fail(Code::timeout, "no answer from " + to_string(server) + " in time");
}

Result<std::size_t> HttpExchange::take(const Result<std::size_t>& count, ByteView piece) {
  if (!count && count.error().code != Code::unavailable) return count.error();
  ended = !count;
  if (count && *count == 0) return 0;
  if (count) {
    began = true;
    buffer.insert(buffer.end(), piece.begin(), piece.end());
  }
  while (!buffer.empty() && !reader.done()) {
    const std::size_t used = TRY(reader.feed(buffer));
    if (used == 0) break;
    buffer.erase(buffer.begin(), buffer.begin() + static_cast<std::ptrdiff_t>(used));
  }
  if (ended && !reader.done()) TRY(reader.end());
  return count.value_or(1);
}

}  // namespace lineside::net
