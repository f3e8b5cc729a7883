// What may happen to the Device that an enrolled edge is.
#pragma once

#include "base/result.h"
#include "hub/access/write_rules.h"
#include "store/hub_catalog.h"
#include "store/hub_edges.h"

namespace lineside::hub {

// For CatalogBatch::permit. A Device stays and stays an edge for as long as a certificate of the
// edge is not revoked; moving it to another site moves the edge (hub/edges/desired.h), so that and
// any other change of it takes manage_edges where it is and where it goes. It has a site of its
// own. Errors: conflict, saying what to do first; denied; of the database.
Result<void> permit_device(const store::HubEdges& edges, const WriteRules& rules,
                           const store::ObjectWrite& write, const store::ObjectOutcome& outcome);

}  // namespace lineside::hub
