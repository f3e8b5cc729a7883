#include "store/hub_db.h"

#include <utility>

#include "store/hub_core_internal.h"
#include "store/hub_rows_internal.h"
#include "store/hub_verify_internal.h"

namespace lineside::store {

int hub_schema() { return static_cast<int>(migrations(hub_sql()).size()); }

HubDb::HubDb(std::unique_ptr<HubCore> core)
    : core_(std::move(core)),
      catalog_(*core_),
      audit_(*core_),
      logins_(*core_),
      tokens_(*core_),
      approvals_(*core_),
      edges_(*core_),
      artifacts_(*core_),
      alerts_(*core_) {}
HubDb::~HubDb() = default;

Result<std::unique_ptr<HubDb>> HubDb::open(const std::string& path, HubDbOptions options) {
  auto core = TRY(HubCore::open(path, std::move(options)));
  return std::unique_ptr<HubDb>(new HubDb(std::move(core)));  // the constructor is private
}

HubCatalog& HubDb::catalog() { return catalog_; }
HubAudit& HubDb::audit() { return audit_; }
HubLogins& HubDb::logins() { return logins_; }
HubTokens& HubDb::tokens() { return tokens_; }
HubApprovals& HubDb::approvals() { return approvals_; }
HubEdges& HubDb::edges() { return edges_; }
HubArtifacts& HubDb::artifacts() { return artifacts_; }
HubAlerts& HubDb::alerts() { return alerts_; }

Result<void> HubDb::together(const std::function<Result<void>()>& body) {
  return core_->write([&](HubWriting&) { return body(); });
}

// ---- Erasure -----------------------------------------------------------------------------------

namespace {

Result<void> erase(HubWriting& writing, std::string_view person) {
  const auto kind = static_cast<int>(domain::Kind::person);
  Database& database = writing.connection().database;
  if (object_id(database, domain::Kind::person, person, Life::living)) {
    return fail(Code::conflict, "expected a person who is not in the catalog any more");
  }
  if (const auto buried = object_id(database, domain::Kind::person, person, Life::ever)) {
    TRY(writing["erase_specs"].with(*buried).run());
    TRY(writing["buried_delete"].with(kind, person).run());
  }
  for (const char* statement :
       {"salt_delete", "login_delete", "session_delete_person", "erase_tokens", "erase_author"})
    TRY(writing[statement].with(person).run());
  return {};
}

}  // namespace

Result<void> HubDb::erase_person(std::string_view person, std::span<const AuditEntry> entries) {
  TRY(core_->write([&](HubWriting& writing) -> Result<void> {
    TRY(erase(writing, person));
    return writing.add_leaves(entries);
  }));
  const std::lock_guard lock(core_->writing);
  // The write-ahead log still has the old pages. Readers may hold it; then the next one cuts it.
  std::ignore = core_->writer.database.execute("PRAGMA wal_checkpoint(TRUNCATE)");
  return {};
}

Result<HubVerified> HubDb::verify() const {
  return core_->read_at_once([](HubConnection& reader) { return verify_hub(reader); });
}

}  // namespace lineside::store
