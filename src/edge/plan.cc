#include "edge/plan.h"

#include <algorithm>
#include <format>

#include "base/check.h"
#include "base/text.h"
#include "codec/json_writer.h"
#include "codec/manifest.h"
#include "codec/payload.h"
#include "crypt/digest.h"
#include "flow/decide.h"
#include "flow/pipeline_flow.h"
#include "infer/admission.h"
#include "infer/runner.h"

namespace lineside::edge {

namespace {

std::string digest_of(ByteView bytes) { return "sha256:" + crypt::sha256_hex(bytes); }

Result<std::vector<codec::SourceFile>> read_manifests(const PlanSources& sources) {
  std::vector<codec::SourceFile> files;
  for (const std::string& name : TRY(sources.files.list(sources.folder))) {
    if (!name.ends_with(".yaml") && !name.ends_with(".yml")) continue;
    const std::string path = sources.folder + "/" + name;
    const Bytes bytes = TRY(sources.files.read(path));
    files.push_back({path, std::string(as_text(bytes))});
  }
  return files;
}

// The signature of the model, once its bytes are trusted and fit the pipeline.
Result<infer::Signature> open_model(const domain::Manifest<domain::PipelineSpec>& manifest,
                                    const PlanSources& sources, PlannedPipeline& out) {
  const domain::ModelSpec& model = *manifest.spec.model;
  const std::string path =
      model.file.starts_with("/") ? model.file : manifest.folder + "/" + model.file;
  auto bytes = std::make_shared<Bytes>(TRY(sources.files.read(path)));
  out.model_digest = digest_of(*bytes);
  if (!model.digest.empty() && model.digest != out.model_digest)
    return fail(Code::conflict, std::format("{}: expected digest {}, found {}", path, model.digest,
                                            out.model_digest));
  if (sources.admit) TRY_WITH(sources.admit(path, *bytes), path);
  const auto runner = TRY_WITH(infer::open_onnx(*bytes), path);
  TRY_WITH(infer::check_signature(manifest.spec, runner->signature()), path);
  out.model = std::move(bytes);
  return runner->signature();
}

Result<PlannedPipeline> plan_pipeline(const domain::Manifest<domain::PipelineSpec>& manifest,
                                      const PlanSources& sources) {
  PlannedPipeline out;
  out.name = manifest.name;
  out.spec = manifest.spec;
  TRY(flow::PipelineFlow::create(manifest.spec));
  if (manifest.spec.model) {
    infer::Signature signature = TRY(open_model(manifest, sources, out));
    out.outputs = std::move(signature.outputs);
    out.units = std::move(signature.units);
  } else {
    for (const domain::Feature& feature : TRY(domain::expand_features(manifest.spec)))
      out.outputs.push_back(feature.name);
  }
  out.units.resize(out.outputs.size());
  TRY(flow::Decider::create(manifest.spec, out.outputs));
  if (out.spec.risk && !out.spec.risk->output.empty() &&
      std::ranges::find(out.outputs, out.spec.risk->output) == out.outputs.end())
    return invalid(std::format("spec.risk.output: expected an output of the model, found '{}'",
                               out.spec.risk->output));
  codec::JsonWriter text;
  text.value(out.spec).value(out.model_digest);
  out.version = digest_of(as_bytes(text.text()));
  return out;
}

// What a connector would only find out once it is made: mappings that do not compile, files that
// are not there.
void check_connection(const domain::Manifest<domain::ConnectionSpec>& manifest,
                      const PlanSources& sources, std::vector<std::string>& problems) {
  const auto add = [&](const std::string& text) {
    problems.push_back(std::format("{}:{}: connection {}: {}", manifest.place.file,
                                   manifest.place.line, manifest.name, text));
  };
  const domain::ConnectionSpec& spec = manifest.spec;
  const auto compiled = codec::PayloadMap::compile(
      spec.mappings, {}, [](const domain::StreamName&) { return domain::kNoStream; });
  if (!compiled) add(compiled.error().text);
  const auto readable = [&](std::string_view field, const std::string& file) {
    if (file.empty()) return;
    const auto bytes =
        sources.files.read(file.starts_with("/") ? file : manifest.folder + "/" + file);
    if (!bytes)
      add(std::format("spec.{}: expected a readable file, found: {}", field, bytes.error().text));
  };
  readable("password_file", spec.password_file);
  if (!spec.tls) return;
  readable("tls.ca_file", spec.tls->ca_file);
  readable("tls.cert_file", spec.tls->cert_file);
  readable("tls.key_file", spec.tls->key_file);
}

}  // namespace

std::size_t PlannedPipeline::output(const std::string& output_name) const {
  if (output_name.empty()) return 0;
  const auto it = std::ranges::find(outputs, output_name);
  CHECK(it != outputs.end());
  return static_cast<std::size_t>(it - outputs.begin());
}

const domain::ContractSpec* Plan::contract_for(const std::string& asset) const {
  for (const auto& contract : config.contracts)
    if (glob_match(contract.spec.assets, asset)) return &contract.spec;
  return nullptr;
}

LoadedPlan load_plan(const PlanSources& sources) {
  LoadedPlan out;
  auto files = read_manifests(sources);
  if (!files) {
    out.problems.push_back(files.error().text);
    return out;
  }
  if (files->empty())
    out.problems.push_back(sources.folder + ": no manifests: expected *.yaml files, found none");
  codec::ParsedConfig parsed = codec::parse_config(*files);
  for (const domain::Problem& problem : parsed.problems)
    out.problems.push_back(domain::to_text(problem));
  if (!out.problems.empty()) return out;

  auto plan = std::make_shared<Plan>();
  for (const auto& manifest : parsed.config.connections)
    check_connection(manifest, sources, out.problems);
  std::string revision;
  for (const auto& file : *files) revision += file.path + "\n" + file.text + "\n";
  for (const auto& manifest : parsed.config.pipelines) {
    auto planned = plan_pipeline(manifest, sources);
    if (!planned) {
      out.problems.push_back(std::format("{}:{}: pipeline {}: {}", manifest.place.file,
                                         manifest.place.line, manifest.name, planned.error().text));
      continue;
    }
    revision += planned->model_digest + "\n";
    plan->pipelines.push_back(std::move(*planned));
  }
  if (!out.problems.empty()) return out;
  plan->revision = digest_of(as_bytes(revision));
  plan->config = std::move(parsed.config);
  out.plan = std::move(plan);
  return out;
}

}  // namespace lineside::edge
