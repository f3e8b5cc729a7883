// Sockets as who dials one, and who dials thousands, need them.
#pragma once

#include <memory>
#include <netdb.h>
#include <string>
#include <unistd.h>
#include <utility>

#include "base/result.h"
#include "world/clock.h"
#include "world/stream.h"

namespace lineside::net {

// A file descriptor that is closed when this goes.
class Descriptor {
 public:
  explicit Descriptor(int fd = -1) : fd_(fd) {}
  Descriptor(Descriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  ~Descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  int get() const { return fd_; }
  bool valid() const { return fd_ >= 0; }

 private:
  int fd_;
};

using Addresses = std::shared_ptr<addrinfo>;

inline Time steady() { return world::system_clock().steady(); }
std::string errno_text(int number);
// Errors: unavailable.
Result<Addresses> look_up(const world::Endpoint& to);
// A non-blocking socket on its way to the address. Errors: unavailable.
Result<Descriptor> begin_connect(const addrinfo& address);
// Once it can be written to. Errors: unavailable.
Result<void> end_connect(const Descriptor& socket);

}  // namespace lineside::net
