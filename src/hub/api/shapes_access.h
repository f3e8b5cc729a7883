// Bodies of requests and answers about signing in, as structs with field tables: they are read,
// written and described in the OpenAPI document from these alone.
#pragma once

#include <optional>
#include <string>
#include <tuple>
#include <vector>

#include "base/time.h"
#include "domain/fields.h"
#include "domain/people.h"

namespace lineside::hub {

using domain::field;

struct SignInBody {
  std::string person;
  std::string password;
};
constexpr auto fields(const SignInBody*) {
  return std::tuple(field("person", &SignInBody::person, "name of the Person").required(),
                    field("password", &SignInBody::password, "the password").required());
}

struct SetupBody {
  std::string token;
  std::string person;
  std::string title;
  std::string password;
};
constexpr auto fields(const SetupBody*) {
  return std::tuple(field("token", &SetupBody::token, "of the set-up link").required(),
                    field("person", &SetupBody::person, "name of the admin").required(),
                    field("title", &SetupBody::title, "full name"),
                    field("password", &SetupBody::password, "12 to 1024 bytes").required());
}

struct WelcomeBody {
  std::string token;
  std::string password;
};
constexpr auto fields(const WelcomeBody*) {
  return std::tuple(field("token", &WelcomeBody::token, "of the invitation").required(),
                    field("password", &WelcomeBody::password, "12 to 1024 bytes").required());
}

struct PasswordBody {
  std::string old;
  std::string fresh;
};
constexpr auto fields(const PasswordBody*) {
  return std::tuple(field("old", &PasswordBody::old, "the one so far").required(),
                    field("new", &PasswordBody::fresh, "12 to 1024 bytes").required());
}

struct PermissionView {
  domain::Permission permission = domain::Permission::read;
  std::optional<std::vector<std::string>> sites;
};
constexpr auto fields(const PermissionView*) {
  return std::tuple(
      field("permission", &PermissionView::permission, "what is allowed").required(),
      field("sites", &PermissionView::sites, "where, those below included; null: everywhere"));
}

struct SessionView {
  std::string person;
  std::string title;
  std::string csrf;
  Time expires;
  std::vector<PermissionView> permissions;
};
constexpr auto fields(const SessionView*) {
  return std::tuple(
      field("person", &SessionView::person, "name of the Person").required(),
      field("title", &SessionView::title, "full name"),
      field("csrf", &SessionView::csrf, "to be sent as X-Lineside-CSRF with every change"),
      field("expires", &SessionView::expires, "unless it is used before").required(),
      field("permissions", &SessionView::permissions, "what the person may do").required());
}

struct LinkView {
  std::string link;
  Time expires;
};
constexpr auto fields(const LinkView*) {
  return std::tuple(field("link", &LinkView::link, "to be handed to the person").required(),
                    field("expires", &LinkView::expires, "when it is void").required());
}

struct SecretView {
  std::string secret;
  Time expires;
};
constexpr auto fields(const SecretView*) {
  return std::tuple(field("secret", &SecretView::secret, "shown this once").required(),
                    field("expires", &SecretView::expires, "when it is void").required());
}

}  // namespace lineside::hub
