#include <array>
#include <format>
#include <poll.h>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

#include "net/http_wire_internal.h"

namespace lineside::net {

namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using ErrorCode = boost::system::error_code;

constexpr auto kAwait = asio::as_tuple(asio::use_awaitable);

template <class Stream>
asio::awaitable<std::size_t> read_from(Stream& stream, asio::mutable_buffer into) {
  const auto [error, count] = co_await stream.async_read_some(into, kAwait);
  co_return error ? 0 : count;
}

template <class Stream>
asio::awaitable<bool> write_to(Stream& stream, std::string_view head, std::string_view body) {
  const std::array<asio::const_buffer, 2> parts = {asio::buffer(head), asio::buffer(body)};
  const auto [error, count] = co_await asio::async_write(stream, parts, kAwait);
  co_return !error;
}

// Waiting requests of both kinds end with an error; the socket stays valid until it is destroyed.
void abort_socket(tcp::socket& socket) {
  ErrorCode ignored;
  socket.shutdown(tcp::socket::shutdown_both, ignored);
  socket.close(ignored);
}

bool has_hung_up(tcp::socket& socket) {
  if (!socket.is_open()) return true;
  pollfd poll_fd = {socket.native_handle(), POLLRDHUP, 0};
  return poll(&poll_fd, 1, 0) > 0;
}

class PlainWire final : public HttpWire {
 public:
  explicit PlainWire(tcp::socket socket) : socket_(std::move(socket)) {}

  asio::awaitable<bool> handshake() override { co_return true; }
  asio::awaitable<std::size_t> read_some(asio::mutable_buffer into) override {
    return read_from(socket_, into);
  }
  asio::awaitable<bool> write(std::string_view head, std::string_view body) override {
    return write_to(socket_, head, body);
  }
  // What the peer still sends is read and dropped, within the caller's time limit: closing a socket
  // with unread bytes resets it, and the peer would lose our last answer.
  asio::awaitable<void> close() override {
    ErrorCode ignored;
    socket_.shutdown(tcp::socket::shutdown_send, ignored);
    std::array<char, 1024> scrap;
    while (co_await read_some(asio::buffer(scrap)) > 0) {
    }
    abort();
  }
  void abort() override { abort_socket(socket_); }
  bool peer_gone() override { return has_hung_up(socket_); }

 private:
  tcp::socket socket_;
};

class TlsWire final : public HttpWire {
 public:
  TlsWire(tcp::socket socket, asio::ssl::context& context) : stream_(std::move(socket), context) {}

  asio::awaitable<bool> handshake() override {
    const auto [error] = co_await stream_.async_handshake(asio::ssl::stream_base::server, kAwait);
    co_return !error;
  }
  asio::awaitable<std::size_t> read_some(asio::mutable_buffer into) override {
    return read_from(stream_, into);
  }
  asio::awaitable<bool> write(std::string_view head, std::string_view body) override {
    // One TLS record where both fit, instead of one each.
    if (body.size() > 16 * 1024) co_return co_await write_to(stream_, head, body);
    std::string all;
    all.reserve(head.size() + body.size());
    all.append(head).append(body);
    co_return co_await write_to(stream_, all, {});
  }
  asio::awaitable<void> close() override {
    co_await stream_.async_shutdown(kAwait);
    abort();
  }
  void abort() override { abort_socket(stream_.next_layer()); }
  bool peer_gone() override { return has_hung_up(stream_.next_layer()); }

 private:
  asio::ssl::stream<tcp::socket> stream_;
};

}  // namespace

std::unique_ptr<HttpWire> make_plain_wire(tcp::socket socket) {
  return std::make_unique<PlainWire>(std::move(socket));
}

std::unique_ptr<HttpWire> make_tls_wire(tcp::socket socket, asio::ssl::context& context) {
  return std::make_unique<TlsWire>(std::move(socket), context);
}

Result<std::unique_ptr<asio::ssl::context>> make_tls_context(const HttpServerTls& tls) {
  auto context = std::make_unique<asio::ssl::context>(asio::ssl::context::tls_server);
  SSL_CTX* native = context->native_handle();
  if (SSL_CTX_set_min_proto_version(native, TLS1_2_VERSION) != 1)
    return fail(Code::internal, "TLS 1.2 cannot be required");
  SSL_CTX_set_options(native, SSL_OP_NO_RENEGOTIATION | SSL_OP_CIPHER_SERVER_PREFERENCE);
  // Buffers of idle connections go back, 34 KiB each.
  SSL_CTX_set_mode(native, SSL_MODE_RELEASE_BUFFERS);
  ErrorCode error;
  context->use_certificate_chain_file(tls.cert_file, error);
  if (error) return invalid(std::format("certificate {}: {}", tls.cert_file, error.message()));
  context->use_private_key_file(tls.key_file, asio::ssl::context::pem, error);
  if (error) return invalid(std::format("private key {}: {}", tls.key_file, error.message()));
  if (SSL_CTX_check_private_key(native) != 1)
    return invalid(std::format("{} is not the key of {}", tls.key_file, tls.cert_file));
  return context;
}

}  // namespace lineside::net
