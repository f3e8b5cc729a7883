#include "domain/connection.h"

#include <algorithm>

namespace lineside::domain {

namespace {

bool may_name(const MappingSpec& mapping, std::string_view asset) {
  constexpr std::string_view kAsset = "{asset}";
  const std::string_view pattern = mapping.asset.empty() ? kAsset : std::string_view(mapping.asset);
  const std::size_t at = pattern.find(kAsset);
  if (at == std::string_view::npos) return pattern == asset;
  const std::string_view behind = pattern.substr(at + kAsset.size());
  return asset.size() > at + behind.size() && asset.starts_with(pattern.substr(0, at)) &&
         asset.ends_with(behind);
}

}  // namespace

const PointSpec* point_of(const ConnectionSpec& spec, std::string_view asset,
                          std::string_view stream) {
  for (const MappingSpec& mapping : spec.mappings) {
    if (!may_name(mapping, asset)) continue;
    const auto point = std::ranges::find(mapping.streams, stream, &PointSpec::stream);
    if (point != mapping.streams.end()) return &*point;
  }
  return nullptr;
}

}  // namespace lineside::domain
