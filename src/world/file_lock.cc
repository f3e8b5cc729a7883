#include "world/file_lock.h"

#include <array>
#include <cerrno>
#include <fcntl.h>
#include <format>
#include <string_view>
#include <sys/file.h>
#include <tuple>
#include <unistd.h>
#include <utility>

#include "base/text.h"
#include "world/os_error_internal.h"

namespace lineside::world {

namespace {

std::string holder_of(int fd) {
  std::array<char, 32> text{};
  const ssize_t n = ::pread(fd, text.data(), text.size(), 0);
  const std::string_view found(text.data(), n > 0 ? static_cast<std::size_t>(n) : 0);
  return std::string(trim(found));
}

}  // namespace

Result<FileLock> FileLock::take(const std::string& path, int process) {
  const int fd = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (fd < 0) return os_error(errno, "open", path);
  FileLock lock(fd);
  if (::flock(fd, LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK) return os_error(errno, "lock", path);
    return fail(Code::conflict,
                std::format("cannot lock {}: held by process {}", path, holder_of(fd)));
  }
  // Only the message of another process needs it: on a full disk the lock holds all the same.
  const std::string pid = std::format("{}\n", process != 0 ? process : ::getpid());
  if (::ftruncate(fd, 0) == 0) std::ignore = ::pwrite(fd, pid.data(), pid.size(), 0);
  return lock;
}

FileLock::FileLock(FileLock&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}

FileLock& FileLock::operator=(FileLock&& other) noexcept {
  std::swap(fd_, other.fd_);
  return *this;
}

FileLock::~FileLock() {
  if (fd_ >= 0) ::close(fd_);
}

}  // namespace lineside::world
