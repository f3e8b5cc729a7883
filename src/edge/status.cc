// What an edge says of itself: GET /api/v1/status and the figures of /metrics.
#include <algorithm>

#include "base/version.h"
#include "codec/json_writer.h"
#include "edge/parts_internal.h"
#include "world/process.h"

namespace lineside::edge {

namespace {

// The link's state in the words of docs/formats/edge-api.md.
std::string_view state_word(connect::LinkState state) {
  switch (state) {
    case connect::LinkState::up:
      return "connected";
    case connect::LinkState::connecting:
      return "connecting";
    case connect::LinkState::waiting:
      return "waiting";
    case connect::LinkState::down:
      return "stopped";
  }
  return "stopped";
}

void write_link(codec::JsonWriter& json, IngestLane& link, const domain::ConnectionSpec& spec) {
  const connect::ConnectorStatus status = link.connector().status();
  const IngestCounters& counters = link.counters();
  json.begin_object().member("name", link.name()).member("protocol", spec.protocol);
  json.member("address", spec.address).member("state", state_word(status.state));
  json.member("since", status.since).member("last_error", status.problem);
  if (status.next_try) json.member("next_try", *status.next_try);
  json.member("received", counters.messages.load()).member("accepted", counters.accepted.load());
  json.member("rejected", counters.rejected_total());
  json.member("without_readings", counters.without_readings.load());
  json.member("reconnects", status.connects > 0 ? status.connects - 1 : status.connects);
  json.member("gaps", counters.gaps.load()).end_object();
}

void write_queue(codec::JsonWriter& json, std::string_view name, std::size_t depth,
                 std::size_t capacity) {
  json.begin_object().member("name", name);
  json.member("depth", std::uint64_t{depth}).member("capacity", std::uint64_t{capacity});
  json.end_object();
}

ConnectionMetrics connection_metrics(IngestLane& link) {
  const connect::ConnectorStatus status = link.connector().status();
  const IngestCounters& counters = link.counters();
  ConnectionMetrics out;
  out.connection = link.name();
  out.up = status.state == connect::LinkState::up;
  out.problem = status.problem;
  out.messages = counters.messages.load();
  out.without_readings = counters.without_readings.load();
  out.readings = counters.accepted.load();
  out.flagged = counters.flagged.load();
  for (std::size_t r = 0; r < domain::kRejectReasons; ++r)
    out.rejected[r] = counters.rejected[r].load();
  out.gaps = counters.gaps.load();
  out.duplicates = status.duplicates;
  out.reconnects = status.connects > 0 ? status.connects - 1 : 0;
  out.unacknowledged = status.unacknowledged;
  out.lag = {counters.last_lag_ns.load()};
  return out;
}

void add_journal(std::string name, const store::Journal& journal, std::uint64_t cap,
                 EdgeMetrics& out) {
  const store::JournalState state = journal.state();
  out.journals.push_back(
      {std::move(name), state.bytes, cap, state.expired, state.damaged, state.error.has_value()});
}

// Lanes share the pipelines: their figures add up.
void add_lane(const FlowPair& pair, EdgeMetrics& out) {
  const InferCounters& infer = pair.infer.counters();
  out.models.runs += infer.runs.load();
  out.models.rows += infer.rows.load();
  out.models.failed_rows += infer.failed_rows.load();
  out.models.nan_scores += infer.nan_scores.load();
  std::lock_guard guard(pair.mutex);
  for (const FlowLane::Counters& lane : pair.counters) {
    auto it = std::ranges::find(out.pipelines, lane.pipeline, &PipelineMetrics::pipeline);
    if (it == out.pipelines.end())
      it = out.pipelines.insert(it, PipelineMetrics{.pipeline = lane.pipeline, .flow = {}});
    flow::FlowCounters& sum = it->flow;
    const flow::FlowCounters& more = lane.flow;
    sum.frames += more.frames;
    sum.rows += more.rows;
    sum.incomplete += more.incomplete;
    sum.held += more.held;
    sum.late += more.late;
    sum.repeated += more.repeated;
    sum.bad += more.bad;
    sum.forced += more.forced;
    sum.truncated += more.truncated;
    it->assets += lane.assets;
    it->state_bytes += lane.bytes;
  }
}

}  // namespace

void Edge::write_status(codec::JsonWriter& json, std::size_t problems_max) const {
  Parts& p = *parts_;
  std::lock_guard guard(p.mutex);
  json.member("edge", p.options.name).member("version", kVersion);
  json.member("now", p.world.clock.now()).member("started", p.started);
  json.member("ready", p.ready.load());
  json.key("config").begin_object().member("revision", p.plan->revision);
  json.member("loaded", p.loaded).member("state", p.standing());
  json.member("last_good", p.last_good_of).key("problems").begin_array();
  for (std::size_t i = 0; i < std::min(p.problems.size(), problems_max); ++i)
    json.value(p.problems[i]);
  json.end_array().end_object();

  std::uint64_t accepted = 0;
  std::uint64_t rejected = 0;
  json.key("connections").begin_array();
  for (const auto& link : p.links) {
    accepted += link->counters().accepted.load();
    rejected += link->counters().rejected_total();
    for (const auto& manifest : p.plan->config.connections)
      if (manifest.name == link->name()) write_link(json, *link, manifest.spec);
  }
  json.end_array();

  const auto db = p.db->state();
  const RecordCounters& recorded = p.record->counters();
  json.key("counts").begin_object().member("readings", accepted).member("rejected", rejected);
  json.member("predictions", recorded.predictions.load());
  json.member("alerts_open", db ? db->alerts_open : 0);
  json.member("alerts_total", db ? db->alerts : 0).end_object();
  json.member("lag_ms", static_cast<double>(recorded.last_lag_ns.load()) * 1e-6);

  json.key("queues").begin_array();
  write_queue(json, "commit", p.ingest_queue.size(), p.ingest_queue.capacity());
  for (const auto& queue : p.flow_queues)
    write_queue(json, "flow", queue->size(), queue->capacity());
  for (const auto& pair : p.flows)
    write_queue(json, "infer", pair->rows.size(), pair->rows.capacity());
  write_queue(json, "record", p.effects_queue.size(), p.effects_queue.capacity());
  json.end_array();

  const store::JournalState readings = p.readings->state();
  const store::JournalState predictions = p.predictions->state();
  std::optional<Error> cause = p.commit->problem();
  // While the disk fails the lane soon says only how much waits for it.
  if (cause && readings.error) cause = readings.error;
  if (!cause) cause = p.record->problem();
  json.key("store").begin_object();
  json.member("history_bytes", readings.bytes + predictions.bytes);
  json.member("history_cap_bytes", p.options.readings_cap_bytes + p.options.predictions_cap_bytes);
  json.member("outbox", db ? db->outbox_rows : 0);
  json.member("state", !cause ? "ok" : cause->code == Code::exhausted ? "full" : "failed");
  json.member("error", cause ? cause->text : "").end_object();
}

EdgeMetrics Edge::metrics(MetricsOf of) const {
  Parts& p = *parts_;
  EdgeMetrics out;
  out.version = kVersion;
  out.edge = p.options.name;
  out.started = p.started;
  out.ready = p.ready.load();
  {
    std::lock_guard guard(p.mutex);
    out.config_problems = p.problems.size();
    out.config_last_good = p.last_good_of.has_value();
    if (p.options.altered) out.config_altered = p.options.altered->load();
    for (const auto& manifest : p.plan->config.connections)
      for (const auto& link : p.links)
        if (link->name() == manifest.name) out.connections.push_back(connection_metrics(*link));
  }
  if (of == MetricsOf::connections) return out;
  out.queues.push_back({"commit", p.ingest_queue.size(), p.ingest_queue.capacity()});
  out.queues.push_back({"record", p.effects_queue.size(), p.effects_queue.capacity()});
  for (std::size_t i = 0; i < p.flows.size(); ++i) {
    const FlowPair& pair = *p.flows[i];
    const std::string lane = std::to_string(i);
    out.queues.push_back({"flow-" + lane, p.flow_queues[i]->size(), p.flow_queues[i]->capacity()});
    out.queues.push_back({"infer-" + lane, pair.rows.size(), pair.rows.capacity()});
    add_lane(pair, out);
  }
  add_journal("readings", *p.readings, p.options.readings_cap_bytes, out);
  add_journal("predictions", *p.predictions, p.options.predictions_cap_bytes, out);

  out.damage = p.damage;

  const RecordCounters& recorded = p.record->counters();
  out.predictions = recorded.predictions.load();
  out.predictions_repeated = recorded.repeated.load();
  out.alerts_raised = recorded.alerts_raised.load();
  out.outbox.published = recorded.published.load();
  out.outbox.refused = recorded.publish_refused.load();
  if (const auto db = p.db->state()) {
    out.outbox.messages = db->outbox_rows;
    out.outbox.bytes = db->outbox_bytes;
    out.outbox.dropped = db->outbox_dropped;
    if (db->outbox_oldest) out.outbox.age = p.world.clock.now() - *db->outbox_oldest;
    out.alerts_open = db->alerts_open;
    out.verdicts = db->verdicts;
  }
  out.to_commit = p.commit->to_commit().snapshot();
  out.to_decision = p.record->to_decision().snapshot();
  out.commits = out.to_commit.total();
  out.resident_bytes = world::resident_bytes(world::self_pid());
  out.cpu = world::cpu_time(world::self_pid());
  return out;
}

}  // namespace lineside::edge
