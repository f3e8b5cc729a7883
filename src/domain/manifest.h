// The configuration of an edge: its manifests, validated as a whole.
#pragma once

#include <string>
#include <vector>

#include "domain/connection.h"
#include "domain/contract.h"
#include "domain/pipeline.h"

namespace lineside::domain {

inline constexpr std::string_view kApiVersion = "lineside/v1";

// A place in a file a person wrote; line and column count from 1, 0: unknown.
struct Place {
  std::string file;
  int line = 0;
  int column = 0;
};

template <class Spec>
struct Manifest {
  std::string name;
  Spec spec;
  std::string folder;  // relative paths in the spec start here
  Place place;
};

struct EdgeConfig {
  std::vector<Manifest<ConnectionSpec>> connections;
  std::vector<Manifest<ContractSpec>> contracts;
  std::vector<Manifest<PipelineSpec>> pipelines;
};

// One thing that is wrong in a manifest. Checks find; they do not stop at the first.
struct Problem {
  Place place;
  std::string path;      // "spec.mappings[0].time.format"
  std::string text;      // "unknown field", "out of range", ...
  std::string expected;  //
  std::string found;     //
};
// A manifest of 1 MiB can hold hundreds of thousands of mistakes: checks stop telling at so many.
inline constexpr std::size_t kProblemsMax = 1000;
// "file:line:column: path: text: expected ..., found ..."
std::string to_text(const Problem& problem);

// Rules across the fields of one manifest of the hub's catalog, and its name; what it refers to may
// be elsewhere. Of a pipeline's model it wants either the version or a file.
std::vector<Problem> check(const Manifest<ConnectionSpec>& manifest);
std::vector<Problem> check(const Manifest<ContractSpec>& manifest);
std::vector<Problem> check(const Manifest<PipelineSpec>& manifest);

// Rules across fields and manifests that field tables cannot say: names unique and well formed,
// one client id per connection to a broker, TLS unless loopback, one extent per window, k <= n,
// hysteresis on the right side, features that exist, publish to a connection that exists, glob and
// topic syntax, units that agree. Problems carry the manifest's place; codec/manifest.h narrows it
// to the line of `path`.
std::vector<Problem> check(const EdgeConfig& config);

}  // namespace lineside::domain
