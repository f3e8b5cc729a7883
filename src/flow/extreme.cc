#include "flow/extreme.h"

namespace lineside::flow {

void Extreme::add(Side side, const ColumnView& window) {
  const double sign = side == Side::largest ? 1 : -1;
  const double value = sign * window.at(window.end - 1);
  while (size_ > 0 && sign * window.at(frames_[slot(size_ - 1)]) <= value) --size_;
  if (size_ == frames_.size()) grow();
  frames_[slot(size_)] = static_cast<std::uint32_t>(window.end - 1);
  ++size_;
}

void Extreme::grow() {
  std::vector<std::uint32_t> larger(frames_.empty() ? 4 : frames_.size() * 2);
  for (std::uint32_t i = 0; i < size_; ++i) larger[i] = frames_[slot(i)];
  frames_ = std::move(larger);
  head_ = 0;
}

}  // namespace lineside::flow
