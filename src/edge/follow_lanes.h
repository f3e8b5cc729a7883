// The two lanes of an edge that follows a hub: one waits for desired states and reports, the other
// sends what the outbox holds for the hub and what streams have appeared. Without the hub they wait
// and try again; nothing else waits for them.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "base/lane.h"
#include "base/result.h"
#include "edge/edge.h"
#include "wire/follower.h"
#include "wire/hub_link.h"
#include "wire/reporter.h"
#include "world/clock.h"
#include "world/files.h"

namespace lineside::edge {

struct FollowOptions {
  Duration poll = Duration::seconds(55);
  Duration upload_every = Duration::seconds(1);
  wire::ReporterOptions report{};
  wire::LinkOptions link{};
};

// What opens first: it says in which folder the edge starts.
class FollowLanes {
 public:
  // Errors: of the files, corrupt (what the edge remembers of its hub).
  static Result<std::unique_ptr<FollowLanes>> open(std::string data_folder, wire::Joined joined,
                                                   EdgeWorld world, FollowOptions options = {});
  ~FollowLanes();  // ends the lanes without a word
  FollowLanes(const FollowLanes&) = delete;
  FollowLanes& operator=(const FollowLanes&) = delete;

  const std::string& edge_name() const { return name_; }
  // Opens the edge in the best of the follower's folders that loads: what was in force last, what
  // was in force before, or nothing to run. Errors: those of Edge::open() but for problems of a
  // configuration.
  Result<std::unique_ptr<Edge>> open_edge(EdgeOptions options);
  // Begins to follow; `edge` outlives stop().
  void start(Edge& edge);
  // In order, while `edge` still runs: the hub is told, which takes 2 s at most, and none where the
  // last call to it has failed.
  void stop();
  // Something was mended here: what was refused is tried again. Any thread.
  void retry();

 private:
  FollowLanes(std::string data_folder, wire::Joined joined, EdgeWorld world, FollowOptions options);

  // follow lane
  bool follow_step();
  Result<void> follow_once();
  bool take_retry();
  bool pause_after_try();
  void renew_if_due();
  Result<void> renew();
  wire::StateReport report() const;
  Result<void> tell();
  void tell_applying();
  void stop_lanes();
  // upload lane
  bool upload_step();
  Result<bool> upload_alerts();
  Result<bool> upload_streams();

  Result<std::unique_ptr<Edge>> open_in(std::size_t folder, const EdgeOptions& options);
  // Ends early once `cut_short` is true. False: told to stop meanwhile.
  bool pause(Duration duration, const std::atomic<bool>& cut_short) const;

  const std::string data_folder_;
  const std::string name_;
  const EdgeWorld world_;
  const FollowOptions options_;
  const std::shared_ptr<std::atomic<std::uint64_t>> altered_ =
      std::make_shared<std::atomic<std::uint64_t>>(0);  // EdgeOptions::altered
  std::unique_ptr<wire::Follower> follower_;
  wire::Joined joined_;   // of the follow lane, as it is renewed
  wire::HubLink link_;    // of the follow lane
  wire::HubLink upload_;  // of the upload lane
  Edge* edge_ = nullptr;
  std::atomic<bool> stopping_ = false;
  std::mutex retry_mutex_;  // so that retry_ and the wake of link_ come together
  std::atomic<bool> retry_ = false;

  wire::Reporter reporter_;  // of both lanes
  Time renew_again_;         // steady; not before
  bool resumed_ = false;
  std::mutex renewed_mutex_;
  std::optional<wire::Joined> renewed_;      // for the upload lane
  std::size_t streams_known_ = 0;            // of the directory
  std::vector<domain::StreamIndex> untold_;  // of these
  std::unique_ptr<Lane> follow_lane_;
  std::unique_ptr<Lane> upload_lane_;
};

}  // namespace lineside::edge
