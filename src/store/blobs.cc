#include "store/blobs.h"

#include <algorithm>
#include <atomic>
#include <format>
#include <map>
#include <mutex>
#include <optional>
#include <utility>

#include "base/text.h"
#include "crypt/digest.h"
#include "world/file_stamp.h"

namespace lineside::store {

namespace {

constexpr std::string_view kIncoming = "incoming";
constexpr std::size_t kChunk = 1 << 20;

std::string folder_of(const std::string& root, std::string_view digest) {
  return std::format("{}/{}", root, digest.substr(0, 2));
}

Error no_blob(std::string_view digest) {
  return fail(Code::not_found, std::format("no artifact '{}'", excerpt(digest)));
}

}  // namespace

// ---- Writing -----------------------------------------------------------------------------------

struct BlobWriter::Impl {
  std::string root;
  world::Files* files = nullptr;
  std::string path;
  std::unique_ptr<world::File> file;
  std::uint64_t bytes_max = 0;
  std::uint64_t size = 0;
  crypt::Sha256 hash;
};

BlobWriter::BlobWriter(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
BlobWriter::BlobWriter(BlobWriter&&) noexcept = default;
BlobWriter::~BlobWriter() {
  if (!impl_ || impl_->path.empty()) return;
  impl_->file.reset();
  // What cannot be removed now is removed at the next start.
  std::ignore = impl_->files->remove(impl_->path);
}

std::uint64_t BlobWriter::size() const { return impl_->size; }

Result<void> BlobWriter::append(ByteView bytes) {
  if (bytes.size() > impl_->bytes_max - impl_->size) {
    return fail(Code::exhausted, std::format("an artifact: expected at most {} bytes, found more",
                                             impl_->bytes_max));
  }
  TRY(impl_->file->append(bytes));
  impl_->hash.update(bytes);
  impl_->size += bytes.size();
  return {};
}

Result<std::string> BlobWriter::finish(std::string_view expected) {
  std::string digest = to_hex(impl_->hash.finish());
  if (!expected.empty() && digest != expected) {
    return invalid(std::format("an artifact: expected content of digest {}, found {}",
                               excerpt(expected), digest));
  }
  TRY(impl_->file->sync());
  impl_->file.reset();
  const std::string folder = folder_of(impl_->root, digest);
  TRY(impl_->files->make_directories(folder));
  // The same content may be there: then it is replaced by itself.
  TRY(impl_->files->rename(impl_->path, std::format("{}/{}", folder, digest)));
  impl_->path.clear();
  TRY(impl_->files->sync_directory(folder));
  return digest;
}

// ---- Reading -----------------------------------------------------------------------------------

// What was found of a file, for as long as it is the same.
struct Blobs::Looked {
  struct Found {
    world::FileStamp stamp;
    bool is_whole = false;
  };
  static constexpr std::size_t kFilesMax = 100'000;

  std::mutex mutex;
  std::map<std::string, Found, std::less<>> files;
  std::function<void(std::string_view)> tell;
  std::atomic<std::uint64_t> refused{0};
};

Blobs::Blobs(std::string folder, world::Files& files, world::Random& random)
    : folder_(std::move(folder)),
      files_(&files),
      random_(&random),
      looked_(std::make_shared<Looked>()) {}

void Blobs::on_damage(std::function<void(std::string_view digest)> tell) {
  looked_->tell = std::move(tell);
}

std::uint64_t Blobs::refused() const { return looked_->refused.load(); }

Result<bool> Blobs::is_whole(std::string_view digest, const world::File& file) const {
  crypt::Sha256 hash;
  Bytes chunk(kChunk);
  std::uint64_t offset = 0;
  while (const std::size_t count = TRY(file.read_at(offset, chunk))) {
    hash.update(ByteView(chunk).first(count));
    offset += count;
  }
  return to_hex(hash.finish()) == digest;
}

Result<std::unique_ptr<world::File>> Blobs::read_verified(std::string_view digest) const {
  const std::string where = TRY(path(digest));
  auto file = TRY(files_->open(where));
  const auto stamp = world::stamp_of(where);
  std::optional<bool> whole;
  {
    const std::lock_guard lock(looked_->mutex);
    const auto known = looked_->files.find(digest);
    if (stamp && known != looked_->files.end() && known->second.stamp == *stamp)
      whole = known->second.is_whole;
  }
  if (!whole) {
    whole = TRY(is_whole(digest, *file));
    if (!*whole && looked_->tell) looked_->tell(digest);
    const std::lock_guard lock(looked_->mutex);
    if (looked_->files.size() >= Looked::kFilesMax) looked_->files.clear();
    // Changed while it was hashed: nothing is known of it.
    if (stamp && world::stamp_of(where) == stamp)
      looked_->files.insert_or_assign(std::string(digest), Looked::Found{*stamp, *whole});
  }
  if (*whole) return file;
  ++looked_->refused;
  return fail(Code::corrupt, std::format("artifact sha256:{} is damaged on the disk", digest));
}

Result<Blobs> Blobs::open(std::string folder, world::Files& files, world::Random& random) {
  const std::string incoming = std::format("{}/{}", folder, kIncoming);
  TRY(files.make_directories(incoming));
  for (const std::string& left : TRY(files.list(incoming)))
    TRY(files.remove(std::format("{}/{}", incoming, left)));
  return Blobs(std::move(folder), files, random);
}

Result<BlobWriter> Blobs::create(std::uint64_t bytes_max) {
  auto impl = std::make_unique<BlobWriter::Impl>();
  impl->root = folder_;
  impl->files = files_;
  impl->bytes_max = bytes_max;
  impl->path = std::format("{}/{}/{}", folder_, kIncoming, random_->token(16));
  impl->file = TRY(files_->open(impl->path));
  return BlobWriter(std::move(impl));
}

Result<std::string> Blobs::path(std::string_view digest) const {
  TRY(crypt::digest_from_hex(digest));
  std::string path = std::format("{}/{}", folder_of(folder_, digest), digest);
  if (!files_->exists(path)) return no_blob(digest);
  return path;
}

Result<std::unique_ptr<world::File>> Blobs::read(std::string_view digest) const {
  return files_->open(TRY(path(digest)));
}

Result<std::uint64_t> Blobs::size(std::string_view digest) const {
  return TRY(read(digest))->size();
}

Result<void> Blobs::verify(std::string_view digest) const {
  const auto file = TRY(read(digest));
  if (TRY(is_whole(digest, *file))) return {};
  return fail(Code::corrupt, std::format("artifact {} is not what its name says", digest));
}

Result<void> Blobs::remove(std::string_view digest) {
  TRY(crypt::digest_from_hex(digest));
  const std::string folder = folder_of(folder_, digest);
  TRY(files_->remove(std::format("{}/{}", folder, digest)));
  if (!files_->exists(folder)) return {};
  return files_->sync_directory(folder);
}

}  // namespace lineside::store
