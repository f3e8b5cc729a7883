// A hub whose own certificate is swapped while it runs: what it has written for others to pin is of
// the authority that it now has.
#include <filesystem>
#include <optional>
#include <string>

#include <gtest/gtest.h>

#include "base/text.h"
#include "crypt/x509.h"
#include "tests/e2e/edge_process.h"
#include "world/clock.h"

namespace lineside::e2e {
namespace {

class HubCertificateTest : public testing::Test {
 protected:
  // The certificate and key of a hub, by an authority of its own; what is to be pinned.
  std::string put_certificate(const char* authority_name) const {
    const Time now = world::system_clock().now();
    const auto authority = crypt::CertificateAuthority::create({authority_name,
                                                                {std::byte{1}},
                                                                now - Duration::seconds(120),
                                                                now + Duration::seconds(7200)});
    EXPECT_TRUE(authority) << authority.error().text;
    crypt::CertificateTerms terms;
    terms.common_name = "hub";
    terms.ips = {"127.0.0.1"};
    terms.serial = {std::byte{7}};
    terms.not_before = now - Duration::seconds(60);
    terms.not_after = now + Duration::seconds(3600);
    terms.use = crypt::CertificateUse::server;
    const auto own = authority->issue_with_key(terms, "");
    EXPECT_TRUE(own) << own.error().text;
    folder_.write("key.pem", own->key_pem);
    // The chain is looked at: in one step, and after its key.
    folder_.write("chain.pem.new", own->certificate_pem + authority->certificate_pem());
    std::filesystem::rename(folder_.path("chain.pem.new"), folder_.path("chain.pem"));
    return "ca-sha256 " + to_hex(authority->certificate().sha256) + "\n";
  }

  const interop::Folder folder_;
};

TEST_F(HubCertificateTest, TheAddressFileFollowsTheAuthority) {
  const std::string first = put_certificate("Plant CA");
  auto started = world::Process::start(
      {.command = {program(), "hub", "--data", folder_.path("hub"), "--listen", "127.0.0.1:0",
                   "--tls-cert", folder_.path("chain.pem"), "--tls-key", folder_.path("key.pem"),
                   "--address-file", folder_.path("address")},
       .stdout_file = "/dev/null",
       .stderr_file = folder_.path("hub.log"),
       .environment = {}});
  ASSERT_TRUE(started) << started.error().text;
  ASSERT_TRUE(holds_in_time(*started, [&] { return folder_.read("address").ends_with(first); }))
      << folder_.read("hub.log");
  const std::string link = folder_.read("address");
  const std::string second = put_certificate("Group CA");
  ASSERT_TRUE(holds_in_time(*started, [&] { return folder_.read("address").ends_with(second); }))
      << folder_.read("hub.log");
  EXPECT_EQ(folder_.read("address"), link.substr(0, link.find('\n') + 1) + second);
}

}  // namespace
}  // namespace lineside::e2e
