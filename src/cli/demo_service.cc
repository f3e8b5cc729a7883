#include "cli/demo_service.h"

#include <algorithm>
#include <format>

#include "base/text.h"
#include "cli/answer.h"
#include "cli/demo_hub.h"
#include "codec/json_writer.h"
#include "crypt/digest.h"
#include "domain/models.h"
#include "domain/places.h"
#include "world/files.h"

namespace lineside::cli {

namespace {

constexpr std::string_view kYaml = "application/yaml";
constexpr std::string_view kBytes = "application/octet-stream";
constexpr std::string_view kSite = "plant";

struct DemoModel {
  std::string_view name;  // also of its files
  std::string_view pipeline;
  std::string_view title;
  std::string_view task;
};
constexpr DemoModel kModels[] = {
    {"compressor-rul", "compressor/pipeline.yaml", "Compressor health", "remaining life"},
    {"machine-health", "machine/pipeline.yaml", "Machine health", "anomaly"}};

Result<std::string> read_service_text(const std::string& path) {
  return std::string(as_text(TRY(world::system_files().read(path))));
}

// Once, and nowhere else.
Result<void> replace(std::string& text, std::string_view what, std::string_view with,
                     std::string_view file) {
  const std::size_t at = text.find(what);
  if (at == std::string::npos) return invalid(std::format("{}: expected '{}'", file, what));
  text.replace(at, what.size(), with);
  return {};
}

template <class Spec>
void add_object(codec::JsonWriter& json, std::string_view kind, std::string_view name,
                const Spec& spec) {
  json.begin_object().member("apiVersion", "lineside/v1").member("kind", kind);
  json.member("name", name).member("spec", spec).end_object();
}

Result<void> upload_bytes(HubClient& engineer, const std::string& digest, std::string bytes) {
  TRY(engineer.send({"POST",
                     std::format("/api/v1/artifacts?digest={}&media_type={}", digest, kBytes),
                     {},
                     std::move(bytes)},
                    std::string(kBytes)));
  return {};
}

std::string digest_name(std::string_view bytes) {
  return "sha256:" + crypt::sha256_hex(as_bytes(bytes));
}

std::vector<std::string> names_in(const Answer& report, std::string_view list) {
  std::vector<std::string> names;
  for (const codec::TreeNode* item : report.items(report.root(), list))
    names.push_back(report.text(*item, "name"));
  return names;
}

domain::DatasetSpec dataset_of(const Answer& report, const DemoModel& model) {
  domain::DatasetSpec spec{.title = std::format("Recording for {}", model.title),
                           .site = std::string(kSite)};
  const auto* from = report.find(report.root(), "data");
  if (from == nullptr) return spec;
  for (const codec::TreeNode* file : report.items(*from, "files")) {
    spec.digest = "sha256:" + report.text(*file, "sha256");
    spec.location = "demo: " + report.text(*file, "name");
  }
  if (const auto rows = to_number(report.text(*from, "rows")))
    spec.rows = static_cast<std::int64_t>(*rows);
  return spec;
}

Result<DemoVersion> publish_model(HubClient& engineer, const DemoModel& model,
                                  const DemoSources& sources) {
  const std::string stem = std::format("{}/{}", sources.models_folder, model.name);
  std::string bytes = TRY(read_service_text(stem + ".onnx"));
  std::string text = TRY(read_service_text(stem + ".report.json"));
  const Answer report = TRY(Answer::parse(text));
  DemoVersion version;
  version.digest = digest_name(bytes);
  version.name = std::format("{}:{}", model.name, version.digest.substr(7, 12));
  const std::string recording = std::format("{}-recording", model.name);
  domain::ModelVersionSpec spec{.model = std::string(model.name),
                                .digest = version.digest,
                                .author = std::string(kEngineer),
                                .report = digest_name(text),
                                .inputs = names_in(report, "features"),
                                .outputs = names_in(report, "outputs"),
                                .trained_on = {recording},
                                .revision = report.text(report.root(), "code_revision")};
  if (const auto seed = to_number(report.text(report.root(), "seed")))
    spec.seed = static_cast<std::int64_t>(*seed);
  TRY(upload_bytes(engineer, spec.report, std::move(text)));
  TRY(upload_bytes(engineer, version.digest, std::move(bytes)));
  codec::JsonWriter json;
  json.begin_object().key("items").begin_array();
  add_object(json, "Dataset", recording, dataset_of(report, model));
  add_object(json, "Model", model.name,
             domain::CatalogModelSpec{.title = std::string(model.title),
                                      .task = std::string(model.task),
                                      .owner = std::string(kEngineer),
                                      .site = std::string(kSite)});
  add_object(json, "ModelVersion", version.name, spec);
  json.end_array().end_object();
  TRY(engineer.send("POST", "/api/v1/apply", json.take()));
  version.pipeline =
      TRY(read_service_text(std::format("{}/{}", sources.demo_folder, model.pipeline)));
  TRY(replace(version.pipeline, std::format("file: {}.onnx", model.name),
              std::format("version: \"{}\"", version.name), model.pipeline));
  return version;
}

// Of the approvals that are about these very bytes, the newest; waiting where it is only asked for.
Result<std::optional<Approved>> asked(HubClient& client, const DemoVersion& version) {
  const Answer answer = TRY(Answer::parse(TRY(client.get("/api/v1/approvals"))));
  for (const codec::TreeNode* item : answer.items(answer.root())) {
    if (answer.text(*item, "name") != version.name ||
        answer.text(*item, "digest") != version.digest)
      continue;
    const std::string state = answer.text(*item, "state");
    if (state == "approved") return std::optional(Approved::yes);
    return std::optional(state == "rejected" ? Approved::rejected : Approved::waiting);
  }
  return std::optional<Approved>();
}

}  // namespace

Result<void> publish_plant(HubClient& engineer, const std::string& demo_folder,
                           const std::string& broker) {
  codec::JsonWriter json;
  json.begin_object().key("items").begin_array();
  add_object(json, "Site", kSite, domain::SiteSpec{.title = "Demo plant"});
  json.end_array().end_object();
  TRY(engineer.send("POST", "/api/v1/apply", json.take()));
  const std::string file = "plant/connection.yaml";
  std::string manifests = TRY(read_service_text(demo_folder + "/" + file));
  TRY(replace(manifests, "127.0.0.1:1883", broker, file));
  manifests += "---\n" + TRY(read_service_text(demo_folder + "/plant/contracts.yaml"));
  TRY(engineer.send({"POST", "/api/v1/apply", {}, std::move(manifests)}, std::string(kYaml)));
  return {};
}

Result<std::vector<DemoVersion>> publish_models(HubClient& engineer, const DemoSources& sources) {
  std::vector<DemoVersion> versions;
  for (const DemoModel& model : kModels) {
    versions.push_back(TRY(publish_model(engineer, model, sources)));
    if (TRY(asked(engineer, versions.back()))) continue;
    codec::JsonWriter json;
    json.begin_object().member("model_version", versions.back().name);
    json.member("reason", std::format("{} of the demo plant", model.title)).end_object();
    TRY(engineer.send("POST", "/api/v1/approvals", json.take()));
  }
  return versions;
}

Result<Approved> approval_of(HubClient& client, const std::vector<DemoVersion>& versions) {
  Approved worst = Approved::yes;
  for (const DemoVersion& version : versions) {
    const Approved one = TRY(asked(client, version)).value_or(Approved::waiting);
    if (one == Approved::rejected) return one;
    if (one == Approved::waiting) worst = one;
  }
  return worst;
}

Result<std::size_t> approve_all(HubClient& reviewer) {
  const Answer answer = TRY(Answer::parse(TRY(reviewer.get("/api/v1/approvals?state=requested"))));
  std::size_t approved = 0;
  for (const codec::TreeNode* item : answer.items(answer.root())) {
    codec::JsonWriter json;
    json.begin_object().member("decision", "approved");
    json.member("digest", answer.text(*item, "digest"));
    json.member("reason", "the evaluation report is within its limits").end_object();
    TRY(reviewer.send("POST", api_path({"approvals", answer.text(*item, "id"), "decision"}),
                      json.take()));
    ++approved;
  }
  return approved;
}

Result<void> put_into_service(HubClient& engineer, const std::vector<DemoVersion>& versions) {
  std::string manifests;
  for (const DemoVersion& version : versions)
    manifests += (manifests.empty() ? "" : "---\n") + version.pipeline;
  TRY(engineer.send({"POST", "/api/v1/apply", {}, std::move(manifests)}, std::string(kYaml)));
  return {};
}

Result<bool> in_service(HubClient& client, const std::string& edge,
                        const std::vector<DemoVersion>& versions) {
  const Answer answer = TRY(Answer::parse(TRY(client.get(api_path({"edges", edge})))));
  const auto* reported = answer.find(answer.root(), "reported");
  const auto* runs = reported == nullptr ? nullptr : answer.find(*reported, "runs");
  if (runs == nullptr) return false;
  const auto pipelines = answer.items(*runs, "pipelines");
  return std::ranges::all_of(versions, [&](const DemoVersion& version) {
    return std::ranges::any_of(pipelines, [&](const codec::TreeNode* pipeline) {
      return version.digest.ends_with(answer.text(*pipeline, "model_digest")) &&
             !answer.text(*pipeline, "model_digest").empty();
    });
  });
}

}  // namespace lineside::cli
