#include "hub/access/retired_names.h"

#include "store/hub_erase.h"

namespace lineside::hub {

namespace {

// No person has a name with a slash.
constexpr std::string_view kSaltOwner = "lineside/names";
constexpr std::string_view kSubject = "Name/";

}  // namespace

Result<std::string> retired_name_subject(store::HubAudit& audit, const std::string& name) {
  const std::string commitment = TRY(audit.commitment(kSaltOwner, name));
  return std::string(kSubject) + commitment;
}

Result<bool> is_retired_name(const store::HubAudit& audit, const std::string& name) {
  const auto commitment = TRY(audit.find_commitment(kSaltOwner, name));
  if (!commitment) return false;  // nobody was ever erased
  store::AuditQuery query;
  query.subject = std::string(kSubject) + *commitment;
  query.limit = 1;
  return !TRY(audit.entries(query)).empty();
}

Result<std::optional<std::string>> late_stand_in(const store::HubAudit& audit,
                                                 const std::string& name) {
  if (!TRY(is_retired_name(audit, name))) return std::optional<std::string>();
  const auto commitment = TRY(audit.find_commitment(kSaltOwner, name));
  return commitment ? std::optional(store::pseudonym_of(*commitment)) : std::nullopt;
}

}  // namespace lineside::hub
