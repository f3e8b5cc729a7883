// HTTP messages out of byte streams: Boost.Beast's parser behind an interface that does no input
// or output of its own.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "base/bytes.h"
#include "base/result.h"
#include "net/http.h"

namespace lineside::net {

struct HttpLimits {
  std::size_t header_max = 16 * 1024;  // bytes of start line and headers
  std::uint64_t body_max = 64 * 1024;
};

// Why a request was not taken, and the status that says so.
struct HttpRefusal {
  int status = 400;
  std::string text;
};

// One request. Owned by one thread.
class HttpRequestReader {
 public:
  // The limit of the body, from all that came before it; not asked where there is no body. What it
  // adds to `head` stays there.
  using BodyMax = std::function<std::uint64_t(HttpRequest& head)>;
  // `body_max_for`: instead of that of the limits.
  explicit HttpRequestReader(const HttpLimits& limits, BodyMax body_max_for = {});
  ~HttpRequestReader();

  // Takes bytes of the stream and returns how many it used: none means that it wants them again
  // with more behind them. Bytes behind the request are not used. Not to be called once done() or
  // refused.
  std::size_t feed(ByteView bytes);
  const std::optional<HttpRefusal>& refusal() const { return refusal_; }

  bool header_done() const;
  bool done() const;
  // What came before the body. After header_done(), until take().
  const HttpRequest& head() const { return *head_; }
  // What came of the body since the last call.
  std::string take_body();
  // Whether the client waits for a 100 before it sends the body (RFC 9110, 10.1.1).
  bool expects_continue() const;
  // Whether the connection may be used again. After header_done().
  bool keep_alive() const;
  // After done(), with what of the body was not taken.
  HttpRequest take();

 private:
  void check_header();
  void limit_body();
  void refuse(int status, std::string text) { refusal_ = {status, std::move(text)}; }

  struct Parser;
  std::unique_ptr<Parser> parser_;
  std::optional<HttpRequest> head_;
  std::optional<HttpRefusal> refusal_;
};

// One response. Owned by one thread.
class HttpResponseReader {
 public:
  // `to_head`: it answers a HEAD request and so has no body.
  HttpResponseReader(const HttpLimits& limits, bool to_head);
  HttpResponseReader(HttpResponseReader&&) noexcept;
  ~HttpResponseReader();

  // As above; errors: corrupt (not HTTP), exhausted (a limit).
  Result<std::size_t> feed(ByteView bytes);
  // The stream ended. Errors: unavailable (nothing came), corrupt (the response is not complete).
  Result<void> end();

  bool header_done() const;
  bool done() const;
  int status() const;
  // Whether the connection may be used again. After done().
  bool keep_alive() const;
  // What came of the body since the last call.
  std::string take_body();
  // Status and headers.
  HttpResponse take_header() const;

 private:
  struct Parser;
  std::unique_ptr<Parser> parser_;
};

}  // namespace lineside::net
