#include "base/plain_text.h"

#include <charconv>
#include <format>

namespace lineside {

namespace {

// The character at `at` as far as it may be one of ours; all of them have at most three bytes.
OddCharacter character_at(std::string_view text, std::size_t at) {
  const auto byte = [&](std::size_t i) -> unsigned {
    return at + i < text.size() ? static_cast<unsigned char>(text[at + i]) : 0U;
  };
  const unsigned first = byte(0);
  if (first == 0xc2 && (byte(1) & 0xc0U) == 0x80U) return {at, 2, byte(1)};
  if (first == 0xe2 && (byte(1) & 0xc0U) == 0x80U && (byte(2) & 0xc0U) == 0x80U)
    return {at, 3, 0x2000U + ((byte(1) & 0x3fU) << 6U) + (byte(2) & 0x3fU)};
  return {at, 1, first < 0x80 ? first : 0xfffdU};
}

// None of ours, and most of what is looked at: every text of a batch is, more than once.
bool is_plain(char c) { return c >= 0x20 && c < 0x7f; }

template <class Is>
std::optional<OddCharacter> find_first(std::string_view text, Is is) {
  for (std::size_t at = 0; at < text.size();) {
    if (is_plain(text[at])) {
      ++at;
      continue;
    }
    const OddCharacter character = character_at(text, at);
    if (is(character.code)) return character;
    at += character.size;
  }
  return std::nullopt;
}

bool is_odd(unsigned code) { return is_control(code) || is_turning(code); }

std::string escape_of(unsigned code) { return std::format("\\u{:04x}", code); }

template <class Is>
std::string escape(std::string_view text, Is is) {
  std::string out;
  for (auto odd = find_first(text, is); odd; odd = find_first(text, is)) {
    out += text.substr(0, odd->at);
    out += escape_of(odd->code);
    text.remove_prefix(odd->at + odd->size);
  }
  return out += text;
}

// What an escape of JSON, which begins at `at` with its backslash, stands for, and its length.
OddCharacter escape_at(std::string_view json, std::size_t at) {
  const char letter = at + 1 < json.size() ? json[at + 1] : '\0';
  if (letter == 'b') return {at, 2, '\b'};
  if (letter == 'f') return {at, 2, '\f'};
  if (letter != 'u' || at + 6 > json.size()) return {at, letter == '\0' ? 1U : 2U, '.'};
  unsigned code = 0;
  const char* digits = json.data() + at + 2;
  const auto [end, error] = std::from_chars(digits, digits + 4, code, 16);
  if (error != std::errc() || end != digits + 4) return {at, 2, '.'};
  return {at, 6, code};
}

}  // namespace

bool is_control(unsigned code) {
  if (code == '\t' || code == '\n' || code == '\r') return false;
  return code < 0x20 || (code >= 0x7f && code < 0xa0);
}

bool is_turning(unsigned code) {
  return (code >= 0x2028 && code <= 0x202e) || (code >= 0x2066 && code <= 0x2069);
}

std::optional<OddCharacter> find_control(std::string_view text) {
  return find_first(text, is_control);
}

std::optional<OddCharacter> find_turning(std::string_view text) {
  return find_first(text, is_turning);
}

std::optional<OddCharacter> find_odd(std::string_view text) { return find_first(text, is_odd); }

std::string escape_odd(std::string_view text) { return escape(text, is_odd); }

std::string escape_wide(std::string_view text) {
  return escape(text, [](unsigned code) { return code >= 0x80 && is_odd(code); });
}

std::string escape_odd_in_json(std::string_view json) {
  std::string out;
  out.reserve(json.size());
  for (std::size_t at = 0; at < json.size();) {
    const bool is_escape = json[at] == '\\';
    const OddCharacter one = is_escape ? escape_at(json, at) : character_at(json, at);
    if (is_odd(one.code))
      out += "\\" + escape_of(one.code);
    else
      out += json.substr(at, one.size);
    at += one.size;
  }
  return out;
}

}  // namespace lineside
