#include "edge/edge.h"

#include <algorithm>
#include <format>

#include "base/check.h"
#include "base/log.h"
#include "edge/api.h"
#include "edge/parts_internal.h"

namespace lineside::edge {

namespace {

constexpr Duration kWait = Duration::millis(50);        // of a lane for its next item
constexpr Duration kStopLimit = Duration::seconds(10);  // to finish what was taken

template <class Spec>
std::vector<std::string> differences(std::string_view kind,
                                     const std::vector<domain::Manifest<Spec>>& before,
                                     const std::vector<domain::Manifest<Spec>>& after) {
  std::vector<std::string> out;
  for (const auto& now : after) {
    const auto was = std::ranges::find(before, now.name, &domain::Manifest<Spec>::name);
    if (was == before.end())
      out.push_back(std::format("{} {} added", kind, now.name));
    else if (!(was->spec == now.spec))
      out.push_back(std::format("{} {} changed", kind, now.name));
  }
  for (const auto& was : before)
    if (std::ranges::find(after, was.name, &domain::Manifest<Spec>::name) == after.end())
      out.push_back(std::format("{} {} removed", kind, was.name));
  return out;
}

std::vector<std::string> differences(const Plan& before, const Plan& after) {
  auto out = differences("connection", before.config.connections, after.config.connections);
  std::ranges::move(differences("contract", before.config.contracts, after.config.contracts),
                    std::back_inserter(out));
  std::ranges::move(differences("pipeline", before.config.pipelines, after.config.pipelines),
                    std::back_inserter(out));
  for (const PlannedPipeline& now : after.pipelines)
    for (const PlannedPipeline& was : before.pipelines)
      if (was.name == now.name && was.model_digest != now.model_digest && was.spec == now.spec)
        out.push_back("model of pipeline " + now.name + " changed");
  return out;
}

}  // namespace

Edge::Edge(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}

Edge::~Edge() { stop(); }

Result<std::unique_ptr<Edge>> Edge::open(EdgeOptions options, EdgeWorld world) {
  auto parts = std::make_unique<Parts>(std::move(options), std::move(world));
  Parts& p = *parts;
  const std::string& folder = p.options.data_folder;
  world::Files& files = p.world.files;
  TRY(files.make_directories(folder));
  p.lock = TRY(world::FileLock::take(folder + "/lock"));
  p.started = p.loaded = p.world.clock.now();

  const LoadedPlan loaded = TRY(p.load_first());
  p.db = TRY(store::EdgeDb::open(folder + "/edge.db", {.now = p.started}));
  store::JournalOptions journal{.segment_bytes = p.options.segment_bytes,
                                .cap_bytes = p.options.readings_cap_bytes};
  store::JournalOptions recorded = journal;
  recorded.cap_bytes = p.options.predictions_cap_bytes;
  for (const store::LaneProgress& progress : TRY(p.db->progress())) {
    store::Position& noted =
        progress.lane == "predictions" ? recorded.next_at_least : journal.next_at_least;
    noted = std::max(noted, progress.applied);
  }
  p.readings = TRY(store::Journal::open(files, folder + "/readings", p.directory, journal));
  p.predictions = TRY(store::Journal::open(files, folder + "/predictions", p.directory, recorded));
  p.find_damage(journal.next_at_least, recorded.next_at_least);
  p.readings_history = std::make_unique<store::History>(p.readings->catalog());
  p.predictions_history = std::make_unique<store::History>(p.predictions->catalog());

  p.links.reserve(kLinksMax);
  p.make_lanes();
  TRY(p.recover());
  for (const auto& manifest : p.plan->config.connections) TRY(p.add_link(manifest));
  p.set_record_links();
  p.ready = true;
  if (!p.last_good_of) p.keep_good(loaded, p.config_folder);
  // tidy: the constructor is private
  return std::unique_ptr<Edge>(new Edge(std::move(parts)));
}

// A broken folder is no reason to let the machines go unwatched after a restart.
Result<LoadedPlan> Edge::Parts::load_first() {
  LoadedPlan first = load_plan(sources(config_folder));
  plan = first.plan;
  if (plan) return first;
  const Error refused = invalid(text_of(first.problems));
  if (options.follows_hub) return refused;  // who follows has its own to fall back to
  const auto kept = last_good.load(sources(config_folder));
  if (!kept)
    return invalid(refused.text +
                   "\nand the last good configuration does not load: " + kept.error().text);
  if (!*kept) return refused;
  for (const std::string& problem : first.problems) log::error("edge", "{}", problem);
  log::warn("edge", "running the last good configuration of {}: {} has {} problem{}",
            format_iso((*kept)->taken), config_folder, first.problems.size(),
            first.problems.size() == 1 ? "" : "s");
  plan = (*kept)->plan;
  last_good_of = (*kept)->taken;
  problems = first.problems;
  return first;
}

// What follows a hub has its states kept by the follower.
void Edge::Parts::keep_good(const LoadedPlan& taken, const std::string& from) {
  if (options.follows_hub) return;
  const auto kept = last_good.keep(taken, from, world.clock.now());
  if (!kept) log::warn("edge", "the last good configuration is not kept: {}", kept.error().text);
}

std::unique_ptr<FlowPair> Edge::Parts::make_flow(std::size_t lane, std::size_t lanes) {
  const LaneShare share{static_cast<std::uint32_t>(lane), static_cast<std::uint32_t>(lanes)};
  // A pipeline without state starts from the newest readings kept, so that its windows are full.
  WarmUp warm_up = [this](store::Position before, const store::Journal::Visit& visit) {
    constexpr store::Position kReadings = 1'000'000;
    const store::Position from = before > kReadings ? before - kReadings : 0;
    auto done = readings->read(from, [&](store::Position at, const domain::ReadingBatch& batch) {
      return at + batch.size() <= before && visit(at, batch);
    });
    if (!done) log::warn("flow", "windows start empty: {}", done.error().text);
  };
  return std::make_unique<FlowPair>(share, directory, std::move(warm_up),
                                    InferOptions{.edge = options.name}, options.queue_items);
}

void Edge::Parts::make_lanes() {
  for (std::size_t i = 0; i < options.flow_lanes; ++i) {
    flow_queues.push_back(std::make_unique<FlowQueue>(options.queue_items));
    flows.push_back(make_flow(i, options.flow_lanes));
  }
  commit = std::make_unique<CommitLane>(ingest_queue, flow_queues, *readings, world.clock,
                                        CommitOptions{.snapshot_every = options.snapshot_every});
  commit->on_acknowledge(
      [this](std::uint32_t link, std::uint64_t ack) { links[link]->connector().acknowledge(ack); });
  commit->on_committed(
      [this](const domain::ReadingBatch& batch) { live.note_readings(batch, world.clock.now()); });
  record = std::make_unique<RecordLane>(
      effects_queue,
      RecordLane::Stores{world.files, world.clock, *predictions, *db, directory, live},
      RecordOptions{
          .snapshot_folder = options.data_folder + "/snapshots",
          .to_hub = options.follows_hub,
          .alert_changed = [this](const domain::Alert& a) { publish_alert(live, *db, feed, a); },
          .live_tick = [this] { publish_changes(live, feed); }});
}

Result<void> Edge::Parts::add_link(const domain::Manifest<domain::ConnectionSpec>& manifest) {
  connect::ConnectorContext context{options.name, manifest.name, manifest.folder, world.dialer,
                                    world.clock,  world.random,  world.files,     {}};
  IngestLane::Outlets outlets{
      ingest_queue,
      [this](std::vector<connect::Published> done) { record->published(std::move(done)); },
      [this](const std::vector<watch::StateChange>& changes) { live.note_states(changes); },
      [this](std::vector<store::RejectCount> rejects) { record->rejected(std::move(rejects)); }};
  auto link = TRY_WITH(IngestLane::create({.index = static_cast<std::uint32_t>(links.size()),
                                           .name = manifest.name,
                                           .spec = manifest.spec,
                                           .plan = plan},
                                          std::move(context), directory, std::move(outlets)),
                       "connection " + manifest.name);
  // What was read of a source before tells what it sends again.
  constexpr store::Position kRemembered = 256 * 1024;
  const store::Position end = readings->durable();
  domain::ReadingBatch history;
  TRY(readings->read(end > kRemembered ? end - kRemembered : 0,
                     [&](store::Position, const domain::ReadingBatch& batch) {
                       history.append(batch);
                       return true;
                     }));
  link->remember(history);
  if (links.size() >= kLinksMax)
    return fail(Code::exhausted, std::format("at most {} connections in one run", kLinksMax));
  links.push_back(std::move(link));
  link_threads.push_back(nullptr);
  return {};
}

void Edge::Parts::set_record_links() {
  std::map<std::string, connect::Connector*> by_name;
  for (const auto& link : links) by_name[link->name()] = &link->connector();
  record->set_links(std::move(by_name));
}

bool Edge::Parts::flow_step(std::size_t lane, Duration wait) {
  FlowPair& pair = *flows[lane];
  const auto item = flow_queues[lane]->pop(wait);
  if (item) {
    pair.rows.push(pair.flow.process(*item));
    auto counters = pair.flow.counters();
    std::lock_guard guard(pair.mutex);
    pair.counters = std::move(counters);
  }
  return !flow_queues[lane]->drained();
}

bool Edge::Parts::infer_step(std::size_t lane, Duration wait) {
  FlowPair& pair = *flows[lane];
  auto item = pair.rows.pop(wait);
  if (item) effects_queue.push(pair.infer.process(std::move(*item)));
  return !pair.rows.drained();
}

void Edge::Parts::start_link(std::size_t link) {
  IngestLane& lane = *links[link];
  link_threads[link] = std::make_unique<Lane>("in-" + lane.name().substr(0, 11), [&lane] {
    lane.step(kWait);
    return true;
  });
}

// Each lane closes the queue behind it when it is done, so the lanes end in the order of the flow.
void Edge::start() {
  Parts& p = *parts_;
  CHECK(p.threads.empty());
  for (std::size_t i = 0; i < p.links.size(); ++i) p.start_link(i);
  p.threads.push_back(std::make_unique<Lane>("commit", [&p] {
    if (p.commit->step(kWait)) return true;
    for (auto& queue : p.flow_queues) queue->close();
    return false;
  }));
  for (std::size_t i = 0; i < p.flows.size(); ++i) {
    p.threads.push_back(std::make_unique<Lane>(std::format("flow-{}", i), [&p, i] {
      if (p.flow_step(i, kWait)) return true;
      p.flows[i]->rows.close();
      return false;
    }));
    p.threads.push_back(std::make_unique<Lane>(std::format("infer-{}", i), [&p, i] {
      if (p.infer_step(i, kWait)) return true;
      if (++p.infer_lanes_done == p.flows.size()) p.effects_queue.close();
      return false;
    }));
  }
  p.threads.push_back(std::make_unique<Lane>("record", [&p] { return p.record->step(kWait); }));
}

void Edge::stop() {
  Parts& p = *parts_;
  if (p.threads.empty()) return;
  world::Clock& clock = p.world.clock;
  for (auto& link : p.links) link->drain();
  const Time limit = clock.steady() + kStopLimit;
  const auto all_drained = [&] {
    return std::ranges::all_of(p.links, [](const auto& link) { return link->drained(); });
  };
  while (!all_drained() && clock.steady() < limit) clock.sleep(Duration::millis(5));
  p.ingest_queue.close();
  const auto all_done = [&] {
    return std::ranges::all_of(p.threads, [](const auto& lane) { return lane->done(); });
  };
  while (!all_done() && clock.steady() < limit) clock.sleep(Duration::millis(5));
  if (!all_done()) {
    log::warn("edge", "not everything could be stored before the end; sources keep it");
    p.commit->abandon();
    p.record->abandon();
  }
  for (auto& lane : p.threads) lane->join();
  p.link_threads.clear();  // last: they still sent acknowledgements and kept the links alive
  for (auto& link : p.links) link->connector().keep({});  // the acknowledgements of the last commit
  p.threads.clear();
}

void Edge::step_all() {
  Parts& p = *parts_;
  for (auto& link : p.links) link->step({});
  p.commit->step({});
  for (std::size_t i = 0; i < p.flows.size(); ++i) {
    p.flow_step(i, {});
    p.infer_step(i, {});
  }
  p.record->step({});
}

// New connections first: only they can fail, and then nothing has changed yet.
Result<void> Edge::Parts::take_plan(std::shared_ptr<const Plan> next) {
  const std::size_t known = links.size();
  const auto link_of = [&](const std::string& name) {
    return std::ranges::find(links, name, [](const auto& link) { return link->name(); });
  };
  const std::shared_ptr<const Plan> before = std::exchange(plan, std::move(next));
  for (const auto& manifest : plan->config.connections) {
    if (link_of(manifest.name) != links.end()) continue;
    if (auto added = add_link(manifest); !added) {
      links.resize(known);
      link_threads.resize(known);
      plan = before;
      return added;
    }
  }
  for (std::size_t i = 0; i < known; ++i) {
    const auto manifest = std::ranges::find(plan->config.connections, links[i]->name(),
                                            &domain::Manifest<domain::ConnectionSpec>::name);
    if (manifest == plan->config.connections.end()) {
      links[i]->leave();
      continue;
    }
    links[i]->resume();
    links[i]->switch_plan(plan, manifest->spec);
  }
  set_record_links();
  for (std::size_t i = known; !threads.empty() && i < links.size(); ++i) start_link(i);
  commit->switch_plan(plan);
  return {};
}

Reloaded Edge::Parts::reload_from(const std::string& from) {
  const LoadedPlan next = load_plan(sources(from));
  Reloaded out = take(next, from);
  if (out.problems.empty()) keep_good(next, from);
  return out;
}

Reloaded Edge::Parts::take(const LoadedPlan& next, const std::string& from) {
  std::lock_guard guard(mutex);
  problems = next.problems;
  if (!next.plan) return {plan->revision, {}, next.problems};
  Reloaded out{next.plan->revision, differences(*plan, *next.plan), {}};
  if (next.plan->revision == plan->revision) {
    last_good_of.reset();
    return out;
  }

  if (auto taken = take_plan(next.plan); !taken) {
    problems = {taken.error().text};
    return {plan->revision, {}, problems};
  }
  config_folder = from;
  last_good_of.reset();
  loaded = world.clock.now();
  log::info("edge", "configuration {} taken, {} change{}", out.revision.substr(0, 19),
            out.changed.size(), out.changed.size() == 1 ? "" : "s");
  return out;
}

Reloaded Edge::reload(const std::string& folder, WhenBusy when_busy) {
  std::unique_lock one_at_a_time(parts_->reloading, std::try_to_lock);
  if (!one_at_a_time && when_busy == WhenBusy::refuse) return {.busy = true};
  if (!one_at_a_time) one_at_a_time.lock();
  return parts_->reload_from(folder.empty() ? config_state().folder : folder);
}

const LiveView& Edge::live() const { return parts_->live; }
const StreamDirectory& Edge::directory() const { return parts_->directory; }
EventFeed& Edge::feed() { return parts_->feed; }
store::EdgeDb& Edge::db() { return *parts_->db; }
const store::History& Edge::readings() const { return *parts_->readings_history; }
const store::History& Edge::predictions() const { return *parts_->predictions_history; }

const EdgeWorld& Edge::world() const { return parts_->world; }

ConfigState Edge::config_state() const {
  std::lock_guard guard(parts_->mutex);
  return {parts_->config_folder,       parts_->loaded, parts_->problems,
          parts_->options.follows_hub, parts_->plan,   parts_->standing(),
          parts_->last_good_of};
}

}  // namespace lineside::edge
