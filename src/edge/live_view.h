// What an edge knows right now, for people: last known values, newest predictions, risk and open
// alerts per asset. Written by the lanes, read by the API. Thread-safe; every call is short.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "domain/alert.h"
#include "domain/reading.h"
#include "edge/directory.h"
#include "edge/plan.h"
#include "watch/contract_check.h"

namespace lineside::edge {

struct PredictionView {
  std::string pipeline;
  std::string title;
  std::string output;
  std::string unit;
  double value = 0;
  Time time;
  std::optional<double> risk;  // 0 to 1
};
constexpr auto fields(const PredictionView*) {
  using domain::field;
  return std::tuple(field("pipeline", &PredictionView::pipeline, "pipeline name"),
                    field("title", &PredictionView::title, "what people call it"),
                    field("output", &PredictionView::output, "model output"),
                    field("unit", &PredictionView::unit, "unit of the output"),
                    field("value", &PredictionView::value, "newest value"),
                    field("time", &PredictionView::time, "source time of the newest frame"),
                    field("risk", &PredictionView::risk, "0: all is well, 1: act now"));
}

enum class Health : unsigned char { ok, warning, critical, stale, unknown };
constexpr auto names(const Health*) {
  return std::array<std::string_view, 5>{"ok", "warning", "critical", "stale", "unknown"};
}

struct AssetView {
  std::string asset;
  std::optional<double> risk;  // the highest of its predictions
  Health health = Health::unknown;
  std::optional<Time> last_seen;  // our clock; of history, until a reading comes: its source time
  std::uint64_t open_alerts = 0;
  std::vector<PredictionView> predictions;
};
constexpr auto fields(const AssetView*) {
  using domain::field;
  return std::tuple(field("asset", &AssetView::asset, "machine"),
                    field("risk", &AssetView::risk, "highest risk of its predictions"),
                    field("health", &AssetView::health, "worst of its open alerts and streams"),
                    field("last_seen", &AssetView::last_seen, "when a reading last came"),
                    field("open_alerts", &AssetView::open_alerts, "alerts that are open"),
                    field("predictions", &AssetView::predictions, "newest of each output"));
}

struct StreamView {
  std::string stream;
  std::string title;  // of the plan; filled in by who shows it
  std::string unit;
  double value = 0;
  Time time;
  domain::Quality quality = domain::Quality::good;
  watch::StreamState state = watch::StreamState::ok;
};
constexpr auto fields(const StreamView*) {
  using domain::field;
  return std::tuple(field("stream", &StreamView::stream, "stream within the asset"),
                    field("title", &StreamView::title, "what people call it; empty: its name"),
                    field("unit", &StreamView::unit, "unit of the value"),
                    field("value", &StreamView::value, "last known value"),
                    field("time", &StreamView::time, "its source time"),
                    field("quality", &StreamView::quality, "good, uncertain or bad"),
                    field("state", &StreamView::state, "ok, stale, flat or out_of_contract"));
}

class LiveView {
 public:
  explicit LiveView(const StreamDirectory& directory) : directory_(directory) {}

  void take_plan(std::shared_ptr<const Plan> plan);
  void note_readings(const domain::ReadingBatch& batch, Time now);
  void note_last(const std::vector<domain::Reading>& last);  // from history, at start
  void note_states(const std::vector<watch::StateChange>& changes);
  void note_predictions(const std::vector<domain::Prediction>& predictions);
  void note_alerts(const std::vector<domain::Alert>& alerts);

  std::vector<AssetView> assets() const;  // highest risk first, then by name
  std::optional<AssetView> asset(const std::string& name) const;
  std::vector<StreamView> streams(const std::string& asset) const;
  std::shared_ptr<const Plan> plan() const;
  // Whether a reading of it has ever come, by this process or by the history.
  bool has_seen(domain::StreamIndex stream) const;

  // At most `limit` of the assets that changed since they were last taken, in turn by name, so that
  // none waits for ever; the caller publishes them.
  std::vector<std::string> take_changed(std::size_t limit);

 private:
  struct Asset {
    std::optional<Time> last_seen;
    std::vector<domain::StreamIndex> streams;
    std::map<std::pair<std::size_t, std::size_t>, PredictionView> predictions;  // pipeline, output
    std::map<std::string, domain::Severity> open;                               // alert id
  };
  struct Known {  // one stream
    Asset* asset = nullptr;
    const std::string* asset_name = nullptr;
    bool seen = false;
    domain::Reading last;
    watch::StreamState state = watch::StreamState::ok;
  };

  void learn_streams();
  AssetView view(const std::string& name, const Asset& asset) const;

  const StreamDirectory& directory_;
  mutable std::mutex mutex_;
  std::shared_ptr<const Plan> plan_;
  std::map<std::string, Asset> assets_;  // nodes stay where they are
  std::vector<Known> streams_;           // by StreamIndex
  std::set<std::string> changed_;
  std::string last_taken_;  // of changed_
};

}  // namespace lineside::edge
