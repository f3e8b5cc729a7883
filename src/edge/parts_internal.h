// The parts of an edge and how they hang together. Only edge.cc, recover.cc and status.cc see it.
#pragma once

#include <atomic>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "base/lane.h"
#include "edge/commit_lane.h"
#include "edge/directory.h"
#include "edge/edge.h"
#include "edge/flow_lane.h"
#include "edge/infer_lane.h"
#include "edge/ingest_lane.h"
#include "edge/last_good.h"
#include "edge/record_lane.h"
#include "world/file_lock.h"
#include "world/files.h"

namespace lineside::edge {

inline constexpr std::size_t kLinksMax = 256;  // connections ever configured in one run

// One flow lane with the infer lane behind it.
struct FlowPair {
  FlowPair(LaneShare share, const StreamDirectory& directory, WarmUp warm_up, InferOptions options,
           std::size_t queue_items)
      : flow(share, directory, std::move(warm_up)), infer(std::move(options)), rows(queue_items) {}
  FlowLane flow;
  InferLane infer;
  RowsQueue rows;

  mutable std::mutex mutex;                  // of the copy below
  std::vector<FlowLane::Counters> counters;  // as of the last step
};

struct Edge::Parts {
  Parts(EdgeOptions edge_options, EdgeWorld edge_world)
      : options(std::move(edge_options)),
        world(std::move(edge_world)),
        live(directory),
        ingest_queue(options.queue_items),
        effects_queue(options.queue_items),
        last_good(world.files, options.data_folder),
        config_folder(options.config_folder) {}

  const EdgeOptions options;
  const EdgeWorld world;
  std::optional<world::FileLock> lock;
  Time started;
  Time loaded;  // when the plan was taken
  std::atomic<bool> ready = false;

  StreamDirectory directory;
  LiveView live;
  EventFeed feed;
  std::unique_ptr<store::Journal> readings;
  std::unique_ptr<store::Journal> predictions;
  std::unique_ptr<store::EdgeDb> db;
  StoreDamage damage;
  std::unique_ptr<store::History> readings_history;
  std::unique_ptr<store::History> predictions_history;

  IngestQueue ingest_queue;
  std::vector<std::unique_ptr<FlowQueue>> flow_queues;
  EffectsQueue effects_queue;

  // Grows under `mutex` within its reserved capacity; retired ones stay, with their numbers.
  std::vector<std::unique_ptr<IngestLane>> links;
  std::unique_ptr<CommitLane> commit;
  std::vector<std::unique_ptr<FlowPair>> flows;
  std::unique_ptr<RecordLane> record;
  std::vector<std::unique_ptr<Lane>> link_threads;  // by link
  std::vector<std::unique_ptr<Lane>> threads;       // commit, flows, infers, record

  std::atomic<std::size_t> infer_lanes_done = 0;
  std::mutex reloading;  // held by a reload from reading the manifests to keeping them
  LastGood last_good;    // of who holds `reloading`

  mutable std::mutex mutex;
  std::shared_ptr<const Plan> plan;   // under mutex
  std::vector<std::string> problems;  // under mutex
  std::string config_folder;          // of the plan's manifests; under mutex
  // That `plan` is the last good one instead of the folder's, and when it was taken; under mutex.
  std::optional<Time> last_good_of;

  PlanSources sources(std::string from) {
    return {world.files, std::move(from), world.admit, options.follows_hub};
  }
  ConfigStanding standing() const {
    if (last_good_of) return ConfigStanding::last_good;
    return problems.empty() ? ConfigStanding::ok : ConfigStanding::refused;
  }
  Result<LoadedPlan> load_first();
  void keep_good(const LoadedPlan& taken, const std::string& from);
  Reloaded reload_from(const std::string& from);
  bool flow_step(std::size_t lane, Duration wait);
  bool infer_step(std::size_t lane, Duration wait);

  // edge.cc
  Result<void> add_link(const domain::Manifest<domain::ConnectionSpec>& manifest);
  void make_lanes();
  void start_link(std::size_t link);
  Result<void> take_plan(std::shared_ptr<const Plan> next);
  void set_record_links();
  // recover.cc
  // Says and counts what the stores have lost; the positions are those that edge.db has noted.
  void find_damage(store::Position readings_noted, store::Position predictions_noted);
  Result<void> recover();

 private:
  // edge.cc
  Reloaded take(const LoadedPlan& next, const std::string& from);
  std::unique_ptr<FlowPair> make_flow(std::size_t lane, std::size_t lanes);
  // recover.cc
  Result<void> catch_up(FlowPair& pair, std::size_t lane, std::size_t lanes);
  Result<void> change_lanes(std::size_t before);
  Result<store::Position> load_state(FlowPair& pair, std::size_t lane, std::size_t lanes,
                                     store::Position applied);
  Result<void> replay(FlowPair& pair, store::Position from, store::Position applied);
  void show_recovered();
  std::vector<domain::Prediction> newest_predictions() const;
};

}  // namespace lineside::edge
