#include "base/time.h"

#include <array>
#include <chrono>
#include <format>
#include <utility>

#include "base/text.h"

namespace lineside {

namespace {

__extension__ typedef __int128 Wide;  // holds every intermediate product exactly

constexpr std::int64_t kSecond = 1'000'000'000;
constexpr std::int64_t kDay = 86'400 * kSecond;

constexpr bool is_digit(char c) { return c >= '0' && c <= '9'; }

constexpr bool fits(Wide ns) {
  return ns >= std::numeric_limits<std::int64_t>::min() &&
         ns <= std::numeric_limits<std::int64_t>::max();
}

int days_in_month(int year, int month) {
  const auto last = std::chrono::year(year) / month / std::chrono::last;
  return static_cast<int>(static_cast<unsigned>(last.day()));
}

// Walks a timestamp from left to right. The first misfit is kept as the error; what follows it
// yields the lowest value of its range, so that callers need no check between fields.
class IsoCursor {
 public:
  explicit IsoCursor(std::string_view text) : text_(text) {}

  // Exactly `digits` decimal digits in [low, high].
  int number(std::string_view what, std::size_t digits, int low, int high) {
    const std::string_view field = text_.substr(at_, digits);
    int value = 0;
    bool fit = error_.empty() && field.size() == digits;
    for (const char c : field) {
      fit = fit && is_digit(c);
      value = value * 10 + (c - '0');
    }
    if (!fit || value < low || value > high) {
      misfit(std::format("{} {:0{}}..{:0{}}", what, low, digits, high, digits), digits);
      return low;
    }
    at_ += digits;
    return value;
  }

  void one_of(std::string_view allowed, std::string_view what) {
    if (!skip(allowed)) misfit(what, 1);
  }

  // Nanoseconds of an optional ".digits". Digits beyond the ninth must be 0: nothing is rounded.
  std::int64_t fraction() {
    if (!skip(".")) return 0;
    std::int64_t ns = 0;
    std::int64_t unit = kSecond;
    const std::size_t first = at_;
    for (; at_ < text_.size() && is_digit(text_[at_]); ++at_) {
      unit /= 10;
      if (unit == 0 && text_[at_] != '0') misfit("no digits below 1 ns", text_.size());
      ns += unit * (text_[at_] - '0');
    }
    if (at_ == first) misfit("digits of a fraction", 1);
    return ns;
  }

  // East of UTC.
  Duration zone(Duration unzoned_offset) {
    if (at_ == text_.size()) return unzoned_offset;
    if (skip("Zz")) return {};
    const bool west = text_.substr(at_).starts_with('-');
    if (!skip("+-")) misfit("'Z', +hh:mm or nothing", text_.size());
    const int hours = number("zone hour", 2, 0, 23);
    skip(":");
    const int minutes = number("zone minute", 2, 0, 59);
    const Duration offset = Duration::seconds(hours * 3'600 + minutes * 60);
    return west ? offset * -1 : offset;
  }

  void end() {
    if (at_ != text_.size()) misfit("the end", text_.size());
  }

  bool ok() const { return error_.empty(); }
  Error error() const { return invalid(error_); }

 private:
  bool skip(std::string_view allowed) {
    if (!error_.empty() || at_ == text_.size()) return false;
    if (allowed.find(text_[at_]) == std::string_view::npos) return false;
    ++at_;
    return true;
  }

  void misfit(std::string_view expected, std::size_t length) {
    if (!error_.empty()) return;
    const std::string_view rest = text_.substr(at_, length);
    const std::string found = rest.empty() ? "the end" : "\"" + excerpt(rest, 20) + "\"";
    error_ = std::format("timestamp \"{}\": expected {} at character {}, found {}",
                         excerpt(text_, 60), expected, at_ + 1, found);
  }

  std::string_view text_;
  std::size_t at_ = 0;
  std::string error_;
};

struct Unit {
  std::string_view name;
  std::int64_t ns;
};

// From the smallest; the names are told apart by their whole text.
constexpr std::array<Unit, 7> kUnits = {{{"ns", 1},
                                         {"us", 1'000},
                                         {"ms", 1'000'000},
                                         {"s", kSecond},
                                         {"m", 60 * kSecond},
                                         {"h", 3'600 * kSecond},
                                         {"d", kDay}}};

// A decimal fraction as digits / scale.
struct Decimal {
  Wide digits = 0;
  Wide scale = 1;
  std::size_t length = 0;  // of the text it was read from; 0 when it is not a number
};

Decimal read_decimal(std::string_view text) {
  constexpr int kDigitsMax = 24;  // keeps digits * unit within 127 bits
  Decimal number;
  int digits = 0;
  bool point = false;
  std::size_t at = 0;
  for (; at < text.size() && digits <= kDigitsMax; ++at) {
    const char c = text[at];
    if (c == '.' && !point && digits > 0 && at + 1 < text.size() && is_digit(text[at + 1])) {
      point = true;
      continue;
    }
    if (!is_digit(c)) break;
    number.digits = number.digits * 10 + (c - '0');
    if (point) number.scale *= 10;
    ++digits;
  }
  number.length = digits > 0 && digits <= kDigitsMax ? at : 0;
  return number;
}

Error bad_duration(std::string_view text, std::string_view expected) {
  return invalid(std::format("duration: expected {}, found \"{}\"", expected, excerpt(text, 60)));
}

}  // namespace

Result<Time> parse_iso(std::string_view text, Duration unzoned_offset) {
  IsoCursor cursor(text);
  const int y = cursor.number("year", 4, 0, 9999);
  cursor.one_of("-", "'-'");
  const int mon = cursor.number("month", 2, 1, 12);
  cursor.one_of("-", "'-'");
  const int d = cursor.number("day", 2, 1, days_in_month(y, mon));
  cursor.one_of("Tt ", "'T' or a blank");
  const int h = cursor.number("hour", 2, 0, 23);
  cursor.one_of(":", "':'");
  const int min = cursor.number("minute", 2, 0, 59);
  cursor.one_of(":", "':'");
  const int s = cursor.number("second", 2, 0, 59);
  const std::int64_t fraction = cursor.fraction();
  const Duration zone = cursor.zone(unzoned_offset);
  cursor.end();
  if (!cursor.ok()) return cursor.error();

  const Wide days_since_epoch =
      std::chrono::sys_days(std::chrono::year(y) / mon / d).time_since_epoch().count();
  const Wide seconds = days_since_epoch * 86'400 + h * 3'600 + min * 60 + s;
  const Wide ns = seconds * kSecond + fraction - zone.ns;
  if (!fits(ns)) {
    return invalid(std::format("timestamp \"{}\": expected a time from 1677-09-21 to 2262-04-11",
                               excerpt(text, 60)));
  }
  return Time{static_cast<std::int64_t>(ns)};
}

std::string format_iso(Time time) {
  using namespace std::chrono;
  std::int64_t day = time.ns / kDay;
  std::int64_t rest = time.ns % kDay;
  if (rest < 0) {
    --day;
    rest += kDay;
  }
  const year_month_day date{sys_days(days(day))};
  const std::int64_t seconds = rest / kSecond;
  std::int64_t fraction = rest % kSecond;
  std::string text =
      std::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}", static_cast<int>(date.year()),
                  static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                  seconds / 3'600, seconds / 60 % 60, seconds % 60);
  if (fraction != 0) {
    int digits = 9;
    for (; fraction % 1'000 == 0; fraction /= 1'000) digits -= 3;
    text += std::format(".{:0{}}", fraction, digits);
  }
  return text + 'Z';
}

Result<Duration> parse_duration(std::string_view text) {
  if (text == "0") return Duration{};
  const Decimal number = read_decimal(text);
  if (number.length == 0) return bad_duration(text, "a number and a unit such as \"30s\"");
  const std::string_view name = text.substr(number.length);
  for (const Unit& unit : kUnits) {
    if (unit.name != name) continue;
    const Wide scaled = number.digits * unit.ns;
    if (scaled % number.scale != 0) return bad_duration(text, "a whole number of nanoseconds");
    const Wide ns = scaled / number.scale;
    if (!fits(ns)) return bad_duration(text, "at most 106751 days");
    return Duration{static_cast<std::int64_t>(ns)};
  }
  return bad_duration(text, "a unit of ns, us, ms, s, m, h or d after the number");
}

std::string format_duration(Duration duration) {
  if (duration.ns == 0) return "0s";
  Unit best = kUnits.front();
  for (const Unit& unit : kUnits) {
    if (duration.ns % unit.ns == 0) best = unit;
  }
  return std::format("{}{}", duration.ns / best.ns, best.name);
}

}  // namespace lineside
