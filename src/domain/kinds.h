// The kinds of object the catalog knows.
#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <string_view>

namespace lineside::domain {

enum class Kind : unsigned char {
  site,
  asset,
  device,
  device_type,
  stream,
  connection,
  contract,
  pipeline,
  dataset,
  model,
  model_version,
  person,
  role,
  token,
};
inline constexpr std::size_t kKinds = 14;

// As manifests write them.
constexpr auto names(const Kind*) {
  return std::array<std::string_view, kKinds>{
      "Site",     "Asset",   "Device", "DeviceType",   "Stream", "Connection", "Contract",
      "Pipeline", "Dataset", "Model",  "ModelVersion", "Person", "Role",       "Token"};
}

struct KindTraits {
  std::string_view segment;  // plural, of REST paths: "device-types"
  std::string_view doc;      // one line
};
inline constexpr std::array<KindTraits, kKinds> kKindTraits = {{
    {"sites", "a place of the ISA-95 hierarchy: enterprise, site, area or line"},
    {"assets", "one machine, or a part of one"},
    {"devices", "what speaks: a sensor, PLC, gateway, camera or edge"},
    {"device-types", "make and model of devices, with what the maker supports"},
    {"streams", "one named, typed, unit-carrying time series of an asset"},
    {"connections", "one configured protocol link that maps its points to streams"},
    {"contracts", "the data contract of streams: owner, retention, range, rate, unit"},
    {"pipelines", "streams to features to a model to decisions and alerts"},
    {"datasets", "recorded streams of a stretch of time, addressed by digest"},
    {"models", "what a line of model versions is for, and who answers for it"},
    {"model-versions", "one immutable model file, by digest, with signature and lineage"},
    {"people", "somebody who signs in, with roles and skills"},
    {"roles", "a named set of permissions"},
    {"tokens", "the right of a program to act as a person or role, for a time"},
}};
constexpr const KindTraits& traits(Kind kind) {
  return kKindTraits[static_cast<std::size_t>(kind)];
}

constexpr std::optional<Kind> kind_of_segment(std::string_view segment) {
  for (std::size_t i = 0; i < kKinds; ++i)
    if (kKindTraits[i].segment == segment) return static_cast<Kind>(i);
  return std::nullopt;
}

}  // namespace lineside::domain
