// A small blocking HTTP/1.1 client, for the command line and for tests: one connection per call.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "net/http.h"
#include "world/clock.h"
#include "world/stream.h"

namespace lineside::net {

struct HttpCall {
  std::string method = "GET";
  std::string target = "/";  // path and query, encoded
  std::vector<HttpHeader> headers;
  std::string body;
};

struct HttpClientOptions {
  world::Endpoint server;
  std::optional<world::TlsOptions> tls{};         // absent: plain HTTP
  Duration limit = Duration::seconds(30);         // for a whole call
  std::size_t body_max = std::size_t{64} << 20;   // of a response
};

// "http://127.0.0.1:8080/a/b?c" taken apart; the target is "/" where there is none. Errors: invalid.
struct HttpAddress {
  bool tls = false;
  world::Endpoint server;
  std::string target;
};
Result<HttpAddress> parse_address(std::string_view url);

// Used by one thread. The seams outlive it.
class HttpClient {
 public:
  HttpClient(world::Dialer& dialer, world::Clock& clock, HttpClientOptions options)
      : dialer_(dialer), clock_(clock), options_(std::move(options)) {}

  // Any status is a success: the caller looks at it. Errors: those of Dialer::dial(), timeout,
  // corrupt (not HTTP, or cut off), exhausted (the response is too large).
  Result<HttpResponse> send(const HttpCall& call);

  // Told each piece of the body as it comes; false ends the call.
  using OnBody = std::function<bool(std::string_view)>;
  // The same for a body that goes on; `limit` is the longest silence. The response has no body.
  Result<HttpResponse> follow(const HttpCall& call, const OnBody& on_body);

 private:
  struct Exchange;
  Result<std::unique_ptr<world::Stream>> dial_and_ask(const HttpCall& call, Time end);

  world::Dialer& dialer_;
  world::Clock& clock_;
  const HttpClientOptions options_;
};

}  // namespace lineside::net
