// The lane of windows and features, for the assets whose names hash to it.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "edge/directory.h"
#include "edge/items.h"
#include "flow/pipeline_flow.h"

namespace lineside::edge {

// Which part of the assets a lane has.
struct LaneShare {
  std::uint32_t index = 0;
  std::uint32_t count = 1;
  bool has(std::string_view asset) const;  // FNV-1a of the name, modulo count
};

// Readings that a pipeline without state of its own starts from; null: none.
using WarmUp = std::function<void(store::Position before, const store::Journal::Visit&)>;

class FlowLane {
 public:
  FlowLane(LaneShare share, const StreamDirectory& directory, WarmUp warm_up);

  // Switches the plan if the item carries one, pushes the readings, yields what follows.
  RowsItem process(const FlowItem& item);
  // State of the flows of the current plan, as process() gave it for a snapshot.
  Result<void> load(const std::map<std::string, Bytes>& state);
  // As if no plan had come yet.
  void forget();

  struct Counters {
    std::string pipeline;
    flow::FlowCounters flow;
    std::size_t assets = 0;
    std::size_t bytes = 0;
  };
  std::vector<Counters> counters() const;

 private:
  struct Running {
    std::string name;
    const PlannedPipeline* planned;  // of plan_
    flow::PipelineFlow flow;
    std::size_t told_assets = 0;  // slots whose names were handed on
  };

  void adopt(std::shared_ptr<const Plan> plan, store::Position at, bool warm);
  void bind_new_streams();
  void bind(Running& running, std::size_t first);

  const LaneShare share_;
  const StreamDirectory& directory_;
  const WarmUp warm_up_;
  std::shared_ptr<const Plan> plan_;
  std::vector<Running> running_;  // one per pipeline of the plan
  std::size_t bound_ = 0;         // streams of the directory that are bound
  store::Position end_ = 0;
};

}  // namespace lineside::edge
