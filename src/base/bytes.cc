#include "base/bytes.h"

#include <array>

#include "base/bytes_internal.h"

namespace lineside {

namespace {

// Eight tables: kTables[k][b] is the effect of byte b followed by k zero bytes, which lets eight
// bytes be taken at once. Source: M. Kounavis, F. Berry, "A Systematic Approach to Building High
// Performance, Software-based, CRC Generators", 2005 (slicing-by-8).
using Tables = std::array<std::array<std::uint32_t, 256>, 8>;

constexpr Tables make_tables() {
  constexpr std::uint32_t kPolynomial = 0x82f63b78;  // Castagnoli, bits reversed
  Tables tables{};
  for (std::uint32_t b = 0; b < 256; ++b) {
    std::uint32_t crc = b;
    for (int bit = 0; bit < 8; ++bit) crc = (crc >> 1) ^ ((crc & 1) != 0 ? kPolynomial : 0);
    tables[0][b] = crc;
  }
  for (std::size_t k = 1; k < tables.size(); ++k) {
    for (std::size_t b = 0; b < 256; ++b) {
      const std::uint32_t before = tables[k - 1][b];
      tables[k][b] = (before >> 8) ^ tables[0][before & 0xff];
    }
  }
  return tables;
}

constexpr Tables kTables = make_tables();

std::uint64_t load64(const std::byte* from) {
  std::uint64_t word = 0;
  std::memcpy(&word, from, sizeof word);
  return word;
}

#if defined(__x86_64__)
__attribute__((target("sse4.2"))) std::uint32_t crc32c_sse42(ByteView bytes, std::uint32_t seed) {
  std::uint64_t crc = ~seed;
  std::size_t at = 0;
  for (; bytes.size() - at >= 8; at += 8) {
    crc = __builtin_ia32_crc32di(crc, load64(bytes.data() + at));
  }
  auto narrow = static_cast<std::uint32_t>(crc);
  for (; at < bytes.size(); ++at) {
    narrow = __builtin_ia32_crc32qi(narrow, std::to_integer<std::uint8_t>(bytes[at]));
  }
  return ~narrow;
}
#endif

using Crc = std::uint32_t (*)(ByteView, std::uint32_t);

Crc fastest() {
#if defined(__x86_64__)
  if (__builtin_cpu_supports("sse4.2") != 0) return crc32c_sse42;
#endif
  return detail::crc32c_table;
}

}  // namespace

namespace detail {

std::uint32_t crc32c_table(ByteView bytes, std::uint32_t seed) {
  std::uint32_t crc = ~seed;
  std::size_t at = 0;
  for (; bytes.size() - at >= 8; at += 8) {
    const std::uint64_t word = load64(bytes.data() + at) ^ crc;
    crc = 0;
    for (std::size_t k = 0; k < 8; ++k) crc ^= kTables[7 - k][(word >> (8 * k)) & 0xff];
  }
  for (; at < bytes.size(); ++at) {
    crc = (crc >> 8) ^ kTables[0][(crc ^ std::to_integer<std::uint32_t>(bytes[at])) & 0xff];
  }
  return ~crc;
}

}  // namespace detail

std::uint32_t crc32c(ByteView bytes, std::uint32_t seed) {
  static const Crc crc = fastest();
  return crc(bytes, seed);
}

}  // namespace lineside
