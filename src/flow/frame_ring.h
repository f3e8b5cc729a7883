// The newest frames of one asset, shared by all its windows.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace lineside::flow {

// Frames are numbered from 0 in the order they came; a window is a range of numbers.
using FrameNumber = std::uint64_t;

// One column of the frames [begin, end). Valid until the ring next grows.
struct ColumnView {
  const double* values = nullptr;       // by frame number & mask
  const std::int64_t* times = nullptr;  // by frame number & mask
  std::uint64_t mask = 0;
  FrameNumber begin = 0;
  FrameNumber end = 0;

  std::uint64_t size() const { return end - begin; }
  double at(FrameNumber frame) const { return values[frame & mask]; }
  std::int64_t time_at(FrameNumber frame) const { return times[frame & mask]; }
};

// Column-major, so that walking one column of a window is walking memory.
class FrameRing {
 public:
  explicit FrameRing(std::size_t columns);

  // Number of the next frame; all before it have been appended.
  FrameNumber end() const { return end_; }
  std::int64_t time(FrameNumber frame) const { return times_[frame & mask_]; }

  // Frames before `keep` may be overwritten; those from it on stay. Grows when they fill the ring.
  void append(std::int64_t time_ns, const double* values, FrameNumber keep);

  ColumnView view(std::size_t column, FrameNumber begin) const {
    return {values_.data() + column * (mask_ + 1), times_.data(), mask_, begin, end_};
  }

  // Gives memory back: room for the frames from `keep` on and not much more.
  void shrink(FrameNumber keep);
  // As if `end` frames had been appended and forgotten.
  void restart(FrameNumber end);
  std::size_t memory_bytes() const;

 private:
  void resize(std::size_t capacity, FrameNumber keep);

  std::size_t columns_;
  std::uint64_t mask_ = 0;
  FrameNumber end_ = 0;
  std::vector<std::int64_t> times_;
  std::vector<double> values_;
};

}  // namespace lineside::flow
