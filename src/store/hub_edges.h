// Enrolled edges: their certificates, what they shall be and what they say they are.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "store/hub_audit.h"
#include "store/hub_catalog.h"

namespace lineside::store {

// Of desired states. What a row has beyond it, or below 0, is damage.
inline constexpr std::uint64_t kEdgeVersionMax = 1ULL << 53U;

struct EdgeCertificate {
  std::string serial;  // lower-case hex
  std::string edge;
  std::string fingerprint;  // SHA-256 of the DER form, lower-case hex
  Time issued;
  Time not_after;
  std::optional<Time> revoked;
  std::string revoked_by;
  std::string reason;
  bool operator==(const EdgeCertificate&) const = default;
};

struct EdgeCertificates {
  std::vector<EdgeCertificate> first;  // at most as many as were asked for
  std::uint64_t count = 0;             // in all
};

struct Revocation {
  Time time;
  std::string by;
  std::string reason;
};

// What a renewal is held against, in the transaction that stores it: the certificate may have been
// revoked, and the edge removed, while the new one was made.
struct Renewal {
  std::string shown;       // fingerprint of the certificate that it came with
  Duration within;         // certificates issued to the edge in this time before the new one
  std::uint64_t most = 0;  // of them
};

struct EdgeDesired {
  std::string edge;
  std::uint64_t version = 0;  // counts up, never back
  std::string digest;         // of what it asks for, lower-case hex
  std::string document;       // as it is sent
  Time time;
  bool operator==(const EdgeDesired&) const = default;
};

struct EdgeReport {
  std::string edge;
  std::uint64_t version = 0;  // of the desired state that it runs; 0: none
  std::string document;       // as it was sent
  Time time;                  // the hub's clock
  bool operator==(const EdgeReport&) const = default;
};

struct EdgeSeen {
  std::string edge;
  Time time;  // the hub's clock
};

// The twin of an edge, without the documents.
struct EdgeState {
  std::string edge;
  std::string site;
  Time enrolled;
  std::uint64_t desired_version = 0;  // 0: nothing desired yet
  std::string desired_digest;
  std::optional<Time> desired_at;
  std::uint64_t reported_version = 0;
  std::optional<Time> reported_at;
  std::optional<Time> seen;
  // What of the row cannot be, in words; that has its default then. Empty: nothing.
  std::string damage;
  bool operator==(const EdgeState&) const = default;
};

// What tells how an edge stands.
struct EdgeStanding {
  EdgeState state;
  std::optional<std::string> report;      // the document of the last one
  std::optional<EdgeCertificate> newest;  // certificate, of certificates()
};

// Any thread may call. `entries` become audit leaves in the same transaction.
class HubEdges {
 public:
  explicit HubEdges(HubCore& core) : core_(core) {}

  // Enrols an edge, or renews its certificate. Older certificates stay valid until revoked. Errors:
  // conflict for a serial or fingerprint in use, or an edge of another site; of a renewal denied
  // (what was shown, or the edge, is not good any more) and exhausted (too many of late).
  Result<void> enrol(const EdgeCertificate& certificate, std::string_view site,
                     std::span<const AuditEntry> entries,
                     const std::optional<Renewal>& renewal = std::nullopt);
  Result<EdgeCertificate> certificate(std::string_view fingerprint) const;  // or not_found
  // Newest first, those that are revoked after all others.
  Result<EdgeCertificates> certificates(std::string_view edge, std::size_t limit) const;
  // All certificates of the edge that are not revoked yet; how many. Errors: not_found (edge).
  Result<std::uint64_t> revoke(std::string_view edge, const Revocation& how,
                               std::span<const AuditEntry> entries);
  // Fingerprints of revoked certificates that would be valid at `now`.
  Result<std::vector<std::string>> revoked(Time now) const;

  // One transaction. The stored version with its digest takes another document. Errors: not_found
  // for an unknown edge; conflict for a version that is below the stored one, or the same with
  // another digest.
  Result<void> put_desired(std::span<const EdgeDesired> desired);
  Result<EdgeDesired> desired(std::string_view edge) const;  // or not_found
  // One transaction; also sets `seen`. Unknown edges are passed over.
  Result<void> put_reports(std::span<const EdgeReport> reports);
  Result<EdgeReport> report(std::string_view edge) const;  // or not_found
  // One transaction; a `seen` never goes back, unknown edges are passed over.
  Result<void> touch(std::span<const EdgeSeen> seen);

  // It is of another site from now on. Errors: not_found.
  Result<void> move(std::string_view edge, std::string_view site,
                    std::span<const AuditEntry> entries);

  Result<EdgeState> state(std::string_view edge) const;  // or not_found
  // By name, those after `after`; and of `sites`.
  Result<std::vector<EdgeState>> states(std::string_view after, std::size_t limit,
                                        const SiteFilter& sites) const;
  // The same with what tells how they stand, in one query.
  Result<std::vector<EdgeStanding>> standings(std::string_view after, std::size_t limit,
                                              const SiteFilter& sites) const;
  // Forgets the edge; its certificates stay, revoked. Errors: not_found.
  Result<void> remove(std::string_view edge, const Revocation& how,
                      std::span<const AuditEntry> entries);

 private:
  HubCore& core_;
};

}  // namespace lineside::store
