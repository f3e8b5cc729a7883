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

// What is wrong in one of these ends the execution as in Statement::one_of(); `leaf`: the column
// that names the revision.
// What `revision.what` says; nothing is stored of what has not changed.
ObjectChange read_change(const Statement& row, int column, int leaf);
// What `revision.number` says.
std::int64_t read_number(const Statement& row, int column, int leaf);

// The columns of object_get*.sql; one that is damaged ends the execution, and its name is told.
StoredObject read_object(const Statement& row);
// The name of the site in `column`, where NULL ends the execution; `id`: the column of its id.
std::string read_site(const Statement& row, int column, int id, const ObjectName& object);
// "Asset 'press'"
std::string shown(domain::Kind kind, std::string_view name);

// The id of an object, living or, where asked for, buried. Errors: not_found.
enum class Life : unsigned char { living, ever };
Result<std::int64_t> object_id(Database& database, domain::Kind kind, std::string_view name,
                               Life life);

// The first text behind all that begin with `prefix`; names are ASCII.
std::string prefix_end(std::string_view prefix);

}  // namespace lineside::store
