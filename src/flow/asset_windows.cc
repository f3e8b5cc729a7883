#include "flow/asset_windows.h"

#include <algorithm>
#include <cmath>
#include <format>

#include "flow/pipeline_flow.h"
#include "flow/saturating.h"
#include "flow/statistic.h"

namespace lineside::flow {

namespace {

constexpr FrameNumber kFrameNumberMax = FrameNumber{1} << 62;

Error corrupt_windows(std::string_view what) {
  return fail(Code::corrupt, std::format("saved windows: {}", what));
}

}  // namespace

AssetWindows::AssetWindows(const Plan& plan)
    : plan_(&plan), ring_(plan.columns.size()), begins_(plan.windows.size()) {
  series_.reserve(plan.series.size());
  bool freezes = false;
  for (const SeriesPlan& series : plan.series) {
    const Extent extent = plan.windows[series.window].extent;
    series_.emplace_back(series, extent);
    freezes = freezes || extent == Extent::first;
  }
  if (freezes) frozen_.resize(plan.terms.size());
}

bool AssetWindows::due_before(std::int64_t time_ns) const {
  if (plan_->every_duration_ns == 0 || ring_.end() == 0) return false;
  return bucket_start(time_ns) != bucket_start(newest_ns()) && ready();
}

bool AssetWindows::due_after() const {
  return plan_->every_count != 0 && ring_.end() % plan_->every_count == 0 && ready();
}

bool AssetWindows::ready() const {
  for (std::size_t w = 0; w < begins_.size(); ++w)
    if (count(w) < plan_->windows[w].min_count) return false;
  return true;
}

bool AssetWindows::slides(const WindowPlan& window) const {
  if (window.extent == Extent::first) return ring_.end() < window.frames;
  return window.extent != Extent::all;
}

std::uint64_t AssetWindows::count(std::size_t window) const {
  const WindowPlan& plan = plan_->windows[window];
  if (plan.extent == Extent::all) return ring_.end();
  if (plan.extent == Extent::duration) return ring_.end() - begins_[window];
  return std::min(ring_.end(), plan.frames);
}

// Of windows without frames in the ring: the newest frame alone.
ColumnView AssetWindows::view(const SeriesPlan& series) const {
  const bool slides_now = slides(plan_->windows[series.window]);
  return ring_.view(series.column, slides_now ? begins_[series.window] : ring_.end() - 1);
}

std::int64_t AssetWindows::bucket_start(std::int64_t time_ns) const {
  std::int64_t into = time_ns % plan_->every_duration_ns;
  if (into < 0) into += plan_->every_duration_ns;
  return saturating_subtract(time_ns, into);
}

// Frames of a duration window are newer than this once its newest is at `newest_ns`.
std::int64_t AssetWindows::keep_after(const WindowPlan& window, std::int64_t newest_ns) const {
  if (plan_->every_duration_ns == 0) return saturating_subtract(newest_ns, window.duration_ns);
  const std::int64_t boundary = saturating_add(bucket_start(newest_ns), plan_->every_duration_ns);
  return saturating_subtract(saturating_subtract(boundary, window.duration_ns), 1);
}

FrameNumber AssetWindows::keep_from() const {
  FrameNumber keep = ring_.end();
  for (std::size_t w = 0; w < begins_.size(); ++w)
    if (slides(plan_->windows[w])) keep = std::min(keep, begins_[w]);
  return keep;
}

std::uint64_t AssetWindows::take(std::int64_t time_ns, const double* values) {
  std::uint64_t lost = 0;
  for (std::size_t w = 0; w < begins_.size(); ++w) lost += make_room(w, time_ns);
  ring_.append(time_ns, values, keep_from());

  for (std::size_t w = 0; w < begins_.size(); ++w) add_newest(w);
  if (!frozen_.empty()) freeze_windows();
  return lost;
}

void AssetWindows::add_newest(std::size_t window) {
  const WindowPlan& plan = plan_->windows[window];
  const FrameNumber end = ring_.end();
  if (plan.extent == Extent::first && end > plan.frames) return;
  const std::uint64_t frames = count(window);
  const FrameNumber begin = plan.extent == Extent::all ? end - 1 : begins_[window];
  for (std::uint32_t s = plan.series_begin; s < plan.series_end; ++s)
    series_[s].add(ring_.view(plan_->series[s].column, begin), frames, end == 1);
  // A window shorter than `every.duration` looks at the end before the boundary only.
  if (plan.extent == Extent::duration && newest_ns() <= keep_after(plan, newest_ns()))
    remove_until(window, end);
}

// Lets go what leaves the window when the frame at `time_ns` comes.
std::uint64_t AssetWindows::make_room(std::size_t window, std::int64_t time_ns) {
  const WindowPlan& plan = plan_->windows[window];
  if (plan.extent == Extent::count) {
    if (ring_.end() - begins_[window] == plan.frames) remove_until(window, begins_[window] + 1);
    return 0;
  }
  if (plan.extent != Extent::duration) return 0;
  const std::int64_t after = keep_after(plan, time_ns);
  FrameNumber begin = begins_[window];
  while (begin < ring_.end() && ring_.time(begin) <= after) ++begin;
  const bool full = ring_.end() - begin == PipelineFlow::kWindowFramesMax;
  if (full) ++begin;
  if (begin != begins_[window]) remove_until(window, begin);
  return full ? 1 : 0;
}

void AssetWindows::remove_until(std::size_t window, FrameNumber begin) {
  const WindowPlan& plan = plan_->windows[window];
  for (std::uint32_t s = plan.series_begin; s < plan.series_end; ++s) {
    ColumnView gone = ring_.view(plan_->series[s].column, begins_[window]);
    gone.end = begin;
    series_[s].remove(gone, ring_.view(plan_->series[s].column, begin));
  }
  begins_[window] = begin;
}

void AssetWindows::evaluate(std::span<double> terms) {
  for (std::uint32_t s = 0; s < series_.size(); ++s) {
    const SeriesPlan& plan = plan_->series[s];
    const WindowPlan& window = plan_->windows[plan.window];
    if (window.extent == Extent::first && !slides(window)) {
      std::copy(frozen_.begin() + plan.term_begin, frozen_.begin() + plan.term_end,
                terms.begin() + plan.term_begin);
    } else {
      evaluate_series(s, view(plan), terms);
    }
  }
}

void AssetWindows::evaluate_series(std::uint32_t number, const ColumnView& frames,
                                   std::span<double> terms) {
  const SeriesPlan& plan = plan_->series[number];
  const Sample sample{series_[number], frames, count(plan.window)};
  series_[number].refresh(frames, sample.count);
  for (std::uint32_t t = plan.term_begin; t < plan.term_end; ++t)
    terms[t] = traits(plan_->terms[t].statistic).value(sample, plan_->terms[t].parameter);
}

// Of a `first` window that has just become full only the values of its terms are needed any more.
void AssetWindows::freeze_windows() {
  bool froze = false;
  for (std::uint32_t s = 0; s < series_.size(); ++s) {
    const SeriesPlan& plan = plan_->series[s];
    const WindowPlan& window = plan_->windows[plan.window];
    if (window.extent != Extent::first || window.frames != ring_.end()) continue;
    evaluate_series(s, ring_.view(plan.column, 0), frozen_);
    series_[s].release();
    froze = true;
  }
  if (froze) ring_.shrink(std::min(keep_from(), ring_.end() - 1));
}

void AssetWindows::save(ByteWriter& out) const {
  const FrameNumber end = ring_.end();
  out.put(end);
  if (end == 0) return;
  const FrameNumber oldest = std::min(keep_from(), end - 1);
  out.put(static_cast<std::uint32_t>(end - oldest));
  for (FrameNumber f = oldest; f < end; ++f) {
    out.put(ring_.time(f));
    for (std::size_t c = 0; c < plan_->columns.size(); ++c) out.put(ring_.view(c, f).at(f));
  }
  for (std::size_t s = 0; s < series_.size(); ++s) {
    const WindowPlan& window = plan_->windows[plan_->series[s].window];
    if (slides(window) || window.extent == Extent::all) series_[s].save(out);
  }
  for (const double value : frozen_) out.put(value);
}

Result<void> AssetWindows::load(ByteReader& in) {
  TRY(load_frames(in));
  if (ring_.end() == 0) return {};
  for (std::size_t s = 0; s < series_.size(); ++s) {
    const SeriesPlan& plan = plan_->series[s];
    const WindowPlan& window = plan_->windows[plan.window];
    if (slides(window) || window.extent == Extent::all) {
      series_[s].load(in, view(plan));
    } else {
      series_[s].release();
    }
  }
  for (double& value : frozen_) value = in.get<double>();
  if (!in.ok()) return corrupt_windows("end early");
  return {};
}

Result<void> AssetWindows::load_frames(ByteReader& in) {
  const auto end = in.get<FrameNumber>();
  if (end == 0) return {};
  const FrameNumber frames = in.get<std::uint32_t>();
  if (end > kFrameNumberMax || frames == 0 || frames > end) return corrupt_windows("frame numbers");
  std::vector<double> values(plan_->columns.size());
  if (frames > in.remaining() / ((values.size() + 1) * 8)) return corrupt_windows("end early");
  ring_.restart(end - frames);
  for (FrameNumber f = end - frames; f < end; ++f) {
    const auto time_ns = in.get<std::int64_t>();
    if (f > end - frames && time_ns <= newest_ns()) return corrupt_windows("times do not rise");
    for (double& value : values) {
      value = in.get<double>();
      if (!std::isfinite(value)) return corrupt_windows("a value is not finite");
    }
    ring_.append(time_ns, values.data(), end - frames);
  }
  return find_begins(end - frames);
}

// Which frames are in which window follows from the frames.
Result<void> AssetWindows::find_begins(FrameNumber oldest) {
  const FrameNumber end = ring_.end();
  for (std::size_t w = 0; w < begins_.size(); ++w) {
    const WindowPlan& window = plan_->windows[w];
    if (window.extent == Extent::count) begins_[w] = end - count(w);
    if (window.extent == Extent::duration) {
      begins_[w] =
          std::max(oldest, end - std::min<FrameNumber>(end, PipelineFlow::kWindowFramesMax));
      const std::int64_t after = keep_after(window, newest_ns());
      while (begins_[w] < end && ring_.time(begins_[w]) <= after) ++begins_[w];
    }
    if (slides(window) && begins_[w] < oldest) return corrupt_windows("frames are missing");
  }
  return {};
}

std::size_t AssetWindows::memory_bytes() const {
  std::size_t bytes = ring_.memory_bytes() + begins_.capacity() * sizeof(FrameNumber) +
                      frozen_.capacity() * sizeof(double);
  for (const Series& series : series_) bytes += series.memory_bytes();
  return bytes;
}

}  // namespace lineside::flow
