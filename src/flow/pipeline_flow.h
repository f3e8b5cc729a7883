// The first half of a pipeline: readings in, rows of features out. The second half, after the
// model, is decide.h.
//
// Everything follows from source times and the order in which readings come; there is no clock.
// How readings are cut into batches changes nothing.
//
// Joining, per asset: the watermark is the newest source time seen minus `join.lateness`. Readings
// older than the watermark, or not newer than the last closed frame, are late. Frames close in time
// order: a complete one once the watermark has reached its time, an incomplete one once the
// watermark has passed it (with no lateness: at once, and when a newer frame starts). So within the
// lateness the order of arrival changes nothing either.
//
// Rows: with `every.count` at each frame whose number (from 1) is a multiple of it; with
// `every.duration` when the first frame at or past a boundary comes, describing the frames before
// the boundary, and none for stretches without frames. No row while a window holds fewer than its
// `min_count` frames. Values beyond float's range become its largest value.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "domain/pipeline.h"
#include "domain/reading.h"

namespace lineside::flow {

// Rows of features, reused: clear() keeps the capacity.
struct Rows {
  std::size_t width = 0;              // features per row
  std::vector<float> values;          // row-major, size() x width
  std::vector<std::uint32_t> asset;   // slot of the asset, an index into PipelineFlow::assets()
  std::vector<std::int64_t> time_ns;  // source time of the newest frame the row describes

  std::size_t size() const { return asset.size(); }
  bool empty() const { return asset.empty(); }
  std::span<const float> row(std::size_t i) const { return {values.data() + i * width, width}; }
  void clear() {
    values.clear();
    asset.clear();
    time_ns.clear();
  }
};

// Since creation, or since the state that was loaded began.
struct FlowCounters {
  std::uint64_t frames = 0;      // frames that entered the windows
  std::uint64_t rows = 0;        //
  std::uint64_t incomplete = 0;  // frames dropped because a column was missing
  std::uint64_t held = 0;        // frames completed with older values (missing: hold)
  std::uint64_t late = 0;        // readings behind the watermark or a closed frame
  std::uint64_t repeated = 0;    // readings for a column its frame already has; the first is kept
  std::uint64_t bad = 0;         // readings of bad quality or not finite
  std::uint64_t forced = 0;      // frames closed early: more than kPendingMax were pending
  std::uint64_t truncated = 0;   // frames a duration window lost: it held kWindowFramesMax
  bool operator==(const FlowCounters&) const = default;
};

// One pipeline over the assets of one lane. Owned by one thread; nothing is shared.
// Once warm (windows full, every asset seen) push() allocates nothing.
class PipelineFlow {
 public:
  static constexpr std::size_t kPendingMax = 4096;          // frames per asset
  static constexpr std::size_t kWindowFramesMax = 1 << 20;  // frames per duration window

  // Errors: invalid, for a spec that expand_features() refuses or whose windows, join or `every`
  // make no sense.
  static Result<PipelineFlow> create(const domain::PipelineSpec& spec);
  PipelineFlow(PipelineFlow&&) noexcept;
  PipelineFlow& operator=(PipelineFlow&&) noexcept;
  ~PipelineFlow();

  // Tells the name behind a stream number; to be called before its first reading is pushed, and
  // again whenever numbers change. Keeps it if asset glob and stream name match, and gives the
  // asset a slot; slots never change. Returns whether the pipeline takes the stream.
  bool bind(domain::StreamIndex stream, const domain::StreamName& name);

  // Takes readings in order and appends to `out` (whose width it sets) the rows they complete.
  // Readings of streams that are not bound are passed over.
  void push(const domain::ReadingBatch& batch, Rows& out);

  const std::vector<domain::Feature>& features() const;  // columns of a row
  const std::vector<std::string>& assets() const;        // names by slot
  const std::string& definition() const;                 // domain::feature_definition(spec)
  const FlowCounters& counters() const;
  std::size_t memory_bytes() const;  // held by windows and pending frames, an estimate

  // The exact state, by names and not by stream numbers: after load() into a flow of an equal
  // definition later rows are the same bit for bit. Bound streams stay bound.
  void save(ByteWriter& out) const;
  // Errors: corrupt, or conflict when the definition differs; then the flow is as before.
  Result<void> load(ByteReader& in);

 private:
  struct State;
  explicit PipelineFlow(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace lineside::flow
