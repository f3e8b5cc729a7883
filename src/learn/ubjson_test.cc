#include <gtest/gtest.h>

#include "learn/ubjson_internal.h"

namespace lineside::learn {
namespace {

using namespace std::string_literals;

const std::string kDocument =
    "{U\x01"
    "aSU\x03"
    "xyzU\x01"
    "b[$l#U\x02\x00\x00\x00\x05\xff\xff\xff\xff"
    "U\x01"
    "c{U\x01"
    "dd\x3f\x80\x00\x00U\x01"
    "eT}U\x01"
    "f[#U\x02i\x07ZU\x01"
    "g[i\x01I\x01\x00]}"s;

TEST(Ubjson, ReadsWhatXgboostWrites) {
  const auto parsed = parse_ubjson(as_bytes(kDocument));
  ASSERT_TRUE(parsed.has_value()) << parsed.error().text;
  EXPECT_EQ(parsed->at({"a"}).text, "xyz");
  EXPECT_EQ(parsed->at({"b"}).numbers, (std::vector<double>{5, -1}));
  EXPECT_EQ(parsed->at({"c", "d"}).number, 1);
  EXPECT_EQ(parsed->at({"c", "e"}).number, 1);
  ASSERT_EQ(parsed->at({"f"}).list.size(), 2U);
  EXPECT_EQ(parsed->at({"f"}).list[0].number, 7);
  ASSERT_EQ(parsed->at({"g"}).list.size(), 2U);
  EXPECT_EQ(parsed->at({"g"}).list[1].number, 256);
  EXPECT_EQ(parsed->at({"c", "no", "such"}).kind, Ubjson::Kind::null);
}

TEST(Ubjson, RefusesEveryTruncation) {
  for (std::size_t n = 0; n < kDocument.size(); ++n)
    EXPECT_EQ(parse_ubjson(as_bytes(kDocument).first(n)).error().code, Code::corrupt) << n;
}

TEST(Ubjson, RefusesCountsAndDepthsBeyondTheBytes) {
  EXPECT_FALSE(parse_ubjson(as_bytes("[$d#l\x7f\xff\xff\xff"s)).has_value());
  EXPECT_FALSE(parse_ubjson(as_bytes("Sl\x80\x00\x00\x00"s)).has_value());
  EXPECT_FALSE(parse_ubjson(as_bytes(std::string(100, '['))).has_value());
  EXPECT_FALSE(parse_ubjson(as_bytes("?")).has_value());
}

}  // namespace
}  // namespace lineside::learn
