// The values of a sliding window in order, for quantiles.
#pragma once

#include <cstddef>
#include <vector>

#include "flow/frame_ring.h"

namespace lineside::flow {

// Runs of at most kRunMax values, each sorted, the runs in order: adding and removing move at most
// one run's values, whatever the window's size.
class SortedValues {
 public:
  void add(double value);
  // Removes one value equal to it; there is one.
  void remove(double value);
  void rebuild(const ColumnView& window);
  void clear();

  std::size_t size() const { return size_; }
  // Interpolated linearly between order statistics (Hyndman & Fan 1996, type 7); 0 when empty.
  double quantile(double p) const;
  std::size_t memory_bytes() const;

 private:
  static constexpr std::size_t kRunMax = 512;
  using Run = std::vector<double>;

  std::size_t run_of(double value) const;
  double nth(std::size_t rank) const;
  void insert_run(std::size_t at);
  void erase_run(std::size_t at);

  std::vector<Run> runs_;   // none empty; the last value of each <= the first of the next
  std::vector<Run> spare_;  // emptied runs, kept so that a warm window allocates nothing
  std::size_t size_ = 0;
};

}  // namespace lineside::flow
