// Manifests from any caller, in JSON and in YAML: each is an object or is refused with a text; what
// was read is canonical, and reads the same once written in either notation.
#include "codec/catalog.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>

#include "base/check.h"
#include "base/text.h"

namespace {

using lineside::codec::ParsedObjects;
using lineside::domain::CatalogObject;

void expect_same(const ParsedObjects& again, const CatalogObject& object) {
  CHECK(again.problems.empty());
  CHECK(again.objects.size() == 1);
  CHECK(again.objects[0].kind == object.kind);
  CHECK(again.objects[0].name == object.name);
  CHECK(again.objects[0].spec == object.spec);
  CHECK(again.objects[0].refs == object.refs);
  CHECK(again.objects[0].terms == object.terms);
}

void check_object(const CatalogObject& object) {
  CHECK(lineside::is_utf8(object.spec));
  expect_same(lineside::codec::parse_objects_json(lineside::codec::manifest_json(object), "again"),
              object);
  const auto refs = lineside::codec::spec_refs(object.kind, object.spec);
  CHECK(refs && refs->refs == object.refs && refs->terms == object.terms);
  const auto yaml = lineside::codec::manifest_yaml(object);
  CHECK(yaml);
  // Nesting is bounded by counting brackets, those within texts as well.
  if (std::ranges::count_if(*yaml, [](char c) { return c == '[' || c == '{'; }) < 60)
    expect_same(lineside::codec::parse_objects_yaml({{"again", *yaml}}), object);
  const auto none = lineside::codec::diff_specs(object.spec, object.spec);
  CHECK(none && none->empty());
}

}  // namespace

// The first byte chooses the notation.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string text(reinterpret_cast<const char*>(data) + 1, size - 1);
  const ParsedObjects parsed = data[0] == 'j'
                                   ? lineside::codec::parse_objects_json(text, "body")
                                   : lineside::codec::parse_objects_yaml({{"file", text}});
  CHECK(parsed.objects.size() == parsed.sources.size());
  for (const auto& problem : parsed.problems) {
    CHECK(lineside::is_utf8(to_text(problem)));
    CHECK(problem.place.line >= 0);
  }
  for (std::size_t i = 0; i < parsed.objects.size(); ++i) {
    CHECK(parsed.place_of(i, "spec").line >= 1);
    check_object(parsed.objects[i]);
  }
  for (const auto& problem : check_known(parsed, {})) CHECK(problem.place.line >= 0);
  return 0;
}
