// What the parts of a training hand each other.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "codec/json_writer.h"
#include "learn/dataset.h"
#include "learn/onnx_graph.h"
#include "learn/recording.h"
#include "learn/train.h"

namespace lineside::learn {

struct TrainingRun {
  const TrainingPlan& plan;
  const Recording& recording;
  const Dataset& dataset;
  std::vector<std::size_t> learnt;  // rows of the dataset
  const Progress& progress;

  const domain::TrainingSpec& spec() const { return plan.training.spec; }
  void tell(std::string_view stage, double done) const {
    if (progress) progress(stage, done);
  }
};

// One method's result. `fitted` and `validation` are JSON objects for the report.
struct TrainedModel {
  Bytes model;
  ModelSignature signature;
  std::string library;  // "xgboost 3.0.0"
  std::string fitted;
  std::string validation;
};

Result<TrainedModel> train_trees(const TrainingRun& run);
Result<TrainedModel> train_pca(const TrainingRun& run);

// The signature but for outputs and units; references are means over `rows`.
ModelSignature signature_of(const Dataset& dataset, const std::vector<std::size_t>& rows);

// A permutation of 0..n-1 from a seed: Fisher-Yates with SplitMix64 (Steele, Lea & Flood 2014).
std::vector<std::size_t> permutation(std::size_t n, std::int64_t seed);

std::string write_report(const TrainingRun& run, const TrainedModel& trained,
                         const std::string& code_revision);

}  // namespace lineside::learn
