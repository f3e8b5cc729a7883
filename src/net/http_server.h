// The HTTP server of the page and the API: HTTP/1.1 with keep-alive, and TLS 1.2 or newer.
//
// One thread does all input and output, a few more run the answer function, one request of a
// connection after the other. What the outside can do is limited: connections, bytes, time. A
// connection that waits, for its next request or for a response that comes later (HttpLater), has
// no thread, no timer that wakes it and no buffers.
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

enum class ClientCertificates : unsigned char {
  none,      // not asked for
  optional,  // one that is presented must verify, or the handshake fails
};

// A PEM text goes before its file.
struct HttpServerTls {
  std::string cert_file;  // PEM chain, ours first
  std::string key_file;   // PEM, not encrypted
  std::string cert_pem{};
  std::string key_pem{};
  ClientCertificates client_certificates = ClientCertificates::none;
  std::string client_ca_file{};  // PEM, one or more: whom client certificates must lead to
  std::string client_ca_pem{};
};

struct HttpServerOptions {
  world::Endpoint endpoint{"127.0.0.1", 0};  // an IP address or "localhost"; port 0: a free one
  std::optional<HttpServerTls> tls{};
  std::size_t workers = 2;
  // Beyond it the one that has waited longest without a finished request makes room: idle ones, and
  // requests still to come (but for a body that a sink takes). Where all are being answered, follow
  // a stream or wait for a later response, the new one is told 503. Up to 20,000 are tested.
  std::size_t connections_max = 256;
  std::size_t header_max = 16 * 1024;
  std::size_t body_max = 64 * 1024;
  // Instead of body_max, from all of a request but its body: so whoever has not signed in need not
  // be heard out. Called on the server's thread: quick, and it must not block.
  std::function<std::uint64_t(const HttpRequest& head)> body_max_for{};
  // Answers in place of a plain 413 where the body is beyond that, by several threads at once; the
  // connection is closed after it.
  std::function<HttpResponse(const HttpRequest& head)> answer_too_large{};
  // From a request's first byte to its last, but anew for each 64 KiB of a body; for each 64 KiB of
  // a response to be taken.
  Duration request_limit = Duration::seconds(30);
  Duration idle_limit = Duration::seconds(75);  // between requests
  Duration stop_limit = Duration::seconds(2);   // for requests that run when stop() is called
};

// Read by any thread.
struct HttpServerCounts {
  std::atomic<std::uint64_t> connections = 0;  // open now
  std::atomic<std::uint64_t> streams = 0;      // of them, with a body that goes on
  std::atomic<std::uint64_t> waiting = 0;      // of them, with a response that comes later
  std::atomic<std::uint64_t> requests = 0;     // answered
  std::atomic<std::uint64_t> refused = 0;      // not HTTP, or beyond a limit
  std::atomic<std::uint64_t> timeouts = 0;   // connections closed by a limit, idle ones not counted
  std::atomic<std::uint64_t> displaced = 0;  // waiting connections closed to make room
  std::atomic<std::uint64_t> overloads = 0;  // connections turned away, for there was no room
};

class HttpServer {
 public:
  // Called by several threads at once.
  using Answer = std::function<HttpResponse(const HttpRequest&)>;
  // Asked before a body is read, by several threads at once; `head` is the request without it.
  // Where it gives a sink the body goes there, in pieces, and then the request is answered, with
  // the sink as its `upload`; null: the body goes into memory. body_max_for() holds for both.
  using BeginUpload = std::function<std::unique_ptr<HttpSink>(const HttpRequest& head)>;

  // Takes the port; connections wait until serve(). Errors: invalid (address, certificate or key,
  // with the file), conflict (the port is taken), denied (a privileged port).
  static Result<std::unique_ptr<HttpServer>> bind(HttpServerOptions options);
  ~HttpServer();  // stop()
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;

  // With the port that was chosen.
  const world::Endpoint& endpoint() const;
  // Starts the threads; once.
  void serve(Answer answer, BeginUpload begin_upload = {});
  // Takes no more requests, ends streams, cancels responses that were to come later and tells
  // their peers 503, lets running answers finish, closes everything. Blocks for at most about
  // stop_limit, and as long as an answer runs. What was never served is closed.
  void stop();

  // Certificates get renewed: connections to come have these, those that are open go on. Nobody
  // resumes a session of before, so each certificate is verified anew. Any thread, while it serves
  // with TLS. Errors: invalid, with the file or "text"; all stays as it was then.
  Result<void> set_tls(const HttpServerTls& tls);

  const HttpServerCounts& counts() const;

 private:
  struct Impl;
  explicit HttpServer(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace lineside::net
