// Payloads to readings, as the mappings of a connection say.
//
// The first mapping whose topic fits takes the message. Of a JSON payload the mapped paths are read
// in one pass, fields in any order; of a member that comes twice the first one counts. What no path
// reads must be JSON (RFC 8259, tokens such as NaN let through) all the same. One bad value rejects
// that reading alone; a bad time, sequence or document rejects the message, once.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "base/time.h"
#include "domain/connection.h"
#include "domain/reading.h"

namespace lineside::codec {

// Gives the process-wide number of a stream; called once per stream and map, on the map's thread.
// kNoStream: there is no room for another one; its readings are rejected as bad_asset.
using StreamResolver = std::function<domain::StreamIndex(const domain::StreamName&)>;

// One of the things that were rejected, to be shown to a person.
struct RejectSample {
  domain::Reject reason{};
  std::string topic;
  std::string stream;   // within the asset; empty: the whole message
  std::string detail;   // expected and found
  std::string excerpt;  // start of the payload, printable
  Time arrival;
};

// Counts of everything, samples of some: at most one per reason until clear().
struct Rejects {
  std::array<std::uint64_t, domain::kRejectReasons> counts{};
  std::vector<RejectSample> samples;
  // Messages that a mapping took and of which nothing came: neither a reading nor a reject.
  std::uint64_t without_readings = 0;

  std::uint64_t total() const;  // of counts
  void clear();
};

struct Payload {
  std::string_view topic;
  ByteView bytes;        // the whole, or the start of one above the limit
  std::size_t size = 0;  // of the whole
  Time arrival;          // the time of readings without source time
};

struct PayloadLimits {
  std::size_t payload_max = 256 * 1024;
  std::size_t assets_max = 100'000;  // of one map; messages of further ones are bad_asset
  std::size_t topics_max = 200'000;  // remembered; more are found again each time
};

// Owned by one thread. Steady state (known topics, no rejects) does not allocate.
class PayloadMap {
 public:
  // Errors: invalid, naming the mapping (from 0) and field: topic, path, zone, no asset.
  static Result<PayloadMap> compile(std::span<const domain::MappingSpec> mappings,
                                    PayloadLimits limits, StreamResolver resolver);
  PayloadMap(PayloadMap&&) noexcept;
  PayloadMap& operator=(PayloadMap&&) noexcept;
  ~PayloadMap();

  // Appends the message's readings, in the order of its mapping's streams.
  void decode(const Payload& payload, domain::ReadingBatch& out, Rejects& rejects);

  // The MQTT filter of each mapping: its topic with '+' for {asset}.
  std::vector<std::string> filters() const;
  std::size_t assets() const;

 private:
  class Body;
  explicit PayloadMap(std::unique_ptr<Body> body);
  std::unique_ptr<Body> body_;
};

}  // namespace lineside::codec
