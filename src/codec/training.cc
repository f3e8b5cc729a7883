#include "codec/training.h"

#include "codec/yaml_internal.h"

namespace lineside::codec {

namespace {

using domain::Problem;

// Reads `node` into a manifest and hands it to `keep` if its fields are sound.
template <class Spec, class Keep>
void read_manifest(const YAML::Node& node, YamlWalk& walk, const std::string& path, Keep&& keep) {
  const YAML::Node version = node["apiVersion"];
  if (!version.IsDefined() || !version.IsScalar() || version.Scalar() != domain::kApiVersion)
    walk.problem(version.IsDefined() ? version : node, "apiVersion", "wrong value",
                 std::string(domain::kApiVersion),
                 version.IsDefined() && version.IsScalar()
                     ? "'" + excerpt(version.Scalar(), 60) + "'"
                     : "nothing");
  const YAML::Node name = node["name"];
  if (!name.IsDefined() || !name.IsScalar())
    return walk.problem(node, "name", "missing field", "a name", "nothing");
  if (!node["spec"].IsDefined())
    return walk.problem(node, "spec", "missing field", "a map", "nothing");
  const std::size_t slash = path.rfind('/');
  domain::Manifest<Spec> manifest;
  manifest.name = name.Scalar();
  manifest.folder = slash == std::string::npos ? "." : path.substr(0, slash);
  manifest.place = walk.place(node);
  walk.remember("spec", node["spec"]);
  if (walk.read(node["spec"], "spec", manifest.spec)) keep(std::move(manifest));
}

// The pipeline's problems apart from those with connections, which other files may hold.
std::vector<Problem> check_alone(domain::Manifest<domain::PipelineSpec> pipeline) {
  pipeline.spec.publish.reset();
  domain::EdgeConfig config;
  config.pipelines.push_back(std::move(pipeline));
  return domain::check(config);
}

}  // namespace

ParsedTraining parse_training(const SourceFile& file) {
  ParsedTraining out;
  for (const YAML::Node& node : load_documents(file.path, file.text, out.problems)) {
    if (!node.IsMap() || !node["kind"].IsDefined() || !node["kind"].IsScalar()) continue;
    YamlWalk walk(file.path, out.problems);
    const std::string kind = node["kind"].Scalar();
    std::vector<Problem> found;
    if (kind == "Training")
      read_manifest<domain::TrainingSpec>(node, walk, file.path, [&](auto manifest) {
        found = domain::check(manifest);
        out.trainings.push_back(std::move(manifest));
      });
    if (kind == "Pipeline")
      read_manifest<domain::PipelineSpec>(node, walk, file.path, [&](auto manifest) {
        found = check_alone(manifest);
        out.pipelines.push_back(std::move(manifest));
      });
    for (Problem& problem : found) {
      problem.place = nearest_place(walk.places(), problem.path, problem.place);
      out.problems.push_back(std::move(problem));
    }
  }
  return out;
}

}  // namespace lineside::codec
