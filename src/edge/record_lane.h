// The lane that records what follows from readings: the only writer of the predictions journal, and
// of alerts, progress and outbox in the edge database; it also sends the outbox.
#pragma once

#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "connect/connector.h"
#include "edge/items.h"
#include "edge/live_view.h"
#include "edge/metrics.h"
#include "store/edge_db.h"
#include "store/snapshot.h"
#include "world/clock.h"

namespace lineside::edge {

// The outbox's name of the hub: no connection can have it.
inline constexpr std::string_view kHubOutbox = "@hub";
inline constexpr std::string_view kAlertTopic = "alert";
inline constexpr std::string_view kVerdictTopic = "verdict";

struct RecordOptions {
  std::size_t items_max = 64;              // per transaction
  Duration retry = Duration::millis(500);  // after a failed transaction, for example a full disk
  std::size_t in_flight_max = 512;         // publications per connection awaiting the peer
  std::string snapshot_folder;
  bool to_hub = false;  // alerts go to the outbox for the hub too
  std::function<void(const domain::Alert&)> alert_changed;  // for open pages
  std::function<void()> live_tick;                          // four times a second
};

struct RecordCounters {
  std::atomic<std::uint64_t> predictions = 0;
  std::atomic<std::uint64_t> alerts_raised = 0;
  std::atomic<std::uint64_t> published = 0;
  std::atomic<std::uint64_t> publish_refused = 0;  // by the peer, for good
  std::atomic<std::uint64_t> repeated = 0;         // predictions known from before a restart
  std::atomic<std::int64_t> last_lag_ns = 0;       // from reading bytes to recording their effects
};

class RecordLane {
 public:
  struct Stores {
    world::Files& files;
    world::Clock& clock;
    store::Journal& predictions;
    store::EdgeDb& db;
    StreamDirectory& directory;
    LiveView& live;
  };

  RecordLane(EffectsQueue& in, Stores stores, RecordOptions options);

  // Where each connection's publications go, by its name; known ones keep their state. Any thread.
  void set_links(std::map<std::string, connect::Connector*> links);
  // Among how many flow lanes the assets are divided; before the first step.
  void set_flow_lanes(std::size_t lanes) { flow_lanes_ = lanes; }
  // Reads which predictions were recorded after the last transaction, so that a replay does not
  // record them twice.
  Result<void> recover();
  // The replay is over: nothing that comes from now on was recorded before.
  void replay_done();

  // Takes what is queued, waits at most `wait` for the first item. False when the queue is closed
  // and everything is recorded, or given up because of abandon().
  bool step(Duration wait);
  void abandon() { abandoned_.store(true, std::memory_order_relaxed); }

  // From the connections' lanes.
  void published(std::vector<connect::Published> done);
  void rejected(std::vector<store::RejectCount> rejects);

  std::optional<Error> problem() const;  // while transactions fail
  const RecordCounters& counters() const { return counters_; }
  const Histogram& to_decision() const { return to_decision_; }

 private:
  struct Link {
    connect::Connector* connector = nullptr;
    std::int64_t sent = 0;  // highest outbox id handed to the connector
    std::size_t in_flight = 0;
    bool drained = false;  // nothing more in the outbox beyond `sent`
  };

  void gather(Duration wait);
  Result<void> commit();
  void append_predictions(const EffectsItem& item);
  store::EdgeChanges changes_of(const EffectsItem& item) const;  // publications with them
  void note_effects();
  void save_snapshots();
  void finish_published();
  void take_links();
  void pump();
  void tick();

  EffectsQueue& in_;
  Stores stores_;
  const RecordOptions options_;
  std::size_t flow_lanes_ = 1;
  std::shared_ptr<const Plan> plan_;
  std::vector<EffectsItem> group_;
  std::size_t appended_ = 0;  // of group_, predictions in the journal's memory
  std::set<std::pair<domain::StreamIndex, std::int64_t>> recorded_;  // known from before a restart
  bool replaying_ = false;  // between recover() and replay_done()
  domain::ReadingBatch readings_;
  std::map<std::string, Link> links_;
  std::map<std::uint64_t, std::string> link_of_;  // outbox id in flight -> connection
  std::vector<std::int64_t> to_forget_;           // published, still in the outbox
  std::atomic<bool> abandoned_ = false;
  RecordCounters counters_;
  Histogram to_decision_;  // from reading the bytes to the record of what followed
  Time last_events_;

  mutable std::mutex mutex_;
  std::optional<std::map<std::string, connect::Connector*>> next_links_;  // under mutex_
  std::vector<connect::Published> done_;                                  // under mutex_
  std::vector<store::RejectCount> rejects_;                               // under mutex_
  std::optional<Error> problem_;                                          // under mutex_
};

}  // namespace lineside::edge
