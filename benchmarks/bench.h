// One run of the benchmarks: what was asked for, and where results go.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.h"
#include "benchmarks/report.h"

namespace lineside::benchmarks {

class Bench {
 public:
  // `names`: groups and figures; empty: all. `folder` is scratch, on a disk that is one: durability
  // costs what it costs.
  Bench(std::vector<std::string> names, std::string folder);

  // Whether any of the names was asked for.
  bool wanted(std::span<const std::string_view> any_of) const;
  bool wanted(std::string_view name) const { return wanted(std::span(&name, 1)); }
  // An empty folder for one measurement.
  Result<std::string> fresh_folder(std::string_view name) const;
  // Progress, on standard error.
  void say(std::string_view text) const;

  Report& report() { return report_; }

 private:
  std::vector<std::string> names_;
  std::string folder_;
  Time start_;
  Report report_;
};

struct Group {
  std::string_view name;
  std::string_view title;
  std::vector<std::string_view> figures;  // rows it can yield that have a bound
  Result<void> (*run)(Bench&);            // errors: a measurement that does not count
};

// The groups in the order in which they run (groups.cc).
const std::vector<Group>& groups();

Result<void> run_hub(Bench& bench);     // a hub with a large catalog and a large fleet
Result<void> run_mqtt(Bench& bench);    // through a broker, against a subscriber that does nothing
Result<void> run_memory(Bench& bench);  // on one core, no broker
Result<void> run_overhead(Bench& bench);   // a prediction against a bare call of the library
Result<void> run_footprint(Bench& bench);  // resident memory
Result<void> run_idle(Bench& bench);       // CPU at a low rate
Result<void> run_start(Bench& bench);      // from exec to the first prediction

}  // namespace lineside::benchmarks
