#include "flow/plan.h"

#include <compare>
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

double alpha_of(double span) { return 2 / (span + 1); }

// One statistic of one column over one window, in the order in which terms are numbered.
struct TermKey {
  std::uint32_t window = 0;
  std::uint32_t column = 0;
  domain::Statistic statistic = domain::Statistic::mean;
  double parameter = 0;
  auto operator<=>(const TermKey&) const = default;
};

TermKey key_of(const Feature& feature, std::int64_t window) {
  return {static_cast<std::uint32_t>(window), feature.column, feature.statistic, feature.parameter};
}

void plan_term(const TermKey& key, Plan& plan) {
  WindowPlan& window = plan.windows[key.window];
  if (window.series_end == 0 || plan.series.back().column != key.column) {
    if (window.series_end == 0)
      window.series_begin = static_cast<std::uint32_t>(plan.series.size());
    plan.series.push_back({.window = key.window,
                           .column = key.column,
                           .term_begin = static_cast<std::uint32_t>(plan.terms.size())});
    window.series_end = static_cast<std::uint32_t>(plan.series.size());
  }
  SeriesPlan& series = plan.series.back();
  TermPlan term{key.statistic, window.series_end - 1, key.parameter};
  if (key.statistic == domain::Statistic::ewma) {
    term.parameter = static_cast<double>(series.alphas.size());
    series.alphas.push_back(alpha_of(key.parameter));
  }
  series.needs |= traits(key.statistic).needs;
  plan.terms.push_back(term);
  series.term_end = static_cast<std::uint32_t>(plan.terms.size());
}

void plan_features(Plan& plan) {
  std::map<TermKey, std::uint32_t> numbers;
  for (const Feature& feature : plan.features) {
    numbers[key_of(feature, feature.window)] = 0;
    if (feature.minus_window >= 0) numbers[key_of(feature, feature.minus_window)] = 0;
  }
  for (auto& [key, number] : numbers) {
    number = static_cast<std::uint32_t>(plan.terms.size());
    plan_term(key, plan);
  }
  for (const Feature& feature : plan.features) {
    FeaturePlan column{.term = numbers.at(key_of(feature, feature.window))};
    if (feature.minus_window >= 0)
      column.minus = static_cast<std::int32_t>(numbers.at(key_of(feature, feature.minus_window)));
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
