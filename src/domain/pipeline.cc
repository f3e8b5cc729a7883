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

Result<std::uint32_t> find_window(const PipelineSpec& spec, std::string_view name) {
  std::string known;
  for (std::size_t i = 0; i < spec.windows.size(); ++i) {
    if (spec.windows[i].name == name) return static_cast<std::uint32_t>(i);
    known += (known.empty() ? "" : ", ") + spec.windows[i].name;
  }
  return invalid(std::format("unknown window '{}': expected one of {}", name, known));
}

// Errors: invalid, when the window cannot give the statistic.
Result<void> check_window(const WindowSpec& window, std::string_view text, const Kind& kind) {
  if (window.all && !kind.notation->of_all)
    return invalid(
        std::format("window '{}' is of all frames and cannot give '{}'", window.name, text));
  const std::int64_t frames = window.count.value_or(window.first.value_or(kFramesMax + 1));
  if (kind.notation->statistic == Statistic::lag && kind.parameter >= static_cast<double>(frames))
    return invalid(std::format("'{}' needs a window of more frames, found {} in window '{}'", text,
                               frames, window.name));
  return {};
}

// The windows a feature spec names.
struct Windows {
  std::uint32_t window = 0;
  std::int32_t minus = -1;
};

Result<Windows> find_windows(const PipelineSpec& spec, const FeatureSpec& features) {
  Windows windows{.window = TRY(find_window(spec, features.window))};
  if (!features.minus.empty())
    windows.minus = static_cast<std::int32_t>(TRY(find_window(spec, features.minus)));
  return windows;
}

Result<Feature> make_feature(const PipelineSpec& spec, const FeatureSpec& features,
                             const Windows& windows, std::string_view stream,
                             std::string_view text) {
  const auto column = find_stream(spec, stream);
  if (!column)
    return invalid(std::format("unknown stream '{}': not among the pipeline's streams", stream));
  const auto kind = parse_kind(text);
  if (!kind)
    return invalid(std::format("unknown kind '{}': expected one of {}", text, kinds_expected()));
  TRY(check_window(spec.windows[windows.window], text, *kind));
  if (windows.minus >= 0)
    TRY(check_window(spec.windows[static_cast<std::size_t>(windows.minus)], text, *kind));
  const std::string minus = features.minus.empty() ? "" : "-" + features.minus;
  return Feature{.statistic = kind->notation->statistic,
                 .column = *column,
                 .window = windows.window,
                 .parameter = kind->parameter,
                 .minus_window = windows.minus,
                 .name = std::format("{}.{}{}.{}", stream, features.window, minus, text)};
}

Result<void> expand(const PipelineSpec& spec, const FeatureSpec& features,
                    std::vector<Feature>& out) {
  const Windows windows = TRY(find_windows(spec, features));
  if (features.kinds.empty()) return invalid("no kinds: expected at least one");
  for (const std::string& stream : features.streams.empty() ? spec.streams : features.streams)
    for (const std::string& kind : features.kinds)
      out.push_back(TRY(make_feature(spec, features, windows, stream, kind)));
  return {};
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
  std::vector<Feature> out;
  std::set<std::string> names;
  for (std::size_t i = 0; i < spec.features.size(); ++i) {
    const std::string where = std::format("features[{}]", i);
    const std::size_t before = out.size();
    TRY_WITH(expand(spec, spec.features[i], out), where);
    for (std::size_t k = before; k < out.size(); ++k)
      if (!names.insert(out[k].name).second)
        return invalid(std::format("{}: feature '{}' is named twice", where, out[k].name));
  }
  return out;
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
