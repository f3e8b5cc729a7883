#include "flow/statistic.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace lineside::flow {

namespace {

using domain::Statistic;

double newest(const Sample& sample) { return sample.frames.at(sample.frames.end - 1); }

double mean(const Sample& sample, double) { return sample.series.moments().mean; }

double sd(const Sample& sample, double) {
  if (sample.count < 2) return 0;
  return std::sqrt(sample.series.moments().m2 / static_cast<double>(sample.count - 1));
}

double smallest(const Sample& sample, double) { return sample.series.smallest(sample.frames); }
double largest(const Sample& sample, double) { return sample.series.largest(sample.frames); }

double range(const Sample& sample, double) {
  return sample.series.largest(sample.frames) - sample.series.smallest(sample.frames);
}

double rms(const Sample& sample, double) {
  const Moments& moments = sample.series.moments();
  const double variance = moments.m2 / static_cast<double>(sample.count);
  return std::hypot(moments.mean, std::sqrt(variance));
}

double kurtosis(const Sample& sample, double) {
  // Below this the fourth powers underflow.
  constexpr double kVarianceMin = 1e-140;
  const Moments& moments = sample.series.moments();
  if (moments.m2 < kVarianceMin) return 0;
  return static_cast<double>(sample.count) * (moments.m4 / moments.m2 / moments.m2) - 3;
}

double slope(const Sample& sample, double) { return sample.series.slope(sample.count); }

double delta(const Sample& sample, double) {
  return newest(sample) - sample.frames.at(sample.frames.begin);
}

double last(const Sample& sample, double) { return newest(sample); }
double count(const Sample& sample, double) { return static_cast<double>(sample.count); }
double quantile(const Sample& sample, double p) { return sample.series.quantile(p); }

double ewma(const Sample& sample, double index) {
  return sample.series.average(static_cast<std::size_t>(index));
}

double lag(const Sample& sample, double frames) {
  const auto back = std::min(static_cast<std::uint64_t>(frames), sample.count - 1);
  return sample.frames.at(sample.frames.end - 1 - back);
}

constexpr std::uint8_t kBoth = kNeedLargest | kNeedSmallest;

// In the order of the enumeration.
constexpr std::array kStatistics = {
    StatisticTraits{Statistic::mean, kNeedMoments, mean},
    StatisticTraits{Statistic::sd, kNeedMoments, sd},
    StatisticTraits{Statistic::min, kNeedSmallest, smallest},
    StatisticTraits{Statistic::max, kNeedLargest, largest},
    StatisticTraits{Statistic::range, kBoth, range},
    StatisticTraits{Statistic::rms, kNeedMoments, rms},
    StatisticTraits{Statistic::kurtosis, kNeedMoments, kurtosis},
    StatisticTraits{Statistic::slope, kNeedMoments | kNeedSlope, slope},
    StatisticTraits{Statistic::delta, kNeedNothing, delta},
    StatisticTraits{Statistic::last, kNeedNothing, last},
    StatisticTraits{Statistic::count, kNeedNothing, count},
    StatisticTraits{Statistic::quantile, kNeedSorted, quantile},
    StatisticTraits{Statistic::ewma, kNeedAverages, ewma},
    StatisticTraits{Statistic::lag, kNeedNothing, lag},
};

constexpr bool complete() {
  if (kStatistics.size() != names(static_cast<const Statistic*>(nullptr)).size()) return false;
  for (std::size_t i = 0; i < kStatistics.size(); ++i)
    if (kStatistics[i].statistic != static_cast<Statistic>(i)) return false;
  return true;
}
static_assert(complete());

}  // namespace

const StatisticTraits& traits(Statistic statistic) {
  return kStatistics[static_cast<std::size_t>(statistic)];
}

}  // namespace lineside::flow
