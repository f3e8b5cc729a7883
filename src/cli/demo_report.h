// What the demo measured: remaining-life errors, detected failures, latency, throughput, loss.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "cli/demo_replay.h"

namespace lineside::cli {

// Errors of the last prediction of each test engine against RUL_FD001 as published.
struct LifeErrors {
  std::size_t engines = 0;
  double rmse = 0;
  double rmse_capped = 0;  // truth and prediction capped at 125
  double nasa_score = 0;   // Saxena et al. 2008: sum of exp(-d/13)-1 for d<0, exp(d/10)-1 else
};
Result<LifeErrors> life_errors(const world::Files& files, const std::string& demo_folder,
                               const std::vector<Heard>& heard);

struct Span {
  Time from;
  Time to;
};

// NAB: labelled windows that begin after the learning span. A window is detected when an alert is
// open inside it; a false alarm is an alert raised after the learning span that overlaps no window;
// the lead runs from the later of raising and window start to the labelled failure.
struct FailureWarnings {
  std::size_t windows = 0;
  std::size_t detected = 0;
  std::size_t false_alarms = 0;
  std::vector<double> lead_minutes;  // of the detected windows, in time order
};
struct Labels {
  Time learnt_until;
  std::vector<Span> windows;
  std::vector<Time> failures;
};
Result<Labels> load_labels(const world::Files& files, const std::string& demo_folder);
FailureWarnings failure_warnings(const Labels& labels, const std::vector<Span>& alerts);

// One run of the plant, as its edge tells it over the API.
struct EdgeFigures {
  std::uint64_t readings = 0;
  std::uint64_t rejected_total = 0;
  std::map<std::string, std::uint64_t> rejected;  // by reason
  std::uint64_t predictions = 0;
  std::uint64_t alerts = 0;
  std::vector<Span> machine_alerts;  // an open one ends at Time::max()
};

class Plant;
Result<EdgeFigures> ask_edge(const Plant& plant);

// Value of a sorted list at share q, by linear interpolation; 0 of none.
double quantile(const std::vector<double>& sorted, double q);

}  // namespace lineside::cli
