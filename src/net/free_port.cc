#include "net/free_port.h"

#include <arpa/inet.h>
#include <cerrno>
#include <cstring>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

namespace lineside::net {

Result<std::uint16_t> free_loopback_port() {
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0) return fail(Code::unavailable, std::string("socket: ") + std::strerror(errno));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t length = sizeof address;
  auto* raw = reinterpret_cast<sockaddr*>(&address);
  const bool bound = ::bind(fd, raw, length) == 0 && ::getsockname(fd, raw, &length) == 0;
  const int error = errno;
  ::close(fd);
  if (!bound) return fail(Code::unavailable, std::string("bind: ") + std::strerror(error));
  return ntohs(address.sin_port);
}

}  // namespace lineside::net
