// What a hub remembers: catalog, audit log, access, enrolled edges, index of artifacts. One SQLite
// database in WAL mode with synchronous=FULL: what a call has stored survives a power cut. No type
// of SQL shows in these headers; another database stands behind the same ones.
// docs/formats/hub-db.md.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "base/result.h"
#include "crypt/merkle.h"
#include "store/hub_alerts.h"
#include "store/hub_approvals.h"
#include "store/hub_artifacts.h"
#include "store/hub_audit.h"
#include "store/hub_catalog.h"
#include "store/hub_edges.h"
#include "store/hub_logins.h"
#include "store/hub_tokens.h"
#include "world/random.h"

namespace lineside::store {

// The signed note for a tree of `size` leaves with this root (crypt/checkpoint.h). An error undoes
// the transaction that wanted it.
using SignCheckpoint =
    std::function<Result<std::string>(std::uint64_t size, const crypt::Digest& root)>;

struct HubDbOptions {
  SignCheckpoint sign;                              // called by one thread at a time
  world::Random* random = &world::system_random();  // for salts
  std::size_t readers = 4;                          // connections that read beside the writer
};

// The schema that HubDb::open() brings a file to.
int hub_schema();
// Whether a hub has begun in that file: false where there is none, or one without any table, in
// which HubDb::open() would begin an empty log. What cannot be read is for open() to say: true.
bool hub_has_begun(const std::string& path);

struct HubVerified {
  std::uint64_t leaves = 0;
  std::uint64_t revisions = 0;
  std::uint64_t checkpoints = 0;
  std::uint64_t approvals = 0;
  std::uint64_t certificates = 0;
  std::uint64_t erased = 0;   // revisions whose content went with a person
  std::uint64_t unbound = 0;  // certificates whose fingerprint and end are not in their entries,
                              // which a version before 4 of the database wrote
  crypt::Digest root{};
};

// How far a verification is. Called by the thread that verifies, some times a second.
struct VerifyProgress {
  std::string_view part;
  std::uint64_t done = 0;
  std::uint64_t total = 0;  // 0: nobody knows
};
using OnVerifyProgress = std::function<void(const VerifyProgress&)>;

// Any thread may call all of it. Calls that change take turns, and those that wait at the same time
// are stored together with one sync of the disk; calls that read run beside them, each on the
// state of the last transaction.
//
// Errors of every call: exhausted (disk full), unavailable (locked by another process), corrupt
// (not a database, or damaged), else internal with SQLite's text. A failed change has no effect.
class HubDb {
 public:
  // Creates the file, or brings an older one to the current schema after copying it to
  // `<path>.v<old version>`; checks that the end of the audit log is what its last checkpoint says.
  // Errors: unsupported for a newer schema, corrupt for a log that was cut or altered.
  static Result<std::unique_ptr<HubDb>> open(const std::string& path, HubDbOptions options);
  ~HubDb();
  HubDb(const HubDb&) = delete;
  HubDb& operator=(const HubDb&) = delete;

  HubCatalog& catalog();
  HubAudit& audit();
  HubLogins& logins();
  HubTokens& tokens();
  HubApprovals& approvals();
  HubEdges& edges();
  HubArtifacts& artifacts();
  HubAlerts& alerts();

  // What `body` changes through the parts above, from the thread that runs it, is one transaction:
  // all of it or, when `body` returns an error, nothing. `body` may run on another thread than the
  // caller's. Reads inside it see the state before the transaction.
  Result<void> together(const std::function<Result<void>()>& body);

  // Deletes what is personal: the salt (so the log no longer says who), password, sessions and
  // tokens, the specs of all revisions of the Person. Wherever else the name was - as author, who
  // asked or decided, in specs of what is gone, in notes and reasons - "erased/<16 hex digits>"
  // stands for it, the same everywhere. Errors: conflict while the Person is in the catalog.
  Result<void> erase_person(std::string_view person, std::span<const AuditEntry> entries);

  // A copy to `path`, made while others write, then opened and verified; `path` is replaced at the
  // end or not at all. store/hub_backup.h does it from another process, and restores.
  Result<HubVerified> backup(const std::string& path) const;
  // Everything: the database's pages; each leaf, tile and checkpoint of the audit log; the columns
  // of entries against their texts; each revision of the catalog, each approval, each certificate
  // and revocation against its entry. Minutes for millions of leaves, in memory that does not grow
  // with them. Errors: corrupt, with the first disagreements.
  Result<HubVerified> verify(const OnVerifyProgress& progress = {}) const;

 private:
  explicit HubDb(std::unique_ptr<HubCore> core);
  std::unique_ptr<HubCore> core_;
  HubCatalog catalog_;
  HubAudit audit_;
  HubLogins logins_;
  HubTokens tokens_;
  HubApprovals approvals_;
  HubEdges edges_;
  HubArtifacts artifacts_;
  HubAlerts alerts_;
};

}  // namespace lineside::store
