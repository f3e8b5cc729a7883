// What stands for people who were erased, for those who write the catalog of a hub.
// docs/formats/hub-db.md: what an erasure takes out, and what stays.
#pragma once

#include <string>
#include <string_view>

#include "domain/kinds.h"

namespace lineside::store {

// "erased/<16 hex digits>", wherever the hub had the name; no name has a slash. `commitment` is
// that of the name (HubAudit::find_commitment()): the stand-in is the same for all that the person
// did, and nobody derives it without the salt.
std::string pseudonym_of(std::string_view commitment);

bool is_pseudonym(std::string_view name);

// The canonical spec of a ModelVersion or a Token with `pseudonym` in place of the person it names,
// as an erasure leaves it; of what names nobody the spec as it is.
std::string with_pseudonym(domain::Kind kind, std::string_view spec, std::string_view pseudonym);

}  // namespace lineside::store
