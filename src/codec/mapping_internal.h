// One mapping, compiled, and how what stands at its paths becomes values and times.
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

#include "base/result.h"
#include "base/time.h"
#include "codec/json_reader_internal.h"
#include "codec/topic_pattern_internal.h"
#include "codec/zone.h"
#include "domain/connection.h"
#include "domain/reading.h"

namespace lineside::codec {

struct Mapping {
  domain::MappingSpec spec;
  TopicPattern topic;
  JsonReader reader;  // results: the points in order, then time and sequence where mapped
  std::optional<std::size_t> time_at;
  std::optional<std::size_t> sequence_at;
  Zone zone;
};

Result<Mapping> compile_mapping(const domain::MappingSpec& spec);

// The stored value of a point, or why there is none.
std::optional<domain::Reject> read_value(const domain::PointSpec& point, const JsonScalar& found,
                                         double& value);

// Errors: invalid. Numbers of seconds and the like are taken exactly, digit by digit; they may also
// stand in a string.
Result<Time> read_time(const domain::TimeSpec& spec, Zone& zone, const JsonScalar& found);

struct PlainNumber {
  double value = 0;
  std::optional<domain::Reject> reject;
};
// A payload that is one number: as in JSON, or with a leading '+'.
PlainNumber read_plain_number(std::string_view text);

}  // namespace lineside::codec
