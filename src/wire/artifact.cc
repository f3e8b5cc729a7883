#include "wire/artifact.h"

#include <format>

#include "base/check.h"
#include "base/text.h"
#include "crypt/digest.h"
#include "domain/models.h"

namespace lineside::wire {

namespace {

constexpr std::size_t kPieceBytes = std::size_t{64} << 10;

Result<std::string> digest_of(const world::File& file) {
  crypt::Sha256 sum;
  std::vector<std::byte> piece(kPieceBytes);
  std::uint64_t offset = 0;
  while (const std::size_t count = TRY(file.read_at(offset, piece))) {
    sum.update(ByteView(piece).first(count));
    offset += count;
  }
  return to_hex(sum.finish());
}

}  // namespace

std::string hex_of(const DesiredArtifact& artifact) {
  CHECK(domain::is_digest(artifact.digest));
  return artifact.digest.substr(artifact.digest.find(':') + 1);
}

Result<bool> have_artifact(const DesiredArtifact& artifact, const std::string& folder,
                           world::Files& files) {
  const std::string path = folder + "/" + hex_of(artifact);
  if (!files.exists(path)) return false;
  const auto file = TRY(files.open(path));
  if (TRY(file->size()) != static_cast<std::uint64_t>(artifact.bytes)) return false;
  return TRY(digest_of(*file)) == hex_of(artifact);
}

ArtifactSink::ArtifactSink(const DesiredArtifact& artifact, const std::string& folder,
                           world::Files& files)
    : files_(&files),
      folder_(folder),
      name_(folder + "/" + hex_of(artifact)),
      part_(name_ + ".part"),
      tag_("\"" + artifact.digest + "\""),
      artifact_bytes_(static_cast<std::uint64_t>(artifact.bytes)) {}

Result<ArtifactSink> ArtifactSink::open(const DesiredArtifact& artifact, const std::string& folder,
                                        world::Files& files) {
  ArtifactSink sink(artifact, folder, files);
  sink.file_ = TRY(files.open(sink.part_));
  sink.size_ = TRY(sink.file_->size());
  if (sink.size_ > sink.artifact_bytes_) TRY(sink.restart());
  return sink;
}

net::HttpResume ArtifactSink::resume() const {
  return size_ == 0 ? net::HttpResume{} : net::HttpResume{size_, tag_};
}

Result<void> ArtifactSink::write(ByteView piece) {
  if (piece.size() > artifact_bytes_ - size_)
    return fail(Code::corrupt,
                std::format("endless: expected {} bytes, found more", artifact_bytes_));
  TRY(file_->append(piece));
  size_ += piece.size();
  return {};
}

Result<void> ArtifactSink::restart() {
  TRY(file_->truncate(0));
  size_ = 0;
  return {};
}

Result<void> ArtifactSink::finish() {
  if (!whole())
    return fail(Code::unavailable,
                std::format("expected {} bytes, found {}", artifact_bytes_, size_));
  const std::string found = TRY(digest_of(*file_));
  if (!name_.ends_with(found)) {
    TRY(restart());
    TRY(files_->remove(part_));
    return fail(Code::corrupt, "altered: the content has digest sha256:" + found);
  }
  TRY(file_->sync());
  TRY(files_->rename(part_, name_));
  return files_->sync_directory(folder_);
}

}  // namespace lineside::wire
