// Time zones of sources whose timestamps carry none.
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>

#include "base/result.h"
#include "base/time.h"

namespace lineside::codec {

// "UTC", a fixed offset "+01:00", or an IANA name ("Europe/Berlin") from the system's tzdata.
// Copies are cheap and share the rules; each is owned by one thread.
class Zone {
 public:
  Zone();  // UTC
  // Errors: invalid (no such zone).
  static Result<Zone> find(std::string_view name);

  // `wall` is the local time read as if it were UTC. Errors: invalid, for a wall time that comes
  // twice (clocks set back) or never (clocks set forward) in this zone.
  Result<Time> to_utc(Time wall);

  // As base's parse_iso(), with this zone for texts that carry none.
  Result<Time> parse(std::string_view text);

 private:
  struct Rules;

  std::shared_ptr<const Rules> rules_;  // absent: `offset_` holds always
  Duration offset_;                     // local minus UTC
  Time sure_from_, sure_to_;            // wall times for which `offset_` is known to hold
};

}  // namespace lineside::codec
