// An edge in the hub's own process, which joins as all others do.
#pragma once

#include <string>

#include "base/result.h"
#include "hub/hub.h"

namespace lineside::hub {

// The secret of an enrolment token for that edge only, good once and for ten minutes; the site is
// made where it is absent. Errors: denied (the edge was revoked: whoever manages edges lets it in
// again, not its own process), of the database.
Result<std::string> enrol_local_edge(Hub& hub, const std::string& site, const std::string& edge);

}  // namespace lineside::hub
