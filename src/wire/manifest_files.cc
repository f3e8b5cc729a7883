#include "wire/manifest_files.h"

#include <algorithm>
#include <format>
#include <optional>
#include <set>

#include "base/text.h"
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

// As edge/plan.cc takes them.
bool is_read(std::string_view name) {
  return !name.starts_with('.') && (name.ends_with(".yaml") || name.ends_with(".yml"));
}

constexpr std::size_t kManifestBytesMax = 2 * kMessageBytesMax;  // no state has a larger one

// Another version of the program may have written it.
bool says_the_same(std::string_view text, const ManifestFile& wanted) {
  const auto canonical = [](std::string_view yaml) -> std::optional<std::string> {
    const auto parsed = codec::parse_objects_yaml({{"", std::string(yaml)}}, codec::Texts::kept);
    if (!parsed.problems.empty() || parsed.objects.size() != 1) return std::nullopt;
    const domain::CatalogObject& object = parsed.objects.front();
    return std::format("{} {} {}", to_text(object.kind), object.name, object.spec);
  };
  const auto found = canonical(text);
  return found && found == canonical(wanted.text);
}

// Empty: as it should be.
std::string difference(const std::string& path, const ManifestFile& wanted,
                       const world::Files& files) {
  if (!files.exists(path)) return "was missing";
  const auto size = files.size(path);
  if (!size || *size > kManifestBytesMax) return "was replaced";
  const auto bytes = files.read(path);
  if (!bytes) return "was replaced";
  return says_the_same(as_text(*bytes), wanted) ? "" : "was changed";
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

Result<void> remove_whole(std::string path, world::Files& files) {
  if (path.ends_with('/')) path.pop_back();
  auto removed = files.remove(path);
  const bool is_full = !removed && removed.error().code == Code::conflict;
  if (!is_full) return removed;
  for (const std::string& name : TRY(files.list(path))) TRY(remove_whole(path + "/" + name, files));
  return files.remove(path);
}

Result<std::vector<std::string>> restore_manifests(const std::string& folder,
                                                   const std::vector<ManifestFile>& wanted,
                                                   world::Files& files) {
  std::vector<std::string> found;
  // The hub is told, and need not know where an edge has its data.
  const std::string shown = folder.substr(folder.rfind('/') + 1);
  for (const std::string& name : TRY(files.list(folder))) {
    const bool is_folder = name.ends_with('/');
    const bool is_wanted = std::ranges::contains(wanted, name, &ManifestFile::name);
    if (!is_folder && (!is_read(name) || is_wanted)) continue;
    const auto removed = remove_whole(folder + "/" + name, files);
    if (!removed && is_folder) continue;  // of somebody else's, say; nothing reads it
    TRY(removed);
    found.push_back(std::format("{}/{} was added here: deleted", shown, excerpt(name, 200)));
  }
  for (const ManifestFile& manifest : wanted) {
    const std::string path = folder + "/" + manifest.name;
    const auto size = files.size(path);
    const auto bytes = size && *size == manifest.text.size() ? files.read(path) : Result<Bytes>();
    if (bytes && as_text(*bytes) == manifest.text) continue;
    if (const std::string what = difference(path, manifest, files); !what.empty())
      found.push_back(std::format("{}/{} {} here: restored from what the hub has signed", shown,
                                  manifest.name, what));
    TRY(files.write_atomic(path, as_bytes(manifest.text)));
  }
  return found;
}

}  // namespace lineside::wire
