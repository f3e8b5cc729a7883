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

void write_dataset(codec::JsonWriter& json, std::string_view hub, const std::string& name,
                   const std::string& version) {
  json.begin_object().member("namespace", hub).member("name", name);
  json.key("facets").begin_object();
  if (!version.empty()) {
    open_facet(json, "version", kVersionFacet);
    json.member("datasetVersion", version).end_object();
  }
  json.end_object().end_object();
}

std::string event(std::string_view hub, const Deployment& deployment, std::string_view type) {
  codec::JsonWriter json;
  json.begin_object().member("eventType", type).member("eventTime", deployment.time);
  json.key("run").begin_object().member("runId", deployment.run_id).end_object();
  json.key("job").begin_object().member("namespace", hub);
  json.member("name", "deploy/" + deployment.pipeline).key("facets").begin_object();
  open_facet(json, "jobType", kJobTypeFacet);
  json.member("processingType", "BATCH").member("integration", "LINESIDE");
  json.member("jobType", "DEPLOYMENT").end_object().end_object().end_object();
  json.key("inputs").begin_array();
  write_dataset(json, hub, "ModelVersion/" + deployment.version, deployment.digest);
  for (const std::string& dataset : deployment.trained_on)
    write_dataset(json, hub, "Dataset/" + dataset, "");
  json.end_array().key("outputs").begin_array();
  write_dataset(json, hub, "Pipeline/" + deployment.pipeline, "");
  json.end_array().member("producer", producer()).member("schemaURL", kSchema).end_object();
  return json.take() + "\n";
}

}  // namespace

std::string uuid_of(std::span<std::byte, 16> random) {
  random[6] = (random[6] & std::byte{0x0f}) | std::byte{0x40};
  random[8] = (random[8] & std::byte{0x3f}) | std::byte{0x80};
  const std::string hex = to_hex(random);
  return std::format("{}-{}-{}-{}-{}", hex.substr(0, 8), hex.substr(8, 4), hex.substr(12, 4),
                     hex.substr(16, 4), hex.substr(20));
}

std::string lineage_events(std::string_view hub, const Deployment& deployment) {
  return event(hub, deployment, "START") + event(hub, deployment, "COMPLETE");
}

Result<void> Lineage::append(const Deployment& deployment) {
  if (path_.empty()) return {};
  const std::string text = lineage_events(hub_, deployment);
  const std::lock_guard lock(mutex_);
  const auto file = TRY(files_.open(path_));
  TRY(file->append(as_bytes(text)));
  return file->sync();
}

}  // namespace lineside::hub
