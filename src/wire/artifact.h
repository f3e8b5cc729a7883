// Artifacts on their way from the hub into a folder, under the name of their content.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "base/result.h"
#include "net/http_connection.h"
#include "net/http_transfer.h"
#include "wire/messages.h"
#include "world/files.h"

namespace lineside::wire {

// The digest without "sha256:". CHECKs that it is one.
std::string hex_of(const DesiredArtifact& artifact);
// Whether `<folder>/<hex>` is there with the right size and digest; reads all of it.
// Errors: those of the files, but not_found.
Result<bool> have_artifact(const DesiredArtifact& artifact, const std::string& folder,
                           world::Files& files);

// Takes a download into `<folder>/<hex>.part` and, once it is whole and right, renames it. What is
// there of an earlier try is gone on with. Owned by one thread.
class ArtifactSink final : public net::HttpSink {
 public:
  static Result<ArtifactSink> open(const DesiredArtifact& artifact, const std::string& folder,
                                   world::Files& files);

  net::HttpResume resume() const;  // where the download goes on
  bool whole() const { return size_ == artifact_bytes_; }
  // Errors: corrupt ("endless": more than was announced), those of the file.
  Result<void> write(ByteView piece) override;
  Result<void> restart() override;
  // Durable under its name. Errors: unavailable (there is less than announced), corrupt ("altered":
  // another digest; what was there is deleted, so that the next try begins anew), of the files.
  Result<void> finish();

 private:
  ArtifactSink(const DesiredArtifact& artifact, const std::string& folder, world::Files& files);

  world::Files* files_;
  std::string folder_, name_, part_, tag_;
  std::uint64_t artifact_bytes_;
  std::unique_ptr<world::File> file_;
  std::uint64_t size_ = 0;
};

}  // namespace lineside::wire
