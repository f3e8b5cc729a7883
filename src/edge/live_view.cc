#include "edge/live_view.h"

#include <algorithm>

namespace lineside::edge {

namespace {

// Where each pipeline of `before` stands in `now`, unchanged and with the same model; nothing: it
// does not.
std::vector<std::optional<std::size_t>> kept_pipelines(const Plan& before, const Plan& now) {
  std::vector<std::optional<std::size_t>> kept;
  for (const PlannedPipeline& pipeline : before.pipelines) {
    const auto same = std::ranges::find_if(now.pipelines, [&](const PlannedPipeline& other) {
      return other.name == pipeline.name && other.spec == pipeline.spec &&
             other.model_digest == pipeline.model_digest;
    });
    kept.emplace_back();
    if (same != now.pipelines.end())
      kept.back() = static_cast<std::size_t>(same - now.pipelines.begin());
  }
  return kept;
}

}  // namespace

// What a pipeline has said holds as long as it stays as it is.
void LiveView::take_plan(std::shared_ptr<const Plan> plan) {
  std::lock_guard lock(mutex_);
  std::vector<std::optional<std::size_t>> places;
  if (plan_) places = kept_pipelines(*plan_, *plan);
  for (auto& [name, asset] : assets_) {
    decltype(asset.predictions) kept;
    for (auto& [key, prediction] : asset.predictions)
      if (const auto place = places.at(key.first))
        kept.emplace(std::pair(*place, key.second), std::move(prediction));
    asset.predictions = std::move(kept);
  }
  plan_ = std::move(plan);
}

void LiveView::learn_streams() {
  if (streams_.size() == directory_.size()) return;
  for (const domain::StreamName& name : directory_.since(streams_.size())) {
    const auto it = assets_.try_emplace(name.asset).first;
    streams_.push_back({&it->second, &it->first, false, {}, watch::StreamState::ok});
    it->second.streams.push_back(static_cast<domain::StreamIndex>(streams_.size() - 1));
  }
}

void LiveView::note_readings(const domain::ReadingBatch& batch, Time now) {
  std::lock_guard lock(mutex_);
  learn_streams();
  const Asset* marked = nullptr;
  for (std::size_t i = 0; i < batch.size(); ++i) {
    Known& known = streams_[batch.stream[i]];
    if (!known.seen || batch.time_ns[i] >= known.last.time.ns) known.last = batch.at(i);
    known.seen = true;
    if (known.asset == marked) continue;
    marked = known.asset;
    known.asset->last_seen = now;
    changed_.insert(*known.asset_name);
  }
}

void LiveView::note_last(const std::vector<domain::Reading>& last) {
  std::lock_guard lock(mutex_);
  learn_streams();
  for (const domain::Reading& reading : last) {
    Known& known = streams_[reading.stream];
    known.last = reading;
    known.seen = true;
    known.asset->last_seen = std::max(known.asset->last_seen.value_or(reading.time), reading.time);
  }
}

void LiveView::note_states(const std::vector<watch::StateChange>& changes) {
  std::lock_guard lock(mutex_);
  learn_streams();
  for (const watch::StateChange& change : changes) {
    streams_[change.stream].state = change.to;
    changed_.insert(*streams_[change.stream].asset_name);
  }
}

void LiveView::note_predictions(const std::vector<domain::Prediction>& predictions) {
  std::lock_guard lock(mutex_);
  for (const domain::Prediction& prediction : predictions) {
    const auto planned =
        std::ranges::find(plan_->pipelines, prediction.pipeline, &PlannedPipeline::name);
    // The plan may have changed since the prediction was made.
    if (planned == plan_->pipelines.end() || planned->outputs.size() != prediction.outputs.size())
      continue;
    const auto index = static_cast<std::size_t>(planned - plan_->pipelines.begin());
    Asset& asset = assets_[prediction.asset];
    const auto& risk = planned->spec.risk;
    for (std::size_t o = 0; o < prediction.outputs.size(); ++o) {
      PredictionView& shown = asset.predictions[{index, o}];
      if (shown.pipeline.empty())
        shown = {
            prediction.pipeline, planned->spec.title, planned->outputs[o], planned->units[o], 0, {},
            std::nullopt};
      shown.value = prediction.outputs[o];
      shown.time = prediction.time;
      if (risk && planned->output(risk->output) == o)
        shown.risk = std::clamp((shown.value - risk->none) / (risk->full - risk->none), 0.0, 1.0);
    }
    changed_.insert(prediction.asset);
  }
}

void LiveView::note_alerts(const std::vector<domain::Alert>& alerts) {
  std::lock_guard lock(mutex_);
  for (const domain::Alert& alert : alerts) {
    Asset& asset = assets_[alert.asset];
    if (alert.state == domain::AlertState::open)
      asset.open[alert.id] = alert.severity;
    else
      asset.open.erase(alert.id);
    changed_.insert(alert.asset);
  }
}

AssetView LiveView::view(const std::string& name, const Asset& asset) const {
  AssetView out{name, std::nullopt, Health::unknown, asset.last_seen, asset.open.size(), {}};
  for (const auto& [key, prediction] : asset.predictions) {
    out.predictions.push_back(prediction);
    if (prediction.risk && (!out.risk || *prediction.risk > *out.risk)) out.risk = prediction.risk;
  }
  bool seen = false;
  bool stale = false;
  for (const domain::StreamIndex stream : asset.streams) {
    seen = seen || streams_[stream].seen;
    stale = stale || streams_[stream].state == watch::StreamState::stale;
  }
  if (seen) out.health = stale ? Health::stale : Health::ok;
  for (const auto& [id, severity] : asset.open) {
    if (severity == domain::Severity::critical) out.health = Health::critical;
    if (severity == domain::Severity::warning && out.health != Health::critical)
      out.health = Health::warning;
  }
  return out;
}

std::vector<AssetView> LiveView::assets() const {
  std::vector<AssetView> all;
  {
    std::lock_guard lock(mutex_);
    for (const auto& [name, asset] : assets_) all.push_back(view(name, asset));
  }
  std::ranges::stable_sort(all, [](const AssetView& a, const AssetView& b) {
    return a.risk.value_or(-1) > b.risk.value_or(-1);
  });
  return all;
}

std::optional<AssetView> LiveView::asset(const std::string& name) const {
  std::lock_guard lock(mutex_);
  const auto it = assets_.find(name);
  if (it == assets_.end()) return std::nullopt;
  return view(name, it->second);
}

std::vector<StreamView> LiveView::streams(const std::string& asset) const {
  std::lock_guard lock(mutex_);
  const auto it = assets_.find(asset);
  if (it == assets_.end()) return {};
  std::vector<StreamView> out;
  for (const domain::StreamIndex index : it->second.streams) {
    const Known& known = streams_[index];
    if (!known.seen) continue;
    const domain::StreamName name = directory_.name(index);
    out.push_back({name.stream, "", name.unit, known.last.value, known.last.time,
                   known.last.quality, known.state});
  }
  return out;
}

bool LiveView::has_seen(domain::StreamIndex stream) const {
  const std::lock_guard lock(mutex_);
  return stream < streams_.size() && streams_[stream].seen;
}

std::shared_ptr<const Plan> LiveView::plan() const {
  std::lock_guard lock(mutex_);
  return plan_;
}

std::vector<std::string> LiveView::take_changed(std::size_t limit) {
  std::lock_guard lock(mutex_);
  std::vector<std::string> taken;
  auto it = changed_.upper_bound(last_taken_);
  while (taken.size() < limit && !changed_.empty()) {
    if (it == changed_.end()) it = changed_.begin();
    taken.push_back(*it);
    it = changed_.erase(it);
  }
  if (!taken.empty()) last_taken_ = taken.back();
  return taken;
}

}  // namespace lineside::edge
