// The catalog: objects of all kinds in one generic form, and what must hold between them.
#pragma once

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "domain/kinds.h"
#include "domain/manifest.h"

namespace lineside::domain {

// A field that names another object. Fields inside others are joined by dots, lists add nothing:
// "parent", "publish.connection", "roles.role", "trained_on".
struct Ref {
  std::string field;
  Kind kind = Kind::site;
  std::string name;
  auto operator<=>(const Ref&) const = default;
};

// A value by which objects can be listed, one for each text of a list.
struct Term {
  std::string field;  // as in Ref
  std::string value;  // texts and names of enums as they are, numbers and booleans as in JSON
  auto operator<=>(const Term&) const = default;
};

struct CatalogObject {
  Kind kind = Kind::site;
  std::string name;
  std::string spec;  // canonical JSON: fields in table order, no blanks, nothing that is absent
  std::vector<Ref> refs;    // in table order, each once
  std::vector<Term> terms;  // in table order, each once
  Place place;              // of its document, or of its object in JSON
};

// is_name() of domain/reading.h; a stream's is two of them around one '/'. Names take at most 128
// bytes, a stream's twice that and one.
bool is_object_name(Kind kind, std::string_view name);

struct ObjectProblem {
  std::size_t object = 0;  // index among those checked
  Problem problem;         // at the object's place; codec narrows it to the line
};

// What is already in the catalog. Each may be empty: then nothing is.
struct KnownObjects {
  std::function<bool(Kind, std::string_view name)> exists;
  // The parent of a site or asset; nothing where it has none or does not exist.
  std::function<std::optional<std::string>(Kind, std::string_view name)> parent;
};

// Names well formed and given once per kind; no cycle among the parents of sites and of assets.
std::vector<ObjectProblem> check(std::span<const CatalogObject> objects);

// The same with cycles that run through known objects, and every reference that names neither an
// object of these nor a known one, with the nearest name among these. At most 1000 of the latter.
std::vector<ObjectProblem> check(std::span<const CatalogObject> objects, const KnownObjects& known);

}  // namespace lineside::domain
