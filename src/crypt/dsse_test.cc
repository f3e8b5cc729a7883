#include "crypt/dsse.h"

#include <gtest/gtest.h>

namespace lineside::crypt {
namespace {

constexpr std::string_view kType = "http://example.com/HelloWorld";

// secure-systems-lab/dsse protocol.md, "Test vectors".
TEST(Dsse, EncodesThePublishedVector) {
  EXPECT_EQ(pae(kType, "hello world"), "DSSEv1 29 http://example.com/HelloWorld 11 hello world");
}

TEST(Dsse, CountsBytesSoThatNoTwoPairsAreEncodedAlike) {
  EXPECT_EQ(pae("", ""), "DSSEv1 0  0 ");
  EXPECT_EQ(pae("\u00e4", std::string("\0\n", 2)), std::string("DSSEv1 2 \u00e4 2 \0\n", 16));
  EXPECT_NE(pae("a 1", "b"), pae("a", "1 b"));
}

class Signers : public testing::Test {
 protected:
  const SigningKey ada = SigningKey::generate();
  const SigningKey bob = SigningKey::generate();
  const SigningKey eve = SigningKey::generate();
  const std::vector<VerifyKey> trusted = {ada.verify_key(), bob.verify_key()};
};

TEST_F(Signers, AreCountedAgainstTheThreshold) {
  Envelope envelope = sign(kType, "hello world", ada).value();
  EXPECT_EQ(verify(envelope, trusted, 1).value(), std::vector{ada.verify_key()});
  const auto alone = verify(envelope, trusted, 2);
  ASSERT_FALSE(alone);
  EXPECT_EQ(alone.error().code, Code::denied);
  EXPECT_EQ(alone.error().text, "envelope: expected signatures by 2 of 2 keys, found 1");
  ASSERT_TRUE(sign(envelope, bob));
  EXPECT_EQ(verify(envelope, trusted, 2).value(), trusted);
}

TEST_F(Signers, CountOnceHoweverOftenTheySignOrAreListed) {
  Envelope envelope = sign(kType, "x", ada).value();
  ASSERT_TRUE(sign(envelope, ada));
  const std::vector<VerifyKey> twice = {ada.verify_key(), ada.verify_key(), bob.verify_key()};
  EXPECT_EQ(verify(envelope, twice, 2).error().code, Code::denied);
  EXPECT_EQ(verify(envelope, twice, 1).value(), std::vector{ada.verify_key()});
}

TEST_F(Signers, AreKnownByTheirKeysAndNotByTheirHints) {
  Envelope envelope = sign(kType, "x", eve).value();
  envelope.signatures[0].keyid = key_id(ada.verify_key());
  EXPECT_EQ(verify(envelope, trusted, 1).error().code, Code::denied);
  envelope = sign(kType, "x", ada).value();
  for (const std::string& hint : {std::string(), key_id(eve.verify_key()), std::string("???")}) {
    envelope.signatures[0].keyid = hint;
    EXPECT_TRUE(verify(envelope, trusted, 1)) << hint;
  }
}

TEST_F(Signers, SignBothTypeAndPayload) {
  const Envelope envelope = sign(kType, "payload", ada).value();
  EXPECT_EQ(envelope.signatures[0].keyid, key_id(ada.verify_key()));
  Envelope other = envelope;
  other.payload += ' ';
  EXPECT_EQ(verify(other, trusted, 1).error().code, Code::denied);
  other = envelope;
  other.payload_type.pop_back();
  EXPECT_EQ(verify(other, trusted, 1).error().code, Code::denied);
  other = envelope;
  other.signatures[0].sig.pop_back();
  EXPECT_EQ(verify(other, trusted, 1).error().code, Code::denied);
}

TEST_F(Signers, AreFoundAmongSignaturesOfOtherKinds) {
  Envelope envelope = sign(kType, "x", ada).value();
  envelope.signatures.insert(envelope.signatures.begin(), {.keyid = "ecdsa", .sig = Bytes(71)});
  EXPECT_TRUE(verify(envelope, trusted, 1));
}

TEST_F(Signers, AreBounded) {
  Envelope envelope = sign(kType, "x", ada).value();
  envelope.signatures.resize(kEnvelopeSignaturesMax, envelope.signatures[0]);
  EXPECT_TRUE(verify(envelope, trusted, 1));
  EXPECT_EQ(sign(envelope, bob).error().code, Code::exhausted);
  envelope.signatures.push_back({});
  EXPECT_EQ(verify(envelope, trusted, 1).error().code, Code::exhausted);
}

TEST_F(Signers, AreNeverNone) {
  EXPECT_EQ(verify({}, trusted, 0).error().code, Code::invalid);
  EXPECT_EQ(verify({}, trusted, 1).error().code, Code::denied);
  EXPECT_EQ(verify(sign(kType, "x", ada).value(), {}, 1).error().code, Code::denied);
}

}  // namespace
}  // namespace lineside::crypt
