#include "crypt/base64.h"

#include <array>
#include <cstdint>
#include <format>

namespace lineside::crypt {

namespace {

constexpr std::string_view kStandard =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::string_view kUrl =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

constexpr std::uint8_t kNone = 0xff;

constexpr std::array<std::uint8_t, 256> values_of(std::string_view alphabet) {
  std::array<std::uint8_t, 256> values{};
  values.fill(kNone);
  for (std::size_t i = 0; i < alphabet.size(); ++i)
    values[static_cast<unsigned char>(alphabet[i])] = static_cast<std::uint8_t>(i);
  return values;
}

constexpr auto kStandardValues = values_of(kStandard);
constexpr auto kUrlValues = values_of(kUrl);

std::string encode(ByteView bytes, std::string_view alphabet) {
  std::string text;
  text.reserve((bytes.size() * 4 + 2) / 3);
  std::uint32_t held = 0;
  unsigned bits = 0;
  for (const std::byte b : bytes) {
    held = (held << 8 | std::to_integer<std::uint32_t>(b)) & 0xffff;
    for (bits += 8; bits >= 6;) {
      bits -= 6;
      text += alphabet[held >> bits & 0x3f];
    }
  }
  if (bits > 0) text += alphabet[held << (6 - bits) & 0x3f];
  return text;
}

Result<Bytes> decode(std::string_view text, const std::array<std::uint8_t, 256>& values) {
  if (text.size() % 4 == 1)
    return invalid(
        std::format("base64: expected no single last character, found {} characters", text.size()));
  Bytes bytes;
  bytes.reserve(text.size() * 3 / 4);
  std::uint32_t held = 0;
  unsigned bits = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const std::uint8_t value = values[static_cast<unsigned char>(text[i])];
    if (value == kNone)
      return invalid(std::format("base64: character {} is none of its alphabet", i + 1));
    held = (held << 6 | value) & 0xffff;
    bits += 6;
    if (bits < 8) continue;
    bits -= 8;
    bytes.push_back(static_cast<std::byte>(held >> bits & 0xff));
  }
  if ((held & ((1U << bits) - 1)) != 0) return invalid("base64: the unused last bits are not zero");
  return bytes;
}

}  // namespace

std::string to_base64(ByteView bytes) {
  std::string text = encode(bytes, kStandard);
  text.append((4 - text.size() % 4) % 4, '=');
  return text;
}

std::string to_base64_unpadded(ByteView bytes) { return encode(bytes, kStandard); }

std::string to_base64url(ByteView bytes) { return encode(bytes, kUrl); }

Result<Bytes> from_base64(std::string_view text) {
  if (text.size() % 4 != 0)
    return invalid(
        std::format("base64: expected a multiple of four characters, found {}", text.size()));
  for (int i = 0; i < 2 && text.ends_with('='); ++i) text.remove_suffix(1);
  return decode(text, kStandardValues);
}

Result<Bytes> from_base64_unpadded(std::string_view text) { return decode(text, kStandardValues); }

Result<Bytes> from_base64url(std::string_view text) { return decode(text, kUrlValues); }

}  // namespace lineside::crypt
