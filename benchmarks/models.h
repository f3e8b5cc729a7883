// The models and pipelines that are measured. Weights are random from a fixed seed: what they cost
// does not depend on what they have learnt.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "base/bytes.h"
#include "domain/pipeline.h"
#include "edge/plan.h"

namespace lineside::benchmarks {

inline constexpr std::size_t kRowWidth = 32;

// Four streams, a sliding window of 64 frames, eight statistics of each: rows of kRowWidth
// features, one per frame. `model_file` empty: none.
domain::PipelineSpec wide_pipeline(const std::string& model_file);
// The same streams and window, five statistics of each, a row each 64 frames.
domain::PipelineSpec window_pipeline();

enum class Yields : unsigned char { reconstruction, error };

// Dense layers 32-16-8-16-32 with ReLU between. Yields the 32 reconstructed values, or their mean
// squared distance from the input. `spec` is the pipeline it is signed for.
Bytes autoencoder(const domain::PipelineSpec& spec, Yields yields, std::uint64_t seed);
// 250 trees of depth 5 over 32 features.
Bytes tree_ensemble(const domain::PipelineSpec& spec, std::uint64_t seed);

// A plan of one pipeline, as load_plan() would make it.
std::shared_ptr<const edge::Plan> plan_of(const domain::PipelineSpec& spec, Bytes model);

}  // namespace lineside::benchmarks
