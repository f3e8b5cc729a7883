// The audit entry of a change to the catalog; one place, so that verifying can make it again.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/time.h"
#include "domain/kinds.h"
#include "store/hub_catalog.h"

namespace lineside::store {

struct ObjectEntry {
  ObjectChange change = ObjectChange::created;
  std::string_view actor;
  domain::Kind kind = domain::Kind::site;
  std::string_view name;
  std::int64_t revision = 0;
  std::string_view spec;  // of a deletion: empty
  Time time;
};

std::string_view action_of(ObjectChange change);
// Canonical JSON: keys in order, no blanks. Of a Person, name and spec are commitments under the
// person's salt; of all others the spec is its SHA-256. `salt` is asked for with people only.
std::string object_entry_text(const ObjectEntry& entry, ByteView salt);

}  // namespace lineside::store
