// How a model is made: from which recordings, over which pipeline's features, by which method.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/time.h"
#include "domain/fields.h"
#include "domain/manifest.h"

namespace lineside::domain {

enum class RecordingFormat : unsigned char {
  cmapss,  // NASA C-MAPSS text: asset, cycle, 3 settings, 21 sensors; assets run to failure
  csv,     // header line; a timestamp, then one column per stream; one asset
};
constexpr auto names(const RecordingFormat*) {
  return std::array<std::string_view, 2>{"cmapss", "csv"};
}

struct RecordingSpec {
  RecordingFormat format = RecordingFormat::csv;
  std::vector<std::string> files;    // relative to the manifest's folder
  std::string asset;                 // csv: name of the asset
  std::vector<std::string> streams;  // csv: streams of the columns after the timestamp
  bool operator==(const RecordingSpec&) const = default;
};
constexpr auto fields(const RecordingSpec*) {
  return std::tuple(
      field("format", &RecordingSpec::format, "cmapss or csv").required(),
      field("files", &RecordingSpec::files, "files beside the manifest").required(),
      field("asset", &RecordingSpec::asset, "csv: name of the asset"),
      field("streams", &RecordingSpec::streams, "csv: streams of the columns after the timestamp"));
}

// A stretch of source time, both ends included; ISO 8601, UTC where no zone is given.
struct IntervalSpec {
  std::string from;
  std::string to;
  bool operator==(const IntervalSpec&) const = default;
};
constexpr auto fields(const IntervalSpec*) {
  return std::tuple(field("from", &IntervalSpec::from, "first time").required(),
                    field("to", &IntervalSpec::to, "last time").required());
}

// Which rows are learnt from.
struct LearnSpec {
  std::int64_t from_frame = 1;        // rows before the asset's n-th frame are left out
  std::optional<Duration> span;       // rows with time < the recording's first time + span
  std::vector<IntervalSpec> exclude;  // rows inside are left out: known failures
  Duration memory;                    // and rows this long after one: windows still hold it
  bool operator==(const LearnSpec&) const = default;
};
constexpr auto fields(const LearnSpec*) {
  return std::tuple(
      field("from_frame", &LearnSpec::from_frame,
            "first frame of an asset whose row is learnt from")
          .range(1, 1e9),
      field("span", &LearnSpec::span, "time from the recording's start").range(1e-6, 1e9).in("s"),
      field("exclude", &LearnSpec::exclude, "intervals with known failures"),
      field("memory", &LearnSpec::memory, "how long after them windows still hold them")
          .range(0, 1e9)
          .in("s"));
}

// Remaining life: frames the asset has left, as each recording ends with the failure.
struct TargetSpec {
  std::string output = "rul";   // name of the model's output
  std::string unit = "cycles";  //
  double cap = 1e9;             // longer lives count as this long; outputs lie in [0, cap]
  bool operator==(const TargetSpec&) const = default;
};
constexpr auto fields(const TargetSpec*) {
  return std::tuple(
      field("output", &TargetSpec::output, "name of the output"),
      field("unit", &TargetSpec::unit, "unit of the output"),
      field("cap", &TargetSpec::cap, "longest life that is told apart").range(1, 1e9));
}

// Gradient-boosted regression trees (Chen & Guestrin, "XGBoost", KDD 2016): squared error,
// histogram method. Names follow XGBoost's parameters.
struct TreesSpec {
  std::int64_t rounds = 100;
  double eta = 0.1;
  std::int64_t max_depth = 6;
  double subsample = 1;
  double colsample_bytree = 1;
  double min_child_weight = 1;
  double lambda = 1;
  std::int64_t max_bin = 256;
  double base_score = 0.5;
  TargetSpec target;
  bool operator==(const TreesSpec&) const = default;
};
constexpr auto fields(const TreesSpec*) {
  return std::tuple(
      field("rounds", &TreesSpec::rounds, "number of trees").range(1, 10000),
      field("eta", &TreesSpec::eta, "learning rate").range(1e-6, 1),
      field("max_depth", &TreesSpec::max_depth, "depth of a tree").range(1, 16),
      field("subsample", &TreesSpec::subsample, "share of rows per tree").range(0.01, 1),
      field("colsample_bytree", &TreesSpec::colsample_bytree, "share of features per tree")
          .range(0.01, 1),
      field("min_child_weight", &TreesSpec::min_child_weight, "least rows of a leaf").range(0, 1e9),
      field("lambda", &TreesSpec::lambda, "L2 penalty of leaf values").range(0, 1e9),
      field("max_bin", &TreesSpec::max_bin, "bins of a feature's histogram").range(2, 65536),
      field("base_score", &TreesSpec::base_score, "prediction before the first tree"),
      field("target", &TreesSpec::target, "what is predicted"));
}

enum class LimitKind : unsigned char {
  empirical,    // a quantile of the training rows
  theoretical,  // the quantile of the statistic's distribution for Gaussian rows
};
constexpr auto names(const LimitKind*) {
  return std::array<std::string_view, 2>{"empirical", "theoretical"};
}

// Principal components of standardised features with Hotelling's T2 inside the plane of the kept
// components and the squared prediction error Q outside it (Jackson & Mudholkar 1979).
struct PcaSpec {
  double variance = 0.9;  // least share of variance that the kept components explain
  LimitKind limit = LimitKind::empirical;
  double quantile = 0.999;
  double margin = 1;  // the limits are multiplied by this
  bool operator==(const PcaSpec&) const = default;
};
constexpr auto fields(const PcaSpec*) {
  return std::tuple(
      field("variance", &PcaSpec::variance, "share of variance to keep").range(0.01, 0.9999),
      field("limit", &PcaSpec::limit, "empirical or theoretical"),
      field("quantile", &PcaSpec::quantile, "share of normal rows within a limit")
          .range(0.5, 0.999999),
      field("margin", &PcaSpec::margin, "factor on the limits").range(0.1, 100));
}

// How good the model is on recordings it has not seen. Trees: whole assets are left out in turn,
// dealt to folds at random by the seed. PCA: equal stretches of the learnt rows in time order.
struct ValidationSpec {
  std::int64_t folds = 5;
  std::int64_t from_frame = 1;  // rows before the asset's n-th frame are not judged
  double target_min = 0;        // nor are those whose true target lies outside [min, max]
  double target_max = 1e9;
  bool operator==(const ValidationSpec&) const = default;
};
constexpr auto fields(const ValidationSpec*) {
  return std::tuple(
      field("folds", &ValidationSpec::folds, "number of folds").range(2, 20),
      field("from_frame", &ValidationSpec::from_frame, "first frame whose row is judged")
          .range(1, 1e9),
      field("target_min", &ValidationSpec::target_min, "smallest true target judged").range(0, 1e9),
      field("target_max", &ValidationSpec::target_max, "largest true target judged").range(0, 1e9));
}

// Exactly one of trees and pca.
struct TrainingSpec {
  std::string pipeline;  // file with the one Pipeline whose model this is, beside the manifest
  RecordingSpec recording;
  LearnSpec learn;
  std::optional<TreesSpec> trees;
  std::optional<PcaSpec> pca;
  ValidationSpec validation;
  std::int64_t seed = 1;
  bool operator==(const TrainingSpec&) const = default;
};
constexpr auto fields(const TrainingSpec*) {
  return std::tuple(field("pipeline", &TrainingSpec::pipeline, "file of the pipeline").required(),
                    field("recording", &TrainingSpec::recording, "what is learnt from").required(),
                    field("learn", &TrainingSpec::learn, "which rows of it"),
                    field("trees", &TrainingSpec::trees, "gradient-boosted trees"),
                    field("pca", &TrainingSpec::pca, "principal components, T2 and Q"),
                    field("validation", &TrainingSpec::validation, "how the model is judged"),
                    field("seed", &TrainingSpec::seed, "of all randomness").range(0, 2147483647));
}

// Rules across fields: one method, streams and asset with csv, intervals that parse, remaining life
// only of recordings that end in failure.
std::vector<Problem> check(const Manifest<TrainingSpec>& training);

}  // namespace lineside::domain
