// Saved state of a pipeline with outside bytes in it: it is refused with a text, or what was loaded
// goes on as one that was saved from it does.
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/check.h"
#include "flow/decide.h"
#include "flow/pipeline_flow.h"

namespace lineside::flow {
namespace {

// The first byte of the input chooses among these.
domain::PipelineSpec make_spec(unsigned choice) {
  domain::PipelineSpec spec;
  spec.streams = {"a", "b"};
  if ((choice & 1U) != 0) spec.streams.pop_back();
  spec.join = {.lateness = Duration{(choice & 2U) != 0 ? 5 : 0},
               .missing = (choice & 4U) != 0 ? domain::Missing::hold : domain::Missing::skip};
  spec.windows = {{.name = "count", .count = 5},
                  {.name = "time", .duration = Duration{7}},
                  {.name = "all", .all = true}};
  if ((choice & 8U) != 0) spec.windows.push_back({.name = "first", .first = 4});
  spec.every = (choice & 16U) != 0 ? domain::EverySpec{.duration = Duration{3}}
                                   : domain::EverySpec{.count = 2};
  for (const domain::WindowSpec& window : spec.windows) {
    spec.features.push_back({.window = window.name,
                             .kinds = {"mean", "sd", "min", "max", "kurtosis", "last", "ewma3"}});
    if (!window.all)
      spec.features.push_back({.window = window.name, .kinds = {"slope", "q50", "delta", "lag2"}});
  }
  spec.decisions = {{.name = "d", .threshold = 1, .clear = 0, .k = 2, .n = 3}};
  return spec;
}

// What state begins with, so that the fuzzer need not find the definition by itself.
Bytes with_header(const PipelineFlow& empty, ByteView payload) {
  Bytes bytes;
  ByteWriter writer(bytes);
  empty.save(writer);
  bytes.resize(2 * sizeof(std::uint32_t) + empty.definition().size());
  bytes.insert(bytes.end(), payload.begin(), payload.end());
  return bytes;
}

Bytes saved(const PipelineFlow& flow) {
  Bytes bytes;
  ByteWriter writer(bytes);
  flow.save(writer);
  return bytes;
}

Rows go_on(PipelineFlow& flow, const domain::PipelineSpec& spec) {
  domain::ReadingBatch batch;
  for (std::uint32_t i = 0; i < 80; ++i)
    batch.push({.stream = i % 2, .time = {i / 2 + i % 5}, .value = i % 7 * 1.5});
  for (std::uint32_t i = 0; i < spec.streams.size(); ++i)
    flow.bind(i, {"press", spec.streams[i], ""});
  Rows rows;
  flow.push(batch, rows);
  return rows;
}

void fuzz_flow(const domain::PipelineSpec& spec, ByteView payload) {
  PipelineFlow flow = std::move(*PipelineFlow::create(spec));
  const Bytes bytes = with_header(flow, payload);
  ByteReader reader(bytes);
  if (const auto loaded = flow.load(reader); !loaded) {
    CHECK(!loaded.error().text.empty());
    return;
  }
  PipelineFlow twin = std::move(*PipelineFlow::create(spec));
  const Bytes again = saved(flow);
  ByteReader twin_reader(again);
  CHECK(twin.load(twin_reader).has_value());
  const Rows rows = go_on(flow, spec);
  const Rows twin_rows = go_on(twin, spec);
  CHECK(rows.asset == twin_rows.asset && rows.time_ns == twin_rows.time_ns);
  CHECK(rows.values.size() == twin_rows.values.size());
  CHECK(std::memcmp(rows.values.data(), twin_rows.values.data(),
                    rows.values.size() * sizeof(float)) == 0);
}

void fuzz_decider(const domain::PipelineSpec& spec, ByteView payload) {
  const std::vector<std::string> outputs = {"score"};
  Decider decider = std::move(*Decider::create(spec, outputs));
  ByteReader reader(payload);
  if (!decider.load(reader)) return;
  Rows rows;
  rows.asset = {0, 1, 0};
  rows.time_ns = {1, 2, 3};
  const std::vector<float> scores = {2, 0, 2};
  std::vector<AlertChange> changes;
  decider.decide(rows, scores, 1, changes);
}

}  // namespace
}  // namespace lineside::flow

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const auto spec = lineside::flow::make_spec(data[0]);
  const lineside::ByteView payload = std::as_bytes(std::span(data + 1, size - 1));
  if ((data[0] & 32U) != 0) {
    lineside::flow::fuzz_decider(spec, payload);
  } else {
    lineside::flow::fuzz_flow(spec, payload);
  }
  return 0;
}
