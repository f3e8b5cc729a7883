#include "store/blobs.h"

#include <algorithm>
#include <format>
#include <utility>

#include "base/text.h"
#include "crypt/digest.h"

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
  crypt::Sha256 hash;
  Bytes chunk(kChunk);
  std::uint64_t offset = 0;
  while (const std::size_t count = TRY(file->read_at(offset, chunk))) {
    hash.update(ByteView(chunk).first(count));
    offset += count;
  }
  if (to_hex(hash.finish()) == digest) return {};
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
