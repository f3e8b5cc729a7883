// Where what is past counts to, for who may see it.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>

#include "base/result.h"
#include "domain/kinds.h"
#include "store/database_internal.h"

namespace lineside::store {

// The site of a revision or of an audit entry, as it was stored.
struct PastPlace {
  std::optional<std::int64_t> site;  // 0: none; absent: nobody knows
  std::int64_t change = 0;           // that wrote the revision; 0: of an entry that is none
  std::int64_t leaf = 0;
  bool is_current = false;  // `site` is where the object is now
};

// The columns of revision_*.sql from `first` on.
PastPlace read_place(const Statement& row, int first);

// Names of sites as they were. A site that is gone leads further up by the id that was kept for it.
// One that was made anew under its name since is another place: what was there before is not its.
// For one read transaction: it remembers.
class PastSites {
 public:
  explicit PastSites(Database& database) : database_(database) {}

  // Empty: of none. Absent: nobody knows.
  Result<std::optional<std::string>> name(const PastPlace& place);
  // The same of a kind, which may have no place at all.
  Result<std::optional<std::string>> name(domain::Kind kind, const PastPlace& place);

 private:
  struct Site {
    std::optional<std::string> name;  // absent: it is gone
    std::optional<std::int64_t> above;
    std::int64_t born_change = 0;  // that made it
    std::int64_t born_leaf = 0;
  };
  Result<std::reference_wrapper<const Site>> look_up(std::int64_t id);

  Database& database_;
  std::map<std::int64_t, Site> sites_;
};

}  // namespace lineside::store
