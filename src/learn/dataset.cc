#include "learn/dataset.h"

#include <algorithm>
#include <format>
#include <set>

#include "base/check.h"
#include "base/text.h"
#include "flow/pipeline_flow.h"

namespace lineside::learn {

namespace {

constexpr std::size_t kBatch = 4096;

// Distinct times of each asset, sorted.
std::vector<std::vector<std::int64_t>> frame_times(const Recording& recording,
                                                   const std::vector<std::string>& assets,
                                                   const std::vector<bool>& bound) {
  std::vector<std::vector<std::int64_t>> times(assets.size());
  std::vector<std::size_t> slot(recording.streams.size());
  for (std::size_t i = 0; i < slot.size(); ++i)
    slot[i] = static_cast<std::size_t>(std::ranges::find(assets, recording.streams[i].asset) -
                                       assets.begin());
  for (std::size_t i = 0; i < recording.readings.size(); ++i) {
    const domain::StreamIndex stream = recording.readings.stream[i];
    if (bound[stream]) times[slot[stream]].push_back(recording.readings.time_ns[i]);
  }
  for (auto& list : times) {
    std::ranges::sort(list);
    list.erase(std::ranges::unique(list).begin(), list.end());
  }
  return times;
}

void push_all(const domain::ReadingBatch& readings, flow::PipelineFlow& flow, flow::Rows& rows) {
  domain::ReadingBatch batch;
  for (std::size_t i = 0; i < readings.size(); ++i) {
    batch.push(readings.at(i));
    if (batch.size() < kBatch && i + 1 < readings.size()) continue;
    flow.push(batch, rows);
    batch.clear();
  }
}

// Of a recording without any asset of the pipeline, or without one of its streams; else empty.
std::string why_not_bound(const Recording& recording, const domain::PipelineSpec& pipeline) {
  std::set<std::string> others;
  std::set<std::string> matching;
  std::set<std::string> streams;
  for (const domain::StreamName& name : recording.streams) {
    const bool matches = glob_match(pipeline.assets, name.asset);
    (matches ? matching : others).insert(name.asset);
    if (matches) streams.insert(name.stream);
  }
  if (recording.streams.empty()) return "expected readings, found none";
  if (matching.empty())
    return std::format("expected assets that match '{}', found '{}'{}", pipeline.assets,
                       *others.begin(),
                       others.size() == 1 ? "" : std::format(" and {} more", others.size() - 1));
  for (const std::string& stream : pipeline.streams)
    if (!streams.contains(stream))
      return std::format("expected readings of each stream, found none of '{}'", stream);
  return {};
}

std::string why_no_row(const Recording& recording, const domain::PipelineSpec& pipeline,
                       const flow::PipelineFlow& flow, const std::vector<bool>& bound) {
  if (std::string text = why_not_bound(recording, pipeline); !text.empty()) return text;
  const auto times = frame_times(recording, flow.assets(), bound);
  const auto longest = std::ranges::max_element(times, {}, &std::vector<std::int64_t>::size);
  const auto frames = static_cast<std::int64_t>(longest->size());
  if (flow.counters().frames == 0)
    return std::format("expected a time at which each stream has a reading, found none among {}",
                       frames);
  const std::string found =
      std::format("found at most {}, of '{}'", frames,
                  flow.assets()[static_cast<std::size_t>(longest - times.begin())]);
  const auto window =
      std::ranges::max_element(pipeline.windows, {}, &domain::WindowSpec::min_count);
  if (window->min_count > frames)
    return std::format("expected at least {} frames of an asset for window '{}', {}",
                       window->min_count, window->name, found);
  if (pipeline.every.count && *pipeline.every.count > frames)
    return std::format("expected at least {} frames of an asset for a row (every), {}",
                       *pipeline.every.count, found);
  const auto passes = [every = pipeline.every.duration](const std::vector<std::int64_t>& asset) {
    return !every || asset.front() / every->ns != asset.back() / every->ns;
  };
  if (std::ranges::none_of(times, passes))
    return std::format(
        "expected frames before and behind a multiple of {} (every) for a row, found none",
        format_duration(*pipeline.every.duration));
  return std::format("expected {} frames within window '{}', found fewer at every row",
                     window->min_count, window->name);
}

}  // namespace

Result<Dataset> make_dataset(const Recording& recording, const domain::PipelineSpec& pipeline) {
  flow::PipelineFlow flow = TRY(flow::PipelineFlow::create(pipeline));
  std::vector<bool> bound;
  for (std::size_t i = 0; i < recording.streams.size(); ++i)
    bound.push_back(flow.bind(static_cast<domain::StreamIndex>(i), recording.streams[i]));
  flow::Rows rows;
  push_all(recording.readings, flow, rows);
  if (rows.empty())
    return invalid("the recording yields no row of features: " +
                   why_no_row(recording, pipeline, flow, bound));

  Dataset out;
  for (const domain::Feature& feature : flow.features()) out.features.push_back(feature.name);
  out.assets = flow.assets();
  out.definition = flow.definition();
  out.frames = flow.counters().frames;
  out.values = std::move(rows.values);
  out.asset = std::move(rows.asset);
  const auto times = frame_times(recording, out.assets, bound);
  for (std::size_t i = 0; i < out.size(); ++i) {
    const auto& of_asset = times[out.asset[i]];
    const auto at = std::ranges::lower_bound(of_asset, rows.time_ns[i]);
    CHECK(at != of_asset.end() && *at == rows.time_ns[i]);
    out.time.push_back(Time{rows.time_ns[i]});
    out.frame.push_back(at - of_asset.begin() + 1);
    out.frames_left.push_back(of_asset.end() - at - 1);
  }
  return out;
}

std::vector<std::size_t> rows_to_learn(const Dataset& dataset, const domain::LearnSpec& spec,
                                       Time start) {
  struct Interval {
    Time from;
    Time to;
  };
  std::vector<Interval> excluded;
  for (const domain::IntervalSpec& interval : spec.exclude) {
    const auto from = parse_iso(interval.from);
    const auto to = parse_iso(interval.to);
    CHECK(from.has_value() && to.has_value());
    excluded.push_back({*from, *to + spec.memory});
  }
  std::vector<std::size_t> rows;
  for (std::size_t i = 0; i < dataset.size(); ++i) {
    const Time time = dataset.time[i];
    const bool late = spec.span && time >= start + *spec.span;
    const bool in_failure = std::ranges::any_of(
        excluded, [&](const Interval& e) { return time >= e.from && time <= e.to; });
    if (dataset.frame[i] >= spec.from_frame && !late && !in_failure) rows.push_back(i);
  }
  return rows;
}

std::vector<float> gather(const Dataset& dataset, std::span<const std::size_t> rows) {
  std::vector<float> block;
  block.reserve(rows.size() * dataset.width());
  for (const std::size_t i : rows) {
    const auto row = dataset.row(i);
    block.insert(block.end(), row.begin(), row.end());
  }
  return block;
}

}  // namespace lineside::learn
