// Manifests of the edges that are measured.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace lineside::benchmarks {

struct EdgeConfig {
  std::uint16_t port = 0;   // of the broker
  std::string_view prefix;  // of the topics (messages.h)
  int qos = 1;
  int receive_max = 2000;
  int every = 64;  // frames per row of features
  int models = 0;  // autoencoders that yield their error, each in a pipeline of its own;
                   // 0: one pipeline, no model
};

// Writes the manifests and models into `folder`/config and returns that folder.
Result<std::string> write_config(const EdgeConfig& config, const std::string& folder);

}  // namespace lineside::benchmarks
