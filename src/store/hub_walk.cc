#include <algorithm>
#include <charconv>
#include <format>
#include <functional>
#include <queue>
#include <utility>

#include "base/text.h"
#include "store/hub_rows_internal.h"
#include "store/hub_walk_internal.h"

namespace lineside::store {

namespace {

constexpr std::uint64_t kEstimateMax = 1'000;
// Beyond it, walking by name and looking at each object's site is as good.
constexpr std::size_t kSitesMerged = 1'000;
constexpr std::size_t kLookMin = 64;
constexpr std::size_t kAheadMin = 4;  // ids of each of many sites

}  // namespace

Result<ObjectWalk> ObjectWalk::begin(HubConnection& connection, const ObjectQuery& query) {
  ObjectWalk walk(connection, query);
  TRY(connection.fields.refresh(connection.database));
  TRY(walk.resolve_filters());
  TRY(walk.resolve_sites());
  TRY(walk.choose());
  TRY(walk.read_cursor());
  return walk;
}

// ---- What to look for --------------------------------------------------------------------------

Result<void> ObjectWalk::resolve_filters() {
  for (const domain::Term& filter : query_->filters) {
    const FieldRow* field = connection_->fields.find(query_->kind, filter.field);
    if (field == nullptr) {
      at_end_ = true;
      return {};
    }
    Lookup lookup{.field = field->id, .is_number = field->role == FieldRole::reference};
    if (lookup.is_number) {
      TRY(statement("object_id")
              .with(static_cast<int>(field->target), filter.value)
              .each([&](const Statement& row) { lookup.number = row.integer(0); }));
      if (lookup.number == 0) at_end_ = true;
    } else {
      lookup.text = filter.value;
    }
    filters_.push_back(std::move(lookup));
  }
  return {};
}

Result<void> ObjectWalk::resolve_sites() {
  if (!query_->sites) return {};
  sites_.emplace();
  for (const std::string& name : *query_->sites) {
    if (name.empty()) sites_->insert(0);
    TRY(statement("object_id")
            .with(static_cast<int>(domain::Kind::site), name)
            .each([&](const Statement& row) { sites_->insert(row.integer(0)); }));
  }
  if (sites_->empty()) at_end_ = true;
  return {};
}

Statement& ObjectWalk::bind(std::string_view name, const Lookup& lookup, std::int64_t third) {
  if (lookup.is_number) return statement(name).with(lookup.field, lookup.number, third);
  return statement(name).with(lookup.field, lookup.text, third);
}

Result<std::uint64_t> ObjectWalk::estimate(const Lookup& lookup) {
  std::uint64_t count = 0;
  TRY(bind("term_count", lookup, kEstimateMax).each([&](const Statement& row) {
    count = static_cast<std::uint64_t>(row.integer(0));
  }));
  return count;
}

// ---- By which index ----------------------------------------------------------------------------

// The rarest filter, the sites, or the names; a page after the first keeps to its order.
Result<void> ObjectWalk::choose() {
  std::uint64_t fewest = static_cast<std::uint64_t>(-1);
  for (std::size_t i = 0; i < filters_.size() && !at_end_; ++i) {
    const std::uint64_t count = TRY(estimate(filters_[i]));
    if (count >= fewest) continue;
    fewest = count;
    driving_filter_ = i;
    drivers_ = {filters_[i]};
  }
  TRY(choose_sites(fewest));
  if (!drivers_.empty()) order_ = Order::id;
  if (query_->prefix.empty() || drivers_.empty() || !query_->cursor.empty()) return {};
  std::uint64_t named = 0;
  TRY(statement("object_count")
          .with(static_cast<int>(query_->kind), query_->prefix, prefix_end(query_->prefix),
                kEstimateMax)
          .each([&](const Statement& row) { named = static_cast<std::uint64_t>(row.integer(0)); }));
  if (named < kEstimateMax && named <= fewest) order_ = Order::name;
  return {};
}

// A thousand are as good as any number, where nothing has fewer.
Result<void> ObjectWalk::choose_sites(std::uint64_t& fewest) {
  const FieldRow* site = connection_->fields.site_of(query_->kind);
  const bool can_go_by_site =
      sites_ && !sites_->contains(0) && site != nullptr && sites_->size() <= kSitesMerged;
  if (!can_go_by_site) return {};
  std::vector<Lookup> by_site;
  std::uint64_t count = 0;
  for (const std::int64_t id : *sites_) {
    by_site.push_back({.field = site->id, .is_number = true, .number = id, .text = {}});
    if (count < std::min(fewest, kEstimateMax)) count += TRY(estimate(by_site.back()));
  }
  if (count >= fewest) return {};
  fewest = count;
  drivers_ = std::move(by_site);
  driving_filter_ = static_cast<std::size_t>(-1);
  drives_by_site_ = true;
  return {};
}

// "n<name>" or "i<id>": after which object to go on.
Result<void> ObjectWalk::read_cursor() {
  const std::string_view cursor = query_->cursor;
  if (cursor.empty()) return {};
  if (cursor[0] == 'n') {
    order_ = Order::name;
    after_name_ = cursor.substr(1);
    return {};
  }
  const char* const end = cursor.data() + cursor.size();
  const auto [stop, wrong] = std::from_chars(cursor.data() + 1, end, after_id_);
  const bool is_number = cursor[0] == 'i' && wrong == std::errc() && stop == end;
  if (is_number && (order_ == Order::id || at_end_)) return {};
  return invalid(std::format("cursor '{}': expected one that a page of this query had as next",
                             excerpt(cursor)));
}

std::string ObjectWalk::cursor() const {
  if (order_ == Order::name) return "n" + after_name_;
  return std::format("i{}", after_id_);
}

// ---- Walking -----------------------------------------------------------------------------------

Result<std::vector<std::int64_t>> ObjectWalk::next(std::size_t limit, std::size_t look_at) {
  std::vector<std::int64_t> found;
  std::size_t looked = 0;
  ahead_.clear();  // the call before may have looked further than it went
  while (!at_end_ && found.size() < limit && looked < look_at) {
    const bool all_match = filters_.empty() && !sites_ && query_->prefix.empty();
    const std::size_t count =
        all_match ? limit - found.size() : std::max(limit - found.size(), kLookMin);
    const auto seen = TRY(look(count));
    looked += seen.size();
    for (const Seen& one : seen) {
      if (found.size() == limit) {
        at_end_ = false;
        break;
      }
      after_id_ = one.id;
      if (order_ == Order::name) after_name_ = one.name;
      if (TRY(matches(one))) found.push_back(one.id);
    }
  }
  return found;
}

// The next objects that the index yields; the end is reached when it yields fewer than asked for.
Result<std::vector<ObjectWalk::Seen>> ObjectWalk::look(std::size_t count) {
  if (order_ == Order::name) return look_by_name(count);
  if (drivers_.size() > 1) return look_merged(count);
  std::vector<Seen> seen;
  for (const std::int64_t id : TRY(ids_after(drivers_[0], after_id_, count)))
    seen.push_back({.id = id, .name = {}, .site = 0});
  at_end_ = seen.size() < count;
  return seen;
}

// Of each driver a few, and more of those alone that come first: what was made site by site stands
// one site after the other.
Result<std::vector<ObjectWalk::Seen>> ObjectWalk::look_merged(std::size_t count) {
  const auto fill = [&](std::size_t driver, std::int64_t after, std::size_t some) -> Result<void> {
    Ahead& ahead = ahead_[driver];
    ahead = {.ids = TRY(ids_after(drivers_[driver], after, some))};
    ahead.is_last = ahead.ids.size() < some;
    return {};
  };
  if (ahead_.empty()) {
    ahead_.resize(drivers_.size());
    const std::size_t some = std::max<std::size_t>(2 * count / drivers_.size(), kAheadMin);
    for (std::size_t i = 0; i < drivers_.size(); ++i) TRY(fill(i, after_id_, some));
  }
  using Next = std::pair<std::int64_t, std::size_t>;
  std::priority_queue<Next, std::vector<Next>, std::greater<>> queue;
  const auto wait = [&](std::size_t driver) {
    const Ahead& ahead = ahead_[driver];
    if (ahead.at < ahead.ids.size()) queue.emplace(ahead.ids[ahead.at], driver);
  };
  for (std::size_t i = 0; i < drivers_.size(); ++i) wait(i);
  std::vector<Seen> seen;
  while (seen.size() < count && !queue.empty()) {
    const auto [id, driver] = queue.top();
    queue.pop();
    seen.push_back({.id = id, .name = {}, .site = 0});
    Ahead& ahead = ahead_[driver];
    if (++ahead.at == ahead.ids.size() && !ahead.is_last) TRY(fill(driver, id, count));
    wait(driver);
  }
  at_end_ = queue.empty();
  return seen;
}

Result<std::vector<ObjectWalk::Seen>> ObjectWalk::look_by_name(std::size_t count) {
  // No name holds a byte below this, so it is right behind `after_name_`.
  const std::string behind = after_name_.empty() ? std::string() : after_name_ + '\x01';
  std::vector<Seen> seen;
  TRY(statement("object_list")
          .with(static_cast<int>(query_->kind), std::max(behind, query_->prefix),
                prefix_end(query_->prefix), count)
          .each([&](const Statement& row) {
            seen.push_back({.id = row.integer(0), .name = row.text(1), .site = row.integer(2)});
          }));
  at_end_ = seen.size() < count;
  return seen;
}

Result<std::vector<std::int64_t>> ObjectWalk::ids_after(const Lookup& lookup, std::int64_t after,
                                                        std::size_t count) {
  std::vector<std::int64_t> ids;
  ids.reserve(count);
  Statement& rows = statement("term_after");
  if (lookup.is_number) {
    rows.with(lookup.field, lookup.number, after, count);
  } else {
    rows.with(lookup.field, lookup.text, after, count);
  }
  TRY(rows.each([&](const Statement& row) { ids.push_back(row.integer(0)); }));
  return ids;
}

Result<bool> ObjectWalk::matches(const Seen& seen) {
  for (std::size_t i = 0; i < filters_.size(); ++i) {
    if (order_ == Order::id && i == driving_filter_) continue;
    bool has = false;
    TRY(bind("term_has", filters_[i], seen.id).each([&](const Statement&) { has = true; }));
    if (!has) return false;
  }
  if (order_ == Order::name) return has_site(seen.site);
  bool is_right = true;
  if ((sites_ && !drives_by_site_) || !query_->prefix.empty()) {
    TRY(statement("object_place").with(seen.id).each([&](const Statement& row) {
      is_right = row.text(0).starts_with(query_->prefix) && has_site(row.integer(1));
    }));
  }
  return is_right;
}

}  // namespace lineside::store
