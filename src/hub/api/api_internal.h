// What the answers of the API share. Only api/*.cc include this.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "codec/catalog.h"
#include "codec/json_struct.h"
#include "codec/json_writer.h"
#include "hub/api/api.h"
#include "hub/api/routes_internal.h"
#include "hub/api/shapes_access.h"
#include "hub/api/shapes_catalog.h"
#include "hub/api/shapes_edges.h"
#include "hub/api/shapes_governance.h"

namespace lineside::hub {

using ApiAnswer = Result<net::HttpResponse>;

// Who a request is from; nobody: it says nothing of it. Errors: unauthenticated.
Result<std::optional<Caller>> identify(const ApiParts& parts, const net::HttpRequest& request);
// Whether the commitment to a person may stand in the entry of a call of theirs.
bool may_find_in_log(const std::optional<Caller>& caller);
// Errors: denied, for a change made with a session and without its CSRF token.
Result<void> check_csrf(const ApiParts& parts, const net::HttpRequest& request);
// The value of the session's cookie; empty: none.
std::string_view session_cookie(const ApiParts& parts, const net::HttpRequest& request);

// What the audit log is to know of a refusal beyond the answer.
struct Refused {
  bool unseen = false;  // about what is not there, as far as the caller sees
  std::string object;   // of a batch, what may not be changed: "Kind/name"
  bool look = false;    // a dry run about what the caller sees: he tried nothing
};

struct ApiCall {
  ApiParts& parts;
  const net::HttpRequest& request;
  const RouteMatch& route;
  const Caller* caller;  // null where a route needs none and nobody is there
  Refused& refused;

  // Empty where it is not given.
  std::string_view parameter(std::string_view name) const {
    return request.target.parameter(name).value_or("");
  }
  // A whole number of the query. Errors: invalid.
  Result<std::uint64_t> number(std::string_view name, std::uint64_t otherwise, std::uint64_t min,
                               std::uint64_t max) const;
  Result<std::size_t> limit(std::size_t otherwise = 100, std::size_t max = 1000) const;
  // "true" or "false". Errors: invalid.
  Result<bool> flag(std::string_view name) const;
  // Why, in the caller's words. Errors: invalid (characters that are no text).
  Result<std::string> note() const;

  const Grants& grants() const { return *caller->grants; }
  Hub& hub() const { return parts.hub; }
  store::HubDb& db() const { return parts.hub.db(); }
  Time now() const { return parts.hub.world().clock.now(); }
  domain::Kind kind() const { return *route.kind; }
  const std::string& name() const { return route.name; }

  // Whether there may be objects of the kind that the caller does not see.
  bool may_hide(domain::Kind kind) const {
    return !grants().may_everywhere(domain::permission_to_read(kind));
  }
  // The body, wherever it is. Errors: those of its sink.
  Result<std::string_view> body() const;
  // A small body. Errors: invalid.
  template <domain::Described S>
  Result<S> read() const {
    TRY(codec::check_texts(request.body, "body"));
    return read_with_secrets<S>();
  }
  // The same of one that holds a password, which may be of any characters. Errors: invalid.
  template <domain::Described S>
  Result<S> read_with_secrets() const {
    return codec::read_json<S>(request.body, "body");
  }
};

// One transaction of what the caller asks for, if what let him in still holds. Errors: those of the
// body, unauthenticated.
Result<void> as_caller(const ApiCall& call, const std::function<Result<void>()>& body);

net::HttpResponse json_answer(int status, codec::JsonWriter& json);
net::HttpResponse text_response(std::string text, std::string_view type = "text/plain");
net::HttpResponse no_content();
template <domain::Described S>
net::HttpResponse response_of(const S& view, int status = 200) {
  codec::JsonWriter json;
  json.value(view);
  return json_answer(status, json);
}

// One error, with what is wrong in detail: of that the first domain::kProblemsMax, and how many
// more there are, those included that are not in `problems`.
net::HttpResponse error_response(int status, const Error& error,
                                 const std::vector<domain::Problem>& problems = {},
                                 std::size_t more = 0);
// "problems" of an open object, as error_response() has them; nothing where there are none.
void write_problems(codec::JsonWriter& json, const std::vector<domain::Problem>& problems,
                    std::size_t more);
// What a list leaves out because it is damaged goes to the log; how many, absent: none.
std::optional<std::uint64_t> log_damaged(const std::vector<std::string>& damaged);
// The same of revisions, of those whose place the caller may see.
std::optional<std::uint64_t> log_damaged(const ApiCall& call,
                                         const std::vector<store::DamagedRevision>& damaged);
// 429 with Retry-After.
net::HttpResponse throttled(const Error& error, Duration wait);

// ---- Objects -----------------------------------------------------------------------------------

// {apiVersion, kind, name, spec, meta} of a stored object; the answer to a write has `warnings` in
// its meta, where there are any.
void write_object(codec::JsonWriter& json, const store::StoredObject& object,
                  const std::vector<std::string>& warnings = {});
// write_warnings() of what is written, or would be. What they cannot be made of is for the log: the
// write is done.
std::vector<std::string> warnings_of(const ApiCall& call,
                                     const std::vector<store::ObjectWrite>& writes);
// An object as the caller sees it; nothing where it is not there, or is there and not to be seen,
// which takes alike to find. current(): that of the call.
Result<std::optional<store::StoredObject>> current_of(const ApiCall& call,
                                                      const store::ObjectName& name);
Result<std::optional<store::StoredObject>> current(const ApiCall& call);
// That the object of the call is not there, with what may have been meant; `near`: that is known.
Error no_object(const ApiCall& call, std::optional<std::string> near = {});
// The object if the caller sees it. Errors: not_found, as no_object() has it.
Result<store::StoredObject> find_object(const ApiCall& call);
// The site that a parameter of the request names, and those below it, of which the caller has the
// permission. Errors: invalid, alike for a site that is not there and one that is not to be seen.
Result<std::vector<std::string>> sites_asked(const ApiCall& call, domain::Permission reads,
                                             std::string_view parameter);
// One revision, for who sees where it was; of a deleted object too. Errors: not_found.
Result<store::StoredObject> find_revision(const ApiCall& call, std::int64_t number);
// Whether the caller sees objects of the kind there; absent: wherever that was.
bool sees_at(const ApiCall& call, domain::Kind kind, const std::optional<std::string>& site);

void write_differences(codec::JsonWriter& json, const std::vector<codec::Difference>& differences);

// What went wrong with a batch: 403, 409 with `latest`, 412 where `by_header`, or 422. `parsed` is
// where the writes came from; null: from elsewhere.
struct BatchProblems {
  const std::vector<store::ObjectWrite>& writes;
  const store::Applied& applied;
  const codec::ParsedObjects* parsed = nullptr;
  bool by_header = false;
};
Result<net::HttpResponse> problems_response(const ApiCall& call, const BatchProblems& batch);
// Nothing of people to who does not read them: it is told before rights are looked at.
std::vector<domain::Problem> ref_problems(const ApiCall& call, const codec::ParsedObjects& parsed);

// A body in memory whose size counts against that of all others.
class MemorySink;
std::unique_ptr<net::HttpSink> memory_sink(ApiParts& parts);
std::unique_ptr<net::HttpSink> artifact_sink(ApiParts& parts, std::uint64_t bytes_max);

// ---- Answers -----------------------------------------------------------------------------------

// api_session.cc
ApiAnswer sign_in(const ApiCall& call);
ApiAnswer show_session(const ApiCall& call);
ApiAnswer sign_out(const ApiCall& call);
ApiAnswer set_up(const ApiCall& call);
ApiAnswer welcome(const ApiCall& call);
ApiAnswer change_password(const ApiCall& call);
ApiAnswer invite_person(const ApiCall& call);
ApiAnswer erase_person(const ApiCall& call);
ApiAnswer issue_token(const ApiCall& call);
// api_objects.cc
ApiAnswer list_objects(const ApiCall& call);
ApiAnswer show_object(const ApiCall& call);
ApiAnswer put_object(const ApiCall& call);
ApiAnswer delete_object(const ApiCall& call);
// api_past.cc
ApiAnswer list_history(const ApiCall& call);
ApiAnswer show_diff(const ApiCall& call);
ApiAnswer restore_object(const ApiCall& call);
ApiAnswer list_changes(const ApiCall& call);
// api_search.cc
ApiAnswer show_graph(const ApiCall& call);
ApiAnswer search_objects(const ApiCall& call);
// api_apply.cc
ApiAnswer apply_objects(const ApiCall& call);
ApiAnswer delete_objects(const ApiCall& call);
ApiAnswer diff_objects(const ApiCall& call);
// api_audit.cc
ApiAnswer show_checkpoint(const ApiCall& call);
ApiAnswer show_audit_key(const ApiCall& call);
ApiAnswer list_entries(const ApiCall& call);
ApiAnswer show_entry(const ApiCall& call);
ApiAnswer show_proof(const ApiCall& call);
ApiAnswer show_consistency(const ApiCall& call);
ApiAnswer list_leaves(const ApiCall& call);
// api_approvals.cc
ApiAnswer list_approvals(const ApiCall& call);
ApiAnswer request_approval(const ApiCall& call);
ApiAnswer show_approval(const ApiCall& call);
ApiAnswer decide_approval(const ApiCall& call);
// api_artifacts.cc
ApiAnswer upload_artifact(const ApiCall& call);
ApiAnswer show_artifact(const ApiCall& call);
// api_edges.cc
ApiAnswer list_enrolments(const ApiCall& call);
ApiAnswer add_enrolment(const ApiCall& call);
ApiAnswer remove_enrolment(const ApiCall& call);
ApiAnswer list_edges(const ApiCall& call);
ApiAnswer show_edge(const ApiCall& call);
ApiAnswer list_edge_alerts(const ApiCall& call);
ApiAnswer revoke_edge(const ApiCall& call);
ApiAnswer remove_edge(const ApiCall& call);
// How many edges stand how, of those the caller sees.
struct EdgeCounts {
  std::array<std::uint64_t, 7> by_state{};  // as TwinState counts
  std::uint64_t enrolled = 0;
  std::uint64_t connected = 0;  // that are neither silent nor stopped, and came
};
Result<EdgeCounts> count_edges(const ApiCall& call);
// api_status.cc
ApiAnswer summarize_hub(const ApiCall& call);
ApiAnswer give_metrics(const ApiCall& call);
ApiAnswer show_openapi(const ApiCall& call);
ApiAnswer show_health(const ApiCall& call);
// api_events.cc
ApiAnswer follow_events(const ApiCall& call);
// Tells readers of the feed what changed; a listener of the hub.
void publish_changes(Hub& hub, std::span<const store::CatalogChange> changes);

}  // namespace lineside::hub
