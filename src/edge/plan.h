// A plan: a validated configuration with its models loaded. Plans are immutable and shared; lanes
// switch from one to the next at one and the same reading.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "codec/manifest.h"
#include "domain/manifest.h"
#include "world/files.h"

namespace lineside::edge {

struct PlannedPipeline {
  std::string name;
  domain::PipelineSpec spec;
  std::string version;       // digest of the spec and the model: what alerts refer to
  std::string model_digest;  // "sha256:<hex>"; empty: no model
  std::string model_path;    // where it was read
  std::shared_ptr<const Bytes> model;
  std::vector<std::string> outputs;  // of the model, or the features without one
  std::vector<std::string> units;    // of the outputs; empty texts: none

  // Index of the named output; the first for an empty name. CHECKs that it exists.
  std::size_t output(const std::string& output_name) const;
};

// Whether the flow of one may go on as that of the other: the same features of the same assets.
bool same_rows(const PlannedPipeline& a, const PlannedPipeline& b);

struct Plan {
  std::string revision;  // "sha256:<hex>" over the manifests' texts and the models
  domain::EdgeConfig config;
  std::vector<PlannedPipeline> pipelines;

  const domain::ContractSpec* contract_for(const std::string& asset) const;  // first match, or null
  // What the first mapping that may yield the stream calls it; empty: nothing but its name.
  std::string_view title_of(std::string_view asset, std::string_view stream) const;
};

// What loading needs from outside.
struct PlanSources {
  world::Files& files;
  std::string folder;  // its *.yaml and *.yml files are the manifests
  // Refuses model files that are damaged or that crash the runtime; see infer/admission.h.
  std::function<Result<void>(const std::string& path, ByteView model)> admit;
  bool may_be_empty = false;  // a folder without manifests is a plan, too
  // Instead of `files`, for models; empty: `files`.
  std::function<Result<Bytes>(const std::string& path)> read_model{};
};

struct LoadedPlan {
  std::shared_ptr<const Plan> plan;  // null if there are problems
  // One line each: file:line, what, expected, found. At most kProblemsMax, and "and N more
  // problems".
  std::vector<std::string> problems;
  std::vector<codec::SourceFile> manifests;  // that it is made of
};
// All of them as one text: how many there are, and a line each.
std::string text_of(const std::vector<std::string>& problems);

inline constexpr std::uint64_t kManifestsBytesMax = 64ULL << 20;  // of all of a folder

inline constexpr std::size_t kProblemsMax = 200;  // lines that a person may still read

// Reads and checks everything, and says everything that is wrong at once, up to a bound.
LoadedPlan load_plan(const PlanSources& sources);
// The same of manifests that are read already; the sources' folder is not looked at.
LoadedPlan load_plan(const PlanSources& sources, std::vector<codec::SourceFile> manifests);
// Without slashes at its end: how the paths of its manifests begin.
std::string folder_name(std::string folder);

}  // namespace lineside::edge
