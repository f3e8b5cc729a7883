#include <cerrno>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "net/http_wire_internal.h"

namespace lineside::net {

namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using ErrorCode = boost::system::error_code;

constexpr auto kAwait = asio::as_tuple(asio::use_awaitable);

class PlainChannel final : public Channel {
 public:
  explicit PlainChannel(int fd) : fd_(fd) {}

  Result<bool> handshake() override { return true; }
  Result<std::size_t> read(std::span<std::byte> out) override {
    wants_write_ = false;
    const ssize_t count = ::recv(fd_, out.data(), out.size(), 0);
    if (count == 0) return fail(Code::unavailable, "the peer closed the connection");
    return taken(count);
  }
  Result<std::size_t> write(ByteView bytes) override {
    wants_write_ = true;
    return taken(::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL));
  }
  void close() override {}
  bool has_pending() const override { return false; }
  bool wants_write() const override { return wants_write_; }
  std::optional<PeerCertificate> peer() const override { return std::nullopt; }

 private:
  static Result<std::size_t> taken(ssize_t count) {
    if (count >= 0) return static_cast<std::size_t>(count);
    if (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR) return 0;
    return fail(Code::unavailable, "connection lost");
  }

  const int fd_;
  bool wants_write_ = false;
};

// A peer that vanished without a word is noticed within four minutes, also while all we do is wait.
void keep_alive(int fd) {
  const auto set = [fd](int level, int name, int value) {
    ::setsockopt(fd, level, name, &value, sizeof value);
  };
  set(SOL_SOCKET, SO_KEEPALIVE, 1);
  set(IPPROTO_TCP, TCP_KEEPIDLE, 120);
  set(IPPROTO_TCP, TCP_KEEPINTVL, 30);
  set(IPPROTO_TCP, TCP_KEEPCNT, 4);
}

}  // namespace

HttpWire::HttpWire(tcp::socket socket, std::unique_ptr<Channel> channel,
                   std::span<std::byte> scratch)
    : socket_(std::move(socket)), channel_(std::move(channel)), scratch_(scratch) {}

Result<std::unique_ptr<HttpWire>> HttpWire::create(tcp::socket socket, const TlsContext& tls,
                                                   std::span<std::byte> scratch) {
  ErrorCode error;
  socket.set_option(tcp::no_delay(true), error);
  socket.native_non_blocking(true, error);
  if (error) return fail(Code::unavailable, error.message());
  keep_alive(socket.native_handle());
  std::unique_ptr<Channel> channel;
  if (tls) {
    channel = TRY(open_server(tls, socket.native_handle()));
  } else {
    channel = std::make_unique<PlainChannel>(socket.native_handle());
  }
  return std::make_unique<HttpWire>(std::move(socket), std::move(channel), scratch);
}

// For what the channel's last call needs. False: the connection is over, or the read was stirred.
asio::awaitable<bool> HttpWire::wait() {
  const auto way = channel_->wants_write() ? tcp::socket::wait_write : tcp::socket::wait_read;
  const auto [error] = co_await socket_.async_wait(way, kAwait);
  // The descriptor may be another connection's once ours is closed.
  co_return !error && socket_.is_open();
}

asio::awaitable<bool> HttpWire::handshake() {
  while (socket_.is_open()) {
    const auto done = channel_->handshake();
    if (!done) break;
    if (*done) {
      peer_ = channel_->peer();
      co_return true;
    }
    if (!co_await wait()) co_return false;
  }
  co_return false;
}

asio::awaitable<Arrival> HttpWire::read(std::string& into) {
  while (socket_.is_open()) {
    if (std::exchange(stirred_, false)) co_return Arrival::stirred;
    const auto count = channel_->read(scratch_);
    if (!count) break;
    if (*count > 0) {
      into.append(as_text(scratch_.first(*count)));
      co_return Arrival::bytes;
    }
    if (!co_await wait() && !stirred_) break;
  }
  co_return Arrival::end;
}

asio::awaitable<bool> HttpWire::write_all(std::string_view rest) {
  while (!rest.empty()) {
    if (!socket_.is_open()) co_return false;
    const auto count = channel_->write(as_bytes(rest));
    if (!count) co_return false;
    rest.remove_prefix(*count);
    if (*count == 0 && !co_await wait()) co_return false;
  }
  co_return true;
}

asio::awaitable<bool> HttpWire::write(std::string_view head, std::string_view body) {
  // One packet and one TLS record where both fit, instead of one each.
  if (head.empty() || body.empty() || body.size() > 16 * 1024)
    co_return co_await write_all(head) && co_await write_all(body);
  std::string all;
  all.reserve(head.size() + body.size());
  all.append(head).append(body);
  co_return co_await write_all(all);
}

// What the peer still sends is read and dropped, within the caller's time limit: closing a socket
// with unread bytes resets it, and the peer would lose our last answer.
asio::awaitable<void> HttpWire::close() {
  if (!socket_.is_open()) co_return;
  channel_->close();
  ErrorCode ignored;
  socket_.shutdown(tcp::socket::shutdown_send, ignored);
  while (socket_.is_open()) {
    const ssize_t count = ::recv(socket_.native_handle(), scratch_.data(), scratch_.size(), 0);
    if (count > 0) continue;
    if (count == 0 || (errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR)) break;
    const auto [error] = co_await socket_.async_wait(tcp::socket::wait_read, kAwait);
    if (error) break;
  }
  abort();
}

void HttpWire::stir() {
  stirred_ = true;
  ErrorCode ignored;
  socket_.cancel(ignored);
}

// What waits ends with an error; the object stays valid until it is destroyed.
void HttpWire::abort() {
  ErrorCode ignored;
  socket_.shutdown(tcp::socket::shutdown_both, ignored);
  socket_.close(ignored);
}

bool HttpWire::peer_gone() {
  if (!socket_.is_open()) return true;
  pollfd poll_fd = {socket_.native_handle(), POLLRDHUP, 0};
  return poll(&poll_fd, 1, 0) > 0;
}

}  // namespace lineside::net
