// Payloads of any device: each message yields readings or is counted as rejected; values are
// finite; a second decoding yields the same.
#include "codec/payload.h"

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "base/check.h"

namespace {

using lineside::codec::PayloadMap;
using lineside::codec::Rejects;

std::vector<lineside::domain::MappingSpec> mappings() {
  using lineside::domain::TimeFormat;
  using lineside::domain::ValueType;
  lineside::domain::MappingSpec flat{.topic = "flat/{asset}"};
  flat.time = lineside::domain::TimeSpec{.path = "$.ts", .zone = "Europe/Berlin"};
  flat.sequence = "$.n";
  flat.streams = {{.stream = "a", .path = "$.a"},
                  {.stream = "b", .path = "$.b", .type = ValueType::integer, .optional = true},
                  {.stream = "c", .path = "$.c", .type = ValueType::boolean}};
  lineside::domain::MappingSpec deep{.topic = "deep/+/{asset}/#"};
  deep.time = lineside::domain::TimeSpec{.path = "$.t[1]", .format = TimeFormat::unix_ms};
  deep.streams = {{.stream = "a", .path = "$.a.b[2].c", .scale = 1e300},
                  {.stream = "b", .path = "$.a"},
                  {.stream = "c", .path = "$['x y'][0]"},
                  {.stream = "d", .path = "$"}};
  lineside::domain::MappingSpec number{.topic = "number/{asset}"};
  number.format = lineside::domain::PayloadFormat::number;
  number.streams = {{.stream = "v", .scale = 0.1, .offset = 3}};
  return {flat, deep, number};
}

PayloadMap make_map() {
  static lineside::domain::StreamIndex next = 0;
  return *PayloadMap::compile(mappings(), {.payload_max = 4096, .assets_max = 50, .topics_max = 20},
                              [](const auto&) { return next++; });
}

}  // namespace

// The first byte chooses the mapping, the rest is the payload.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  static PayloadMap map = make_map();
  constexpr const char* kTopics[] = {"flat/m1", "deep/x/m1/y", "number/m1", "nowhere"};
  const std::vector<std::byte> payload(std::as_bytes(std::span(data, size)).begin() + 1,
                                       std::as_bytes(std::span(data, size)).end());
  lineside::domain::ReadingBatch batches[2];
  Rejects rejects[2];
  for (int i = 0; i < 2; ++i) {
    map.decode({.topic = kTopics[data[0] % 4],
                .bytes = payload,
                .size = payload.size(),
                .arrival = lineside::Time{1}},
               batches[i], rejects[i]);
  }
  CHECK(batches[0].size() == batches[1].size());
  CHECK(rejects[0].counts == rejects[1].counts);
  for (std::size_t i = 0; i < batches[0].size(); ++i) {
    CHECK(std::isfinite(batches[0].value[i]));
    CHECK(batches[0].at(i) == batches[1].at(i));
  }
  for (const auto& sample : rejects[0].samples) CHECK(sample.excerpt.size() <= 600);
  return 0;
}
