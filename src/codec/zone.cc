#include "codec/zone.h"

#include <algorithm>
#include <chrono>
#include <format>
#include <optional>
#include <stdexcept>
#include <string>

#include "base/text.h"

namespace lineside::codec {

namespace {

using std::chrono::nanoseconds;

constexpr std::size_t kDateLength = 10;  // "2014-02-08": its '-' are no zone

bool carries_zone(std::string_view text) {
  return text.size() > kDateLength &&
         text.find_first_of("Zz+-", kDateLength) != std::string_view::npos;
}

constexpr bool is_digit(char c) { return c >= '0' && c <= '9'; }

// "+hh:mm"; nothing if the text is not of that form.
std::optional<Duration> fixed_offset(std::string_view text) {
  if (text.size() != 6 || (text[0] != '+' && text[0] != '-') || text[3] != ':') return std::nullopt;
  for (const std::size_t i : {1U, 2U, 4U, 5U}) {
    if (!is_digit(text[i])) return std::nullopt;
  }
  const int hours = (text[1] - '0') * 10 + (text[2] - '0');
  const int minutes = (text[4] - '0') * 10 + (text[5] - '0');
  if (hours > 23 || minutes > 59) return std::nullopt;
  const Duration offset = Duration::seconds(hours * 3'600 + minutes * 60);
  return text[0] == '-' ? offset * -1 : offset;
}

// Within the range of Time; rules begin and end far outside it.
Time clamp_to_time(std::chrono::sys_seconds at) {
  constexpr std::int64_t kMax = Time::max().ns / 1'000'000'000;
  return {std::clamp<std::int64_t>(at.time_since_epoch().count(), -kMax, kMax) * 1'000'000'000};
}

Time saturating_add(Time time, Duration by) {
  std::int64_t sum = 0;
  if (!__builtin_add_overflow(time.ns, by.ns, &sum)) return {sum};
  return by.ns > 0 ? Time::max() : Time::min();
}

}  // namespace

struct Zone::Rules {
  std::string name;
  const std::chrono::time_zone* zone;  // of the process-wide database, which is never freed
};

Zone::Zone() = default;

Result<Zone> Zone::find(std::string_view name) {
  Zone zone;
  if (name == "UTC" || name == "Z") return zone;
  if (const auto offset = fixed_offset(name)) {
    zone.offset_ = *offset;
    return zone;
  }
  try {
    zone.rules_ = std::make_shared<Rules>(std::string(name), std::chrono::locate_zone(name));
  } catch (const std::runtime_error&) {
    return invalid(
        std::format("time zone: expected UTC, +hh:mm or an IANA name such as "
                    "Europe/Berlin, found \"{}\"",
                    excerpt(name)));
  }
  return zone;
}

Result<Time> Zone::to_utc(Time wall) {
  if (!rules_ || (wall >= sure_from_ && wall < sure_to_)) {
    return saturating_add(wall, offset_ * -1);
  }
  const std::chrono::local_time<nanoseconds> local{nanoseconds(wall.ns)};
  const std::chrono::local_info info = rules_->zone->get_info(local);
  if (info.result != std::chrono::local_info::unique) {
    const bool twice = info.result == std::chrono::local_info::ambiguous;
    return invalid(
        std::format("time: expected one that comes once in {}, found \"{}\", which "
                    "comes {}",
                    rules_->name, format_iso(wall), twice ? "twice" : "never"));
  }
  // A day from either change of the clocks the offset holds without looking again.
  constexpr Duration kDay = Duration::seconds(86'400);
  offset_ = {std::chrono::duration_cast<nanoseconds>(info.first.offset).count()};
  sure_from_ = saturating_add(clamp_to_time(info.first.begin), offset_ + kDay);
  sure_to_ = saturating_add(clamp_to_time(info.first.end), offset_ + kDay * -1);
  return saturating_add(wall, offset_ * -1);
}

Result<Time> Zone::parse(std::string_view text) {
  if (!rules_) return parse_iso(text, offset_);
  const Time wall = TRY(parse_iso(text));
  if (carries_zone(text)) return wall;
  return to_utc(wall);
}

}  // namespace lineside::codec
