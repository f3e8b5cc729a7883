// What an edge counts, as /metrics tells it.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/time.h"
#include "domain/reading.h"
#include "flow/pipeline_flow.h"

namespace lineside::edge {

// Durations in fixed buckets: 1 to 9 times each power of ten from 10 us to 10 s, and what is
// longer. Any thread may add and read; a reading while others add may miss the newest.
class Histogram {
 public:
  static constexpr std::size_t kDecades = 7;
  static constexpr std::size_t kBuckets = kDecades * 9 + 1;

  // A negative duration (the wall clock was set back) counts as 0.
  void add(Duration duration);

  struct Snapshot {
    std::array<std::uint64_t, kBuckets> counts{};  // by bucket, not cumulative
    Duration sum;
    std::uint64_t total() const;
    // The duration below which the share `q` of all lies, interpolated within its bucket; beyond
    // the last bound that bound. 0 when nothing was added.
    Duration quantile(double q) const;
  };
  Snapshot snapshot() const;
  // Upper bound of a bucket, included in it; the last bucket has none.
  static Duration bound(std::size_t bucket);

 private:
  std::array<std::atomic<std::uint64_t>, kBuckets> counts_{};
  std::atomic<std::int64_t> sum_ns_ = 0;
};

struct ConnectionMetrics {
  std::string connection;
  bool up = false;
  std::string problem;  // why it is not up, or what its peer refuses; empty: nothing
  std::uint64_t messages = 0;
  std::uint64_t without_readings = 0;                            // messages, not rejected ones
  std::uint64_t readings = 0;                                    // accepted
  std::uint64_t flagged = 0;                                     // of them, with quality bad
  std::array<std::uint64_t, domain::kRejectReasons> rejected{};  // by domain::Reject
  std::uint64_t gaps = 0;        // messages missing by their sequence
  std::uint64_t duplicates = 0;  // messages the peer marked as sent again
  std::uint64_t reconnects = 0;
  std::uint64_t unacknowledged = 0;
  Duration lag;  // arrival minus source time, newest batch
};

struct PipelineMetrics {
  std::string pipeline;
  flow::FlowCounters flow;
  std::uint64_t assets = 0;
  std::uint64_t state_bytes = 0;
};

struct QueueMetrics {
  std::string queue;
  std::uint64_t depth = 0;
  std::uint64_t capacity = 0;
};

struct JournalMetrics {
  std::string journal;  // "readings", "predictions"
  std::uint64_t bytes = 0;
  std::uint64_t capacity_bytes = 0;
  std::uint64_t expired = 0;  // readings deleted by the cap
  std::uint64_t damaged = 0;  // places with wrong bytes
  bool failing = false;       // the last commit was an error
};

// What the start found lost or unreadable in the data folder, by store; each finding is logged.
struct StoreDamage {
  std::uint64_t readings = 0;
  std::uint64_t predictions = 0;
  std::uint64_t edge = 0;  // edge.db
  bool operator==(const StoreDamage&) const = default;
};

struct OutboxMetrics {
  std::uint64_t messages = 0;
  std::uint64_t bytes = 0;
  std::uint64_t dropped = 0;    // by the caps
  std::optional<Duration> age;  // of the oldest message
  std::uint64_t published = 0;
  std::uint64_t refused = 0;  // by the peer, for good
};

struct ModelMetrics {
  std::uint64_t runs = 0;
  std::uint64_t rows = 0;
  std::uint64_t failed_rows = 0;
  std::uint64_t nan_scores = 0;
};

enum class MetricsOf : unsigned char {
  all,
  connections,  // the rest is left as it is made
};

// All since the process started, unless it says otherwise.
struct EdgeMetrics {
  std::string version;
  std::string edge;
  Time started;
  bool ready = false;
  std::uint64_t config_problems = 0;  // of what was last read and not taken
  bool config_last_good = false;      // what runs was kept from before: ConfigStanding::last_good
  std::uint64_t config_altered = 0;   // EdgeOptions::altered
  std::vector<ConnectionMetrics> connections;
  std::vector<PipelineMetrics> pipelines;
  std::vector<QueueMetrics> queues;
  std::vector<JournalMetrics> journals;
  StoreDamage damage;
  ModelMetrics models;
  OutboxMetrics outbox;
  std::uint64_t commits = 0;  // group commits of readings
  std::uint64_t predictions = 0;
  std::uint64_t predictions_repeated = 0;  // known from before a restart
  std::uint64_t alerts_raised = 0;
  std::uint64_t alerts_open = 0;    // now
  std::uint64_t verdicts = 0;       // in the database
  Histogram::Snapshot to_commit;    // from reading the bytes to the group commit
  Histogram::Snapshot to_decision;  // from reading the bytes to the record of what followed
  std::uint64_t resident_bytes = 0;
  Duration cpu;  // user + system
};

// Prometheus text format 0.0.4.
std::string metrics_text(const EdgeMetrics& metrics);

}  // namespace lineside::edge
