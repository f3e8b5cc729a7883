// One process per data directory.
#pragma once

#include <string>

#include "base/result.h"

namespace lineside::world {

// Held until destroyed, or until the process ends in whatever way (flock(2)).
class FileLock {
 public:
  // Creates `path` (mode 0600) and writes `process` into it, 0 for our pid: in a namespace of
  // processes people know us by another number. The directory must exist.
  // Errors: conflict when another process holds it, naming the number it wrote.
  static Result<FileLock> take(const std::string& path, int process = 0);
  FileLock(FileLock&& other) noexcept;
  FileLock& operator=(FileLock&& other) noexcept;
  ~FileLock();

 private:
  explicit FileLock(int fd) : fd_(fd) {}
  int fd_ = -1;
};

}  // namespace lineside::world
