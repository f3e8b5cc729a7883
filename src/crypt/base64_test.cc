#include "crypt/base64.h"

#include <gtest/gtest.h>

namespace lineside::crypt {
namespace {

struct Vector {
  std::string_view bytes, text, unpadded;
};

// RFC 4648 section 10.
constexpr Vector kPublished[] = {
    {"", "", ""},
    {"f", "Zg==", "Zg"},
    {"fo", "Zm8=", "Zm8"},
    {"foo", "Zm9v", "Zm9v"},
    {"foob", "Zm9vYg==", "Zm9vYg"},
    {"fooba", "Zm9vYmE=", "Zm9vYmE"},
    {"foobar", "Zm9vYmFy", "Zm9vYmFy"},
};

TEST(Base64, WritesAndReadsThePublishedVectors) {
  for (const Vector& vector : kPublished) {
    const ByteView bytes = as_bytes(vector.bytes);
    EXPECT_EQ(to_base64(bytes), vector.text);
    EXPECT_EQ(to_base64_unpadded(bytes), vector.unpadded);
    EXPECT_EQ(to_base64url(bytes), vector.unpadded);
    EXPECT_EQ(as_text(from_base64(vector.text).value()), vector.bytes);
    EXPECT_EQ(as_text(from_base64_unpadded(vector.unpadded).value()), vector.bytes);
    EXPECT_EQ(as_text(from_base64url(vector.unpadded).value()), vector.bytes);
  }
}

TEST(Base64, TellsTheTwoAlphabetsApart) {
  const Bytes bytes = {std::byte{0xfb}, std::byte{0xff}, std::byte{0xfe}};
  EXPECT_EQ(to_base64(bytes), "+//+");
  EXPECT_EQ(to_base64url(bytes), "-__-");
  EXPECT_EQ(from_base64("+//+").value(), bytes);
  EXPECT_EQ(from_base64url("-__-").value(), bytes);
  EXPECT_FALSE(from_base64("-__-"));
  EXPECT_FALSE(from_base64url("+//+"));
}

TEST(Base64, ReadsBackEveryByteAtEveryPlace) {
  Bytes bytes;
  for (int i = 0; i < 259; ++i) {
    EXPECT_EQ(from_base64(to_base64(bytes)).value(), bytes);
    EXPECT_EQ(from_base64url(to_base64url(bytes)).value(), bytes);
    bytes.push_back(static_cast<std::byte>(i * 167 % 256));
  }
}

TEST(Base64, RefusesWhatIsNotTheOneTextOfItsBytes) {
  for (const std::string_view text :
       {"Zg", "Zg=", "Zg===", "Z===", "====", "=", "Zh==", "Zm9=", "Zm 9v", "Zm9v\n",
        "Zm9v====", "Zg==Zg==", "Z=g=", "Zm9*", "\xc3\xa4zz"}) {
    const auto bytes = from_base64(text);
    ASSERT_FALSE(bytes) << text;
    EXPECT_EQ(bytes.error().code, Code::invalid);
  }
  for (const std::string_view text : {"Z", "Zg==", "Zh", "Zm9", "Zm9vY"}) {
    EXPECT_FALSE(from_base64_unpadded(text)) << text;
    EXPECT_FALSE(from_base64url(text)) << text;
  }
}

}  // namespace
}  // namespace lineside::crypt
