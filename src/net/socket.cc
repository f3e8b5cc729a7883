#include "net/socket.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <format>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <sys/socket.h>

#include "net/socket_internal.h"
#include "net/tls_internal.h"

namespace lineside::net {

namespace {

// Rounded up, so that a wait of so long does not end before the deadline.
int millis_left(Time deadline) {
  const std::int64_t left = ((deadline - steady()).ns + 999'999) / 1'000'000;
  return static_cast<int>(std::clamp<std::int64_t>(left, 0, 86'400'000));
}

// Waits for `events` of one socket; false when the deadline has passed.
bool wait_until(int fd, short events, Time deadline) {
  pollfd item{.fd = fd, .events = events, .revents = 0};
  for (;;) {
    const int n = ::poll(&item, 1, millis_left(deadline));
    if (n > 0) return true;
    if (n == 0 && steady() >= deadline) return false;
    if (n < 0 && errno != EINTR) return true;  // the next call on the socket tells
  }
}

// A connected TCP socket with its wake-up.
class TcpStream : public world::Stream {
 public:
  TcpStream(Descriptor socket, Descriptor waker)
      : socket_(std::move(socket)), waker_(std::move(waker)) {}

  Result<std::size_t> read(std::span<std::byte> out) override {
    const ssize_t n = ::recv(socket_.get(), out.data(), out.size(), 0);
    if (n > 0) return static_cast<std::size_t>(n);
    if (n == 0) {
      if (out.empty()) return 0;
      return fail(Code::unavailable, "the peer closed the connection");
    }
    if (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR) return 0;
    return fail(Code::unavailable, std::format("connection lost: {}", errno_text(errno)));
  }

  Result<std::size_t> write(ByteView bytes) override {
    const ssize_t n = ::send(socket_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (n >= 0) return static_cast<std::size_t>(n);
    if (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR) return 0;
    return fail(Code::unavailable, std::format("connection lost: {}", errno_text(errno)));
  }

  bool wait(bool want_write, Duration limit) override {
    return wait_for(static_cast<short>(want_write ? POLLIN | POLLOUT : POLLIN), limit);
  }

  void wake() override {
    const std::uint64_t one = 1;
    // Fails only when the counter is full: it is awake then.
    [[maybe_unused]] const ssize_t n = ::write(waker_.get(), &one, sizeof one);
  }

 protected:
  bool wait_for(short events, Duration limit) {
    pollfd items[2] = {{.fd = socket_.get(), .events = events, .revents = 0},
                       {.fd = waker_.get(), .events = POLLIN, .revents = 0}};
    const std::int64_t ns = std::max<std::int64_t>(limit.ns, 0);
    const timespec timeout{.tv_sec = ns / 1'000'000'000, .tv_nsec = ns % 1'000'000'000};
    const int n = ::ppoll(items, 2, &timeout, nullptr);
    if (n > 0 && items[1].revents != 0) {
      std::uint64_t count = 0;
      [[maybe_unused]] const ssize_t got = ::read(waker_.get(), &count, sizeof count);
    }
    return n > 0 && items[0].revents != 0;
  }

  int fd() const { return socket_.get(); }

 private:
  Descriptor socket_;
  Descriptor waker_;
};

class TlsStream final : public TcpStream {
 public:
  TlsStream(Descriptor socket, Descriptor waker, std::unique_ptr<Channel> tls)
      : TcpStream(std::move(socket), std::move(waker)), tls_(std::move(tls)) {}
  ~TlsStream() override { tls_->close(); }

  Result<std::size_t> read(std::span<std::byte> out) override { return tls_->read(out); }
  Result<std::size_t> write(ByteView bytes) override { return tls_->write(bytes); }

  bool wait(bool want_write, Duration limit) override {
    if (!want_write && tls_->has_pending()) return true;
    // TLS may have to write in order to read, and the other way round.
    int events = POLLIN;
    if (want_write || tls_->wants_write()) events |= POLLOUT;
    return wait_for(static_cast<short>(events), limit);
  }

 private:
  std::unique_ptr<Channel> tls_;
};

Result<Descriptor> connect_to(const addrinfo& address, Time deadline) {
  Descriptor socket = TRY(begin_connect(address));
  if (!wait_until(socket.get(), POLLOUT, deadline)) return fail(Code::timeout, "no answer");
  TRY(end_connect(socket));
  return socket;
}

// The first of the host's addresses that answers.
Result<Descriptor> connect_to(const world::Endpoint& to, Time deadline) {
  const Addresses list = TRY(look_up(to));
  Error last = fail(Code::unavailable, "no address");
  for (const addrinfo* at = list.get(); at != nullptr; at = at->ai_next) {
    Result<Descriptor> socket = connect_to(*at, deadline);
    if (socket) return socket;
    last = std::move(socket).error();
  }
  return last;
}

Result<void> shake_hands(Channel& tls, int fd, Time deadline) {
  for (;;) {
    const bool done = TRY(tls.handshake());
    if (done) return {};
    const short events = tls.wants_write() ? POLLOUT : POLLIN;
    if (!wait_until(fd, events, deadline)) {
      return fail(Code::timeout, "expected the end of the TLS handshake, found nothing");
    }
  }
}

Result<std::unique_ptr<world::Stream>> open_stream(const world::Endpoint& to,
                                                   const std::optional<world::TlsOptions>& tls,
                                                   Time deadline) {
  Descriptor socket = TRY(connect_to(to, deadline));
  Descriptor waker(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC));
  if (!waker.valid()) return fail(Code::exhausted, errno_text(errno));
  if (!tls) return std::make_unique<TcpStream>(std::move(socket), std::move(waker));
  const TlsContext context = TRY(make_client_context(*tls));
  const std::string& name = tls->server_name.empty() ? to.host : tls->server_name;
  std::unique_ptr<Channel> client = TRY(open_client(context, name, socket.get()));
  TRY(shake_hands(*client, socket.get(), deadline));
  return std::make_unique<TlsStream>(std::move(socket), std::move(waker), std::move(client));
}

}  // namespace

std::string errno_text(int number) { return std::generic_category().message(number); }

Result<Addresses> look_up(const world::Endpoint& to) {
  addrinfo hints{};
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_NUMERICSERV;
  addrinfo* list = nullptr;
  const int failure =
      ::getaddrinfo(to.host.c_str(), std::to_string(to.port).c_str(), &hints, &list);
  if (failure != 0) return fail(Code::unavailable, ::gai_strerror(failure));
  return Addresses(list, ::freeaddrinfo);
}

Result<Descriptor> begin_connect(const addrinfo& address) {
  Descriptor socket(::socket(address.ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!socket.valid()) return fail(Code::unavailable, errno_text(errno));
  const int on = 1;
  ::setsockopt(socket.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  ::setsockopt(socket.get(), SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on);
  if (::connect(socket.get(), address.ai_addr, address.ai_addrlen) != 0 && errno != EINPROGRESS)
    return fail(Code::unavailable, errno_text(errno));
  return socket;
}

Result<void> end_connect(const Descriptor& socket) {
  int failure = 0;
  socklen_t size = sizeof failure;
  ::getsockopt(socket.get(), SOL_SOCKET, SO_ERROR, &failure, &size);
  return failure == 0 ? Result<void>() : fail(Code::unavailable, errno_text(failure));
}

Result<std::unique_ptr<world::Stream>> SystemDialer::dial(
    const world::Endpoint& to, const std::optional<world::TlsOptions>& tls, Duration limit) {
  const Time deadline = steady() + limit;
  return TRY_WITH(open_stream(to, tls, deadline),
                  std::format("cannot connect to {}", to_string(to)));
}

Result<std::size_t> raise_descriptor_limit(std::size_t wanted) {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return fail(Code::internal, errno_text(errno));
  if (limit.rlim_cur >= wanted) return static_cast<std::size_t>(limit.rlim_cur);
  const rlim_t hard = limit.rlim_max;
  limit.rlim_cur = std::min<rlim_t>(wanted, hard);
  if (::setrlimit(RLIMIT_NOFILE, &limit) != 0) return fail(Code::internal, errno_text(errno));
  if (limit.rlim_cur >= wanted) return static_cast<std::size_t>(limit.rlim_cur);
  return fail(Code::exhausted,
              std::format("expected room for {} open files and connections, found a hard limit of "
                          "{}: raise LimitNOFILE of the service, or nofile in limits.conf",
                          wanted, hard));
}

}  // namespace lineside::net
