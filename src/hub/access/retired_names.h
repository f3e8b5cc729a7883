// Names of people who were erased. Whoever got such a name would be taken for who had it before:
// approvals, uploads and enrolments still say it. So it is not given again, and the log tells so
// without the name: by a commitment under a salt of the hub's own, which no erasure deletes.
#pragma once

#include <optional>
#include <string>

#include "base/result.h"
#include "store/hub_audit.h"

namespace lineside::hub {

// The subject of the entry that retires the name.
Result<std::string> retired_name_subject(store::HubAudit& audit, const std::string& name);
Result<bool> is_retired_name(const store::HubAudit& audit, const std::string& name);
// What stands for a retired name in what comes later, from an edge that was away: another stand-in
// than that of what the hub had, for the person's own salt is gone. Absent: the name is not
// retired.
Result<std::optional<std::string>> late_stand_in(const store::HubAudit& audit,
                                                 const std::string& name);

}  // namespace lineside::hub
