// Artifacts as files under the name of their content: `<folder>/ab/<64 hex digits>`. A file is
// there whole or not at all.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/result.h"
#include "world/files.h"
#include "world/random.h"

namespace lineside::store {

// One artifact on its way in. Dropped without finish(), nothing stays.
class BlobWriter {
 public:
  ~BlobWriter();
  BlobWriter(BlobWriter&&) noexcept;
  BlobWriter& operator=(BlobWriter&&) = delete;

  // Errors: exhausted beyond the size that create() allowed, or a full disk.
  Result<void> append(ByteView bytes);
  // The digest (SHA-256, lower-case hex), with the file durable under it. Errors: invalid when
  // `expected` is not empty and the content's digest is another.
  Result<std::string> finish(std::string_view expected = {});
  std::uint64_t size() const;

 private:
  friend class Blobs;
  struct Impl;
  explicit BlobWriter(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

// Thread-safe; a writer and an open file are owned by one thread at a time. A digest that is not 64
// lower-case hex digits is invalid everywhere, so no name leads out of the folder.
class Blobs {
 public:
  // Makes the folder, and removes what an interrupted upload left behind.
  static Result<Blobs> open(std::string folder, world::Files& files = world::system_files(),
                            world::Random& random = world::system_random());

  Result<BlobWriter> create(std::uint64_t bytes_max);
  // To be read only. Errors: not_found.
  Result<std::unique_ptr<world::File>> read(std::string_view digest) const;
  // The same of a file that is what its name says: hashed whole the first time, and again after
  // whatever changed it. Errors: corrupt, not_found.
  Result<std::unique_ptr<world::File>> read_verified(std::string_view digest) const;
  // Called once for each state of a file that is found damaged, by the thread that reads it. To be
  // set before others read.
  void on_damage(std::function<void(std::string_view digest)> tell);
  // How often read_verified() has refused a damaged file.
  std::uint64_t refused() const;
  Result<std::uint64_t> size(std::string_view digest) const;  // or not_found
  // Where the file is, for what streams it to a socket. Errors: not_found.
  Result<std::string> path(std::string_view digest) const;
  // The whole content against its name. Errors: corrupt, not_found.
  Result<void> verify(std::string_view digest) const;
  Result<void> remove(std::string_view digest);  // absent is no error

 private:
  struct Looked;  // at which files, and what was found
  Blobs(std::string folder, world::Files& files, world::Random& random);
  Result<bool> is_whole(std::string_view digest, const world::File& file) const;
  std::string folder_;
  world::Files* files_;
  world::Random* random_;
  std::shared_ptr<Looked> looked_;  // shared: Blobs are moved
};

}  // namespace lineside::store
