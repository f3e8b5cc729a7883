#include "edge/last_good.h"

#include <format>

#include "store/kept_config.h"

namespace lineside::edge {

Result<void> LastGood::keep(const LoadedPlan& loaded, const std::string& source, Time now) {
  store::KeptConfig config;
  config.folder = folder_name(source);
  config.revision = loaded.plan->revision;
  config.taken = now;
  for (const codec::SourceFile& file : loaded.manifests)
    config.manifests.push_back({file.path, file.text});
  std::vector<ByteView> models;
  for (const PlannedPipeline& pipeline : loaded.plan->pipelines) {
    if (!pipeline.model) continue;
    config.models.push_back({pipeline.model_path, pipeline.model_digest});
    models.emplace_back(*pipeline.model);
  }
  return store::keep_config(files_, folder_, config, models);
}

Result<std::optional<LastGood::Kept>> LastGood::load(const PlanSources& sources) const {
  auto config = TRY(store::kept_config(files_, folder_));
  if (!config || config->folder != folder_name(sources.folder)) return std::optional<Kept>();
  PlanSources kept = sources;
  kept.read_model = [&](const std::string& path) {
    return store::kept_model(files_, folder_, *config, path);
  };
  std::vector<codec::SourceFile> manifests;
  for (store::KeptManifest& manifest : config->manifests)
    manifests.push_back({std::move(manifest.path), std::move(manifest.text)});
  const LoadedPlan loaded = load_plan(kept, std::move(manifests));
  if (!loaded.plan) return invalid(text_of(loaded.problems));
  if (loaded.plan->revision != config->revision)
    return fail(Code::corrupt, std::format("{}/config.json: expected revision {}, found {}",
                                           folder_, config->revision, loaded.plan->revision));
  return std::optional(Kept{loaded.plan, config->taken});
}

}  // namespace lineside::edge
