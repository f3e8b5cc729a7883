// Which artifacts a hub holds: models and what else edges fetch. The bytes are in store/blobs.h.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "store/hub_audit.h"

namespace lineside::store {

struct Artifact {
  std::string digest;       // SHA-256, lower-case hex
  std::uint64_t bytes = 0;  //
  std::string media_type;
  std::string uploaded_by;
  Time uploaded;
  bool operator==(const Artifact&) const = default;
};

// Any thread may call. `entries` become audit leaves in the same transaction.
class HubArtifacts {
 public:
  explicit HubArtifacts(HubCore& core) : core_(core) {}

  // One that is there already stays as it is, and `entries` are not added; false then.
  Result<bool> add(const Artifact& artifact, std::span<const AuditEntry> entries);
  Result<Artifact> get(std::string_view digest) const;  // or not_found
  // By digest, those after `after`.
  Result<std::vector<Artifact>> list(std::string_view after, std::size_t limit) const;
  Result<void> remove(std::string_view digest,
                      std::span<const AuditEntry> entries);  // or not_found

 private:
  HubCore& core_;
};

}  // namespace lineside::store
