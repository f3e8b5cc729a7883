#include "hub/edges/edges.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <format>
#include <limits>
#include <set>

#include "base/log.h"
#include "base/text.h"
#include "domain/models.h"
#include "hub/audit_entry.h"
#include "hub/edges/answers_internal.h"
#include "hub/told_error.h"
#include "net/http_transfer.h"
#include "wire/desired.h"

namespace lineside::hub {

namespace {

constexpr std::string_view kEdgesPrefix = "/wire/v1/";
constexpr Duration kTurn = Duration::millis(50);
constexpr Duration kEdgesCheckEvery = Duration::seconds(1);
constexpr std::uint64_t kComeBackMax = 60;  // seconds
constexpr std::uint64_t kRenewAgain = 600;  // seconds

net::HttpResponse json_response(std::string body) {
  net::HttpResponse response;
  response.headers = {{"Content-Type", "application/json"}, {"Cache-Control", "no-store"}};
  response.body = std::move(body);
  return response;
}

// A whole number of the query. Errors: invalid.
Result<std::uint64_t> number(const net::HttpRequest& request, std::string_view name,
                             std::uint64_t most) {
  const std::string_view text = request.target.parameter(name).value_or("0");
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || value > most)
    return invalid(std::format("{}: expected 0 to {}, found '{}'", name, most, excerpt(text, 40)));
  return value;
}

}  // namespace

std::uint64_t come_back_spread(std::uint64_t edges, std::uint64_t per_second) {
  return std::min(kComeBackMax, 1 + edges / std::max<std::uint64_t>(1, per_second));
}

std::uint64_t come_back_after(std::uint64_t spread, double random) {
  return 1 + static_cast<std::uint64_t>(random * static_cast<double>(spread));
}

Edges::Edges(Hub& hub, EdgesOptions options)
    : hub_(hub),
      options_(options),
      membership_(hub, options.membership),
      denials_(hub.db().audit(), hub.world().clock),
      intake_(hub, options.intake),
      states_(std::make_shared<DesiredStates>(hub, options.state_valid)),
      desired_(*states_) {}

Result<std::unique_ptr<Edges>> Edges::open(Hub& hub, EdgesOptions options) {
  std::unique_ptr<Edges> edges(new Edges(hub, options));  // private constructor
  // First listened, then read: nothing falls between the two. The hub may live longer.
  hub.on_change(
      [known = std::weak_ptr(edges->states_)](std::span<const store::CatalogChange> changes) {
        if (const auto living = known.lock()) living->note(changes);
      });
  if (auto loaded = edges->desired_.load(); !loaded) return with_way_on(std::move(loaded).error());
  if (auto fresh = edges->desired_.refresh(); !fresh) return with_way_on(std::move(fresh).error());
  hub.mount(
      {std::string(kEdgesPrefix),
       [self = edges.get()](const net::HttpRequest& request) { return self->answer(request); },
       wire::kMessageBytesMax});
  return edges;
}

Edges::~Edges() { stop(); }

// ---- Turns -------------------------------------------------------------------------------------

void Edges::start() {
  lane_ = std::make_unique<Lane>("edges", [this] {
    step();
    hub_.world().clock.sleep(kTurn);
    return true;
  });
}

void Edges::stop() {
  // Of how many it was to begin with: those who are told last spread as widely as the first.
  if (!stopping_.load()) told_to_come_back_.store(polls_.size());
  if (stopping_.exchange(true)) return;
  if (lane_) lane_->stop();
  lane_.reset();
  for (const std::string& edge : polls_.edges()) polls_.answer(edge, come_back());
  intake_.flush();
}

void Edges::step() {
  const Time now = hub_.world().clock.steady();
  const bool is_due = desired_.has_changes() ? now - refreshed_ >= options_.settle
                                             : now - refreshed_ >= options_.look_anew;
  if (is_due) {
    refreshed_ = now;
    refresh();
  }
  if (now - flushed_ >= options_.flush_every) {
    flushed_ = now;
    for (const std::string& edge : intake_.flush()) publish(edge);
    denials_.flush();
  }
  if (now - checked_ < kEdgesCheckEvery) return;
  checked_ = now;
  for (const std::string& edge : polls_.expire(now)) intake_.saw(edge);
  end_revoked();
}

void Edges::refresh() {
  const auto raised = desired_.refresh();
  if (!raised) {
    log::error("edges", "desired states are not computed: {}", raised.error().text);
    return;
  }
  for (const std::string& edge : desired_.take_altered()) publish(edge);
  for (const std::string& edge : *raised) {
    std::optional<EdgeCaller> caller;
    {
      const std::lock_guard lock(callers_mutex_);
      if (const auto it = callers_.find(edge); it != callers_.end()) caller = it->second;
    }
    if (caller && polls_.is_waiting(edge)) polls_.answer(edge, state_response(*caller));
    publish(edge);
  }
  if (!raised->empty()) log::info("edges", "new desired states of {} edges", raised->size());
}

// A poll was let in when the certificate still held.
void Edges::end_revoked() {
  const auto revoked = hub_.db().edges().revoked(hub_.world().clock.now());
  if (!revoked) {
    log::warn("edges", "revoked certificates are not known: {}", revoked.error().text);
    return;
  }
  const std::set<std::string_view> fingerprints(revoked->begin(), revoked->end());
  std::vector<std::string> edges;
  {
    const std::lock_guard lock(callers_mutex_);
    std::erase_if(callers_, [&](const auto& one) {
      if (!fingerprints.contains(one.second.fingerprint)) return false;
      edges.push_back(one.first);
      return true;
    });
  }
  for (const std::string& edge : edges)
    polls_.answer(edge, error_response(fail(Code::denied, "the certificate was revoked")));
}

void Edges::publish(const std::string& edge) {
  if (!hub_.feed().has_readers()) return;
  const auto state = hub_.db().edges().state(edge);
  const auto stands = twin(edge);
  if (!state || !stands) return;
  codec::JsonWriter json;
  json.begin_object().member("edge", edge).member("state", stands->state);
  json.member("why", stands->why).member("desired_version", state->desired_version);
  json.member("reported_version", state->reported_version).end_object();
  hub_.feed().publish({.type = "edge", .json = json.take(), .site = state->site});
}

Result<Twin> Edges::twin(const std::string& edge) const {
  TwinFacts facts = TRY(twin_facts(hub_.db(), TRY(hub_.db().edges().state(edge))));
  facts.held_back = desired_.held_back(edge);
  return judge(facts, hub_.world().clock.now());
}

// ---- Answers -----------------------------------------------------------------------------------

// Spread, so that a fleet that was told at once does not come back at once.
net::HttpResponse Edges::come_back() {
  const std::uint64_t spread =
      come_back_spread(told_to_come_back_.load(), options_.edges_per_second);
  const std::uint64_t seconds = come_back_after(spread, hub_.world().random.uniform());
  auto response = error_response(fail(Code::unavailable, "the hub stops: come back later"));
  response.headers.push_back({"Retry-After", std::to_string(seconds)});
  return response;
}

net::HttpResponse Edges::answer(const net::HttpRequest& request) {
  if (stopping_.load()) return come_back();
  auto answered = route(request);
  if (answered) return std::move(*answered);
  const Error& error = answered.error();
  const std::string& path = request.target.path;
  const bool is_foreign = error.code == Code::not_found && path.starts_with(wire::kArtifactsPath);
  const bool is_refusal = error.code == Code::denied || error.code == Code::unauthenticated;
  if (is_foreign || (is_refusal && path != wire::kJoinPath))
    denials_.record(wire_denial(request, error));
  return error_response(error);
}

struct Edges::Route {
  std::string_view method;
  std::string_view path;
  Answer (Edges::*answer)(const EdgeCaller& caller, const net::HttpRequest& request);
};

Edges::Answer Edges::route(const net::HttpRequest& request) {
  static constexpr std::array kRoutes = {
      Route{"POST", wire::kRenewPath, &Edges::renew},
      Route{"GET", wire::kStatePath, &Edges::state},
      Route{"POST", wire::kReportPath, &Edges::report},
      Route{"POST", wire::kDiscoveredPath, &Edges::discovered},
      Route{"POST", wire::kBatchPath, &Edges::batch},
  };
  const std::string& path = request.target.path;
  if (request.method == "POST" && path == wire::kJoinPath) return join(request);
  const EdgeCaller caller = TRY(membership_.check(request));
  intake_.saw(caller.edge);
  for (const Route& route : kRoutes)
    if (request.method == route.method && path == route.path)
      return (this->*route.answer)(caller, request);
  if (request.method == "GET" && path.starts_with(wire::kArtifactsPath))
    return artifact(caller, request);
  return fail(Code::not_found, "nothing is here");
}

Edges::Answer Edges::join(const net::HttpRequest& request) {
  const auto order = TRY(wire::read_message<wire::JoinRequest>(request.body, "join"));
  auto joined = membership_.join(order);
  if (!joined) {
    denials_.record({"edge.join_refused", "", "", std::string(traits(joined.error().code).name)});
    return joined.error();
  }
  // It has joined, and the next look at the table finds it.
  if (const auto noted = desired_.note_joined(joined->answer.edge); !noted)
    log::warn("edges", "edge {}: {}", joined->answer.edge, noted.error().text);
  publish(joined->answer.edge);
  return json_response(wire::write_message(joined->answer));
}

Edges::Answer Edges::renew(const EdgeCaller& caller, const net::HttpRequest& request) {
  const auto order = TRY(wire::read_message<wire::RenewRequest>(request.body, "renew"));
  const auto renewed = membership_.renew(caller, order);
  if (renewed) return json_response(wire::write_message(*renewed));
  if (renewed.error().code != Code::exhausted) return renewed.error();
  denials_.record(wire_denial(request, renewed.error()));
  auto response = error_response(renewed.error());
  response.headers.push_back({"Retry-After", std::to_string(kRenewAgain)});
  return response;
}

net::HttpResponse Edges::state_response(const EdgeCaller& caller) {
  if (!membership_.holds(caller))
    return error_response(fail(Code::denied, "the certificate was revoked"));
  auto envelope = desired_.envelope(caller.edge);
  return envelope ? json_response(std::move(*envelope)) : error_response(envelope.error());
}

Edges::Answer Edges::state(const EdgeCaller& caller, const net::HttpRequest& request) {
  const auto after = TRY(number(request, "after", std::numeric_limits<std::uint64_t>::max()));
  const auto wait = TRY(number(request, "wait", 60));
  if (desired_.version(caller.edge) > after) return state_response(caller);
  if (wait == 0) return no_content();
  {
    const std::lock_guard lock(callers_mutex_);
    callers_[caller.edge] = caller;
  }
  net::HttpResponse response;
  response.later = polls_.wait(caller.edge, hub_.world().clock.steady() +
                                                Duration::seconds(static_cast<std::int64_t>(wait)));
  // A version may have gone up between the look and the wait.
  if (desired_.version(caller.edge) > after) polls_.answer(caller.edge, state_response(caller));
  if (stopping_.load()) polls_.answer(caller.edge, come_back());
  return response;
}

// Only what the edge's own state names: an edge is no way to read the registry.
Edges::Answer Edges::artifact(const EdgeCaller& caller, const net::HttpRequest& request) {
  const std::string digest = request.target.segments.size() == 4 ? request.target.segments[3] : "";
  if (!domain::is_digest(digest) || !desired_.needs(caller.edge, digest))
    return fail(Code::not_found, "no such artifact in the edge's desired state");
  auto file = hub_.blobs().read_verified(digest.substr(digest.find(':') + 1));
  // The request is right, it is the hub that has not what it should.
  if (!file && file.error().code == Code::corrupt) return fail(Code::internal, file.error().text);
  if (!file) return file.error();
  net::HttpResponse response;
  response.headers = {{"Content-Type", "application/octet-stream"}};
  return net::ranged(std::move(response), request, TRY(net::file_source(std::move(*file))), digest);
}

Edges::Answer Edges::report(const EdgeCaller& caller, const net::HttpRequest& request) {
  const auto said = TRY(wire::read_message<wire::StateReport>(request.body, "report"));
  net::HttpResponse response;
  response.later = TRY(intake_.report(caller, said, request.body));
  desired_.edge_runs(caller.edge, said.version);
  return response;
}

Edges::Answer Edges::discovered(const EdgeCaller& caller, const net::HttpRequest& request) {
  TRY(intake_.discovered(caller,
                         TRY(wire::read_message<wire::Discovered>(request.body, "discovered"))));
  return no_content();
}

Edges::Answer Edges::batch(const EdgeCaller& caller, const net::HttpRequest& request) {
  TRY(intake_.batch(caller, TRY(wire::read_message<wire::Batch>(request.body, "batch"))));
  return no_content();
}

}  // namespace lineside::hub
