// The lane of one connection: bytes from the connector, checked against the contracts, handed on to
// be committed. Rejects are counted, with a sample of each reason kept.
#pragma once

#include <array>
#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "connect/connector.h"
#include "edge/directory.h"
#include "edge/items.h"
#include "watch/contract_check.h"
#include "world/clock.h"

namespace lineside::edge {

// What the lane tells others; any thread may read.
struct IngestCounters {
  std::atomic<std::uint64_t> messages = 0;
  std::atomic<std::uint64_t> without_readings = 0;  // messages of which nothing came, not rejected
  std::atomic<std::uint64_t> accepted = 0;          // readings
  std::atomic<std::uint64_t> flagged = 0;           // of them, with quality bad
  std::array<std::atomic<std::uint64_t>, domain::kRejectReasons> rejected{};
  std::atomic<std::uint64_t> gaps = 0;        // messages missing by their sequence
  std::atomic<std::int64_t> last_lag_ns = 0;  // arrival minus newest source time of the last batch

  std::uint64_t rejected_total() const;
};

class IngestLane {
 public:
  struct Options {
    std::uint32_t index = 0;  // of the link
    std::string name;
    domain::ConnectionSpec spec;
    std::shared_ptr<const Plan> plan;
    std::size_t remember_per_stream = 256;
  };
  // What happens to readings and publications outside this lane.
  struct Outlets {
    IngestQueue& readings;
    std::function<void(std::vector<connect::Published>)> published;
    std::function<void(const std::vector<watch::StateChange>&)> stream_states;
    std::function<void(std::vector<store::RejectCount>)> rejects;
  };

  static Result<std::unique_ptr<IngestLane>> create(Options options,
                                                    connect::ConnectorContext context,
                                                    StreamDirectory& directory, Outlets outlets);

  // Keys and values from history, before the first step; of streams that the mappings yield.
  void remember(const domain::ReadingBatch& history);
  // One piece of work, at most about `wait` long.
  void step(Duration wait);
  // Any thread: from now on read nothing more, only keep the link alive and send what is owed.
  void drain() { draining_.store(true, std::memory_order_relaxed); }
  // Any thread: drain(), and part from the source once all is acknowledged.
  void leave() {
    leaving_.store(true, std::memory_order_relaxed);
    drain();
  }
  // Any thread: read again after drain() or leave().
  void resume() {
    leaving_.store(false, std::memory_order_relaxed);
    idle_.store(false, std::memory_order_release);
    draining_.store(false, std::memory_order_relaxed);
  }
  bool drained() const { return idle_.load(std::memory_order_acquire); }
  // Any thread: takes up contracts and mappings of a new plan at the next step.
  void switch_plan(std::shared_ptr<const Plan> plan, const domain::ConnectionSpec& spec);

  connect::Connector& connector() { return *connector_; }
  const IngestCounters& counters() const { return counters_; }
  const std::string& name() const { return options_.name; }

 private:
  IngestLane(Options options, world::Clock& clock, StreamDirectory& directory, Outlets outlets);

  void bind(domain::StreamIndex stream, const domain::StreamName& name);
  // How the mapping that yields a stream tells its readings apart; nothing: no mapping does.
  std::optional<watch::StreamOrigin> origin_of(const domain::StreamName& name) const;
  void take_plan();
  void check(connect::Arrival& arrival);
  void note_rejects(const connect::Arrival& arrival);
  void watch_streams();
  bool hand_on();

  const Options options_;
  world::Clock& clock_;
  StreamDirectory& directory_;
  const Outlets outlets_;
  std::shared_ptr<const Plan> plan_;
  domain::ConnectionSpec spec_;
  std::unique_ptr<connect::Connector> connector_;
  watch::ContractCheck check_;
  std::map<domain::StreamIndex, domain::StreamName> streams_;  // of this connection

  connect::Arrival arrival_;
  Ingest pending_;
  bool has_pending_ = false;
  std::vector<watch::Violation> violations_;
  std::array<store::RejectCount, domain::kRejectReasons> unsaved_;  // since the last hand-over
  Time last_watch_;
  IngestCounters counters_;
  std::atomic<bool> draining_ = false;
  std::atomic<bool> leaving_ = false;
  std::atomic<bool> idle_ = false;  // draining, and everything read is handed on

  std::mutex mutex_;
  std::shared_ptr<const Plan> next_plan_;            // under mutex_
  std::optional<domain::ConnectionSpec> next_spec_;  // under mutex_
};

}  // namespace lineside::edge
