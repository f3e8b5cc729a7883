#include "flow/sorted_values.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "base/check.h"

namespace lineside::flow {

void SortedValues::add(double value) {
  ++size_;
  if (runs_.empty()) insert_run(0);
  const std::size_t at = run_of(value);
  Run& run = runs_[at];
  run.insert(std::ranges::upper_bound(run, value), value);
  if (run.size() <= kRunMax) return;
  insert_run(at + 1);
  const auto middle = runs_[at].begin() + kRunMax / 2;
  runs_[at + 1].assign(middle, runs_[at].end());
  runs_[at].erase(middle, runs_[at].end());
}

void SortedValues::remove(double value) {
  CHECK(size_ > 0);
  const std::size_t at = run_of(value);
  Run& run = runs_[at];
  const auto found = std::ranges::lower_bound(run, value);
  CHECK(found != run.end() && *found == value);
  run.erase(found);
  --size_;
  if (run.empty()) erase_run(at);
}

void SortedValues::rebuild(const ColumnView& window) {
  clear();
  std::vector<double> values;
  values.reserve(window.size());
  for (FrameNumber f = window.begin; f < window.end; ++f) values.push_back(window.at(f));
  std::ranges::sort(values);
  // Half-full runs: the next values need no split.
  for (auto from = values.begin(); from != values.end();) {
    const auto to = from + std::min<std::ptrdiff_t>(kRunMax / 2, values.end() - from);
    insert_run(runs_.size());
    runs_.back().assign(from, to);
    from = to;
  }
  size_ = values.size();
}

void SortedValues::clear() {
  while (!runs_.empty()) erase_run(runs_.size() - 1);
  size_ = 0;
}

double SortedValues::quantile(double p) const {
  if (size_ == 0) return 0;
  const double rank = p * static_cast<double>(size_ - 1);
  const auto below = static_cast<std::size_t>(rank);
  const double low = nth(below);
  const double share = rank - static_cast<double>(below);
  if (share == 0) return low;
  return low + (nth(below + 1) - low) * share;
}

std::size_t SortedValues::memory_bytes() const {
  std::size_t values = 0;
  for (const Run& run : runs_) values += run.capacity();
  for (const Run& run : spare_) values += run.capacity();
  return values * sizeof(double) + (runs_.capacity() + spare_.capacity()) * sizeof(Run);
}

// The first run whose last value is not below `value`, else the last run.
std::size_t SortedValues::run_of(double value) const {
  if (runs_.size() == 1) return 0;
  const auto run = std::ranges::partition_point(
      runs_, [value](const Run& candidate) { return candidate.back() < value; });
  return std::min(static_cast<std::size_t>(run - runs_.begin()), runs_.size() - 1);
}

double SortedValues::nth(std::size_t rank) const {
  for (const Run& run : runs_) {
    if (rank < run.size()) return run[rank];
    rank -= run.size();
  }
  CHECK(false);
}

void SortedValues::insert_run(std::size_t at) {
  Run run;
  if (!spare_.empty()) {
    run = std::move(spare_.back());
    spare_.pop_back();
  }
  runs_.insert(runs_.begin() + static_cast<std::ptrdiff_t>(at), std::move(run));
}

void SortedValues::erase_run(std::size_t at) {
  const auto run = runs_.begin() + static_cast<std::ptrdiff_t>(at);
  run->clear();
  spare_.push_back(std::move(*run));
  runs_.erase(run);
}

}  // namespace lineside::flow
