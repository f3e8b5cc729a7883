// JSON -> any struct with a field table, nested ones included: the messages between hub, edge and
// command line. Fields: text, bool, double, int, int64, uint64, named enums, Time (ISO 8601),
// Duration ("30s"), structs, and optionals and vectors of these. JsonWriter writes what this reads.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "codec/tree.h"
#include "codec/tree_walk.h"

namespace lineside::codec {

// One error of all problems, invalid: "name: missing field: expected ..., found ...; ...". At most
// five are told.
Error error_of(const std::vector<domain::Problem>& problems);

// Strict: unknown, missing, doubled, mistyped and out-of-range fields are problems, all at once.
// `shown_name` stands for the file in them. False: `out` is not to be used.
template <domain::Described S>
bool read_json(std::string_view text, std::string_view shown_name, S& out,
               std::vector<domain::Problem>& problems, const TreeLimits& limits = {}) {
  const auto tree = Tree::from_json(text, std::string(shown_name), limits, problems);
  return tree && TreeWalk(*tree, problems).read(tree->root(), {}, out);
}

// Errors: invalid.
template <domain::Described S>
Result<S> read_json(std::string_view text, std::string_view shown_name,
                    const TreeLimits& limits = {}) {
  S out;
  std::vector<domain::Problem> problems;
  if (!read_json(text, shown_name, out, problems, limits)) return error_of(problems);
  return out;
}

}  // namespace lineside::codec
