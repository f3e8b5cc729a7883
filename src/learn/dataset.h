// Rows of features to learn from, made by the same code as on the edge.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "domain/pipeline.h"
#include "domain/training.h"
#include "learn/recording.h"

namespace lineside::learn {

// Columns of equal length, one entry per row; `values` holds size() x width() of them.
struct Dataset {
  std::vector<std::string> features;
  std::vector<float> values;              // row-major
  std::vector<std::uint32_t> asset;       // index into `assets`
  std::vector<Time> time;                 // of the newest frame the row describes
  std::vector<std::int64_t> frame;        // that frame's number within its asset, from 1
  std::vector<std::int64_t> frames_left;  // frames the asset has after it
  std::vector<std::string> assets;
  std::string definition;    // domain::feature_definition()
  std::uint64_t frames = 0;  // that entered the windows

  std::size_t size() const { return asset.size(); }
  std::size_t width() const { return features.size(); }
  std::span<const float> row(std::size_t i) const {
    return std::span(values).subspan(i * width(), width());
  }
};

// Pushes the recording through a flow::PipelineFlow. A frame's number counts the distinct times of
// its asset's readings on the pipeline's streams. Errors: invalid (the pipeline's, or no row and
// why).
Result<Dataset> make_dataset(const Recording& recording, const domain::PipelineSpec& pipeline);

// Rows (indices in row order) that may be learnt from: see LearnSpec. `start`: the recording's
// first time. The spec must have passed domain::check().
std::vector<std::size_t> rows_to_learn(const Dataset& dataset, const domain::LearnSpec& spec,
                                       Time start);

// The chosen rows, row-major, as one block.
std::vector<float> gather(const Dataset& dataset, std::span<const std::size_t> rows);

}  // namespace lineside::learn
