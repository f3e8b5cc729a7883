#include "flow/frame_join.h"

#include <algorithm>
#include <cmath>
#include <format>

#include "flow/pipeline_flow.h"
#include "flow/saturating.h"

namespace lineside::flow {

namespace {

constexpr double kAbsent = std::numeric_limits<double>::quiet_NaN();

Error corrupt_join(std::string_view what) {
  return fail(Code::corrupt, std::format("saved frames: {}", what));
}

}  // namespace

FrameJoin::FrameJoin(const Plan& plan)
    : columns_(plan.columns.size()),
      lateness_ns_(plan.lateness_ns),
      hold_(plan.hold),
      times_(1),
      filled_(1),
      values_(columns_, kAbsent),
      held_(plan.hold ? columns_ : 0, kAbsent) {}

FrameJoin::Offer FrameJoin::offer(std::int64_t time_ns, std::uint32_t column, double value) {
  if (time_ns < watermark_ || time_ns <= closed_) return Offer::late;
  const std::size_t at = find_or_insert(time_ns);
  double& place = values(at)[column];
  if (!std::isnan(place)) return Offer::repeated;
  place = value;
  ++filled_[slot(at)];
  watermark_ = std::max(watermark_, saturating_subtract(time_ns, lateness_ns_));
  return Offer::taken;
}

FrameJoin::Closed FrameJoin::next() {
  if (size_ == 0) return {};
  const std::size_t front = slot(0);
  const bool complete = filled_[front] == columns_;
  const std::int64_t time_ns = times_[front];
  const bool ripe = complete ? time_ns <= watermark_ : time_ns < watermark_;
  if (!ripe && size_ <= PipelineFlow::kPendingMax) return {};

  double* frame = values(0);
  const bool held = hold_ && fill_from_held(frame);
  closed_ = time_ns;
  head_ = slot(1);
  --size_;
  const Closing closing = complete ? Closing::complete : held ? Closing::held : Closing::incomplete;
  return {closing, !ripe, time_ns, frame};
}

// Takes over what the frame has, gives it what it lacks. Returns whether it now lacks nothing.
bool FrameJoin::fill_from_held(double* frame) {
  bool whole = true;
  for (std::size_t c = 0; c < columns_; ++c) {
    if (std::isnan(frame[c])) {
      frame[c] = held_[c];
      whole = whole && !std::isnan(frame[c]);
    } else {
      held_[c] = frame[c];
    }
  }
  return whole;
}

std::size_t FrameJoin::find_or_insert(std::int64_t time_ns) {
  std::size_t at = size_;
  while (at > 0 && times_[slot(at - 1)] > time_ns) --at;
  if (at > 0 && times_[slot(at - 1)] == time_ns) return at - 1;
  insert(at, time_ns);
  return at;
}

void FrameJoin::insert(std::size_t at, std::int64_t time_ns) {
  if (size_ == times_.size()) grow();
  ++size_;
  for (std::size_t i = size_ - 1; i > at; --i) {
    times_[slot(i)] = times_[slot(i - 1)];
    filled_[slot(i)] = filled_[slot(i - 1)];
    std::copy_n(values(i - 1), columns_, values(i));
  }
  times_[slot(at)] = time_ns;
  filled_[slot(at)] = 0;
  std::fill_n(values(at), columns_, kAbsent);
}

void FrameJoin::grow() {
  const std::size_t capacity = times_.size() * 2;
  std::vector<std::int64_t> times(capacity);
  std::vector<std::uint32_t> filled(capacity);
  std::vector<double> all(capacity * columns_, kAbsent);
  for (std::size_t i = 0; i < size_; ++i) {
    times[i] = times_[slot(i)];
    filled[i] = filled_[slot(i)];
    std::copy_n(values(i), columns_, all.data() + i * columns_);
  }
  times_ = std::move(times);
  filled_ = std::move(filled);
  values_ = std::move(all);
  head_ = 0;
}

void FrameJoin::save(ByteWriter& out) const {
  out.put(watermark_);
  out.put(closed_);
  out.put(static_cast<std::uint32_t>(size_));
  for (std::size_t i = 0; i < size_; ++i) {
    out.put(times_[slot(i)]);
    for (std::size_t c = 0; c < columns_; ++c) out.put(values(i)[c]);
  }
  for (const double value : held_) out.put(value);
}

Result<void> FrameJoin::load(ByteReader& in) {
  watermark_ = in.get<std::int64_t>();
  closed_ = in.get<std::int64_t>();
  TRY(load_pending(in));
  for (double& value : held_) {
    value = in.get<double>();
    if (std::isinf(value)) return corrupt_join("a held value is infinite");
  }
  if (!in.ok()) return corrupt_join("end early");
  return {};
}

Result<void> FrameJoin::load_pending(ByteReader& in) {
  const std::size_t pending = in.get<std::uint32_t>();
  if (pending > PipelineFlow::kPendingMax) return corrupt_join("too many are pending");
  if (pending > in.remaining() / ((columns_ + 1) * 8)) return corrupt_join("end early");
  for (std::size_t i = 0; i < pending; ++i) {
    const auto time_ns = in.get<std::int64_t>();
    if (time_ns <= closed_ || (i > 0 && time_ns <= times_[slot(i - 1)]))
      return corrupt_join("pending times do not rise");
    insert(i, time_ns);
    for (std::size_t c = 0; c < columns_; ++c) {
      const auto value = in.get<double>();
      if (std::isinf(value)) return corrupt_join("a pending value is infinite");
      values(i)[c] = value;
      if (!std::isnan(value)) ++filled_[slot(i)];
    }
  }
  return {};
}

std::size_t FrameJoin::memory_bytes() const {
  return times_.capacity() * sizeof(std::int64_t) + filled_.capacity() * sizeof(std::uint32_t) +
         (values_.capacity() + held_.capacity()) * sizeof(double);
}

}  // namespace lineside::flow
