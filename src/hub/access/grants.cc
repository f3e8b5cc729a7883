#include "hub/access/grants.h"

#include <algorithm>

#include "codec/catalog.h"

namespace lineside::hub {

using domain::Kind;
using domain::Permission;

namespace {

// So that nobody can fill the memory; reached by no real hub.
constexpr std::size_t kKnownMax = 100'000;

bool holds(const Extent& where, std::string_view site) {
  return where.everywhere || (!site.empty() && where.sites.contains(site));
}

bool contains(const Extent& whole, const Extent& part) {
  if (whole.everywhere) return true;
  return !part.everywhere && std::ranges::includes(whole.sites, part.sites);
}

bool follow_from(Kind kind) {
  return kind == Kind::site || kind == Kind::person || kind == Kind::role || kind == Kind::token;
}

}  // namespace

void Grants::add(Permission permission, const Extent& where) {
  Extent& own = extent(permission);
  own.everywhere = own.everywhere || where.everywhere;
  if (own.everywhere)
    own.sites.clear();
  else
    own.sites.insert(where.sites.begin(), where.sites.end());
}

bool Grants::may(Permission permission, std::string_view site) const {
  return holds(extent(permission), site);
}

bool Grants::may_somewhere(Permission permission) const {
  const Extent& where = extent(permission);
  return where.everywhere || !where.sites.empty();
}

bool Grants::may_everywhere(Permission permission) const { return extent(permission).everywhere; }

bool Grants::cover(const Grants& other) const {
  for (std::size_t i = 0; i < extents_.size(); ++i)
    if (!contains(extents_[i], other.extents_[i])) return false;
  return true;
}

Grants Grants::within(const Extent& where) const {
  if (where.everywhere) return *this;
  Grants cut;
  for (std::size_t i = 0; i < extents_.size(); ++i) {
    if (extents_[i].everywhere)
      cut.extents_[i] = where;
    else
      std::ranges::set_intersection(
          extents_[i].sites, where.sites,
          std::inserter(cut.extents_[i].sites, cut.extents_[i].sites.end()));
  }
  return cut;
}

bool Grants::sees(Kind kind, std::string_view site) const {
  const Permission permission = domain::permission_to_read(kind);
  return site.empty() ? may_somewhere(permission) : may(permission, site);
}

bool Grants::sees_everything() const {
  return may_everywhere(Permission::read) && may_everywhere(Permission::read_people) &&
         may_everywhere(Permission::manage_tokens);
}

store::SiteFilter Grants::visible_sites(Kind kind) const {
  const Extent& where = extent(domain::permission_to_read(kind));
  if (where.everywhere) return std::nullopt;
  std::vector<std::string> sites(where.sites.begin(), where.sites.end());
  if (!sites.empty()) sites.insert(sites.begin(), "");
  return sites;
}

Result<Extent> GrantBook::extent_of(const std::string& site) const {
  Extent where;
  where.everywhere = site.empty();
  if (where.everywhere) return where;
  auto sites = catalog_.sites_under(site);
  if (!sites && sites.error().code != Code::not_found) return sites.error();
  if (sites) where.sites.insert(sites->begin(), sites->end());
  return where;
}

Result<Grants> GrantBook::compute_person(const std::string& person) const {
  const auto object = TRY(catalog_.get(Kind::person, person));
  const auto spec = TRY(codec::read_spec<domain::PersonSpec>(object.spec));
  if (!spec.active) return fail(Code::not_found, "not active");
  Grants grants;
  for (const domain::RoleGrant& grant : spec.roles) {
    const auto role = TRY(catalog_.get(Kind::role, grant.role));
    const auto allowed = TRY(codec::read_spec<domain::RoleSpec>(role.spec));
    const Extent where = TRY(extent_of(grant.site));
    for (const Permission permission : allowed.permissions) grants.add(permission, where);
  }
  return grants;
}

Result<TokenGrants> GrantBook::compute_token(const std::string& token) {
  const auto object = TRY(catalog_.get(Kind::token, token));
  TokenGrants result;
  result.spec = TRY(codec::read_spec<domain::TokenSpec>(object.spec));
  const Extent where = TRY(extent_of(result.spec.site));
  if (!result.spec.person.empty()) {
    const auto person = TRY(compute_person(result.spec.person));
    result.grants = person.within(where);
    return result;
  }
  const auto role = TRY(catalog_.get(Kind::role, result.spec.role));
  const auto allowed = TRY(codec::read_spec<domain::RoleSpec>(role.spec));
  for (const Permission permission : allowed.permissions) result.grants.add(permission, where);
  return result;
}

template <class T, class Compute>
Result<std::shared_ptr<const T>> GrantBook::look_up(Known<T>& known, const std::string& name,
                                                    const Compute& compute) {
  std::unique_lock lock(mutex_);
  if (const auto it = known.find(name); it != known.end()) return it->second;
  const std::uint64_t generation = generation_;
  lock.unlock();
  auto computed = std::make_shared<const T>(TRY(compute()));
  lock.lock();
  if (generation == generation_) {
    if (known.size() >= kKnownMax) known.clear();
    known[name] = computed;
  }
  return computed;
}

Result<std::shared_ptr<const Grants>> GrantBook::of_person(const std::string& person) {
  return look_up(people_, person, [&] { return compute_person(person); });
}

Result<std::shared_ptr<const TokenGrants>> GrantBook::of_token(const std::string& token) {
  return look_up(tokens_, token, [&] { return compute_token(token); });
}

void GrantBook::note_changes(std::span<const store::CatalogChange> changes) {
  if (std::ranges::none_of(changes, follow_from,
                           [](const auto& change) { return change.object.kind; }))
    return;
  const std::lock_guard lock(mutex_);
  ++generation_;
  people_.clear();
  tokens_.clear();
}

}  // namespace lineside::hub
