// Training: a manifest and its recordings in, a model and its evaluation report out.
//
// Everything is a function of the manifest, the files it names and the seed: no clock, one thread,
// the same bytes each time. Features come from the same flow::PipelineFlow that the edge runs.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/result.h"
#include "domain/training.h"
#include "world/files.h"

namespace lineside::learn {

// A training manifest with the pipeline it names.
struct TrainingPlan {
  domain::Manifest<domain::TrainingSpec> training;
  domain::Manifest<domain::PipelineSpec> pipeline;
};

// Reads the one Training of `path` and the one Pipeline of the file that it names.
// Errors: invalid, with every mistake on a line of its own ("file:line:column: path: ..."); those
// of reading the files.
Result<TrainingPlan> load_training(const world::Files& files, const std::string& path);

// Whether files can be written to the folder, which is made where it is missing: before the work,
// not after it. Errors: those of writing files.
Result<void> try_folder(world::Files& files, const std::string& folder);

struct TrainOutcome {
  Bytes model;              // ONNX, with its signature: docs/formats/model.md
  std::string report;       // JSON, ends with a line feed: docs/formats/model.md
  std::string model_file;   // name of the model file as the pipeline gives it, "model.onnx"
  std::string report_file;  // beside it, "model.report.json"
};

// Told now and then from the calling thread: what is being done and how much of all is done, 0
// to 1.
using Progress = std::function<void(std::string_view stage, double done)>;

struct TrainOptions {
  std::string code_revision;  // goes into the report: of the program that trains
  Progress progress;          // may be empty
};

// Takes seconds. Errors: those of reading; invalid (recordings that do not parse or give too few
// rows); internal (a library failed).
Result<TrainOutcome> train(const TrainingPlan& plan, const world::Files& files,
                           const TrainOptions& options);

}  // namespace lineside::learn
