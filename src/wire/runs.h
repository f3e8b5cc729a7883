// What an edge says it runs: part of its report to the hub.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "domain/fields.h"

namespace lineside::wire {

struct RunningPipeline {
  std::string name;
  std::string version;       // "sha256:<hex>" of the pipeline, as alerts name it
  std::string model_digest;  // "sha256:<hex>"; empty: no model
  bool operator==(const RunningPipeline&) const = default;
};
constexpr auto fields(const RunningPipeline*) {
  using domain::field;
  return std::tuple(
      field("name", &RunningPipeline::name, "pipeline").required(),
      field("version", &RunningPipeline::version, "digest of spec and model").required(),
      field("model_digest", &RunningPipeline::model_digest, "digest of the model"));
}

enum class LinkStanding : unsigned char { up, waiting };
constexpr auto names(const LinkStanding*) {
  return std::array<std::string_view, 2>{"up", "waiting"};
}

struct RunningConnection {
  std::string name;
  LinkStanding state = LinkStanding::waiting;
  std::string problem;  // why it is not up, or what its peer refuses; empty: nothing
  bool operator==(const RunningConnection&) const = default;
};
constexpr auto fields(const RunningConnection*) {
  using domain::field;
  return std::tuple(field("name", &RunningConnection::name, "connection").required(),
                    field("state", &RunningConnection::state, "up or waiting").required(),
                    field("problem", &RunningConnection::problem, "why it is not up"));
}

struct Runs {
  std::vector<RunningPipeline> pipelines;
  std::vector<RunningConnection> connections;
  std::int64_t streams = 0;  // ever seen
  std::string lineside;      // version of the program
  bool operator==(const Runs&) const = default;
};
constexpr auto fields(const Runs*) {
  using domain::field;
  return std::tuple(field("pipelines", &Runs::pipelines, "what decides"),
                    field("connections", &Runs::connections, "where readings come from"),
                    field("streams", &Runs::streams, "streams ever seen"),
                    field("lineside", &Runs::lineside, "version of the program"));
}

}  // namespace lineside::wire
