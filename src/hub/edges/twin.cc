#include "hub/edges/twin.h"

#include <algorithm>
#include <format>
#include <utility>

#include "codec/tree.h"

namespace lineside::hub {

namespace {

// "4h 12m", the two largest units.
std::string rough(Duration time) {
  const std::int64_t seconds = time.ns / Duration::seconds(1).ns;
  if (seconds >= 86400) return std::format("{}d {}h", seconds / 86400, seconds % 86400 / 3600);
  if (seconds >= 3600) return std::format("{}h {}m", seconds / 3600, seconds % 3600 / 60);
  if (seconds >= 60) return std::format("{}m {}s", seconds / 60, seconds % 60);
  return std::format("{}s", seconds);
}

std::string second_text(Time time) {
  return format_iso(Time{time.ns - time.ns % Duration::seconds(1).ns});
}

// That it was started again is said by a report: each start begins with one.
bool has_stopped(const TwinFacts& facts) {
  return facts.report && facts.report->state == wire::ReportState::stopped &&
         facts.edge.reported_at.has_value();
}

std::string why_silent(const TwinFacts& facts, Time now) {
  const auto& certificate = facts.newest;
  if (certificate && certificate->revoked)
    return "its certificate was revoked" +
           (certificate->reason.empty() ? "" : ": " + certificate->reason);
  std::string text = has_stopped(facts)
                         ? "stopped in order at " + second_text(*facts.edge.reported_at)
                         : std::format("not heard of for {}", rough(now - *facts.edge.seen));
  if (certificate && certificate->not_after <= now)
    text += std::format("; its certificate expired {}", format_iso(certificate->not_after));
  return text;
}

std::string first_problem(const wire::StateReport& report) {
  if (report.problems.empty()) return "it says no reason";
  const std::size_t more = report.problems.size() - 1;
  return report.problems.front() + (more > 0 ? std::format(" (and {} more)", more) : "");
}

// What runs as it shall may still hear nothing.
std::string silent_link(const wire::StateReport& report) {
  const auto waits = [](const auto& link) { return link.state != wire::LinkStanding::up; };
  const auto link = std::ranges::find_if(report.runs.connections, waits);
  if (link == report.runs.connections.end()) return "";
  const auto more = std::ranges::count_if(report.runs.connections, waits) - 1;
  // Before its first failure it has told no reason, and keeps the last one while it tries again.
  return std::format("connection {} is {}{}", link->name,
                     link->problem.empty() ? "connecting" : "not up: " + link->problem,
                     more > 0 ? std::format(" (and {} more)", more) : "");
}

Twin judge_report(const TwinFacts& facts, Time now) {
  const wire::StateReport& report = *facts.report;
  const store::EdgeState& edge = facts.edge;
  const bool is_current = report.version == edge.desired_version;
  if (report.state == wire::ReportState::failed) return {TwinState::failed, first_problem(report)};
  if (is_current && report.problems.empty()) return {TwinState::in_sync, ""};
  // A refused message of somebody else's says nothing against what runs.
  if (is_current) return {TwinState::in_sync, first_problem(report)};
  const bool is_about_this = report.offered == edge.desired_version;
  if (report.state == wire::ReportState::keeping && is_about_this)
    return {TwinState::failed,
            std::format("keeps version {}: {}", report.version, first_problem(report))};
  if (report.state == wire::ReportState::applying && is_about_this)
    return {TwinState::applying, report.problems.empty()
                                     ? std::format("works on version {}", edge.desired_version)
                                     : first_problem(report)};
  if (edge.desired_at && now - *edge.desired_at < kBehindAfter)
    return {TwinState::applying, std::format("version {} was made {} ago", edge.desired_version,
                                             rough(now - *edge.desired_at))};
  return {TwinState::behind,
          std::format("runs version {} of {}", report.version, edge.desired_version)};
}

}  // namespace

Twin judge(const TwinFacts& facts, Time now) {
  if (!facts.edge.damage.empty())
    return {TwinState::failed,
            facts.edge.damage + "; no state is signed for it: remove it and let it join again"};
  if (!facts.edge.seen || (!facts.report && !facts.edge.reported_at)) {
    if (facts.newest && facts.newest->revoked) return {TwinState::never, why_silent(facts, now)};
    return {TwinState::never, facts.edge.seen ? "has not reported yet" : "has not called yet"};
  }
  const bool is_revoked = facts.newest && facts.newest->revoked;
  if (!is_revoked && has_stopped(facts)) return {TwinState::stopped, why_silent(facts, now)};
  if (is_revoked || now - *facts.edge.seen > kSilentAfter)
    return {TwinState::silent, why_silent(facts, now)};
  if (!facts.report) return {TwinState::behind, "its last report cannot be read"};
  Twin twin = judge_report(facts, now);
  if (!facts.held_back.empty() && twin.why.empty()) twin.why = facts.held_back.front();
  if (twin.why.empty()) twin.why = silent_link(*facts.report);
  return twin;
}

namespace {

// Out of the summary of a desired state, as hub/edges/desired.cc writes it.
std::vector<std::string> held_back_of(const std::string& document) {
  std::vector<std::string> found;
  std::vector<domain::Problem> ignored;
  const auto tree = codec::Tree::from_json(document, "desired", {}, ignored);
  const auto* list =
      tree && tree->root().is_map() ? tree->find(tree->root(), "held_back") : nullptr;
  if (list == nullptr || !list->is_list()) return found;
  for (const auto* item = tree->child(*list); item != nullptr; item = tree->next(*item))
    found.emplace_back(item->text);
  return found;
}

}  // namespace

TwinFacts facts_of(store::EdgeStanding edge) {
  TwinFacts facts;
  facts.edge = std::move(edge.state);
  facts.newest = std::move(edge.newest);
  if (edge.report)
    if (auto read = wire::read_message<wire::StateReport>(*edge.report, "report"); read)
      facts.report = std::move(*read);
  return facts;
}

Result<TwinFacts> twin_facts(store::HubDb& db, store::EdgeState edge) {
  TwinFacts facts;
  facts.edge = std::move(edge);
  const std::string& name = facts.edge.edge;
  const auto report = db.edges().report(name);
  if (!report && report.error().code != Code::not_found) return report.error();
  if (report)
    if (auto read = wire::read_message<wire::StateReport>(report->document, "report"); read)
      facts.report = std::move(*read);
  auto certificates = TRY(db.edges().certificates(name, 1)).first;
  if (!certificates.empty()) facts.newest = std::move(certificates.front());
  const auto desired = db.edges().desired(name);
  if (!desired && desired.error().code != Code::not_found) return desired.error();
  if (desired) facts.held_back = held_back_of(desired->document);
  return facts;
}

}  // namespace lineside::hub
