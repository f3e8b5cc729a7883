// Numbers of text formats that give each number one text only.
#pragma once

#include <charconv>
#include <cstdint>
#include <optional>
#include <string_view>

namespace lineside::crypt {

// The whole text as decimal digits, without sign or leading zero; nothing else, nothing beyond
// `most`.
inline std::optional<std::uint64_t> read_decimal(std::string_view text, std::uint64_t most) {
  std::uint64_t value = 0;
  const char* end = text.data() + text.size();
  const auto [stop, failure] = std::from_chars(text.data(), end, value);
  if (failure != std::errc() || stop != end || value > most) return std::nullopt;
  if (text.size() > 1 && text.front() == '0') return std::nullopt;
  return value;
}

}  // namespace lineside::crypt
