// The fields by which a hub's objects refer to each other and are found, as small numbers.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "domain/kinds.h"
#include "store/database_internal.h"

namespace lineside::store {

enum class FieldRole : unsigned char {
  term,       // values are texts
  reference,  // values are ids of objects of the target kind
  site,       // the value is the id of the Site that the object counts to
};
constexpr auto names(const FieldRole*) {
  return std::array<std::string_view, 3>{"term", "reference", "site"};
}

struct FieldRow {
  std::int64_t id = 0;
  domain::Kind kind = domain::Kind::site;  // of the objects that have it
  std::string name;
  FieldRole role = FieldRole::term;
  domain::Kind target = domain::Kind::site;  // of a term: site, for nothing
};

// The table `field`, which only grows, in memory. Owned with its connection.
class FieldTable {
 public:
  // Reads what was added since.
  Result<void> refresh(Database& database);
  // After a rollback, which may have taken fields away.
  void clear();

  const FieldRow* by_id(std::int64_t id) const;  // or null
  // The term or reference of this name; null for a field no object has.
  const FieldRow* find(domain::Kind kind, std::string_view name) const;
  const FieldRow* site_of(domain::Kind kind) const;
  // All references that name objects of the kind, by id.
  std::vector<const FieldRow*> referring_to(domain::Kind target) const;
  // Adds it where it is new. `field.id` does not matter.
  Result<const FieldRow*> obtain(Database& database, const FieldRow& field);

 private:
  using Key = std::tuple<domain::Kind, FieldRole, domain::Kind, std::string>;
  void keep(FieldRow row);
  std::deque<FieldRow> rows_;  // id is index + 1; a deque, for rows to stay where they are
  std::map<Key, std::size_t> by_key_;
};

// What an object's column `links` holds: its references and terms in the order of its spec.
struct Link {
  const FieldRow* field = nullptr;
  std::int64_t target = 0;  // of a reference
  std::string value;        // of a term
};

Bytes encode_links(const std::vector<Link>& links);
// Errors: corrupt. `fields` is fresh and outlives the result.
Result<std::vector<Link>> decode_links(ByteView bytes, const FieldTable& fields);

}  // namespace lineside::store
