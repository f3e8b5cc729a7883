// Checks a whole hub database against itself.
#pragma once

#include "base/result.h"
#include "store/hub_core_internal.h"

namespace lineside::store {

// Inside one read transaction. Errors: corrupt, with the first disagreement.
Result<HubVerified> verify_hub(HubConnection& connection);

}  // namespace lineside::store
