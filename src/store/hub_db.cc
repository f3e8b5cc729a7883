#include "store/hub_db.h"

#include <utility>

#include "store/hub_core_internal.h"
#include "store/hub_verify_internal.h"
#include "world/files.h"

namespace lineside::store {

int hub_schema() { return static_cast<int>(migrations(hub_sql()).size()); }

// An empty file is not for SQLite to open: it would delete the log beside it.
bool hub_has_begun(const std::string& path) {
  const world::Files& files = world::system_files();
  if (!files.exists(path)) return false;
  if (files.size(path).value_or(1) == 0) return false;
  auto database = Database::open(path, Access::read);
  if (!database) return true;
  return database->integer("SELECT count(*) FROM sqlite_schema").value_or(1) > 0;
}

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

Result<HubVerified> HubDb::verify(const OnVerifyProgress& progress) const {
  return core_->read_at_once([&](HubConnection& reader) { return verify_hub(reader, progress); });
}

}  // namespace lineside::store
