// What both HTTP clients need: where a call goes, its text, and its response as it comes.
#pragma once

#include <array>
#include <span>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/result.h"
#include "net/http_client.h"
#include "net/http_reader_internal.h"
#include "world/stream.h"

namespace lineside::net {

struct HttpPeer {
  bool tls = false;
  world::Endpoint endpoint;
};
// Errors: invalid.
Result<HttpPeer> parse_address(std::string_view address);

enum class AfterCall : unsigned char { close, keep };
std::string text_of(const HttpCall& call, const world::Endpoint& server, AfterCall after);
// Without the body, which is of `bytes`.
std::string head_of(const HttpCall& call, const world::Endpoint& server, AfterCall after,
                    std::uint64_t bytes);
Error timed_out(const world::Endpoint& server);

// The bytes of one response. `buffer` holds what was received and not used.
struct HttpExchange {
  HttpResponseReader reader;
  Bytes buffer{};
  bool ended = false;  // the peer sends no more
  bool began = false;  // something has come

  // Reads once and feeds what there is; 0: nothing was there. Errors: corrupt, exhausted, and those
  // of the stream but unavailable, which is the end.
  template <class Source>  // a world::Stream or what reads like one
  Result<std::size_t> step(Source& source) {
    std::array<std::byte, 16 * 1024> piece;
    const auto count = source.read(piece);
    return take(count, std::span(piece).first(count.value_or(0)));
  }

 private:
  Result<std::size_t> take(const Result<std::size_t>& count, ByteView piece);
};

}  // namespace lineside::net
