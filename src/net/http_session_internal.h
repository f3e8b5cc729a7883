// One connection of the HTTP server: requests in, responses out, one after the other.
#pragma once

#include <memory>
#include <string>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/thread_pool.hpp>

#include "net/http_reader_internal.h"
#include "net/http_server.h"
#include "net/http_wire_internal.h"

namespace lineside::net {

// What the sessions of a server share; it outlives them.
struct HttpSessionContext {
  boost::asio::io_context& io;
  boost::asio::thread_pool& workers;
  const HttpServerOptions& options;
  const HttpServer::Answer& answer;
  HttpServerCounts& counts;
};

// Lives on the server's thread, but for the answer function.
class HttpSession : public std::enable_shared_from_this<HttpSession> {
 public:
  HttpSession(HttpSessionContext context, std::unique_ptr<HttpWire> wire);
  ~HttpSession();
  HttpSession(const HttpSession&) = delete;
  HttpSession& operator=(const HttpSession&) = delete;

  // From the first byte to the last.
  boost::asio::awaitable<void> run();
  // Ends it after the response under way; at once where there is none.
  void finish();
  // Ends it now.
  void abort() { wire_->abort(); }

 private:
  enum class Phase : unsigned char { idle, busy };

  boost::asio::awaitable<bool> read_request(HttpRequestReader& reader);
  boost::asio::awaitable<bool> read_more();
  boost::asio::awaitable<void> refuse(const HttpRefusal& refusal);
  boost::asio::awaitable<HttpResponse> answer(const HttpRequest& request);
  boost::asio::awaitable<bool> respond(const HttpResponse& response, bool head, bool keep_alive);
  boost::asio::awaitable<void> run_stream(HttpResponse response);
  boost::asio::awaitable<void> close();

  // The connection is aborted unless this is called again before `limit` has passed.
  void set_limit(Duration limit, Phase phase);

  HttpSessionContext context_;
  std::unique_ptr<HttpWire> wire_;
  boost::asio::steady_timer limit_timer_;
  boost::asio::steady_timer pause_timer_;  // between two looks at a stream
  std::uint64_t limit_number_ = 0;  // of set_limit(); what the timer of an older one says is void
  Phase phase_ = Phase::busy;
  bool finishing_ = false;
  std::string buffer_;  // bytes read and not used
};

}  // namespace lineside::net
