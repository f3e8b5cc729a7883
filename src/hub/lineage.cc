#include "hub/lineage.h"

#include <format>

#include "base/text.h"
#include "base/version.h"
#include "codec/json_writer.h"

namespace lineside::hub {

namespace {

constexpr std::string_view kSchema =
    "https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/RunEvent";
constexpr std::string_view kVersionFacet =
    "https://openlineage.io/spec/facets/1-0-1/DatasetVersionDatasetFacet.json"
    "#/$defs/DatasetVersionDatasetFacet";
constexpr std::string_view kJobTypeFacet =
    "https://openlineage.io/spec/facets/2-0-3/JobTypeJobFacet.json#/$defs/JobTypeJobFacet";

std::string producer() { return std::format("urn:lineside:hub:{}", kVersion); }

void open_facet(codec::JsonWriter& json, std::string_view name, std::string_view schema) {
  json.key(name).begin_object();
  json.member("_producer", producer()).member("_schemaURL", schema);
}

void write_dataset(codec::JsonWriter& json, std::string_view hub, const LineageDataset& dataset) {
  json.begin_object().member("namespace", hub).member("name", dataset.name);
  json.key("facets").begin_object();
  if (!dataset.version.empty()) {
    open_facet(json, "version", kVersionFacet);
    json.member("datasetVersion", dataset.version).end_object();
  }
  json.end_object().end_object();
}

std::string event(std::string_view hub, const LineageRun& run, std::string_view type) {
  codec::JsonWriter json;
  json.begin_object().member("eventType", type).member("eventTime", run.time);
  json.key("run").begin_object().member("runId", run.run_id).end_object();
  json.key("job").begin_object().member("namespace", hub);
  json.member("name", run.job).key("facets").begin_object();
  open_facet(json, "jobType", kJobTypeFacet);
  json.member("processingType", "BATCH").member("integration", "LINESIDE");
  json.member("jobType", run.job_type).end_object().end_object().end_object();
  json.key("inputs").begin_array();
  for (const LineageDataset& input : run.inputs) write_dataset(json, hub, input);
  json.end_array().key("outputs").begin_array();
  write_dataset(json, hub, run.output);
  json.end_array().member("producer", producer()).member("schemaURL", kSchema).end_object();
  return json.take() + "\n";
}

}  // namespace

LineageRun deployment_run(const std::string& pipeline, const std::string& version,
                          const domain::ModelVersionSpec& spec) {
  LineageRun run{.job = "deploy/" + pipeline, .job_type = "DEPLOYMENT"};
  run.inputs.push_back({"ModelVersion/" + version, spec.digest});
  for (const std::string& dataset : spec.trained_on)
    run.inputs.push_back({"Dataset/" + dataset, ""});
  run.output = {"Pipeline/" + pipeline, ""};
  return run;
}

LineageRun training_run(const std::string& version, const domain::ModelVersionSpec& spec,
                        const std::vector<LineageDataset>& trained_on) {
  LineageRun run{.job = "train/" + spec.model, .job_type = "TRAINING"};
  run.inputs = trained_on;
  run.output = {"ModelVersion/" + version, spec.digest};
  return run;
}

std::string uuid_of(std::span<std::byte, 16> random) {
  random[6] = (random[6] & std::byte{0x0f}) | std::byte{0x40};
  random[8] = (random[8] & std::byte{0x3f}) | std::byte{0x80};
  const std::string hex = to_hex(random);
  return std::format("{}-{}-{}-{}-{}", hex.substr(0, 8), hex.substr(8, 4), hex.substr(12, 4),
                     hex.substr(16, 4), hex.substr(20));
}

namespace {

// A power cut or a full disk has left the last line without its end.
Result<bool> is_torn(const world::File& file) {
  const std::uint64_t size = TRY(file.size());
  if (size == 0) return false;
  std::byte last{};
  return TRY(file.read_at(size - 1, {&last, 1})) == 1 && last != std::byte{'\n'};
}

}  // namespace

std::string lineage_events(std::string_view hub, const LineageRun& run) {
  return event(hub, run, "START") + event(hub, run, "COMPLETE");
}

Result<void> Lineage::end_torn_line() {
  if (path_.empty() || !files_.exists(path_)) return {};
  const std::lock_guard lock(mutex_);
  const auto file = TRY(files_.open(path_));
  if (!TRY(is_torn(*file))) return {};
  TRY(file->append(as_bytes(std::string_view("\n"))));
  return file->sync();
}

Result<void> Lineage::append(const LineageRun& run) {
  if (path_.empty()) return {};
  std::string text = lineage_events(hub_, run);
  const std::lock_guard lock(mutex_);
  const auto file = TRY(files_.open(path_));
  if (TRY(is_torn(*file))) text.insert(0, 1, '\n');
  TRY(file->append(as_bytes(text)));
  return file->sync();
}

}  // namespace lineside::hub
