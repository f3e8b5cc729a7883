#include "hub/access/grants.h"

#include <algorithm>
#include <format>

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

// Whoever is told that a row is damaged has to know which.
template <class Spec>
Result<Spec> read(const store::StoredObject& object) {
  return TRY_WITH(codec::read_spec<Spec>(object.spec),
                  std::format("{} '{}'", to_text(object.kind), object.name));
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

Result<bool> sees_object(const store::HubCatalog& catalog, const Grants& grants, Kind kind,
                         const std::string& name) {
  const auto site = catalog.site_of(kind, name);
  if (site) return grants.sees(kind, *site);
  if (site.error().code != Code::not_found) return site.error();
  return false;
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

// ---- What a role allows, wherever its sites are -------------------------------------------------

Result<void> GrantBook::allow(const domain::RoleGrant& grant, SecretScope& scope) const {
  const auto role = TRY(catalog_.get(Kind::role, grant.role));
  const auto allowed = TRY(read<domain::RoleSpec>(role));
  for (const Permission permission : allowed.permissions)
    scope.may.push_back({permission, grant.site});
  return {};
}

Result<Grants> GrantBook::grants_of(const std::vector<domain::RoleGrant>& roles) const {
  SecretScope scope;
  for (const domain::RoleGrant& grant : roles) {
    const auto done = allow(grant, scope);
    if (!done && done.error().code != Code::not_found) return done.error();
  }
  return grants_of(scope);
}

Result<SecretScope> GrantBook::scope_of_person(const std::string& person) const {
  const auto object = TRY(catalog_.get(Kind::person, person));
  const auto spec = TRY(read<domain::PersonSpec>(object));
  if (!spec.active) return fail(Code::not_found, "not active");
  SecretScope scope{.use = SecretUse::invitation};
  for (const domain::RoleGrant& grant : spec.roles) TRY(allow(grant, scope));
  return scope;
}

Result<SecretScope> GrantBook::scope_of_token(const domain::TokenSpec& spec) const {
  SecretScope scope;
  if (!spec.person.empty())
    scope = TRY(scope_of_person(spec.person));
  else
    TRY(allow({spec.role, ""}, scope));
  scope.use = SecretUse::token;
  scope.site = spec.site;
  scope.person = spec.person;
  return scope;
}

Result<domain::TokenSpec> GrantBook::token_spec(const std::string& token) const {
  const auto object = TRY(catalog_.get(Kind::token, token));
  return read<domain::TokenSpec>(object);
}

Result<SecretScope> GrantBook::scope_of(SecretUse use, const std::string& name) const {
  if (use == SecretUse::invitation) return scope_of_person(name);
  return scope_of_token(TRY(token_spec(name)));
}

Result<Grants> GrantBook::grants_of(const SecretScope& scope) const {
  std::map<std::string, Extent> extents;
  Grants grants;
  for (const auto& [permission, site] : scope.may) {
    auto where = extents.find(site);
    if (where == extents.end()) where = extents.emplace(site, TRY(extent_of(site))).first;
    grants.add(permission, where->second);
  }
  return grants.within(TRY(extent_of(scope.site)));
}

Result<bool> GrantBook::compute_within(SecretUse use, const std::string& name,
                                       const std::string& scope) const {
  const auto issued = read_scope(scope);
  if (!issued || issued->use != use) return false;
  const SecretScope now = TRY(scope_of(use, name));
  // As another person with the same rights he would act in another's name.
  if (now.person != issued->person) return false;
  return TRY(grants_of(*issued)).cover(TRY(grants_of(now)));
}

// ---- Remembered --------------------------------------------------------------------------------

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
  return look_up(people_, person,
                 [&]() -> Result<Grants> { return grants_of(TRY(scope_of_person(person))); });
}

Result<std::shared_ptr<const TokenGrants>> GrantBook::of_token(const std::string& token) {
  return look_up(tokens_, token, [&]() -> Result<TokenGrants> {
    TokenGrants result;
    result.spec = TRY(token_spec(token));
    result.grants = TRY(grants_of(TRY(scope_of_token(result.spec))));
    return result;
  });
}

Result<bool> GrantBook::is_within(SecretUse use, const std::string& name,
                                  const store::ApiToken& secret) {
  const auto within =
      TRY(look_up(within_, secret.digest, [&] { return compute_within(use, name, secret.scope); }));
  return *within;
}

void GrantBook::note_changes(std::span<const store::CatalogChange> changes) {
  if (std::ranges::none_of(changes, follow_from,
                           [](const auto& change) { return change.object.kind; }))
    return;
  const std::lock_guard lock(mutex_);
  ++generation_;
  people_.clear();
  tokens_.clear();
  within_.clear();
}

}  // namespace lineside::hub
