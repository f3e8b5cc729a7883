#include "flow/plan.h"

#include <algorithm>
#include <format>
#include <map>
#include <set>
#include <utility>

#include "flow/statistic.h"

namespace lineside::flow {

namespace {

using domain::Feature;
using domain::PipelineSpec;
using domain::WindowSpec;

constexpr std::int64_t kFramesMax = 65536;  // of count and first windows

Result<void> check_columns(const PipelineSpec& spec) {
  if (spec.streams.empty()) return invalid("streams: expected at least one, found none");
  std::set<std::string_view> seen;
  for (const std::string& stream : spec.streams)
    if (!seen.insert(stream).second)
      return invalid(std::format("streams: '{}' is named twice", stream));
  if (spec.join.lateness.ns < 0) return invalid("join.lateness: expected 0 or more, found less");
  return {};
}

Result<std::uint64_t> frames_of(std::int64_t frames) {
  if (frames < 1 || frames > kFramesMax)
    return invalid(std::format("expected 1 to {} frames, found {}", kFramesMax, frames));
  return static_cast<std::uint64_t>(frames);
}

Result<WindowPlan> plan_window(const WindowSpec& spec) {
  const int extents =
      (spec.count ? 1 : 0) + (spec.duration ? 1 : 0) + (spec.first ? 1 : 0) + (spec.all ? 1 : 0);
  if (extents != 1)
    return invalid(
        std::format("expected exactly one of count, duration, first and all, found {}", extents));
  WindowPlan plan{.min_count = TRY_WITH(frames_of(spec.min_count), "min_count")};
  if (spec.duration) {
    if (spec.duration->ns <= 0) return invalid("duration: expected more than 0, found less");
    plan.extent = Extent::duration;
    plan.duration_ns = spec.duration->ns;
  }
  if (spec.count || spec.first) {
    plan.extent = spec.count ? Extent::count : Extent::first;
    plan.frames = TRY(frames_of(spec.count ? *spec.count : *spec.first));
    if (plan.min_count > plan.frames)
      return invalid(std::format("min_count: expected at most {}, the window's length, found {}",
                                 plan.frames, plan.min_count));
  }
  return plan;
}

Result<void> plan_windows(const PipelineSpec& spec, Plan& plan) {
  std::set<std::string_view> seen;
  for (const WindowSpec& window : spec.windows) {
    const std::string where = std::format("window '{}'", window.name);
    if (!seen.insert(window.name).second) return invalid(where + ": is named twice");
    plan.windows.push_back(TRY_WITH(plan_window(window), where));
  }
  return {};
}

Result<void> plan_every(const PipelineSpec& spec, Plan& plan) {
  if (spec.every.count.has_value() == spec.every.duration.has_value())
    return invalid("every: expected exactly one of count and duration");
  const std::int64_t extent = spec.every.count ? *spec.every.count : spec.every.duration->ns;
  if (extent < 1) return invalid("every: expected more than 0, found less");
  if (spec.every.count) {
    plan.every_count = static_cast<std::uint64_t>(extent);
  } else {
    plan.every_duration_ns = extent;
  }
  return {};
}

// The features' terms, each once, with the series they need.
class TermTable {
 public:
  explicit TermTable(const std::vector<Feature>& features) {
    for (const Feature& feature : features) {
      need(feature, feature.window);
      if (feature.minus_window >= 0)
        need(feature, static_cast<std::uint32_t>(feature.minus_window));
    }
  }

  // After all are needed: the series in window order, then the terms.
  void number_series(Plan& plan) {
    for (auto& [key, series] : series_) {
      WindowPlan& window = plan.windows[key.first];
      if (window.series_end == 0)
        window.series_begin = static_cast<std::uint32_t>(plan.series.size());
      numbers_[key] = static_cast<std::uint32_t>(plan.series.size());
      plan.series.push_back(series);
      window.series_end = static_cast<std::uint32_t>(plan.series.size());
    }
  }

  std::uint32_t number_term(Plan& plan, const Feature& feature, std::uint32_t window) {
    const SeriesKey key{window, feature.column};
    TermPlan term{feature.statistic, window, numbers_.at(key), feature.parameter};
    if (feature.statistic == domain::Statistic::ewma) {
      const auto& alphas = plan.series[term.series].alphas;
      const auto found = std::ranges::find(alphas, alpha_of(feature.parameter));
      term.parameter = static_cast<double>(found - alphas.begin());
    }
    const TermKey term_key{term.series, static_cast<int>(term.statistic), term.parameter};
    const auto [at, is_new] =
        terms_.try_emplace(term_key, static_cast<std::uint32_t>(plan.terms.size()));
    if (is_new) plan.terms.push_back(term);
    return at->second;
  }

 private:
  using SeriesKey = std::pair<std::uint32_t, std::uint32_t>;  // window, column
  using TermKey = std::tuple<std::uint32_t, int, double>;     // series, statistic, parameter

  static double alpha_of(double span) { return 2 / (span + 1); }

  void need(const Feature& feature, std::uint32_t window) {
    SeriesPlan& series = series_[{window, feature.column}];
    series.window = window;
    series.column = feature.column;
    series.needs |= traits(feature.statistic).needs;
    if (feature.statistic != domain::Statistic::ewma) return;
    const double alpha = alpha_of(feature.parameter);
    if (std::ranges::find(series.alphas, alpha) == series.alphas.end())
      series.alphas.push_back(alpha);
  }

  std::map<SeriesKey, SeriesPlan> series_;
  std::map<SeriesKey, std::uint32_t> numbers_;
  std::map<TermKey, std::uint32_t> terms_;
};

void plan_features(Plan& plan) {
  TermTable table(plan.features);
  table.number_series(plan);
  for (const Feature& feature : plan.features) {
    FeaturePlan column{.term = table.number_term(plan, feature, feature.window)};
    if (feature.minus_window >= 0) {
      const auto window = static_cast<std::uint32_t>(feature.minus_window);
      column.minus = static_cast<std::int32_t>(table.number_term(plan, feature, window));
    }
    plan.row.push_back(column);
  }
}

}  // namespace

Result<Plan> make_plan(const PipelineSpec& spec) {
  Plan plan;
  TRY(check_columns(spec));
  TRY(plan_windows(spec, plan));
  TRY(plan_every(spec, plan));
  plan.features = TRY(domain::expand_features(spec));
  if (plan.features.empty()) return invalid("features: expected at least one, found none");
  plan_features(plan);
  plan.definition = domain::feature_definition(spec);
  plan.assets = spec.assets;
  plan.columns = spec.streams;
  plan.lateness_ns = spec.join.lateness.ns;
  plan.hold = spec.join.missing == domain::Missing::hold;
  return plan;
}

}  // namespace lineside::flow
