// One core, no broker: what the parts of the hot path do by themselves.
#include <algorithm>
#include <array>
#include <format>
#include <memory>

#include "base/check.h"
#include "benchmarks/bare_run.h"
#include "benchmarks/bench.h"
#include "benchmarks/lane_rows.h"
#include "benchmarks/messages.h"
#include "benchmarks/meter.h"
#include "benchmarks/models.h"
#include "codec/payload.h"
#include "flow/pipeline_flow.h"
#include "watch/contract_check.h"

namespace lineside::benchmarks {

namespace {

constexpr int kRounds = 10;               // twice as many blocks
constexpr std::size_t kMachines = 100;    // of the decoded batches, kStreams streams each
constexpr std::size_t kBatches = 64;      // per block
constexpr std::size_t kReadings = 4096;   // per batch
constexpr std::size_t kMessages = 32768;  // per block
constexpr std::int64_t kStart = 1'767'225'600'000'000'000;  // 2026-01-01

// Contract and windows of some streams, as the lanes of an edge use them.
class Path {
 public:
  explicit Path(const domain::PipelineSpec& spec) : contract_(contract()) {
    auto flow = flow::PipelineFlow::create(spec);
    CHECK(flow.has_value());
    flow_ = std::make_unique<flow::PipelineFlow>(std::move(*flow));
  }

  domain::StreamIndex bind(const domain::StreamName& name) {
    check_.bind(streams_, name, &contract_);
    CHECK(flow_->bind(streams_, name));
    return streams_++;
  }
  void check(domain::ReadingBatch& batch) {
    check_.check(batch, {batch.time_ns.back()}, violations_);
  }
  void flow(const domain::ReadingBatch& batch) {
    rows_.clear();
    flow_->push(batch, rows_);
    rows_made_ += rows_.size();
  }
  // Whether every reading so far went all the way.
  Result<void> verify(std::uint64_t readings) const {
    const std::uint64_t accepted = check_.counters().accepted;
    const std::uint64_t frames = flow_->counters().frames;
    if (accepted == readings && frames == readings / kStreams && violations_.empty()) return {};
    return fail(Code::internal, std::format("of {} readings {} were accepted, in {} frames",
                                            readings, accepted, frames));
  }
  std::uint64_t rows_made() const { return rows_made_; }

 private:
  const domain::ContractSpec contract_;
  watch::ContractCheck check_;
  std::unique_ptr<flow::PipelineFlow> flow_;
  domain::StreamIndex streams_ = 0;
  std::vector<watch::Violation> violations_;
  flow::Rows rows_;
  std::uint64_t rows_made_ = 0;
};

Row per_second(std::string name, std::string unit, std::span<const double> samples,
               std::string what) {
  return {std::move(name), std::move(unit), estimate(samples), control(samples), {},
          std::move(what)};
}

// Batches whose times go on from one block to the next; the machines speak in turn.
class DecodedBatches {
 public:
  explicit DecodedBatches(Path& path) {
    const domain::MappingSpec spec = mapping("bench");
    for (std::size_t m = 0; m < kMachines; ++m)
      for (const domain::PointSpec& point : spec.streams)
        streams_.push_back(path.bind({asset_name(m), point.stream, ""}));
  }

  void refill() {
    for (domain::ReadingBatch& batch : batches_) {
      batch.clear();
      for (std::size_t i = 0; i < kReadings; ++i, ++count_) {
        const std::size_t stream = count_ % streams_.size();
        const std::uint64_t step = count_ / streams_.size();
        batch.push({.stream = streams_[stream],
                    .time = {kStart + static_cast<std::int64_t>(step) * 1'000'000},
                    .sequence = step,
                    .value = static_cast<double>((count_ * 7919) % 1000)});
      }
    }
  }
  std::array<domain::ReadingBatch, kBatches>& batches() { return batches_; }
  std::uint64_t count() const { return count_; }

 private:
  std::vector<domain::StreamIndex> streams_;
  std::array<domain::ReadingBatch, kBatches> batches_;
  std::uint64_t count_ = 0;
};

struct DecodedRates {
  std::vector<double> all, check, flow;  // readings per second of CPU
};

Result<DecodedRates> measure_decoded(const domain::PipelineSpec& spec) {
  Path path(spec);
  DecodedBatches feed(path);
  DecodedRates out;
  for (int block = -2; block < 2 * kRounds; ++block) {  // the first two fill windows and caches
    feed.refill();
    Duration check;
    const Duration begin = thread_cpu();
    for (domain::ReadingBatch& batch : feed.batches()) {
      const Duration before = thread_cpu();
      path.check(batch);
      check = check + (thread_cpu() + Duration{-before.ns});
      path.flow(batch);
    }
    const Duration all = thread_cpu() + Duration{-begin.ns};
    if (block < 0) continue;
    const double readings = kBatches * kReadings;
    out.all.push_back(readings / all.as_seconds());
    out.check.push_back(readings / check.as_seconds());
    out.flow.push_back(readings / (all.as_seconds() - check.as_seconds()));
  }
  TRY(path.verify(feed.count()));
  return out;
}

Result<void> decoded(Bench& bench) {
  domain::PipelineSpec hop = window_pipeline();
  const DecodedRates each_64 = TRY(measure_decoded(hop));
  hop.every.count = 1;
  const DecodedRates each_1 = TRY(measure_decoded(hop));
  const std::string what = std::format(
      "decoded batches of {} readings, {} streams -> contract -> 5 features of each stream over "
      "the "
      "last 64 values, kept up with each reading; ",
      kReadings, kMachines * kStreams);
  Row row = per_second("memory_readings_per_s", "1/s", each_1.all, what + "a row at every frame");
  row.bound = Bound{1e6, Sense::min};
  bench.report().add(row);
  bench.report().add(per_second("  a row each 64 frames", "1/s", each_64.all, ""));
  bench.report().add(per_second("  contract alone", "1/s", each_1.check, ""));
  bench.report().add(per_second("  windows and features alone", "1/s", each_1.flow, ""));
  return {};
}

struct Message {
  std::string topic;
  std::string payload;
};

Result<void> from_json(Bench& bench) {
  domain::PipelineSpec spec = window_pipeline();
  spec.every.count = 1;
  Path path(spec);
  const std::vector<domain::MappingSpec> mappings = {mapping("bench")};
  auto map = TRY(codec::PayloadMap::compile(
      mappings, {}, [&](const domain::StreamName& name) { return path.bind(name); }));
  MessageMaker maker;
  std::vector<Message> messages(kMessages);
  domain::ReadingBatch batch;
  codec::Rejects rejects;
  std::vector<double> all;
  std::vector<double> decode;
  for (int block = -2; block < 2 * kRounds; ++block) {
    for (Message& message : messages) {
      message.topic = topic_of("bench", maker.count() % kAssets);
      message.payload = maker.next({kStart});
    }
    Duration decoding;
    const Duration begin = thread_cpu();
    for (std::size_t at = 0; at < messages.size();) {
      const Duration before = thread_cpu();
      batch.clear();
      for (; at < messages.size() && batch.size() < kReadings; ++at)
        map.decode({messages[at].topic,
                    as_bytes(messages[at].payload),
                    messages[at].payload.size(),
                    {kStart}},
                   batch, rejects);
      decoding = decoding + (thread_cpu() + Duration{-before.ns});
      path.check(batch);
      path.flow(batch);
    }
    if (block < 0) continue;
    const double readings = kMessages * kStreams;
    all.push_back(readings / (thread_cpu() + Duration{-begin.ns}).as_seconds());
    decode.push_back(readings / decoding.as_seconds());
  }
  if (rejects.total() > 0) return fail(Code::internal, "messages were rejected");
  TRY(path.verify(maker.count() * kStreams));
  Row row = per_second("json_readings_per_s", "1/s", all,
                       "200-byte JSON messages of 4 values, sequence and ISO time -> readings -> "
                       "contract -> windows and features as above");
  row.bound = Bound{1e6, Sense::min};
  bench.report().add(row);
  bench.report().add(per_second("  JSON to readings alone", "1/s", decode, ""));
  return {};
}

struct LaneRates {
  std::vector<double> lane, bare;  // rows per second of CPU
};

// The lane of models with rows ready, against the library alone at the same batch.
Result<LaneRates> measure_lane(const domain::PipelineSpec& spec, const Bytes& model,
                               std::size_t items) {
  constexpr std::size_t kBatch = 64;
  LaneRows rows(kBatch, items);
  const auto lane = LaneRows::lane(plan_of(spec, model));
  BareRun bare(model, kBatch);
  std::ranges::copy(rows.values(), bare.rows().begin());  // branches of trees depend on them
  LaneRates out;
  const std::array<Block, 2> arms = {
      Block([&]() -> Result<void> {
        rows.refill();
        const Duration begin = thread_cpu();
        for (edge::RowsItem& item : rows.items()) lane->process(std::move(item));
        out.lane.push_back(static_cast<double>(rows.rows()) /
                           (thread_cpu() + Duration{-begin.ns}).as_seconds());
        return {};
      }),
      Block([&]() -> Result<void> {
        const Duration begin = thread_cpu();
        for (std::size_t i = 0; i < items; ++i) bare.run();
        out.bare.push_back(static_cast<double>(rows.rows()) /
                           (thread_cpu() + Duration{-begin.ns}).as_seconds());
        return {};
      })};
  for (const Block& arm : arms) TRY(arm());  // warm
  out.lane.clear();
  out.bare.clear();
  TRY(interleave(kRounds, arms));
  if (lane->counters().rows.load() != rows.rows() * (2 * kRounds + 1))
    return fail(Code::internal, "the lane lost rows");
  return out;
}

Result<void> autoencoder_lane(Bench& bench) {
  const domain::PipelineSpec spec = wide_pipeline("model.onnx");
  const LaneRates wide =
      TRY(measure_lane(spec, autoencoder(spec, Yields::reconstruction, 1), 1024));
  const LaneRates narrow = TRY(measure_lane(spec, autoencoder(spec, Yields::error, 1), 1024));
  Row row =
      per_second("memory_predictions_per_s", "1/s", wide.lane,
                 "lane of models, rows ready, batch 64, autoencoder 32-16-8-16-32 with its 32 "
                 "outputs: Run, predictions for the record, decisions");
  row.bound = Bound{2e6, Sense::min};
  bench.report().add(row);
  bench.report().add(per_second("  the library alone", "1/s", wide.bare, ""));
  bench.report().add(per_second("  with one output", "1/s", narrow.lane,
                                "the same network ending in the error of reconstruction"));
  bench.report().add(per_second("  the library alone", "1/s", narrow.bare, ""));
  return {};
}

Result<void> tree_lane(Bench& bench) {
  const domain::PipelineSpec spec = wide_pipeline("model.onnx");
  const LaneRates trees = TRY(measure_lane(spec, tree_ensemble(spec, 1), 64));
  Row row = per_second("memory_tree_predictions_per_s", "1/s", trees.lane,
                       "the same with 250 trees of depth 5 over 32 features");
  row.bound = Bound{60'000, Sense::min};
  bench.report().add(row);
  bench.report().add(per_second("  the library alone", "1/s", trees.bare, ""));
  return {};
}

}  // namespace

Result<void> run_memory(Bench& bench) {
  const OneCore pinned;
  if (bench.wanted("memory_readings_per_s")) TRY(decoded(bench));
  if (bench.wanted("json_readings_per_s")) TRY(from_json(bench));
  if (bench.wanted("memory_predictions_per_s")) TRY(autoencoder_lane(bench));
  if (bench.wanted("memory_tree_predictions_per_s")) TRY(tree_lane(bench));
  return {};
}

}  // namespace lineside::benchmarks
