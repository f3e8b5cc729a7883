// Why a score is what it is: the features that moved it most.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "base/result.h"
#include "domain/alert.h"
#include "infer/runner.h"

namespace lineside::infer {

// Occlusion (after Zeiler & Fergus, "Visualizing and Understanding Convolutional Networks", 2014,
// section 2.1): the effect of a feature is the score of the row less the score of the same row with
// that feature at its reference. All copies run as one batch. Effects of features that act together
// need not add up to the whole.
//
// At most `top` features, largest |effect| first, equal ones in feature order; features without
// effect are left out. `output` is an index into signature().outputs.
// Errors: invalid (wrong row length or output, a model without references), those of run().
Result<std::vector<domain::Contribution>> explain(Runner& runner, std::span<const float> row,
                                                  std::size_t output, std::size_t top = 5);

}  // namespace lineside::infer
