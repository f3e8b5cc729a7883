#include "world/file_stamp.h"

#include <sys/stat.h>

namespace lineside::world {

std::optional<FileStamp> stamp_of(const std::string& path) {
  struct stat found{};
  if (::stat(path.c_str(), &found) != 0) return std::nullopt;
  const auto ns = [](const timespec& time) {
    return std::int64_t{time.tv_sec} * 1'000'000'000 + time.tv_nsec;
  };
  return FileStamp{.device = found.st_dev,
                   .inode = found.st_ino,
                   .bytes = static_cast<std::uint64_t>(found.st_size),
                   .modified_ns = ns(found.st_mtim),
                   .changed_ns = ns(found.st_ctim)};
}

}  // namespace lineside::world
