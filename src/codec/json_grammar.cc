#include <algorithm>
#include <array>

#include "codec/json_grammar_internal.h"

namespace lineside::codec {

namespace {

constexpr std::string_view kBlanks = " \t\r\n";
constexpr std::string_view kTokenEnd = " \t\r\n,]}";

constexpr auto kNotFinite =
    std::to_array<std::string_view>({"NaN", "nan", "-NaN", "-nan", "Infinity", "-Infinity",
                                     "+Infinity", "inf", "-inf", "+inf", "Inf", "-Inf", "+Inf"});

bool is_digit(char c) { return c >= '0' && c <= '9'; }

bool is_hex_digit(char c) {
  return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

std::size_t skip_digits(std::string_view text, std::size_t at) {
  while (at < text.size() && is_digit(text[at])) ++at;
  return at;
}

}  // namespace

std::string_view trim_json(std::string_view text) {
  // Most often there are none, and a search takes longer than all else that is done to a token.
  if (!text.empty() && text.front() > ' ' && text.back() > ' ') return text;
  const std::size_t first = text.find_first_not_of(kBlanks);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kBlanks) - first + 1);
}

bool is_json_number(std::string_view text) {
  std::size_t at = text.starts_with('-') ? 1 : 0;
  const std::size_t whole = at;
  at = skip_digits(text, at);
  if (at == whole || (text[whole] == '0' && at > whole + 1)) return false;
  if (at < text.size() && text[at] == '.') {
    const std::size_t fraction = ++at;
    at = skip_digits(text, at);
    if (at == fraction) return false;
  }
  if (at < text.size() && (text[at] == 'e' || text[at] == 'E')) {
    ++at;
    if (at < text.size() && (text[at] == '+' || text[at] == '-')) ++at;
    const std::size_t exponent = at;
    at = skip_digits(text, at);
    if (at == exponent) return false;
  }
  return at == text.size();
}

bool is_not_finite_token(std::string_view text) {
  return std::ranges::find(kNotFinite, text) != kNotFinite.end();
}

std::optional<std::size_t> JsonGrammar::fault(std::string_view text) {
  text_ = text;
  at_ = 0;
  next_ = Next::value;
  open_.clear();
  while (next_ != Next::after || !open_.empty()) {
    const std::size_t start = text_.find_first_not_of(kBlanks, at_);
    at_ = open_.empty() ? at_ : std::min(start, text_.size());
    if (at_ == text_.size() || !step()) return at_;
  }
  if (at_ == text_.size()) return std::nullopt;
  return at_;
}

bool JsonGrammar::take(char c) {
  if (at_ == text_.size() || text_[at_] != c) return false;
  ++at_;
  return true;
}

bool JsonGrammar::leave() {
  open_.pop_back();
  next_ = Next::after;
  return true;
}

bool JsonGrammar::step() {
  switch (next_) {
    case Next::value:
      return value();
    case Next::first_element:
      return take(']') ? leave() : value();
    case Next::first_member:
      if (take('}')) return leave();
      [[fallthrough]];
    case Next::member:
      if (!string()) return false;
      at_ = std::min(text_.find_first_not_of(kBlanks, at_), text_.size());
      next_ = Next::value;
      return take(':');
    case Next::after:
      if (take(open_.back())) return leave();
      next_ = open_.back() == '}' ? Next::member : Next::value;
      return take(',');
  }
  return false;
}

bool JsonGrammar::value() {
  next_ = Next::after;
  if (take('{')) {
    open_.push_back('}');
    next_ = Next::first_member;
    return true;
  }
  if (take('[')) {
    open_.push_back(']');
    next_ = Next::first_element;
    return true;
  }
  return text_[at_] == '"' ? string() : token();
}

bool JsonGrammar::string() {
  if (!take('"')) return false;
  while (at_ < text_.size()) {
    const char c = text_[at_];
    if (c == '"') {
      ++at_;
      return true;
    }
    if (static_cast<unsigned char>(c) < 0x20 || (c == '\\' && !escape())) return false;
    if (c != '\\') ++at_;
  }
  return false;
}

bool JsonGrammar::escape() {
  constexpr std::string_view kSimple = "\"\\/bfnrt";
  const std::string_view rest = text_.substr(at_ + 1);
  if (rest.empty()) return false;
  if (kSimple.contains(rest[0])) {
    at_ += 2;
    return true;
  }
  constexpr std::size_t kHexDigits = 4;
  if (rest[0] != 'u' || rest.size() <= kHexDigits ||
      !std::ranges::all_of(rest.substr(1, kHexDigits), is_hex_digit)) {
    return false;
  }
  at_ += 2 + kHexDigits;
  return true;
}

bool JsonGrammar::token() {
  const std::size_t end = std::min(text_.find_first_of(kTokenEnd, at_), text_.size());
  const std::string_view token = text_.substr(at_, end - at_);
  if (token != "true" && token != "false" && token != "null" && !is_json_number(token) &&
      !is_not_finite_token(token)) {
    return false;
  }
  at_ = end;
  return true;
}

}  // namespace lineside::codec
