// Bodies that are too large for memory: where they come from and where they go.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string_view>

#include "base/bytes.h"
#include "base/result.h"
#include "net/http.h"
#include "world/files.h"

namespace lineside::net {

// Takes a body in pieces of at most 64 KiB: an upload at the server, a download at the client. Used
// by one thread at a time; destroyed without more when the peer goes away in the middle.
class HttpSink {
 public:
  virtual ~HttpSink() = default;
  // An error ends the transfer. The server then answers the request at once, so that the answer
  // function says why (it knows its sink), and closes the connection; the client gives it back.
  virtual Result<void> write(ByteView piece) = 0;
  // What was there before is void, the body begins from its first byte: the source of a download
  // that was to be resumed has changed. Errors as for write().
  virtual Result<void> restart() { return invalid("cannot begin anew"); }
};

// Bytes of known number that do not change. Read by one thread at a time.
class HttpSource {
 public:
  virtual ~HttpSource() = default;
  virtual std::uint64_t size() const = 0;
  // All of `out`, from `offset` on. An error cuts the body off and closes the connection, so that
  // nobody takes it for whole.
  virtual Result<void> read(std::uint64_t offset, std::span<std::byte> out) = 0;
};

// A file. Errors: those of File::size().
Result<std::shared_ptr<HttpSource>> file_source(std::unique_ptr<world::File> file);

// `response` with `source` for its body as `request` wants it: all of it (200), one range of it
// (206, Content-Range), nothing because it is known (304) or because the range is beyond it (416).
// `tag` identifies the content exactly, such as its digest; the strong entity tag is it in quotes.
// Ranges are taken from GET alone; several ranges, other units and an If-Range of another tag or of
// a date get the whole. Source: RFC 9110, 13.1.2, 13.1.5, 14.
HttpResponse ranged(HttpResponse response, const HttpRequest& request,
                    std::shared_ptr<HttpSource> source, std::string_view tag);

}  // namespace lineside::net
