#include "net/http_server.h"

#include <set>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "base/check.h"
#include "base/lane.h"
#include "net/http_session_internal.h"

namespace lineside::net {

namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using ErrorCode = boost::system::error_code;

constexpr auto kAwait = asio::as_tuple(asio::use_awaitable);
constexpr std::string_view kOverload =
    "HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";

Error bind_error(const ErrorCode& error, const world::Endpoint& endpoint) {
  const Code code = error == asio::error::address_in_use  ? Code::conflict
                    : error == asio::error::access_denied ? Code::denied
                                                          : Code::invalid;
  return fail(
      code,
      "cannot listen on " + to_string(endpoint) + ": " + error.message() +
          (code == Code::conflict ? "; end what listens there, or listen at another address" : ""));
}

Result<tcp::endpoint> parse_bind(const world::Endpoint& endpoint) {
  ErrorCode error;
  const std::string host = endpoint.host == "localhost" ? "127.0.0.1" : endpoint.host;
  const auto address = asio::ip::make_address(host, error);
  if (error)
    return invalid("expected an IP address or localhost to listen on, found '" + host + "'");
  return tcp::endpoint(address, endpoint.port);
}

}  // namespace

// All but `options`, `answer` and `counts` belongs to the server's thread once it runs.
struct HttpServer::Impl {
  explicit Impl(HttpServerOptions server_options)
      : options(std::move(server_options)), acceptor(io), retry_timer(io), stop_timer(io) {}

  HttpServerOptions options;
  Answer answer;
  BeginUpload begin_upload;
  HttpServerCounts counts;
  TlsContext tls;  // of connections to come; null for plain HTTP
  std::vector<std::byte> scratch = std::vector<std::byte>(16 * 1024);  // a TLS record
  asio::io_context io{1};
  std::unique_ptr<asio::thread_pool> workers;
  std::optional<HttpSessionContext> context;  // from serve() on
  tcp::acceptor acceptor;
  asio::steady_timer retry_timer;
  asio::steady_timer stop_timer;
  std::set<HttpSession*> sessions;
  WaitingSessions waiting;  // of them, those that make room for others
  std::unique_ptr<Lane> lane;

  Result<void> listen();
  asio::awaitable<void> accept();
  bool make_room();
  void admit(tcp::socket socket);
  asio::awaitable<void> run_session(std::shared_ptr<HttpSession> session);
  void finish();
};

Result<void> HttpServer::Impl::listen() {
  const tcp::endpoint wanted = TRY(parse_bind(options.endpoint));
  ErrorCode error;
  acceptor.open(wanted.protocol(), error);
  if (!error) acceptor.set_option(tcp::acceptor::reuse_address(true), error);
  if (!error) acceptor.bind(wanted, error);
  if (!error) acceptor.listen(asio::socket_base::max_listen_connections, error);
  if (error) return bind_error(error, options.endpoint);
  options.endpoint.port = acceptor.local_endpoint(error).port();
  if (error) return bind_error(error, options.endpoint);
  return {};
}

asio::awaitable<void> HttpServer::Impl::accept() {
  while (acceptor.is_open()) {
    auto [error, socket] = co_await acceptor.async_accept(kAwait);
    if (!error) {
      admit(std::move(socket));
    } else if (error != asio::error::operation_aborted) {
      // Out of descriptors, most likely: they come back when connections end.
      retry_timer.expires_after(std::chrono::milliseconds(100));
      co_await retry_timer.async_wait(kAwait);
    }
  }
}

// Anybody may open connections and say nothing: those that do so longest are the first to go, so
// that nobody holds all places for long. False: there is none to close.
bool HttpServer::Impl::make_room() {
  if (waiting.empty()) return false;
  HttpSession& longest = waiting.front();
  waiting.pop_front();
  sessions.erase(&longest);  // its coroutine learns of it, and then it is destroyed
  longest.abort();
  counts.displaced.fetch_add(1, std::memory_order_relaxed);
  return true;
}

void HttpServer::Impl::admit(tcp::socket socket) {
  if (sessions.size() >= options.connections_max && !make_room()) {
    counts.overloads.fetch_add(1, std::memory_order_relaxed);
    ErrorCode ignored;
    socket.non_blocking(true, ignored);
    if (!tls) socket.write_some(asio::buffer(kOverload), ignored);
    return;
  }
  auto wire = HttpWire::create(std::move(socket), tls, scratch);
  if (!wire) return;
  auto session = std::make_shared<HttpSession>(*context, std::move(*wire));
  sessions.insert(session.get());
  asio::co_spawn(io, run_session(std::move(session)), asio::detached);
}

asio::awaitable<void> HttpServer::Impl::run_session(std::shared_ptr<HttpSession> session) {
  co_await session->run();
  sessions.erase(session.get());
  session->abort();
  if (sessions.empty()) stop_timer.cancel();
}

void HttpServer::Impl::finish() {
  ErrorCode ignored;
  acceptor.close(ignored);
  retry_timer.cancel();
  if (sessions.empty()) return;
  for (HttpSession* session : sessions) session->finish();
  stop_timer.expires_after(std::chrono::nanoseconds(options.stop_limit.ns));
  stop_timer.async_wait([this](const ErrorCode& error) {
    if (error) return;
    for (HttpSession* session : sessions) session->abort();
  });
}

HttpServer::HttpServer(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
HttpServer::~HttpServer() { stop(); }

Result<std::unique_ptr<HttpServer>> HttpServer::bind(HttpServerOptions options) {
  auto impl = std::make_unique<Impl>(std::move(options));
  if (impl->options.tls) impl->tls = TRY(make_server_context(*impl->options.tls));
  TRY(impl->listen());
  return std::unique_ptr<HttpServer>(new HttpServer(std::move(impl)));  // private constructor
}

const world::Endpoint& HttpServer::endpoint() const { return impl_->options.endpoint; }
const HttpServerCounts& HttpServer::counts() const { return impl_->counts; }

void HttpServer::serve(Answer answer, BeginUpload begin_upload) {
  CHECK(impl_->lane == nullptr && answer != nullptr);
  impl_->answer = std::move(answer);
  impl_->begin_upload = std::move(begin_upload);
  impl_->workers = std::make_unique<asio::thread_pool>(impl_->options.workers);
  impl_->context.emplace(impl_->io, *impl_->workers, impl_->options, impl_->answer,
                         impl_->begin_upload, impl_->counts, impl_->waiting);
  asio::co_spawn(impl_->io, impl_->accept(), asio::detached);
  // Returns when stop() has closed the acceptor and the last session has ended.
  impl_->lane = std::make_unique<Lane>("http", [impl = impl_.get()] {
    impl->io.run();
    return false;
  });
}

void HttpServer::stop() {
  if (impl_->lane == nullptr || impl_->lane->done()) return;
  asio::post(impl_->io, [impl = impl_.get()] { impl->finish(); });
  impl_->lane->join();
  impl_->workers->join();
}

Result<void> HttpServer::set_tls(const HttpServerTls& tls) {
  CHECK(impl_->options.tls.has_value());
  TlsContext context = TRY(make_server_context(tls));
  asio::post(impl_->io,
             [impl = impl_.get(), context = std::move(context)] { impl->tls = context; });
  return {};
}

}  // namespace lineside::net
