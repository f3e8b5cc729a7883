#include "edge/record_lane.h"

#include <algorithm>

#include "base/log.h"
#include "codec/json_writer.h"
#include "edge/infer_lane.h"

namespace lineside::edge {

namespace {

constexpr std::string_view kPredictionsLane = "predictions";

std::string topic_for(std::string topic, const std::string& asset) {
  const std::size_t at = topic.find("{asset}");
  if (at != std::string::npos) topic.replace(at, 7, asset);
  return topic;
}

store::OutboxMessage message(const domain::PublishSpec& publish, const std::string& topic,
                             const std::string& asset, std::string_view json) {
  store::OutboxMessage out;
  out.connection = publish.connection;
  out.topic = topic_for(topic, asset);
  const ByteView bytes = as_bytes(json);
  out.payload.assign(bytes.begin(), bytes.end());
  return out;
}

const PlannedPipeline* find_pipeline(const Plan& plan, const std::string& name) {
  const auto it = std::ranges::find(plan.pipelines, name, &PlannedPipeline::name);
  return it == plan.pipelines.end() ? nullptr : &*it;
}

std::string alert_json(const domain::Alert& alert) {
  codec::JsonWriter json;
  json.value(alert);
  return json.take();
}

std::string prediction_json(const domain::Prediction& prediction, const PlannedPipeline& pipeline) {
  codec::JsonWriter json;
  json.begin_object().member("pipeline", prediction.pipeline);
  json.member("version", pipeline.version).member("asset", prediction.asset);
  json.member("time", prediction.time).key("outputs").begin_object();
  for (std::size_t i = 0; i < prediction.outputs.size(); ++i)
    json.member(pipeline.outputs[i], prediction.outputs[i]);
  json.end_object().end_object();
  return json.take();
}

}  // namespace

RecordLane::RecordLane(EffectsQueue& in, Stores stores, RecordOptions options)
    : in_(in), stores_(stores), options_(std::move(options)), last_events_(stores.clock.steady()) {}

void RecordLane::set_links(std::map<std::string, connect::Connector*> links) {
  std::lock_guard lock(mutex_);
  next_links_ = std::move(links);
}

void RecordLane::take_links() {
  std::lock_guard lock(mutex_);
  if (!next_links_) return;
  for (const auto& [name, connector] : *next_links_) links_[name].connector = connector;
  next_links_.reset();
}

Result<void> RecordLane::recover() {
  replaying_ = true;
  store::Position from = 0;
  for (const store::LaneProgress& progress : TRY(stores_.db.progress()))
    if (progress.lane == kPredictionsLane) from = progress.applied;
  return stores_.predictions.read(from, [&](store::Position, const domain::ReadingBatch& batch) {
    for (std::size_t i = 0; i < batch.size(); ++i)
      recorded_.emplace(batch.stream[i], batch.time_ns[i]);
    return true;
  });
}

void RecordLane::replay_done() {
  replaying_ = false;
  recorded_.clear();
}

std::optional<Error> RecordLane::problem() const {
  std::lock_guard lock(mutex_);
  return problem_;
}

void RecordLane::published(std::vector<connect::Published> done) {
  std::lock_guard lock(mutex_);
  done_.insert(done_.end(), std::make_move_iterator(done.begin()),
               std::make_move_iterator(done.end()));
}

void RecordLane::rejected(std::vector<store::RejectCount> rejects) {
  std::lock_guard lock(mutex_);
  rejects_.insert(rejects_.end(), std::make_move_iterator(rejects.begin()),
                  std::make_move_iterator(rejects.end()));
}

void RecordLane::gather(Duration wait) {
  while (group_.size() < options_.items_max) {
    auto item = in_.pop(group_.empty() ? wait : Duration{});
    if (!item) return;
    group_.push_back(std::move(*item));
  }
}

// A prediction is a reading of stream "asset/pipeline.output".
void RecordLane::append_predictions(const EffectsItem& item) {
  if (item.plan) plan_ = item.plan;
  const Plan& plan = item.under ? *item.under : *plan_;
  readings_.clear();
  for (const domain::Prediction& prediction : item.predictions) {
    const PlannedPipeline* pipeline = find_pipeline(plan, prediction.pipeline);
    for (std::size_t o = 0; pipeline && o < prediction.outputs.size(); ++o) {
      const domain::StreamIndex stream = stores_.directory.intern(
          {prediction.asset, prediction.pipeline + "." + pipeline->outputs[o], pipeline->units[o]});
      if (!recorded_.empty() && recorded_.contains({stream, prediction.time.ns})) {
        counters_.repeated.fetch_add(1, std::memory_order_relaxed);
        continue;
      }
      readings_.push({stream, domain::Quality::good, prediction.time, 0, prediction.outputs[o]});
    }
  }
}

store::EdgeChanges RecordLane::changes_of(const EffectsItem& item) const {
  store::EdgeChanges out{.lane = lane_name(item.lane, flow_lanes_), .applied = item.end};
  out.alerts = item.alerts;
  out.alerts.insert(out.alerts.end(), item.closed.begin(), item.closed.end());
  const Plan& plan = item.under ? *item.under : *plan_;
  const Time now = stores_.clock.now();
  const auto add = [&](store::OutboxMessage&& publication) {
    publication.position = item.end == 0 ? 0 : item.end - 1;
    publication.created = now;
    out.outbox.push_back(std::move(publication));
  };
  for (const domain::Prediction& prediction : item.predictions) {
    const PlannedPipeline* pipeline = find_pipeline(plan, prediction.pipeline);
    if (!pipeline || !pipeline->spec.publish || pipeline->spec.publish->predictions.empty())
      continue;
    const domain::PublishSpec& publish = *pipeline->spec.publish;
    add(message(publish, publish.predictions, prediction.asset,
                prediction_json(prediction, *pipeline)));
  }
  const auto tell = [&](const domain::Alert& alert) {
    if (options_.to_hub)
      add(message({.connection = std::string(kHubOutbox)}, std::string(kAlertTopic), alert.asset,
                  alert_json(alert)));
    const PlannedPipeline* pipeline = find_pipeline(plan, alert.pipeline);
    if (!pipeline || !pipeline->spec.publish || pipeline->spec.publish->alerts.empty()) return;
    const domain::PublishSpec& publish = *pipeline->spec.publish;
    add(message(publish, publish.alerts, alert.asset, alert_json(alert)));
  };
  std::ranges::for_each(item.alerts, tell);
  const auto caused = std::ssize(out.outbox);
  std::ranges::for_each(item.closed, tell);
  for (auto one = out.outbox.begin() + caused; one != out.outbox.end(); ++one)
    one->is_causeless = true;
  return out;
}

// Predictions first: should we stop between the two, the replay finds them recorded and only makes
// the transaction again.
Result<void> RecordLane::commit() {
  for (; appended_ < group_.size(); ++appended_) {
    append_predictions(group_[appended_]);
    if (readings_.empty()) continue;
    auto taken = stores_.predictions.append(readings_);
    if (!taken && taken.error().code == Code::exhausted) {  // no more fits into one commit
      TRY(stores_.predictions.commit());
      taken = stores_.predictions.append(readings_);
    }
    if (!taken) return taken.error();
  }
  const store::Position recorded = TRY(stores_.predictions.commit());
  // A replay that is cut short must find again what it has not come to yet.
  store::EdgeChanges last{.lane = std::string(kPredictionsLane),
                          .applied = replaying_ ? 0 : recorded,
                          .published = to_forget_};
  {
    std::lock_guard lock(mutex_);
    last.rejects.swap(rejects_);
  }
  // Publications are texts, larger by far than the predictions they are made of.
  store::EdgeChanges change;
  std::size_t given = 0;
  auto done = stores_.db.commit([&]() -> const store::EdgeChanges* {
    const std::size_t i = given++;
    if (i > group_.size()) return nullptr;
    if (i == group_.size()) return &last;
    change = changes_of(group_[i]);
    return &change;
  });
  if (done) to_forget_.clear();
  if (!done) rejected(std::move(last.rejects));
  return done;
}

void RecordLane::note_effects() {
  for (const EffectsItem& item : group_) {
    if (item.plan) stores_.live.take_plan(item.plan);
    stores_.live.note_predictions(item.predictions);
    stores_.live.note_alerts(item.alerts);
    stores_.live.note_alerts(item.closed);
    counters_.predictions.fetch_add(item.predictions.size(), std::memory_order_relaxed);
    if (item.received) {
      const Duration lag = stores_.clock.now() - *item.received;
      to_decision_.add(lag);
      counters_.last_lag_ns.store(lag.ns, std::memory_order_relaxed);
    }
    for (const domain::Alert& alert : item.alerts) {
      const bool raised = alert.state == domain::AlertState::open && alert.opened == alert.updated;
      counters_.alerts_raised.fetch_add(raised ? 1 : 0, std::memory_order_relaxed);
    }
    if (!options_.alert_changed) continue;
    std::ranges::for_each(item.alerts, options_.alert_changed);
    std::ranges::for_each(item.closed, options_.alert_changed);
  }
  for (auto& [name, link] : links_) link.drained = false;
}

void RecordLane::save_snapshots() {
  for (const EffectsItem& item : group_) {
    if (item.snapshot.empty()) continue;
    const store::Snapshot snapshot{snapshot_definition(*item.snapshot_plan, flow_lanes_), item.end,
                                   item.snapshot};
    const std::string folder = options_.snapshot_folder + "/flow." + std::to_string(item.lane);
    if (auto done = store::save_snapshot(stores_.files, folder, snapshot); !done)
      log::warn("record", "no snapshot: {}", done.error().text);
  }
}

// What was published leaves the outbox with the next transaction: one of its own would cost another
// wait for the disk. Until then a restart sends it again.
void RecordLane::finish_published() {
  std::vector<connect::Published> done;
  {
    std::lock_guard lock(mutex_);
    done.swap(done_);
  }
  for (const connect::Published& one : done) {
    const auto it = link_of_.find(one.tag);
    if (it == link_of_.end()) continue;
    Link& link = links_[it->second];
    --link.in_flight;
    link_of_.erase(it);
    if (one.error && traits(one.error->code).retry) {  // it stays in the outbox, to be sent again
      link.sent = std::min(link.sent, static_cast<std::int64_t>(one.tag) - 1);
      link.drained = false;
      continue;
    }
    to_forget_.push_back(static_cast<std::int64_t>(one.tag));
    if (!one.error) {
      counters_.published.fetch_add(1, std::memory_order_relaxed);
      continue;
    }
    counters_.publish_refused.fetch_add(1, std::memory_order_relaxed);
    log::warn("record", "publication refused: {}", one.error->text);
  }
}

// Hands the outbox to the connections, oldest first, no more at once than they may have in flight.
void RecordLane::pump() {
  for (auto& [name, link] : links_) {
    if (link.drained || link.in_flight >= options_.in_flight_max) continue;
    if (link.connector->status().state != connect::LinkState::up) continue;
    auto next = stores_.db.outbox_next(name, link.sent, options_.in_flight_max - link.in_flight);
    if (!next) {
      log::warn("record", "outbox: {}", next.error().text);
      continue;
    }
    link.drained = next->empty();
    for (store::OutboxMessage& out : *next) {
      const auto tag = static_cast<std::uint64_t>(out.id);
      if (link_of_.contains(tag)) {  // sent already; an older one had to be sent again
        link.sent = out.id;
        continue;
      }
      auto taken = link.connector->publish(
          {std::move(out.topic), std::string(as_text(out.payload)), out.qos, tag});
      if (!taken && taken.error().code == Code::exhausted) break;
      link.sent = out.id;
      ++link.in_flight;
      link_of_[tag] = name;
      if (!taken) published({{tag, taken.error()}});
    }
  }
}

void RecordLane::tick() {
  constexpr Duration kEvery = Duration::millis(250);
  const Time now = stores_.clock.steady();
  if (now - last_events_ < kEvery) return;
  last_events_ = now;
  if (options_.live_tick) options_.live_tick();
}

bool RecordLane::step(Duration wait) {
  gather(wait);
  finish_published();
  bool good = true;
  bool rejects = false;
  {
    std::lock_guard lock(mutex_);
    rejects = !rejects_.empty();
  }
  if (!group_.empty() || rejects || !to_forget_.empty()) {
    const auto done = commit();
    good = done.has_value();
    std::lock_guard lock(mutex_);
    if (!good && (!problem_ || problem_->text != done.error().text))
      log::error("record", "effects are not recorded: {}", done.error().text);
    if (good && problem_) log::info("record", "effects are recorded again");
    problem_ = good ? std::nullopt : std::optional(done.error());
  }
  if (good && !group_.empty()) {
    note_effects();
    save_snapshots();
    group_.clear();
    appended_ = 0;
  }
  take_links();
  pump();
  tick();
  if (good) return !in_.drained() || !to_forget_.empty();
  if (abandoned_.load(std::memory_order_relaxed)) {
    in_.close();  // nobody waits for room; what was not recorded is replayed at the next start
    return false;
  }
  stores_.clock.sleep(options_.retry);
  return true;
}

}  // namespace lineside::edge
