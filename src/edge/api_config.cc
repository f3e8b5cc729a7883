#include <limits>

#include "edge/api_internal.h"

namespace lineside::edge {

namespace {

void write_decisions(codec::JsonWriter& json, const PlannedPipeline& pipeline) {
  json.key("decisions").begin_array();
  for (const domain::DecisionSpec& decision : pipeline.spec.decisions) {
    json.begin_object().member("name", decision.name);
    json.member("output", pipeline.outputs[pipeline.output(decision.output)]);
    json.member("when", decision.when).member("threshold", decision.threshold);
    json.member("clear", decision.clear).member("k", decision.k).member("n", decision.n);
    json.member("severity", decision.severity).end_object();
  }
  json.end_array();
}

void write_connection(codec::JsonWriter& json,
                      const domain::Manifest<domain::ConnectionSpec>& manifest) {
  const domain::ConnectionSpec& spec = manifest.spec;
  json.begin_object().member("name", manifest.name).member("protocol", spec.protocol);
  json.member("address", spec.address).member("tls", spec.tls.has_value());
  json.member("user", spec.user).member("qos", spec.qos).key("topics").begin_array();
  for (const domain::MappingSpec& mapping : spec.mappings) json.value(mapping.topic);
  json.end_array().end_object();
}

void write_contract(codec::JsonWriter& json,
                    const domain::Manifest<domain::ContractSpec>& manifest) {
  const domain::ContractSpec& spec = manifest.spec;
  json.begin_object().member("name", manifest.name).member("assets", spec.assets);
  json.member("owner", spec.owner).member("classification", spec.classification);
  json.member("retention", spec.retention).member("residency", spec.residency);
  json.key("streams").begin_array();
  for (const domain::StreamRule& rule : spec.streams) json.value(rule.stream);
  json.end_array().end_object();
}

void write_plan(codec::JsonWriter& json, const Plan& plan) {
  json.key("pipelines").begin_array();
  for (const PlannedPipeline& pipeline : plan.pipelines) {
    json.begin_object();
    write_pipeline(json, pipeline);
    json.member("assets", pipeline.spec.assets);
    json.end_object();
  }
  json.end_array().key("connections").begin_array();
  for (const auto& manifest : plan.config.connections) write_connection(json, manifest);
  json.end_array().key("contracts").begin_array();
  for (const auto& manifest : plan.config.contracts) write_contract(json, manifest);
  json.end_array();
}

}  // namespace

void write_pipeline(codec::JsonWriter& json, const PlannedPipeline& pipeline) {
  json.member("name", pipeline.name).member("title", pipeline.spec.title);
  json.member("version", pipeline.version).key("model");
  if (pipeline.spec.model) {
    json.begin_object().member("file", pipeline.spec.model->file);
    json.member("digest", pipeline.model_digest).end_object();
  } else {
    json.null();
  }
  json.member("outputs", pipeline.outputs).member("lateness", pipeline.spec.join.lateness);
  json.member("missing", pipeline.spec.join.missing).member("streams", pipeline.spec.streams);
  write_decisions(json, pipeline);
}

ApiAnswer show_status(const ApiCall& call) {
  codec::JsonWriter json;
  json.begin_object();
  call.sources.write_status(json, std::numeric_limits<std::size_t>::max());
  json.end_object();
  return json_response(200, json);
}

ApiAnswer show_rejects(const ApiCall& call) {
  codec::JsonWriter json;
  const std::optional<Time> since = TRY(call.sources.db.state()).created;
  json.begin_object().key("rejects").begin_array();
  for (const store::RejectCount& reject : TRY(call.sources.db.rejects())) {
    json.begin_object().member("connection", reject.connection).member("reason", reject.reason);
    json.member("since", since).member("count", reject.count).member("last", reject.last);
    json.member("sample", reject.sample).end_object();
  }
  json.end_array().end_object();
  return json_response(200, json);
}

ApiAnswer show_config(const ApiCall& call) {
  const ConfigState state = call.sources.config();
  const auto plan = call.sources.live.plan();
  if (!plan) return fail(Code::unavailable, "the edge is starting: no configuration is loaded yet");
  codec::JsonWriter json;
  json.begin_object().member("revision", plan->revision).member("loaded", state.loaded);
  json.member("folder", state.folder).member("follows_hub", state.follows_hub);
  json.member("state", state.standing).member("last_good", state.last_good);
  json.member("problems", state.problems);
  write_plan(json, *plan);
  json.end_object();
  return json_response(200, json);
}

ApiAnswer reload_config(const ApiCall& call) {
  const Reloaded reloaded = TRY(call.sources.reload());
  codec::JsonWriter json;
  json.begin_object();
  if (reloaded.problems.empty()) {
    json.member("revision", reloaded.revision).member("changed", reloaded.changed).end_object();
    return json_response(200, json);
  }
  json.key("error").begin_object().member("code", "invalid");
  json.member("text", "the configuration has problems; the one in force stays").end_object();
  json.member("problems", reloaded.problems).end_object();
  return json_response(422, json);
}

ApiAnswer show_metrics(const ApiCall& call) {
  net::HttpResponse response;
  response.headers = {{"Content-Type", "text/plain; version=0.0.4; charset=utf-8"},
                      {"Cache-Control", "no-store"}};
  response.body = call.sources.metrics_text();
  return response;
}

}  // namespace lineside::edge
