#include "codec/schema.h"

#include <cmath>

namespace lineside::codec::schema {

void write_extra(JsonWriter& json, const Extra& extra, bool is_number) {
  if (!extra.doc.empty()) json.member("description", extra.doc);
  if (is_number && std::isfinite(extra.min)) json.member("minimum", extra.min);
  if (is_number && std::isfinite(extra.max)) json.member("maximum", extra.max);
  if (!extra.unit.empty()) json.member("x-unit", extra.unit);
  if (extra.refers_to) json.member("x-refers", domain::to_text(*extra.refers_to));
  if (extra.filterable || extra.refers_to) json.member("x-filter", true);
}

void write_text(JsonWriter& json) { json.member("type", "string"); }

void write_time(JsonWriter& json) { json.member("type", "string").member("format", "date-time"); }

// As base's parse_duration() takes it.
void write_duration(JsonWriter& json) {
  json.member("type", "string").member("pattern", R"(^(0|[0-9]+(\.[0-9]+)?(ns|us|ms|s|m|h|d))$)");
}

}  // namespace lineside::codec::schema
