#include "base/bytes.h"

#include <cmath>
#include <numbers>
#include <random>
#include <string>

#include <gtest/gtest.h>

#include "base/bytes_internal.h"

namespace lineside {
namespace {

Bytes filled(std::size_t n, auto value_at) {
  Bytes bytes(n);
  for (std::size_t i = 0; i < n; ++i) bytes[i] = static_cast<std::byte>(value_at(i));
  return bytes;
}

// RFC 3720 appendix B.4; the RFC prints the checksums as bytes in wire order.
TEST(Crc32c, MatchesRfc3720) {
  EXPECT_EQ(crc32c(filled(32, [](std::size_t) { return 0; })), 0x8a9136aaU);
  EXPECT_EQ(crc32c(filled(32, [](std::size_t) { return 0xff; })), 0x62a8ab43U);
  EXPECT_EQ(crc32c(filled(32, [](std::size_t i) { return i; })), 0x46dd794eU);
  EXPECT_EQ(crc32c(filled(32, [](std::size_t i) { return 31 - i; })), 0x113fdb5cU);
  constexpr std::uint8_t kReadCommand[] = {
      0x01, 0xc0, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
      0x00, 0x00, 0x00, 0x00, 0x14, 0x00, 0x00, 0x00, 0x00, 0x00, 0x04, 0x00,
      0x00, 0x00, 0x00, 0x14, 0x00, 0x00, 0x00, 0x18, 0x28, 0x00, 0x00, 0x00,
      0x00, 0x00, 0x00, 0x00, 0x02, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00};
  EXPECT_EQ(crc32c(std::as_bytes(std::span(kReadCommand))), 0xd9963a56U);
}

TEST(Crc32c, KnownTexts) {
  EXPECT_EQ(crc32c({}), 0U);
  EXPECT_EQ(crc32c(as_bytes("123456789")), 0xe3069283U);
}

TEST(Crc32c, FastEqualsPortableAtEveryLengthAndAlignment) {
  std::mt19937 random(1);
  const Bytes bytes = filled(300, [&](std::size_t) { return random() & 0xff; });
  for (std::size_t offset = 0; offset < 9; ++offset) {
    for (std::size_t n = 0; n + offset <= bytes.size(); ++n) {
      const ByteView view = ByteView(bytes).subspan(offset, n);
      ASSERT_EQ(crc32c(view, 77), detail::crc32c_table(view, 77)) << offset << " " << n;
    }
  }
}

TEST(Crc32c, ChainsThroughTheSeed) {
  const std::string text = "the quick brown fox jumps over the lazy dog";
  for (std::size_t cut = 0; cut <= text.size(); ++cut) {
    const std::uint32_t first = crc32c(as_bytes(text).first(cut));
    EXPECT_EQ(crc32c(as_bytes(text).subspan(cut), first), crc32c(as_bytes(text)));
  }
}

TEST(Bytes, WhatIsWrittenIsRead) {
  Bytes out;
  ByteWriter writer(out);
  writer.put<std::uint8_t>(0xfe);
  writer.put<std::int64_t>(-5);
  writer.put(std::numbers::pi);
  writer.put_string("caf\xc3\xa9");
  writer.put_string("");
  const std::vector<float> values = {1.5F, -2.25F};
  writer.put_array(std::span(values));
  writer.put_bytes(as_bytes("tail"));

  ByteReader reader(out);
  EXPECT_EQ(reader.get<std::uint8_t>(), 0xfe);
  EXPECT_EQ(reader.get<std::int64_t>(), -5);
  EXPECT_EQ(reader.get<double>(), std::numbers::pi);
  EXPECT_EQ(reader.get_string(), "caf\xc3\xa9");
  EXPECT_EQ(reader.get_string(), "");
  std::vector<float> read;
  EXPECT_TRUE(reader.get_array(read));
  EXPECT_EQ(read, values);
  EXPECT_EQ(as_text(reader.get_bytes(4)), "tail");
  EXPECT_TRUE(reader.ok());
  EXPECT_EQ(reader.remaining(), 0U);
  EXPECT_EQ(reader.position(), out.size());
}

TEST(Bytes, LayoutIsLittleEndian) {
  Bytes out;
  ByteWriter(out).put<std::uint32_t>(0x01020304);
  EXPECT_EQ(as_text(out), std::string_view("\x04\x03\x02\x01"));
}

TEST(Bytes, AShortReadYieldsZerosForGood) {
  const Bytes three(3, std::byte{0xff});
  ByteReader reader(three);
  EXPECT_EQ(reader.get<std::uint32_t>(), 0U);
  EXPECT_FALSE(reader.ok());
  EXPECT_EQ(reader.get<std::uint8_t>(), 0U) << "a byte is there, but the reader has failed";
  EXPECT_TRUE(reader.get_bytes(1).empty());
  EXPECT_EQ(reader.position(), 0U);
}

TEST(Bytes, ACountBeyondTheEndAllocatesNothing) {
  Bytes out;
  ByteWriter(out).put<std::uint32_t>(0xffffffff);
  ByteReader array(out);
  std::vector<double> values;
  EXPECT_FALSE(array.get_array(values));
  EXPECT_TRUE(values.empty());
  EXPECT_FALSE(array.ok());
  ByteReader text(out);
  EXPECT_EQ(text.get_string(), "");
  EXPECT_FALSE(text.ok());
}

}  // namespace
}  // namespace lineside
