// What the secret of a program or an invitation was issued for. Whoever kept one would gain what he
// was never given if it still were good once its token or person may do more: it is void then.
#pragma once

#include <array>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "base/result.h"
#include "domain/fields.h"
#include "domain/people.h"

namespace lineside::hub {

enum class SecretUse : unsigned char { token, invitation };
constexpr auto names(const SecretUse*) {
  return std::array<std::string_view, 2>{"token", "invitation"};
}

struct AllowedAt {
  domain::Permission permission = domain::Permission::read;
  std::string site;  // with all below it, also what is built later; empty: everywhere
};
constexpr auto fields(const AllowedAt*) {
  using domain::field;
  return std::tuple(field("permission", &AllowedAt::permission, "what is allowed").required(),
                    field("site", &AllowedAt::site, "where; empty: everywhere").required());
}

// Roles are resolved, for they change; sites are not.
struct SecretScope {
  SecretUse use = SecretUse::token;
  std::vector<AllowedAt> may;
  std::string site;    // nothing beyond it; empty: no such bound
  std::string person;  // as whom a program acts; empty: as itself
};
constexpr auto fields(const SecretScope*) {
  using domain::field;
  return std::tuple(field("use", &SecretScope::use, "what the secret is good for").required(),
                    field("may", &SecretScope::may, "what its holder was allowed").required(),
                    field("site", &SecretScope::site, "nothing beyond it").required(),
                    field("person", &SecretScope::person, "as whom a program acts").required());
}

// As store::ApiToken::scope holds it.
std::string to_text(const SecretScope& scope);
// Errors: invalid.
Result<SecretScope> read_scope(std::string_view text);

}  // namespace lineside::hub
