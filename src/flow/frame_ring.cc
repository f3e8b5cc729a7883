#include "flow/frame_ring.h"

#include <bit>

#include "base/check.h"

namespace lineside::flow {

namespace {

constexpr std::size_t kCapacityMin = 4;  // frames

}  // namespace

FrameRing::FrameRing(std::size_t columns)
    : columns_(columns),
      mask_(kCapacityMin - 1),
      times_(kCapacityMin),
      values_(columns * kCapacityMin) {}

void FrameRing::append(std::int64_t time_ns, const double* values, FrameNumber keep) {
  DCHECK(keep <= end_);
  if (end_ - keep > mask_) resize((mask_ + 1) * 2, keep);
  const std::uint64_t slot = end_ & mask_;
  times_[slot] = time_ns;
  double* column = values_.data() + slot;
  for (std::size_t c = 0; c < columns_; ++c, column += mask_ + 1) *column = values[c];
  ++end_;
}

void FrameRing::shrink(FrameNumber keep) {
  const std::size_t capacity = std::bit_ceil(end_ - keep + kCapacityMin);
  if (capacity <= mask_) resize(capacity, keep);
}

void FrameRing::restart(FrameNumber end) { end_ = end; }

std::size_t FrameRing::memory_bytes() const {
  return times_.capacity() * sizeof(std::int64_t) + values_.capacity() * sizeof(double);
}

void FrameRing::resize(std::size_t capacity, FrameNumber keep) {
  const std::uint64_t mask = capacity - 1;
  std::vector<std::int64_t> times(capacity);
  std::vector<double> values(columns_ * capacity);
  for (FrameNumber f = keep; f < end_; ++f) {
    times[f & mask] = times_[f & mask_];
    for (std::size_t c = 0; c < columns_; ++c)
      values[c * capacity + (f & mask)] = values_[c * (mask_ + 1) + (f & mask_)];
  }
  times_ = std::move(times);
  values_ = std::move(values);
  mask_ = mask;
}

}  // namespace lineside::flow
