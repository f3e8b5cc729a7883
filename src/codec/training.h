// YAML -> Training manifests, with the machinery and the messages of codec/manifest.h.
#pragma once

#include <vector>

#include "codec/manifest.h"
#include "domain/training.h"

namespace lineside::codec {

struct ParsedTraining {
  std::vector<domain::Manifest<domain::TrainingSpec>> trainings;
  std::vector<domain::Manifest<domain::PipelineSpec>> pipelines;
  std::vector<domain::Problem> problems;  // complete only if empty
};

// The Training and Pipeline documents of one file; those of other known kinds are passed over.
// Pipelines are checked by themselves: the connection they publish to may be elsewhere.
ParsedTraining parse_training(const SourceFile& file);

}  // namespace lineside::codec
