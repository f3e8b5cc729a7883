// Entries of the hub's audit log other than those of objects, which the store makes itself.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/time.h"
#include "store/hub_audit.h"

namespace lineside::hub {

// Names and values that an entry has besides time, action, actor and subject; in it in the order of
// their names. Nothing personal and nothing secret.
using AuditDetails = std::vector<std::pair<std::string_view, std::string>>;

// A detail "site" says where the subject is: who may read the entry goes by it. The text is
// canonical JSON, members in the order of their names. `actor` is a commitment, or
// "Token/<name>", "Edge/<name>"; empty: nobody known.
store::AuditEntry audit_entry(Time time, std::string_view action, std::string_view actor,
                              std::string_view subject, AuditDetails details = {});

}  // namespace lineside::hub
