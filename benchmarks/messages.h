// The messages that are measured: 200 bytes of JSON with a sequence number, a timestamp and four
// values, from some machines in turn.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.h"
#include "domain/connection.h"
#include "domain/contract.h"

namespace lineside::benchmarks {

inline constexpr std::size_t kAssets = 8;   // unless a measurement says otherwise
inline constexpr std::size_t kStreams = 4;  // per message
inline constexpr std::size_t kPayloadBytes = 200;

std::string asset_name(std::size_t asset);
// Topic of a machine below `prefix`, "<prefix>/press-3/telemetry".
std::string topic_of(std::string_view prefix, std::size_t asset);
// How an edge takes them from topics below `prefix`.
domain::MappingSpec mapping(std::string_view prefix);
// A contract that every message keeps, with a range and a rate for each stream.
domain::ContractSpec contract();

// Writes the payload of the next message into a text of its own; only the digits that change are
// written. Per machine sequence numbers rise by one and times by at least 1 us.
class MessageMaker {
 public:
  explicit MessageMaker(std::size_t assets = kAssets);
  // The next message, of machine count() % assets; valid until the next call. `now` is wall time.
  std::string_view next(Time now);
  std::uint64_t count() const { return count_; }

 private:
  void write_time(Time time);

  std::size_t assets_;
  std::string text_;
  std::size_t sequence_at_ = 0;
  std::size_t time_at_ = 0;
  std::array<std::size_t, kStreams> value_at_{};
  std::uint64_t count_ = 0;
  std::int64_t last_us_ = 0;
  std::int64_t second_ = -1;  // that stands in text_
};

}  // namespace lineside::benchmarks
