// An edge: the lanes of a reading's life, wired; started, recovered, reconfigured and stopped.
// docs/life-of-a-reading.md walks through it.
//
// The lanes are bodies that step; start() gives each a thread, and the simulator calls step_all()
// instead, with a clock and files of its own.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "edge/event_feed.h"
#include "edge/live_view.h"
#include "edge/metrics.h"
#include "edge/plan.h"
#include "store/edge_db.h"
#include "store/history.h"
#include "world/clock.h"
#include "world/files.h"
#include "world/random.h"
#include "world/stream.h"

namespace lineside::codec {
class JsonWriter;
}

namespace lineside::edge {

struct EdgeOptions {
  std::string name = "edge-1";
  std::string config_folder;  // manifests
  std::string data_folder;    // state; used by one process at a time
  std::size_t flow_lanes = 1;
  std::uint64_t readings_cap_bytes = 1ULL << 30;
  std::uint64_t predictions_cap_bytes = 512ULL << 20;
  std::uint64_t segment_bytes = 16ULL << 20;
  std::size_t queue_items = 64;  // of each queue between lanes
  Duration snapshot_every = Duration::seconds(60);
  // Its configuration comes from a hub: it may be empty, and alerts and verdicts go to the outbox
  // for the hub too.
  bool follows_hub = false;
  // How many files of that were found altered on the disk so far; absent: nobody counts.
  std::shared_ptr<const std::atomic<std::uint64_t>> altered{};
};

// The outside world of an edge; references outlive it.
struct EdgeWorld {
  world::Files& files;
  world::Clock& clock;
  world::Random& random;
  world::Dialer& dialer;
  // See PlanSources::admit.
  std::function<Result<void>(const std::string& path, ByteView model)> admit;
};

struct Reloaded {
  std::string revision;               // in force now
  std::vector<std::string> changed;   // "pipeline compressor-rul", "connection plant", ...
  std::vector<std::string> problems;  // empty: it was taken
  bool busy = false;                  // another one was under way, and this one has done nothing
};
enum class WhenBusy : unsigned char { wait, refuse };

// How what runs and the folder of manifests stand to each other.
enum class ConfigStanding : unsigned char {
  ok,         // what runs is what the folder held when it was last read
  refused,    // the folder was read again, and not taken
  last_good,  // the folder was broken at the start: what runs is what was taken of it last
};
constexpr auto names(const ConfigStanding* /*unused*/) {
  return std::array<std::string_view, 3>{"ok", "refused", "last_good"};
}

// What GET /api/v1/config says beside the plan in force.
struct ConfigState {
  std::string folder;
  Time loaded;                        // when the plan in force was taken
  std::vector<std::string> problems;  // of what was last read and not taken
  bool follows_hub = false;           // EdgeOptions::follows_hub
  std::shared_ptr<const Plan> plan;   // in force; the lanes come to it reading by reading
  ConfigStanding standing = ConfigStanding::ok;
  std::optional<Time> last_good;  // with that standing: when it was taken
};

// start(), stop() and step_all() are called by one thread, the rest by any.
class Edge {
 public:
  // Loads the configuration, or where it has problems the last one that was taken of this folder
  // (edge/last_good.h); opens the stores and rebuilds the state of windows and decisions from
  // history. Errors: invalid with one line per problem of the configuration; those of the stores.
  static Result<std::unique_ptr<Edge>> open(EdgeOptions options, EdgeWorld world);
  ~Edge();
  Edge(const Edge&) = delete;
  Edge& operator=(const Edge&) = delete;

  void start();
  // Lets go of the sources, finishes what was taken (a few seconds at most) and ends the lanes.
  void stop();
  // One round of every lane on the calling thread, without waiting.
  void step_all();
  // Validates the manifests anew, or those of another folder, which is the edge's from then on;
  // takes them, or keeps what runs and says every problem.
  Reloaded reload(const std::string& folder = {}, WhenBusy when_busy = WhenBusy::wait);

  const EdgeWorld& world() const;
  const LiveView& live() const;
  const StreamDirectory& directory() const;
  EventFeed& feed();
  store::EdgeDb& db();
  const store::History& readings() const;
  const store::History& predictions() const;
  // The members of GET /api/v1/status, into an open object, with the first `problems_max` problems.
  void write_status(codec::JsonWriter& json, std::size_t problems_max) const;
  EdgeMetrics metrics(MetricsOf of = MetricsOf::all) const;
  ConfigState config_state() const;

 private:
  struct Parts;
  explicit Edge(std::unique_ptr<Parts> parts);
  std::unique_ptr<Parts> parts_;
};

}  // namespace lineside::edge
