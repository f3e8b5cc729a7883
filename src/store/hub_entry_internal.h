// The audit entry of a change to the catalog; one place, so that verifying can make it again.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/time.h"
#include "domain/kinds.h"
#include "store/hub_catalog.h"
#include "store/hub_erase.h"

namespace lineside::store {

struct ObjectEntry {
  ObjectChange change = ObjectChange::created;
  std::string_view actor;
  domain::Kind kind = domain::Kind::site;
  std::string_view name;
  std::int64_t revision = 0;
  // The site's name, empty: of none. Absent: of a kind that has no place, or written by a version
  // before 4 of the database, which did not say it.
  std::optional<std::string_view> site;
  std::string_view spec;  // of a deletion: empty; a person's name in it is a pseudonym
  Time time;
};

std::string_view action_of(ObjectChange change);
// Canonical JSON: keys in order, no blanks. Of a Person, name and spec are commitments under the
// person's salt; of all others the spec is its SHA-256. `salt` is asked for with people only.
std::string object_entry_text(const ObjectEntry& entry, ByteView salt);

// ---- People in specs ---------------------------------------------------------------------------

// pseudonym_of() the commitment under this salt.
std::string pseudonym(ByteView salt, std::string_view person);

// The member of a canonical spec by which a ModelVersion or Token names a person: `"author":"ann"`.
std::string person_member(domain::Kind kind, std::string_view person);

// The person whom a spec of the kind refers to, as a part of `spec`; empty: none, or a pseudonym.
std::string_view person_in(domain::Kind kind, std::string_view spec);
// `spec` with `with` in the place of its part `person`.
std::string with_person(std::string_view spec, std::string_view person, std::string_view with);

}  // namespace lineside::store
