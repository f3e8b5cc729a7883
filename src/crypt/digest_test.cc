#include "crypt/digest.h"

#include <gtest/gtest.h>

#include "base/text.h"

namespace lineside::crypt {
namespace {

using namespace std::string_view_literals;

// The one-block, two-block and long messages of NIST's examples for FIPS 180-4, and the empty one.
TEST(Sha256, GivesThePublishedDigests) {
  EXPECT_EQ(sha256_hex({}), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(sha256_hex(as_bytes("abc")),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(sha256_hex(as_bytes("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq")),
            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
  EXPECT_EQ(sha256_hex(as_bytes(std::string(1'000'000, 'a'))),
            "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

TEST(Sha256, GivesTheSameForBytesInParts) {
  const std::string text(1000, 'x');
  Sha256 hash;
  for (std::size_t part : {0U, 1U, 63U, 64U, 65U}) {
    for (std::size_t at = 0; at < text.size(); at += part + 1)
      hash.update(as_bytes(std::string_view(text).substr(at, part + 1)));
    EXPECT_EQ(hash.finish(), sha256(as_bytes(text))) << part;
  }
  EXPECT_EQ(hash.finish(), sha256({})) << "it begins anew";
}

struct HmacVector {
  Bytes key;
  std::string message, digest;
};

// RFC 4231, cases 1, 2, 3 and 6.
TEST(HmacSha256, GivesThePublishedCodes) {
  const Bytes jefe = {std::byte{'J'}, std::byte{'e'}, std::byte{'f'}, std::byte{'e'}};
  const HmacVector vectors[] = {
      {Bytes(20, std::byte{0x0b}), "Hi There",
       "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"},
      {jefe, "what do ya want for nothing?",
       "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"},
      {Bytes(20, std::byte{0xaa}), std::string(50, '\xdd'),
       "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe"},
      {Bytes(131, std::byte{0xaa}), "Test Using Larger Than Block-Size Key - Hash Key First",
       "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"},
  };
  for (const HmacVector& vector : vectors) {
    EXPECT_EQ(to_hex(hmac_sha256(vector.key, as_bytes(vector.message))), vector.digest);
    EXPECT_EQ(commitment(vector.key, vector.message), vector.digest);
  }
}

// As other programs compute it: printf '' | openssl dgst -sha256 -mac HMAC -macopt hexkey:00
TEST(HmacSha256, TakesNothingForAKeyAndForAMessage) {
  EXPECT_EQ(to_hex(hmac_sha256({}, {})),
            "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad");
}

TEST(Hex, ReadsBackWhatIsWritten) {
  Bytes bytes;
  for (int i = 0; i < 256; ++i) bytes.push_back(static_cast<std::byte>(i));
  EXPECT_EQ(from_hex(to_hex(bytes)).value(), bytes);
  EXPECT_EQ(from_hex("").value(), Bytes());
  EXPECT_EQ(digest_from_hex(sha256_hex({})).value(), sha256({}));
}

TEST(Hex, RefusesOtherTexts) {
  for (const std::string_view text : {"0", "0g", "AB", "0x12", " 0", "0 ", "\xff\xff"}) {
    const auto bytes = from_hex(text);
    ASSERT_FALSE(bytes) << text;
    EXPECT_EQ(bytes.error().code, Code::invalid);
  }
  EXPECT_EQ(from_hex("00aX").error().text,
            "expected lower-case hex digits, found another character at 4");
  EXPECT_FALSE(digest_from_hex(sha256_hex({}).substr(2)));
  EXPECT_FALSE(digest_from_hex(sha256_hex({}) + "00"));
}

TEST(SameSecret, TellsEqualFromOther) {
  EXPECT_TRUE(same_secret("", ""));
  EXPECT_TRUE(same_secret("a\0b"sv, "a\0b"sv));
  EXPECT_FALSE(same_secret("a\0b"sv, "a\0c"sv));
  EXPECT_FALSE(same_secret("secret", "secreT"));
  EXPECT_FALSE(same_secret("secret", "secre"));
  EXPECT_FALSE(same_secret("", "s"));
}

}  // namespace
}  // namespace lineside::crypt
