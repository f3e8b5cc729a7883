#include "store/hub_past_sites_internal.h"
#include "store/hub_plan_internal.h"

namespace lineside::store {

namespace {

constexpr int kSitesUp = 64;

std::optional<std::int64_t> integer_of(const Statement& row, int column) {
  return row.is_null(column) ? std::nullopt : std::optional(row.integer(column));
}

}  // namespace

PastPlace read_place(const Statement& row, int first) {
  return {.site = integer_of(row, first),
          .change = row.integer(first + 1),
          .is_current = row.integer(first + 2) != 0};
}

Result<std::optional<std::string>> PastSites::name(const PastPlace& place) {
  if (place.site == 0) return std::optional<std::string>("");
  std::optional<std::int64_t> id = place.site;
  for (int up = 0; up < kSitesUp && id && *id != 0; ++up) {
    const Site& site = TRY(look_up(*id));
    // In one batch what is at a site may come before it.
    const bool was_there = place.is_current || (place.change > 0 ? site.born_change <= place.change
                                                                 : site.born_leaf < place.leaf);
    if (!was_there) break;
    if (site.name) return site.name;
    id = site.above;
  }
  return std::optional<std::string>();
}

Result<std::optional<std::string>> PastSites::name(domain::Kind kind, const PastPlace& place) {
  if (!has_place(kind)) return std::optional<std::string>("");
  return name(place);
}

Result<std::reference_wrapper<const PastSites::Site>> PastSites::look_up(std::int64_t id) {
  const auto [known, is_new] = sites_.try_emplace(id);
  Site& site = known->second;
  if (!is_new) return std::cref(site);
  TRY(database_["object_name"].with(id).each(
      // What is of another kind is no place.
      [&](const Statement& row) {
        if (row.integer(0) == static_cast<int>(domain::Kind::site)) site.name = row.text(1);
      }));
  TRY(database_["buried_site_id"].with(id).each(
      [&](const Statement& row) { site.above = integer_of(row, 0); }));
  TRY(database_["object_born"].with(id).each([&](const Statement& row) {
    site.born_change = row.integer(0);
    site.born_leaf = row.integer(1);
  }));
  return std::cref(site);
}

}  // namespace lineside::store
