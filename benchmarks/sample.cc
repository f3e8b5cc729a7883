#include "benchmarks/sample.h"

#include <algorithm>
#include <cmath>

#include "base/check.h"

namespace lineside::benchmarks {

namespace {

constexpr double kConfidence = 0.95;

// How many samples may be cut off at each end so that what is left covers the median: the largest k
// with 1 - 2 P(Binomial(n, 1/2) < k) >= kConfidence, less one.
std::size_t cut(std::size_t n) {
  double below = 0;                                     // P(Binomial < k)
  double term = std::pow(0.5, static_cast<double>(n));  // P(Binomial = k)
  std::size_t k = 0;
  while (k < n && 1 - 2 * (below + term) >= kConfidence) {
    below += term;
    term *= static_cast<double>(n - k) / static_cast<double>(k + 1);
    ++k;
  }
  return k == 0 ? 0 : k - 1;
}

}  // namespace

Estimate estimate(std::span<const double> samples) {
  CHECK(!samples.empty());
  std::vector<double> sorted(samples.begin(), samples.end());
  std::ranges::sort(sorted);
  const std::size_t n = sorted.size();
  const std::size_t off = cut(n);
  return {(sorted[(n - 1) / 2] + sorted[n / 2]) / 2, sorted[off], sorted[n - 1 - off]};
}

std::vector<double> ratios(std::span<const double> a, std::span<const double> b) {
  std::vector<double> out;
  for (std::size_t i = 0; i < std::min(a.size(), b.size()); ++i) out.push_back(a[i] / b[i]);
  return out;
}

Estimate control(std::span<const double> samples) {
  CHECK(samples.size() >= 2);
  std::vector<double> out;
  for (std::size_t i = 0; i + 1 < samples.size(); i += 2)
    out.push_back(samples[i + 1] / samples[i]);
  return estimate(out);
}

Result<void> interleave(int rounds, std::span<const Block> arms) {
  for (int round = 0; round < rounds; ++round) {
    for (const Block& arm : arms) TRY(arm());
    for (std::size_t i = arms.size(); i-- > 0;) TRY(arms[i]());
  }
  return {};
}

}  // namespace lineside::benchmarks
