#include <algorithm>
#include <array>
#include <format>

#include "base/text.h"
#include "codec/schema.h"
#include "hub/api/api_internal.h"

namespace lineside::hub {

using domain::Kind;
using domain::Permission;

namespace {

template <domain::Described S>
constexpr Shape shape_of() {
  return {Shape::Form::described, "application/json",
          [](codec::JsonWriter& json) { codec::write_schema<S>(json); }};
}
constexpr Shape kObject = {Shape::Form::object};
constexpr Shape kObjects = {Shape::Form::object_list};
constexpr Shape kAnything = {Shape::Form::custom, "application/json", [](codec::JsonWriter& json) {
                               json.begin_object().member("type", "object").end_object();
                             }};
constexpr Shape of_type(std::string_view type) {
  return {Shape::Form::custom, type, [](codec::JsonWriter& json) {
            json.begin_object().member("type", "string").end_object();
          }};
}
constexpr Shape kText = of_type("text/plain");

constexpr auto kObjectRoutes = std::to_array<Route>({
    {.method = "GET",
     .path = "",
     .parameters = "prefix,limit,cursor,count",
     .answer = list_objects,
     .summary = "objects of the kind",
     .reply = kObjects,
     .filters = true},
    {.method = "GET",
     .path = "{name}",
     .parameters = "revision",
     .answer = show_object,
     .summary = "an object, as it is or was",
     .reply = kObject},
    {.method = "PUT",
     .path = "{name}",
     .parameters = "dry_run,note",
     .answer = put_object,
     .summary = "makes or changes an object",
     .body = kObject,
     .reply = kObject},
    {.method = "DELETE",
     .path = "{name}",
     .parameters = "dry_run,note",
     .answer = delete_object,
     .summary = "deletes an object that nothing refers to",
     .status = 204,
     .dry_reply = shape_of<DeletionView>()},
    {.method = "GET",
     .path = "{name}/history",
     .parameters = "limit,before",
     .answer = list_history,
     .summary = "its revisions, newest first",
     .reply = shape_of<SoundItems<HistoryItem>>()},
    {.method = "GET",
     .path = "{name}/diff",
     .parameters = "from,to",
     .answer = show_diff,
     .summary = "what differs between two revisions",
     .reply = kAnything},
    {.method = "POST",
     .path = "{name}/restore",
     .parameters = "",
     .answer = restore_object,
     .summary = "makes the spec of a past revision the current one",
     .body = shape_of<RestoreBody>(),
     .reply = kObject},
    {.method = "GET",
     .path = "{name}/graph",
     .parameters = "direction,depth,limit,cursor",
     .answer = show_graph,
     .summary = "what it rests on and what rests on it",
     .reply = shape_of<GraphView>()},
    {.method = "POST",
     .path = "{name}/invitation",
     .parameters = "",
     .needs = Permission::manage_people,
     .answer = invite_person,
     .summary = "a link by which the person sets a password",
     .reply = shape_of<LinkView>(),
     .only = Kind::person},
    {.method = "POST",
     .path = "{name}/erasure",
     .parameters = "",
     .needs = Permission::erase,
     .everywhere = true,
     .answer = erase_person,
     .summary = "deletes a person, and what is personal of somebody deleted, for good",
     .status = 204,
     .only = Kind::person},
    {.method = "POST",
     .path = "{name}/secret",
     .parameters = "",
     .needs = Permission::manage_tokens,
     .answer = issue_token,
     .summary = "a new secret of the token; the one before is void",
     .reply = shape_of<SecretView>(),
     .only = Kind::token},
});

constexpr auto kPlainRoutes = std::to_array<Route>({
    {.method = "GET",
     .path = "/healthz",
     .door = Door::open,
     .answer = show_health,
     .summary = "ok while it answers",
     .reply = kText},
    {.method = "GET",
     .path = "/metrics",
     .answer = give_metrics,
     .summary = "figures in Prometheus text format",
     .reply = kText},
    {.method = "GET",
     .path = "/api/v1/openapi.json",
     .door = Door::open,
     .answer = show_openapi,
     .summary = "this document",
     .reply = kAnything},
    {.method = "POST",
     .path = "/api/v1/session",
     .door = Door::open,
     .answer = sign_in,
     .summary = "signs in",
     .body = shape_of<SignInBody>(),
     .reply = shape_of<SessionView>()},
    {.method = "GET",
     .path = "/api/v1/session",
     .answer = show_session,
     .summary = "who the caller is and what he may do",
     .reply = shape_of<SessionView>()},
    {.method = "DELETE",
     .path = "/api/v1/session",
     .door = Door::session,
     .answer = sign_out,
     .summary = "signs out",
     .status = 204},
    {.method = "POST",
     .path = "/api/v1/setup",
     .door = Door::open,
     .answer = set_up,
     .summary = "makes the first person, an admin",
     .body = shape_of<SetupBody>(),
     .reply = shape_of<SessionView>()},
    {.method = "POST",
     .path = "/api/v1/welcome",
     .door = Door::open,
     .answer = welcome,
     .summary = "sets a password by an invitation",
     .body = shape_of<WelcomeBody>(),
     .reply = shape_of<SessionView>()},
    {.method = "POST",
     .path = "/api/v1/password",
     .door = Door::session,
     .answer = change_password,
     .summary = "changes the password and ends all other sessions",
     .body = shape_of<PasswordBody>(),
     .status = 204},
    {.method = "POST",
     .path = "/api/v1/apply",
     .parameters = "dry_run,note",
     .answer = apply_objects,
     .summary = "makes and changes many objects, all or nothing; JSON or YAML",
     .body = kAnything,
     .reply = shape_of<AppliedView>()},
    {.method = "POST",
     .path = "/api/v1/delete",
     .parameters = "dry_run,note",
     .answer = delete_objects,
     .summary = "deletes the objects that manifests name, all or nothing; JSON or YAML",
     .body = kAnything,
     .reply = shape_of<AppliedView>()},
    {.method = "POST",
     .path = "/api/v1/diff",
     .answer = diff_objects,
     .summary = "what applying the same body would change",
     .body = kAnything,
     .reply = kAnything},
    {.method = "GET",
     .path = "/api/v1/search",
     .parameters = "text,kind,limit",
     .needs = Permission::read,
     .answer = search_objects,
     .summary = "objects by a part of name or title",
     .reply = kObjects},
    {.method = "GET",
     .path = "/api/v1/changes",
     .parameters = "after,limit",
     .needs = Permission::read,
     .answer = list_changes,
     .summary = "what changed after an entry of the audit log",
     .reply = shape_of<SoundItems<ChangeView>>()},
    {.method = "GET",
     .path = "/api/v1/status",
     .needs = Permission::read,
     .answer = summarize_hub,
     .summary = "the hub as a whole",
     .reply = kAnything},
    {.method = "GET",
     .path = "/api/v1/events",
     .answer = follow_events,
     .summary = "server-sent events: change, edge, approval",
     .reply = of_type("text/event-stream")},
    {.method = "GET",
     .path = "/api/v1/audit/checkpoint",
     .needs = Permission::read_audit,
     .answer = show_checkpoint,
     .summary = "the newest signed note of the log",
     .reply = kText},
    {.method = "GET",
     .path = "/api/v1/audit/key",
     .needs = Permission::read_audit,
     .answer = show_audit_key,
     .summary = "the key that checkpoints are verified with",
     .reply = kText},
    {.method = "GET",
     .path = "/api/v1/audit/entries",
     .parameters = "from,until,action,actor,subject,before,limit",
     .needs = Permission::read_audit,
     .answer = list_entries,
     .summary = "entries, newest first",
     .reply = shape_of<Items<AuditView>>()},
    {.method = "GET",
     .path = "/api/v1/audit/entries/{index}",
     .needs = Permission::read_audit,
     .answer = show_entry,
     .summary = "an entry with its hash",
     .reply = shape_of<AuditView>()},
    {.method = "GET",
     .path = "/api/v1/audit/proof/{index}",
     .parameters = "size",
     .needs = Permission::read_audit,
     .answer = show_proof,
     .summary = "that the log holds the entry; {index}.tlog-proof gives it as C2SP text",
     .reply = shape_of<ProofView>()},
    {.method = "GET",
     .path = "/api/v1/audit/consistency",
     .parameters = "from,to",
     .needs = Permission::read_audit,
     .answer = show_consistency,
     .summary = "that the log only grew",
     .reply = shape_of<ConsistencyView>()},
    {.method = "GET",
     .path = "/api/v1/audit/leaves",
     .parameters = "first,limit",
     .needs = Permission::read_audit,
     .everywhere = true,
     .answer = list_leaves,
     .summary = "entries in order, a line each, for verification elsewhere",
     .reply = of_type("application/x-ndjson")},
    {.method = "GET",
     .path = "/api/v1/approvals",
     .parameters = "state,limit,before",
     .needs = Permission::read,
     .answer = list_approvals,
     .summary = "approvals, newest first",
     .reply = shape_of<ApprovalItems>()},
    {.method = "POST",
     .path = "/api/v1/approvals",
     .needs = Permission::read,
     .answer = request_approval,
     .summary = "asks for the approval of a model version",
     .body = shape_of<ApprovalBody>(),
     .reply = shape_of<ApprovalView>(),
     .status = 201},
    {.method = "GET",
     .path = "/api/v1/approvals/{id}",
     .needs = Permission::read,
     .answer = show_approval,
     .summary = "one of them",
     .reply = shape_of<ApprovalView>()},
    {.method = "POST",
     .path = "/api/v1/approvals/{id}/decision",
     .door = Door::session,
     .needs = Permission::approve_models,
     .answer = decide_approval,
     .summary = "approves or rejects exactly one digest",
     .body = shape_of<DecisionBody>(),
     .reply = shape_of<ApprovalView>()},
    {.method = "POST",
     .path = "/api/v1/artifacts",
     .parameters = "digest,media_type",
     .needs = Permission::write_models,
     .answer = upload_artifact,
     .summary = "takes an artifact, at most 1 GiB",
     .body = of_type("application/octet-stream"),
     .reply = shape_of<ArtifactView>(),
     .status = 201},
    {.method = "GET",
     .path = "/api/v1/artifacts/{digest}",
     .needs = Permission::read,
     .answer = show_artifact,
     .summary = "its bytes, also in ranges",
     .reply = of_type("application/octet-stream")},
    {.method = "GET",
     .path = "/api/v1/enrolments",
     .needs = Permission::manage_edges,
     .answer = list_enrolments,
     .summary = "tokens with which edges enrol",
     .reply = shape_of<SoundItems<EnrolmentView>>()},
    {.method = "POST",
     .path = "/api/v1/enrolments",
     .needs = Permission::manage_edges,
     .answer = add_enrolment,
     .summary = "makes one; its secret is shown once",
     .body = shape_of<EnrolmentBody>(),
     .reply = shape_of<EnrolmentSecretView>(),
     .status = 201},
    {.method = "DELETE",
     .path = "/api/v1/enrolments/{name}",
     .needs = Permission::manage_edges,
     .answer = remove_enrolment,
     .summary = "makes it void",
     .status = 204},
    {.method = "GET",
     .path = "/api/v1/edges",
     .parameters = "site,state,digest,limit,cursor",
     .needs = Permission::read,
     .answer = list_edges,
     .summary = "enrolled edges and how they stand",
     .reply = shape_of<Items<EdgeView>>()},
    {.method = "GET",
     .path = "/api/v1/edges/{name}",
     .needs = Permission::read,
     .answer = show_edge,
     .summary = "an edge: what is desired, what it reported, its certificates",
     .reply = kAnything},
    {.method = "GET",
     .path = "/api/v1/edges/{name}/alerts",
     .parameters = "limit,cursor",
     .needs = Permission::read,
     .answer = list_edge_alerts,
     .summary = "what it raised, newest first, and what operators said of it",
     .reply = shape_of<SoundItems<AlertView>>()},
    {.method = "DELETE",
     .path = "/api/v1/edges/{name}",
     .needs = Permission::manage_edges,
     .answer = remove_edge,
     .summary = "forgets the edge; its certificates are revoked",
     .status = 204},
    {.method = "POST",
     .path = "/api/v1/edges/{name}/revoke",
     .needs = Permission::manage_edges,
     .answer = revoke_edge,
     .summary = "revokes its certificates at once",
     .body = shape_of<ReasonBody>(),
     .status = 204},
});

bool is_method(std::string_view wanted, std::string_view method) {
  return wanted == method || (wanted == "GET" && method == "HEAD");
}

// What the placeholders of the pattern stand for, if the segments fit it.
std::optional<std::vector<std::string>> fit(std::string_view pattern,
                                            std::span<const std::string> segments) {
  const auto parts = pattern.empty() ? std::vector<std::string_view>() : split(pattern, '/');
  if (parts.size() != segments.size()) return std::nullopt;
  std::vector<std::string> captured;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    if (parts[i].starts_with('{'))
      captured.push_back(segments[i]);
    else if (parts[i] != segments[i])
      return std::nullopt;
  }
  return captured;
}

void allow(std::string& allowed, std::string_view method) {
  if (allowed.contains(method)) return;
  allowed += std::format("{}{}", allowed.empty() ? "" : ", ", method);
  if (method == "GET") allowed += ", HEAD";
}

// Takes the first route of the method that fits; else notes what methods there are.
void take(RouteMatch& match, const Route& route, std::string_view method,
          std::optional<std::vector<std::string>> captured) {
  if (!captured || match.route != nullptr) return;
  allow(match.allowed, route.method);
  if (!is_method(route.method, method)) return;
  match.route = &route;
  match.captured = std::move(*captured);
}

RouteMatch find_object_route(Kind kind, std::string_view method,
                             std::span<const std::string> segments) {
  RouteMatch match;
  match.kind = kind;
  // A stream's name has two segments.
  const std::size_t parts = kind == Kind::stream ? 2 : 1;
  std::vector<std::string> rest(segments.begin(), segments.end());
  if (rest.size() >= parts) {
    match.name = rest[0];
    for (std::size_t i = 1; i < parts; ++i) match.name += "/" + rest[i];
    rest.erase(rest.begin() + 1, rest.begin() + static_cast<std::ptrdiff_t>(parts));
    rest[0] = match.name;
  } else if (!rest.empty()) {
    return match;
  }
  for (const Route& route : kObjectRoutes)
    if (!route.only || route.only == kind) take(match, route, method, fit(route.path, rest));
  return match;
}

}  // namespace

std::span<const Route> object_routes() { return kObjectRoutes; }
std::span<const Route> plain_routes() { return kPlainRoutes; }

RouteMatch find_route(std::string_view method, const net::HttpTarget& target) {
  const std::span<const std::string> segments = target.segments;
  if (segments.size() >= 3 && segments[0] == "api" && segments[1] == "v1")
    if (const auto kind = domain::kind_of_segment(segments[2]))
      return find_object_route(*kind, method, segments.subspan(3));
  RouteMatch match;
  for (const Route& route : kPlainRoutes)
    take(match, route, method, fit(route.path.substr(1), segments));
  return match;
}

namespace {

// A value that no object can have is a mistake, not a list of nothing.
Result<void> check_value(const codec::FilterField& filter, const std::string& value) {
  if (filter.values.empty() || std::ranges::contains(filter.values, value)) return {};
  std::string expected;
  for (const std::string_view one : filter.values)
    expected.append(expected.empty() ? "" : ", ").append(one);
  const auto near = nearest(value, filter.values);
  return invalid(std::format("{}: expected one of {}, found '{}'{}", filter.field, expected,
                             excerpt(value, 40),
                             near ? std::format(", did you mean '{}'", *near) : ""));
}

}  // namespace

Result<void> check_parameters(const RouteMatch& match, const net::HttpTarget& target) {
  std::vector<std::string_view> known;
  if (!match.route->parameters.empty()) known = split(match.route->parameters, ',');
  std::vector<codec::FilterField> filters;
  if (match.route->filters) filters = codec::filter_fields(*match.kind);
  for (const auto& filter : filters) known.emplace_back(filter.field);
  for (const auto& [name, value] : target.query) {
    if (!std::ranges::contains(known, name)) {
      const auto near = nearest(name, known);
      return invalid(std::format("unknown parameter '{}'{}", excerpt(name, 40),
                                 near ? std::format(", did you mean '{}'", *near) : ""));
    }
    if (std::ranges::count(target.query, name, &std::pair<std::string, std::string>::first) > 1)
      return invalid(std::format("{}: given twice", name));
    const auto filter = std::ranges::find(filters, name, &codec::FilterField::field);
    if (filter != filters.end()) TRY(check_value(*filter, value));
  }
  return {};
}

}  // namespace lineside::hub
