#include "edge/metrics.h"

#include <algorithm>

#include "codec/metrics_text.h"

namespace lineside::edge {

namespace {

using codec::MetricsText;

constexpr std::array<std::int64_t, Histogram::kBuckets - 1> bounds_ns() {
  std::array<std::int64_t, Histogram::kBuckets - 1> bounds{};
  std::int64_t unit = 10'000;
  for (std::size_t i = 0; i < bounds.size(); ++i) {
    bounds[i] = unit * static_cast<std::int64_t>(i % 9 + 1);
    if (i % 9 == 8) unit *= 10;
  }
  return bounds;
}
constexpr auto kBounds = bounds_ns();

double number(std::uint64_t value) { return static_cast<double>(value); }

void write_process(MetricsText& out, const EdgeMetrics& m) {
  out.gauge("lineside_build_info", "Version of the program; always 1.");
  out.sample({{"version", m.version}, {"edge", m.edge}}, 1);
  out.gauge("lineside_ready", "1 once windows and decisions are rebuilt and lanes run.");
  out.sample(m.ready ? 1 : 0);
  out.gauge("lineside_config_problems", "Problems of the manifests last read, if not taken.");
  out.sample(number(m.config_problems));
  out.gauge("lineside_config_last_good", "1 while the last good configuration stands in for them.");
  out.sample(m.config_last_good ? 1 : 0);
  out.counter("lineside_config_altered_total", "Files found changed beside what a hub has signed.");
  out.sample(number(m.config_altered));
  out.gauge("process_start_time_seconds", "When the edge started, Unix time.");
  out.sample(static_cast<double>(m.started.ns) * 1e-9);
  out.gauge("process_resident_memory_bytes", "Resident set.");
  out.sample(number(m.resident_bytes));
  out.counter("process_cpu_seconds_total", "User and system CPU time.");
  out.sample(m.cpu.as_seconds());
}

// One family with a sample per item of `list`, labelled by its name.
template <class Item, class Value>
void per(MetricsText& out, const std::vector<Item>& list,
         std::pair<std::string_view, std::string Item::*> label, Value value) {
  for (const Item& item : list) out.sample({{label.first, item.*label.second}}, value(item));
}

void write_rejects(MetricsText& out, const std::vector<ConnectionMetrics>& connections) {
  out.counter("lineside_rejected_total", "Messages and readings that were not taken, by reason.");
  for (const ConnectionMetrics& connection : connections) {
    for (std::size_t i = 0; i < connection.rejected.size(); ++i) {
      const auto reason = domain::to_text(static_cast<domain::Reject>(i));
      out.sample({{"connection", connection.connection}, {"reason", reason}},
                 number(connection.rejected[i]));
    }
  }
}

void write_connections(MetricsText& out, const std::vector<ConnectionMetrics>& connections) {
  using C = ConnectionMetrics;
  const auto each = [&](auto value) {
    per(out, connections, {"connection", &C::connection}, value);
  };
  out.gauge("lineside_connection_up", "1 while the connection is up.");
  each([](const C& c) { return c.up ? 1.0 : 0.0; });
  out.counter("lineside_connection_reconnects_total", "Times it came up again.");
  each([](const C& c) { return number(c.reconnects); });
  out.counter("lineside_messages_total", "Messages received.");
  each([](const C& c) { return number(c.messages); });
  out.counter("lineside_messages_without_readings_total",
              "Messages that a mapping took and that held none of its values; not rejected.");
  each([](const C& c) { return number(c.without_readings); });
  out.counter("lineside_messages_duplicate_total", "Messages the peer marked as sent again.");
  each([](const C& c) { return number(c.duplicates); });
  out.counter("lineside_messages_missing_total", "Messages missing by their sequence numbers.");
  each([](const C& c) { return number(c.gaps); });
  out.gauge("lineside_messages_unacknowledged", "Messages received and not yet acknowledged.");
  each([](const C& c) { return number(c.unacknowledged); });
  out.counter("lineside_readings_total", "Readings accepted.");
  each([](const C& c) { return number(c.readings); });
  out.counter("lineside_readings_flagged_total", "Readings accepted with quality bad.");
  each([](const C& c) { return number(c.flagged); });
  out.gauge("lineside_reading_lag_seconds", "Arrival minus source time of the newest batch.");
  each([](const C& c) { return c.lag.as_seconds(); });
  write_rejects(out, connections);
}

void write_drops(MetricsText& out, const std::vector<PipelineMetrics>& pipelines) {
  using Count = std::pair<std::string_view, std::uint64_t flow::FlowCounters::*>;
  static constexpr std::array<Count, 6> kReasons = {{
      {"incomplete", &flow::FlowCounters::incomplete},
      {"late", &flow::FlowCounters::late},
      {"repeated", &flow::FlowCounters::repeated},
      {"bad", &flow::FlowCounters::bad},
      {"forced", &flow::FlowCounters::forced},
      {"truncated", &flow::FlowCounters::truncated},
  }};
  out.counter("lineside_flow_drops_total", "Readings and frames that windows left out, by reason.");
  for (const PipelineMetrics& pipeline : pipelines)
    for (const auto& [reason, count] : kReasons)
      out.sample({{"pipeline", pipeline.pipeline}, {"reason", reason}},
                 number(pipeline.flow.*count));
}

void write_pipelines(MetricsText& out, const std::vector<PipelineMetrics>& pipelines) {
  using P = PipelineMetrics;
  const auto each = [&](auto value) { per(out, pipelines, {"pipeline", &P::pipeline}, value); };
  out.counter("lineside_flow_frames_total", "Frames that entered windows.");
  each([](const P& p) { return number(p.flow.frames); });
  out.counter("lineside_flow_frames_held_total", "Frames completed with older values.");
  each([](const P& p) { return number(p.flow.held); });
  out.counter("lineside_flow_rows_total", "Rows of features.");
  each([](const P& p) { return number(p.flow.rows); });
  out.gauge("lineside_flow_assets", "Assets with windows.");
  each([](const P& p) { return number(p.assets); });
  out.gauge("lineside_flow_state_bytes", "Memory of windows.");
  each([](const P& p) { return number(p.state_bytes); });
  write_drops(out, pipelines);
}

void write_queues(MetricsText& out, const std::vector<QueueMetrics>& queues) {
  using Q = QueueMetrics;
  out.gauge("lineside_queue_depth", "Items that wait between two lanes.");
  per(out, queues, {"queue", &Q::queue}, [](const Q& q) { return number(q.depth); });
  out.gauge("lineside_queue_capacity", "Items that may wait; then the lane before waits.");
  per(out, queues, {"queue", &Q::queue}, [](const Q& q) { return number(q.capacity); });
}

void write_decisions(MetricsText& out, const EdgeMetrics& m) {
  out.counter("lineside_model_runs_total", "Calls of models.");
  out.sample(number(m.models.runs));
  out.counter("lineside_model_rows_total", "Rows that models were given.");
  out.sample(number(m.models.rows));
  out.counter("lineside_model_failed_rows_total", "Rows for which the runtime gave an error.");
  out.sample(number(m.models.failed_rows));
  out.counter("lineside_model_nan_scores_total", "Scores that were not a number.");
  out.sample(number(m.models.nan_scores));
  out.counter("lineside_predictions_total", "Predictions.");
  out.sample(number(m.predictions));
  out.counter("lineside_predictions_repeated_total", "Predictions known from before a restart.");
  out.sample(number(m.predictions_repeated));
  out.counter("lineside_alerts_raised_total", "Alerts raised.");
  out.sample(number(m.alerts_raised));
  out.gauge("lineside_alerts_open", "Alerts that are open.");
  out.sample(number(m.alerts_open));
  out.gauge("lineside_verdicts", "Verdicts in the database.");
  out.sample(number(m.verdicts));
}

void write_journals(MetricsText& out, const std::vector<JournalMetrics>& journals) {
  using J = JournalMetrics;
  const auto each = [&](auto value) { per(out, journals, {"journal", &J::journal}, value); };
  out.gauge("lineside_history_bytes", "Size of the history's files.");
  each([](const J& j) { return number(j.bytes); });
  out.gauge("lineside_history_capacity_bytes", "Beyond it the oldest readings are deleted.");
  each([](const J& j) { return number(j.capacity_bytes); });
  out.counter("lineside_history_expired_total", "Readings deleted by the capacity.");
  each([](const J& j) { return number(j.expired); });
  out.counter("lineside_history_damaged_total", "Places of the files with wrong bytes.");
  each([](const J& j) { return number(j.damaged); });
  out.gauge("lineside_history_failing", "1 while commits fail, for example on a full disk.");
  each([](const J& j) { return j.failing ? 1.0 : 0.0; });
}

void write_damage(MetricsText& out, const StoreDamage& damage) {
  out.counter("lineside_store_damage_total", "Losses of stored data that the start has found.");
  out.sample({{"store", "readings"}}, number(damage.readings));
  out.sample({{"store", "predictions"}}, number(damage.predictions));
  out.sample({{"store", "edge"}}, number(damage.edge));
}

void write_outbox(MetricsText& out, const OutboxMetrics& m) {
  out.gauge("lineside_outbox_messages", "Messages that wait to be published.");
  out.sample(number(m.messages));
  out.gauge("lineside_outbox_bytes", "Their topics and payloads.");
  out.sample(number(m.bytes));
  out.gauge("lineside_outbox_age_seconds", "Age of the oldest of them; 0 when there is none.");
  out.sample(m.age ? m.age->as_seconds() : 0);
  out.counter("lineside_outbox_dropped_total", "Messages dropped because too many waited.");
  out.sample(number(m.dropped));
  out.counter("lineside_published_total", "Messages published.");
  out.sample(number(m.published));
  out.counter("lineside_publish_refused_total", "Messages that the peer refused for good.");
  out.sample(number(m.refused));
}

// In seconds, with the buckets 1, 2 and 5 of each decade.
codec::MetricHistogram seconds_of(const Histogram::Snapshot& snapshot) {
  codec::MetricHistogram out{{}, snapshot.total(), snapshot.sum.as_seconds()};
  std::uint64_t total = 0;
  for (std::size_t i = 0; i + 1 < Histogram::kBuckets; ++i) {
    total += snapshot.counts[i];
    const std::size_t digit = i % 9 + 1;
    if (digit == 1 || digit == 2 || digit == 5)
      out.buckets.push_back({Histogram::bound(i).as_seconds(), total});
  }
  return out;
}

}  // namespace

Duration Histogram::bound(std::size_t bucket) { return {kBounds.at(bucket)}; }

void Histogram::add(Duration duration) {
  const std::int64_t ns = std::max<std::int64_t>(duration.ns, 0);
  const auto bucket = std::ranges::lower_bound(kBounds, ns) - kBounds.begin();
  counts_[static_cast<std::size_t>(bucket)].fetch_add(1, std::memory_order_relaxed);
  sum_ns_.fetch_add(ns, std::memory_order_relaxed);
}

Histogram::Snapshot Histogram::snapshot() const {
  Snapshot out;
  for (std::size_t i = 0; i < kBuckets; ++i)
    out.counts[i] = counts_[i].load(std::memory_order_relaxed);
  out.sum.ns = sum_ns_.load(std::memory_order_relaxed);
  return out;
}

std::uint64_t Histogram::Snapshot::total() const {
  std::uint64_t total = 0;
  for (const std::uint64_t count : counts) total += count;
  return total;
}

Duration Histogram::Snapshot::quantile(double q) const {
  const double rank = q * number(total());
  double below = 0;
  for (std::size_t i = 0; i < kBounds.size(); ++i) {
    const double count = number(counts[i]);
    if (count > 0 && below + count >= rank) {
      const auto low = static_cast<double>(i == 0 ? 0 : kBounds[i - 1]);
      const double width = static_cast<double>(kBounds[i]) - low;
      return {static_cast<std::int64_t>(low + width * (rank - below) / count)};
    }
    below += count;
  }
  return total() == 0 ? Duration{} : Duration{kBounds.back()};
}

std::string metrics_text(const EdgeMetrics& m) {
  MetricsText out;
  write_process(out, m);
  write_connections(out, m.connections);
  out.counter("lineside_commits_total", "Group commits of readings.");
  out.sample(number(m.commits));
  write_pipelines(out, m.pipelines);
  write_queues(out, m.queues);
  write_decisions(out, m);
  write_journals(out, m.journals);
  write_damage(out, m.damage);
  write_outbox(out, m.outbox);
  out.histogram("lineside_reading_to_commit_seconds", "From reading the bytes to the group commit.",
                seconds_of(m.to_commit));
  out.histogram("lineside_reading_to_decision_seconds",
                "From reading the bytes to the record of what followed.",
                seconds_of(m.to_decision));
  return out.take();
}

}  // namespace lineside::edge
