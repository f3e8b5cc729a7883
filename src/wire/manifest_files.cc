#include "wire/manifest_files.h"

#include <format>
#include <set>

#include "codec/canonical.h"
#include "codec/catalog.h"
#include "domain/pipeline.h"

namespace lineside::wire {

namespace {

// The model's place is ours to say; which one it is was signed.
Result<std::string> local_spec(const DesiredManifest& manifest,
                               const std::set<std::string>& artifacts) {
  if (manifest.kind != domain::Kind::pipeline) return manifest.spec;
  auto pipeline = codec::read_spec<domain::PipelineSpec>(manifest.spec);
  if (!pipeline) return pipeline.error().with("pipeline " + manifest.name);
  if (!pipeline->model) return manifest.spec;
  const std::string& digest = pipeline->model->digest;
  if (!artifacts.contains(digest))
    return fail(Code::corrupt, std::format("mixed: pipeline {} needs {}, which is no artifact of "
                                           "this state",
                                           manifest.name, digest));
  pipeline->model->file = "../artifacts/" + digest.substr(digest.find(':') + 1);
  return codec::canonical_json(*pipeline);
}

bool is_ours(domain::Kind kind) {
  return kind == domain::Kind::connection || kind == domain::Kind::contract ||
         kind == domain::Kind::pipeline;
}

}  // namespace

Result<std::vector<ManifestFile>> manifest_files(const DesiredContent& content) {
  std::set<std::string> artifacts;
  for (const DesiredArtifact& artifact : content.artifacts) artifacts.insert(artifact.digest);
  std::vector<ManifestFile> files;
  for (const DesiredManifest& manifest : content.manifests) {
    // The name becomes a file's.
    if (!is_ours(manifest.kind) || !domain::is_object_name(manifest.kind, manifest.name))
      return fail(Code::corrupt, "malformed: a manifest that is none of an edge");
    domain::CatalogObject object;
    object.kind = manifest.kind;
    object.name = manifest.name;
    object.spec = TRY(local_spec(manifest, artifacts));
    files.push_back({std::format("{}.{}.yaml", traits(manifest.kind).segment, manifest.name),
                     TRY(codec::manifest_yaml(object))});
  }
  return files;
}

}  // namespace lineside::wire
