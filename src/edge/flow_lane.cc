#include "edge/flow_lane.h"

#include <algorithm>
#include <format>

#include "base/check.h"
#include "base/text.h"

namespace lineside::edge {

std::string lane_name(std::size_t lane, std::size_t lanes) {
  return std::format("flow.{}/{}", lane, lanes);
}

std::optional<std::size_t> lanes_of(std::string_view name) {
  const std::size_t slash = name.find('/');
  if (!name.starts_with("flow.") || slash == std::string_view::npos) return std::nullopt;
  const auto lanes = to_number(name.substr(slash + 1));
  if (!lanes || *lanes < 1 || *lanes > 1024) return std::nullopt;
  return static_cast<std::size_t>(*lanes);
}

bool LaneShare::has(std::string_view asset) const {
  if (count == 1) return true;
  std::uint32_t hash = 2166136261U;
  for (const char c : asset) hash = (hash ^ static_cast<unsigned char>(c)) * 16777619U;
  return hash % count == index;
}

FlowLane::FlowLane(LaneShare share, const StreamDirectory& directory, WarmUp warm_up)
    : share_(share), directory_(directory), warm_up_(std::move(warm_up)) {}

void FlowLane::bind(Running& running, std::size_t first) {
  auto index = static_cast<domain::StreamIndex>(first);
  for (const domain::StreamName& name : directory_.since(first)) {
    if (share_.has(name.asset)) running.flow.bind(index, name);
    ++index;
  }
}

void FlowLane::bind_new_streams() {
  const std::size_t known = directory_.size();
  if (known == bound_) return;
  for (Running& running : running_) bind(running, bound_);
  bound_ = known;
}

void FlowLane::adopt(std::shared_ptr<const Plan> plan, store::Position at, bool warm) {
  std::vector<Running> next;
  for (const PlannedPipeline& pipeline : plan->pipelines) {
    auto flow = flow::PipelineFlow::create(pipeline.spec);
    CHECK(flow.has_value());  // load_plan() has tried
    const auto old = std::ranges::find_if(running_, [&](const Running& r) {
      return r.name == pipeline.name && same_rows(*r.planned, pipeline);
    });
    if (old != running_.end()) {
      next.push_back(std::move(*old));
      next.back().planned = &pipeline;
      next.back().told_assets = 0;  // the next lane starts its table anew with the plan
      continue;
    }
    next.push_back({pipeline.name, &pipeline, std::move(*flow), 0});
    bind(next.back(), 0);
    if (!warm || !warm_up_) continue;
    flow::Rows unused;
    warm_up_(at, [&](store::Position, const domain::ReadingBatch& batch) {
      unused.clear();
      next.back().flow.push(batch, unused);
      return true;
    });
  }
  running_ = std::move(next);
  plan_ = std::move(plan);
  bound_ = 0;  // an unchanged flow may take streams it has not seen yet: bind all again
}

RowsItem FlowLane::process(const FlowItem& item) {
  RowsItem out{.lane = share_.index,
               .end = item.end,
               .pipelines = {},
               .plan = item.plan,
               .flow_state = {},
               .snapshot = item.snapshot,
               .replay = item.replay,
               .received = item.received};
  if (item.plan) adopt(item.plan, end_, plan_ != nullptr && !item.replay);
  end_ = item.end;
  bind_new_streams();
  for (std::size_t i = 0; i < running_.size(); ++i) {
    PipelineRows rows{.pipeline = static_cast<std::uint32_t>(i), .new_assets = {}, .rows = {}};
    Running& running = running_[i];
    if (item.readings) running.flow.push(*item.readings, rows.rows);
    const auto& assets = running.flow.assets();
    const auto first = static_cast<std::ptrdiff_t>(running.told_assets);
    rows.new_assets.assign(assets.begin() + first, assets.end());
    running.told_assets = assets.size();
    if (!rows.rows.empty() || !rows.new_assets.empty()) out.pipelines.push_back(std::move(rows));
    if (item.snapshot) {
      Bytes& state = out.flow_state[running.name];
      ByteWriter writer(state);
      running.flow.save(writer);
    }
  }
  return out;
}

Result<void> FlowLane::load(const std::map<std::string, Bytes>& state) {
  for (Running& running : running_) {
    const auto it = state.find(running.name);
    if (it == state.end()) continue;
    ByteReader reader(it->second);
    TRY_WITH(running.flow.load(reader), "pipeline " + running.name);
  }
  return {};
}

void FlowLane::forget() {
  plan_ = nullptr;
  running_.clear();
}

std::vector<FlowLane::Counters> FlowLane::counters() const {
  std::vector<Counters> all;
  for (const Running& running : running_)
    all.push_back({running.name, running.flow.counters(), running.flow.assets().size(),
                   running.flow.memory_bytes()});
  return all;
}

}  // namespace lineside::edge
