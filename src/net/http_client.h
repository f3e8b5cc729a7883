// A small blocking HTTP/1.1 client, for the command line and for tests: one connection per call.
// net/http_connection.h keeps its connection.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "net/http.h"
#include "world/stream.h"

namespace lineside::net {

struct HttpCall {
  std::string method = "GET";
  std::string target = "/";  // path and query, encoded
  std::vector<HttpHeader> headers;
  std::string body;
};

struct HttpClientOptions {
  world::TlsOptions tls{};                       // for https addresses
  Duration limit = Duration::seconds(30);        // for a whole call; of follow(): longest silence
  Duration dial_limit = Duration::seconds(30);   // within it, to connect and to shake hands
  std::size_t body_max = std::size_t{64} << 20;  // of a response
};

// Blocks the calling thread; used by one at a time.
class HttpClient {
 public:
  // "http://host:port" or "https://host:port", also with [::1] for a host; the port may be absent,
  // and a path after it is passed over.
  explicit HttpClient(std::string address, HttpClientOptions options = {})
      : address_(std::move(address)), options_(std::move(options)) {}

  // Any status is a success: the caller looks at it. Errors: invalid (the address), those of
  // world::Dialer::dial(), timeout, unavailable (cut off), corrupt (not HTTP), exhausted (too big).
  Result<HttpResponse> send(const HttpCall& call) const;
  Result<HttpResponse> get(std::string target, std::vector<HttpHeader> headers = {}) const {
    return send({"GET", std::move(target), std::move(headers), ""});
  }
  // With a body of JSON.
  Result<HttpResponse> post(std::string target, std::string json,
                            std::vector<HttpHeader> headers = {}) const;

  // Told each piece of the body as it comes; false ends the call.
  using OnBody = std::function<bool(std::string_view)>;
  // For a body that goes on. The response has no body.
  Result<HttpResponse> follow(const HttpCall& call, const OnBody& on_body) const;

 private:
  Result<std::unique_ptr<world::Stream>> dial_and_ask(const HttpCall& call) const;

  const std::string address_;
  const HttpClientOptions options_;
};

}  // namespace lineside::net
