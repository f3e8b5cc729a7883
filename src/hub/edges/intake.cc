#include "hub/edges/intake.h"

#include <algorithm>
#include <format>
#include <map>
#include <set>

#include "base/log.h"
#include "base/plain_text.h"
#include "base/text.h"
#include "codec/canonical.h"
#include "codec/catalog.h"
#include "domain/connection.h"
#include "domain/devices.h"
#include "domain/places.h"
#include "domain/reading.h"
#include "hub/access/retired_names.h"
#include "hub/edges/answers_internal.h"
#include "store/hub_erase.h"

namespace lineside::hub {

namespace {

using domain::Kind;

constexpr int kTries = 3;  // another edge of the site may register the same at the same time

Result<void> check_names(const wire::Discovered& discovered) {
  if (discovered.streams.size() > wire::kDiscoveredMax)
    return invalid(std::format("streams: expected at most {}, found {}", wire::kDiscoveredMax,
                               discovered.streams.size()));
  for (const wire::DiscoveredStream& stream : discovered.streams)
    if (!domain::is_name(stream.asset) || !domain::is_name(stream.stream))
      return invalid(std::format("streams: expected names, found '{}/{}'",
                                 excerpt(stream.asset, 60), excerpt(stream.stream, 60)));
  return {};
}

}  // namespace

// ---- Reports -----------------------------------------------------------------------------------

Result<std::shared_ptr<net::HttpLater>> Intake::report(const EdgeCaller& caller,
                                                       const wire::StateReport& report,
                                                       std::string_view document) {
  if (report.edge != caller.edge)
    return fail(Code::denied, std::format("expected a report of edge {}", caller.edge));
  if (report.version > store::kEdgeVersionMax)
    return invalid(
        std::format("version: expected 0 to {}, found {}", store::kEdgeVersionMax, report.version));
  auto answer = std::make_shared<net::HttpLater>();
  const std::lock_guard lock(mutex_);
  Waiting& waiting = reports_[caller.edge];
  waiting.report = {caller.edge, report.version, escape_odd_in_json(document),
                    hub_.world().clock.now()};
  waiting.answers.push_back(answer);
  return answer;
}

void Intake::saw(const std::string& edge) {
  const std::lock_guard lock(mutex_);
  seen_[edge] = hub_.world().clock.now();
}

std::vector<std::string> Intake::flush() {
  std::map<std::string, Waiting> waiting;
  std::map<std::string, Time> seen;
  {
    const std::lock_guard lock(mutex_);
    waiting.swap(reports_);
    seen.swap(seen_);
  }
  std::vector<store::EdgeReport> reports;
  std::vector<store::EdgeSeen> touched;
  std::vector<std::string> edges;
  for (auto& [edge, one] : waiting) {
    edges.push_back(edge);
    reports.push_back(std::move(one.report));
  }
  for (const auto& [edge, time] : seen) touched.push_back({edge, time});
  if (!touched.empty())
    if (const auto done = hub_.db().edges().touch(touched); !done)
      log::warn("edges", "signs of life are not stored: {}", done.error().text);
  if (reports.empty()) return edges;
  const auto done = hub_.db().edges().put_reports(reports);
  if (!done) log::warn("edges", "reports are not stored: {}", done.error().text);
  for (auto& [edge, one] : waiting)
    for (const auto& answer : one.answers)
      answer->complete(done ? no_content() : error_response(done.error()));
  return edges;
}

// ---- Discovered --------------------------------------------------------------------------------

// The writes of one message; looks at each asset and device once.
struct Intake::Registration {
  Hub& hub;
  const EdgeCaller& caller;
  std::vector<std::string> sites;  // the edge's and below
  std::vector<store::ObjectWrite> writes;
  std::set<std::string> assets, devices;  // known, or written here
  std::map<std::string, bool> connections{};
  std::uint64_t streams = 0;

  template <class Spec>
  Result<void> add(Kind kind, std::string name, const Spec& spec) {
    store::ObjectWrite write;
    write.object.kind = kind;
    write.object.name = std::move(name);
    write.object.spec = codec::canonical_json(spec);
    auto refs = TRY(codec::spec_refs(kind, write.object.spec));
    write.object.refs = std::move(refs.refs);
    write.object.terms = std::move(refs.terms);
    write.expected = 0;
    writes.push_back(std::move(write));
    return {};
  }
  Result<std::optional<store::StoredObject>> find(Kind kind, std::string_view name) const {
    auto object = hub.db().catalog().get(kind, name);
    if (object) return std::optional(std::move(*object));
    if (object.error().code == Code::not_found) return std::optional<store::StoredObject>();
    return object.error();
  }
  // False: it is of a site that is none of the edge's affairs.
  Result<bool> asset(const std::string& name) {
    if (assets.contains(name)) return true;
    const auto known = TRY(find(Kind::asset, name));
    if (known && std::ranges::find(sites, known->site) == sites.end()) return false;
    if (!known) TRY(add(Kind::asset, name, domain::AssetSpec{.site = caller.site}));
    assets.insert(name);
    return true;
  }
  // As hub/edges/desired.h: an edge has the connections that name it, and of those that name none
  // the ones of its site, of one above, and of no site.
  Result<bool> is_ours(const store::StoredObject& connection) const {
    const auto spec = TRY_WITH(codec::read_spec<domain::ConnectionSpec>(connection.spec),
                               "Connection/" + connection.name);
    if (!spec.edge.empty()) return spec.edge == caller.edge;
    if (spec.site.empty()) return true;
    return std::ranges::contains(TRY(hub.db().catalog().sites_under(spec.site)), caller.site);
  }
  Result<bool> has_connection(const std::string& name) {
    if (name.empty()) return false;
    const auto known = connections.find(name);
    if (known != connections.end()) return known->second;
    const auto connection = TRY(find(Kind::connection, name));
    return connections[name] = connection && TRY(is_ours(*connection));
  }
  // What speaks for the asset, under its name: nobody has said better yet.
  Result<bool> device(const std::string& asset_name, const std::string& connection) {
    if (devices.contains(asset_name)) return true;
    const auto known = TRY(find(Kind::device, asset_name));
    if (known && std::ranges::find(sites, known->site) == sites.end()) return false;
    if (!known)
      TRY(add(Kind::device, asset_name,
              domain::DeviceSpec{.site = caller.site,
                                 .asset = asset_name,
                                 .status = domain::Claim::unclaimed,
                                 .connection = connection}));
    devices.insert(asset_name);
    return true;
  }
  Result<void> stream(const wire::DiscoveredStream& one) {
    std::string name = one.asset + "/" + one.stream;
    if (find_odd(one.unit)) {
      log::warn("edges", "edge {}: stream {} is not registered: no unit is '{}'", caller.edge, name,
                excerpt(one.unit, 60));
      return {};
    }
    if (TRY(find(Kind::stream, name))) return {};
    if (!TRY(asset(one.asset))) return {};
    const std::string connection = TRY(has_connection(one.connection)) ? one.connection : "";
    domain::StreamSpec spec{.asset = one.asset,
                            .connection = connection,
                            .unit = one.unit,
                            .status = domain::Claim::unclaimed};
    if (TRY(device(one.asset, connection))) spec.device = one.asset;
    TRY(add(Kind::stream, std::move(name), spec));
    ++streams;
    return {};
  }
};

// False: somebody else was faster with one of them, so it has to be looked at anew.
Result<bool> Intake::register_new(const EdgeCaller& caller, const wire::Discovered& discovered) {
  Registration registration{.hub = hub_,
                            .caller = caller,
                            .sites = TRY(hub_.db().catalog().sites_under(caller.site)),
                            .writes = {},
                            .assets = {},
                            .devices = {}};
  std::set<std::pair<std::string_view, std::string_view>> seen;
  for (const wire::DiscoveredStream& stream : discovered.streams)
    if (seen.emplace(stream.asset, stream.stream).second) TRY(registration.stream(stream));
  if (registration.writes.empty()) return true;
  const auto unclaimed = TRY(hub_.db().catalog().count(
      {.kind = Kind::stream, .filters = {{"status", "unclaimed"}}, .sites = registration.sites}));
  if (unclaimed.count + registration.streams > options_.unclaimed_max)
    return fail(Code::exhausted,
                std::format("site {} has {} unclaimed streams: claim or delete some", caller.site,
                            unclaimed.count));
  store::CatalogBatch batch;
  batch.writes = registration.writes;
  batch.author = "Edge/" + caller.edge;
  batch.actor = batch.author;
  batch.note = "appeared at edge " + caller.edge;
  batch.time = hub_.world().clock.now();
  const auto applied = TRY(hub_.apply(batch));
  for (const store::WriteProblem& problem : applied.problems)
    if (problem.code != Code::conflict) return fail(problem.code, problem.text);
  return applied.problems.empty();
}

Result<void> Intake::discovered(const EdgeCaller& caller, const wire::Discovered& discovered) {
  TRY(check_names(discovered));
  for (int i = 0; i < kTries; ++i)
    if (TRY(register_new(caller, discovered))) return {};
  return fail(Code::unavailable, "others register the same streams: try again");
}

// ---- Alerts and verdicts -----------------------------------------------------------------------

// An edge may be older than the checks of its texts, or its plant writes such: nothing is lost.
Result<void> Intake::batch(const EdgeCaller& caller, const wire::Batch& batch) {
  if (batch.alerts.size() + batch.verdicts.size() > wire::kBatchMax)
    return invalid(std::format("batch: expected at most {}, found {}", wire::kBatchMax,
                               batch.alerts.size() + batch.verdicts.size()));
  for (const domain::Alert& alert : batch.alerts)
    if (alert.edge != caller.edge)
      return fail(Code::denied, std::format("expected alerts of edge {}", caller.edge));
  std::vector<store::StoredAlert> alerts;
  for (const domain::Alert& alert : batch.alerts)
    alerts.push_back({escape_odd(alert.id), caller.edge, escape_odd(alert.asset), alert.opened,
                      alert.updated, escape_odd_in_json(wire::write_message(alert)), caller.site});
  std::vector<store::StoredVerdict> verdicts;
  std::map<std::string, std::string> authors;  // as they are stored
  std::uint64_t disguised = 0;
  for (domain::Verdict verdict : batch.verdicts) {
    // Nobody is called so but by the hub.
    if (store::is_pseudonym(verdict.author)) {
      ++disguised;
      continue;
    }
    auto [author, is_new] = authors.try_emplace(verdict.author, verdict.author);
    if (is_new)
      author->second =
          TRY(late_stand_in(hub_.db().audit(), verdict.author)).value_or(verdict.author);
    verdict.author = author->second;
    // No edge signs people in, so whoever says otherwise cannot know.
    verdict.author_verified = false;
    verdicts.push_back({escape_odd(verdict.alert), caller.edge, escape_odd(verdict.author),
                        verdict.time, escape_odd_in_json(wire::write_message(verdict))});
  }
  const auto passed = TRY(hub_.db().alerts().put(alerts, verdicts, caller.site));
  if (disguised > 0) {
    disguised_ += disguised;
    log::warn("edges",
              "edge {}: {} verdicts are not taken: expected the name of a person as author, "
              "found what stands for one who was erased",
              caller.edge, disguised);
  }
  if (passed.alerts + passed.verdicts > 0) {
    foreign_ += passed.alerts + passed.verdicts;
    log::warn("edges",
              "edge {}: {} alerts and {} verdicts are not taken: they are of alerts that another "
              "edge of this name has raised, at another site",
              caller.edge, passed.alerts, passed.verdicts);
  }
  return {};
}

std::string Intake::metrics_text() const {
  return std::format(
      "# HELP lineside_hub_edge_messages_passed_over_total Alerts and verdicts of edges that were "
      "not taken, by why.\n"
      "# TYPE lineside_hub_edge_messages_passed_over_total counter\n"
      "lineside_hub_edge_messages_passed_over_total{{reason=\"raised_by_another\"}} {}\n"
      "lineside_hub_edge_messages_passed_over_total{{reason=\"author_erased\"}} {}\n",
      foreign_.load(), disguised_.load());
}

}  // namespace lineside::hub
