// Who may do what: people, roles with permissions, and tokens of programs.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/time.h"
#include "domain/fields.h"
#include "domain/manifest.h"

namespace lineside::domain {

// Each is granted for a site and all below it, or for all sites.
enum class Permission : unsigned char {
  read,             // see objects but people and tokens, their history and graph
  read_people,      // see people, their roles and skills
  read_audit,       // see the audit log with its proofs
  give_verdicts,    // answer alerts
  write_assets,     // change sites, assets, devices, device types and streams
  write_pipelines,  // change connections, contracts and pipelines
  write_models,     // change datasets, models and model versions, upload artifacts
  approve_models,   // put a model version into service that somebody else made
  manage_edges,     // admit edges, revoke their certificates
  manage_people,    // change people and roles, grant what one has oneself
  manage_tokens,    // make and revoke tokens
  erase,            // erase personal data for good
  manage_hub,       // back up and restore, keys and settings of the hub
};
inline constexpr std::size_t kPermissions = 13;
constexpr auto names(const Permission*) {
  return std::array<std::string_view, kPermissions>{
      "read",         "read_people",     "read_audit",    "give_verdicts",
      "write_assets", "write_pipelines", "write_models",  "approve_models",
      "manage_edges", "manage_people",   "manage_tokens", "erase",
      "manage_hub"};
}
// The permission it takes to change objects of a kind, and to see them.
Permission permission_to_write(Kind kind);
Permission permission_to_read(Kind kind);

struct BuiltInRole {
  std::string_view name;
  std::string_view title;
  std::span<const Permission> permissions;
};
// viewer, operator, ot-engineer, data-scientist, security, auditor, admin.
std::span<const BuiltInRole> built_in_roles();
const BuiltInRole* find_built_in_role(std::string_view name);  // null: none

struct RoleSpec {
  std::string title;
  std::vector<Permission> permissions;
  bool operator==(const RoleSpec&) const = default;
};
constexpr auto fields(const RoleSpec*) {
  return std::tuple(field("title", &RoleSpec::title, "what people call it"),
                    field("permissions", &RoleSpec::permissions, "what it allows").required());
}

struct RoleGrant {
  std::string role;
  std::string site;  // with all below it; empty: everywhere
  bool operator==(const RoleGrant&) const = default;
};
constexpr auto fields(const RoleGrant*) {
  return std::tuple(
      field("role", &RoleGrant::role, "what the person is").required().refers(Kind::role),
      field("site", &RoleGrant::site, "where, with all below it; absent: everywhere")
          .refers(Kind::site));
}

// Title and e-mail address are personal data. Passwords are never part of it.
struct PersonSpec {
  std::string title;   // full name
  std::string email;   //
  bool active = true;  // may sign in
  std::vector<RoleGrant> roles;
  std::vector<std::string> skills;  // gate approvals
  bool operator==(const PersonSpec&) const = default;
};
constexpr auto fields(const PersonSpec*) {
  return std::tuple(
      field("title", &PersonSpec::title, "full name"),
      field("email", &PersonSpec::email, "e-mail address"),
      field("active", &PersonSpec::active, "whether the person may sign in").filter(),
      field("roles", &PersonSpec::roles, "what the person is, and where"),
      field("skills", &PersonSpec::skills, "what the person is trained for").filter());
}

// Exactly one of person and role. The secret is never part of it: the hub shows it once.
struct TokenSpec {
  std::string title;   // what it is for
  std::string person;  // acts with this person's roles
  std::string role;    // acts with this role
  std::string site;    // only there and below; empty: wherever person or role may
  Time expires;
  bool operator==(const TokenSpec&) const = default;
};
constexpr auto fields(const TokenSpec*) {
  return std::tuple(
      field("title", &TokenSpec::title, "what it is for"),
      field("person", &TokenSpec::person, "acts with this person's roles").refers(Kind::person),
      field("role", &TokenSpec::role, "acts with this role").refers(Kind::role),
      field("site", &TokenSpec::site, "only there and below").refers(Kind::site),
      field("expires", &TokenSpec::expires, "time from which it is refused").required());
}

// E-mail addresses with one '@'; no grant, skill or permission twice; one of person and role.
// Problems carry the manifest's place.
std::vector<Problem> check(const Manifest<PersonSpec>& manifest);
std::vector<Problem> check(const Manifest<RoleSpec>& manifest);
std::vector<Problem> check(const Manifest<TokenSpec>& manifest);

}  // namespace lineside::domain
