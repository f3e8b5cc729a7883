#include "edge/follow_lanes.h"

#include <algorithm>
#include <map>

#include "base/log.h"
#include "base/text.h"
#include "base/version.h"
#include "edge/record_lane.h"
#include "wire/joined_folder.h"

namespace lineside::edge {

namespace {

constexpr Duration kTurn = Duration::millis(50);
constexpr Duration kRenewAgain = Duration::seconds(600);  // below what the hub allows in an hour

wire::LinkWorld link_world(const EdgeWorld& world) {
  return {world.dialer, world.clock, world.random};
}

std::vector<std::string> each_line(const std::string& text) {
  std::vector<std::string> lines;
  for (const std::string_view line : split(text, '\n')) lines.emplace_back(line);
  return lines;
}

std::vector<wire::RunningConnection> links_of(const Edge& edge) {
  std::vector<wire::RunningConnection> out;
  for (const ConnectionMetrics& link : edge.metrics(MetricsOf::connections).connections)
    out.push_back({link.connection, link.up ? wire::LinkStanding::up : wire::LinkStanding::waiting,
                   excerpt(link.problem, wire::kProblemBytes)});
  return out;
}

// By which connection a stream comes; of several the first.
std::map<std::string, std::string, std::less<>> connections_of(const Plan* plan) {
  std::map<std::string, std::string, std::less<>> connections;
  if (plan == nullptr) return connections;
  for (const auto& connection : plan->config.connections)
    for (const domain::MappingSpec& mapping : connection.spec.mappings)
      for (const domain::PointSpec& point : mapping.streams)
        connections.emplace(point.stream, connection.name);
  return connections;
}

}  // namespace

FollowLanes::FollowLanes(std::string data_folder, wire::Joined joined, EdgeWorld world,
                         FollowOptions options)
    : data_folder_(std::move(data_folder)),
      name_(joined.identity.edge),
      world_(std::move(world)),
      options_(options),
      joined_(std::move(joined)),
      link_(joined_.identity, joined_.credential, link_world(world_), options.link),
      upload_(joined_.identity, joined_.credential, link_world(world_), options.link),
      reporter_(world_.clock, options.report) {}

FollowLanes::~FollowLanes() { stop_lanes(); }

Result<std::unique_ptr<FollowLanes>> FollowLanes::open(std::string data_folder, wire::Joined joined,
                                                       EdgeWorld world, FollowOptions options) {
  auto keys = wire::state_keys_of(joined.identity);
  if (!keys) return fail(Code::corrupt, keys.error().text);
  std::unique_ptr<FollowLanes> lanes(new FollowLanes(  // private constructor
      std::move(data_folder), std::move(joined), std::move(world), options));
  FollowLanes* self = lanes.get();
  wire::FollowerWorld doors{
      self->world_.files,
      self->world_.clock,
      [self](const wire::DesiredArtifact& artifact, const std::string& folder) {
        return self->link_.fetch(artifact, folder, self->world_.files);
      },
      [self](const std::string& folder) { return self->edge_->reload(folder).problems; },
      [self] { self->tell_applying(); },
      [self](std::size_t files) { self->altered_->fetch_add(files); }};
  lanes->follower_ = std::make_unique<wire::Follower>(TRY(
      wire::Follower::open(self->data_folder_, self->name_, std::move(*keys), std::move(doors))));
  return lanes;
}

// What is not what was signed is one more configuration that does not load.
Result<std::unique_ptr<Edge>> FollowLanes::open_in(std::size_t folder, const EdgeOptions& options) {
  if (const auto mended = follower_->mend(folder); !mended) return invalid(mended.error().text);
  return Edge::open(options, world_);
}

Result<std::unique_ptr<Edge>> FollowLanes::open_edge(EdgeOptions options) {
  options.name = name_;
  options.data_folder = data_folder_;
  options.follows_hub = true;
  options.altered = altered_;
  const std::vector<std::string> folders = follower_->folders();
  std::vector<std::string> problems;
  for (std::size_t i = 0;; ++i) {
    options.config_folder = folders[i];
    auto edge = open_in(i, options);
    if (edge) {
      follower_->started(i, problems);
      return edge;
    }
    if (edge.error().code != Code::invalid || i + 1 == folders.size()) return edge.error();
    log::error("follow", "{} does not load: {}", folders[i], edge.error().text);
    std::ranges::move(each_line(edge.error().text), std::back_inserter(problems));
  }
}

void FollowLanes::start(Edge& edge) {
  edge_ = &edge;
  follow_lane_ = std::make_unique<Lane>("follow", [this] { return follow_step(); });
  upload_lane_ = std::make_unique<Lane>("upload", [this] { return upload_step(); });
}

void FollowLanes::stop() {
  stop_lanes();
  if (edge_ == nullptr) return;
  const auto told = reporter_.tell_stopped(report(), joined_, link_world(world_));
  if (!told) log::warn("follow", "the hub is not told that we stop: {}", told.error().text);
}

void FollowLanes::stop_lanes() {
  stopping_.store(true);
  for (auto* lane : {follow_lane_.get(), upload_lane_.get()})
    if (lane != nullptr) lane->stop();
  // A call that begins between the two is ended too.
  const auto done = [](const std::unique_ptr<Lane>& lane) { return !lane || lane->done(); };
  while (!done(follow_lane_) || !done(upload_lane_)) {
    link_.wake();
    upload_.wake();
    world_.clock.sleep(kTurn);
  }
  follow_lane_.reset();
  upload_lane_.reset();
}

void FollowLanes::retry() {
  const std::lock_guard lock(retry_mutex_);
  retry_.store(true);
  link_.wake();
}

// The wake that came with it may have met no call, and would end the next one: a fresh connection
// was never woken.
bool FollowLanes::take_retry() {
  const std::lock_guard lock(retry_mutex_);
  if (!retry_.exchange(false)) return false;
  link_.use(joined_);
  return true;
}

bool FollowLanes::pause(Duration duration, const std::atomic<bool>& cut_short) const {
  const Time end = world_.clock.steady() + duration;
  while (!stopping_.load() && !cut_short.load() && world_.clock.steady() < end)
    world_.clock.sleep(std::min(kTurn, end - world_.clock.steady()));
  return !stopping_.load();
}

// ---- Desired and reported ----------------------------------------------------------------------

wire::StateReport FollowLanes::report() const {
  wire::StateReport report;
  report.edge = name_;
  const wire::FollowerStatus& status = follower_->status();
  report.version = follower_->running();
  if (report.version == follower_->floor().version) report.revision = follower_->floor().revision;
  report.offered = status.offered;
  report.state = status.state;
  report.problems = status.problems;
  report.runs.lineside = kVersion;
  report.runs.streams = static_cast<std::int64_t>(edge_->directory().size());
  const auto plan = edge_->config_state().plan;
  for (const PlannedPipeline& pipeline : plan->pipelines)
    report.runs.pipelines.push_back({pipeline.name, pipeline.version, pipeline.model_digest});
  report.runs.connections = links_of(*edge_);
  return report;
}

bool FollowLanes::follow_step() {
  if (stopping_.load()) return false;
  if (!resumed_) {
    resumed_ = true;
    follower_->resume();
  }
  if (take_retry()) follower_->retry();
  const auto done = follow_once();
  if (stopping_.load()) return false;
  if (retry_.load()) return true;  // what was under way was woken for it
  if (!done) {
    log::warn("follow", "hub: {}", done.error().text);
    reporter_.forget();
    return pause(link_.pause_after(done.error()), retry_);
  }
  if (!follower_->status().try_again) {
    link_.worked();
    return true;
  }
  return pause_after_try();
}

// Who watches shall see why it waits, for as long as it waits.
bool FollowLanes::pause_after_try() {
  // Before the report is made: the answer to what failed may have asked for a pause.
  Duration wait = link_.pause_after(fail(follower_->status().cause, ""));
  const auto told = tell();
  if (!told && !retry_.load()) {
    log::warn("follow", "hub: {}", told.error().text);
    wait = std::max(wait, link_.pause_after(told.error()));
  }
  return pause(wait, retry_);
}

Result<void> FollowLanes::follow_once() {
  renew_if_due();
  TRY(tell());
  if (retry_.load()) return {};  // its wake may be spent on a call before this one
  const auto envelope = TRY(link_.poll(follower_->decided(), options_.poll));
  if (envelope) follower_->offer(*envelope);
  return {};
}

Result<void> FollowLanes::tell() { return reporter_.tell(report(), link_); }

// For who watches; the outcome is told in any case.
void FollowLanes::tell_applying() {
  if (const auto told = tell(); !told) log::warn("follow", "hub: {}", told.error().text);
}

// What we have holds for a month yet: what keeps us from a new one keeps us from nothing else.
void FollowLanes::renew_if_due() {
  const Time steady = world_.clock.steady();
  if (!link_.renewal_due() || steady < renew_again_) return;
  const auto done = renew();
  if (done || retry_.load()) return;
  renew_again_ = steady + kRenewAgain;
  log::warn("follow", "the certificate is not renewed, next try in {} s: {}",
            kRenewAgain.ns / Duration::seconds(1).ns, done.error().text);
}

Result<void> FollowLanes::renew() {
  wire::Joined joined = TRY(link_.renew());
  TRY(wire::save_joined(data_folder_, joined, world_.files));
  follower_->use_keys(TRY(wire::state_keys_of(joined.identity)));
  {
    const std::lock_guard lock(renewed_mutex_);
    renewed_ = joined;
  }
  joined_ = std::move(joined);
  link_.use(joined_);
  log::info("follow", "the certificate is renewed");
  return {};
}

// ---- Alerts, verdicts, streams, links -----------------------------------------------------------

bool FollowLanes::upload_step() {
  if (stopping_.load()) return false;
  {
    const std::lock_guard lock(renewed_mutex_);
    if (renewed_) upload_.use(*std::exchange(renewed_, std::nullopt));
  }
  const auto all = [&]() -> Result<bool> {
    const bool more_alerts = TRY(upload_alerts());
    const bool more_streams = TRY(upload_streams());
    TRY(reporter_.tell_links(links_of(*edge_), upload_));
    return more_streams || more_alerts;
  };
  const auto more = all();
  if (stopping_.load()) return false;
  if (!more) {
    log::warn("upload", "hub: {}", more.error().text);
    return pause(upload_.pause_after(more.error()), stopping_);
  }
  upload_.worked();
  if (*more) return true;
  upload_.close();  // an idle connection costs the hub memory
  return pause(options_.upload_every, stopping_);
}

// True: there is more.
Result<bool> FollowLanes::upload_alerts() {
  const auto messages = TRY(edge_->db().outbox_next(std::string(kHubOutbox), 0, wire::kBatchMax));
  if (messages.empty()) return false;
  wire::Batch batch;
  std::vector<std::int64_t> ids;
  for (const store::OutboxMessage& message : messages) {
    ids.push_back(message.id);
    const std::string_view text = as_text(message.payload);
    if (message.topic == kAlertTopic) {
      auto alert = codec::read_json<domain::Alert>(text, "alert");
      if (alert) batch.alerts.push_back(std::move(*alert));
      if (!alert) log::error("upload", "an alert of the outbox is lost: {}", alert.error().text);
    } else {
      auto verdict = codec::read_json<domain::Verdict>(text, "verdict");
      if (verdict) batch.verdicts.push_back(std::move(*verdict));
      if (!verdict)
        log::error("upload", "a verdict of the outbox is lost: {}", verdict.error().text);
    }
  }
  TRY(upload_.send(batch));
  TRY(edge_->db().outbox_done(ids));
  return messages.size() == wire::kBatchMax;
}

Result<bool> FollowLanes::upload_streams() {
  const std::size_t known = edge_->directory().size();
  for (; streams_known_ < known; ++streams_known_)
    untold_.push_back(static_cast<domain::StreamIndex>(streams_known_));
  const auto connections = connections_of(edge_->live().plan().get());
  wire::Discovered discovered;
  std::vector<domain::StreamIndex> later;
  for (const domain::StreamIndex index : untold_) {
    const domain::StreamName name = edge_->directory().name(index);
    const auto connection = connections.find(name.stream);
    // Predictions are no streams of the plant.
    if (connection == connections.end()) continue;
    // A message may hold less than is mapped, and what has never come is not there.
    const bool is_due =
        edge_->live().has_seen(index) && discovered.streams.size() < wire::kDiscoveredMax;
    if (is_due)
      discovered.streams.push_back({name.asset, name.stream, name.unit, connection->second});
    else
      later.push_back(index);
  }
  const bool is_full = discovered.streams.size() == wire::kDiscoveredMax;
  if (!discovered.streams.empty()) {
    const auto told = upload_.discovered(discovered);
    if (!told && traits(told.error().code).retry && told.error().code != Code::exhausted)
      return told.error();
    // Saying it again changes nothing; after the next start it is said again anyway.
    if (!told) log::warn("upload", "new streams are not registered: {}", told.error().text);
  }
  untold_ = std::move(later);
  return is_full;
}

}  // namespace lineside::edge
