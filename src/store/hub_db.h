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

struct HubVerified {
  std::uint64_t leaves = 0;
  std::uint64_t revisions = 0;
  std::uint64_t checkpoints = 0;
  crypt::Digest root{};
};

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
  // tokens, the specs of all revisions of the Person, and the person as author of changes.
  // Errors: conflict while the Person is in the catalog.
  Result<void> erase_person(std::string_view person, std::span<const AuditEntry> entries);

  // A copy to `path`, made while others write, then opened and verified; `path` is replaced at the
  // end or not at all. store/hub_backup.h does it from another process, and restores.
  Result<HubVerified> backup(const std::string& path) const;
  // Everything: the database's pages; each leaf, tile and checkpoint of the audit log; each
  // revision of the catalog against its leaf. Minutes for millions of leaves.
  // Errors: corrupt, with the first disagreement.
  Result<HubVerified> verify() const;

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
