#include "hub/keys.h"

#include <gtest/gtest.h>

#include "base/bytes.h"
#include "sim/files.h"
#include "sim/random.h"

namespace lineside::hub {
namespace {

constexpr Time kNow{1'700'000'000'000'000'000};
constexpr Duration kDay = Duration::seconds(86'400);

class KeysTest : public testing::Test {
 protected:
  Result<HubKeys> open(const KeyOptions& options = {}) {
    return HubKeys::open("/keys", options, kNow, {files_, random_});
  }
  std::string text(const std::string& path) {
    const Bytes bytes = *files_.read(path);
    return std::string(as_text(bytes));
  }
  ServerCertificate server(const HubKeys& keys, Time now, const ServerNames& names = kNames) {
    return *open_server_certificate("/keys/server.pem", keys.authority, names, now,
                                    {files_, random_});
  }

  static constexpr const char* kFiles[] = {"/keys/audit.pem", "/keys/state.pem",
                                           "/keys/ca-key.pem"};
  static inline const ServerNames kNames{{"localhost"}, {"127.0.0.1"}};
  sim::SimFiles files_;
  sim::SimRandom random_{5};
};

TEST_F(KeysTest, AreMadeOnceAndThenRead) {
  const HubKeys first = *open();
  const HubKeys second = *open();
  EXPECT_EQ(first.audit.verify_key(), second.audit.verify_key());
  EXPECT_EQ(first.state.verify_key(), second.state.verify_key());
  EXPECT_EQ(first.ca_fingerprint(), second.ca_fingerprint());
  EXPECT_NE(first.audit.verify_key(), first.state.verify_key());
  EXPECT_TRUE(crypt::is_key_name(first.audit_note_key().name));
  EXPECT_EQ(first.ca_fingerprint().size(), 64U);
}

TEST_F(KeysTest, APassphraseKeepsThemFromWhoReadsTheDisk) {
  const KeyOptions secret{.passphrase = "open sesame"};
  const HubKeys made = *open(secret);
  for (const char* name : {"/keys/audit.pem", "/keys/state.pem", "/keys/ca-key.pem"})
    EXPECT_TRUE(text(name).starts_with("-----BEGIN ENCRYPTED PRIVATE KEY-----")) << name;
  EXPECT_EQ(open(secret)->audit.verify_key(), made.audit.verify_key());
  const auto wrong = open({.passphrase = "open barley"});
  ASSERT_FALSE(wrong);
  EXPECT_EQ(wrong.error().code, Code::denied);
  EXPECT_TRUE(wrong.error().text.starts_with("/keys/audit.pem: ")) << wrong.error().text;
  EXPECT_EQ(wrong.error().text.find("barley"), std::string::npos);
}

TEST_F(KeysTest, APassphraseThatComesLaterEncryptsWhatWasInTheClear) {
  const HubKeys made = *open();
  server(made, kNow);
  std::vector<std::string> clear;
  for (const char* name : kFiles) clear.push_back(text(name));
  const std::string certificate = text("/keys/ca.pem");
  const KeyOptions secret{.passphrase = "open sesame"};
  const auto same = [&](const HubKeys& keys) {
    return keys.audit.verify_key() == made.audit.verify_key() &&
           keys.state.verify_key() == made.state.verify_key() &&
           keys.ca_fingerprint() == made.ca_fingerprint();
  };
  ASSERT_TRUE(same(*open(secret)));
  std::vector<std::string> encrypted;
  for (const char* name : kFiles) {
    encrypted.push_back(text(name));
    EXPECT_TRUE(encrypted.back().starts_with("-----BEGIN ENCRYPTED PRIVATE KEY-----")) << name;
  }
  EXPECT_EQ(text("/keys/ca.pem"), certificate);
  EXPECT_FALSE(files_.exists("/keys/server.pem")) << "it has a key in the clear";
  ASSERT_TRUE(same(*open(secret)));
  for (std::size_t i = 0; i < std::size(kFiles); ++i) EXPECT_EQ(text(kFiles[i]), encrypted[i]);
  EXPECT_EQ(open().error().code, Code::denied);

  // The power goes off while the second file is written, and between it and the third.
  for (const std::uint64_t call : {8U, 10U}) {
    for (std::size_t i = 0; i < std::size(kFiles); ++i)
      ASSERT_TRUE(files_.write_atomic(kFiles[i], as_bytes(clear[i])));
    files_.fail_at(call, Code::unavailable, sim::SimFiles::Failure::onwards);
    EXPECT_FALSE(open(secret));
    files_.crash();
    EXPECT_EQ(text(kFiles[2]), clear[2]);
    EXPECT_NE(text(kFiles[0]), clear[0]);
    ASSERT_TRUE(same(*open(secret)));
    for (const char* name : kFiles) EXPECT_TRUE(text(name).contains("ENCRYPTED")) << name;
  }
}

// Files that were put together from two folders: there would be two passphrases in one.
TEST_F(KeysTest, NothingIsEncryptedWithAPassphraseThatDoesNotOpenTheRest) {
  ASSERT_TRUE(open({.passphrase = "open sesame"}));
  const std::string clear = *crypt::SigningKey::generate().to_pem("");
  ASSERT_TRUE(files_.write_atomic("/keys/audit.pem", as_bytes(clear)));
  EXPECT_EQ(open({.passphrase = "open barley"}).error().code, Code::denied);
  EXPECT_EQ(text("/keys/audit.pem"), clear);
}

TEST_F(KeysTest, WithoutAPassphraseAnEncryptedKeyAsksForOne) {
  ASSERT_TRUE(open());
  const std::vector<std::string> all(std::begin(kFiles), std::end(kFiles));
  for (const std::string& name : all) {
    const std::string clear = text(name);
    const std::string encrypted =
        *crypt::SigningKey::from_pem(text("/keys/audit.pem"), "")->to_pem("open sesame");
    ASSERT_TRUE(files_.write_atomic(name, as_bytes(encrypted)));
    const auto refused = open();
    ASSERT_FALSE(refused) << name;
    EXPECT_EQ(refused.error(),
              fail(Code::denied, name + ": the key is encrypted: expected its passphrase in "
                                        "--passphrase-file, found none"));
    ASSERT_TRUE(files_.write_atomic(name, as_bytes(clear)));
  }
}

TEST_F(KeysTest, AKeyInAModuleThatDoesNotOpenIsNamed) {
  ASSERT_TRUE(open());
  const std::string uri = "slot:1";
  EXPECT_TRUE(open({.audit_uri = uri}).error().text.starts_with("--audit-key: PKCS #11: "));
  EXPECT_TRUE(open({.state_uri = uri}).error().text.starts_with("--state-key: PKCS #11: "));
  EXPECT_TRUE(
      open({.ca_uri = uri}).error().text.starts_with("--ca-key and /keys/ca.pem: PKCS #11: "));
  ASSERT_TRUE(files_.remove("/keys/ca.pem"));
  const auto without = open({.ca_uri = uri});
  ASSERT_FALSE(without);
  EXPECT_EQ(without.error().code, Code::not_found);
  EXPECT_TRUE(without.error().text.starts_with(
      "/keys/ca.pem: expected the certificate of the key that --ca-key names, found nothing"));
}

TEST_F(KeysTest, TheServersCertificateIsKeptUntilItIsDue) {
  const HubKeys keys = *open();
  const ServerCertificate first = server(keys, kNow);
  const auto verified = crypt::verify_certificate(
      text("/keys/server.pem").substr(text("/keys/server.pem").find("-----BEGIN CERT")),
      keys.authority.certificate_pem(), kNow, crypt::CertificateUse::server);
  ASSERT_TRUE(verified) << verified.error().text;
  EXPECT_EQ(verified->dns, std::vector<std::string>{"localhost"});
  EXPECT_EQ(first.renew_at, kNow + kDay * 60);
  EXPECT_EQ(server(keys, kNow + kDay * 59).key_pem, first.key_pem);
  EXPECT_NE(server(keys, kNow + kDay * 60).key_pem, first.key_pem);
}

TEST_F(KeysTest, AnotherNameOrAnotherAuthorityTakesAnotherCertificate) {
  const HubKeys keys = *open();
  const ServerCertificate first = server(keys, kNow);
  const ServerCertificate named =
      server(keys, kNow, {{"localhost", "hub.example.com"}, {"127.0.0.1"}});
  EXPECT_NE(named.key_pem, first.key_pem);
  EXPECT_EQ(server(keys, kNow).key_pem, named.key_pem) << "that has all the names asked for";
  ASSERT_TRUE(files_.remove("/keys/ca.pem"));
  EXPECT_NE(server(*open(), kNow).key_pem, named.key_pem);
}

TEST_F(KeysTest, ADamagedFileIsNamed) {
  ASSERT_TRUE(open());
  ASSERT_TRUE(files_.write_atomic("/keys/state.pem", as_bytes("nonsense")));
  const auto damaged = open();
  ASSERT_FALSE(damaged);
  EXPECT_TRUE(damaged.error().text.starts_with("/keys/state.pem: ")) << damaged.error().text;
  EXPECT_EQ(damaged.error().text.find("nonsense"), std::string::npos);
}

}  // namespace
}  // namespace lineside::hub
