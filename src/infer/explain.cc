#include "infer/explain.h"

#include <algorithm>
#include <cmath>
#include <format>

namespace lineside::infer {

Result<std::vector<domain::Contribution>> explain(Runner& runner, std::span<const float> row,
                                                  std::size_t output, std::size_t top) {
  const Signature& signature = runner.signature();
  const std::size_t width = runner.width();
  if (signature.reference.size() != width)
    return invalid(
        std::format("explanation: expected a reference for each of {} features, found {}", width,
                    signature.reference.size()));
  if (row.size() != width || output >= runner.output_width())
    return invalid(
        std::format("explanation: expected {} features and an output below {}, found {} "
                    "and {}",
                    width, runner.output_width(), row.size(), output));

  // The row itself, then a copy for each feature.
  std::vector<float> rows;
  rows.reserve((width + 1) * width);
  for (std::size_t copy = 0; copy <= width; ++copy) rows.insert(rows.end(), row.begin(), row.end());
  for (std::size_t i = 0; i < width; ++i)
    rows[(i + 1) * width + i] = static_cast<float>(signature.reference[i]);
  std::vector<float> outputs((width + 1) * runner.output_width());
  TRY(runner.run(rows, width + 1, outputs));

  const auto score = [&](std::size_t copy) {
    return static_cast<double>(outputs[copy * runner.output_width() + output]);
  };
  std::vector<domain::Contribution> all;
  for (std::size_t i = 0; i < width; ++i) {
    const double effect = score(0) - score(i + 1);
    if (std::isfinite(effect) && effect != 0)
      all.push_back(
          {signature.features[i], static_cast<double>(row[i]), signature.reference[i], effect});
  }
  std::ranges::stable_sort(all, std::ranges::greater(),
                           [](const domain::Contribution& c) { return std::abs(c.effect); });
  all.resize(std::min(all.size(), top));
  return all;
}

}  // namespace lineside::infer
