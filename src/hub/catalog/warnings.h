// What loses something by a deletion though it does not refer to what goes: contracts and pipelines
// name streams by patterns.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "hub/access/grants.h"
#include "hub/catalog/patterns.h"
#include "store/hub_catalog.h"

namespace lineside::hub {

inline constexpr std::size_t kWarningsMax = 20;
inline constexpr std::size_t kWarningStreamsMax =
    20'000;  // looked at; beyond it counts are "at least"

// Sentences about what the caller may see: streams that a contract leaves without one, pipelines
// that read a stream. Looks at no more than kWarningStreamsMax streams. Errors: of the database.
Result<std::vector<std::string>> deletion_warnings(const store::HubCatalog& catalog,
                                                   PatternBook& patterns, const Grants& grants,
                                                   const store::ObjectName& object);

}  // namespace lineside::hub
