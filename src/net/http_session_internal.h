// One connection of the HTTP server: requests in, responses out, one after the other.
#pragma once

#include <memory>
#include <string>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/intrusive/list.hpp>

#include "net/http_later.h"
#include "net/http_reader_internal.h"
#include "net/http_server.h"
#include "net/http_transfer.h"
#include "net/http_wire_internal.h"

namespace lineside::net {

class HttpSession;

// In a list of sessions for as long as it waits; leaves by itself.
using WaitingHook =
    boost::intrusive::list_base_hook<boost::intrusive::link_mode<boost::intrusive::auto_unlink>>;
// Who has waited longest comes first.
using WaitingSessions =
    boost::intrusive::list<HttpSession, boost::intrusive::base_hook<WaitingHook>,
                           boost::intrusive::constant_time_size<false>>;

// What the sessions of a server share; it outlives them.
struct HttpSessionContext {
  boost::asio::io_context& io;
  boost::asio::thread_pool& workers;
  const HttpServerOptions& options;
  const HttpServer::Answer& answer;
  const HttpServer::BeginUpload& begin_upload;
  HttpServerCounts& counts;
  WaitingSessions& waiting;  // those without a finished request
};

// Lives on the server's thread, but for what runs on workers while the session waits for it.
class HttpSession : public std::enable_shared_from_this<HttpSession>, public WaitingHook {
 public:
  // `context` outlives the session.
  HttpSession(const HttpSessionContext& context, std::unique_ptr<HttpWire> wire);
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
  enum class Next : unsigned char { request, close, over };
  // A request that has come, or the part of it that decides.
  struct Asked {
    HttpRequest request;
    bool keep_alive = false;
  };
  template <class Work>
  boost::asio::awaitable<std::invoke_result_t<Work>> on_worker(Work work);

  boost::asio::awaitable<Next> serve_one();
  boost::asio::awaitable<Next> read_request(Asked& asked);
  boost::asio::awaitable<Next> read_header(HttpRequestReader& reader);
  boost::asio::awaitable<Next> read_body(HttpRequestReader& reader, HttpSink* sink);
  boost::asio::awaitable<Next> refuse(HttpRefusal refusal, const HttpRequestReader& reader);
  boost::asio::awaitable<bool> wait_for_later(HttpResponse& response);
  boost::asio::awaitable<bool> respond(HttpResponse& response, bool head, bool keep_alive);
  boost::asio::awaitable<bool> send_source(std::string head, HttpSource& source, HttpRange range);
  boost::asio::awaitable<bool> send_text(std::string head, std::string_view body);
  boost::asio::awaitable<void> run_stream(HttpResponse response);
  boost::asio::awaitable<void> close();

  // The connection is aborted unless this is called again before `limit` has passed.
  void set_limit(Duration limit, Phase phase);
  void clear_limit();
  // As others see it, from here to unlink(): it may be closed to make room.
  void join_waiting();

  const HttpSessionContext& context_;
  std::unique_ptr<HttpWire> wire_;
  boost::asio::steady_timer limit_timer_;
  boost::asio::steady_timer pause_timer_;  // between two looks at a stream
  std::uint64_t limit_number_ = 0;  // of set_limit(); what the timer of an older one says is void
  Phase phase_ = Phase::busy;
  bool finishing_ = false;
  bool waiting_ = false;  // for a response that comes later
  std::string buffer_;    // bytes read and not used
};

}  // namespace lineside::net
