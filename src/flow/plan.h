// A pipeline's windows and features, compiled into what is to be kept and computed per asset.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"
#include "domain/pipeline.h"

namespace lineside::flow {

// What a series must keep up to date with each frame, as bits.
enum Need : std::uint8_t {
  kNeedNothing = 0,  // the frames themselves are enough
  kNeedMoments = 1,
  kNeedLargest = 2,
  kNeedSmallest = 4,
  kNeedSorted = 8,
  kNeedSlope = 16,  // with kNeedMoments
  kNeedAverages = 32,
};

enum class Extent : std::uint8_t { count, duration, first, all };

struct WindowPlan {
  Extent extent = Extent::all;
  std::uint64_t frames = 0;      // of count and first
  std::int64_t duration_ns = 0;  // of duration
  std::uint64_t min_count = 1;
  std::uint32_t series_begin = 0;  // its series, a range of Plan::series
  std::uint32_t series_end = 0;
};

// One column over one window.
struct SeriesPlan {
  std::uint32_t window = 0;
  std::uint32_t column = 0;
  std::uint8_t needs = kNeedNothing;
  std::vector<double> alphas;    // of exponentially weighted averages
  std::uint32_t term_begin = 0;  // its terms, a range of Plan::terms
  std::uint32_t term_end = 0;
};

// One statistic of one series.
struct TermPlan {
  domain::Statistic statistic = domain::Statistic::mean;
  std::uint32_t series = 0;
  double parameter = 0;  // as in domain::Feature; of ewma: index into SeriesPlan::alphas
};

struct FeaturePlan {
  std::uint32_t term = 0;
  std::int32_t minus = -1;  // term that is subtracted; -1: none
};

struct Plan {
  std::string definition;
  std::string assets;  // glob
  std::vector<std::string> columns;
  std::int64_t lateness_ns = 0;
  bool hold = false;
  std::uint64_t every_count = 0;       // 0: by duration
  std::int64_t every_duration_ns = 0;  // 0: by count
  std::vector<WindowPlan> windows;
  std::vector<SeriesPlan> series;  // window by window
  std::vector<TermPlan> terms;     // series by series
  std::vector<FeaturePlan> row;
  std::vector<domain::Feature> features;
};

// Errors: invalid, naming what makes no sense in the spec.
Result<Plan> make_plan(const domain::PipelineSpec& spec);

}  // namespace lineside::flow
