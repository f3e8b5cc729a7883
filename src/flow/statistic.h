// The statistics that features can ask for. A new one is a row in statistic.cc's table (and its
// name and notation in domain/pipeline.*).
#pragma once

#include <cstdint>

#include "domain/pipeline.h"
#include "flow/frame_ring.h"
#include "flow/plan.h"
#include "flow/series.h"

namespace lineside::flow {

// What a statistic is computed from.
struct Sample {
  const Series& series;
  ColumnView frames;        // the window's; of a window of all frames only the newest is there
  std::uint64_t count = 0;  // frames in the window, not 0
};

struct StatisticTraits {
  domain::Statistic statistic;
  std::uint8_t needs;  // bits of Need
  double (*value)(const Sample& sample, double parameter);
};

const StatisticTraits& traits(domain::Statistic statistic);

}  // namespace lineside::flow
