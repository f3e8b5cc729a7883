#include <algorithm>
#include <format>

#include "base/text.h"
#include "edge/api_internal.h"

namespace lineside::edge {

namespace {

constexpr std::size_t kAlertsOfAsset = 20;
// Two events each: what one round makes fills less than half of the feed.
constexpr std::size_t kAssetsPerRound = 200;

std::string asset_event(const AssetView& view) {
  codec::JsonWriter json;
  json.value(view);
  return json.take();
}

std::string readings_event(const std::string& asset, const std::vector<StreamView>& streams) {
  Time newest = Time::min();
  for (const StreamView& stream : streams) newest = std::max(newest, stream.time);
  codec::JsonWriter json;
  json.begin_object().member("asset", asset).member("time", newest).key("values").begin_object();
  for (const StreamView& stream : streams) json.member(stream.stream, stream.value);
  json.end_object().end_object();
  return json.take();
}

}  // namespace

ApiAnswer list_assets(const ApiCall& call) {
  codec::JsonWriter json;
  json.begin_object().member("assets", call.sources.live.assets()).end_object();
  return json_response(200, json);
}

ApiAnswer show_asset(const ApiCall& call) {
  const std::string name(call.captured[0]);
  const auto view = call.sources.live.asset(name);
  if (!view) return fail(Code::not_found, std::format("no asset '{}'", excerpt(name)));
  codec::JsonWriter json;
  std::vector<StreamView> streams = call.sources.live.streams(name);
  const auto plan = call.sources.live.plan();
  if (plan)
    for (StreamView& stream : streams) stream.title = plan->title_of(name, stream.stream);
  json.begin_object().fields_of(*view).member("streams", streams);
  json.key("pipelines").begin_array();
  if (plan) {
    for (const PlannedPipeline& pipeline : plan->pipelines) {
      if (!glob_match(pipeline.spec.assets, name)) continue;
      json.begin_object();
      write_pipeline(json, pipeline);
      json.end_object();
    }
  }
  json.end_array().key("alerts");
  TRY(write_alerts(json, call.sources, {std::nullopt, name, kAlertsOfAsset}));
  json.end_object();
  return json_response(200, json);
}

void publish_changes(LiveView& live, EventFeed& feed) {
  if (!feed.has_readers()) return;
  for (const std::string& name : live.take_changed(kAssetsPerRound)) {
    if (const auto view = live.asset(name)) feed.publish("asset", asset_event(*view));
    const auto streams = live.streams(name);
    if (!streams.empty()) feed.publish("readings", readings_event(name, streams));
  }
}

}  // namespace lineside::edge
