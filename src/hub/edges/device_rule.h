// What may happen to the Device that an enrolled edge is.
#pragma once

#include "base/result.h"
#include "store/hub_catalog.h"
#include "store/hub_edges.h"

namespace lineside::hub {

// For CatalogBatch::permit. A Device stays and stays an edge for as long as a certificate of the
// edge is not revoked; moving it to another site moves the edge (hub/edges/desired.h). Errors:
// conflict, saying what to do first; of the database.
Result<void> permit_device(const store::HubEdges& edges, const store::ObjectWrite& write);

}  // namespace lineside::hub
