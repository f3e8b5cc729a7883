// What codec knows of each kind of the catalog.
#pragma once

#include <string>
#include <vector>

#include "codec/catalog.h"
#include "codec/tree_walk.h"

namespace lineside::codec {

// One document on its way to an object.
struct ObjectDocument {
  const Tree& tree;
  const TreeNode& root;
  const TreeNode& spec;
  const TreePath& path;       // of the root
  std::size_t first_problem;  // index of what may be the first problem of this document
};

struct KindRow {
  // Fills `out`, whose kind, name and place are known, with what can be read. False: problems were
  // added.
  bool (*read)(const ObjectDocument& document, domain::CatalogObject& out,
               std::vector<domain::Problem>& problems);
  Result<SpecRefs> (*refs)(std::string_view spec);
  void (*schema)(JsonWriter& json);
  void (*filters)(const std::string& prefix, std::vector<FilterField>& out);
};
const KindRow& kind_row(domain::Kind kind);

}  // namespace lineside::codec
