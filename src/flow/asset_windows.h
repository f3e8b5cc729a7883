// The windows of one asset: frames in, terms of features out.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "flow/frame_ring.h"
#include "flow/plan.h"
#include "flow/series.h"

namespace lineside::flow {

class AssetWindows {
 public:
  // `plan` outlives it, at the same address.
  explicit AssetWindows(const Plan& plan);

  // Whether a row is due before the frame at `time_ns` is taken (every.duration) or after the one
  // taken last (every.count), min_count of the windows included.
  bool due_before(std::int64_t time_ns) const;
  bool due_after() const;

  // Takes the next frame, newer than all before. Returns how many frames duration windows lost
  // because they were full.
  std::uint64_t take(std::int64_t time_ns, const double* values);

  // The value of each of the plan's terms; at least one frame has been taken.
  void evaluate(std::span<double> terms);
  std::int64_t newest_ns() const { return ring_.time(ring_.end() - 1); }

  void save(ByteWriter& out) const;
  // Errors: corrupt.
  Result<void> load(ByteReader& in);
  std::size_t memory_bytes() const;

 private:
  bool ready() const;
  bool slides(const WindowPlan& window) const;  // its frames are in the ring
  std::uint64_t count(std::size_t window) const;
  ColumnView view(const SeriesPlan& series) const;
  std::int64_t bucket_start(std::int64_t time_ns) const;
  std::int64_t keep_after(const WindowPlan& window, std::int64_t newest_ns) const;
  FrameNumber keep_from() const;

  std::uint64_t make_room(std::size_t window, std::int64_t time_ns);
  void remove_until(std::size_t window, FrameNumber begin);
  void add_newest(std::size_t window);
  void evaluate_series(std::uint32_t number, const ColumnView& frames, std::span<double> terms);
  void freeze_windows();
  Result<void> load_frames(ByteReader& in);
  Result<void> find_begins(FrameNumber oldest);

  const Plan* plan_;
  FrameRing ring_;
  std::vector<FrameNumber> begins_;  // by window: number of its first frame; of `first`: 0
  std::vector<Series> series_;       // as in the plan
  std::vector<double> frozen_;       // by term, of `first` windows that are full
};

}  // namespace lineside::flow
