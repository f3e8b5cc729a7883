// What a prediction costs beyond the library's own call, at batch 1.
#include <algorithm>
#include <array>

#include "base/lane.h"
#include "benchmarks/bare_run.h"
#include "benchmarks/bench.h"
#include "benchmarks/lane_rows.h"
#include "benchmarks/meter.h"
#include "benchmarks/models.h"

namespace lineside::benchmarks {

namespace {

constexpr int kRounds = 10;
constexpr std::size_t kItems = 8192;  // per block

struct Costs {
  std::vector<double> lane_us, bare_us;  // CPU per prediction
};

Result<Costs> measure(const domain::PipelineSpec& spec, const Bytes& model) {
  LaneRows rows(1, kItems);
  const auto lane = LaneRows::lane(plan_of(spec, model));
  BareRun bare(model, 1);
  std::ranges::copy(rows.values(), bare.rows().begin());
  Costs out;
  const auto per_item = [](Duration begin) {
    return static_cast<double>((thread_cpu() + Duration{-begin.ns}).ns) * 1e-3 / kItems;
  };
  const std::array<Block, 2> arms = {Block([&]() -> Result<void> {
                                       rows.refill();
                                       const Duration begin = thread_cpu();
                                       for (edge::RowsItem& item : rows.items())
                                         lane->process(std::move(item));
                                       out.lane_us.push_back(per_item(begin));
                                       return {};
                                     }),
                                     Block([&]() -> Result<void> {
                                       const Duration begin = thread_cpu();
                                       for (std::size_t i = 0; i < kItems; ++i) bare.run();
                                       out.bare_us.push_back(per_item(begin));
                                       return {};
                                     })};
  for (const Block& arm : arms) TRY(arm());  // warm
  out = {};
  TRY(interleave(kRounds, arms));
  return out;
}

// CPU of both threads for one item that crosses a queue between two lanes, when the receiver sleeps
// (`paced`: each item wakes it) and when it has work waiting.
std::vector<double> hand_off_us(bool paced) {
  constexpr std::size_t kCrossings = 2000;
  LaneRows rows(1, kCrossings);
  std::vector<double> out;
  for (int block = 0; block < 9; ++block) {
    edge::RowsQueue queue(64);
    std::atomic<std::size_t> taken = 0;
    Lane receiver("receiver", [&] {
      while (queue.pop(Duration::millis(50))) taken.fetch_add(1, std::memory_order_relaxed);
      return !queue.drained();
    });
    rows.refill();
    pause(Duration::millis(2));
    const Duration begin = own_cpu();
    for (edge::RowsItem& item : rows.items()) {
      queue.push(std::move(item));
      if (paced) pause(Duration::micros(50));
    }
    while (taken.load() < kCrossings) pause(Duration::micros(50));
    Duration used = own_cpu() + Duration{-begin.ns};
    if (paced) {  // less what pausing itself costs
      const Duration pausing = own_cpu();
      for (std::size_t i = 0; i < kCrossings; ++i) pause(Duration::micros(50));
      used = used + pausing + Duration{-own_cpu().ns};
    }
    out.push_back(static_cast<double>(used.ns) * 1e-3 / kCrossings);
    queue.close();
    receiver.join();
  }
  return out;
}

}  // namespace

Result<void> run_overhead(Bench& bench) {
  const domain::PipelineSpec spec = wide_pipeline("model.onnx");
  Costs costs;
  {
    const OneCore pinned;
    costs = TRY(measure(spec, autoencoder(spec, Yields::reconstruction, 1)));
  }
  std::vector<double> ratio = ratios(costs.lane_us, costs.bare_us);
  for (double& value : ratio) value -= 1;
  Report& report = bench.report();
  report.add(
      {"run_overhead_ratio", "", estimate(ratio), control(costs.bare_us), Bound{1, Sense::max},
       "CPU of the lane of models over that of a bare Run, less 1: autoencoder with 32 outputs, "
       "batch 1, row ready, no thread hand-off"});
  report.add({"  lane", "us", estimate(costs.lane_us), control(costs.lane_us), {}, ""});
  report.add({"  bare Run", "us", estimate(costs.bare_us), control(costs.bare_us), {}, ""});
  const std::vector<double> busy = hand_off_us(false);
  const std::vector<double> idle = hand_off_us(true);
  report.add({"  thread hand-off, busy",
              "us",
              estimate(busy),
              control(busy),
              {},
              "CPU of both threads for one row through the queue between two lanes, work waiting"});
  report.add({"  thread hand-off, idle",
              "us",
              estimate(idle),
              control(idle),
              {},
              "the same when each row wakes the sleeping lane"});
  return {};
}

}  // namespace lineside::benchmarks
