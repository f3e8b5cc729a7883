// The lane of models, one per flow lane: rows in, predictions and changes of alerts out.
#pragma once

#include <atomic>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "edge/items.h"
#include "flow/decide.h"
#include "infer/runner.h"

namespace lineside::edge {

struct InferOptions {
  std::string edge;            // its name, part of alert ids
  std::size_t batch_max = 64;  // rows per Run
};

// What the lane counts; read by any thread.
struct InferCounters {
  std::atomic<std::uint64_t> runs = 0;
  std::atomic<std::uint64_t> rows = 0;
  std::atomic<std::uint64_t> failed_rows = 0;  // the runtime returned an error
  std::atomic<std::uint64_t> nan_scores = 0;
};

// Owned by one thread; counters() may be read by any.
class InferLane {
 public:
  // Models are opened when a plan arrives; they were opened once before, by load_plan().
  explicit InferLane(InferOptions options);

  EffectsItem process(RowsItem item);
  // Decisions and open alerts by pipeline, as a snapshot holds them.
  Result<void> load(const std::map<std::string, Bytes>& state);
  std::vector<domain::Alert> open_alerts() const;
  // As if no plan had come yet.
  void forget();

  const InferCounters& counters() const { return counters_; }

 private:
  struct Running {
    std::unique_ptr<infer::Runner> runner;  // null: the features are the outputs
    flow::Decider decider;
    std::vector<std::string> assets;                                        // by slot
    std::map<std::pair<std::uint32_t, std::uint32_t>, domain::Alert> open;  // by slot, decision
  };

  void adopt(std::shared_ptr<const Plan> plan);
  void run(const PipelineRows& rows, EffectsItem& out, bool replay);
  void record(const PipelineRows& input, EffectsItem& out) const;
  bool evaluate(Running& running, const flow::Rows& rows);
  void apply(const flow::AlertChange& change, const PipelineRows& input,
             std::vector<domain::Alert>& out);
  domain::Alert raise(const flow::AlertChange& change, const PipelineRows& input);
  Bytes save(const RowsItem& item) const;

  const InferOptions options_;
  std::shared_ptr<const Plan> plan_;
  std::vector<Running> running_;  // one per pipeline of the plan
  std::vector<float> outputs_;
  std::vector<flow::AlertChange> changes_;
  InferCounters counters_;
};

// A snapshot's bytes hold, per pipeline, the state of its flow and of its decisions.
struct SnapshotState {
  std::map<std::string, Bytes> flow;
  std::map<std::string, Bytes> decisions;
};
Result<SnapshotState> parse_snapshot(ByteView bytes);
// What gives a snapshot its meaning: the pipelines' versions and how many lanes share the assets.
std::string snapshot_definition(const Plan& plan, std::size_t lanes);

// Appends to `out`, as cleared, the known alerts that nothing keeps open any more.
void close_orphans(const std::vector<domain::Alert>& known, const std::vector<domain::Alert>& open,
                   std::vector<domain::Alert>& out);

}  // namespace lineside::edge
