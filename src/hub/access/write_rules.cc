#include "hub/access/write_rules.h"

#include <algorithm>
#include <format>

#include "base/text.h"
#include "codec/catalog.h"
#include "domain/connection.h"
#include "domain/devices.h"
#include "domain/pipeline.h"
#include "domain/places.h"
#include "hub/access/retired_names.h"

namespace lineside::hub {

using domain::Kind;
using domain::Permission;
using store::ObjectChange;
using store::ObjectOutcome;
using store::ObjectWrite;

namespace {

constexpr int kSiteDepthMax = 64;

bool is_sited(Kind kind) {
  switch (kind) {
    case Kind::site:
    case Kind::asset:
    case Kind::device:
    case Kind::stream:
    case Kind::connection:
    case Kind::contract:
    case Kind::pipeline:
      return true;
    default:
      return false;
  }
}

bool is_looked_at(Kind kind) {
  return kind == Kind::site || kind == Kind::role || kind == Kind::model_version;
}

bool names_edge(const ObjectWrite& write) {
  return write.object.kind == Kind::connection || write.object.kind == Kind::pipeline;
}

Error lacks(Permission permission, const ObjectWrite& write) {
  return fail(Code::denied,
              std::format("expected permission {} for {}/{}", to_text(permission),
                          to_text(write.object.kind), excerpt(write.object.name, 260)));
}

std::string place_of(const std::string& site) { return site.empty() ? "everywhere" : "at " + site; }

bool may_approve_at(const std::vector<std::shared_ptr<const Grants>>& approvers,
                    const std::string& site) {
  return std::ranges::any_of(
      approvers, [&](const auto& grants) { return grants->may(Permission::approve_models, site); });
}

std::string version_of(const std::optional<domain::PipelineSpec>& spec) {
  return spec && spec->model ? spec->model->version : "";
}

}  // namespace

std::string parent_of(const domain::CatalogObject& site) {
  const auto ref = std::ranges::find(site.refs, "parent", &domain::Ref::field);
  return ref == site.refs.end() ? "" : ref->name;
}

Result<WriteRules> WriteRules::prepare(const WriteSources& sources, const Caller& caller,
                                       std::span<const ObjectWrite> writes) {
  WriteRules rules(sources, caller, writes);
  for (const ObjectWrite& write : writes)
    if (is_looked_at(write.object.kind) && !write.deletes)
      rules.by_name_[{write.object.kind, write.object.name}] = &write;
  if (std::ranges::any_of(writes, names_edge))
    for (const ObjectWrite& write : writes)
      if (write.object.kind == Kind::device || names_edge(write))
        rules.placed_[{write.object.kind, write.object.name}] = &write;
  for (const ObjectWrite& write : writes) {
    const auto done = rules.prepare_one(write);
    if (done) continue;
    const Code code = done.error().code;
    const bool is_rule = code == Code::denied || code == Code::conflict || code == Code::invalid;
    if (!is_rule) return done.error();
    rules.refused_[{write.object.kind, write.object.name}] = done.error();
  }
  return rules;
}

Result<void> WriteRules::prepare_one(const ObjectWrite& write) {
  switch (write.object.kind) {
    case Kind::site:
      return prepare_site(write);
    case Kind::person:
      return prepare_person(write);
    case Kind::role:
      return prepare_role(write);
    case Kind::token:
      return prepare_token(write);
    case Kind::model_version:
      return prepare_version(write);
    case Kind::connection:
      return prepare_connection(write);
    case Kind::pipeline:
      return prepare_pipeline(write);
    default:
      return {};
  }
}

// ---- What is stored ----------------------------------------------------------------------------

template <class Spec>
Result<std::optional<Spec>> WriteRules::read_old(const ObjectWrite& write) {
  std::int64_t& seen = seen_[{write.object.kind, write.object.name}];
  seen = 0;
  // What the caller does not see is to him as if it were not there, as it is to the batch.
  if (!TRY(sees_object(sources_.catalog, *caller_.grants, write.object.kind, write.object.name)))
    return std::optional<Spec>();
  const auto object = sources_.catalog.get(write.object.kind, write.object.name);
  if (!object && object.error().code != Code::not_found) return object.error();
  const bool is_seen = object && caller_.grants->sees(object->kind, object->site);
  if (!is_seen) return std::optional<Spec>();
  seen = object->revision.number;
  auto spec = TRY(codec::read_spec<Spec>(object->spec));
  return std::optional<Spec>(std::move(spec));
}

const ObjectWrite* WriteRules::find_write(Kind kind, std::string_view name) const {
  const auto it = by_name_.find({kind, std::string(name)});
  return it == by_name_.end() ? nullptr : it->second;
}

// As it will be after the batch; absent: not there.
Result<std::optional<std::string>> WriteRules::spec_of(Kind kind, const std::string& name) const {
  if (const ObjectWrite* write = find_write(kind, name))
    return std::optional<std::string>(write->object.spec);
  auto object = sources_.catalog.get(kind, name);
  if (object) return std::optional<std::string>(std::move(object->spec));
  if (object.error().code != Code::not_found) return object.error();
  return std::optional<std::string>();
}

// ---- Sites -------------------------------------------------------------------------------------

Result<void> WriteRules::prepare_site(const ObjectWrite& write) {
  const auto old = TRY(read_old<domain::SiteSpec>(write));
  if (old) old_parents_[write.object.name] = old->parent;
  return {};
}

// A site that the batch makes is its parent's.
bool WriteRules::may_at(Permission permission, std::string_view site) const {
  if (caller_.grants->may_everywhere(permission)) return true;
  for (int depth = 0; depth < kSiteDepthMax && !site.empty(); ++depth) {
    if (caller_.grants->may(permission, site)) return true;
    const ObjectWrite* made = old_parents_.contains(site) ? nullptr : find_write(Kind::site, site);
    if (made == nullptr) return false;
    const auto parent = std::ranges::find(made->object.refs, "parent", &domain::Ref::field);
    if (parent == made->object.refs.end()) return false;
    site = parent->name;
  }
  return false;
}

// ---- Who grants what ---------------------------------------------------------------------------

Result<void> WriteRules::check_grant(const domain::RoleGrant& grant) {
  const auto spec = TRY(spec_of(Kind::role, grant.role));
  if (!spec) return {};  // dangles: the store says so
  const auto role = TRY(codec::read_spec<domain::RoleSpec>(*spec));
  for (const Permission permission : role.permissions)
    if (!may_at(permission, grant.site))
      return fail(Code::denied, std::format("role {} {} allows {}, which you may not grant there",
                                            grant.role, place_of(grant.site), to_text(permission)));
  return {};
}

Result<void> WriteRules::check_manages(Permission permission,
                                       const std::vector<std::string>& sites) {
  const bool all =
      std::ranges::all_of(sites, [&](const std::string& site) { return may_at(permission, site); });
  if (all && caller_.grants->may_somewhere(permission)) return {};
  return fail(Code::denied,
              std::format("expected permission {} wherever it holds", to_text(permission)));
}

// What somebody has now, by the roles as they are stored: who may less does not take it away, nor
// give it another shape.
Result<void> WriteRules::check_covers(const domain::RoleGrant& grant) const {
  const auto stored = sources_.catalog.get(Kind::role, grant.role);
  if (!stored) return stored.error();
  const auto role = TRY(codec::read_spec<domain::RoleSpec>(stored->spec));
  for (const Permission permission : role.permissions)
    if (!may_at(permission, grant.site))
      return fail(Code::denied, std::format("it may {} {}, which you may not: expected somebody "
                                            "who may all that it may",
                                            to_text(permission), place_of(grant.site)));
  return {};
}

Result<void> WriteRules::check_covers(const domain::TokenSpec& token) const {
  if (!token.role.empty()) return check_covers(domain::RoleGrant{token.role, token.site});
  const auto holder = sources_.grants.of_person(token.person);
  if (!holder && holder.error().code == Code::not_found) return {};  // it may nothing
  if (!holder) return holder.error();
  const Extent where = TRY(sources_.grants.extent_of(token.site));
  if (caller_.grants->cover((*holder)->within(where))) return {};
  return fail(Code::denied, "the person that it acts for may do what you may not");
}

Result<void> WriteRules::prepare_person(const ObjectWrite& write) {
  const auto old = TRY(read_old<domain::PersonSpec>(write));
  domain::PersonSpec fresh;
  if (!write.deletes) fresh = TRY(codec::read_spec<domain::PersonSpec>(write.object.spec));
  std::vector<std::string> sites;
  for (const auto& grant : fresh.roles) sites.push_back(grant.site);
  if (old)
    for (const auto& grant : old->roles) sites.push_back(grant.site);
  TRY(check_manages(Permission::manage_people, sites));
  if (old && !write.deletes && *old == fresh) return {};
  if (old)
    for (const auto& grant : old->roles) TRY(check_covers(grant));
  // Somebody who is made active again gets all of it anew.
  const bool returns = old && !old->active && fresh.active;
  for (const auto& grant : fresh.roles)
    if (!old || returns || !std::ranges::contains(old->roles, grant)) TRY(check_grant(grant));
  if (old || !TRY(is_retired_name(sources_.audit, write.object.name))) return {};
  return fail(Code::conflict, std::format("Person/{}: somebody of that name was erased, and the "
                                          "name is not given again; expected another",
                                          write.object.name));
}

Result<void> WriteRules::prepare_role(const ObjectWrite& write) {
  const auto old = TRY(read_old<domain::RoleSpec>(write));
  domain::RoleSpec fresh;
  if (!write.deletes) fresh = TRY(codec::read_spec<domain::RoleSpec>(write.object.spec));
  TRY(check_manages(Permission::manage_people, {""}));
  if (old && !write.deletes && *old == fresh) return {};
  if (domain::find_built_in_role(write.object.name) != nullptr)
    return fail(Code::denied, "a built-in role cannot be changed; make one of your own");
  for (const Permission permission : fresh.permissions) {
    const bool is_new = !old || !std::ranges::contains(old->permissions, permission);
    if (is_new && !caller_.grants->may_everywhere(permission))
      return fail(Code::denied,
                  std::format("the role allows {}, which you may not grant", to_text(permission)));
  }
  if (!old) return {};
  for (const Permission permission : old->permissions) {
    const bool goes = !std::ranges::contains(fresh.permissions, permission);
    if (goes && !caller_.grants->may_everywhere(permission))
      return fail(Code::denied,
                  std::format("the role allows {}, which you may not take from others",
                              to_text(permission)));
  }
  return {};
}

Result<void> WriteRules::prepare_token(const ObjectWrite& write) {
  const auto old = TRY(read_old<domain::TokenSpec>(write));
  std::vector<std::string> sites;
  if (old) sites.push_back(old->site);
  domain::TokenSpec fresh;
  if (!write.deletes) {
    fresh = TRY(codec::read_spec<domain::TokenSpec>(write.object.spec));
    sites.push_back(fresh.site);
  }
  TRY(check_manages(Permission::manage_tokens, sites));
  if (old && !write.deletes && *old == fresh) return {};
  if (old) TRY(check_covers(*old));
  if (write.deletes) return {};
  // The role may come or change with the batch.
  return fresh.role.empty() ? check_covers(fresh) : check_grant({fresh.role, fresh.site});
}

// ---- Models ------------------------------------------------------------------------------------

Result<void> WriteRules::prepare_version(const ObjectWrite& write) {
  if (write.deletes) return {};
  const auto spec = TRY(codec::read_spec<domain::ModelVersionSpec>(write.object.spec));
  const auto old = TRY(read_old<domain::ModelVersionSpec>(write));
  if (old && *old == spec) return {};
  const bool is_other_file = !old || old->digest != spec.digest;
  if (!spec.report.empty() && (is_other_file || old->report != spec.report))
    trained_versions_.push_back(write.object.name);
  // Whatever it changes: the history of a version is no longer looked at once that has another
  // digest or is gone.
  made_versions_.push_back({write.object.name, spec.digest, spec.author});
  made_versions_.back().approvals =
      TRY(sources_.approvals.check_change(caller_, write.object.name, spec));
  return {};
}

const ObjectWrite* WriteRules::find_placed(const store::ObjectName& object) const {
  const auto it = placed_.find(object);
  return it == placed_.end() ? nullptr : it->second;
}

// Where its Device will be after the batch; absent: there is none, which the store says.
Result<std::optional<std::string>> WriteRules::site_of_edge(const std::string& edge) const {
  const ObjectWrite* write = find_placed({Kind::device, edge});
  if (write != nullptr && write->deletes) return std::optional<std::string>();
  if (write != nullptr) {
    auto spec = TRY(codec::read_spec<domain::DeviceSpec>(write->object.spec));
    if (!spec.site.empty()) return std::optional(std::move(spec.site));
    return fail(Code::conflict, std::format("Device/{} is in the same batch without a site of its "
                                            "own: expected spec.site, or two steps",
                                            excerpt(edge, 260)));
  }
  auto site = sources_.catalog.site_of(Kind::device, edge);
  if (site) return std::optional(*std::move(site));
  if (site.error().code == Code::not_found) return std::optional<std::string>();
  return site.error();
}

// What names an edge runs there, whatever site it says it is of.
Result<void> WriteRules::check_edge(const std::string& edge) const {
  if (edge.empty() || caller_.grants->may_everywhere(Permission::write_pipelines)) return {};
  const auto site = TRY(site_of_edge(edge));
  return site ? check_at_edge(edge, *site) : Result<void>();
}

Result<void> WriteRules::check_at_edge(const std::string& edge, const std::string& site) const {
  if (may_at(Permission::write_pipelines, site)) return {};
  return fail(Code::denied, std::format("expected permission {} where edge {} is",
                                        to_text(Permission::write_pipelines), excerpt(edge, 260)));
}

// Nor is it taken from there by a batch that moves the edge as well.
Result<void> WriteRules::check_edge_now(const std::string& edge) const {
  if (edge.empty() || caller_.grants->may_everywhere(Permission::write_pipelines)) return {};
  const auto site = sources_.catalog.site_of(Kind::device, edge);
  if (!site && site.error().code == Code::not_found) return {};
  if (!site) return site.error();
  return check_at_edge(edge, *site);
}

Result<void> WriteRules::prepare_connection(const ObjectWrite& write) {
  if (caller_.grants->may_everywhere(Permission::write_pipelines)) return {};
  if (const auto old = TRY(read_old<domain::ConnectionSpec>(write))) TRY(check_edge_now(old->edge));
  if (write.deletes) return {};
  return check_edge(TRY(codec::read_spec<domain::ConnectionSpec>(write.object.spec)).edge);
}

Result<void> WriteRules::prepare_pipeline(const ObjectWrite& write) {
  const auto old = TRY(read_old<domain::PipelineSpec>(write));
  std::optional<domain::PipelineSpec> fresh;
  if (!write.deletes) fresh = TRY(codec::read_spec<domain::PipelineSpec>(write.object.spec));
  if (old) TRY(check_edge_now(old->edge));
  if (fresh) TRY(check_edge(fresh->edge));
  if (fresh && fresh->model && !fresh->model->file.empty())
    return invalid(
        "spec.model.file: expected spec.model.version, for only approved versions go "
        "into service");
  const std::string version = version_of(fresh);
  const bool is_new_version = version != version_of(old);
  if (is_new_version) service_changes_.push_back({write.object.name, version});
  if (version.empty()) return {};
  const auto spec = TRY(spec_of(Kind::model_version, version));
  if (!spec) return {};  // dangles: the store says so
  const auto model = TRY(codec::read_spec<domain::ModelVersionSpec>(*spec));
  PipelineRule& rule = pipelines_[write.object.name];
  rule.approvers = TRY(sources_.approvals.approvers(version, model));
  rule.is_new = is_new_version || fresh->edge != (old ? old->edge : "");
  if (fresh->edge.empty()) return {};
  rule.edge_site = TRY(site_of_edge(fresh->edge));
  if (find_placed({Kind::device, fresh->edge}) != nullptr) rule.is_new = true;
  return {};
}

Result<void> WriteRules::permit_service(const ObjectWrite& write,
                                        const ObjectOutcome& outcome) const {
  const auto it = pipelines_.find(write.object.name);
  if (it == pipelines_.end()) return {};
  const PipelineRule& rule = it->second;
  // Where an edge is matters alone for what names it, and is asked when that moves.
  if (!rule.is_new && (rule.edge_site || outcome.site == outcome.old_site)) return {};
  const std::string& site = rule.edge_site ? *rule.edge_site : outcome.site;
  if (may_approve_at(rule.approvers, site)) return {};
  return fail(Code::denied,
              std::format("Pipeline/{}: expected an approval of its model version's digest by "
                          "somebody else with approve_models {}",
                          write.object.name, place_of(site)));
}

// ---- Edges that move ---------------------------------------------------------------------------

// `named`: what names an edge that goes to the site.
Result<void> WriteRules::permit_named(const store::ObjectLink& named,
                                      const std::string& site) const {
  if (named.other.kind != Kind::pipeline) return {};
  const auto object = TRY(sources_.catalog.get(Kind::pipeline, named.other.name));
  const auto version = version_of(TRY(codec::read_spec<domain::PipelineSpec>(object.spec)));
  if (version.empty()) return {};
  const auto stored = TRY(sources_.catalog.get(Kind::model_version, version));
  const auto model = TRY(codec::read_spec<domain::ModelVersionSpec>(stored.spec));
  if (may_approve_at(TRY(sources_.approvals.approvers(version, model)), site)) return {};
  const bool seen = caller_.grants->sees(Kind::pipeline, named.site);
  return fail(
      Code::conflict,
      std::format("{} runs there with a model version that nobody who may approve models {} "
                  "has approved; change it first",
                  seen ? "Pipeline/" + named.other.name : "a pipeline", place_of(site)));
}

// The same that naming the edge where it goes would take. What the batch writes itself has its own
// rule.
Result<void> WriteRules::permit_edge_move(const ObjectWrite& device,
                                          const ObjectOutcome& outcome) const {
  constexpr std::size_t kAtOnce = 100;
  const auto fresh = TRY(codec::read_spec<domain::DeviceSpec>(device.object.spec));
  const auto stored = TRY(sources_.catalog.get(Kind::device, device.object.name));
  const auto old = TRY(codec::read_spec<domain::DeviceSpec>(stored.spec));
  if (!fresh.edge || (old.edge && old.site == fresh.site && outcome.old_site == outcome.site))
    return {};
  const bool writes_at_both = may_at(Permission::write_pipelines, outcome.old_site) &&
                              may_at(Permission::write_pipelines, outcome.site);
  std::string cursor;
  do {
    const auto page =
        TRY(sources_.catalog.referrers(Kind::device, device.object.name, kAtOnce, cursor));
    for (const store::ObjectLink& link : page.links) {
      const bool names_it =
          link.other.kind == Kind::pipeline || link.other.kind == Kind::connection;
      if (!names_it || find_placed(link.other) != nullptr) continue;
      if (!writes_at_both)
        return fail(Code::denied,
                    std::format("Device/{}: expected permission write_pipelines where it is and "
                                "where it goes, for something of the catalog names it as its edge",
                                excerpt(device.object.name, 260)));
      if (auto permitted = permit_named(link, outcome.site); !permitted)
        return permitted.error().with("Device/" + excerpt(device.object.name, 260));
    }
    cursor = page.next;
  } while (!cursor.empty());
  return {};
}

// ---- Inside the transaction --------------------------------------------------------------------

// Nobody has written it between the look of a rule and the transaction.
Result<void> WriteRules::check_seen(const ObjectWrite& write, const ObjectOutcome& outcome) const {
  if (seen_.empty()) return {};  // of most batches, and then nobody copies names
  const auto seen = seen_.find({write.object.kind, write.object.name});
  if (seen == seen_.end() || outcome.change == ObjectChange::unchanged) return {};
  const bool same = seen->second == 0 ? outcome.change == ObjectChange::created
                                      : outcome.revision == seen->second + 1;
  if (same) return {};
  return fail(Code::conflict, "changed by another meanwhile; try again");
}

Result<void> WriteRules::permit_at(const ObjectWrite& write, const std::string& site) const {
  const Permission permission = domain::permission_to_write(write.object.kind);
  if (may_at(permission, site)) return {};
  return lacks(permission, write);
}

Result<void> WriteRules::permit_site(const ObjectWrite& write, const ObjectOutcome& outcome) const {
  const std::string parent = write.deletes ? "" : parent_of(write.object);
  if (outcome.change == ObjectChange::created) return permit_at(write, parent);
  TRY(permit_at(write, write.object.name));
  const auto old = old_parents_.find(write.object.name);
  const bool moves = !write.deletes && old != old_parents_.end() && old->second != parent;
  if (!moves) return {};
  return permit_move(write, parent);
}

// Nobody, wherever their roles are, gains or loses at the site what the mover could not give or
// take there.
Result<void> WriteRules::permit_move(const ObjectWrite& write, const std::string& parent) const {
  for (std::size_t i = 0; i < domain::kPermissions; ++i) {
    const auto permission = static_cast<Permission>(i);
    if (may_at(permission, write.object.name)) continue;
    return fail(
        Code::denied,
        std::format("Site/{}: moving it changes what others may do there: expected somebody "
                    "who may do everything there, permission {} is missing",
                    write.object.name, to_text(permission)));
  }
  return permit_at(write, parent);
}

Result<void> WriteRules::permit(const ObjectWrite& write, const ObjectOutcome& outcome) const {
  if (!refused_.empty()) {
    const auto refused = refused_.find({write.object.kind, write.object.name});
    if (refused != refused_.end()) return refused->second;
  }
  TRY(check_seen(write, outcome));
  const Kind kind = write.object.kind;
  const Permission permission = domain::permission_to_write(kind);
  // Quick for most of a large batch.
  const bool is_edge = kind == Kind::device && outcome.change == ObjectChange::updated &&
                       write.object.spec.contains(R"("edge":true)");
  const bool has_more_rules = kind == Kind::pipeline || kind == Kind::site || is_edge;
  if (!has_more_rules && caller_.grants->may_everywhere(permission)) return {};
  if (kind == Kind::person || kind == Kind::role || kind == Kind::token) return {};
  if (!is_sited(kind)) {
    if (caller_.grants->may_somewhere(permission)) return {};
    return lacks(permission, write);
  }
  if (kind == Kind::site) return permit_site(write, outcome);
  if (outcome.change != ObjectChange::created) TRY(permit_at(write, outcome.old_site));
  if (outcome.change != ObjectChange::deleted) TRY(permit_at(write, outcome.site));
  if (kind == Kind::pipeline) return permit_service(write, outcome);
  if (is_edge) return permit_edge_move(write, outcome);
  return {};
}

}  // namespace lineside::hub
