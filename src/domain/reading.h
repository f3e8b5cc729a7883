// Readings, in columns. A reading's key is (stream, source time, sequence).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.h"
#include "domain/fields.h"

namespace lineside::domain {

// A stream's dense number in one process; its lasting name is "asset/stream".
using StreamIndex = std::uint32_t;
inline constexpr StreamIndex kNoStream = 0xffffffffU;

struct StreamName {
  std::string asset;
  std::string stream;  // without the asset
  std::string unit;    // UCUM code or plain text; empty: none
  auto operator<=>(const StreamName&) const = default;
  std::string id() const { return asset + "/" + stream; }
};

enum class Quality : std::uint8_t { good, uncertain, bad };
constexpr auto names(const Quality*) {
  return std::array<std::string_view, 3>{"good", "uncertain", "bad"};
}

struct Reading {
  StreamIndex stream = kNoStream;
  Quality quality = Quality::good;
  Time time;                   // source time, or arrival time where the source has none
  std::uint64_t sequence = 0;  // 0 where the source has none
  double value = 0;
  bool operator==(const Reading&) const = default;
};

// Columns of equal length. Reused: clear() keeps the capacity, so steady state allocates nothing.
struct ReadingBatch {
  std::vector<StreamIndex> stream;
  std::vector<std::int64_t> time_ns;
  std::vector<std::uint64_t> sequence;
  std::vector<double> value;
  std::vector<Quality> quality;

  std::size_t size() const { return stream.size(); }
  bool empty() const { return stream.empty(); }
  void clear() {
    stream.clear();
    time_ns.clear();
    sequence.clear();
    value.clear();
    quality.clear();
  }
  void push(const Reading& r) {
    stream.push_back(r.stream);
    time_ns.push_back(r.time.ns);
    sequence.push_back(r.sequence);
    value.push_back(r.value);
    quality.push_back(r.quality);
  }
  void append(const ReadingBatch& more) {
    stream.insert(stream.end(), more.stream.begin(), more.stream.end());
    time_ns.insert(time_ns.end(), more.time_ns.begin(), more.time_ns.end());
    sequence.insert(sequence.end(), more.sequence.begin(), more.sequence.end());
    value.insert(value.end(), more.value.begin(), more.value.end());
    quality.insert(quality.end(), more.quality.begin(), more.quality.end());
  }
  Reading at(std::size_t i) const {
    return {stream[i], quality[i], Time{time_ns[i]}, sequence[i], value[i]};
  }
};

// Why something that arrived is not a stored reading. One row of `names` per reason; /metrics,
// the page and the JSON report use these words.
enum class Reject : std::uint8_t {
  unknown_topic,  // no mapping matches
  oversized,      // payload above the connection's limit
  not_utf8,       //
  not_json,       // the payload does not parse
  missing_field,  // a required path is absent or null
  wrong_type,     // the value is not of the declared type
  not_finite,     // NaN or infinity
  bad_time,       // the timestamp does not parse, or is ambiguous in its zone
  future_time,    // later than now + max_future
  too_old,        // earlier than now - max_age
  too_late,       // older than all remembered keys of its stream: out of order beyond memory
  duplicate,      // same key, same value
  conflict,       // same key, other value: the first one is kept
  out_of_range,   // contract: below min or above max
  too_fast,       // contract: rate of change above max_rate
  bad_asset,      // the topic yields an asset name that is no name
};
constexpr auto names(const Reject*) {
  return std::array<std::string_view, 16>{
      "unknown_topic", "oversized",    "not_utf8",    "not_json", "missing_field", "wrong_type",
      "not_finite",    "bad_time",     "future_time", "too_old",  "too_late",      "duplicate",
      "conflict",      "out_of_range", "too_fast",    "bad_asset"};
}
inline constexpr std::size_t kRejectReasons = 16;

// Names of assets and streams: 1 to 128 of [A-Za-z0-9._:-], not starting with '.' or '-'.
bool is_name(std::string_view text);

}  // namespace lineside::domain
