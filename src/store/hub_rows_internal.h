// Rows of the catalog that several of its files read.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "store/database_internal.h"
#include "store/hub_catalog.h"

namespace lineside::store {

struct StoredRevision {
  RevisionNote note;
  std::string spec;  // empty for a deletion and after an erasure
};
Result<std::optional<StoredRevision>> find_revision(Database& database, domain::Kind kind,
                                                    std::int64_t object, std::int64_t number);

// What `revision.what` says; nothing is stored of what has not changed.
ObjectChange read_change(const Statement& row, int column);

// The columns of object_get*.sql.
StoredObject read_object(const Statement& row);

// The id of an object, living or, where asked for, buried. Errors: not_found.
enum class Life : unsigned char { living, ever };
Result<std::int64_t> object_id(Database& database, domain::Kind kind, std::string_view name,
                               Life life);

// The first text behind all that begin with `prefix`; names are ASCII.
std::string prefix_end(std::string_view prefix);

}  // namespace lineside::store
