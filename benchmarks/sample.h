// What repeated measurements say: the median with an interval that needs no distribution.
#pragma once

#include <functional>
#include <span>
#include <vector>

#include "base/result.h"

namespace lineside::benchmarks {

// The interval holds the true median with at least 95 % probability whatever the distribution: it
// lies between two order statistics (the sign test; Conover, "Practical Nonparametric Statistics").
// Below 6 samples no such interval exists, and smallest and largest are given.
struct Estimate {
  double median = 0;
  double low = 0;
  double high = 0;
};

// `samples` holds at least one.
Estimate estimate(std::span<const double> samples);

// a[i] / b[i], as far as both go.
std::vector<double> ratios(std::span<const double> a, std::span<const double> b);

// Neighbours of one series against each other, 1/0, 3/2, 5/4 ...: what the machine's noise alone
// makes of a ratio (the A/A control).
Estimate control(std::span<const double> samples);

// One timed block of one of the things compared.
using Block = std::function<Result<void>()>;

// Runs the arms there and back in each round (A B B A, A B C C B A): a drift of the machine hits
// all alike. Each arm runs 2 x rounds times; the first error ends it.
Result<void> interleave(int rounds, std::span<const Block> arms);

}  // namespace lineside::benchmarks
