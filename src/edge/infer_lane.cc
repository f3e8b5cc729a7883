#include "edge/infer_lane.h"

#include <algorithm>
#include <format>

#include "base/check.h"
#include "base/log.h"
#include "edge/alert_bytes.h"
#include "infer/explain.h"

namespace lineside::edge {

namespace {

std::string fill_in(std::string text, std::string_view key, std::string_view value) {
  for (std::size_t at = text.find(key); at != std::string::npos;
       at = text.find(key, at + value.size()))
    text.replace(at, key.size(), value);
  return text;
}

std::string message_of(const domain::DecisionSpec& decision, const domain::Alert& alert) {
  std::string text = decision.message.empty()
                         ? "{asset}: " + decision.name + ", score {value}, threshold {threshold}"
                         : decision.message;
  text = fill_in(std::move(text), "{asset}", alert.asset);
  text = fill_in(std::move(text), "{value}", std::format("{:.4g}", alert.value));
  return fill_in(std::move(text), "{threshold}", std::format("{:.4g}", alert.threshold));
}

std::unique_ptr<infer::Runner> open_runner(const PlannedPipeline& pipeline, std::size_t batch_max) {
  if (!pipeline.model) return nullptr;
  infer::RunnerOptions options;
  options.batch_max = batch_max;
  auto runner = infer::open_onnx(*pipeline.model, options);
  CHECK(runner.has_value());  // load_plan() has opened these bytes before
  return std::move(*runner);
}

bool same_decisions(const PlannedPipeline& a, const PlannedPipeline& b) {
  return a.spec.decisions == b.spec.decisions && a.outputs == b.outputs;
}

}  // namespace

InferLane::InferLane(InferOptions options) : options_(std::move(options)) {}

void InferLane::adopt(std::shared_ptr<const Plan> plan) {
  std::vector<Running> next;
  for (const PlannedPipeline& pipeline : plan->pipelines) {
    auto decider = flow::Decider::create(pipeline.spec, pipeline.outputs);
    CHECK(decider.has_value());  // load_plan() has tried
    Running running{nullptr, std::move(*decider), {}, {}};
    std::size_t old = 0;
    while (plan_ && old < plan_->pipelines.size() && plan_->pipelines[old].name != pipeline.name)
      ++old;
    const bool known = plan_ && old < plan_->pipelines.size();
    // Flows that go on keep their slots, so what was decided about them goes on as well.
    const bool goes_on = known && same_rows(plan_->pipelines[old], pipeline);
    if (goes_on && plan_->pipelines[old].model_digest == pipeline.model_digest)
      running.runner = std::move(running_[old].runner);
    else
      running.runner = open_runner(pipeline, options_.batch_max);
    if (goes_on && same_decisions(plan_->pipelines[old], pipeline)) {
      running.decider = std::move(running_[old].decider);
      running.open = std::move(running_[old].open);
    }
    next.push_back(std::move(running));
  }
  running_ = std::move(next);
  plan_ = std::move(plan);
}

bool InferLane::evaluate(Running& running, const flow::Rows& rows) {
  if (!running.runner) {
    outputs_.assign(rows.values.begin(), rows.values.end());
    return true;
  }
  outputs_.resize(rows.size() * running.runner->output_width());
  counters_.runs.fetch_add(1, std::memory_order_relaxed);
  const auto done = running.runner->run(rows.values, rows.size(), outputs_);
  if (done) return true;
  counters_.failed_rows.fetch_add(rows.size(), std::memory_order_relaxed);
  log::error("infer", "model run failed: {}", done.error().text);
  return false;
}

domain::Alert InferLane::raise(const flow::AlertChange& change, const PipelineRows& input) {
  Running& running = running_[input.pipeline];
  const PlannedPipeline& pipeline = plan_->pipelines[input.pipeline];
  const domain::DecisionSpec& decision = pipeline.spec.decisions[change.decision];
  domain::Alert alert;
  alert.edge = options_.edge;
  alert.pipeline = pipeline.name;
  alert.pipeline_version = pipeline.version;
  alert.asset = running.assets[change.asset];
  alert.decision = decision.name;
  alert.severity = decision.severity;
  alert.opened = change.opened;
  alert.updated = change.updated;
  alert.opened_value = change.value;
  alert.value = change.value;
  alert.worst = change.worst;
  alert.threshold = decision.threshold;
  alert.id = alert_id(alert);
  alert.message = message_of(decision, alert);
  if (!running.runner) return alert;
  auto why =
      infer::explain(*running.runner, input.rows.row(change.row), pipeline.output(decision.output));
  if (why)
    alert.why = std::move(*why);
  else
    log::warn("infer", "no explanation for alert {}: {}", alert.id, why.error().text);
  return alert;
}

void InferLane::apply(const flow::AlertChange& change, const PipelineRows& input,
                      std::vector<domain::Alert>& out) {
  auto& open = running_[input.pipeline].open;
  const std::pair key(change.asset, change.decision);
  if (change.kind == flow::AlertChangeKind::raised)
    open.insert_or_assign(key, raise(change, input));
  const auto it = open.find(key);
  CHECK(it != open.end());
  domain::Alert& alert = it->second;
  alert.updated = change.updated;
  alert.value = change.value;
  alert.worst = change.worst;
  if (change.kind != flow::AlertChangeKind::cleared) {
    out.push_back(alert);
    return;
  }
  alert.state = domain::AlertState::cleared;
  alert.cleared = change.updated;
  out.push_back(std::move(alert));
  open.erase(it);
}

void InferLane::record(const PipelineRows& input, EffectsItem& out) const {
  const flow::Rows& rows = input.rows;
  const std::size_t width = outputs_.size() / rows.size();
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const auto first = outputs_.begin() + static_cast<std::ptrdiff_t>(i * width);
    out.predictions.push_back({plan_->pipelines[input.pipeline].name,
                               running_[input.pipeline].assets[rows.asset[i]],
                               Time{rows.time_ns[i]},
                               {first, first + static_cast<std::ptrdiff_t>(width)}});
  }
}

void InferLane::run(const PipelineRows& input, EffectsItem& out, bool replay) {
  Running& running = running_[input.pipeline];
  running.assets.insert(running.assets.end(), input.new_assets.begin(), input.new_assets.end());
  const flow::Rows& rows = input.rows;
  if (rows.empty() || !evaluate(running, rows)) return;
  counters_.rows.fetch_add(rows.size(), std::memory_order_relaxed);
  if (!replay) record(input, out);

  changes_.clear();
  const std::uint64_t nan_before = running.decider.nan_scores();
  running.decider.decide(rows, outputs_, outputs_.size() / rows.size(), changes_);
  counters_.nan_scores.fetch_add(running.decider.nan_scores() - nan_before,
                                 std::memory_order_relaxed);
  std::vector<domain::Alert> alerts;
  for (const flow::AlertChange& change : changes_) apply(change, input, alerts);
  if (replay) return;
  out.alerts.insert(out.alerts.end(), std::make_move_iterator(alerts.begin()),
                    std::make_move_iterator(alerts.end()));
}

Bytes InferLane::save(const RowsItem& item) const {
  Bytes bytes;
  ByteWriter out(bytes);
  out.put(static_cast<std::uint32_t>(item.flow_state.size()));
  for (const auto& [name, flow_state] : item.flow_state) {
    out.put_string(name);
    out.put_array(std::span<const std::byte>(flow_state));
    Bytes decisions;
    ByteWriter inner(decisions);
    for (std::size_t i = 0; i < running_.size(); ++i) {
      if (plan_->pipelines[i].name != name) continue;
      const Running& state = running_[i];
      inner.put(static_cast<std::uint32_t>(state.open.size()));
      for (const auto& [key, alert] : state.open) {
        inner.put(key.first);
        inner.put(key.second);
        put_alert(inner, alert);
      }
      state.decider.save(inner);
    }
    out.put_array(std::span<const std::byte>(decisions));
  }
  return bytes;
}

Result<void> InferLane::load(const std::map<std::string, Bytes>& saved) {
  for (std::size_t i = 0; i < running_.size(); ++i) {
    const auto it = saved.find(plan_->pipelines[i].name);
    if (it == saved.end()) continue;
    Running& state = running_[i];
    ByteReader in(it->second);
    const auto count = in.get<std::uint32_t>();
    std::map<std::pair<std::uint32_t, std::uint32_t>, domain::Alert> open;
    for (std::uint32_t n = 0; n < count && in.ok(); ++n) {
      const auto slot = in.get<std::uint32_t>();
      const auto decision = in.get<std::uint32_t>();
      open[{slot, decision}] = get_alert(in);
    }
    if (!in.ok()) return fail(Code::corrupt, "open alerts of a snapshot end early");
    TRY(state.decider.load(in));
    for (const auto& [key, alert] : open)
      if (!state.decider.open(key.first, key.second))
        return fail(Code::corrupt, "a snapshot's alerts and decisions disagree");
    state.open = std::move(open);
  }
  return {};
}

std::vector<domain::Alert> InferLane::open_alerts() const {
  std::vector<domain::Alert> all;
  for (const Running& running : running_)
    for (const auto& [key, alert] : running.open) all.push_back(alert);
  return all;
}

void close_orphans(const std::vector<domain::Alert>& known, const std::vector<domain::Alert>& open,
                   std::vector<domain::Alert>& out) {
  for (domain::Alert alert : known) {
    if (std::ranges::find(open, alert.id, &domain::Alert::id) != open.end()) continue;
    alert.state = domain::AlertState::cleared;
    alert.cleared = alert.updated;
    alert.message += " (closed: its pipeline was changed)";
    out.push_back(std::move(alert));
  }
}

EffectsItem InferLane::process(RowsItem item) {
  EffectsItem out;
  out.lane = item.lane;
  out.end = item.end;
  out.plan = item.plan;
  out.received = item.received;
  if (item.plan) {
    const std::vector<domain::Alert> before = open_alerts();
    adopt(item.plan);
    for (Running& running : running_) running.assets.clear();  // the flow lane names them anew
    close_orphans(before, open_alerts(), out.closed);
  }
  for (const PipelineRows& rows : item.pipelines) run(rows, out, item.replay);
  if (item.snapshot) {
    out.snapshot = save(item);
    out.snapshot_plan = plan_;
  }
  out.under = plan_;
  return out;
}

void InferLane::forget() {
  plan_ = nullptr;
  running_.clear();
}

Result<SnapshotState> parse_snapshot(ByteView bytes) {
  SnapshotState state;
  ByteReader in(bytes);
  const auto count = in.get<std::uint32_t>();
  for (std::uint32_t i = 0; i < count && in.ok(); ++i) {
    const std::string name(in.get_string());
    in.get_array(state.flow[name]);
    in.get_array(state.decisions[name]);
  }
  if (!in.ok()) return fail(Code::corrupt, "snapshot ends early");
  return state;
}

std::string snapshot_definition(const Plan& plan, std::size_t lanes) {
  // The number is that of edge/alert_bytes.h: a snapshot with other bytes is passed over.
  std::string text = std::format("alerts 2\nlanes {}\n", lanes);
  for (const PlannedPipeline& pipeline : plan.pipelines)
    text += pipeline.name + "\n" + pipeline.version + "\n";
  return text;
}

}  // namespace lineside::edge
