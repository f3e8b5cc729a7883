#include <algorithm>
#include <charconv>
#include <format>
#include <optional>

#include "base/text.h"
#include "codec/json_struct.h"
#include "codec/tree.h"
#include "crypt/digest.h"
#include "domain/models.h"
#include "domain/reading.h"
#include "hub/api/api_internal.h"
#include "hub/audit_entry.h"

namespace lineside::hub {

using domain::Permission;

namespace {

constexpr std::size_t kEdgesAtOnce = 1000;
constexpr std::size_t kJoinSecretBytes = 32;

constexpr std::size_t kCertificatesShown = 100;

EdgeView view_of(const ApiCall& call, const TwinFacts& facts) {
  const Twin twin = judge(facts, call.now());
  EdgeView view;
  view.name = facts.edge.edge;
  view.site = facts.edge.site;
  view.state = twin.state;
  view.why = twin.why;
  view.enrolled = facts.edge.enrolled;
  view.seen = facts.edge.seen;
  view.desired_version = facts.edge.desired_version;
  view.reported_version = facts.edge.reported_version;
  if (facts.newest && !facts.newest->revoked) view.certificate_expires = facts.newest->not_after;
  return view;
}

Error no_edge(const std::string& name) {
  return fail(Code::not_found, std::format("no edge '{}'", excerpt(name, 128)));
}

// The edge if the caller has the permission at its site. Errors: not_found where he cannot even see
// it, denied.
Result<store::EdgeState> find_edge(const ApiCall& call, Permission permission) {
  const std::string& name = call.route.captured.front();
  auto edge = call.db().edges().state(name);
  if (!edge && edge.error().code == Code::not_found) return no_edge(name);
  if (!edge) return edge.error();
  if (!call.grants().may(Permission::read, edge->site)) return no_edge(name);
  if (call.grants().may(permission, edge->site)) return *std::move(edge);
  return fail(Code::denied,
              std::format("expected permission {} at the edge's site", to_text(permission)));
}

void publish_edge(const ApiCall& call, const store::EdgeState& edge, std::string_view change) {
  codec::JsonWriter json;
  json.begin_object().member("edge", edge.edge).member("change", change).end_object();
  call.hub().feed().publish({.type = "edge", .json = json.take(), .site = edge.site});
}

Result<store::Revocation> revocation(const ApiCall& call, std::string reason) {
  const std::string actor = TRY(actor_of(call.db().audit(), *call.caller));
  return store::Revocation{call.now(), actor, std::move(reason)};
}

std::string join_command(const Hub& hub, const std::string& secret) {
  return std::format("lineside edge join {} --token {} --ca-sha256 {}", hub.url(), secret,
                     hub.trust().sha256);
}

}  // namespace

// ---- Enrolment ---------------------------------------------------------------------------------

ApiAnswer list_enrolments(const ApiCall& call) {
  const auto is_his = [&](const auto& token) {
    return call.grants().may(Permission::manage_edges, token.site);
  };
  std::vector<store::DamagedEnrolment> damaged;
  const auto tokens = TRY(call.db().tokens().enrolments(&damaged));
  SoundItems<EnrolmentView> view;
  for (const store::EnrolmentToken& token : tokens)
    if (is_his(token))
      view.items.push_back({token.name, token.site, token.edge, token.created_by, token.created,
                            token.expires, token.uses, token.max_uses});
  std::vector<std::string> texts;
  for (const store::DamagedEnrolment& token : damaged)
    if (is_his(token)) texts.push_back(token.text);
  view.damaged = log_damaged(texts);
  return response_of(view);
}

ApiAnswer add_enrolment(const ApiCall& call) {
  const auto body = TRY(call.read<EnrolmentBody>());
  for (const auto& [what, name] : {std::pair("name", body.name), std::pair("edge", body.edge)})
    if (!domain::is_name(name) && !(what == std::string_view("edge") && name.empty()))
      return invalid(std::format("{}: expected 1 to 128 of A-Z a-z 0-9 . _ : -, found '{}'", what,
                                 excerpt(name, 60)));
  // A site that is not there and one that is not his are the same to the caller, unless all are
  // his.
  const bool is_there = call.db().catalog().site_of(domain::Kind::site, body.site).has_value();
  if (!is_there && call.grants().may_everywhere(Permission::manage_edges))
    return fail(Code::not_found, std::format("no site '{}'", excerpt(body.site, 128)));
  if (!is_there || !call.grants().may(Permission::manage_edges, body.site))
    return fail(Code::denied, "no such site, or no permission manage_edges at it");
  // It would join again, in the place of what is there.
  if (const auto there = call.db().edges().state(body.edge);
      there && !call.grants().may(Permission::manage_edges, there->site))
    return fail(Code::denied, "expected permission manage_edges at the edge's site");
  store::EnrolmentToken token;
  const std::string secret = "lse_" + call.hub().world().random.token(kJoinSecretBytes);
  token.name = body.name;
  token.digest = Sessions::digest_of(secret);
  token.site = body.site;
  token.edge = body.edge;
  token.created_by = call.caller->author();
  token.created = call.now();
  token.expires = call.now() + body.expires_in;
  token.max_uses = static_cast<std::uint32_t>(body.uses);
  const std::string actor = TRY(actor_of(call.db().audit(), *call.caller));
  const auto entry = audit_entry(call.now(), "enrolment.issued", actor, "Enrolment/" + body.name,
                                 {{"site", body.site}, {"uses", std::to_string(body.uses)}});
  const auto added = as_caller(
      call, [&] { return call.db().tokens().add_enrolment(token, std::span(&entry, 1)); });
  // The name may be one that is not to be seen; who tries for such names stands in the log.
  call.refused.unseen = !added && added.error().code == Code::conflict &&
                        !call.grants().may_everywhere(Permission::manage_edges);
  if (!added) return added.error();
  return response_of(EnrolmentSecretView{secret, join_command(call.hub(), secret), token.expires},
                     201);
}

ApiAnswer remove_enrolment(const ApiCall& call) {
  const std::string& name = call.route.captured.front();
  // One that is damaged goes like any other.
  std::vector<store::DamagedEnrolment> damaged;
  const auto tokens = TRY(call.db().tokens().enrolments(&damaged));
  std::optional<std::string> site;
  for (const store::EnrolmentToken& token : tokens)
    if (token.name == name) site = token.site;
  for (const store::DamagedEnrolment& token : damaged)
    if (token.name == name) site = token.site;
  if (!site || !call.grants().may(Permission::manage_edges, *site))
    return fail(Code::not_found, std::format("no enrolment token '{}'", excerpt(name, 128)));
  const std::string actor = TRY(actor_of(call.db().audit(), *call.caller));
  const auto entry =
      audit_entry(call.now(), "enrolment.revoked", actor, "Enrolment/" + name, {{"site", *site}});
  TRY(as_caller(call,
                [&] { return call.db().tokens().remove_enrolment(name, std::span(&entry, 1)); }));
  return no_content();
}

// ---- Edges -------------------------------------------------------------------------------------

namespace {

bool is_connected(TwinState state) {
  return state != TwinState::silent && state != TwinState::stopped && state != TwinState::never;
}

}  // namespace

Result<EdgeCounts> count_edges(const ApiCall& call) {
  EdgeCounts counts;
  std::string after;
  while (true) {
    auto edges = TRY(call.db().edges().standings(
        after, kEdgesAtOnce, call.grants().visible_sites(domain::Kind::device)));
    if (!edges.empty()) after = edges.back().state.edge;
    for (store::EdgeStanding& edge : edges) {
      const Twin twin = judge(facts_of(std::move(edge)), call.now());
      ++counts.by_state[static_cast<std::size_t>(twin.state)];
      ++counts.enrolled;
      if (is_connected(twin.state)) ++counts.connected;
    }
    if (edges.size() < kEdgesAtOnce) return counts;
  }
}

namespace {

struct EdgeFilter {
  store::SiteFilter sites;
  std::optional<TwinState> state;
  std::string digest;  // of a model that it says it runs; empty: any
};

Result<EdgeFilter> filter_of(const ApiCall& call) {
  EdgeFilter filter;
  filter.sites = call.grants().visible_sites(domain::Kind::device);
  if (call.request.target.parameter("site"))
    filter.sites = TRY(sites_asked(call, Permission::read, "site"));
  if (const auto state = call.request.target.parameter("state")) {
    filter.state = domain::from_text<TwinState>(*state);
    if (!filter.state)
      return invalid(
          std::format("state: expected in_sync, applying, behind, failed, silent, stopped or "
                      "never, found '{}'",
                      excerpt(*state, 40)));
  }
  filter.digest = call.parameter("digest");
  if (!filter.digest.empty() && !domain::is_digest(filter.digest))
    return invalid(std::format("digest: expected sha256:<64 lower-case hex digits>, found '{}'",
                               excerpt(filter.digest, 80)));
  return filter;
}

bool runs_model(const TwinFacts& facts, const std::string& digest) {
  return facts.report && std::ranges::contains(facts.report->runs.pipelines, digest,
                                               &wire::RunningPipeline::model_digest);
}

}  // namespace

ApiAnswer list_edges(const ApiCall& call) {
  const EdgeFilter filter = TRY(filter_of(call));
  const std::size_t limit = TRY(call.limit());
  const bool looks_at_each = filter.state || !filter.digest.empty();
  const std::size_t at_once = looks_at_each ? kEdgesAtOnce : limit;
  Items<EdgeView> view;
  std::string after(call.parameter("cursor"));
  while (true) {
    const auto edges = TRY(call.db().edges().states(after, at_once, filter.sites));
    for (const store::EdgeState& edge : edges) {
      after = edge.edge;
      const TwinFacts facts = TRY(twin_facts(call.db(), edge));
      if (filter.state && judge(facts, call.now()).state != *filter.state) continue;
      if (!filter.digest.empty() && !runs_model(facts, filter.digest)) continue;
      view.items.push_back(view_of(call, facts));
      if (view.items.size() == limit) break;
    }
    if (view.items.size() == limit) view.next = after;
    if (view.next || edges.size() < at_once) return response_of(view);
  }
}

// What is stored as JSON and shown as it is.
Result<void> check_stored(const std::string& document, std::string_view what,
                          const std::string& edge) {
  std::vector<domain::Problem> problems;
  const codec::TreeLimits limits{.bytes = document.size()};
  if (codec::Tree::from_json(document, std::string(what), limits, problems)) return {};
  return fail(Code::corrupt, std::format("the {} of edge {} is damaged: {}", what, edge,
                                         problems.empty() ? "no JSON" : to_text(problems.front())));
}

ApiAnswer show_edge(const ApiCall& call) {
  const auto edge = TRY(find_edge(call, Permission::read));
  const auto certificates = TRY(call.db().edges().certificates(edge.edge, kCertificatesShown));
  const EdgeView view = view_of(call, TRY(twin_facts(call.db(), edge)));
  const auto report = call.db().edges().report(edge.edge);
  if (!report && report.error().code != Code::not_found) return report.error();
  codec::JsonWriter json;
  json.begin_object().fields_of(view);
  const auto desired = call.db().edges().desired(edge.edge);
  if (!desired && desired.error().code != Code::not_found) return desired.error();
  json.key("desired");
  if (desired) {
    TRY(check_stored(desired->document, "desired state", edge.edge));
    json.begin_object().member("version", desired->version).member("digest", desired->digest);
    json.member("time", desired->time).key("document").raw(desired->document).end_object();
  } else {
    json.null();
  }
  json.key("reported");
  if (report) TRY(check_stored(report->document, "report", edge.edge));
  report ? json.raw(report->document) : json.null();
  json.member("certificate_count", certificates.count);
  json.key("certificates").begin_array();
  for (const auto& one : certificates.first)
    json.value(CertificateView{one.serial, one.fingerprint, one.issued, one.not_after, one.revoked,
                               one.revoked_by, one.reason});
  json.end_array().end_object();
  return json_answer(200, json);
}

// ---- Alerts ------------------------------------------------------------------------------------

namespace {

constexpr std::size_t kAlertBytesMax = std::size_t{4} << 20;  // of a page
constexpr std::size_t kVerdictsShown = 100;                   // of an alert

// "<nanoseconds since 1970>.<id in hex>" of the last one before.
std::string cursor_of(const store::AlertPlace& place) {
  return std::format("{}.{}", place.opened.ns, to_hex(as_bytes(place.id)));
}
Result<std::optional<store::AlertPlace>> alert_place_of(std::string_view cursor) {
  if (cursor.empty()) return std::optional<store::AlertPlace>();
  store::AlertPlace place;
  const std::size_t dot = cursor.find('.');
  const char* const end = cursor.data() + std::min(dot, cursor.size());
  const auto [at, error] = std::from_chars(cursor.data(), end, place.opened.ns);
  const auto id = crypt::from_hex(dot < cursor.size() ? cursor.substr(dot + 1) : "");
  if (error != std::errc() || at != end || dot == std::string_view::npos || !id)
    return invalid(
        std::format("cursor: expected one that a page gave, found '{}'", excerpt(cursor, 80)));
  place.id = as_text(*id);
  return std::optional(std::move(place));
}

bool sees_alert(const ApiCall& call, const store::StoredAlert& alert) {
  return alert.site ? call.grants().may(Permission::read, *alert.site)
                    : call.grants().may_everywhere(Permission::read);
}

// A page of alerts while it is made.
struct AlertPage {
  const ApiCall& call;
  SoundItems<AlertView> view;
  std::size_t bytes = 0;  // of documents
  std::vector<std::string> damaged;

  std::size_t left() const { return kAlertBytesMax - std::min(bytes, kAlertBytesMax); }
  // One that is damaged is told and left out; what is said of an alert is no reason to hide it.
  template <class T>
  std::optional<T> read(const std::string& document, std::string_view what, const std::string& id) {
    bytes += document.size();
    auto one = codec::read_json<T>(document, what);
    if (one) return std::move(*one);
    damaged.push_back(std::format("{} of alert {}: {}", what, id, one.error().text));
    return std::nullopt;
  }
  // False: it is for the next page, for with what was said of it there is no room on this one.
  Result<bool> add(const store::StoredAlert& stored) {
    if (!stored.damage.empty()) {
      damaged.push_back(stored.damage);
      return true;
    }
    const bool is_first = view.items.empty();
    const std::size_t alert_bytes = stored.document.size();
    if (!is_first && alert_bytes > left()) return false;
    const store::VerdictLimits limits{kVerdictsShown, left() - std::min(alert_bytes, left())};
    const auto said = TRY(call.db().alerts().verdicts(stored.edge, stored.id, limits));
    const bool is_cut = said.left_out > 0 && said.items.size() < limits.count;
    if (!is_first && is_cut) return false;
    auto alert = read<domain::Alert>(stored.document, "document", stored.id);
    if (!alert) return true;
    AlertView one{*std::move(alert), {}, {}};
    for (const store::StoredVerdict& verdict : said.items)
      if (auto read_one = read<domain::Verdict>(verdict.document, "verdict", stored.id))
        one.verdicts.push_back(*std::move(read_one));
    if (said.left_out > 0) one.verdicts_left_out = said.left_out;
    view.items.push_back(std::move(one));
    return true;
  }
};

}  // namespace

// What it raised at a site of before, or another edge of its name did, is for who may see that
// site.
ApiAnswer list_edge_alerts(const ApiCall& call) {
  const auto edge = TRY(find_edge(call, Permission::read));
  store::StoredAlertQuery query{.edge = edge.edge};
  query.behind = TRY(alert_place_of(call.parameter("cursor")));
  query.limit = TRY(call.limit());
  AlertPage page{.call = call, .view = {}, .damaged = {}};
  bool is_last = false;
  while (!is_last && !page.view.next) {
    const auto alerts = TRY(call.db().alerts().alerts(query));
    is_last = alerts.empty();
    for (const store::StoredAlert& alert : alerts) {
      const bool has_room = !sees_alert(call, alert) || TRY(page.add(alert));
      if (has_room) query.behind = {alert.opened, alert.id};
      if (has_room && page.view.items.size() < query.limit && page.left() > 0) continue;
      page.view.next = cursor_of(*query.behind);
      break;
    }
  }
  page.view.damaged = log_damaged(page.damaged);
  return response_of(page.view);
}

// ---- Leaving -----------------------------------------------------------------------------------

ApiAnswer revoke_edge(const ApiCall& call) {
  const auto body = TRY(call.read<ReasonBody>());
  const auto edge = TRY(find_edge(call, Permission::manage_edges));
  const auto how = TRY(revocation(call, body.reason));
  const auto entry =
      audit_entry(how.time, "edge.revoked", how.by, "Edge/" + edge.edge, {{"site", edge.site}});
  TRY(as_caller(call, [&]() -> Result<void> {
    TRY(call.db().edges().revoke(edge.edge, how, std::span(&entry, 1)));
    return {};
  }));
  publish_edge(call, edge, "revoked");
  return no_content();
}

ApiAnswer remove_edge(const ApiCall& call) {
  const auto edge = TRY(find_edge(call, Permission::manage_edges));
  const auto how = TRY(revocation(call, "removed"));
  const auto entry =
      audit_entry(how.time, "edge.removed", how.by, "Edge/" + edge.edge, {{"site", edge.site}});
  TRY(as_caller(call, [&]() -> Result<void> {
    TRY(call.db().edges().remove(edge.edge, how, std::span(&entry, 1)));
    return {};
  }));
  publish_edge(call, edge, "removed");
  return no_content();
}

}  // namespace lineside::hub
