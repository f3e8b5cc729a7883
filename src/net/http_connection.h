// An HTTP/1.1 client that keeps its connection from one call to the next, for an edge that talks to
// one hub all day: long polls, and downloads that go on where they stopped.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/time.h"
#include "net/http.h"
#include "net/http_client.h"
#include "net/http_transfer.h"
#include "world/clock.h"
#include "world/stream.h"

namespace lineside::net {

struct HttpExchange;  // http_call_internal.h
struct HttpPeer;

// What is there of a body that was cut off.
struct HttpResume {
  std::uint64_t offset = 0;  // bytes of it; 0: nothing
  std::string etag{};        // of the response they came with, as it was sent; empty: begin anew
};

// Blocks the calling thread; used by one at a time, but for wake(). Dials when it is called and has
// no connection, also when the server has closed the one that was kept. A call with a method that
// may be repeated (GET, HEAD, PUT, DELETE) is made a second time where a kept connection ends
// before a byte of the answer has come (RFC 9110, 9.2.2).
//
// Errors of all calls: as HttpClient::send(), and timeout ("woken") after wake(). The connection is
// not kept after an error.
class HttpConnection {
 public:
  // `address`: as HttpClient's. `dialer` and `clock` outlive it.
  HttpConnection(std::string address, world::Dialer& dialer, world::Clock& clock,
                 HttpClientOptions options = {});
  HttpConnection(const HttpConnection&) = delete;
  HttpConnection& operator=(const HttpConnection&) = delete;

  // Any status is a success. `limit`, instead of that of the options, for a long poll.
  Result<HttpResponse> send(const HttpCall& call, std::optional<Duration> limit = {});
  // With `body` in place of call.body, read while it is sent, and never sent twice. The limit is
  // for each piece, and for the answer. Errors: also those of `body`: the server has not got all.
  Result<HttpResponse> upload(const HttpCall& call, HttpSource& body);
  // The body of a 200 or 206 goes to `sink`, that of others (416 when there is nothing beyond
  // resume.offset) into the response, up to 64 KiB. With something to resume it asks for the rest
  // only; a server that sends all, because it is another body now, makes it restart() the sink. The
  // limit is the longest silence. Errors: also those of `sink`; corrupt (a range that was not asked
  // for). What the sink has taken before an error can be resumed.
  Result<HttpResponse> download(const HttpCall& call, const HttpResume& resume, HttpSink& sink);

  // Ends the call under way, or else the next one, while it writes or waits for its answer; a dial
  // goes on up to HttpClientOptions::dial_limit. Any thread.
  void wake();
  bool connected() const { return stream_ != nullptr; }
  void close();

 private:
  enum class Kept : unsigned char { no, yes };

  Result<Kept> connect(const HttpPeer& peer, Time end);
  Result<bool> write(ByteView rest, Time end);
  Result<void> write(HttpSource& body);
  Result<void> step(HttpExchange& exchange, Time end);
  Result<void> wait(bool want_write, Time end);
  Result<void> check_woken();
  Result<HttpExchange> ask(const HttpCall& call, std::uint64_t body_max, Time end);
  Result<HttpExchange> ask(const HttpCall& call, HttpSource& body);
  Result<HttpResponse> read_whole(HttpExchange& exchange, std::size_t body_max, Time end);
  Result<HttpResponse> read_to_sink(HttpExchange& exchange, HttpSink& sink);
  Result<HttpResponse> keep_or_close(Result<HttpResponse> response, const HttpExchange& exchange);
  void take_stream(std::unique_ptr<world::Stream> stream);

  const std::string address_;
  world::Dialer& dialer_;
  world::Clock& clock_;
  const HttpClientOptions options_;
  std::mutex mutex_;  // of who stream_ is, and of woken_
  std::unique_ptr<world::Stream> stream_;
  bool woken_ = false;
};

}  // namespace lineside::net
