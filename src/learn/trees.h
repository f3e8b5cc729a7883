// Gradient-boosted regression trees by XGBoost's C API, and their ONNX form.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "domain/training.h"
#include "learn/onnx_graph.h"

namespace lineside::learn {

struct TreeNode {
  std::int32_t left = -1;   // child if value < threshold; -1: this is a leaf
  std::int32_t right = -1;  // child otherwise
  std::int32_t feature = 0;
  bool missing_left = false;  // where NaN goes
  float threshold = 0;        // of a leaf: its value
};

// The prediction is `base` plus the value of one leaf per tree, in tree order.
struct TreeEnsemble {
  float base = 0;
  std::size_t width = 0;                     // features
  std::vector<std::vector<TreeNode>> trees;  // each starts with its root
};

// A trained booster. Used by one thread.
class Booster {
 public:
  // `rows` is row-major, targets.size() x width; one thread, histogram method: the same bytes for
  // the same seed and the same library. Errors: invalid (no rows, a length that does not fit),
  // internal (the library failed).
  static Result<Booster> train(std::span<const float> rows, std::span<const float> targets,
                               const domain::TreesSpec& spec, std::int64_t seed);
  Booster(Booster&&) noexcept;
  Booster& operator=(Booster&&) noexcept;
  ~Booster();

  // XGBoost's own predictions, not clipped. `rows` is row-major.
  Result<std::vector<float>> predict(std::span<const float> rows) const;
  // Read from the library's model format (UBJSON).
  Result<TreeEnsemble> ensemble() const;

 private:
  struct State;
  explicit Booster(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

// ai.onnx.ml TreeEnsembleRegressor (BRANCH_LT; a missing value goes the way XGBoost sends it), then
// Clip to [0, cap]. One input [N, width], one output [N, 1].
Bytes write_trees(const TreeEnsemble& ensemble, double cap, const ModelSignature& signature);

Result<std::string> xgboost_version();  // "3.0.0"

}  // namespace lineside::learn
