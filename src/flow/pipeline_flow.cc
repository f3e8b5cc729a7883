#include "flow/pipeline_flow.h"

#include <algorithm>
#include <cmath>
#include <format>
#include <limits>
#include <unordered_map>
#include <utility>

#include "base/check.h"
#include "base/text.h"
#include "flow/asset_windows.h"
#include "flow/frame_join.h"
#include "flow/plan.h"

namespace lineside::flow {

namespace {

constexpr std::uint32_t kFlowFormat = 1;  // of saved state
constexpr std::uint32_t kUnbound = 0xffffffffU;

struct Binding {
  std::uint32_t slot = kUnbound;
  std::uint32_t column = 0;
};

struct Asset {
  explicit Asset(const Plan& plan) : join(plan), windows(plan) {}
  FrameJoin join;
  AssetWindows windows;
};

float to_float(double value) {
  constexpr double kMax = std::numeric_limits<float>::max();
  if (std::isnan(value)) return 0;  // sums that overflowed against each other
  return static_cast<float>(std::clamp(value, -kMax, kMax));
}

Error corrupt(std::string_view what) {
  return fail(Code::corrupt, std::format("saved flow: {}", what));
}

}  // namespace

struct PipelineFlow::State {
  explicit State(Plan made) : plan(std::move(made)), terms(plan.terms.size()) {}

  std::uint32_t slot_of(const std::string& asset);
  void close_frames(std::uint32_t slot, Rows& out);
  void emit(std::uint32_t slot, Rows& out);
  void save(ByteWriter& out) const;
  Result<void> load(ByteReader& in);
  void take_over(State& loaded);

  Plan plan;  // only its assets ever change
  FlowCounters counters;
  std::vector<Binding> bindings;   // by stream number
  std::vector<std::string> names;  // by slot
  std::unordered_map<std::string, std::uint32_t> slots;
  std::vector<Asset> assets;
  std::vector<double> terms;  // of the row being made
};

std::uint32_t PipelineFlow::State::slot_of(const std::string& asset) {
  const auto [at, is_new] = slots.try_emplace(asset, static_cast<std::uint32_t>(names.size()));
  if (is_new) {
    names.push_back(asset);
    assets.emplace_back(plan);
  }
  return at->second;
}

void PipelineFlow::State::close_frames(std::uint32_t slot, Rows& out) {
  Asset& asset = assets[slot];
  for (;;) {
    const FrameJoin::Closed frame = asset.join.next();
    if (frame.closing == FrameJoin::Closing::none) return;
    if (frame.forced) ++counters.forced;
    if (frame.closing == FrameJoin::Closing::incomplete) {
      ++counters.incomplete;
      continue;
    }
    if (frame.closing == FrameJoin::Closing::held) ++counters.held;
    if (asset.windows.due_before(frame.time_ns)) emit(slot, out);
    counters.truncated += asset.windows.take(frame.time_ns, frame.values);
    ++counters.frames;
    if (asset.windows.due_after()) emit(slot, out);
  }
}

void PipelineFlow::State::emit(std::uint32_t slot, Rows& out) {
  AssetWindows& windows = assets[slot].windows;
  windows.evaluate(terms);
  for (const FeaturePlan& column : plan.row) {
    double value = terms[column.term];
    if (column.minus >= 0) value -= terms[static_cast<std::size_t>(column.minus)];
    out.values.push_back(to_float(value));
  }
  out.asset.push_back(slot);
  out.time_ns.push_back(windows.newest_ns());
  ++counters.rows;
}

Result<PipelineFlow> PipelineFlow::create(const domain::PipelineSpec& spec) {
  return PipelineFlow(std::make_unique<State>(TRY(make_plan(spec))));
}

PipelineFlow::PipelineFlow(std::unique_ptr<State> state) : state_(std::move(state)) {}
PipelineFlow::PipelineFlow(PipelineFlow&&) noexcept = default;
PipelineFlow& PipelineFlow::operator=(PipelineFlow&&) noexcept = default;
PipelineFlow::~PipelineFlow() = default;

bool PipelineFlow::bind(domain::StreamIndex stream, const domain::StreamName& name) {
  State& state = *state_;
  if (stream < state.bindings.size()) state.bindings[stream] = {};
  const auto column = std::ranges::find(state.plan.columns, name.stream);
  if (column == state.plan.columns.end() || !glob_match(state.plan.assets, name.asset))
    return false;
  CHECK(stream != domain::kNoStream);
  if (stream >= state.bindings.size()) state.bindings.resize(stream + std::size_t{1});
  state.bindings[stream] = {
      state.slot_of(name.asset),
      static_cast<std::uint32_t>(column - state.plan.columns.begin()),
  };
  return true;
}

void PipelineFlow::push(const domain::ReadingBatch& batch, Rows& out) {
  State& state = *state_;
  out.width = state.plan.row.size();
  for (std::size_t i = 0; i < batch.size(); ++i) {
    if (batch.stream[i] >= state.bindings.size()) continue;
    const Binding binding = state.bindings[batch.stream[i]];
    if (binding.slot == kUnbound) continue;
    if (batch.quality[i] == domain::Quality::bad || !std::isfinite(batch.value[i])) {
      ++state.counters.bad;
      continue;
    }
    // Adding 0 makes the two zeros one, so that equal windows have equal bits.
    const FrameJoin::Offer offer = state.assets[binding.slot].join.offer(
        batch.time_ns[i], binding.column, batch.value[i] + 0.0);
    if (offer == FrameJoin::Offer::taken) {
      state.close_frames(binding.slot, out);
    } else {
      ++(offer == FrameJoin::Offer::late ? state.counters.late : state.counters.repeated);
    }
  }
}

const std::vector<domain::Feature>& PipelineFlow::features() const { return state_->plan.features; }
const std::vector<std::string>& PipelineFlow::assets() const { return state_->names; }
const std::string& PipelineFlow::definition() const { return state_->plan.definition; }
const FlowCounters& PipelineFlow::counters() const { return state_->counters; }

std::size_t PipelineFlow::memory_bytes() const {
  std::size_t bytes = state_->bindings.capacity() * sizeof(Binding);
  for (const Asset& asset : state_->assets)
    bytes += sizeof asset + asset.join.memory_bytes() + asset.windows.memory_bytes();
  return bytes;
}

void PipelineFlow::save(ByteWriter& out) const { state_->save(out); }

Result<void> PipelineFlow::load(ByteReader& in) {
  auto loaded = std::make_unique<State>(state_->plan);
  TRY(loaded->load(in));
  loaded->take_over(*state_);
  state_ = std::move(loaded);
  return {};
}

void PipelineFlow::State::save(ByteWriter& out) const {
  out.put(kFlowFormat);
  out.put_string(plan.definition);
  for (const std::uint64_t count :
       {counters.frames, counters.rows, counters.incomplete, counters.held, counters.late,
        counters.repeated, counters.bad, counters.forced, counters.truncated})
    out.put(count);
  out.put(static_cast<std::uint32_t>(assets.size()));
  for (std::size_t slot = 0; slot < assets.size(); ++slot) {
    out.put_string(names[slot]);
    assets[slot].join.save(out);
    assets[slot].windows.save(out);
  }
}

Result<void> PipelineFlow::State::load(ByteReader& in) {
  const auto format = in.get<std::uint32_t>();
  if (!in.ok() || format != kFlowFormat)
    return corrupt(std::format("expected format {}, found {}", kFlowFormat, format));
  const std::string_view definition = in.get_string();
  if (!in.ok()) return corrupt("ends early");
  if (definition != plan.definition)
    return fail(Code::conflict,
                std::format("saved flow: expected definition '{}', found '{}'",
                            excerpt(plan.definition, 2000), excerpt(definition, 2000)));
  for (std::uint64_t* count :
       {&counters.frames, &counters.rows, &counters.incomplete, &counters.held, &counters.late,
        &counters.repeated, &counters.bad, &counters.forced, &counters.truncated})
    *count = in.get<std::uint64_t>();
  const auto count = in.get<std::uint32_t>();
  for (std::uint32_t slot = 0; slot < count; ++slot) {
    const std::string name(in.get_string());
    if (!in.ok()) return corrupt("ends early");
    if (slot_of(name) != slot)
      return corrupt(std::format("asset '{}' is there twice", excerpt(name)));
    TRY(assets[slot].join.load(in));
    TRY(assets[slot].windows.load(in));
  }
  if (!in.ok()) return corrupt("ends early");
  return {};
}

// Streams bound in `before` stay bound, to the slots that their assets have here.
void PipelineFlow::State::take_over(State& before) {
  bindings = std::move(before.bindings);
  for (Binding& binding : bindings)
    if (binding.slot != kUnbound) binding.slot = slot_of(before.names[binding.slot]);
}

}  // namespace lineside::flow
