// A configuration of an edge with all that it is made of, kept for when the original is broken.
// Below its folder:
//
//   config.json    the manifests, and which model each path was; written last
//   models/<hex>   the models, by digest
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <tuple>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "base/time.h"
#include "domain/fields.h"
#include "world/files.h"

namespace lineside::store {

struct KeptManifest {
  std::string path;
  std::string text;
};
constexpr auto fields(const KeptManifest* /*unused*/) {
  using domain::field;
  return std::tuple(field("path", &KeptManifest::path, "where it was").required(),
                    field("text", &KeptManifest::text, "all of it").required());
}

struct KeptModel {
  std::string path;
  std::string digest;
};
constexpr auto fields(const KeptModel* /*unused*/) {
  using domain::field;
  return std::tuple(field("path", &KeptModel::path, "where it was").required(),
                    field("digest", &KeptModel::digest, "sha256:<hex>").required());
}

// The content of config.json.
struct KeptConfig {
  std::int64_t v = 1;
  std::string folder;
  std::string revision;
  Time taken;
  std::vector<KeptManifest> manifests;
  std::vector<KeptModel> models;
};
constexpr auto fields(const KeptConfig* /*unused*/) {
  using domain::field;
  return std::tuple(field("v", &KeptConfig::v, "version of this file").required().range(1, 1),
                    field("folder", &KeptConfig::folder, "where it was").required(),
                    field("revision", &KeptConfig::revision, "digest of all").required(),
                    field("taken", &KeptConfig::taken, "when it was in force").required(),
                    field("manifests", &KeptConfig::manifests, "its manifests").required(),
                    field("models", &KeptConfig::models, "the models they name").required());
}

// Instead of what was kept before, all or nothing; `models` are the bytes of the config's models in
// their order. What is kept already is not written again, and keeps its time. Errors: of the files.
Result<void> keep_config(world::Files& files, const std::string& folder, const KeptConfig& config,
                         const std::vector<ByteView>& models);

// Absent: nothing is kept. Errors: of the files, corrupt.
Result<std::optional<KeptConfig>> kept_config(const world::Files& files, const std::string& folder);

// The model that was at `path`. Errors: of the files, corrupt (it has another digest, or was none
// of this configuration).
Result<Bytes> kept_model(const world::Files& files, const std::string& folder,
                         const KeptConfig& config, const std::string& path);

}  // namespace lineside::store
