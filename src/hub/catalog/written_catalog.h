// The catalog as it will be once some objects are written, and which edges will get what.
#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/result.h"
#include "domain/catalog.h"
#include "store/hub_catalog.h"

namespace lineside::hub {

// Where a manifest is meant for (hub/edges/desired.h).
struct MeantFor {
  std::string edge;  // the one edge that gets it; empty: those of the site
  std::string site;  // with all below, also that of `edge`; empty: everywhere
};

// Of one write: what it looks up it remembers.
class WrittenCatalog {
 public:
  // `written` outlives it.
  WrittenCatalog(const store::HubCatalog& catalog,
                 const std::vector<const domain::CatalogObject*>& written);

  // Of those that are looked up by name; streams and assets, which come in thousands, are not.
  bool is_written(domain::Kind kind, const std::string& name) const;
  // The spec it will have, of these kinds, else the one it has; nothing: it is not there.
  Result<std::optional<std::string>> spec_of(domain::Kind kind, const std::string& name) const;
  // Where a manifest with these fields will be meant for. Errors: of the database, corrupt.
  Result<MeantFor> place_of(const std::string& edge, const std::string& site) const;
  // Whether a site is another one, or below it. An empty one is above all.
  Result<bool> is_within(const std::string& site, const std::string& other);

 private:
  Result<std::reference_wrapper<const std::set<std::string>>> above(const std::string& site);

  const store::HubCatalog& catalog_;
  std::map<store::ObjectName, const domain::CatalogObject*> index_;
  std::map<std::string, std::set<std::string>> above_;  // a site with all above it
};

}  // namespace lineside::hub
