// What the lanes of an edge hand to each other, in the order of a reading's life:
//   Ingest -> FlowItem -> RowsItem -> EffectsItem.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/queue.h"
#include "connect/connector.h"
#include "domain/alert.h"
#include "domain/reading.h"
#include "edge/plan.h"
#include "flow/pipeline_flow.h"
#include "store/edge_db.h"
#include "store/journal.h"

namespace lineside::edge {

// Checked readings of one connection, to be made durable.
struct Ingest {
  domain::ReadingBatch readings;
  std::uint32_t connection = 0;  // index into the edge's links
  std::uint64_t ack = 0;         // to acknowledge after the commit; 0: nothing
  Time received;                 // our clock, when the bytes were read
};

// "flow.1/4": how the progress of a flow lane is called, with how many lanes there are.
std::string lane_name(std::size_t lane, std::size_t lanes);
// The number of lanes in such a name; nothing: it is not one.
std::optional<std::size_t> lanes_of(std::string_view name);

// Durable readings, for one flow lane. Items that carry a plan or ask for a snapshot are in order
// with the readings, so that every lane switches at the same one.
struct FlowItem {
  store::Position end = 0;  // position after the last reading of `readings`
  std::shared_ptr<const domain::ReadingBatch> readings;
  std::shared_ptr<const Plan> plan;  // switch to this before the readings; usually none
  bool snapshot = false;             // take one after the readings
  bool replay = false;               // effects are already recorded: rebuild state only
  std::optional<Time> received;      // of the oldest reading, our clock
};

// The rows that one item completed, per pipeline of the plan.
struct PipelineRows {
  std::uint32_t pipeline = 0;           // index into Plan::pipelines
  std::vector<std::string> new_assets;  // names of the slots that are new since the last item
  flow::Rows rows;
};

struct RowsItem {
  std::uint32_t lane = 0;  // flow lane
  store::Position end = 0;
  std::vector<PipelineRows> pipelines;
  std::shared_ptr<const Plan> plan;
  std::map<std::string, Bytes> flow_state;  // by pipeline, if a snapshot was asked for
  bool snapshot = false;
  bool replay = false;
  std::optional<Time> received;
};

// Everything that follows from the readings before `end`.
struct EffectsItem {
  std::uint32_t lane = 0;
  store::Position end = 0;
  std::vector<domain::Prediction> predictions;  // `pipeline` is the name
  std::vector<domain::Alert> alerts;            // as they are now, one per change
  std::vector<domain::Alert> closed;            // by no reading: what kept them open is gone
  std::shared_ptr<const Plan> plan;             // from here on; usually none
  std::shared_ptr<const Plan> under;            // what predictions and alerts were made under
  Bytes snapshot;                               // of flow and decisions; empty: none
  std::shared_ptr<const Plan> snapshot_plan;    // whose state it is
  std::optional<Time> received;
};

using IngestQueue = Queue<Ingest, Overflow::block>;
using FlowQueue = Queue<FlowItem, Overflow::block>;
using RowsQueue = Queue<RowsItem, Overflow::block>;
using EffectsQueue = Queue<EffectsItem, Overflow::block>;

}  // namespace lineside::edge
