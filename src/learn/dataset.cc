#include "learn/dataset.h"

#include <algorithm>

#include "base/check.h"
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

}  // namespace

Result<Dataset> make_dataset(const Recording& recording, const domain::PipelineSpec& pipeline) {
  flow::PipelineFlow flow = TRY(flow::PipelineFlow::create(pipeline));
  std::vector<bool> bound;
  for (std::size_t i = 0; i < recording.streams.size(); ++i)
    bound.push_back(flow.bind(static_cast<domain::StreamIndex>(i), recording.streams[i]));
  flow::Rows rows;
  push_all(recording.readings, flow, rows);
  if (rows.empty())
    return invalid(
        "the recording yields no row: expected readings of the pipeline's streams that "
        "fill its windows");

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
