// The audit log in a hub's database that nobody trusts: read only, as it is, without any of the
// checks that HubDb makes. For who verifies it against what was kept elsewhere.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "crypt/digest.h"
#include "store/hub_audit.h"

namespace lineside::store {

// Owned by one thread. A hub may write meanwhile: what it adds is seen.
class AuditFile {
 public:
  // Errors: not_found, invalid (another program's), unsupported (of another version), corrupt.
  static Result<AuditFile> open(const std::string& path);
  AuditFile(AuditFile&&) noexcept;
  AuditFile& operator=(AuditFile&&) = delete;
  ~AuditFile();

  Result<StoredCheckpoint> checkpoint() const;                             // the newest
  Result<StoredCheckpoint> checkpoint_covering(std::uint64_t size) const;  // or not_found
  // The texts of entries, in order from `first` on, up to the first index that is missing.
  Result<std::vector<std::string>> texts(std::uint64_t first, std::size_t limit) const;
  // The leaf's hash as it was stored with the tree; nothing for leaves after the last full tile.
  Result<std::optional<crypt::Digest>> stored_hash(std::uint64_t index) const;

 private:
  struct Connection;
  explicit AuditFile(std::unique_ptr<Connection> connection);
  std::unique_ptr<Connection> connection_;
};

}  // namespace lineside::store
