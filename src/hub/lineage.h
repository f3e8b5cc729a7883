// OpenLineage run events, appended to a file as lines of JSON, START and COMPLETE at once, for the
// catalog has it then. One run of `deploy/<pipeline>` for each model version that a pipeline begins
// to name: its inputs are the version's file and the datasets it was trained on, its output is the
// pipeline. One of `train/<model>` for each model version that comes with the report of a training:
// its inputs are those datasets, its output is the version's file. Source:
// https://openlineage.io/spec/2-0-2/OpenLineage.json.
#pragma once

#include <mutex>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "domain/models.h"
#include "world/files.h"

namespace lineside::hub {

// A dataset in the words of OpenLineage.
struct LineageDataset {
  std::string name;     // "ModelVersion/rul-7"
  std::string version;  // digest of its content; empty: not told
};

struct LineageRun {
  std::string run_id;  // a UUID
  std::string job;     // "deploy/press"
  std::string job_type;
  std::vector<LineageDataset> inputs;
  LineageDataset output;
  Time time;
};

LineageRun deployment_run(const std::string& pipeline, const std::string& version,
                          const domain::ModelVersionSpec& spec);
LineageRun training_run(const std::string& version, const domain::ModelVersionSpec& spec,
                        const std::vector<LineageDataset>& trained_on);

// Random bytes as a UUID of version 4 (RFC 9562, 5.4).
std::string uuid_of(std::span<std::byte, 16> random);

// Two lines, each with its end. `hub` names the namespace of jobs and datasets.
std::string lineage_events(std::string_view hub, const LineageRun& run);

// Any thread may call.
class Lineage {
 public:
  // An empty path: writes nothing.
  Lineage(world::Files& files, std::string path, std::string hub)
      : files_(files), path_(std::move(path)), hub_(std::move(hub)) {}

  bool is_on() const { return !path_.empty(); }
  // Ends a last line that a crash has left without its end, so that what reads the file need not
  // wait for the next event to know it. Makes no file. Errors: those of Files.
  Result<void> end_torn_line();
  // Appended and synced. Errors: those of Files.
  Result<void> append(const LineageRun& run);

 private:
  world::Files& files_;
  const std::string path_;
  const std::string hub_;
  std::mutex mutex_;
};

}  // namespace lineside::hub
