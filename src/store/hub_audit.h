// The audit log of a hub: an append-only list of entries that are leaves of a Merkle tree (RFC
// 6962, section 2.1), with a signed checkpoint for every transaction that added some. A leaf's data
// are the bytes of its entry's text. docs/formats/hub-db.md.
//
// Personal data is not in the log: an entry holds a commitment, an HMAC of the value under a salt
// that is the person's own. Once the salt is deleted (HubDb::erase_person) nobody can tell whom an
// entry speaks of, and the log still verifies.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "crypt/merkle.h"

namespace lineside::store {

struct HubCore;

struct AuditEntry {
  Time time;
  std::string action;   // "session.denied"; "object.created" and its like are the catalog's own
  std::string actor;    // a commitment, or the id of a program or an edge; may be empty
  std::string subject;  // "ModelVersion/rul-7", what entries are found by; may be empty
  std::string text;     // the leaf: canonical JSON that says all of the above and more
  // Where its subject was; the catalog's own entries have it from their revisions. Read back of a
  // site that is gone: the nearest one above that was there then and still is. Empty: at none, or
  // nobody knows.
  std::string site = {};
  bool operator==(const AuditEntry&) const = default;
};

struct AuditLeaf {
  std::uint64_t index = 0;
  AuditEntry entry;
  bool operator==(const AuditLeaf&) const = default;
};

struct StoredCheckpoint {
  std::uint64_t size = 0;  // leaves it covers
  crypt::Digest root{};
  Time time;         // of the transaction
  std::string note;  // the signed text (C2SP tlog-checkpoint); empty for size 0
};

struct AuditQuery {
  std::optional<Time> from;   // inclusive
  std::optional<Time> until;  // exclusive
  std::string action;         // empty: any; "session." with the dot: all that begin so
  std::string actor;
  std::string subject;
  std::optional<std::set<std::string>> sites;  // entries of these only; absent: all
  std::optional<std::uint64_t> before;         // leaves with a lower index only: the next page
  std::size_t limit = 100;
};

struct AuditPage {
  std::vector<AuditLeaf> leaves;
  // `before` of the next page, if there may be more. A page that had to look at very many entries
  // for a few of its sites ends early, perhaps empty.
  std::optional<std::uint64_t> next;
};

// Any thread may call.
class HubAudit {
 public:
  explicit HubAudit(HubCore& core) : core_(core) {}

  // The index of the first one. Callers that wait at the same time share one sync of the disk.
  Result<std::uint64_t> append(std::span<const AuditEntry> entries);

  // Errors: not_found beyond the end.
  Result<AuditLeaf> leaf(std::uint64_t index) const;
  // Newest first. Times are those of storing: an entry's own, but never before its predecessor's.
  Result<AuditPage> page(const AuditQuery& query) const;
  // The leaves of the page: all of it where the query names no sites.
  Result<std::vector<AuditLeaf>> entries(const AuditQuery& query) const;
  // In order from `first` on.
  Result<std::vector<AuditLeaf>> leaves(std::uint64_t first, std::size_t limit) const;

  // Of the last transaction that added leaves.
  StoredCheckpoint checkpoint() const;
  // The oldest checkpoint that covers `size` leaves. Errors: not_found beyond the end.
  Result<StoredCheckpoint> checkpoint_covering(std::uint64_t size) const;

  // Proofs of RFC 6962, sections 2.1.1 and 2.1.2, from O(log n) reads.
  // Errors: invalid for index >= size or old_size > new_size, not_found for a size beyond the end.
  Result<std::vector<crypt::Digest>> inclusion(std::uint64_t index, std::uint64_t size) const;
  Result<std::vector<crypt::Digest>> consistency(std::uint64_t old_size,
                                                 std::uint64_t new_size) const;
  Result<crypt::Digest> root(std::uint64_t size) const;

  // HMAC-SHA256 under the person's salt, as hex; makes the salt at first use.
  Result<std::string> commitment(std::string_view person, std::string_view value);
  // The same, or nothing where the person has no salt (never had, or erased).
  Result<std::optional<std::string>> find_commitment(std::string_view person,
                                                     std::string_view value) const;
  // Whose names these commitments are, of those who have a salt: commitment -> person. Looks at
  // every salt once.
  Result<std::map<std::string, std::string>> people_of(
      const std::set<std::string>& commitments) const;

 private:
  HubCore& core_;
};

}  // namespace lineside::store
