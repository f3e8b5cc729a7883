// What somebody may do, and where: permissions with the sites they hold for.
#pragma once

#include <array>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <span>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/time.h"
#include "domain/people.h"
#include "hub/access/secret_scope.h"
#include "store/hub_catalog.h"
#include "store/hub_tokens.h"

namespace lineside::hub {

// Where a permission holds; sites are those granted and all below them.
struct Extent {
  bool everywhere = false;
  std::set<std::string, std::less<>> sites;
};

// A value; immutable once made.
class Grants {
 public:
  void add(domain::Permission permission, const Extent& where);

  // `site` empty: of what is of no site; then the permission must hold everywhere.
  bool may(domain::Permission permission, std::string_view site) const;
  bool may_somewhere(domain::Permission permission) const;
  bool may_everywhere(domain::Permission permission) const;
  // Whether everything that `other` allows is allowed here as well.
  bool cover(const Grants& other) const;
  // What of it holds at these sites.
  Grants within(const Extent& where) const;

  // Whether objects of the kind at the site can be seen; those of no site by who may see the kind
  // somewhere.
  bool sees(domain::Kind kind, std::string_view site) const;
  // Whether objects of all kinds are seen, wherever they are.
  bool sees_everything() const;
  // Sites whose objects of the kind can be seen, and "" for no site; absent: all of them.
  store::SiteFilter visible_sites(domain::Kind kind) const;

  const Extent& extent(domain::Permission permission) const {
    return extents_[static_cast<std::size_t>(permission)];
  }

 private:
  Extent& extent(domain::Permission permission) {
    return extents_[static_cast<std::size_t>(permission)];
  }
  std::array<Extent, domain::kPermissions> extents_;
};

// Whether the object is there and these grants see it. What it says is not read: that it is there
// and hidden takes no longer to find than that it is not. Errors: of the database.
Result<bool> sees_object(const store::HubCatalog& catalog, const Grants& grants, domain::Kind kind,
                         const std::string& name);

// What a token lets its program do now.
struct TokenGrants {
  domain::TokenSpec spec;
  Grants grants;
};

// Grants of people and tokens out of the catalog, remembered until something changes that they
// follow from. Any thread may call.
class GrantBook {
 public:
  explicit GrantBook(const store::HubCatalog& catalog) : catalog_(catalog) {}

  // Errors: not_found, for a person who is not there or not active, and for a token without an
  // object or whose person is none of them.
  Result<std::shared_ptr<const Grants>> of_person(const std::string& person);
  Result<std::shared_ptr<const TokenGrants>> of_token(const std::string& token);

  // What a secret is issued for: an invitation for the person of that name, or a secret for the
  // token. Errors: as above.
  Result<SecretScope> scope_of(SecretUse use, const std::string& name) const;
  // What a scope allows as the sites are now.
  Result<Grants> grants_of(const SecretScope& scope) const;
  // What these roles allow, of those that are there.
  Result<Grants> grants_of(const std::vector<domain::RoleGrant>& roles) const;
  // Whether the secret is for this use, and the person or token of that name may nothing now, and
  // act as nobody, that it was not issued for. Errors: as above.
  Result<bool> is_within(SecretUse use, const std::string& name, const store::ApiToken& secret);

  // To be told after each change of the catalog.
  void note_changes(std::span<const store::CatalogChange> changes);

  // The site with all below it; everywhere for an empty one. A site that is not there has nothing
  // below it.
  Result<Extent> extent_of(const std::string& site) const;

 private:
  template <class T>
  using Known = std::map<std::string, std::shared_ptr<const T>>;

  Result<SecretScope> scope_of_person(const std::string& person) const;
  Result<SecretScope> scope_of_token(const domain::TokenSpec& spec) const;
  Result<domain::TokenSpec> token_spec(const std::string& token) const;
  Result<void> allow(const domain::RoleGrant& grant, SecretScope& scope) const;
  Result<bool> compute_within(SecretUse use, const std::string& name,
                              const std::string& scope) const;
  template <class T, class Compute>
  Result<std::shared_ptr<const T>> look_up(Known<T>& known, const std::string& name,
                                           const Compute& compute);

  const store::HubCatalog& catalog_;
  std::mutex mutex_;
  std::uint64_t generation_ = 0;  // counts note_changes(): what was computed before is not kept
  Known<Grants> people_;
  Known<TokenGrants> tokens_;
  Known<bool> within_;  // by the secret's digest
};

}  // namespace lineside::hub
