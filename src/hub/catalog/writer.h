// Changes of the catalog by callers: their right to make them, what follows from them.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "hub/access/caller.h"
#include "hub/access/write_rules.h"
#include "hub/hub.h"
#include "hub/lineage.h"
#include "store/hub_catalog.h"

namespace lineside::hub {

struct WriteHow {
  bool dry_run = false;
  std::string note;
};

// Any thread may call.
class CatalogWriter {
 public:
  CatalogWriter(Hub& hub, GrantBook& grants, Approvals& approvals)
      : hub_(hub),
        grants_(grants),
        approvals_(approvals),
        lineage_(hub.world().files, hub.options().lineage_file, hub.options().name) {}

  // All or nothing, as HubCatalog::apply(); problems tell nothing of what the caller may not see. A
  // Person who goes or is no longer active loses sessions, one who goes also the password; a Token
  // that goes loses its secret. A model version that goes into service is told to the lineage.
  Result<store::Applied> write(const Caller& caller, const std::vector<store::ObjectWrite>& writes,
                               const WriteHow& how);

  // Whether the caller sees the object as it is now. Errors: of the database.
  Result<bool> sees(const Caller& caller, domain::Kind kind, const std::string& name) const;

 private:
  Result<std::vector<store::WriteProblem>> check_seen(
      const Caller& caller, const std::vector<store::ObjectWrite>& writes) const;
  Result<store::Applied> apply(const store::CatalogBatch& batch);
  static void hide_referrers(const Caller& caller, const std::vector<store::ObjectWrite>& writes,
                             store::Applied& applied);
  void tell_lineage(const std::vector<ServiceChange>& changes);

  Hub& hub_;
  GrantBook& grants_;
  Approvals& approvals_;
  Lineage lineage_;
};

}  // namespace lineside::hub
