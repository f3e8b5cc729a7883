#include "crypt/signature.h"

#include <gtest/gtest.h>
#include <openssl/ec.h>

#include "base/text.h"
#include "crypt/digest.h"
#include "crypt/key_internal.h"

namespace lineside::crypt {
namespace {

struct SignatureVector {
  std::string_view seed, key, message, signature;
};

// RFC 8032 section 7.1, tests 1 to 3.
constexpr SignatureVector kSignatures[] = {
    {"9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
     "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", "",
     "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b"
     "46bd25bf5f0595bbe24655141438e7a100b"},
    {"4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
     "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c", "72",
     "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11"
     "d8c387b2eaeb4302aeeb00d291612bb0c00"},
    {"c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
     "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025", "af82",
     "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc"
     "6594a7c15e9716ed28dc027beceea1ec40a"},
};

SigningKey first_key() {
  return SigningKey::from_seed(from_hex(kSignatures[0].seed).value()).value();
}

TEST(Ed25519, SignsAndVerifiesThePublishedVectors) {
  for (const SignatureVector& vector : kSignatures) {
    const SigningKey key = SigningKey::from_seed(from_hex(vector.seed).value()).value();
    const Bytes message = from_hex(vector.message).value();
    EXPECT_EQ(to_hex(key.verify_key().raw), vector.key);
    const Signature signature = key.sign(message).value();
    EXPECT_EQ(to_hex(signature), vector.signature);
    EXPECT_TRUE(VerifyKey::from_raw(from_hex(vector.key).value())->verify(message, signature));
  }
}

TEST(Ed25519, RefusesWhatIsNotTheSignature) {
  const SigningKey key = first_key();
  const Bytes message(100, std::byte{7});
  const Signature signature = key.sign(message).value();
  for (std::size_t bit = 0; bit < 8 * signature.size(); ++bit) {
    Signature bad = signature;
    bad[bit / 8] ^= static_cast<std::byte>(1 << bit % 8);
    EXPECT_FALSE(key.verify_key().verify(message, bad)) << bit;
  }
  Bytes other = message;
  other.back() ^= std::byte{1};
  EXPECT_FALSE(key.verify_key().verify(other, signature));
  EXPECT_FALSE(key.verify_key().verify(message, ByteView(signature).first(63)));
  EXPECT_FALSE(key.verify_key().verify(message, {}));
  EXPECT_FALSE(SigningKey::generate().verify_key().verify(message, signature));
  VerifyKey no_point;
  no_point.raw.fill(std::byte{0xff});
  EXPECT_FALSE(no_point.verify(message, signature));
}

// s + L in place of s, which other libraries once took: RFC 8032 section 5.1.7.
TEST(Ed25519, RefusesTheSecondFormOfASignature) {
  constexpr std::array<unsigned, 32> kOrder = {0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58,
                                               0xd6, 0x9c, 0xf7, 0xa2, 0xde, 0xf9, 0xde, 0x14,
                                               0,    0,    0,    0,    0,    0,    0,    0,
                                               0,    0,    0,    0,    0,    0,    0,    0x10};
  const SigningKey key = first_key();
  Signature signature = key.sign({}).value();
  ASSERT_TRUE(key.verify_key().verify({}, signature));
  unsigned carry = 0;
  for (std::size_t i = 0; i < kOrder.size(); ++i) {
    carry += std::to_integer<unsigned>(signature[32 + i]) + kOrder[i];
    signature[32 + i] = static_cast<std::byte>(carry & 0xff);
    carry >>= 8;
  }
  EXPECT_FALSE(key.verify_key().verify({}, signature));
}

TEST(SigningKey, IsAnotherOneEachTime) {
  EXPECT_NE(SigningKey::generate().verify_key(), SigningKey::generate().verify_key());
}

TEST(SigningKey, NeedsSeedAndKeyOf32Bytes) {
  EXPECT_EQ(SigningKey::from_seed(Bytes(31)).error().code, Code::invalid);
  EXPECT_EQ(VerifyKey::from_raw(Bytes(33)).error().code, Code::invalid);
}

// RFC 8410 section 10.3: the same key as a file and as raw bytes.
TEST(SigningKey, ReadsThePublishedFiles) {
  const auto key = SigningKey::from_pem(
      "-----BEGIN PRIVATE KEY-----\n"
      "MC4CAQAwBQYDK2VwBCIEINTuctv5E1hK1bbY8fdp+K06/nwoy/HU++CXqI9EdVhC\n"
      "-----END PRIVATE KEY-----\n",
      "");
  ASSERT_TRUE(key);
  EXPECT_EQ(to_hex(key->verify_key().raw),
            "19bf44096984cdfe8541bac167dc3b96c85086aa30b6b6cb0c5c38ad703166e1");
  constexpr std::string_view kPublic =
      "-----BEGIN PUBLIC KEY-----\n"
      "MCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE=\n"
      "-----END PUBLIC KEY-----\n";
  EXPECT_EQ(VerifyKey::from_pem(kPublic).value(), key->verify_key());
  EXPECT_EQ(key->verify_key().to_pem(), kPublic);
  EXPECT_EQ(key_id(key->verify_key()), sha256_hex(pem_block(kPublic, "PUBLIC KEY")->der));
}

TEST(SigningKey, OpensWithItsPassphraseOnly) {
  const SigningKey key = first_key();
  const std::string pem = key.to_pem("correct horse").value();
  EXPECT_TRUE(pem.starts_with("-----BEGIN ENCRYPTED PRIVATE KEY-----\n"));
  EXPECT_NE(pem, key.to_pem("correct horse").value()) << "each time another salt";
  EXPECT_EQ(SigningKey::from_pem(pem, "correct horse")->verify_key(), key.verify_key());
  for (const std::string_view wrong : {"", "correct hors", "correct horse "}) {
    const auto opened = SigningKey::from_pem(pem, wrong);
    ASSERT_FALSE(opened);
    EXPECT_EQ(opened.error().code, Code::denied);
    EXPECT_EQ(opened.error().text, "private key: it does not open with this passphrase");
  }
}

TEST(SigningKey, IsInTheClearWithoutAPassphrase) {
  const std::string pem = first_key().to_pem("").value();
  EXPECT_TRUE(pem.starts_with("-----BEGIN PRIVATE KEY-----\n"));
  EXPECT_EQ(SigningKey::from_pem(pem, "ignored")->verify_key(), first_key().verify_key());
}

struct BadPem {
  std::string pem, error;
};

TEST(SigningKey, SaysWhatIsWrongWithAFile) {
  const std::string good = first_key().to_pem("").value();
  const std::string ec =
      private_key_to_pem({.context = nullptr, .key = KeyPtr(EVP_EC_gen("P-256"))}, "").value();
  const std::string legacy = "-----BEGIN EC PRIVATE KEY-----\nAAAA\n-----END EC PRIVATE KEY-----\n";
  const BadPem cases[] = {
      {"", "PEM: expected \"-----BEGIN ...-----\", found none"},
      {"hello", "PEM: expected \"-----BEGIN ...-----\", found none"},
      {good + good, "PEM: expected at most 1 blocks, found more"},
      {std::string(kPemBytesMax + 1, 'x'), "PEM: expected at most 65536 bytes, found 65537"},
      {good.substr(0, 60), "PEM: bad end line"},
      {ec, "private key: expected Ed25519, found another kind of key"},
      {legacy,
       "PEM: expected \"ENCRYPTED PRIVATE KEY\" or \"PRIVATE KEY\" (openssl pkcs8 -topk8), found "
       "\"EC PRIVATE KEY\""},
      {"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n",
       "private key: expected PKCS #8, found other bytes"},
      {"-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n-----END ENCRYPTED PRIVATE KEY-----\n",
       "private key: expected PKCS #8, found other bytes"},
      {"-----BEGIN PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,00\n\nAAAA\n"
       "-----END PRIVATE KEY-----\n",
       "PEM: expected no headers (PKCS #8 encrypts without)"},
  };
  for (const BadPem& one : cases) {
    const auto key = SigningKey::from_pem(one.pem, "secret");
    ASSERT_FALSE(key) << one.error;
    EXPECT_EQ(key.error().code, Code::invalid);
    EXPECT_EQ(key.error().text, one.error);
  }
}

TEST(VerifyKey, SaysWhatIsWrongWithAFile) {
  const std::string good = first_key().verify_key().to_pem();
  EXPECT_EQ(VerifyKey::from_pem(first_key().to_pem("").value()).error().text,
            "PEM: expected \"PUBLIC KEY\", found \"PRIVATE KEY\"");
  Bytes der = pem_block(good, "PUBLIC KEY")->der;
  der.pop_back();
  EXPECT_EQ(VerifyKey::from_pem(to_pem("PUBLIC KEY", der)).error().text,
            "Ed25519 key: expected 32 bytes, found 31");
  der.resize(5);
  EXPECT_EQ(VerifyKey::from_pem(to_pem("PUBLIC KEY", der)).error().text,
            "public key: expected Ed25519, found another kind of key");
}

}  // namespace
}  // namespace lineside::crypt
