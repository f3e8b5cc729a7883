// Changes of the catalog by callers: their right to make them, what follows from them.
#pragma once

#include <mutex>
#include <optional>
#include <set>
#include <span>
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

// Somebody to be erased, as the caller saw that.
struct Erasure {
  std::string person;
  bool is_living = false;  // in the catalog
  std::span<const store::AuditEntry> entries;
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
  // Person who goes or is no longer active loses sessions and invitation, one who goes also the
  // password; a Token that goes loses its secret. The last one who may do everything everywhere
  // stays so. A model version that was trained or goes into service is told to the lineage.
  Result<store::Applied> write(const Caller& caller, const std::vector<store::ObjectWrite>& writes,
                               const WriteHow& how);

  // Takes a person out of the catalog, who may be out of it already, and out of all the hub keeps
  // of the past (HubDb::erase_person()), in one transaction with the entries. Model versions that
  // name the person as their author get the stand-in, as a revision of the caller's; of somebody
  // living the rules for deletions hold, of others the caller has looked at the rights. Errors:
  // denied; not_found, of whom another one has erased; conflict, where something else refers to the
  // person, it is the last one who may do everything everywhere, or one of them is written
  // meanwhile; unauthenticated.
  Result<void> erase(const Caller& caller, const Erasure& erasure);

 private:
  Result<std::vector<store::WriteProblem>> check_units(
      const Caller& caller, const std::vector<store::ObjectWrite>& writes) const;
  Result<store::Applied> check_seen(const Caller& caller,
                                    const std::vector<store::ObjectWrite>& writes) const;
  Result<store::Applied> apply(const Caller& caller, const store::CatalogBatch& batch,
                               const std::vector<MadeVersion>& made);
  Result<void> note_makers(const store::CatalogBatch& batch, const std::vector<MadeVersion>& made);
  Result<void> erase_living(const Caller& caller, const Erasure& erasure,
                            const std::string& commitment);
  static void tell_referrers(const Caller& caller, const std::vector<store::ObjectWrite>& writes,
                             const std::set<store::ObjectName>& ruled, store::Applied& applied);
  // Of a batch after which nobody were left who may do everything everywhere, a write that does it.
  Result<std::optional<store::ObjectName>> find_last_admin(
      const std::vector<store::ObjectWrite>& writes) const;
  void tell_lineage(const WriteRules& rules);
  Result<void> tell_deployment(const ServiceChange& change);
  Result<void> tell_training(const std::string& version);
  Result<void> tell_run(LineageRun run);

  Hub& hub_;
  GrantBook& grants_;
  Approvals& approvals_;
  Lineage lineage_;
  std::mutex places_mutex_;  // none names an edge while another moves it
  std::mutex people_mutex_;  // two admins do not remove each other at once
};

}  // namespace lineside::hub
