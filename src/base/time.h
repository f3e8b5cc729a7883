// Time is int64 nanoseconds since 1970-01-01 UTC (no leap seconds), about 1678 to 2261.
// Pure values: the clock that yields them is world/clock.h.
#pragma once

#include <compare>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>

#include "base/result.h"

namespace lineside {

struct Duration {
  std::int64_t ns = 0;

  static constexpr Duration seconds(std::int64_t n) { return {n * 1'000'000'000}; }
  static constexpr Duration millis(std::int64_t n) { return {n * 1'000'000}; }
  static constexpr Duration micros(std::int64_t n) { return {n * 1'000}; }
  constexpr double as_seconds() const { return static_cast<double>(ns) * 1e-9; }
  constexpr auto operator<=>(const Duration&) const = default;
};

struct Time {
  std::int64_t ns = 0;

  static constexpr Time min() { return {std::numeric_limits<std::int64_t>::min()}; }
  static constexpr Time max() { return {std::numeric_limits<std::int64_t>::max()}; }
  constexpr auto operator<=>(const Time&) const = default;
};

constexpr Duration operator-(Time a, Time b) { return {a.ns - b.ns}; }
constexpr Time operator+(Time t, Duration d) { return {t.ns + d.ns}; }
constexpr Time operator-(Time t, Duration d) { return {t.ns - d.ns}; }
constexpr Duration operator+(Duration a, Duration b) { return {a.ns + b.ns}; }
constexpr Duration operator*(Duration d, std::int64_t n) { return {d.ns * n}; }

// ISO 8601 / RFC 3339: "2014-02-08T09:15:00.123456789Z"; zone "Z", "+hh:mm" or "+hhmm"; 'T' may be
// a blank. Digits below 1 ns must be 0; second 60 is refused (Time has no leap seconds).
// A text without a zone is taken as UTC shifted by `unzoned_offset`, the mapping's declared zone.
// Errors: invalid, with the text and the place where it stops to fit.
Result<Time> parse_iso(std::string_view text, Duration unzoned_offset = {});
// Shortest exact form in UTC, always with 'Z'; fractions in groups of three digits.
std::string format_iso(Time time);

// "250ms", "30s", "5m", "2h", "7d", also "us" and "ns"; "0" needs no unit. Never negative.
// A fraction such as "1.5s" must be a whole number of nanoseconds. Errors: invalid.
Result<Duration> parse_duration(std::string_view text);
// The largest unit that divides it: "90s", "1500ms"; a negative one gets '-'.
std::string format_duration(Duration duration);

}  // namespace lineside
