// Rows that are ready for the lane of models, in items of a fixed number.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "edge/infer_lane.h"

namespace lineside::benchmarks {

class LaneRows {
 public:
  // `batch` rows of kRowWidth values per item, `items` of them.
  LaneRows(std::size_t batch, std::size_t items);

  // A lane that has taken up the plan and knows the assets of the rows.
  static std::unique_ptr<edge::InferLane> lane(std::shared_ptr<const edge::Plan> plan);

  // Copies to hand over: a lane takes its items by value. Not part of what is timed.
  void refill();
  std::vector<edge::RowsItem>& items() { return items_; }
  std::size_t rows() const { return rows_; }
  // Of one item, row-major.
  std::span<const float> values() const { return item_.pipelines[0].rows.values; }

 private:
  edge::RowsItem item_;
  std::size_t rows_ = 0;
  std::vector<edge::RowsItem> items_;
};

}  // namespace lineside::benchmarks
