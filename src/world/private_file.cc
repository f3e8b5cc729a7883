#include "world/private_file.h"

#include <cerrno>
#include <format>
#include <sys/stat.h>

#include "world/os_error_internal.h"

namespace lineside::world {

Result<void> check_private(const std::string& path) {
  struct ::stat found{};
  if (::stat(path.c_str(), &found) != 0) {
    if (errno == ENOENT || errno == ENOTDIR) return {};
    return os_error(errno, "look at", path);
  }
  constexpr mode_t kOthers = S_IRWXG | S_IRWXO;
  if ((found.st_mode & kOthers) == 0) return {};
  constexpr mode_t kBits = 07777;
  return fail(Code::denied, std::format("{}: expected mode 0600, found {:04o}: others than its "
                                        "owner may use it; run chmod 600 on it",
                                        path, static_cast<unsigned>(found.st_mode & kBits)));
}

}  // namespace lineside::world
