// A pipeline: streams -> frames -> windows -> features -> model -> decisions -> alerts.
//
// A frame is the readings of one asset with one source time, one column per stream. Windows hold
// frames; features are numbers over one column of one window; one row of features is emitted every
// `every.count` frames, or at each multiple of `every.duration` since the epoch.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "domain/fields.h"

namespace lineside::domain {

// What happens to a frame that lacks a column once its time is `lateness` behind the newest.
enum class Missing : unsigned char {
  skip,  // the frame is dropped and counted
  hold,  // the column's last value is taken; dropped and counted until there is one
};
constexpr auto names(const Missing*) { return std::array<std::string_view, 2>{"skip", "hold"}; }

struct JoinSpec {
  Duration lateness = {};  // how far out of order readings may come
  Missing missing = Missing::skip;
  bool operator==(const JoinSpec&) const = default;
};
constexpr auto fields(const JoinSpec*) {
  return std::tuple(
      field("lateness", &JoinSpec::lateness, "watermark: newest source time minus this")
          .range(0, 1e7)
          .in("s"),
      field("missing", &JoinSpec::missing, "what becomes of incomplete frames: skip or hold"));
}

// Exactly one of count, duration, first and all gives the extent.
struct WindowSpec {
  std::string name;
  std::optional<std::int64_t> count;  // the last `count` frames
  std::optional<Duration> duration;   // frames with time in (newest - duration, newest]; where
                                      // `every` is a duration: [boundary - duration, boundary)
  std::optional<std::int64_t> first;  // the first `first` frames ever seen of the asset, frozen
  bool all = false;                   // every frame since the first; no quantile, delta or lag
  std::int64_t min_count = 1;         // no row is emitted while the window holds fewer frames
  bool operator==(const WindowSpec&) const = default;
};
constexpr auto fields(const WindowSpec*) {
  return std::tuple(
      field("name", &WindowSpec::name, "name used by features").required(),
      field("count", &WindowSpec::count, "the last so many frames").range(1, 65536),
      field("duration", &WindowSpec::duration, "frames of the last so much time")
          .range(1e-6, 1e8)
          .in("s"),
      field("first", &WindowSpec::first, "the asset's first so many frames").range(1, 65536),
      field("all", &WindowSpec::all, "all frames since the first"),
      field("min_count", &WindowSpec::min_count, "frames needed before rows are emitted")
          .range(1, 65536));
}

struct EverySpec {
  std::optional<std::int64_t> count;
  std::optional<Duration> duration;
  bool operator==(const EverySpec&) const = default;
};
constexpr auto fields(const EverySpec*) {
  return std::tuple(field("count", &EverySpec::count, "a row every so many frames").range(1, 1e9),
                    field("duration", &EverySpec::duration, "a row at each multiple of this")
                        .range(1e-6, 1e8)
                        .in("s"));
}

// Statistics of one column over one window. sd is the sample standard deviation (n - 1), kurtosis
// is excess kurtosis (m4 / m2^2 - 3, population moments), slope is least squares against the frame
// number (per frame) in count windows and against seconds in duration windows, delta is last minus
// first, quantiles interpolate linearly (Hyndman & Fan 1996, type 7). ewma starts at the asset's
// first frame whatever the window ('first' freezes it), with alpha = 2 / (span + 1). lag is the
// value so many frames before the last one, or the window's oldest where it holds fewer. Where a
// statistic is not defined (sd of one value) it is 0.
enum class Statistic : std::uint8_t {
  mean,
  sd,
  min,
  max,
  range,
  rms,
  kurtosis,
  slope,
  delta,
  last,
  count,
  quantile,
  ewma,
  lag,
};
constexpr auto names(const Statistic*) {
  return std::array<std::string_view, 14>{"mean",  "sd",       "min",   "max",   "range",
                                          "rms",   "kurtosis", "slope", "delta", "last",
                                          "count", "quantile", "ewma",  "lag"};
}

// One column of a row.
struct Feature {
  Statistic statistic = Statistic::mean;
  std::uint32_t column = 0;        // index into PipelineSpec::streams
  std::uint32_t window = 0;        // index into PipelineSpec::windows
  double parameter = 0;            // quantile: p in [0,1]; ewma: span in frames; lag: frames back
  std::int32_t minus_window = -1;  // the same statistic over this window is subtracted; -1: none
  std::string name;                // "s2.w30.mean", "s2.w30.q90", "s2.w30-init.mean"
  bool operator==(const Feature&) const = default;
};

// A compact way to write many features: each stream with each kind.
struct FeatureSpec {
  std::vector<std::string> streams;  // empty: all streams of the pipeline
  std::string window;                //
  std::vector<std::string> kinds;    // statistic names; "q05".."q99", "ewma20" (span), "lag3"
  std::string minus;                 // window whose value is subtracted; empty: none
  bool operator==(const FeatureSpec&) const = default;
};
constexpr auto fields(const FeatureSpec*) {
  return std::tuple(
      field("streams", &FeatureSpec::streams, "streams; absent: all of the pipeline"),
      field("window", &FeatureSpec::window, "window name").required(),
      field("kinds", &FeatureSpec::kinds, "statistics: mean, sd, q90, ewma20, lag3, ...")
          .required(),
      field("minus", &FeatureSpec::minus, "window whose value is subtracted"));
}

enum class When : unsigned char { above, below };
constexpr auto names(const When*) { return std::array<std::string_view, 2>{"above", "below"}; }

enum class Severity : unsigned char { info, warning, critical };
constexpr auto names(const Severity*) {
  return std::array<std::string_view, 3>{"info", "warning", "critical"};
}

// Opens an alert when `k` of the last `n` scores are beyond `threshold`; closes it when `k` of the
// last `n` are back beyond `clear` (hysteresis). The two have the same k and n.
struct DecisionSpec {
  std::string name;
  std::string output;  // which model output; empty: the first
  When when = When::above;
  double threshold = 0;
  std::optional<double> clear;  // absent: the threshold
  int k = 1;
  int n = 1;
  Severity severity = Severity::warning;
  std::string message;  // plain text; {asset} {value} {threshold} are replaced
  bool operator==(const DecisionSpec&) const = default;
};
constexpr auto fields(const DecisionSpec*) {
  return std::tuple(
      field("name", &DecisionSpec::name, "name of the decision").required(),
      field("output", &DecisionSpec::output, "model output; absent: the first"),
      field("when", &DecisionSpec::when, "above or below").required(),
      field("threshold", &DecisionSpec::threshold, "score that counts towards an alert").required(),
      field("clear", &DecisionSpec::clear, "score that counts towards its end"),
      field("k", &DecisionSpec::k, "so many of the last n scores").range(1, 64),
      field("n", &DecisionSpec::n, "how many scores are looked at").range(1, 64),
      field("severity", &DecisionSpec::severity, "info, warning or critical"),
      field("message", &DecisionSpec::message, "text for the operator"));
}

struct ModelSpec {
  std::string file;     // ONNX, relative to the manifest's folder
  std::string digest;   // "sha256:<hex>"; empty: whatever the file is
  std::string version;  // in the hub's catalog, instead of file and digest: a ModelVersion
  bool operator==(const ModelSpec&) const = default;
};
constexpr auto fields(const ModelSpec*) {
  return std::tuple(
      field("file", &ModelSpec::file, "ONNX file beside the manifest"),
      field("digest", &ModelSpec::digest, "sha256:<hex> the file must have"),
      field("version", &ModelSpec::version, "catalog: model version, in place of file")
          .of_catalog()
          .refers(Kind::model_version));
}

struct PublishSpec {
  std::string connection;   // a connection's name
  std::string predictions;  // topic with {asset}; empty: not published
  std::string alerts;       // topic with {asset}; empty: not published
  bool operator==(const PublishSpec&) const = default;
};
constexpr auto fields(const PublishSpec*) {
  return std::tuple(
      field("connection", &PublishSpec::connection, "connection to publish on")
          .required()
          .refers(Kind::connection),
      field("predictions", &PublishSpec::predictions, "topic of predictions; {asset} is replaced"),
      field("alerts", &PublishSpec::alerts, "topic of alerts; {asset} is replaced"));
}

// Where an output stands between "all is well" (0) and "act now" (1), linearly, for sorting.
struct RiskSpec {
  std::string output;
  double none = 0;
  double full = 1;
  bool operator==(const RiskSpec&) const = default;
};
constexpr auto fields(const RiskSpec*) {
  return std::tuple(field("output", &RiskSpec::output, "model output; absent: the first"),
                    field("none", &RiskSpec::none, "output value of no risk").required(),
                    field("full", &RiskSpec::full, "output value of full risk").required());
}

struct PipelineSpec {
  std::string title;         // for people
  std::string assets = "*";  // glob over asset names
  std::vector<std::string> streams;
  JoinSpec join;
  std::vector<WindowSpec> windows;
  EverySpec every;
  std::vector<FeatureSpec> features;
  std::optional<ModelSpec> model;  // absent: the features themselves are the outputs
  std::vector<DecisionSpec> decisions;
  std::optional<PublishSpec> publish;
  std::optional<RiskSpec> risk;
  std::string site;  // of the hub's catalog: the subtree it is meant for; edges pass it over
  std::string edge;  // of the hub's catalog: the one edge that runs it; empty: those of the site
  bool operator==(const PipelineSpec&) const = default;
};
constexpr auto fields(const PipelineSpec*) {
  return std::tuple(
      field("title", &PipelineSpec::title, "what people call it"),
      field("assets", &PipelineSpec::assets, "glob over asset names"),
      field("streams", &PipelineSpec::streams, "columns of a frame").required(),
      field("join", &PipelineSpec::join, "how readings become frames"),
      field("windows", &PipelineSpec::windows, "extents that features look at").required(),
      field("every", &PipelineSpec::every, "when a row is emitted").required(),
      field("features", &PipelineSpec::features, "columns of a row, in order").required(),
      field("model", &PipelineSpec::model, "the model; absent: rows are the outputs"),
      field("decisions", &PipelineSpec::decisions, "rules that open and close alerts"),
      field("publish", &PipelineSpec::publish, "where predictions and alerts go"),
      field("risk", &PipelineSpec::risk, "how an output becomes a risk from 0 to 1"),
      field("site", &PipelineSpec::site, "catalog: site it is meant for")
          .of_catalog()
          .refers(Kind::site),
      field("edge", &PipelineSpec::edge, "catalog: the one edge that runs it")
          .of_catalog()
          .refers(Kind::device));
}

// The features in row order: feature specs in turn, within one each stream, within it each kind.
// Errors: invalid, naming the feature spec (from 0) and the stream, window or kind that is unknown,
// a feature named twice, or a kind its window cannot give ('all': no quantile, delta or lag).
Result<std::vector<Feature>> expand_features(const PipelineSpec& spec);

struct FeatureProblem {
  std::string path;  // "features[1].kinds[0]"
  std::string text;
  std::string expected;
  std::string found;
};
// Every reason for which expand_features() refuses the spec; it says the first.
std::vector<FeatureProblem> feature_problems(const PipelineSpec& spec);

// What the windows and features mean, as one line per fact; equal text means equal rows. Model
// artifacts carry it, and edges refuse a model whose text differs from the pipeline's.
std::string feature_definition(const PipelineSpec& spec);

}  // namespace lineside::domain
