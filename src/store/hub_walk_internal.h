// Walks over the objects that match a query, by the index that has the fewest to look at.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <unordered_set>
#include <vector>

#include "base/result.h"
#include "store/hub_catalog.h"
#include "store/hub_core_internal.h"

namespace lineside::store {

class ObjectWalk {
 public:
  // `query` outlives it. Errors: invalid for a cursor of another form.
  static Result<ObjectWalk> begin(HubConnection& connection, const ObjectQuery& query);

  // The ids of the next matches, at most `limit`, after looking at `look_at` objects or a few more.
  Result<std::vector<std::int64_t>> next(std::size_t limit, std::size_t look_at);
  bool is_at_end() const { return at_end_; }
  // To go on from here.
  std::string cursor() const;

  // Whether the object is of one of the sites asked for.
  bool has_site(std::int64_t site) const { return !sites_ || sites_->contains(site); }

 private:
  // A value that an index of terms leads by.
  struct Lookup {
    std::int64_t field = 0;
    bool is_number = false;
    std::int64_t number = 0;
    std::string text;
  };
  struct Seen {
    std::int64_t id = 0;
    std::string name;  // where the walk goes by name
    std::int64_t site = 0;
  };
  // The ids that one of several drivers has yielded and nobody has seen.
  struct Ahead {
    std::vector<std::int64_t> ids;  // growing
    std::size_t at = 0;
    bool is_last = false;  // it has no more
  };
  enum class Order : unsigned char { name, id };

  ObjectWalk(HubConnection& connection, const ObjectQuery& query)
      : connection_(&connection), query_(&query) {}
  Result<void> resolve_filters();
  Result<void> resolve_sites();
  Result<void> choose();
  Result<void> choose_sites(std::uint64_t& fewest);
  Result<void> read_cursor();
  Result<std::uint64_t> estimate(const Lookup& lookup);
  Result<std::vector<Seen>> look(std::size_t count);
  Result<std::vector<Seen>> look_by_name(std::size_t count);
  Result<std::vector<Seen>> look_merged(std::size_t count);
  Result<std::vector<std::int64_t>> ids_after(const Lookup& lookup, std::int64_t after,
                                              std::size_t count);
  Result<bool> matches(const Seen& seen);
  Statement& statement(std::string_view name) { return connection_->database[name]; }
  Statement& bind(std::string_view name, const Lookup& lookup, std::int64_t third);

  HubConnection* connection_;
  const ObjectQuery* query_;
  std::vector<Lookup> filters_;
  std::optional<std::unordered_set<std::int64_t>> sites_;
  Order order_ = Order::name;
  std::vector<Lookup> drivers_;                                // by id: the union of these
  std::size_t driving_filter_ = static_cast<std::size_t>(-1);  // which needs no check
  bool drives_by_site_ = false;                                // nor do they
  std::vector<Ahead> ahead_;                                   // by driver; of a call of next()
  std::string after_name_;
  std::int64_t after_id_ = 0;
  bool at_end_ = false;
};

}  // namespace lineside::store
