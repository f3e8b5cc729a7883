// The HTTP server of the page and the API: HTTP/1.1 with keep-alive, and TLS 1.2 or newer.
//
// One thread does all input and output, a few more run the answer function, one request of a
// connection after the other. What the outside can do is limited: connections, bytes, time.
//
// Every response carries the headers that keep browsers from being used against the page:
// Content-Security-Policy (everything from ourselves, nothing inline, no frames),
// X-Content-Type-Options and Referrer-Policy.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "base/result.h"
#include "base/time.h"
#include "net/http.h"
#include "world/stream.h"

namespace lineside::net {

struct HttpServerTls {
  std::string cert_file;  // PEM chain, ours first
  std::string key_file;   // PEM
};

struct HttpServerOptions {
  world::Endpoint endpoint{"127.0.0.1", 0};  // an IP address or "localhost"; port 0: a free one
  std::optional<HttpServerTls> tls{};
  std::size_t workers = 2;
  std::size_t connections_max = 256;  // further ones are told 503
  std::size_t header_max = 16 * 1024;
  std::size_t body_max = 64 * 1024;
  Duration request_limit =
      Duration::seconds(30);                    // from a request's first byte to its last, and
                                                // for the reader to take each piece of a response
  Duration idle_limit = Duration::seconds(75);  // between requests
  Duration stop_limit = Duration::seconds(2);   // for requests that run when stop() is called
};

// Read by any thread.
struct HttpServerCounts {
  std::atomic<std::uint64_t> connections = 0;  // open now
  std::atomic<std::uint64_t> streams = 0;      // of them, with a body that goes on
  std::atomic<std::uint64_t> requests = 0;     // answered
  std::atomic<std::uint64_t> refused = 0;      // not HTTP, or beyond a limit
  std::atomic<std::uint64_t> timeouts = 0;   // connections closed by a limit, idle ones not counted
  std::atomic<std::uint64_t> overloads = 0;  // connections beyond connections_max
};

class HttpServer {
 public:
  // Called by several threads at once.
  using Answer = std::function<HttpResponse(const HttpRequest&)>;

  // Takes the port; connections wait until serve(). Errors: invalid (address, certificate or key,
  // with the file), conflict (the port is taken), denied (a privileged port).
  static Result<std::unique_ptr<HttpServer>> bind(HttpServerOptions options);
  ~HttpServer();  // stop()
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;

  // With the port that was chosen.
  const world::Endpoint& endpoint() const;
  // Starts the threads; once.
  void serve(Answer answer);
  // Takes no more requests, ends streams, lets running answers finish, closes everything. Blocks
  // for at most about stop_limit, and as long as an answer runs. What was never served is closed.
  void stop();

  const HttpServerCounts& counts() const;

 private:
  struct Impl;
  explicit HttpServer(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace lineside::net
