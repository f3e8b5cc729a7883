// Whether a file is still the one that was looked at.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace lineside::world {

// Two equal stamps of a path: nobody has written to it in between, for a change sets `changed`,
// which no call sets back.
struct FileStamp {
  std::uint64_t device = 0;
  std::uint64_t inode = 0;
  std::uint64_t bytes = 0;
  std::int64_t modified_ns = 0;
  std::int64_t changed_ns = 0;
  bool operator==(const FileStamp&) const = default;
};

// On the real file system; absent where there is no such file.
std::optional<FileStamp> stamp_of(const std::string& path);

}  // namespace lineside::world
