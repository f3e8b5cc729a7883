// What may be written and yet leads to nothing as things are: an edge refuses its whole state where
// a pipeline reads a stream that no connection of its maps (edge/plan.h), and a token may have
// expired. The connection may well be written afterwards, and a manifest be older than its token's
// end, so this is no mistake.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "hub/access/grants.h"
#include "store/hub_catalog.h"
#include "store/hub_edges.h"

namespace lineside::hub {

struct WarningSources {
  const store::HubCatalog& catalog;
  const store::HubEdges& edges;
  const Grants& grants;
  Time now;
};

// A sentence for each stream of the pipelines among `writes` that the edges will do without, with
// the catalog as it is once these are written, and for each token that has expired; at most
// kWarningsMax (hub/catalog/warnings.h). What the caller may not see is as if it were not there,
// and the sentence says that much of him. Where there is more to look at than a few seconds' worth,
// only what is certain by then. Reads nothing where no pipeline is written. Errors: of the
// database, or of a spec that cannot be read.
Result<std::vector<std::string>> write_warnings(const WarningSources& sources,
                                                std::span<const store::ObjectWrite> writes);

}  // namespace lineside::hub
