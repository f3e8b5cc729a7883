// One process per data directory.
#pragma once

#include <string>

#include "base/result.h"

namespace lineside::world {

// Held until destroyed, or until the process ends in whatever way (flock(2)).
class FileLock {
 public:
  // Creates `path` (mode 0600) and writes our pid into it. The directory must exist.
  // Errors: conflict when another process holds it, naming its pid.
  static Result<FileLock> take(const std::string& path);
  FileLock(FileLock&& other) noexcept;
  FileLock& operator=(FileLock&& other) noexcept;
  ~FileLock();

 private:
  explicit FileLock(int fd) : fd_(fd) {}
  int fd_ = -1;
};

}  // namespace lineside::world
