// Requests and responses from anyone, cut into pieces anywhere: they are read or refused, the same
// however they are cut.
#include <cstddef>
#include <cstdint>
#include <string>

#include "base/check.h"
#include "net/http_reader_internal.h"

namespace {

using lineside::net::HttpLimits;
using lineside::net::HttpRequest;
using lineside::net::HttpRequestReader;
using lineside::net::HttpResponseReader;

constexpr HttpLimits kLimits = {512, 256};

// What a reader makes of `text` in pieces of `step` bytes.
std::string read_request(std::string_view text, std::size_t step) {
  HttpRequestReader reader(kLimits);
  std::string rest;
  while (!text.empty() && !reader.done() && !reader.refusal()) {
    rest.append(text.substr(0, step));
    text.remove_prefix(std::min(step, text.size()));
    std::size_t used = 1;
    while (used > 0 && !rest.empty() && !reader.done() && !reader.refusal()) {
      used = reader.feed(lineside::as_bytes(rest));
      CHECK(used <= rest.size());
      rest.erase(0, used);
    }
  }
  if (reader.refusal()) return "refused " + std::to_string(reader.refusal()->status);
  if (!reader.done()) return "incomplete";
  const HttpRequest request = reader.take();
  CHECK(request.body.size() <= kLimits.body_max);
  std::string seen = request.method + " " + request.target.path + " " + request.body;
  for (const auto& header : request.headers) seen += "|" + header.name + ":" + header.value;
  return seen;
}

void read_response(std::string_view text) {
  HttpResponseReader reader(kLimits, false);
  while (!text.empty() && !reader.done()) {
    const auto used = reader.feed(lineside::as_bytes(text));
    if (!used || *used == 0) return;
    text.remove_prefix(*used);
    if (reader.header_done()) CHECK(reader.take_body().size() <= kLimits.body_max);
  }
  if (reader.done() || reader.end()) CHECK(reader.take_header().status > 0);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const std::string whole = read_request(text, size + 1);
  const std::string cut = read_request(text, size % 7 + 1);
  // Where several things are wrong, which one is met first depends on the pieces.
  CHECK(whole == cut || (whole.starts_with("refused") && cut.starts_with("refused")));
  read_response(text);
  return 0;
}
