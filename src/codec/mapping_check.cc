#include <format>

#include "base/text.h"
#include "codec/json_path.h"
#include "codec/mapping_check_internal.h"
#include "codec/zone.h"

namespace lineside::codec {

namespace {

std::string quote(const std::string& text) { return "'" + excerpt(text, 60) + "'"; }

}  // namespace

void check_paths(const domain::Manifest<domain::ConnectionSpec>& manifest,
                 std::vector<domain::Problem>& out) {
  const auto path = [&](const std::string& where, const std::string& text) {
    if (!parse_json_path(text))
      out.push_back({manifest.place, where, "not a JSON path", "$.field or $.a.b[0]", quote(text)});
  };
  for (std::size_t m = 0; m < manifest.spec.mappings.size(); ++m) {
    const domain::MappingSpec& mapping = manifest.spec.mappings[m];
    if (mapping.format != domain::PayloadFormat::json) continue;
    const std::string at = std::format("spec.mappings[{}]", m);
    for (std::size_t p = 0; p < mapping.streams.size(); ++p)
      path(std::format("{}.streams[{}].path", at, p), mapping.streams[p].path);
    if (!mapping.sequence.empty()) path(at + ".sequence", mapping.sequence);
    if (!mapping.time) continue;
    path(at + ".time.path", mapping.time->path);
    if (!Zone::find(mapping.time->zone))
      out.push_back({manifest.place, at + ".time.zone", "unknown zone",
                     "UTC, +hh:mm or an IANA name", quote(mapping.time->zone)});
  }
}

}  // namespace lineside::codec
