#include "infer/explain.h"

#include <algorithm>
#include <cmath>
#include <format>
#include <utility>

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

  // The row and one with each feature at its reference; the references and one with each feature
  // as it is.
  const std::size_t turn = width + 1;
  std::vector<float> rows;
  rows.reserve(2 * turn * width);
  for (std::size_t copy = 0; copy < turn; ++copy) rows.insert(rows.end(), row.begin(), row.end());
  for (std::size_t copy = 0; copy < turn; ++copy)
    for (const double usual : signature.reference) rows.push_back(static_cast<float>(usual));
  for (std::size_t i = 0; i < width; ++i)
    std::swap(rows[(i + 1) * width + i], rows[(turn + i + 1) * width + i]);
  std::vector<float> outputs(2 * turn * runner.output_width());
  TRY(runner.run(rows, 2 * turn, outputs));

  const auto score = [&](std::size_t copy) {
    return static_cast<double>(outputs[copy * runner.output_width() + output]);
  };
  std::vector<domain::Contribution> all;
  for (std::size_t i = 0; i < width; ++i) {
    const double last = score(0) - score(i + 1);
    const double first = score(turn + i + 1) - score(turn);
    const double effect = (last + first) / 2;
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
