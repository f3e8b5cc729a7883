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

struct StepKind {
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

std::optional<StepKind> parse_kind(std::string_view text) {
  for (const Notation& notation : kNotations) {
    if (!text.starts_with(notation.prefix)) continue;
    const auto parameter = parse_parameter(notation.parameter, text.substr(notation.prefix.size()));
    if (parameter) return StepKind{&notation, *parameter};
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
  std::set<std::string_view> told;
  for (const WindowSpec& window : spec.windows)
    if (told.insert(window.name).second) known += (known.empty() ? "" : ", ") + window.name;
  return known.empty() ? "a window of the pipeline" : "one of " + known;
}

// The windows a feature spec names, as far as they are known.
struct Windows {
  std::optional<std::uint32_t> window;
  std::optional<std::uint32_t> minus;
  bool all_known = false;
};

// How one feature of each column is called and computed.
struct NamedKind {
  std::string_view text;
  StepKind kind;
  std::string path;
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
  Windows find_windows(const FeatureSpec& features_spec, const std::string& path);
  std::vector<NamedKind> find_kinds(const FeatureSpec& features_spec, const Windows& windows,
                                    const std::string& path);
  std::vector<std::uint32_t> find_columns(const FeatureSpec& features_spec,
                                          const std::string& path);
  bool check_window(std::uint32_t window, const NamedKind& kind);
  void add(const FeatureSpec& features_spec, const Windows& windows, std::uint32_t column,
           const NamedKind& kind);

  const PipelineSpec& spec_;
  std::set<std::string> names_;
};

// The problems of those that are not known are noted.
Windows Expansion::find_windows(const FeatureSpec& features_spec, const std::string& path) {
  const auto wrong = [&](std::string_view field, const std::string& name) {
    problems.push_back({path + std::string(field), "unknown window", windows_expected(spec_),
                        std::format("'{}'", name)});
  };
  const auto window = find_window(spec_, features_spec.window);
  const auto minus = find_window(spec_, features_spec.minus);
  if (!window) wrong(".window", features_spec.window);
  if (!minus && !features_spec.minus.empty()) wrong(".minus", features_spec.minus);
  return {window, minus, window && (minus || features_spec.minus.empty())};
}

// Whether the window can give the statistic.
bool Expansion::check_window(std::uint32_t index, const NamedKind& named) {
  const WindowSpec& window = spec_.windows[index];
  const StepKind& kind = named.kind;
  if (window.all && !kind.notation->of_all) {
    problems.push_back(
        {named.path, "needs memory", "a window that ends",
         std::format("'{}' of window '{}' over all frames", named.text, window.name)});
    return false;
  }
  const std::int64_t frames = window.count.value_or(window.first.value_or(kFramesMax + 1));
  if (kind.notation->statistic == Statistic::lag && kind.parameter >= static_cast<double>(frames)) {
    problems.push_back({named.path, "window too short", "more frames than the lag",
                        std::format("'{}' in window '{}' of {}", named.text, window.name, frames)});
    return false;
  }
  return true;
}

// Those that their windows can give; a wrong one is told once, not for each stream.
std::vector<NamedKind> Expansion::find_kinds(const FeatureSpec& features_spec,
                                             const Windows& windows, const std::string& path) {
  if (features_spec.kinds.empty())
    problems.push_back({path + ".kinds", "no kinds", "at least one", "none"});
  std::vector<NamedKind> found;
  for (std::size_t k = 0; k < features_spec.kinds.size(); ++k) {
    const std::string& text = features_spec.kinds[k];
    const std::string at = std::format("{}.kinds[{}]", path, k);
    const auto kind = parse_kind(text);
    if (!kind) {
      problems.push_back(
          {at, "unknown kind", "one of " + kinds_expected(), std::format("'{}'", text)});
      continue;
    }
    const NamedKind named{text, *kind, at};
    if (windows.window && !check_window(*windows.window, named)) continue;
    if (windows.minus && !check_window(*windows.minus, named)) continue;
    found.push_back(named);
  }
  return found;
}

std::vector<std::uint32_t> Expansion::find_columns(const FeatureSpec& features_spec,
                                                   const std::string& path) {
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
  return columns;
}

void Expansion::add(const FeatureSpec& features_spec, const Windows& windows, std::uint32_t column,
                    const NamedKind& named) {
  const std::string minus = features_spec.minus.empty() ? "" : "-" + features_spec.minus;
  Feature feature{.statistic = named.kind.notation->statistic,
                  .column = column,
                  .window = *windows.window,
                  .parameter = named.kind.parameter,
                  .minus_window = windows.minus ? static_cast<std::int32_t>(*windows.minus) : -1,
                  .name = std::format("{}.{}{}.{}", spec_.streams[column], features_spec.window,
                                      minus, named.text)};
  if (!names_.insert(feature.name).second)
    problems.push_back(
        {named.path, "named twice", "a feature of its own", "'" + feature.name + "'"});
  features.push_back(std::move(feature));
}

void Expansion::expand(const FeatureSpec& features_spec, const std::string& path) {
  const Windows windows = find_windows(features_spec, path);
  const std::vector<NamedKind> kinds = find_kinds(features_spec, windows, path);
  const std::vector<std::uint32_t> columns = find_columns(features_spec, path);
  if (!windows.all_known) return;
  for (const std::uint32_t column : columns) {
    const std::size_t before = problems.size();
    for (const NamedKind& kind : kinds) add(features_spec, windows, column, kind);
    if (problems.size() > before) return;  // a wrong name is told once, not for each stream
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
