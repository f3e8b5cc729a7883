#include "benchmarks/lane_rows.h"

#include <random>

#include "benchmarks/messages.h"
#include "benchmarks/models.h"

namespace lineside::benchmarks {

LaneRows::LaneRows(std::size_t batch, std::size_t items) : rows_(batch * items), items_(items) {
  std::mt19937_64 random(7);
  std::normal_distribution<float> normal(0, 1);
  edge::PipelineRows rows;
  rows.rows.width = kRowWidth;
  for (std::size_t i = 0; i < batch; ++i) {
    for (std::size_t c = 0; c < kRowWidth; ++c) rows.rows.values.push_back(normal(random));
    rows.rows.asset.push_back(static_cast<std::uint32_t>(i % kAssets));
    rows.rows.time_ns.push_back(static_cast<std::int64_t>(i));
  }
  item_.pipelines.push_back(std::move(rows));
}

std::unique_ptr<edge::InferLane> LaneRows::lane(std::shared_ptr<const edge::Plan> plan) {
  auto lane = std::make_unique<edge::InferLane>(edge::InferOptions{.edge = "bench"});
  edge::RowsItem first;
  first.plan = std::move(plan);
  edge::PipelineRows rows;
  for (std::size_t i = 0; i < kAssets; ++i) rows.new_assets.push_back(asset_name(i));
  first.pipelines.push_back(std::move(rows));
  lane->process(std::move(first));
  return lane;
}

void LaneRows::refill() {
  for (edge::RowsItem& item : items_) item = item_;
}

}  // namespace lineside::benchmarks
