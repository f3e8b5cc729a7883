#include "crypt/x509.h"

#include <cstdlib>
#include <filesystem>
#include <format>
#include <fstream>
#include <unistd.h>

#include <gtest/gtest.h>

#include "base/text.h"
#include "crypt/key_internal.h"
#include "crypt/signature.h"

namespace lineside::crypt {
namespace {

// openssl req -x509 ... -subj "/C=DE/O=Other/CN=Gruen" with names of every kind, valid from 1960 to
// 9999, serial number 0x00ff01.
constexpr std::string_view kForeign =
    "-----BEGIN CERTIFICATE-----\n"
    "MIIB8jCCAZigAwIBAgIDAP8BMAoGCCqGSM49BAMCMC0xCzAJBgNVBAYTAkRFMQ4w\n"
    "DAYDVQQKDAVPdGhlcjEOMAwGA1UEAwwFR3LDvG4wIBcNNjAwMTAxMDAwMDAwWhgP\n"
    "OTk5OTEyMzEyMzU5NTlaMC0xCzAJBgNVBAYTAkRFMQ4wDAYDVQQKDAVPdGhlcjEO\n"
    "MAwGA1UEAwwFR3LDvG4wWTATBgcqhkjOPQIBBggqhkjOPQMBBwNCAASoWYlBKate\n"
    "xBVcV/Fh42F2aL42PjxH5JnnAUZe+b2ox5+KU4+qs2n7/TbdB0+5vh0hjOoDpbO0\n"
    "cl6W8/sFZvyNo4GkMIGhMB0GA1UdDgQWBBTYQGDxt1F+xwcvG0shMJJB3+XH8zAf\n"
    "BgNVHSMEGDAWgBTYQGDxt1F+xwcvG0shMJJB3+XH8zAPBgNVHRMBAf8EBTADAQH/\n"
    "ME4GA1UdEQRHMEWGB3Vybjp4OjGCCWEuZXhhbXBsZYcEwAACB4cQIAENuAAAAAAA\n"
    "AAAAAAAAAYcQAAAAAAAAAAAAAAAAAAAAAIEFYUBiLmMwCgYIKoZIzj0EAwIDSAAw\n"
    "RQIgZI3JfCaN3Stq9lM2FUZYbgNr8MqDZGlHdTzV3xVQD/kCIQCEIdvs3/8iVoO1\n"
    "mWe9q8G6MOi0nEikjuy6TzXpdxxK+w==\n"
    "-----END CERTIFICATE-----\n";

// P-256 with its curve spelt out: openssl ecparam -param_enc explicit.
constexpr std::string_view kSpeltOutCsr =
    "-----BEGIN CERTIFICATE REQUEST-----\n"
    "MIIBwzCCAWkCAQAwEzERMA8GA1UEAwwIZXhwbGljaXQwggFLMIIBAwYHKoZIzj0C\n"
    "ATCB9wIBATAsBgcqhkjOPQEBAiEA/////wAAAAEAAAAAAAAAAAAAAAD/////////\n"
    "//////8wWwQg/////wAAAAEAAAAAAAAAAAAAAAD///////////////wEIFrGNdiq\n"
    "OpPns+u9VXaYhrxlHQawzFOw9jvOPD4n0mBLAxUAxJ02CIbnBJNqZnjhE50mt4Gf\n"
    "fpAEQQRrF9Hy4SxCR/i85uVjpEDydwN9gS3rM6D0oTlF2JjClk/jQuL+Gn+bjufr\n"
    "SnwPnhYrzjNXazFezsu2QGg3v1H1AiEA/////wAAAAD//////////7zm+q2nF56E\n"
    "87nKwvxjJVECAQEDQgAE0g8Lk3mBnW5SJucB4ZnwysRUzwN1pL8MtA18pQjXO14T\n"
    "yXSKnQeXJ1BjsHQ6OgNicIrmgCSsR17GU5oddXuUD6AAMAoGCCqGSM49BAMCA0gA\n"
    "MEUCIQDvszhvADI6RbBlkvL9iKNGnkF0VTQZagz4GIE909W7SAIgWY9YnGWJ66Jt\n"
    "DDEBZpSJDGp55fDVBUrJ3R0K2JMzOyA=\n"
    "-----END CERTIFICATE REQUEST-----\n";

// RSA of 1024 bits.
constexpr std::string_view kWeakCsr =
    "-----BEGIN CERTIFICATE REQUEST-----\n"
    "MIIBTjCBuAIBADAPMQ0wCwYDVQQDDAR3ZWFrMIGfMA0GCSqGSIb3DQEBAQUAA4GN\n"
    "ADCBiQKBgQCyRhVVo3J31Z+/QkY9iXeRXrU7xWRjyt+pa6mFGnV2hLbhujtXW49r\n"
    "9TSvJFM0ItIChpQ/AMmnXju24yv+gTUWCLP635GK8ZLXjihGXn0YIrcjbtHG+1fU\n"
    "3Txcy2iG7wZQPS0/Qm+t/09UocnH79ln+TijSvBDKtvE4G5DvlIZUwIDAQABoAAw\n"
    "DQYJKoZIhvcNAQELBQADgYEAsgIZbNZRWJ24Z4qm40eizG6keSoV5bIbLaeduw2V\n"
    "1R46zGO3+fzaeWZAhrxqXJENd9O6Q3jRKGKbUaFZ9Rs5av9nNqMNzkuxchjjz/66\n"
    "kt4337VgH354oPEDnyYRelatfe0bIWGW13Ub1hw+89HmLD/WfFWCggit49ZR+Ou8\n"
    "rk8=\n"
    "-----END CERTIFICATE REQUEST-----\n";

constexpr Duration kDay = Duration::seconds(86'400);
const Time kNow = parse_iso("2026-11-26T10:00:00Z").value();

SerialNumber serial(unsigned last) {
  SerialNumber number{};
  number.front() = std::byte{0xf0};  // its top bit is set: the number stays positive all the same
  number.back() = static_cast<std::byte>(last);
  return number;
}

AuthorityTerms authority_terms(std::string name = "Lineside hub") {
  return {.common_name = std::move(name),
          .serial = serial(1),
          .not_before = kNow - kDay,
          .not_after = kNow + kDay * 3650};
}

CertificateTerms edge_terms() {
  return {.common_name = "press-7",
          .uris = {"urn:lineside:edge:press-7"},
          .serial = serial(2),
          .not_before = kNow,
          .not_after = kNow + kDay * 90,
          .use = CertificateUse::client};
}

CertificateTerms hub_terms() {
  return {.common_name = "hub",
          .dns = {"hub.example.com", "*.plant.example"},
          .ips = {"127.0.0.1", "::1", "2001:db8:0:0:1:0:0:1"},
          .serial = serial(3),
          .not_before = kNow,
          .not_after = kNow + kDay * 30,
          .use = CertificateUse::server};
}

class Authority : public testing::Test {
 protected:
  std::string pem() const { return authority.certificate_pem(); }
  Result<Certificate> verify(std::string_view one, Time at, CertificateUse use) const {
    return verify_certificate(one, pem(), at, use);
  }

  const CertificateAuthority authority = CertificateAuthority::create(authority_terms()).value();
  const KeyAndCsr edge = make_key_and_csr("whatever it likes", "").value();
};

TEST_F(Authority, DescribesItself) {
  const Certificate& own = authority.certificate();
  EXPECT_EQ(own.common_name, "Lineside hub");
  EXPECT_EQ(own.issuer, "Lineside hub");
  EXPECT_TRUE(own.is_authority);
  EXPECT_EQ(own.serial_hex, "f0000000000000000000000000000001");
  EXPECT_EQ(own.not_before, kNow - kDay);
  EXPECT_EQ(own.not_after, kNow + kDay * 3650);
  EXPECT_EQ(own.sha256, sha256(pem_block(pem(), "CERTIFICATE")->der));
  EXPECT_EQ(parse_certificate(pem()).value(), own);
}

TEST_F(Authority, IssuesWhatTheTermsSayAndNotWhatTheRequestAsks) {
  const IssuedCertificate issued = authority.issue(edge.csr_pem, edge_terms()).value();
  const Certificate expected{.common_name = "press-7",
                             .issuer = "Lineside hub",
                             .uris = {"urn:lineside:edge:press-7"},
                             .serial_hex = "f0000000000000000000000000000002",
                             .not_before = kNow,
                             .not_after = kNow + kDay * 90,
                             .sha256 = sha256(pem_block(issued.pem, "CERTIFICATE")->der)};
  EXPECT_EQ(issued.certificate, expected);
  EXPECT_EQ(verify(issued.pem, kNow, CertificateUse::client).value(), expected);
}

TEST_F(Authority, IssuesNamesOfEveryKind) {
  const KeyAndCertificate hub = authority.issue_with_key(hub_terms(), "").value();
  EXPECT_EQ(hub.certificate.dns, hub_terms().dns);
  EXPECT_EQ(hub.certificate.ips,
            (std::vector<std::string>{"127.0.0.1", "::1", "2001:db8::1:0:0:1"}));
  EXPECT_TRUE(verify(hub.certificate_pem, kNow, CertificateUse::server));
  EXPECT_TRUE(hub.key_pem.starts_with("-----BEGIN PRIVATE KEY-----"));
}

struct Moment {
  Time at;
  std::string_view error;  // empty: it is valid
};

TEST_F(Authority, VerifiesAtTheGivenTime) {
  const std::string issued = authority.issue(edge.csr_pem, edge_terms())->pem;
  const Time end = kNow + kDay * 90;
  const Moment moments[] = {
      {kNow, ""},
      {end - Duration::seconds(1), ""},
      {kNow - Duration::seconds(1),
       "certificate: certificate is not yet valid at 2026-11-26T09:59:59Z"},
      {end + Duration::seconds(1), "certificate: certificate has expired at 2027-02-24T10:00:01Z"},
      {kNow + kDay * 4000, "its authority: certificate has expired at 2037-11-08T10:00:00Z"},
  };
  for (const Moment& moment : moments) {
    const auto verdict = verify(issued, moment.at, CertificateUse::client);
    EXPECT_EQ(verdict.has_value(), moment.error.empty()) << format_iso(moment.at);
    if (verdict) continue;
    EXPECT_EQ(verdict.error().code, Code::denied);
    EXPECT_EQ(verdict.error().text, moment.error);
  }
}

TEST_F(Authority, VerifiesTheUse) {
  const std::string client = authority.issue(edge.csr_pem, edge_terms())->pem;
  const std::string server = authority.issue_with_key(hub_terms(), "")->certificate_pem;
  CertificateTerms terms = edge_terms();
  terms.use = CertificateUse::both;
  const std::string both = authority.issue(edge.csr_pem, terms)->pem;
  EXPECT_EQ(verify(client, kNow, CertificateUse::server).error().text,
            "certificate: unsuitable certificate purpose at 2026-11-26T10:00:00Z");
  EXPECT_FALSE(verify(server, kNow, CertificateUse::client));
  EXPECT_FALSE(verify(client, kNow, CertificateUse::both));
  EXPECT_FALSE(verify(server, kNow, CertificateUse::both));
  for (const auto use : {CertificateUse::client, CertificateUse::server, CertificateUse::both})
    EXPECT_TRUE(verify(both, kNow, use));
}

// The same name, another key.
TEST_F(Authority, DeniesCertificatesOfAnother) {
  const auto other = CertificateAuthority::create(authority_terms()).value();
  const std::string issued = other.issue(edge.csr_pem, edge_terms())->pem;
  EXPECT_EQ(verify(issued, kNow, CertificateUse::client).error().code, Code::denied);
  EXPECT_EQ(verify(kForeign, kNow, CertificateUse::client).error().code, Code::denied);
  const std::string both = pem() + other.certificate_pem();
  EXPECT_TRUE(verify_certificate(issued, both, kNow, CertificateUse::client));
}

TEST_F(Authority, DeniesACertificateWithOneBitChanged) {
  const std::string issued = authority.issue(edge.csr_pem, edge_terms())->pem;
  const Bytes der = pem_block(issued, "CERTIFICATE")->der;
  for (std::size_t i = 0; i < der.size(); i += 7) {
    Bytes bad = der;
    bad[i] ^= std::byte{0x10};
    EXPECT_FALSE(verify(to_pem("CERTIFICATE", bad), kNow, CertificateUse::client)) << i;
  }
}

// An edge must not become an authority: RFC 5280 section 4.2.1.9.
TEST_F(Authority, DeniesWhatALeafIssued) {
  CertificateTerms terms = edge_terms();
  terms.use = CertificateUse::both;
  const KeyAndCertificate leaf = authority.issue_with_key(terms, "").value();
  const auto made = CertificateAuthority::from_pem(leaf.certificate_pem, leaf.key_pem, "");
  EXPECT_EQ(made.error().text, "authority: its certificate does not let it sign certificates");
  EXPECT_EQ(
      verify_certificate(leaf.certificate_pem, leaf.certificate_pem, kNow, terms.use).error().text,
      "authorities: expected certificates of authorities, found another");
}

TEST_F(Authority, IsReadBackFromFiles) {
  const std::string key_pem = authority.key_pem("passphrase").value();
  const auto again = CertificateAuthority::from_pem(pem(), key_pem, "passphrase");
  ASSERT_TRUE(again) << again.error().text;
  EXPECT_EQ(again->certificate(), authority.certificate());
  const std::string issued = again->issue(edge.csr_pem, edge_terms())->pem;
  EXPECT_TRUE(verify(issued, kNow, CertificateUse::client));
  EXPECT_EQ(CertificateAuthority::from_pem(pem(), key_pem, "other").error().code, Code::denied);
  EXPECT_EQ(CertificateAuthority::from_pem(pem(), edge.key_pem, "").error().text,
            "authority: the private key is not that of the certificate");
  EXPECT_EQ(CertificateAuthority::from_pkcs11(pem(), "file:x", "").error().code, Code::invalid);
}

TEST_F(Authority, RefusesRequestsThatProveNothing) {
  const Bytes der = pem_block(edge.csr_pem, "CERTIFICATE REQUEST")->der;
  Bytes bad = der;
  bad.back() ^= std::byte{1};
  const auto changed = authority.issue(to_pem("CERTIFICATE REQUEST", bad), edge_terms());
  ASSERT_FALSE(changed);
  EXPECT_EQ(changed.error().code, Code::denied);
  EXPECT_EQ(changed.error().text, "certificate request: its signature is not by its key");
  bad = der;
  bad.push_back(std::byte{0});
  EXPECT_EQ(authority.issue(to_pem("CERTIFICATE REQUEST", bad), edge_terms()).error().text,
            "certificate request: its bytes do not parse");
  for (const std::string& text : {std::string(), pem(), edge.csr_pem + edge.csr_pem,
                                  edge.csr_pem + std::string(kPemBytesMax, ' ')})
    EXPECT_EQ(authority.issue(text, edge_terms()).error().code, Code::invalid);
}

TEST_F(Authority, RefusesWeakAndOddKeys) {
  EXPECT_EQ(authority.issue(kWeakCsr, edge_terms()).error().text,
            "certificate request: key: expected P-256, P-384, Ed25519 or RSA of 2048 to 4096 bits, "
            "found RSA of 1024 bits");
  EXPECT_TRUE(
      authority.issue(kSpeltOutCsr, edge_terms()).error().text.ends_with("found EC of 256 bits"));
}

TEST_F(Authority, RefusesTermsThatACertificateCannotHold) {
  const auto refused = [&](auto change) {
    CertificateTerms terms = edge_terms();
    change(terms);
    const auto issued = authority.issue(edge.csr_pem, terms);
    return !issued && issued.error().code == Code::invalid;
  };
  using Terms = CertificateTerms;
  EXPECT_FALSE(refused([](Terms&) {}));
  EXPECT_TRUE(refused([](Terms& t) { t.common_name = ""; }));
  EXPECT_TRUE(refused([](Terms& t) { t.common_name = std::string(65, 'x'); }));
  EXPECT_TRUE(refused([](Terms& t) { t.common_name = "a\nb"; }));
  EXPECT_TRUE(refused([](Terms& t) { t.common_name = std::string("a\0b", 3); }));
  EXPECT_TRUE(refused([](Terms& t) { t.common_name = "\xff"; }));
  EXPECT_TRUE(refused([](Terms& t) { t.serial = {}; }));
  EXPECT_TRUE(refused([](Terms& t) { t.not_after = t.not_before; }));
  EXPECT_TRUE(refused([](Terms& t) { t.not_after = kNow + kDay * 3651; }));
  EXPECT_TRUE(refused([](Terms& t) { t.uris = {"no scheme"}; }));
  EXPECT_TRUE(refused([](Terms& t) { t.uris = {"urn:a b"}; }));
  EXPECT_TRUE(refused([](Terms& t) { t.uris = {"urn:" + std::string(2048, 'x')}; }));
  EXPECT_TRUE(refused([](Terms& t) { t.dns = {""}; }));
  EXPECT_TRUE(refused([](Terms& t) { t.dns = {"a..b"}; }));
  EXPECT_TRUE(refused([](Terms& t) { t.dns = {"a.*.b"}; }));
  EXPECT_TRUE(refused([](Terms& t) { t.dns = {"*"}; }));
  EXPECT_TRUE(refused([](Terms& t) { t.dns = {std::string("a\0.b", 4)}; }));
  EXPECT_TRUE(refused([](Terms& t) { t.ips = {"192.0.2"}; }));
  EXPECT_TRUE(refused([](Terms& t) { t.ips = {"hub.example.com"}; }));
  EXPECT_TRUE(refused([](Terms& t) { t.ips = {std::string("::1\0", 4)}; }));
  EXPECT_TRUE(refused([](Terms& t) { t.dns.assign(64, "a.example"); }));
}

TEST_F(Authority, CountsCharactersAndNotBytesOfAName) {
  std::string name;
  for (int i = 0; i < 64; ++i) name += "\u00fc";
  CertificateTerms terms = edge_terms();
  terms.common_name = name;
  EXPECT_EQ(authority.issue(edge.csr_pem, terms)->certificate.common_name, name);
}

TEST(CertificateRequest, HasAKeyBehindThePassphrase) {
  const KeyAndCsr made = make_key_and_csr("press-7", "secret").value();
  EXPECT_TRUE(made.key_pem.starts_with("-----BEGIN ENCRYPTED PRIVATE KEY-----"));
  EXPECT_TRUE(private_key_from_pem(made.key_pem, "secret"));
  EXPECT_EQ(make_key_and_csr("", "").error().code, Code::invalid);
}

TEST(Certificate, OfOthersIsDescribed) {
  const auto certificate = parse_certificate(kForeign);
  ASSERT_TRUE(certificate) << certificate.error().text;
  EXPECT_EQ(certificate->common_name, "Gr\u00fcn");
  EXPECT_EQ(certificate->uris, std::vector<std::string>{"urn:x:1"});
  EXPECT_EQ(certificate->dns, std::vector<std::string>{"a.example"});
  EXPECT_EQ(certificate->ips, (std::vector<std::string>{"192.0.2.7", "2001:db8::1", "::"}));
  EXPECT_EQ(certificate->serial_hex, "ff01");
  EXPECT_EQ(format_iso(certificate->not_before), "1960-01-01T00:00:00Z");
  EXPECT_EQ(certificate->not_after, Time::max());
  EXPECT_EQ(to_hex(certificate->sha256),
            "aa842439afa349c3c44a6749f3d3ffef22019af520c63aa745c0d4e058079d10");
}

TEST(Certificate, RefusesOtherTexts) {
  const Bytes der = pem_block(kForeign, "CERTIFICATE")->der;
  for (std::size_t size = 1; size < der.size(); size += 11) {
    const auto cut = parse_certificate(to_pem("CERTIFICATE", ByteView(der).first(size)));
    ASSERT_FALSE(cut) << size;
    EXPECT_EQ(cut.error().code, Code::invalid);
  }
  EXPECT_FALSE(parse_certificate(std::string(kForeign) + std::string(kForeign)));
  EXPECT_FALSE(parse_certificate(SigningKey::generate().verify_key().to_pem()));
  EXPECT_FALSE(parse_certificate(""));
}

// What others make of our certificates, and we of an authority by others.
class OpenSslCommand : public testing::Test {
 protected:
  OpenSslCommand() { std::filesystem::create_directories(folder_); }
  ~OpenSslCommand() override { std::filesystem::remove_all(folder_); }

  void write(const std::string& name, const std::string& text) const {
    std::ofstream(folder_ / name) << text;
  }
  std::string read(const std::string& name) const {
    std::ifstream in(folder_ / name);
    return {std::istreambuf_iterator<char>(in), {}};
  }
  bool run(const std::string& arguments) const {
    const std::string command =
        std::format("cd {} && openssl {} >/dev/null 2>&1", folder_.string(), arguments);
    return std::system(command.c_str()) == 0;
  }

 private:
  const std::filesystem::path folder_ =
      std::filesystem::temp_directory_path() / std::format("x509-{}", ::getpid());
};

TEST_F(OpenSslCommand, VerifiesWhatWeIssue) {
  const auto authority = CertificateAuthority::create(authority_terms()).value();
  const KeyAndCertificate hub = authority.issue_with_key(hub_terms(), "").value();
  write("ca.pem", authority.certificate_pem());
  write("hub.pem", hub.certificate_pem);
  const std::string verify = std::format("verify -x509_strict -attime {} -CAfile ca.pem -purpose",
                                         kNow.ns / 1'000'000'000);
  EXPECT_TRUE(run(verify + " sslserver -verify_hostname hub.example.com hub.pem"));
  EXPECT_TRUE(run(verify + " sslserver -verify_hostname a.plant.example hub.pem"));
  EXPECT_TRUE(run(verify + " sslserver -verify_ip 127.0.0.1 hub.pem"));
  EXPECT_FALSE(run(verify + " sslserver -verify_hostname other.example hub.pem"));
  EXPECT_FALSE(run(verify + " sslclient hub.pem"));
  write("key.pem", authority.key_pem("passphrase").value());
  EXPECT_TRUE(run("pkey -in key.pem -passin pass:passphrase"));
  EXPECT_FALSE(run("pkey -in key.pem -passin pass:other"));
}

// A plant's own authority: RSA, its key encrypted by the command; a request for an RSA key.
TEST_F(OpenSslCommand, MakesAuthoritiesThatWeIssueFrom) {
  ASSERT_TRUE(
      run("req -x509 -newkey rsa:2048 -passout pass:secret -keyout ca.key -out ca.pem "
          "-subj '/O=Plant/CN=Plant CA' -not_before 20260101000000Z "
          "-not_after 20360101000000Z -addext keyUsage=critical,keyCertSign"));
  ASSERT_TRUE(run("req -new -newkey rsa:2048 -nodes -keyout edge.key -out edge.csr -subj /CN=x"));
  const auto authority = CertificateAuthority::from_pem(read("ca.pem"), read("ca.key"), "secret");
  ASSERT_TRUE(authority) << authority.error().text;
  const auto issued = authority->issue(read("edge.csr"), edge_terms());
  ASSERT_TRUE(issued) << issued.error().text;
  EXPECT_EQ(issued->certificate.issuer, "Plant CA");
  EXPECT_TRUE(verify_certificate(issued->pem, read("ca.pem"), kNow, CertificateUse::client));
  EXPECT_EQ(CertificateAuthority::from_pem(read("ca.pem"), read("ca.key"), "").error().code,
            Code::denied);
}

}  // namespace
}  // namespace lineside::crypt
