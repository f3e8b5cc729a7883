// The largest or smallest value of a sliding window.
#pragma once

#include <cstdint>
#include <vector>

#include "flow/frame_ring.h"

namespace lineside::flow {

// Holds the frames that are, or may yet become, the extreme: each one beats all after it. Amortised
// constant time. Source: D. Lemire, "Streaming maximum-minimum filter using no more than three
// comparisons per element", Nordic Journal of Computing 13(4), 2006.
class Extreme {
 public:
  enum class Side : std::uint8_t { largest, smallest };

  // The newest frame of `window` has come.
  void add(Side side, const ColumnView& window);
  // The frame has left; frames leave in the order in which they came.
  void remove(FrameNumber frame) {
    if (size_ > 0 && frames_[head_] == static_cast<std::uint32_t>(frame)) drop_front();
  }
  // The window is not empty.
  double value(const ColumnView& window) const { return window.at(frames_[head_]); }

  void clear() { size_ = 0; }
  std::size_t memory_bytes() const { return frames_.capacity() * sizeof(std::uint32_t); }

 private:
  std::uint32_t slot(std::uint32_t i) const {
    return (head_ + i) & static_cast<std::uint32_t>(frames_.size() - 1);
  }
  void drop_front() {
    head_ = slot(1);
    --size_;
  }
  void grow();

  // A ring. Low halves of frame numbers: windows are far shorter than 2^32 frames.
  std::vector<std::uint32_t> frames_;
  std::uint32_t head_ = 0;
  std::uint32_t size_ = 0;
};

}  // namespace lineside::flow
