// A disk in memory that can lose power, fail at any call and fill up.
//
// What survives a power cut is the least that POSIX promises: the content of a file as of its last
// sync(), under the names as of the last sync_directory() of their directory. A new file that was
// synced in a directory that was not is gone. Directories themselves are durable when made.
//
// Mutating calls are counted and may be made to fail: creating by open, append, sync, truncate,
// make_directories, remove, rename, sync_directory; write_atomic is four of them (append and sync
// of the temporary, rename, sync_directory), so a failure can fall between its steps.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>

#include "world/files.h"

namespace lineside::sim {

struct Disk;  // files.cc

// Thread-safe. Open files stay valid after this is gone.
// tidy: eleven of its methods are those of world::Files
class SimFiles final : public world::Files {
 public:
  SimFiles();
  ~SimFiles() override;

  Result<std::unique_ptr<world::File>> open(const std::string& path) override;
  Result<Bytes> read(const std::string& path) const override;
  Result<void> write_atomic(const std::string& path, ByteView bytes) override;
  Result<void> make_directories(const std::string& path) override;
  Result<std::vector<std::string>> list(const std::string& directory) const override;
  Result<void> remove(const std::string& path) override;
  Result<void> rename(const std::string& from, const std::string& to) override;
  bool exists(const std::string& path) const override;
  Result<std::uint64_t> size(const std::string& path) const override;
  std::uint64_t stamp(const std::string& path) const override;
  Result<void> sync_directory(const std::string& directory) override;

  enum class Failure : unsigned char {
    once,     // the n-th call alone
    onwards,  // it and all later ones: the disk is gone until crash() or clear_failure()
  };

  // The n-th mutating call from now on (1: the next) changes nothing and fails with `code`; an
  // append leaves half of its bytes behind. One plan at a time.
  void fail_at(std::uint64_t n, Code code, Failure failure = Failure::once);
  void clear_failure();
  std::uint64_t calls() const;  // mutating calls so far

  // Appends that would take the sum of all files past it write what fits and fail: exhausted.
  void set_capacity(std::optional<std::uint64_t> bytes);
  std::uint64_t used() const;

  // Power off and on: what was not synced is gone, files opened before fail with unavailable, and
  // planned failures end. With `torn_seed`, each file keeps a random part of its unsynced appends
  // (from the front), or, where it was also truncated, the old or the new content.
  void crash(std::optional<std::uint64_t> torn_seed = std::nullopt);

 private:
  std::shared_ptr<Disk> disk_;
};

}  // namespace lineside::sim
