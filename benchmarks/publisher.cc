#include "benchmarks/publisher.h"

#include <algorithm>
#include <arpa/inet.h>
#include <cerrno>
#include <cstring>
#include <format>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/check.h"
#include "benchmarks/meter.h"
#include "world/clock.h"

namespace lineside::benchmarks {

namespace {

constexpr std::uint64_t kPerWrite = 64;
constexpr std::uint64_t kUnacknowledgedMax = 60'000;  // packet identifiers are 16 bits
constexpr Duration kLimit = Duration::seconds(10);

Error broken(std::string_view what) {
  return fail(Code::unavailable, std::format("{} the broker: {}", what, std::strerror(errno)));
}

void append_u16(std::string& out, std::size_t value) {
  out += static_cast<char>(value >> 8U);
  out += static_cast<char>(value & 255U);
}

void append_length(std::string& out, std::size_t length) {  // MQTT 3.1.1, 2.2.3
  for (; length >= 128; length /= 128) out += static_cast<char>(length % 128 + 128);
  out += static_cast<char>(length);
}

std::string with_length(std::string_view text) {
  std::string out;
  append_u16(out, text.size());
  return out.append(text);
}

}  // namespace

Publisher::Publisher(Publisher&& other) noexcept
    : socket_(std::exchange(other.socket_, -1)),
      topics_(std::move(other.topics_)),
      maker_(std::move(other.maker_)) {}

Publisher::~Publisher() {
  if (socket_ >= 0) ::close(socket_);
}

Result<Publisher> Publisher::connect(std::uint16_t port, std::string_view prefix,
                                     std::size_t assets) {
  Publisher out(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), assets);
  sockaddr_in to{};
  to.sin_family = AF_INET;
  to.sin_port = htons(port);
  to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (out.socket_ < 0 || ::connect(out.socket_, reinterpret_cast<sockaddr*>(&to), sizeof to) != 0)
    return broken("connecting to");
  const int on = 1;
  ::setsockopt(out.socket_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  for (std::size_t asset = 0; asset < assets; ++asset)
    out.topics_.push_back(with_length(topic_of(prefix, asset)));
  // CONNECT: MQTT, level 4, clean session, no keep-alive.
  const std::string body = with_length("MQTT") + std::string("\x04\x02\0\0", 4) +
                           with_length(std::format("bench-{}-{}", ::getpid(), out.socket_));
  out.out_ = "\x10";
  append_length(out.out_, body.size());
  out.out_ += body;
  TRY(out.write_all());
  std::array<char, 4> answer{};
  if (::recv(out.socket_, answer.data(), answer.size(), MSG_WAITALL) != 4 || answer[0] != 0x20 ||
      answer[3] != 0)
    return fail(Code::unavailable, "the broker does not accept the publisher");
  return out;
}

Result<void> Publisher::write_all() {
  std::string_view left = out_;
  while (!left.empty()) {
    const ssize_t n = ::send(socket_, left.data(), left.size(), MSG_NOSIGNAL);
    if (n < 0 && errno != EINTR) return broken("writing to");
    if (n > 0) left.remove_prefix(static_cast<std::size_t>(n));
  }
  out_.clear();
  return {};
}

// Only PUBACKs come here: four bytes each.
Result<void> Publisher::read_acknowledgements(Duration wait) {
  pollfd poll_for{socket_, POLLIN, 0};
  const timespec limit{wait.ns / 1'000'000'000, wait.ns % 1'000'000'000};
  if (::ppoll(&poll_for, 1, &limit, nullptr) <= 0) return {};
  std::array<char, 65536> block{};
  const ssize_t n = ::recv(socket_, block.data(), block.size(), MSG_DONTWAIT);
  if (n == 0) return fail(Code::unavailable, "the broker has closed the publisher's connection");
  if (n < 0) return errno == EAGAIN || errno == EINTR ? Result<void>() : broken("reading from");
  stray_ += static_cast<std::size_t>(n);
  acknowledged_ += stray_ / 4;
  stray_ %= 4;
  return {};
}

void Publisher::append_publish(int qos) {
  const std::size_t asset = maker_.count() % topics_.size();
  const std::string_view payload = maker_.next(world::system_clock().now());
  out_ += static_cast<char>(0x30 | qos << 1);
  append_length(out_, topics_[asset].size() + (qos > 0 ? 2 : 0) + payload.size());
  out_ += topics_[asset];
  if (qos > 0) {
    packet_id_ = packet_id_ == 65535 ? 1 : static_cast<std::uint16_t>(packet_id_ + 1);
    append_u16(out_, packet_id_);
    ++published_;
  }
  out_ += payload;
}

// How many messages may be sent now.
std::uint64_t Publisher::room(const Load& load, std::uint64_t sent, std::uint64_t received) const {
  const std::uint64_t flying = sent - std::min(sent, received);
  std::uint64_t room = load.in_flight - std::min(load.in_flight, flying);
  room = std::min(room, load.messages - sent);
  return std::min(room,
                  kUnacknowledgedMax - std::min(kUnacknowledgedMax, published_ - acknowledged_));
}

Result<void> Publisher::send(const Load& load, const std::atomic<std::uint64_t>& received) {
  const std::uint64_t before = received.load();
  Time moved = wall();
  std::uint64_t sent = 0;
  while (sent < load.messages || published_ > acknowledged_) {
    const std::uint64_t now = std::min(kPerWrite, room(load, sent, received.load() - before));
    // A full write is worth waiting for, but the end of the load comes as it is.
    const bool full = now == kPerWrite || sent + now == load.messages;
    if (now > 0 && full) {
      for (std::uint64_t i = 0; i < now; ++i) append_publish(load.qos);
      TRY(write_all());
      sent += now;
      moved = wall();
      if (load.qos > 0) TRY(read_acknowledgements({}));
    } else {
      TRY(read_acknowledgements(Duration::micros(200)));
      if (wall() - moved > kLimit)
        return fail(Code::timeout,
                    std::format("of {} messages {} were sent, {} acknowledged and {} received",
                                load.messages, sent, acknowledged_, received.load() - before));
    }
  }
  return {};
}

}  // namespace lineside::benchmarks
