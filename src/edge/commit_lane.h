// The lane that makes readings durable: the only writer of the readings journal. A source is told
// that a reading is safe only from here, after the group commit.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "edge/items.h"
#include "edge/metrics.h"
#include "store/journal.h"
#include "world/clock.h"

namespace lineside::edge {

struct CommitOptions {
  std::size_t items_max = 256;       // per group commit
  std::size_t readings_max = 65536;  // per group commit
  // From one commit to the next while readings keep coming: it costs the same for one as for a
  // thousand, and what comes seldom does not wait. (PostgreSQL's commit_delay, other way round.)
  Duration pace = Duration::millis(4);
  Duration retry = Duration::millis(500);     // after a failed commit, for example a full disk
  std::uint64_t snapshot_readings = 500'000;  // a snapshot after so many readings ...
  Duration snapshot_every = Duration::seconds(60);  // ... or so much time with any
};

class CommitLane {
 public:
  // `acknowledge(connection, ack)` is called after the commit that holds what `ack` covers.
  using Acknowledge = std::function<void(std::uint32_t connection, std::uint64_t ack)>;
  // Told what became durable, for the last known values.
  using Committed = std::function<void(const domain::ReadingBatch&)>;

  CommitLane(IngestQueue& in, std::vector<std::unique_ptr<FlowQueue>>& out, store::Journal& journal,
             world::Clock& clock, CommitOptions options);

  void on_acknowledge(Acknowledge acknowledge) { acknowledge_ = std::move(acknowledge); }
  void on_committed(Committed committed) { committed_ = std::move(committed); }

  // Takes what is queued, waits at most `wait` for the first item. False when the queue is closed
  // and everything taken is committed, or given up because of `abandon()`.
  bool step(Duration wait);
  // The next items are made under this plan. Any thread.
  void switch_plan(std::shared_ptr<const Plan> plan);
  // On the way out with a full disk: do not wait for it. What is not committed is not acknowledged.
  void abandon() { abandoned_.store(true, std::memory_order_relaxed); }

  // Text of the error while commits fail; empty while they work. Any thread.
  std::optional<Error> problem() const;
  const Histogram& to_commit() const { return to_commit_; }

 private:
  void gather(Duration wait);
  bool is_full() const;
  void keep_pace();
  bool commit();
  void hand_on();

  IngestQueue& in_;
  std::vector<std::unique_ptr<FlowQueue>>& out_;
  store::Journal& journal_;
  world::Clock& clock_;
  const CommitOptions options_;
  Acknowledge acknowledge_;
  Committed committed_;

  std::vector<Ingest> group_;  // taken, not yet committed
  std::size_t group_readings_ = 0;
  std::size_t appended_ = 0;  // of group_, in the journal's memory
  Histogram to_commit_;       // from reading the bytes to the group commit
  std::uint64_t since_snapshot_ = 0;
  Time last_snapshot_;
  Time last_commit_ = Time::min();  // begun
  std::atomic<bool> abandoned_ = false;

  mutable std::mutex mutex_;
  std::shared_ptr<const Plan> next_plan_;  // under mutex_
  std::optional<Error> problem_;           // under mutex_
};

}  // namespace lineside::edge
