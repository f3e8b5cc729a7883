// One column over one window of one asset: what its statistics need, kept up to date frame by
// frame.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "base/bytes.h"
#include "flow/extreme.h"
#include "flow/frame_ring.h"
#include "flow/moments.h"
#include "flow/plan.h"
#include "flow/sorted_values.h"

namespace lineside::flow {

// Sums for the least-squares slope of values v = (value - origin of the power sums) against x.
struct SlopeSums {
  // x is the number of the frame within the window, from 0.
  double xv = 0;
  // x is seconds since `epoch_ns`.
  std::int64_t epoch_ns = 0;
  double x = 0;
  double xx = 0;
};

// Keeps only what `plan.needs` names. In a window of all frames nothing ever leaves and the frames
// are not at hand; in the others every frame of the window is.
class Series {
 public:
  Series(const SeriesPlan& plan, Extent extent);

  // The frames [gone.begin, gone.end) leave the window; `rest` is what stays.
  void remove(const ColumnView& gone, const ColumnView& rest);
  // The newest frame of `window` has come; the window holds `count` frames with it, and it is the
  // asset's first frame when `first`.
  void add(const ColumnView& window, std::uint64_t count, bool first);
  // To be called before the statistics below are read; `window` holds `count` frames.
  void refresh(const ColumnView& window, std::uint64_t count);
  // Gives back all memory; nothing is read or added any more.
  void release();

  const Moments& moments() const { return moments_; }
  double largest(const ColumnView& window) const;
  double smallest(const ColumnView& window) const;
  double quantile(double p) const { return sorted_.quantile(p); }
  double average(std::size_t index) const { return averages_[index]; }
  // Per frame, in a duration window per second; 0 where all x are equal.
  double slope(std::uint64_t count) const;

  // What cannot be had from the window's frames. load() takes the frames as well.
  void save(ByteWriter& out) const;
  void load(ByteReader& in, const ColumnView& window);
  std::size_t memory_bytes() const;

 private:
  bool needs(Need need) const { return (plan_->needs & need) != 0; }
  void add_slope(const ColumnView& window, std::uint64_t count);
  void remove_slope(const ColumnView& gone, FrameNumber frame);
  void rebuild_sums(const ColumnView& window);

  const SeriesPlan* plan_;
  Extent extent_;
  Moments moments_;  // as of the last refresh()
  PowerSums sums_;   // sliding windows
  SlopeSums slope_;
  Extreme largest_;
  Extreme smallest_;
  SortedValues sorted_;
  std::vector<double> averages_;
  struct Running {  // windows of all frames
    RunningMoments moments;
    double largest = 0;
    double smallest = 0;
  };
  std::unique_ptr<Running> running_;
};

}  // namespace lineside::flow
