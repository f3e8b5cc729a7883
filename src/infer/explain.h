// Why a score is what it is: the features that moved it most.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "base/result.h"
#include "domain/alert.h"
#include "infer/runner.h"

namespace lineside::infer {

// The effect of a feature is the mean of what it adds as the last one and as the first: the score
// of the row less the score with that feature at its reference, and the score with all others at
// their references less the score of the references alone. Where features act together in pairs at
// most, as in every quadratic form (T2 and Q of a PCA model) and every sum, these are the Shapley
// values (Grabisch, "k-order additive discrete fuzzy measures", 1997; Lundberg & Lee, "A Unified
// Approach to Interpreting Model Predictions", 2017), so they add up to the score less that of the
// references, however the features are correlated. Elsewhere they approximate them, from 2 n + 2
// rows that run as one batch.
//
// At most `top` features, largest |effect| first, equal ones in feature order; features without
// effect are left out. `output` is an index into signature().outputs.
// Errors: invalid (wrong row length or output, a model without references), those of run().
Result<std::vector<domain::Contribution>> explain(Runner& runner, std::span<const float> row,
                                                  std::size_t output, std::size_t top = 5);

}  // namespace lineside::infer
