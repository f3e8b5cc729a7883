// Stores a batch that has been found right.
#pragma once

#include <compare>
#include <cstdint>
#include <deque>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "store/hub_core_internal.h"
#include "store/hub_plan_internal.h"

namespace lineside::store {

class BatchStore {
 public:
  // All of them outlive it. `outcomes` are the plan's.
  BatchStore(HubWriting& writing, const CatalogBatch& batch, const BatchPlan& plan,
             std::span<const ObjectOutcome> outcomes)
      : writing_(writing), batch_(batch), plan_(plan), outcomes_(outcomes) {}

  // Errors: of the database.
  Result<void> run();

 private:
  // One row of `term`.
  struct TermKey {
    std::int64_t field = 0;
    bool is_number = false;
    std::int64_t number = 0;
    std::string_view text;
    std::int64_t object = 0;
    auto operator<=>(const TermKey&) const = default;
  };
  // An object whose site has changed, for those that stand on it.
  struct Moved {
    std::int64_t id = 0;
    domain::Kind kind = domain::Kind::site;
  };
  struct Placed {
    std::int64_t id = 0;
    domain::Kind kind = domain::Kind::site;
    std::int64_t site = 0;
    std::vector<Link> links;
  };

  Result<void> store(const Draft& draft, std::int64_t change);
  Result<void> store_revision(const Draft& draft, std::int64_t change);
  Result<std::string> without_person(domain::Kind kind, std::string_view spec);
  Result<void> store_object(const Draft& draft, std::uint64_t leaf, const Bytes& links);
  Result<void> store_search(const Draft& draft);
  Result<Bytes> collect_links(const Draft& draft);
  Result<std::optional<std::int64_t>> last_site(const Draft& draft);
  Result<void> collect_site(domain::Kind kind, std::int64_t object, std::int64_t old_site,
                            std::int64_t site);
  Result<void> store_terms();
  Result<void> put_term(std::string_view statement, const TermKey& term);
  Result<void> move_dependants();
  Result<void> move_dependants_of(const Moved& moved);
  Result<void> move(const Placed& object);
  Result<std::int64_t> place_of(const Placed& object);

  HubWriting& writing_;
  const CatalogBatch& batch_;
  const BatchPlan& plan_;
  const std::span<const ObjectOutcome> outcomes_;
  std::vector<TermKey> added_;
  std::vector<TermKey> removed_;
  std::deque<std::vector<Link>> old_links_;  // owns the texts of `removed_`
  std::map<domain::Kind, std::int64_t> counts_;
  std::deque<Moved> moved_;
  std::map<std::int64_t, int> visits_;
};

}  // namespace lineside::store
