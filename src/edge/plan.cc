#include "edge/plan.h"

#include <algorithm>
#include <format>
#include <set>

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

// Hidden files are editors' and version control's.
Result<std::vector<std::string>> manifest_paths(const world::Files& files,
                                                const std::string& folder) {
  std::vector<std::string> paths;
  for (const std::string& name : TRY(files.list(folder)))
    if (!name.starts_with(".") && (name.ends_with(".yaml") || name.ends_with(".yml")))
      paths.push_back(folder + "/" + name);
  return paths;
}

// Known before anything is read: what somebody has put there need not fit into memory. A file that
// is too large by itself is told by its name, and hides no other.
Result<void> check_bytes(const world::Files& files, const std::string& folder,
                         const std::vector<std::string>& paths) {
  std::uint64_t found = 0;
  for (const std::string& path : paths)
    if (const auto size = files.size(path); size && *size <= kManifestsBytesMax) found += *size;
  if (found <= kManifestsBytesMax) return {};
  return fail(Code::exhausted, std::format("{}: too much: expected at most {} bytes of manifests "
                                           "in all, found {}",
                                           folder, kManifestsBytesMax, found));
}

std::vector<codec::SourceFile> read_manifests(const PlanSources& sources,
                                              std::vector<std::string>& problems) {
  std::vector<codec::SourceFile> files;
  const std::string folder = folder_name(sources.folder);
  const auto paths = manifest_paths(sources.files, folder);
  const auto fits = paths ? check_bytes(sources.files, folder, *paths) : Result<void>();
  if (!paths || !fits) {
    problems.push_back(paths ? fits.error().text : paths.error().text);
    return files;
  }
  for (const std::string& path : *paths) {
    if (const auto size = sources.files.size(path); size && *size > kManifestsBytesMax)
      problems.push_back(
          std::format("{}: expected at most {} bytes, found {}", path, kManifestsBytesMax, *size));
    else if (const auto bytes = sources.files.read(path); bytes)
      files.push_back({path, std::string(as_text(*bytes))});
    else
      problems.push_back(bytes.error().text);
  }
  if (files.empty() && problems.empty() && !sources.may_be_empty)
    problems.push_back(folder + ": no manifests: expected *.yaml files, found none");
  return files;
}

// Collects what is wrong with one manifest beyond its text.
class Findings {
 public:
  Findings(const codec::ParsedConfig& parsed, domain::Place document, std::string what,
           std::vector<std::string>& out)
      : parsed_(parsed), document_(std::move(document)), what_(std::move(what)), out_(out) {}

  // True if there is nothing to add.
  template <class T>
  bool take(const std::string& path, const Result<T>& result) {
    if (!result) add(path, result.error().text);
    return result.has_value();
  }
  void add(const std::string& path, const std::string& text) {
    if (out_.size() > domain::kProblemsMax) return;
    const domain::Place place = parsed_.place_of(document_, path);
    out_.push_back(std::format("{}:{}:{}: {}: {}: {}", place.file, place.line, place.column, what_,
                               path, text));
  }

 private:
  const codec::ParsedConfig& parsed_;
  const domain::Place document_;
  const std::string what_;
  std::vector<std::string>& out_;
};

// The signature of the model, once its bytes are trusted and fit the pipeline.
Result<infer::Signature> open_model(const domain::Manifest<domain::PipelineSpec>& manifest,
                                    const PlanSources& sources, PlannedPipeline& out) {
  const domain::ModelSpec& model = *manifest.spec.model;
  const std::string path =
      model.file.starts_with("/") ? model.file : manifest.folder + "/" + model.file;
  out.model_path = path;
  auto bytes = std::make_shared<Bytes>(
      TRY(sources.read_model ? sources.read_model(path) : sources.files.read(path)));
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

template <domain::Described S>
void write_running(codec::JsonWriter& json, const S& object);
void write_running(codec::JsonWriter& json, const std::optional<domain::ModelSpec>& model) {
  if (model)
    write_running(json, *model);
  else
    json.null();
}

// What a pipeline does: its version does not depend on where the catalog places it.
template <domain::Described S>
void write_running(codec::JsonWriter& json, const S& object) {
  json.begin_object();
  domain::each_field<S>([&]<class M>(const domain::Field<S, M>& field) {
    if (field.catalog_only) return;
    json.key(field.name);
    if constexpr (std::is_same_v<M, std::optional<domain::ModelSpec>>)
      write_running(json, object.*field.member);
    else
      json.value(object.*field.member);
  });
  json.end_object();
}

// Of the model; those of pipelines without one are checked with their fields.
bool check_output(const std::string& path, const std::string& output,
                  const std::vector<std::string>& outputs, Findings& findings) {
  if (output.empty() || std::ranges::find(outputs, output) != outputs.end()) return true;
  std::string known;
  for (const std::string& one : outputs) known += (known.empty() ? "" : ", ") + one;
  findings.add(path, std::format("unknown output: expected one of {}, found '{}'",
                                 excerpt(known, 1000), excerpt(output, 60)));
  return false;
}

std::vector<const domain::PointSpec*> points_of(const domain::EdgeConfig& config) {
  std::vector<const domain::PointSpec*> points;
  for (const auto& connection : config.connections)
    for (const domain::MappingSpec& mapping : connection.spec.mappings)
      for (const domain::PointSpec& point : mapping.streams) points.push_back(&point);
  return points;
}

// The unit that the mappings of a stream agree on; empty: none, or they do not.
std::string unit_of(std::string_view stream, const domain::EdgeConfig& config) {
  std::set<std::string> units;
  for (const domain::PointSpec* point : points_of(config))
    if (point->stream == stream) units.insert(point->unit);
  return units.size() == 1 ? *units.begin() : "";
}

// Of a feature that is itself an output.
std::string unit_of(const domain::Feature& feature, const domain::PipelineSpec& spec,
                    const domain::EdgeConfig& config) {
  const std::string unit = unit_of(spec.streams[feature.column], config);
  switch (feature.statistic) {
    case domain::Statistic::count:
    case domain::Statistic::kurtosis:
      return "";
    case domain::Statistic::slope:
      if (unit.empty()) return "";
      return unit + (spec.windows[feature.window].duration ? "/s" : "/{frame}");
    default:
      return unit;
  }
}

// The pipeline; not to be used if there are findings.
PlannedPipeline plan_pipeline(const domain::Manifest<domain::PipelineSpec>& manifest,
                              const domain::EdgeConfig& config, const PlanSources& sources,
                              Findings& findings) {
  PlannedPipeline out;
  out.name = manifest.name;
  out.spec = manifest.spec;
  const bool flows = findings.take("spec", flow::PipelineFlow::create(manifest.spec));
  if (manifest.spec.model) {
    auto signature = open_model(manifest, sources, out);
    if (!findings.take("spec.model", signature)) return out;
    out.outputs = std::move(signature->outputs);
    out.units = std::move(signature->units);
  } else if (auto features = domain::expand_features(manifest.spec); features) {
    for (const domain::Feature& feature : *features) {
      out.outputs.push_back(feature.name);
      out.units.push_back(unit_of(feature, manifest.spec, config));
    }
  }
  if (!flows) return out;
  out.units.resize(out.outputs.size());
  bool known = true;
  for (std::size_t i = 0; i < out.spec.decisions.size(); ++i)
    known = check_output(std::format("spec.decisions[{}].output", i), out.spec.decisions[i].output,
                         out.outputs, findings) &&
            known;
  if (known) findings.take("spec.decisions", flow::Decider::create(manifest.spec, out.outputs));
  if (out.spec.risk) check_output("spec.risk.output", out.spec.risk->output, out.outputs, findings);
  codec::JsonWriter text;
  write_running(text, out.spec);
  text.value(out.model_digest);
  out.version = digest_of(as_bytes(text.text()));
  return out;
}

// What a connector would only find out once it is made: mappings that do not compile, files that
// are not there.
void check_connection(const domain::Manifest<domain::ConnectionSpec>& manifest,
                      const PlanSources& sources, Findings& findings) {
  const domain::ConnectionSpec& spec = manifest.spec;
  findings.take("spec.mappings",
                codec::PayloadMap::compile(spec.mappings, {}, [](const domain::StreamName&) {
                  return domain::kNoStream;
                }));
  const auto readable = [&](const std::string& path, const std::string& file) {
    if (file.empty()) return;
    const auto bytes =
        sources.files.read(file.starts_with("/") ? file : manifest.folder + "/" + file);
    if (!bytes) findings.add(path, "expected a readable file, found: " + bytes.error().text);
  };
  readable("spec.password_file", spec.password_file);
  if (!spec.tls) return;
  readable("spec.tls.ca_file", spec.tls->ca_file);
  readable("spec.tls.cert_file", spec.tls->cert_file);
  readable("spec.tls.key_file", spec.tls->key_file);
}

// Whether all streams that connections map are known: no text was lost that could map one.
bool knows_streams(const codec::ParsedConfig& parsed) {
  const auto hides = [](const domain::Problem& problem) {
    const std::string_view path = problem.path;
    const std::string_view last = path.substr(path.rfind('.') + 1);
    const std::string_view name = last.substr(0, last.find('['));
    return name.empty() || name == "kind" || name == "spec" || name == "mappings" ||
           name == "streams" || name == "stream";
  };
  const auto is_of = [&](const auto& manifest, const domain::Problem& problem) {
    const auto own = parsed.problems_of(manifest.place);
    return std::ranges::find(own, &problem) != own.end();
  };
  return std::ranges::none_of(parsed.problems, [&](const domain::Problem& problem) {
    const auto owns = [&](const auto& manifest) { return is_of(manifest, problem); };
    return hides(problem) && std::ranges::none_of(parsed.config.pipelines, owns) &&
           std::ranges::none_of(parsed.config.contracts, owns);
  });
}

// A pipeline over a stream that nothing delivers would wait for it for ever.
void check_streams(const domain::Manifest<domain::PipelineSpec>& pipeline,
                   const domain::EdgeConfig& config, Findings& findings) {
  std::vector<std::string_view> mapped;
  for (const domain::PointSpec* point : points_of(config)) mapped.push_back(point->stream);
  for (std::size_t i = 0; i < pipeline.spec.streams.size(); ++i) {
    const std::string& stream = pipeline.spec.streams[i];
    if (std::ranges::find(mapped, stream) != mapped.end()) continue;
    const auto near = nearest(stream, mapped);
    findings.add(
        std::format("spec.streams[{}]", i),
        std::format("no connection maps it: expected {}, found '{}'",
                    near ? "'" + std::string(*near) + "' perhaps" : "a mapped stream", stream));
  }
}

// Every page is told the problems and every reload logs them, so they stay within some 200 KB.
void shorten(std::vector<std::string>& problems, bool more) {
  constexpr std::size_t kLineMax = 1000;
  const std::size_t found = problems.size();
  problems.resize(std::min(found, kProblemsMax));
  for (std::string& line : problems)
    if (line.size() > kLineMax) line = excerpt(line, kLineMax);
  if (found > kProblemsMax)
    problems.push_back(
        std::format("and {}{} more problems", more ? "at least " : "", found - kProblemsMax));
}

// What the texts of the manifests do not show: whether mappings, models and streams fit.
void check_parts(const codec::ParsedConfig& parsed, const PlanSources& sources, bool all_files,
                 std::vector<std::string>& problems, Plan& plan) {
  const bool streams_known = all_files && knows_streams(parsed);
  for (const auto& manifest : parsed.config.connections) {
    Findings findings(parsed, manifest.place, "connection " + manifest.name, problems);
    if (parsed.sound(manifest.place)) check_connection(manifest, sources, findings);
  }
  for (const auto& manifest : parsed.config.pipelines) {
    Findings findings(parsed, manifest.place, "pipeline " + manifest.name, problems);
    if (streams_known) check_streams(manifest, parsed.config, findings);
    if (!parsed.sound(manifest.place)) continue;
    plan.pipelines.push_back(plan_pipeline(manifest, parsed.config, sources, findings));
  }
}

}  // namespace

std::size_t PlannedPipeline::output(const std::string& output_name) const {
  if (output_name.empty()) return 0;
  const auto it = std::ranges::find(outputs, output_name);
  CHECK(it != outputs.end());
  return static_cast<std::size_t>(it - outputs.begin());
}

bool same_rows(const PlannedPipeline& a, const PlannedPipeline& b) {
  return a.spec.assets == b.spec.assets &&
         domain::feature_definition(a.spec) == domain::feature_definition(b.spec);
}

const domain::ContractSpec* Plan::contract_for(const std::string& asset) const {
  for (const auto& contract : config.contracts)
    if (glob_match(contract.spec.assets, asset)) return &contract.spec;
  return nullptr;
}

std::string_view Plan::title_of(std::string_view asset, std::string_view stream) const {
  for (const auto& connection : config.connections)
    if (const auto* point = domain::point_of(connection.spec, asset, stream)) return point->title;
  return {};
}

namespace {

// `out` has the manifests, and what is wrong with reading them.
LoadedPlan plan_of(const PlanSources& sources, LoadedPlan out) {
  codec::ParsedConfig parsed = codec::parse_config(out.manifests);
  for (const domain::Problem& problem : parsed.problems)
    out.problems.push_back(domain::to_text(problem));

  // What is broken already is not looked at further: what follows from it says nothing new. With
  // more problems than are told it is not known what is broken.
  auto plan = std::make_shared<Plan>();
  const bool all_files = out.problems.size() == parsed.problems.size();
  if (!parsed.more_problems) check_parts(parsed, sources, all_files, out.problems, *plan);
  if (!out.problems.empty()) {
    shorten(out.problems, out.problems.size() > domain::kProblemsMax || parsed.more_problems);
    return out;
  }
  std::string revision;
  for (const auto& file : out.manifests) revision += file.path + "\n" + file.text + "\n";
  for (const PlannedPipeline& pipeline : plan->pipelines) revision += pipeline.model_digest + "\n";
  plan->revision = digest_of(as_bytes(revision));
  plan->config = std::move(parsed.config);
  out.plan = std::move(plan);
  return out;
}

}  // namespace

LoadedPlan load_plan(const PlanSources& sources) {
  LoadedPlan out;
  out.manifests = read_manifests(sources, out.problems);
  return plan_of(sources, std::move(out));
}

LoadedPlan load_plan(const PlanSources& sources, std::vector<codec::SourceFile> manifests) {
  LoadedPlan out;
  out.manifests = std::move(manifests);
  return plan_of(sources, std::move(out));
}

std::string text_of(const std::vector<std::string>& problems) {
  std::string text = std::format("{} problem{} in the configuration", problems.size(),
                                 problems.size() == 1 ? "" : "s");
  for (const std::string& problem : problems) text += "\n" + problem;
  return text;
}

std::string folder_name(std::string folder) {
  while (folder.size() > 1 && folder.ends_with('/')) folder.pop_back();
  return folder;
}

}  // namespace lineside::edge
