#include <array>
#include <charconv>
#include <cmath>
#include <format>
#include <utility>

#include "base/text.h"
#include "codec/mapping_internal.h"

namespace lineside::codec {

namespace {

using domain::Reject;

__extension__ typedef __int128 Wide;

constexpr std::size_t kTokenShown = 40;

Result<void> check_asset(const domain::MappingSpec& spec, const TopicPattern& topic) {
  const bool wants_level = spec.asset.empty() || spec.asset.contains("{asset}");
  if (wants_level && !topic.names_asset()) {
    return invalid("asset: expected a name, or {asset} as a level of the topic, found neither");
  }
  if (!wants_level && !domain::is_name(spec.asset)) {
    return invalid(std::format("asset: expected a name, found \"{}\"", excerpt(spec.asset)));
  }
  return {};
}

Result<void> check_number_format(const domain::MappingSpec& spec) {
  if (spec.streams.size() != 1) {
    return invalid(
        std::format("streams: expected one for format number, found {}", spec.streams.size()));
  }
  if (spec.time) return invalid("time: expected none for format number");
  if (!spec.sequence.empty()) return invalid("sequence: expected none for format number");
  return {};
}

std::int64_t units_per_second(domain::TimeFormat format) {
  switch (format) {
    case domain::TimeFormat::unix_ms:
      return 1'000;
    case domain::TimeFormat::unix_us:
      return 1'000'000;
    case domain::TimeFormat::unix_ns:
      return 1'000'000'000;
    default:
      return 1;
  }
}

Error bad_unix_time(std::string_view text, std::string_view expected) {
  return invalid(std::format("expected {}, found \"{}\"", expected, excerpt(text, kTokenShown)));
}

// "1391847300.25" in units of `unit_ns`: exact down to nanoseconds, further digits are cut off.
Result<Time> read_decimal_time(std::string_view text, std::int64_t unit_ns) {
  const bool negative = text.starts_with('-');
  std::string_view digits = text.substr(negative ? 1 : 0);
  const std::size_t point = digits.find('.');
  const std::string_view whole = digits.substr(0, point);
  const std::string_view fraction =
      point == std::string_view::npos ? std::string_view() : digits.substr(point + 1);
  constexpr std::size_t kWholeMax = 19;
  if (whole.empty() || whole.size() > kWholeMax ||
      whole.find_first_not_of("0123456789") != std::string_view::npos ||
      fraction.find_first_not_of("0123456789") != std::string_view::npos) {
    return bad_unix_time(text, "a decimal number");
  }
  Wide ns = 0;
  for (const char c : whole) ns = ns * 10 + (c - '0');
  ns *= unit_ns;
  std::int64_t place = unit_ns;
  for (const char c : fraction) {
    place /= 10;
    ns += place * (c - '0');
  }
  if (negative) ns = -ns;
  if (ns > Time::max().ns || ns < Time::min().ns) {
    return bad_unix_time(text, "a time from 1677-09-21 to 2262-04-11");
  }
  return Time{static_cast<std::int64_t>(ns)};
}

// With an exponent the digits no longer stand for themselves: a double has to do.
Result<Time> read_float_time(std::string_view text, std::int64_t unit_ns) {
  const std::optional<double> value = to_number(text);
  if (!value) return bad_unix_time(text, "a number");
  const double ns = *value * static_cast<double>(unit_ns);
  constexpr double kLimit = 9.2e18;
  if (!(std::fabs(ns) < kLimit)) {
    return bad_unix_time(text, "a time from 1677-09-21 to 2262-04-11");
  }
  return Time{static_cast<std::int64_t>(ns)};
}

bool spells_not_finite(std::string_view text) {
  std::string lower(text.substr(0, kTokenShown));
  for (char& c : lower) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  if (lower.starts_with('+') || lower.starts_with('-')) lower.erase(0, 1);
  return lower == "nan" || lower == "inf" || lower == "infinity";
}

std::optional<Reject> read_number(const domain::PointSpec& point, const JsonScalar& found,
                                  double& value) {
  if (found.kind == JsonKind::not_finite) return Reject::not_finite;
  if (found.kind == JsonKind::text && spells_not_finite(found.text)) return Reject::not_finite;
  if (found.kind != JsonKind::number) return Reject::wrong_type;
  if (point.type == domain::ValueType::integer && std::trunc(found.number) != found.number) {
    return Reject::wrong_type;
  }
  value = found.number;
  return std::nullopt;
}

}  // namespace

Result<Mapping> compile_mapping(const domain::MappingSpec& spec) {
  // Not within the braces below: what they made before an early return would leak.
  TopicPattern topic = TRY(TopicPattern::compile(spec.topic));
  Mapping mapping{.spec = spec,
                  .topic = std::move(topic),
                  .reader = {},
                  .time_at = std::nullopt,
                  .sequence_at = std::nullopt,
                  .zone = Zone()};
  TRY(check_asset(spec, mapping.topic));
  if (spec.format == domain::PayloadFormat::number) {
    TRY(check_number_format(spec));
    return mapping;
  }
  for (std::size_t i = 0; i < spec.streams.size(); ++i) {
    const auto path =
        TRY_WITH(parse_json_path(spec.streams[i].path), std::format("streams[{}].path", i));
    mapping.reader.add(path, JsonWant::number);
  }
  std::size_t next = spec.streams.size();
  if (spec.time) {
    mapping.reader.add(TRY_WITH(parse_json_path(spec.time->path), "time.path"), JsonWant::token);
    mapping.time_at = next++;
    mapping.zone = TRY_WITH(Zone::find(spec.time->zone), "time.zone");
  }
  if (!spec.sequence.empty()) {
    mapping.reader.add(TRY_WITH(parse_json_path(spec.sequence), "sequence"), JsonWant::token);
    mapping.sequence_at = next;
  }
  return mapping;
}

std::optional<Reject> read_value(const domain::PointSpec& point, const JsonScalar& found,
                                 double& value) {
  if (found.kind == JsonKind::missing || found.kind == JsonKind::null) {
    return Reject::missing_field;
  }
  if (point.type == domain::ValueType::boolean) {
    if (found.kind != JsonKind::boolean) return Reject::wrong_type;
    value = found.truth ? 1 : 0;
  } else if (const auto reason = read_number(point, found, value)) {
    return reason;
  }
  value = value * point.scale + point.offset;
  if (!std::isfinite(value)) return Reject::not_finite;
  return std::nullopt;
}

Result<Time> read_time(const domain::TimeSpec& spec, Zone& zone, const JsonScalar& found) {
  if (spec.format == domain::TimeFormat::iso8601) {
    if (found.kind != JsonKind::text) {
      return bad_unix_time(found.text, std::format("a timestamp in a string at {}", spec.path));
    }
    return zone.parse(found.text);
  }
  if (found.kind != JsonKind::number && found.kind != JsonKind::text) {
    return bad_unix_time(found.text, std::format("a number at {}", spec.path));
  }
  const std::int64_t unit_ns = 1'000'000'000 / units_per_second(spec.format);
  const bool plain = found.text.find_first_of("eE") == std::string_view::npos;
  return plain ? read_decimal_time(found.text, unit_ns) : read_float_time(found.text, unit_ns);
}

PlainNumber read_plain_number(std::string_view text) {
  if (spells_not_finite(text)) return {.reject = Reject::not_finite};
  if (const auto value = to_number(text)) return {.value = *value, .reject = std::nullopt};
  // What to_number() refuses although it is a number is beyond what doubles hold.
  const bool is_number = !text.empty() &&
                         text.find_first_not_of("+-.0123456789eE") == std::string_view::npos &&
                         text.find_first_of("0123456789") != std::string_view::npos &&
                         text.find_first_of("eE") != std::string_view::npos;
  return {.reject = is_number ? Reject::not_finite : Reject::wrong_type};
}

}  // namespace lineside::codec
