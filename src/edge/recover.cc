// What an edge knows again after a start: windows and decisions from the newest snapshot and the
// readings after it, last known values, open alerts.
#include <algorithm>
#include <format>
#include <limits>

#include "base/log.h"
#include "edge/parts_internal.h"
#include "store/snapshot.h"
#include "world/process.h"

namespace lineside::edge {

namespace {

// Says what a journal has lost; how many such findings.
std::uint64_t journal_damage(std::string_view name, const store::Journal& journal,
                             store::Position noted) {
  const store::JournalRecovery& found = journal.recovery();
  std::uint64_t findings = found.damaged;
  for (const std::string& report : found.reports) log::warn("store", "{}", report);
  if (found.torn_bytes > 0) {
    log::warn("store", "{}: the last {} bytes were an unfinished write and are cut off", name,
              found.torn_bytes);
    ++findings;
  }
  // What is noted was durable before.
  if (found.end < noted) {
    log::warn("store", "{} end at position {}, effects stand up to {}: {} {} were lost", name,
              found.end, noted, noted - found.end, name);
    ++findings;
  }
  return findings;
}

}  // namespace

void Edge::Parts::find_damage(store::Position readings_noted, store::Position predictions_noted) {
  damage.readings = journal_damage("readings", *readings, readings_noted);
  damage.predictions = journal_damage("predictions", *predictions, predictions_noted);
  if (!db->is_new()) return;
  const auto snapshots = world.files.list(options.data_folder + "/snapshots");
  const store::Position kept = readings->recovery().end - readings->state().first;
  const bool others = predictions->recovery().end > 0 || (snapshots && !snapshots->empty());
  if (kept == 0 && !others) return;
  log::warn("store", "edge.db is new while {} there: verdicts and alerts given before are lost",
            kept > 0 ? std::format("{} readings are", kept) : "predictions or snapshots are");
  damage.edge = 1;
}

// Puts the plan in force and loads the newest snapshot; returns where the replay has to begin.
Result<store::Position> Edge::Parts::load_state(FlowPair& pair, std::size_t lane, std::size_t lanes,
                                                store::Position applied) {
  const std::string folder = std::format("{}/snapshots/flow.{}", options.data_folder, lane);
  const auto snapshot =
      TRY(store::load_snapshot(world.files, folder, snapshot_definition(*plan, lanes), applied));
  const store::Position from = snapshot ? snapshot->position : readings->state().first;
  const auto adopt = [&] {
    pair.infer.process(pair.flow.process({.end = from, .plan = plan, .replay = true}));
  };
  adopt();
  if (!snapshot) return from;
  const auto load = [&]() -> Result<void> {
    const SnapshotState state = TRY(parse_snapshot(snapshot->state));
    TRY(pair.flow.load(state.flow));
    return pair.infer.load(state.decisions);
  };
  const auto done = load();
  if (done) return from;
  log::warn("edge", "snapshot passed over: {}", done.error().text);
  pair.flow.forget();
  pair.infer.forget();
  adopt();
  return readings->state().first;
}

// Readings before `applied` have had their effects recorded: they only rebuild the state.
Result<void> Edge::Parts::replay(FlowPair& pair, store::Position from, store::Position applied) {
  const auto push = [&](store::Position end, domain::ReadingBatch&& batch, bool known) {
    FlowItem item{.end = end,
                  .readings = std::make_shared<const domain::ReadingBatch>(std::move(batch)),
                  .plan = nullptr,
                  .replay = known};
    EffectsItem effects = pair.infer.process(pair.flow.process(item));
    if (known) return;
    effects_queue.push(std::move(effects));
    // On a full disk the start waits here, as nobody else takes from the queue.
    do {
      record->step({});
    } while (record->problem() && !world::stop_requested());
  };
  const auto slice = [](const domain::ReadingBatch& batch, std::size_t begin, std::size_t end) {
    domain::ReadingBatch part;
    for (std::size_t i = begin; i < end; ++i) part.push(batch.at(i));
    return part;
  };
  return readings->read(from, [&](store::Position at, const domain::ReadingBatch& batch) {
    const std::size_t known = at >= applied ? 0 : std::min<std::size_t>(batch.size(), applied - at);
    if (known > 0) push(at + known, slice(batch, 0, known), true);
    if (known < batch.size()) push(at + batch.size(), slice(batch, known, batch.size()), false);
    return !world::stop_requested();
  });
}

// Brings one of so many lanes to the end of the journal.
Result<void> Edge::Parts::catch_up(FlowPair& pair, std::size_t lane, std::size_t lanes) {
  store::Position applied = 0;
  for (const store::LaneProgress& one : TRY(db->progress()))
    if (one.lane == lane_name(lane, lanes)) applied = one.applied;
  const store::Position from = TRY(load_state(pair, lane, lanes, applied));
  TRY(replay(pair, from, applied));
  if (world::stop_requested()) return fail(Code::unavailable, "stopped while recovering");
  return {};
}

// Progress is that of lanes, and with another number of them an asset has another lane. So the
// lanes there were finish what they had begun, and all of those to come stand at the end.
Result<void> Edge::Parts::change_lanes(std::size_t before) {
  log::info("edge", "{} flow lanes instead of {}: windows are built anew from history",
            options.flow_lanes, before);
  for (std::size_t lane = 0; lane < before; ++lane) {
    const auto pair = make_flow(lane, before);
    TRY(catch_up(*pair, lane, before));
  }
  std::vector<store::LaneProgress> rows = TRY(db->progress());
  std::erase_if(rows, [](const store::LaneProgress& one) { return lanes_of(one.lane); });
  for (std::size_t lane = 0; lane < options.flow_lanes; ++lane)
    rows.push_back({lane_name(lane, options.flow_lanes), readings->durable()});
  return db->restart_progress(rows);
}

Result<void> Edge::Parts::recover() {
  std::size_t lanes = options.flow_lanes;
  for (const store::LaneProgress& one : TRY(db->progress()))
    lanes = lanes_of(one.lane).value_or(lanes);
  record->set_flow_lanes(lanes);
  TRY(record->recover());
  // The record lane has to know the plan before the first prediction.
  effects_queue.push({.plan = plan});
  record->step({});
  if (lanes != options.flow_lanes) TRY(change_lanes(lanes));
  record->set_flow_lanes(options.flow_lanes);
  for (std::size_t lane = 0; lane < flows.size(); ++lane)
    TRY(catch_up(*flows[lane], lane, options.flow_lanes));
  record->replay_done();
  show_recovered();
  return {};
}

void Edge::Parts::show_recovered() {
  // Alerts that only the rebuilt state knows, and those that nothing keeps open any more.
  std::vector<domain::Alert> open;
  for (const auto& pair : flows)
    std::ranges::move(pair->infer.open_alerts(), std::back_inserter(open));
  EffectsItem effects{.end = 0, .alerts = open};
  if (auto known = db->open_alerts(); known) close_orphans(*known, open, effects.closed);
  effects_queue.push(std::move(effects));
  record->step({});

  live.note_last(readings->recovery().last);
  live.note_predictions(newest_predictions());
  if (auto alerts = db->open_alerts(); alerts) live.note_alerts(*alerts);
}

// The newest recorded outputs of each pipeline and asset; NaN for one that was never recorded.
std::vector<domain::Prediction> Edge::Parts::newest_predictions() const {
  std::map<std::pair<std::string, std::string>, domain::Prediction> newest;  // asset, pipeline
  for (const domain::Reading& reading : predictions->recovery().last) {
    const domain::StreamName name = directory.name(reading.stream);
    const auto pipeline = std::ranges::find_if(plan->pipelines, [&](const PlannedPipeline& p) {
      return name.stream.starts_with(p.name + ".");
    });
    if (pipeline == plan->pipelines.end()) continue;
    const auto output =
        std::ranges::find(pipeline->outputs, name.stream.substr(pipeline->name.size() + 1));
    if (output == pipeline->outputs.end()) continue;
    domain::Prediction& shown = newest[{name.asset, pipeline->name}];
    shown.pipeline = pipeline->name;
    shown.asset = name.asset;
    shown.time = reading.time;
    shown.outputs.resize(pipeline->outputs.size(), std::numeric_limits<float>::quiet_NaN());
    shown.outputs[static_cast<std::size_t>(output - pipeline->outputs.begin())] =
        static_cast<float>(reading.value);
  }
  std::vector<domain::Prediction> all;
  for (auto& [key, prediction] : newest) all.push_back(std::move(prediction));
  return all;
}

}  // namespace lineside::edge
