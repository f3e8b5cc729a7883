#include "domain/pipeline.h"

#include <array>
#include <charconv>
#include <format>
#include <set>
#include <string_view>

#include "base/text.h"

namespace lineside::domain {

namespace {

// What follows a statistic's name where features are written.
enum class Parameter : std::uint8_t { none, percent, frames };

// How one statistic is written, and whether a window without end or memory ('all') can give it.
struct Notation {
  Statistic statistic;
  std::string_view prefix;
  Parameter parameter;
  bool of_all;
};

constexpr std::array kNotations = {
    Notation{Statistic::mean, "mean", Parameter::none, true},
    Notation{Statistic::sd, "sd", Parameter::none, true},
    Notation{Statistic::min, "min", Parameter::none, true},
    Notation{Statistic::max, "max", Parameter::none, true},
    Notation{Statistic::range, "range", Parameter::none, true},
    Notation{Statistic::rms, "rms", Parameter::none, true},
    Notation{Statistic::kurtosis, "kurtosis", Parameter::none, true},
    Notation{Statistic::slope, "slope", Parameter::none, true},
    Notation{Statistic::delta, "delta", Parameter::none, false},
    Notation{Statistic::last, "last", Parameter::none, true},
    Notation{Statistic::count, "count", Parameter::none, true},
    Notation{Statistic::quantile, "q", Parameter::percent, false},
    Notation{Statistic::ewma, "ewma", Parameter::frames, true},
    Notation{Statistic::lag, "lag", Parameter::frames, false},
};
static_assert(kNotations.size() == names(static_cast<const Statistic*>(nullptr)).size());

struct Kind {
  const Notation* notation = nullptr;
  double parameter = 0;
};

constexpr int kFramesMax = 65535;  // of ewma's span and of lag

std::optional<double> parse_parameter(Parameter parameter, std::string_view digits) {
  if (parameter == Parameter::none) return digits.empty() ? std::optional(0.0) : std::nullopt;
  int number = 0;
  const auto [end, failure] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  if (failure != std::errc() || end != digits.data() + digits.size()) return std::nullopt;
  if (parameter == Parameter::percent) {
    if (digits.size() != 2 || number < 1) return std::nullopt;
    return number / 100.0;
  }
  if (digits[0] == '0' || number < 1 || number > kFramesMax) return std::nullopt;
  return number;
}

std::optional<Kind> parse_kind(std::string_view text) {
  for (const Notation& notation : kNotations) {
    if (!text.starts_with(notation.prefix)) continue;
    const auto parameter = parse_parameter(notation.parameter, text.substr(notation.prefix.size()));
    if (parameter) return Kind{&notation, *parameter};
  }
  return std::nullopt;
}

std::string kinds_expected() {
  std::string text;
  for (const Notation& notation : kNotations) {
    if (!text.empty()) text += ", ";
    text += notation.prefix;
    if (notation.parameter == Parameter::percent) text += "01..99";
    if (notation.parameter == Parameter::frames) text += "<frames>";
  }
  return text;
}

std::optional<std::uint32_t> find_stream(const PipelineSpec& spec, std::string_view name) {
  for (std::size_t i = 0; i < spec.streams.size(); ++i)
    if (spec.streams[i] == name) return static_cast<std::uint32_t>(i);
  return std::nullopt;
}

std::optional<std::uint32_t> find_window(const PipelineSpec& spec, std::string_view name) {
  for (std::size_t i = 0; i < spec.windows.size(); ++i)
    if (spec.windows[i].name == name) return static_cast<std::uint32_t>(i);
  return std::nullopt;
}

std::string windows_expected(const PipelineSpec& spec) {
  std::string known;
  for (const WindowSpec& window : spec.windows) known += (known.empty() ? "" : ", ") + window.name;
  return "one of " + known;
}

// The windows a feature spec names.
struct Windows {
  std::uint32_t window = 0;
  std::int32_t minus = -1;
};

// Expands the feature specs one after the other and notes what is wrong.
class Expansion {
 public:
  explicit Expansion(const PipelineSpec& spec) : spec_(spec) {
    for (std::size_t i = 0; i < spec.features.size(); ++i)
      expand(spec.features[i], std::format("features[{}]", i));
  }
  std::vector<Feature> features;
  std::vector<FeatureProblem> problems;

 private:
  void expand(const FeatureSpec& features_spec, const std::string& path);
  std::optional<Windows> find_windows(const FeatureSpec& features_spec, const std::string& path);
  bool check_window(std::uint32_t window, std::string_view text, const Kind& kind,
                    const std::string& path);
  void add(const FeatureSpec& features_spec, const Windows& windows, std::uint32_t column,
           std::string_view text, const std::string& path);

  const PipelineSpec& spec_;
  std::set<std::string> names_;
};

// Nothing: their problems are noted.
std::optional<Windows> Expansion::find_windows(const FeatureSpec& features_spec,
                                               const std::string& path) {
  const auto wrong = [&](std::string_view field, const std::string& name) {
    problems.push_back({path + std::string(field), "unknown window", windows_expected(spec_),
                        std::format("'{}'", name)});
  };
  const auto window = find_window(spec_, features_spec.window);
  const auto minus = find_window(spec_, features_spec.minus);
  if (!window) wrong(".window", features_spec.window);
  if (!minus && !features_spec.minus.empty()) wrong(".minus", features_spec.minus);
  if (!window || (!minus && !features_spec.minus.empty())) return std::nullopt;
  return Windows{*window, minus ? static_cast<std::int32_t>(*minus) : -1};
}

// Whether the window can give the statistic.
bool Expansion::check_window(std::uint32_t index, std::string_view text, const Kind& kind,
                             const std::string& path) {
  const WindowSpec& window = spec_.windows[index];
  if (window.all && !kind.notation->of_all) {
    problems.push_back({path, "needs memory", "a window that ends",
                        std::format("'{}' of window '{}' over all frames", text, window.name)});
    return false;
  }
  const std::int64_t frames = window.count.value_or(window.first.value_or(kFramesMax + 1));
  if (kind.notation->statistic == Statistic::lag && kind.parameter >= static_cast<double>(frames)) {
    problems.push_back({path, "window too short", "more frames than the lag",
                        std::format("'{}' in window '{}' of {}", text, window.name, frames)});
    return false;
  }
  return true;
}

void Expansion::add(const FeatureSpec& features_spec, const Windows& windows, std::uint32_t column,
                    std::string_view text, const std::string& path) {
  const auto kind = parse_kind(text);
  if (!kind) {
    problems.push_back(
        {path, "unknown kind", "one of " + kinds_expected(), std::format("'{}'", text)});
    return;
  }
  if (!check_window(windows.window, text, *kind, path)) return;
  if (windows.minus >= 0 &&
      !check_window(static_cast<std::uint32_t>(windows.minus), text, *kind, path))
    return;
  const std::string minus = features_spec.minus.empty() ? "" : "-" + features_spec.minus;
  Feature feature{
      .statistic = kind->notation->statistic,
      .column = column,
      .window = windows.window,
      .parameter = kind->parameter,
      .minus_window = windows.minus,
      .name = std::format("{}.{}{}.{}", spec_.streams[column], features_spec.window, minus, text)};
  if (!names_.insert(feature.name).second)
    problems.push_back({path, "named twice", "a feature of its own", "'" + feature.name + "'"});
  features.push_back(std::move(feature));
}

void Expansion::expand(const FeatureSpec& features_spec, const std::string& path) {
  if (features_spec.kinds.empty())
    problems.push_back({path + ".kinds", "no kinds", "at least one", "none"});
  const auto windows = find_windows(features_spec, path);
  std::vector<std::uint32_t> columns;
  for (std::size_t i = 0; i < features_spec.streams.size(); ++i) {
    const auto column = find_stream(spec_, features_spec.streams[i]);
    if (column) columns.push_back(*column);
    if (!column)
      problems.push_back({std::format("{}.streams[{}]", path, i), "unknown stream",
                          "one of the pipeline's streams", "'" + features_spec.streams[i] + "'"});
  }
  if (features_spec.streams.empty())
    for (std::uint32_t i = 0; i < spec_.streams.size(); ++i) columns.push_back(i);
  if (!windows) return;
  for (const std::uint32_t column : columns) {
    const std::size_t before = problems.size();
    for (std::size_t k = 0; k < features_spec.kinds.size(); ++k)
      add(features_spec, *windows, column, features_spec.kinds[k],
          std::format("{}.kinds[{}]", path, k));
    if (problems.size() > before) return;  // a wrong kind is told once, not for each stream
  }
}

std::string describe(const WindowSpec& window) {
  std::string text = "window " + window.name;
  if (window.count) text += std::format(" count {}", *window.count);
  if (window.duration) text += " duration " + format_duration(*window.duration);
  if (window.first) text += std::format(" first {}", *window.first);
  if (window.all) text += " all";
  return text + std::format(" min_count {}", window.min_count);
}

}  // namespace

Result<std::vector<Feature>> expand_features(const PipelineSpec& spec) {
  Expansion all(spec);
  if (all.problems.empty()) return std::move(all.features);
  const FeatureProblem& first = all.problems.front();
  return invalid(std::format("{}: {}: expected {}, found {}", first.path, first.text,
                             first.expected, first.found));
}

std::vector<FeatureProblem> feature_problems(const PipelineSpec& spec) {
  return Expansion(spec).problems;
}

std::string feature_definition(const PipelineSpec& spec) {
  std::string text = "lineside rows 1\n";
  for (const std::string& stream : spec.streams) text += "stream " + stream + "\n";
  text += std::format("join lateness {} missing {}\n", format_duration(spec.join.lateness),
                      to_text(spec.join.missing));
  for (const WindowSpec& window : spec.windows) text += describe(window) + "\n";
  if (spec.every.count) text += std::format("every count {}\n", *spec.every.count);
  if (spec.every.duration)
    text += std::format("every duration {}\n", format_duration(*spec.every.duration));
  if (const auto features = expand_features(spec))
    for (const Feature& feature : *features) text += "feature " + feature.name + "\n";
  return text;
}

}  // namespace lineside::domain
