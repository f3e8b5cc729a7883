// Units that have to agree across objects: a mapped point with the rule of each contract that may
// hold for it where both reach the same edge, and a claimed stream with its contract and with the
// point that its connection maps it by. An edge refuses a state where the first do not.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "base/result.h"
#include "domain/catalog.h"
#include "hub/access/grants.h"
#include "store/hub_catalog.h"

namespace lineside::hub {

struct UnitProblem {
  std::size_t object = 0;  // index among those written
  std::string field;       // "mappings[0].streams[1].unit"
  std::string expected;    // "'Cel' as contract presses asks"; what is not seen has no name
  std::string found;       // "'kPa'"
};
std::string to_text(const UnitProblem& problem);

// Of the objects among each other and with what the catalog has beside them, at most
// domain::kProblemsMax. Errors: of the database, corrupt (which object cannot be read).
Result<std::vector<UnitProblem>> find_unit_problems(
    const store::HubCatalog& catalog, const Grants& grants,
    const std::vector<const domain::CatalogObject*>& written);

}  // namespace lineside::hub
