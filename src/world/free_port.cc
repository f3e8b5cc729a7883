#include "world/free_port.h"

#include <arpa/inet.h>
#include <cerrno>
#include <cstring>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

namespace lineside::world {

namespace {

// The port that was bound; 0 asks for any.
Result<std::uint16_t> try_port(std::uint16_t port) {
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0) return fail(Code::unavailable, std::string("socket: ") + std::strerror(errno));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(port);
  const int reuse = 1;  // as servers do: connections of the last run may still be ending
  ::setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &reuse, sizeof reuse);
  socklen_t length = sizeof address;
  auto* raw = reinterpret_cast<sockaddr*>(&address);
  const bool bound = ::bind(fd, raw, length) == 0 && ::getsockname(fd, raw, &length) == 0;
  const int error = errno;
  ::close(fd);
  if (!bound) return fail(Code::unavailable, std::string("bind: ") + std::strerror(error));
  return ntohs(address.sin_port);
}

}  // namespace

Result<std::uint16_t> free_loopback_port() { return try_port(0); }

bool is_free_loopback_port(std::uint16_t port) { return try_port(port).has_value(); }

}  // namespace lineside::world
