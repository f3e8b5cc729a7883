// Checks a whole hub database against itself.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "store/hub_core_internal.h"

namespace lineside::store {

// Inside one read transaction; memory does not grow with the catalog. Errors: corrupt, with the
// first disagreements of the first part that has some.
Result<HubVerified> verify_hub(HubConnection& connection, const OnVerifyProgress& progress);

// Whether a database has the tables, indexes and so on that a hub of this version makes, and
// nothing more: a trigger would fire later, and a view stand for a table. Errors: corrupt.
Result<void> check_schema(Database& database, std::int64_t version);

// What was found wrong in one part.
class Differences {
 public:
  void add(std::string text) {
    ++count_;
    if (texts_.size() < kShown) texts_.push_back(std::move(text));
  }
  // Errors: corrupt, if there are any.
  Result<void> result() const;

 private:
  static constexpr std::size_t kShown = 5;
  std::vector<std::string> texts_;
  std::uint64_t count_ = 0;
};

// Whether names as they are shown are those that audit entries commit to.
class ActorCheck {
 public:
  explicit ActorCheck(Database& database) : database_(database) {}
  // `author` as revisions and approvals have it, `actor` as an entry does.
  Result<bool> is_same(std::string_view author, std::string_view actor);

 private:
  bool remember(std::string_view author, std::string_view actor, bool same);
  Result<bool> is_erased(std::string_view commitment, std::string_view author);
  Result<bool> acts_for(std::string_view actor, std::string_view person);

  Database& database_;
  std::string author_;  // the last one: neighbours are mostly alike
  std::string actor_;
  bool same_ = false;
};

// Artifacts against their entries.
Result<void> verify_artifacts(Database& database);
// Approvals against their entries.
Result<void> verify_approvals(Database& database, HubVerified& verified);
// Edges, their certificates and revocations against their entries.
Result<void> verify_edges(Database& database, HubVerified& verified);

}  // namespace lineside::store
