// The seam to the file system. SystemFiles is the real one; SimFiles (sim/) keeps files in memory,
// forgets what was not synced and fails at the n-th call.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"

namespace lineside::world {

// One open file; owned by one thread at a time.
class File {
 public:
  virtual ~File() = default;
  // Exactly at the end of the file, all or an error, after which part of it may be there
  // (exhausted: the disk is full).
  virtual Result<void> append(ByteView bytes) = 0;
  // fdatasync(2): what was appended before survives a power cut. After a failure the fate of the
  // bytes not yet synced is unknown, so every later append and sync of this File fails too: open
  // the file again and truncate it to what was synced.
  virtual Result<void> sync() = 0;
  // Fewer bytes than asked only at the end of the file.
  virtual Result<std::size_t> read_at(std::uint64_t offset, std::span<std::byte> out) const = 0;
  virtual Result<void> truncate(std::uint64_t size) = 0;
  virtual Result<std::uint64_t> size() const = 0;
};

// Thread-safe. Errors name the path and the system's reason: not_found, denied, exhausted (disk,
// quota, descriptors), conflict (not empty), invalid (not such a kind of file), corrupt (I/O).
class Files {
 public:
  virtual ~Files() = default;
  // Opens for reading and appending; created with mode 0600 when absent.
  virtual Result<std::unique_ptr<File>> open(const std::string& path) = 0;
  virtual Result<Bytes> read(const std::string& path) const = 0;
  // Temporary sibling (path + ".tmp"; a killed process may leave it behind), fsync, rename, fsync
  // of the directory: old or new content, never neither. Mode 0600.
  virtual Result<void> write_atomic(const std::string& path, ByteView bytes) = 0;
  // Also the missing parents, mode 0700; their names are durable on return.
  virtual Result<void> make_directories(const std::string& path) = 0;
  // Names (not paths) of the entries, sorted; directories end with '/'.
  virtual Result<std::vector<std::string>> list(const std::string& directory) const = 0;
  // A file or an empty directory; absent is not an error.
  virtual Result<void> remove(const std::string& path) = 0;
  virtual Result<void> rename(const std::string& from, const std::string& to) = 0;
  virtual bool exists(const std::string& path) const = 0;
  virtual Result<std::uint64_t> size(const std::string& path) const = 0;
  // Changes whenever the content of the file may have changed; 0 when absent.
  virtual std::uint64_t stamp(const std::string& path) const = 0;
  // Makes created, renamed and removed names of the directory survive a power cut.
  virtual Result<void> sync_directory(const std::string& directory) = 0;
};

Files& system_files();
// Deletes a file or a folder with all that is in it, on the real file system; absent is no error.
Result<void> remove_tree(const std::string& path);

}  // namespace lineside::world
