#include "domain/units.h"

#include <algorithm>
#include <array>
#include <span>
#include <utility>

#include "base/text.h"

namespace lineside::domain {

namespace {

using std::string_view;

constexpr std::array<string_view, 24> kPrefixes = {"da", "Ki", "Mi", "Gi", "Ti", "Y", "Z", "E",
                                                   "P",  "T",  "G",  "M",  "k",  "h", "d", "c",
                                                   "m",  "u",  "n",  "p",  "f",  "a", "z", "y"};

// Units that take a prefix: of UCUM, then plain spellings.
constexpr auto kMetric = std::to_array<string_view>(
    {"m",    "s",      "g",  "rad",    "K",     "C",   "cd",   "mol", "sr",  "Hz",  "N",
     "Pa",   "J",      "W",  "A",      "V",     "F",   "Ohm",  "S",   "Wb",  "Cel", "T",
     "H",    "lm",     "lx", "Bq",     "Gy",    "Sv",  "l",    "L",   "ar",  "t",   "bar",
     "u",    "eV",     "pc", "cal",    "dyn",   "erg", "P",    "St",  "G",   "Np",  "B",
     "bit",  "By",     "Bd", "m[H2O]", "m[Hg]", "g%",  "eq",   "osm", "kat", "U",   "B[V]",
     "B[W]", "B[SPL]", "Wh", "Ah",     "VA",    "var", "varh", "VAh"});

// Units that take none.
constexpr auto kPlain = std::to_array<string_view>(
    {"%", "[ppth]", "[ppm]", "[ppb]", "[pptr]", "[pi]", "deg", "'", "''", "gon", "min", "h", "d",
     "wk", "mo", "a", "AU", "atm", "att", "[in_i]", "[ft_i]", "[yd_i]", "[mi_i]", "[nmi_i]",
     "[kn_i]", "[sin_i]", "[sft_i]", "[cin_i]", "[cft_i]", "[mil_i]", "[lb_av]", "[oz_av]", "[gr]",
     "[ston_av]", "[lbf_av]", "[psi]", "[degF]", "[degR]", "[HP]", "[gal_us]", "[qt_us]",
     "[foz_us]", "[bbl_us]", "[gal_br]", "[Btu]", "[Btu_IT]", "[Cal]", "[pH]", "[g]", "[c]",
     "[in_i'H2O]", "[in_i'Hg]", "[NTU]", "[FNU]", "[rpm]",
     // plain
     "degC", "degF", "degR", "rpm", "psi", "psia", "psig", "pps", "lbm", "lbf", "cycles", "counts",
     "pcs", "ppm", "ppb", "inHg", "inH2O", "cfm", "gpm", "hp", "in", "ft", "lb", "oz", "gal", "mph",
     "kn", "pH"});

// What is often written, in lower case, and its code.
constexpr auto kAliases = std::to_array<std::pair<string_view, string_view>>({
    {"celsius", "Cel"}, {"centigrade", "Cel"}, {"fahrenheit", "[degF]"},
    {"kelvin", "K"},    {"degk", "K"},         {"percent", "%"},
    {"pct", "%"},       {"sec", "s"},          {"secs", "s"},
    {"seconds", "s"},   {"minutes", "min"},    {"mins", "min"},
    {"hr", "h"},        {"hrs", "h"},          {"hour", "h"},
    {"hours", "h"},     {"days", "d"},         {"nm", "N.m"},
    {"kmh", "km/h"},    {"kph", "km/h"},       {"mps", "m/s"},
    {"r/min", "rpm"},   {"rev/min", "rpm"},    {"u/min", "rpm"},
    {"volt", "V"},      {"volts", "V"},        {"ampere", "A"},
    {"amp", "A"},       {"amps", "A"},         {"watt", "W"},
    {"watts", "W"},     {"hertz", "Hz"},       {"pascal", "Pa"},
    {"newton", "N"},    {"joule", "J"},        {"ohms", "Ohm"},
    {"liter", "L"},     {"litre", "L"},        {"liters", "L"},
    {"meter", "m"},     {"metre", "m"},        {"meters", "m"},
    {"gram", "g"},      {"grams", "g"},        {"kilogram", "kg"},
    {"tonne", "t"},     {"ton", "t"},          {"bars", "bar"},
    {"inch", "[in_i]"}, {"feet", "[ft_i]"},    {"foot", "[ft_i]"},
    {"lbs", "[lb_av]"}, {"pound", "[lb_av]"},  {"degrees", "deg"},
    {"bytes", "By"},    {"byte", "By"},        {"bits", "bit"},
    {"micron", "um"},   {"cycle", "cycles"},   {"count", "counts"},
});

// Usual units with a prefix, as candidates for misspelt ones.
constexpr auto kUsual = std::to_array<string_view>(
    {"kPa",  "MPa", "hPa",  "mbar", "kW",   "MW",   "mW",    "kWh",  "MWh", "mA",
     "kA",   "uA",  "mV",   "kV",   "mm",   "cm",   "km",    "um",   "ms",  "us",
     "kHz",  "MHz", "GHz",  "kN",   "kg",   "mg",   "kJ",    "MJ",   "mL",  "kOhm",
     "MOhm", "dB",  "km/h", "m/s",  "m/s2", "m3/h", "L/min", "kg/h", "mm/s"});

template <std::size_t N>
bool one_of(const std::array<string_view, N>& list, string_view text) {
  return std::ranges::find(list, text) != list.end();
}

bool is_digit(char c) { return c >= '0' && c <= '9'; }

bool is_exponent(string_view text) {
  if (text.starts_with('+') || text.starts_with('-')) text.remove_prefix(1);
  return !text.empty() && text.size() <= 3 && std::ranges::all_of(text, is_digit);
}

// One unit with its prefix, without exponent.
bool is_symbol(string_view text) {
  if (one_of(kMetric, text) || one_of(kPlain, text)) return true;
  return std::ranges::any_of(kPrefixes, [&](string_view prefix) {
    return text.starts_with(prefix) && one_of(kMetric, text.substr(prefix.size()));
  });
}

// A number, a power of ten, or a unit with an exponent.
bool is_component(string_view text) {
  if (text.empty()) return false;
  if (std::ranges::all_of(text, is_digit)) return text.size() <= 9 && text[0] != '0';
  if (text.starts_with("10*") || text.starts_with("10^"))
    return text.size() == 3 || is_exponent(text.substr(3));
  if (is_symbol(text)) return true;
  std::size_t end = text.size();
  while (end > 0 && is_digit(text[end - 1])) --end;
  if (end > 0 && (text[end - 1] == '+' || text[end - 1] == '-')) --end;
  return end < text.size() && is_exponent(text.substr(end)) && is_symbol(text.substr(0, end));
}

// UCUM, section 2.1: main-term = ["/"] term; term = component *(("." / "/") component), where a
// component may be a term in parentheses and may end in an {annotation} or be one.
class UnitParser {
 public:
  explicit UnitParser(string_view text) : text_(text) {}

  bool whole() {
    take('/');
    return term(0) && at_ == text_.size();
  }

 private:
  static constexpr int kDepthMax = 8;

  bool take(char c) {
    if (at_ >= text_.size() || text_[at_] != c) return false;
    ++at_;
    return true;
  }
  bool term(int depth) {
    if (!component(depth)) return false;
    while (take('.') || take('/'))
      if (!component(depth)) return false;
    return true;
  }
  bool component(int depth) {
    if (take('(')) return depth < kDepthMax && term(depth + 1) && take(')');
    const std::size_t start = at_;
    bool bracket = false;
    for (; at_ < text_.size(); ++at_) {
      const char c = text_[at_];
      if (!bracket && string_view("./(){}").contains(c)) break;
      bracket = c == '[' || (bracket && c != ']');
    }
    const string_view found = text_.substr(start, at_ - start);
    const bool annotated = at_ < text_.size() && text_[at_] == '{';
    return (annotated && found.empty() ? true : is_component(found)) &&
           (!annotated || annotation());
  }
  bool annotation() {
    const std::size_t end = text_.find('}', at_);
    if (end == string_view::npos) return false;
    at_ = end + 1;
    return true;
  }

  string_view text_;
  std::size_t at_ = 0;
};

std::string lower(string_view text) {
  std::string out(text);
  for (char& c : out) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  return out;
}

// With the signs that UCUM has no place for replaced or left out.
std::string in_ascii(string_view text) {
  static constexpr auto kSigns = std::to_array<std::pair<string_view, string_view>>({
      {"\u00b0", "deg"},  // degree sign
      {"\u2103", "degC"},
      {"\u2109", "degF"},
      {"\u00b5", "u"},  // micro sign
      {"\u03bc", "u"},  // mu
      {"\u2126", "Ohm"},
      {"\u03a9", "Ohm"},
      {"\u00b2", "2"},  // superscripts
      {"\u00b3", "3"},
      {"\u00b7", "."},
      {"\u2030", "[ppth]"},
      {"^", ""},
      {"*", "."},
      {" ", ""},
  });
  std::string out;
  while (!text.empty()) {
    const auto sign =
        std::ranges::find_if(kSigns, [&](const auto& row) { return text.starts_with(row.first); });
    if (sign == kSigns.end()) {
      out += text[0];
      text.remove_prefix(1);
    } else {
      out += sign->second;
      text.remove_prefix(sign->first.size());
    }
  }
  return out;
}

}  // namespace

bool is_unit(string_view text) {
  constexpr std::size_t kUnitMax = 64;
  return !text.empty() && text.size() <= kUnitMax && UnitParser(text).whole();
}

std::optional<std::string> nearest_unit(string_view text) {
  const std::string plain = in_ascii(text.substr(0, 64));
  const std::string small = lower(plain);
  if (const auto alias =
          std::ranges::find(kAliases, small, &std::pair<string_view, string_view>::first);
      alias != kAliases.end())
    return std::string(alias->second);
  if (plain != text && is_unit(plain))
    return plain == "degC" ? "Cel" : plain == "degF" ? "[degF]" : plain;
  for (const std::span<const string_view> list :
       {std::span<const string_view>(kUsual), std::span<const string_view>(kMetric),
        std::span<const string_view>(kPlain)})
    for (const string_view unit : list)
      if (lower(unit) == small) return std::string(unit);
  const auto near = nearest(plain, kUsual);
  return near ? std::optional(std::string(*near)) : std::nullopt;
}

}  // namespace lineside::domain
