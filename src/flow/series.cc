#include "flow/series.h"

#include <algorithm>

namespace lineside::flow {

namespace {

// Beyond this many values leaving at once, sorting the rest anew is the cheaper way.
constexpr std::uint64_t kRemoveOneByOne = 64;

// Share of the spread of x about the epoch that must remain; see PowerSums.
constexpr double kSeriesWorn = 1e-3;

// Differences of times lie within a few windows' lengths; wrapping keeps damaged state defined.
double seconds_between(std::int64_t from_ns, std::int64_t to_ns) {
  const auto ns = static_cast<std::uint64_t>(to_ns) - static_cast<std::uint64_t>(from_ns);
  return static_cast<double>(static_cast<std::int64_t>(ns)) * 1e-9;
}

}  // namespace

Series::Series(const SeriesPlan& plan, Extent extent)
    : plan_(&plan), extent_(extent), averages_(plan.alphas.size()) {
  if (extent == Extent::all) running_ = std::make_unique<Running>();
}

void Series::remove(const ColumnView& gone, const ColumnView& rest) {
  if (rest.size() == 0) {
    sums_ = {};
    slope_ = {};
    largest_.clear();
    smallest_.clear();
    sorted_.clear();
    return;
  }
  for (FrameNumber f = gone.begin; f < gone.end; ++f) {
    if (needs(kNeedMoments)) sums_.remove(gone.at(f));
    if (needs(kNeedSlope)) remove_slope(gone, f);
    if (needs(kNeedLargest)) largest_.remove(f);
    if (needs(kNeedSmallest)) smallest_.remove(f);
  }
  if (!needs(kNeedSorted)) return;
  if (gone.size() > kRemoveOneByOne) {
    sorted_.rebuild(rest);
    return;
  }
  for (FrameNumber f = gone.begin; f < gone.end; ++f) sorted_.remove(gone.at(f));
}

void Series::add(const ColumnView& window, std::uint64_t count, bool first) {
  const double value = window.at(window.end - 1);
  for (std::size_t i = 0; i < averages_.size(); ++i) {
    const double step = plan_->alphas[i] * (value - averages_[i]);
    averages_[i] = first ? value : averages_[i] + step;
  }
  if (running_) {
    running_->largest = first ? value : std::max(running_->largest, value);
    running_->smallest = first ? value : std::min(running_->smallest, value);
    if (needs(kNeedMoments)) running_->moments.add(value);
    return;
  }
  if (needs(kNeedMoments)) {
    sums_.add(value);
    if (needs(kNeedSlope)) add_slope(window, count);
    if (count == 1 || sums_.turned(count)) rebuild_sums(window);
  }
  if (needs(kNeedLargest)) largest_.add(Extreme::Side::largest, window);
  if (needs(kNeedSmallest)) smallest_.add(Extreme::Side::smallest, window);
  if (needs(kNeedSorted)) sorted_.add(value);
}

void Series::refresh(const ColumnView& window, std::uint64_t count) {
  if (!needs(kNeedMoments)) return;
  if (running_) {
    moments_ = running_->moments.moments();
    return;
  }
  moments_ = sums_.moments(count);
  bool worn = sums_.worn(moments_);
  if (needs(kNeedSlope) && extent_ == Extent::duration) {
    const double spread = slope_.xx - slope_.x * slope_.x / static_cast<double>(count);
    worn = worn || !(spread >= kSeriesWorn * slope_.xx);
  }
  if (!worn) return;
  rebuild_sums(window);
  moments_ = sums_.moments(count);
}

void Series::release() {
  largest_ = {};
  smallest_ = {};
  sorted_ = {};
  averages_ = {};
}

double Series::largest(const ColumnView& window) const {
  return running_ ? running_->largest : largest_.value(window);
}

double Series::smallest(const ColumnView& window) const {
  return running_ ? running_->smallest : smallest_.value(window);
}

double Series::slope(std::uint64_t count) const {
  if (running_) return running_->moments.slope();
  const auto n = static_cast<double>(count);
  if (count < 2) return 0;
  if (extent_ != Extent::duration) {
    const double covariance = slope_.xv - (n - 1) / 2 * sums_.sum();
    return covariance / (n * (n * n - 1) / 12);
  }
  const double covariance = slope_.xv - slope_.x * sums_.sum() / n;
  const double spread = slope_.xx - slope_.x * slope_.x / n;
  return spread > 0 ? covariance / spread : 0;
}

void Series::add_slope(const ColumnView& window, std::uint64_t count) {
  const FrameNumber newest = window.end - 1;
  const double v = window.at(newest) - sums_.origin();
  if (extent_ != Extent::duration) {
    slope_.xv += static_cast<double>(count - 1) * v;
    return;
  }
  const double x = seconds_between(slope_.epoch_ns, window.time_at(newest));
  slope_.x += x;
  slope_.xx += x * x;
  slope_.xv += x * v;
}

void Series::remove_slope(const ColumnView& gone, FrameNumber frame) {
  if (extent_ != Extent::duration) {
    slope_.xv -= sums_.sum();  // every frame that stays is numbered one less
    return;
  }
  const double x = seconds_between(slope_.epoch_ns, gone.time_at(frame));
  slope_.x -= x;
  slope_.xx -= x * x;
  slope_.xv -= x * (gone.at(frame) - sums_.origin());
}

void Series::rebuild_sums(const ColumnView& window) {
  sums_.rebuild(window);
  if (!needs(kNeedSlope)) return;
  const std::int64_t first = window.time_at(window.begin);
  const double length = seconds_between(first, window.time_at(window.end - 1));
  slope_ = {.epoch_ns = first + static_cast<std::int64_t>(length / 2 * 1e9)};
  ColumnView growing = window;
  for (growing.end = window.begin + 1; growing.end <= window.end; ++growing.end)
    add_slope(growing, growing.size());
}

void Series::save(ByteWriter& out) const {
  for (const double average : averages_) out.put(average);
  if (running_) {
    running_->moments.save(out);
    out.put(running_->largest);
    out.put(running_->smallest);
    return;
  }
  if (needs(kNeedMoments)) sums_.save(out);
  if (!needs(kNeedSlope)) return;
  out.put(slope_.xv);
  out.put(slope_.epoch_ns);
  out.put(slope_.x);
  out.put(slope_.xx);
}

void Series::load(ByteReader& in, const ColumnView& window) {
  for (double& average : averages_) average = in.get<double>();
  if (running_) {
    running_->moments.load(in);
    running_->largest = in.get<double>();
    running_->smallest = in.get<double>();
    return;
  }
  if (needs(kNeedMoments)) sums_.load(in);
  if (needs(kNeedSlope)) {
    slope_.xv = in.get<double>();
    slope_.epoch_ns = in.get<std::int64_t>();
    slope_.x = in.get<double>();
    slope_.xx = in.get<double>();
  }
  ColumnView growing = window;
  for (growing.end = window.begin + 1; growing.end <= window.end; ++growing.end) {
    if (needs(kNeedLargest)) largest_.add(Extreme::Side::largest, growing);
    if (needs(kNeedSmallest)) smallest_.add(Extreme::Side::smallest, growing);
  }
  if (needs(kNeedSorted)) sorted_.rebuild(window);
}

std::size_t Series::memory_bytes() const {
  return sizeof *this + largest_.memory_bytes() + smallest_.memory_bytes() +
         sorted_.memory_bytes() + averages_.capacity() * sizeof(double) +
         (running_ ? sizeof(Running) : 0);
}

}  // namespace lineside::flow
