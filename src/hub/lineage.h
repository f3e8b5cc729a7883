// OpenLineage run events of deployments, appended to a file as lines of JSON: one run for each
// model version that a pipeline begins to name, START and COMPLETE at once, for the catalog has it
// then. Its inputs are the version's file and the datasets it was trained on, its output is the
// pipeline. Source: https://openlineage.io/spec/2-0-2/OpenLineage.json.
#pragma once

#include <mutex>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "world/files.h"

namespace lineside::hub {

struct Deployment {
  std::string run_id;  // a UUID
  std::string pipeline;
  std::string version;                  // of a model
  std::string digest;                   // of the version's file
  std::vector<std::string> trained_on;  // datasets
  Time time;
};

// Random bytes as a UUID of version 4 (RFC 9562, 5.4).
std::string uuid_of(std::span<std::byte, 16> random);

// Two lines, each with its end. `hub` names the namespace of jobs and datasets.
std::string lineage_events(std::string_view hub, const Deployment& deployment);

// Any thread may call.
class Lineage {
 public:
  // An empty path: writes nothing.
  Lineage(world::Files& files, std::string path, std::string hub)
      : files_(files), path_(std::move(path)), hub_(std::move(hub)) {}

  bool is_on() const { return !path_.empty(); }
  // Appended and synced. Errors: those of Files.
  Result<void> append(const Deployment& deployment);

 private:
  world::Files& files_;
  const std::string path_;
  const std::string hub_;
  std::mutex mutex_;
};

}  // namespace lineside::hub
