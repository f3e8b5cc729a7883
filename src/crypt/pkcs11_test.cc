#include <cstdlib>
#include <filesystem>
#include <format>
#include <fstream>
#include <string>
#include <unistd.h>

#include <gtest/gtest.h>

#include "crypt/signature.h"
#include "crypt/x509.h"

namespace lineside::crypt {
namespace {

TEST(Pkcs11, TakesAUriOnly) {
  EXPECT_EQ(SigningKey::from_pkcs11("file:/etc/key.pem", "").error().code, Code::invalid);
}

// The folder of OpenSSL's modules is read when they are looked for: there is none in it.
TEST(Pkcs11, SaysThatThereIsNoProviderAndNothingOfThePin) {
  const char* before = std::getenv("OPENSSL_MODULES");
  const std::string kept = before != nullptr ? before : "";
  ::setenv("OPENSSL_MODULES", "/nowhere", 1);
  const auto key = SigningKey::from_pkcs11("pkcs11:token=hub;object=log?pin-value=4321", "1234");
  if (kept.empty()) {
    ::unsetenv("OPENSSL_MODULES");
  } else {
    ::setenv("OPENSSL_MODULES", kept.c_str(), 1);
  }
  ASSERT_FALSE(key);
  EXPECT_EQ(key.error().code, Code::unsupported);
  EXPECT_TRUE(key.error().text.contains("pkcs11-provider")) << key.error().text;
  EXPECT_FALSE(key.error().text.contains("1234"));
  EXPECT_FALSE(key.error().text.contains("4321"));
}

// A token of SoftHSM with an Ed25519 key "log" and a P-256 key "ca", where that software is
// installed (packages softhsm2 and pkcs11-provider).
class SoftHsm : public testing::Test {
 protected:
  void SetUp() override {
#ifdef LINESIDE_SANITIZED
    GTEST_SKIP() << "modules do not load under sanitizers";
#endif
    if (std::getenv("PKCS11_PROVIDER_MODULE") == nullptr)
      ::setenv("PKCS11_PROVIDER_MODULE", "/usr/lib/softhsm/libsofthsm2.so", 1);
    if (!run("command -v softhsm2-util") ||
        SigningKey::from_pkcs11("pkcs11:object=none", "").error().code == Code::unsupported)
      GTEST_SKIP() << "needs SoftHSM and OpenSSL's provider pkcs11";
    std::filesystem::create_directories(folder_ / "tokens");
    std::ofstream(folder_ / "softhsm.conf")
        << "directories.tokendir = " << (folder_ / "tokens").string() << '\n';
    ::setenv("SOFTHSM2_CONF", (folder_ / "softhsm.conf").c_str(), 1);
    ASSERT_TRUE(tool("--init-token --free --label hub --so-pin 12345678"));
    ASSERT_TRUE(run("openssl genpkey -algorithm ed25519 -out log.pem"));
    ASSERT_TRUE(
        run("openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes "
            "-keyout ca.pem -out ca.crt -subj /CN=Module -not_before 20260101000000Z "
            "-not_after 20360101000000Z -addext keyUsage=critical,keyCertSign"));
    ASSERT_TRUE(tool("--import log.pem --token hub --label log --id 01"));
    ASSERT_TRUE(tool("--import ca.pem --token hub --label ca --id 02"));
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  bool run(const std::string& command) const {
    std::filesystem::create_directories(folder_);
    return std::system(
               std::format("cd {} && {} >/dev/null 2>&1", folder_.string(), command).c_str()) == 0;
  }
  bool tool(const std::string& arguments) const {
    return run("softhsm2-util --module \"$PKCS11_PROVIDER_MODULE\" --pin 4321 " + arguments);
  }
  std::string read(const std::string& name) const {
    std::ifstream in(folder_ / name);
    return {std::istreambuf_iterator<char>(in), {}};
  }
  static std::string uri(std::string_view object) {
    return std::format("pkcs11:token=hub;object={};type=private", object);
  }

 private:
  const std::filesystem::path folder_ =
      std::filesystem::temp_directory_path() / std::format("softhsm-{}", ::getpid());
};

// In one test, because a token that was opened stays open for the process.
TEST_F(SoftHsm, KeepsItsKeysAndSignsWithThem) {
  const auto denied = SigningKey::from_pkcs11(uri("log"), "1111");
  ASSERT_FALSE(denied);
  EXPECT_EQ(denied.error().code, Code::denied) << denied.error().text;

  const auto key = SigningKey::from_pkcs11(uri("log"), "4321");
  ASSERT_TRUE(key) << key.error().text;
  EXPECT_EQ(key->verify_key(), SigningKey::from_pem(read("log.pem"), "")->verify_key());
  EXPECT_TRUE(key->verify_key().verify(as_bytes("log"), key->sign(as_bytes("log")).value()));
  EXPECT_EQ(key->to_pem("x").error().code, Code::unsupported);

  const auto none = SigningKey::from_pkcs11(uri("other"), "4321");
  ASSERT_FALSE(none);
  EXPECT_EQ(none.error().code, Code::denied) << none.error().text;
  EXPECT_EQ(SigningKey::from_pkcs11(uri("ca"), "4321").error().code, Code::invalid);

  const auto authority = CertificateAuthority::from_pkcs11(read("ca.crt"), uri("ca"), "4321");
  ASSERT_TRUE(authority) << authority.error().text;
  EXPECT_EQ(authority->key_pem("x").error().code, Code::unsupported);
  const Time now = parse_iso("2026-11-26T10:00:00Z").value();
  const auto issued = authority->issue_with_key({.common_name = "press-7",
                                                 .serial = {std::byte{1}},
                                                 .not_before = now,
                                                 .not_after = now + Duration::seconds(3600)},
                                                "");
  ASSERT_TRUE(issued) << issued.error().text;
  EXPECT_TRUE(
      verify_certificate(issued->certificate_pem, read("ca.crt"), now, CertificateUse::client));
}

}  // namespace
}  // namespace lineside::crypt
