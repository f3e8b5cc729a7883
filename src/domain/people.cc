#include "domain/people.h"

#include <algorithm>
#include <format>
#include <set>

#include "base/text.h"
#include "domain/manifest_check_internal.h"

namespace lineside::domain {

namespace {

using enum Permission;

constexpr std::array kViewer = {read};
constexpr std::array kOperator = {read, give_verdicts};
constexpr std::array kOtEngineer = {read,           give_verdicts, write_assets, write_pipelines,
                                    approve_models, manage_edges};
constexpr std::array kDataScientist = {read, write_models};
constexpr std::array kSecurity = {read,          read_people,   read_audit, manage_edges,
                                  manage_people, manage_tokens, erase};
constexpr std::array kAuditor = {read, read_people, read_audit};

constexpr std::array<Permission, kPermissions> all() {
  std::array<Permission, kPermissions> list{};
  for (std::size_t i = 0; i < kPermissions; ++i) list[i] = static_cast<Permission>(i);
  return list;
}
constexpr auto kAdmin = all();

constexpr std::array<BuiltInRole, 7> kBuiltInRoles = {{
    {"viewer", "sees everything but people", kViewer},
    {"operator", "answers alerts", kOperator},
    {"ot-engineer", "answers for machines, connections and what runs on them", kOtEngineer},
    {"data-scientist", "makes models", kDataScientist},
    {"security", "answers for people, tokens and certificates", kSecurity},
    {"auditor", "reads everything, changes nothing", kAuditor},
    {"admin", "may do everything", kAdmin},
}};

bool is_email(const std::string& text) {
  constexpr std::size_t kEmailMax = 254;  // RFC 5321, 4.5.3.1.3, less the angle brackets
  const std::size_t at = text.find('@');
  return text.size() <= kEmailMax && at != std::string::npos && at > 0 && at + 1 < text.size() &&
         text.find('@', at + 1) == std::string::npos &&
         text.find_first_of(" \t\r\n,;<>") == std::string::npos;
}

}  // namespace

Permission permission_to_write(Kind kind) {
  switch (kind) {
    case Kind::connection:
    case Kind::contract:
    case Kind::pipeline:
      return write_pipelines;
    case Kind::dataset:
    case Kind::model:
    case Kind::model_version:
      return write_models;
    case Kind::person:
    case Kind::role:
      return manage_people;
    case Kind::token:
      return manage_tokens;
    default:
      return write_assets;
  }
}

Permission permission_to_read(Kind kind) {
  if (kind == Kind::person) return read_people;
  return kind == Kind::token ? manage_tokens : read;
}

std::span<const BuiltInRole> built_in_roles() { return kBuiltInRoles; }

const BuiltInRole* find_built_in_role(std::string_view name) {
  const auto role = std::ranges::find(kBuiltInRoles, name, &BuiltInRole::name);
  return role == kBuiltInRoles.end() ? nullptr : &*role;
}

std::vector<Problem> check(const Manifest<PersonSpec>& manifest) {
  std::vector<Problem> out;
  ManifestCheck check(manifest.place, out);
  const PersonSpec& spec = manifest.spec;
  check.object_name(Kind::person, manifest.name);
  if (!spec.email.empty() && !is_email(spec.email))  // it is personal: the text stays out
    check.add("spec.email", "not an e-mail address", "name@example.org", "something else");
  std::set<std::pair<std::string_view, std::string_view>> grants;
  for (std::size_t i = 0; i < spec.roles.size(); ++i)
    if (!grants.emplace(spec.roles[i].role, spec.roles[i].site).second)
      check.add(std::format("spec.roles[{}]", i), "given twice", "each role once for a site",
                "'" + excerpt(spec.roles[i].role, 60) + "'");
  check.unique("spec.skills", spec.skills);
  return out;
}

std::vector<Problem> check(const Manifest<RoleSpec>& manifest) {
  std::vector<Problem> out;
  ManifestCheck check(manifest.place, out);
  check.object_name(Kind::role, manifest.name);
  check.not_empty("spec.permissions", manifest.spec.permissions.size());
  std::vector<std::string> permissions;
  for (const Permission permission : manifest.spec.permissions)
    permissions.emplace_back(to_text(permission));
  check.unique("spec.permissions", permissions);
  return out;
}

std::vector<Problem> check(const Manifest<TokenSpec>& manifest) {
  std::vector<Problem> out;
  ManifestCheck check(manifest.place, out);
  check.object_name(Kind::token, manifest.name);
  if (manifest.spec.person.empty() == manifest.spec.role.empty())
    check.add("spec", "unclear holder", "exactly one of person, role",
              manifest.spec.person.empty() ? "neither" : "both");
  return out;
}

}  // namespace lineside::domain
