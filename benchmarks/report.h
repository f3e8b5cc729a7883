// What a run of the benchmarks yields: rows of figures, as tables for people and as JSON for
// programs.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "benchmarks/sample.h"

namespace lineside::benchmarks {

enum class Sense : unsigned char { min, max };  // the value must be at least / at most the bound

struct Bound {
  double value = 0;
  Sense sense = Sense::min;
};

struct Row {
  std::string name;
  std::string unit;
  Estimate value;
  std::optional<Estimate> control;  // the same against itself; 1 means no noise
  std::optional<Bound> bound;       // rows without one explain, and are not in the JSON
  std::string what;                 // what was measured, against what

  bool holds() const;
};

class Report {
 public:
  void begin_group(std::string_view title) { groups_.push_back({std::string(title), {}}); }
  void add(Row row) { groups_.back().rows.push_back(std::move(row)); }

  std::string tables() const;
  // One array of {name, value, unit, bound, sense, holds}, of the rows with a bound.
  std::string json() const;

 private:
  struct Group {
    std::string title;
    std::vector<Row> rows;
  };
  std::vector<Group> groups_;
};

}  // namespace lineside::benchmarks
