// Many HTTP/1.1 connections to one server, all on the calling thread: for whoever plays a fleet of
// clients. A member costs one descriptor and no thread; while it waits for an answer it holds no
// buffers but TLS's own.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "net/http.h"
#include "net/http_client.h"
#include "net/http_transfer.h"
#include "world/stream.h"

namespace lineside::net {

// A member's calls go over one connection, which is kept as long as both sides want it; errors are
// HttpConnection's. Owned by one thread.
class HttpFlock {
 public:
  struct Answer {
    std::size_t member = 0;
    Result<HttpResponse> response;
  };

  // `address`: as HttpClient's, looked up once, and the only one that is tried. `tls` holds for all
  // members; a client certificate is each member's own (identify()). Errors: invalid (address, TLS
  // options), unavailable (unknown host), exhausted (descriptors).
  static Result<std::unique_ptr<HttpFlock>> open(std::string_view address,
                                                 const world::TlsOptions& tls, std::size_t members);
  ~HttpFlock();
  HttpFlock(const HttpFlock&) = delete;
  HttpFlock& operator=(const HttpFlock&) = delete;

  // The certificate of the member's connections to come. Errors: invalid.
  Result<void> identify(std::size_t member, const std::string& cert_pem,
                        const std::string& key_pem);
  // Begins a call, of which turn() tells the outcome; `limit` is for all of it. A member has one
  // call at a time. With `sink` the body of a 200 goes there; it lives until the outcome is told.
  void send(std::size_t member, HttpCall call, Duration limit, HttpSink* sink = nullptr);
  bool busy(std::size_t member) const;
  // The connection ends without a word, as when a cable is cut; so does a call under way, whose
  // outcome is not told any more.
  void cut(std::size_t member);
  // Works until something can be told, but no longer than `wait`.
  std::vector<Answer> turn(Duration wait);

 private:
  struct Impl;
  explicit HttpFlock(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace lineside::net
