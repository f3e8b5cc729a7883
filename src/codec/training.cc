#include "codec/training.h"

#include "codec/tree_walk.h"

namespace lineside::codec {

namespace {

using domain::Problem;

// Reads a document into a manifest and hands it to `keep` if its fields are sound.
template <class Spec, class Keep>
void read_manifest(const Tree& tree, TreeWalk& walk, Keep&& keep) {
  const TreeNode& root = tree.root();
  const TreeNode* version = tree.find(root, "apiVersion");
  if (!version || !version->is_scalar() || version->text != domain::kApiVersion)
    walk.problem(version ? *version : root, {nullptr, "apiVersion"}, "wrong value",
                 std::string(domain::kApiVersion),
                 version && version->is_scalar() ? TreeWalk::shown(*version) : "nothing");
  const TreeNode* name = tree.find(root, "name");
  if (!name || !name->is_scalar())
    return walk.problem(root, {nullptr, "name"}, "missing field", "a name", "nothing");
  const TreeNode* spec = tree.find(root, "spec");
  if (!spec) return walk.problem(root, {nullptr, "spec"}, "missing field", "a map", "nothing");
  const std::size_t slash = tree.file().rfind('/');
  domain::Manifest<Spec> manifest;
  manifest.name = name->text;
  manifest.folder = slash == std::string::npos ? "." : tree.file().substr(0, slash);
  manifest.place = tree.place(root);
  if (walk.read(*spec, {nullptr, "spec"}, manifest.spec)) keep(std::move(manifest));
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
  for (const Tree& tree : Tree::from_yaml(file.text, file.path, out.problems)) {
    const TreeNode* kind = tree.find(tree.root(), "kind");
    if (!kind || !kind->is_scalar()) continue;
    TreeWalk walk(tree, out.problems);
    std::vector<Problem> found;
    if (kind->text == "Training")
      read_manifest<domain::TrainingSpec>(tree, walk, [&](auto manifest) {
        found = domain::check(manifest);
        out.trainings.push_back(std::move(manifest));
      });
    if (kind->text == "Pipeline")
      read_manifest<domain::PipelineSpec>(tree, walk, [&](auto manifest) {
        found = check_alone(manifest);
        out.pipelines.push_back(std::move(manifest));
      });
    for (Problem& problem : found) {
      if (problem.path.starts_with("spec"))
        problem.place = tree.place(tree.nearest(tree.root(), problem.path));
      out.problems.push_back(std::move(problem));
    }
  }
  return out;
}

}  // namespace lineside::codec
