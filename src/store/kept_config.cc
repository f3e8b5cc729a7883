#include "store/kept_config.h"

#include <algorithm>
#include <format>
#include <set>

#include "base/check.h"
#include "codec/json_struct.h"
#include "codec/json_writer.h"
#include "crypt/digest.h"

namespace lineside::store {

namespace {

constexpr std::size_t kConfigBytesMax = 256UL << 20;  // more than an edge reads of manifests

std::string config_file(const std::string& folder) { return folder + "/config.json"; }
std::string model_file(const std::string& folder, const KeptModel& model) {
  return folder + "/models/" + model.digest.substr(model.digest.find(':') + 1);
}

// What one of `config`'s models is kept in, of all of them.
std::set<std::string> model_files(const std::string& folder, const KeptConfig& config) {
  std::set<std::string> names;
  for (const KeptModel& model : config.models) names.insert(model_file(folder, model));
  return names;
}

bool is_kept(const world::Files& files, const std::string& folder, const KeptConfig& config) {
  const auto before = kept_config(files, folder);
  return before && *before && (*before)->revision == config.revision &&
         (*before)->folder == config.folder &&
         std::ranges::all_of(model_files(folder, config),
                             [&](const std::string& file) { return files.exists(file); });
}

}  // namespace

Result<void> keep_config(world::Files& files, const std::string& folder, const KeptConfig& config,
                         const std::vector<ByteView>& models) {
  CHECK(models.size() == config.models.size());
  if (is_kept(files, folder, config)) return {};
  TRY(files.make_directories(folder + "/models"));
  for (std::size_t i = 0; i < models.size(); ++i) {
    const std::string file = model_file(folder, config.models[i]);
    if (!files.exists(file)) TRY(files.write_atomic(file, models[i]));
  }
  codec::JsonWriter json;
  json.value(config);
  TRY(files.write_atomic(config_file(folder), as_bytes(json.text())));
  const std::set<std::string> named = model_files(folder, config);
  for (const std::string& name : TRY(files.list(folder + "/models"))) {
    const std::string file = folder + "/models/" + name;
    if (!named.contains(file)) TRY(files.remove(file));
  }
  return {};
}

Result<std::optional<KeptConfig>> kept_config(const world::Files& files,
                                              const std::string& folder) {
  const std::string path = config_file(folder);
  if (!files.exists(path)) return std::optional<KeptConfig>();
  const Bytes bytes = TRY(files.read(path));
  auto config = codec::read_json<KeptConfig>(as_text(bytes), path, {.bytes = kConfigBytesMax});
  if (!config) return fail(Code::corrupt, config.error().text);
  return std::optional(std::move(*config));
}

Result<Bytes> kept_model(const world::Files& files, const std::string& folder,
                         const KeptConfig& config, const std::string& path) {
  const auto model = std::ranges::find(config.models, path, &KeptModel::path);
  if (model == config.models.end())
    return fail(Code::corrupt, std::format("{}: expected a copy of it, found none", path));
  const std::string file = model_file(folder, *model);
  Bytes bytes = TRY(files.read(file));
  if ("sha256:" + crypt::sha256_hex(bytes) == model->digest) return bytes;
  return fail(Code::corrupt,
              std::format("{}: expected the model {}, found other bytes", file, model->digest));
}

}  // namespace lineside::store
