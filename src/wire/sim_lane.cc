#include "wire/sim_lane.h"

#include <algorithm>
#include <format>

#include "base/check.h"

namespace lineside::wire {

namespace {

constexpr Duration kTurn = Duration::millis(50);
constexpr Duration kBootMin = Duration::seconds(1);
constexpr Duration kBootSpread = Duration::seconds(4);
constexpr std::size_t kContentsMax = 64;

Duration part_of(Duration whole, double share) {
  return {static_cast<std::int64_t>(static_cast<double>(whole.ns) * share)};
}

}  // namespace

// ---- Starting ----------------------------------------------------------------------------------

Result<std::unique_ptr<SimLane>> SimLane::open(SimShared& shared, std::size_t first,
                                               std::vector<SimRecord> records) {
  const JoinOrder& order = shared.options.order;
  world::TlsOptions tls;
  tls.ca_sha256 = order.ca_sha256;
  auto flock = TRY(net::HttpFlock::open(order.url, tls, records.size()));
  std::unique_ptr<SimLane> lane(new SimLane(shared, std::move(flock)));  // private constructor
  for (std::size_t i = 0; i < records.size(); ++i) TRY(lane->add(first + i, std::move(records[i])));
  if (shared.identity) lane->keys_ = TRY(state_keys_of(*shared.identity));
  return lane;
}

Result<void> SimLane::add(std::size_t number, SimRecord record) {
  const SimOptions& options = shared_.options;
  const std::size_t at = edges_.size();
  // A seed of its own for each, far from its neighbours'.
  SimEdge& edge =
      edges_.emplace_back(SeededRandom(options.seed * 0x9e3779b97f4a7c15 + number).next());
  edge.patience = Patience(options.backoff);
  edge.skew = part_of(options.skew, 2 * edge.random.uniform() - 1);
  edge.record = std::move(record);
  if (edge.record.certificate.empty()) return {};
  TRY(flock_->identify(at, edge.record.certificate, edge.record.key));
  edge.next = SimEdge::Next::report;
  shared_.tally.joined(edge.record.revision);
  return {};
}

// A fleet is not switched on at once; one that was is in `failed` and `drop`.
void SimLane::start_some() {
  while (starting_ < shared_.options.starting_at_once && next_start_ < edges_.size()) {
    ++starting_;
    call_at(next_start_, steady());
    plan(next_start_, What::drop, shared_.options.drops);
    plan(next_start_, What::restart, shared_.options.restarts);
    ++next_start_;
  }
}

void SimLane::mark_started(SimEdge& edge) {
  if (std::exchange(edge.started, true)) return;
  --starting_;
}

void SimLane::call_at(std::size_t at, Time when) {
  edges_[at].due = when;
  due_.push({when, at, What::call});
}

void SimLane::plan(std::size_t at, What what, double per_minute) {
  if (per_minute <= 0) return;
  const Duration mean = part_of(Duration::seconds(60), 1 / per_minute);
  due_.push({steady() + edges_[at].random.interval(mean), at, what});
}

void SimLane::collect(std::vector<SimRecord>& out) const {
  for (const SimEdge& edge : edges_) out.push_back(edge.record);
}

// ---- Calls -------------------------------------------------------------------------------------

void SimLane::step() {
  start_some();
  const Time now = steady();
  while (!due_.empty() && due_.top().at <= now) {
    const Due due = due_.top();
    due_.pop();
    if (due.what == What::drop) drop(due.edge);
    if (due.what == What::restart) restart(due.edge);
    // What was put off meanwhile has another time.
    const bool is_call = due.what == What::call && edges_[due.edge].due == due.at;
    if (is_call && !flock_->busy(due.edge)) begin(due.edge);
  }
  const Duration wait = due_.empty() ? kTurn : std::clamp(due_.top().at - now, Duration{}, kTurn);
  for (const net::HttpFlock::Answer& answer : flock_->turn(wait)) take(answer);
}

void SimLane::begin(std::size_t at) {
  using enum SimEdge::Next;
  SimEdge& edge = edges_[at];
  const SimOptions& options = shared_.options;
  edge.patience.call_begins();
  if (edge.next == report && edge.record.renew_after <= wall(edge)) edge.next = renew;
  if (edge.next == join || edge.next == renew) {
    JoinOrder order = options.order;
    order.edge = edge.record.edge;
    auto asked = edge.next == join ? join_call(order) : renew_call();
    if (!asked) return failed(at, asked.error());
    edge.new_key = std::move(asked->key);
    return flock_->send(at, std::move(asked->call), options.limit);
  }
  if (edge.next == report && begin_report(at)) return;
  if (edge.next == fetch) return begin_fetch(at);
  edge.next = poll;
  edge.is_polling = true;
  shared_.tally.add(&SimFigures::polls);
  shared_.tally.waits(true);
  flock_->send(at, poll_call(edge.record.version, options.poll), options.limit + options.poll);
}

// False: there is nothing new to say.
bool SimLane::begin_report(std::size_t at) {
  SimEdge& edge = edges_[at];
  StateReport said = edge.report({});
  const std::string digest = crypt::sha256_hex(as_bytes(write_message(said)));
  if (digest == edge.told && steady() - edge.reported < shared_.options.report_every) {
    if (edge.update) edge.next = SimEdge::Next::fetch;
    return false;
  }
  edge.told = digest;
  edge.reported = steady();
  said.seen = wall(edge);
  shared_.tally.add(&SimFigures::reports);
  flock_->send(at, report_call(said), shared_.options.limit);
  return true;
}

// The next artifact that is not here; none: the update is whole.
void SimLane::begin_fetch(std::size_t at) {
  SimEdge& edge = edges_[at];
  for (const DesiredArtifact& artifact : edge.incoming->artifacts) {
    if (edge.artifacts.contains(artifact.digest)) continue;
    edge.sink = std::make_unique<DigestSink>(artifact);
    flock_->send(at, {.target = std::string(kArtifactsPath) + artifact.digest},
                 shared_.options.limit, edge.sink.get());
    return;
  }
  apply(edge);
  call_at(at, steady());
}

// ---- Faults ------------------------------------------------------------------------------------

void SimLane::quit_call(SimEdge& edge) {
  if (std::exchange(edge.is_polling, false)) shared_.tally.waits(false);
}

void SimLane::drop(std::size_t at) {
  SimEdge& edge = edges_[at];
  plan(at, What::drop, shared_.options.drops);
  // A join whose answer is lost would take the name for good.
  if (edge.record.certificate.empty()) return;
  const bool was_busy = flock_->busy(at);
  flock_->cut(at);
  shared_.tally.add(&SimFigures::drops);
  if (!was_busy) return;  // it waits for its next try anyway
  quit_call(edge);
  edge.sink.reset();
  edge.told.clear();
  edge.next = SimEdge::Next::report;
  mark_started(edge);
  call_at(at, steady() + edge.patience.after(fail(Code::unavailable, ""), edge.random));
}

void SimLane::restart(std::size_t at) {
  SimEdge& edge = edges_[at];
  plan(at, What::restart, shared_.options.restarts);
  if (edge.record.certificate.empty()) return;  // what was not installed does not restart
  shared_.tally.add(&SimFigures::restarts);
  flock_->cut(at);
  quit_call(edge);
  edge.next = SimEdge::Next::report;
  edge.patience = Patience(shared_.options.backoff);
  edge.state = ReportState::applied;
  edge.offered = edge.record.version;
  edge.problem.clear();
  edge.told.clear();
  edge.update.reset();
  edge.incoming.reset();
  edge.sink.reset();
  mark_started(edge);
  call_at(at, steady() + kBootMin + part_of(kBootSpread, edge.random.uniform()));
}

// ---- Answers -----------------------------------------------------------------------------------

void SimLane::take(const net::HttpFlock::Answer& answer) {
  SimEdge& edge = edges_[answer.member];
  quit_call(edge);
  if (!answer.response) return failed(answer.member, answer.response.error());
  if (!is_success(*answer.response)) {
    edge.patience.note(*answer.response);
    return failed(answer.member, error_of(*answer.response));
  }
  if (const auto done = succeeded(answer.member, *answer.response); !done)
    return failed(answer.member, done.error());
  edge.patience.worked();
  mark_started(edge);
  shared_.tally.answered(std::exchange(edge.in_touch, true), steady());
}

void SimLane::failed(std::size_t at, const Error& error) {
  SimEdge& edge = edges_[at];
  shared_.tally.failed(error, std::exchange(edge.in_touch, false));
  mark_started(edge);
  edge.sink.reset();
  edge.told.clear();
  if (edge.next == SimEdge::Next::join) {
    // The name is taken: by an earlier run, or by us, and the answer was lost.
    if (error.code == Code::conflict) edge.record.edge += "-" + edge.random.token(2);
    // The token or the authority: the next one would hear the same.
    else if (!traits(error.code).retry && error.code != Code::exhausted)
      shared_.tally.hopeless(error.text);
  } else {
    edge.next = SimEdge::Next::report;
  }
  call_at(at, steady() + edge.patience.after(error, edge.random));
}

Result<void> SimLane::succeeded(std::size_t at, const net::HttpResponse& response) {
  SimEdge& edge = edges_[at];
  const SimEdge::Next done = std::exchange(edge.next, SimEdge::Next::report);
  Time when = steady();
  switch (done) {
    case SimEdge::Next::join:
      edge.next = SimEdge::Next::join;  // until it has
      TRY(joined(at, response));
      edge.next = SimEdge::Next::report;
      break;
    case SimEdge::Next::renew:
      TRY(renewed(at, response));
      break;
    case SimEdge::Next::report:
      edge.next = edge.update ? SimEdge::Next::fetch : SimEdge::Next::poll;
      break;
    case SimEdge::Next::fetch: {
      const Result<void> whole = edge.sink->finish();
      edge.sink.reset();
      if (!whole && whole.error().code != Code::corrupt) return whole.error();
      if (!whole) {
        refuse(at, whole.error());
        return {};
      }
      shared_.tally.add(&SimFigures::artifacts);
      for (const DesiredArtifact& artifact : edge.incoming->artifacts)
        if (edge.artifacts.insert(artifact.digest).second) break;  // the one that was asked for
      edge.next = SimEdge::Next::fetch;
      break;
    }
    case SimEdge::Next::poll: {
      const auto envelope = TRY(read_offered(response));
      if (!envelope) break;
      offered(at, *envelope);
      return {};
    }
  }
  call_at(at, when);
  return {};
}

Result<void> SimLane::joined(std::size_t at, const net::HttpResponse& response) {
  SimEdge& edge = edges_[at];
  // Its own clock says nothing yet of what the hub has just made.
  Joined made = TRY(
      read_joined(response, shared_.options.order, std::move(edge.new_key), shared_.clock.now()));
  TRY(flock_->identify(at, made.credential.certificate, made.credential.key));
  flock_->cut(at);  // a connection of nobody
  edge.record.edge = std::move(made.identity.edge);
  edge.record.certificate = std::move(made.credential.certificate);
  edge.record.key = std::move(made.credential.key);
  edge.record.renew_after = made.identity.renew_after;
  if (keys_.empty()) keys_ = TRY(state_keys_of(made.identity));
  shared_.tally.joined("");
  const std::lock_guard lock(shared_.mutex);
  if (shared_.identity) return {};
  made.identity.edge.clear();
  shared_.identity = std::move(made.identity);
  return {};
}

Result<void> SimLane::renewed(std::size_t at, const net::HttpResponse& response) {
  SimEdge& edge = edges_[at];
  Identity identity;
  {
    const std::lock_guard lock(shared_.mutex);
    identity = *shared_.identity;
  }
  identity.edge = edge.record.edge;
  Joined made = TRY(read_renewed(response, identity, std::move(edge.new_key), shared_.clock.now()));
  TRY(flock_->identify(at, made.credential.certificate, made.credential.key));
  flock_->cut(at);
  edge.record.certificate = std::move(made.credential.certificate);
  edge.record.key = std::move(made.credential.key);
  edge.record.renew_after = made.identity.renew_after;
  shared_.tally.add(&SimFigures::renewed);
  return {};
}

// ---- States ------------------------------------------------------------------------------------

Result<std::shared_ptr<const SimContent>> SimLane::content_of(const DesiredState& state) {
  auto& known = contents_[state.revision];
  if (auto content = known.lock()) return content;
  auto content = TRY(look_at(state.content));
  known = content;
  if (contents_.size() > kContentsMax)
    std::erase_if(contents_, [](const auto& one) { return one.second.expired(); });
  return content;
}

void SimLane::refuse(std::size_t at, const Error& error) {
  SimEdge& edge = edges_[at];
  shared_.tally.refused(error.text);
  edge.state = ReportState::keeping;
  edge.problem = "refused: " + error.text;
  edge.update.reset();
  edge.incoming.reset();
  edge.next = SimEdge::Next::report;
  call_at(at, steady() + edge.patience.after(fail(Code::corrupt, ""), edge.random));
}

void SimLane::offered(std::size_t at, const crypt::Envelope& envelope) {
  SimEdge& edge = edges_[at];
  auto state = verify_desired(envelope, keys_, edge.record.edge, wall(edge), edge.floor());
  if (!state) {
    edge.offered = 0;
    return refuse(at, state.error());
  }
  shared_.tally.offered(state->revision, steady());
  call_at(at, steady());
  edge.state = ReportState::applied;
  edge.offered = state->version;
  edge.problem.clear();
  if (state->version == edge.record.version) return;
  auto content = content_of(*state);
  if (!content) return refuse(at, content.error());
  edge.state = ReportState::applying;
  edge.incoming = std::move(*content);
  edge.update = std::move(*state);
  edge.update->content = {};
}

void SimLane::apply(SimEdge& edge) {
  CHECK(edge.update->version > edge.record.version);
  shared_.tally.applied(edge.record.revision, edge.update->revision, steady());
  edge.record.version = edge.update->version;
  edge.record.revision = std::move(edge.update->revision);
  edge.runs = std::exchange(edge.incoming, nullptr);
  edge.update.reset();
  edge.state = ReportState::applied;
  edge.next = SimEdge::Next::report;
}

}  // namespace lineside::wire
