// A request for a certificate from any edge, and certificates from any peer: each is read or
// refused with a text, and what an authority of ours issues from it says only what the terms say.
#include "crypt/x509.h"

#include <cstddef>
#include <cstdint>

#include "base/check.h"
#include "base/text.h"

namespace {

using namespace lineside;
using namespace lineside::crypt;

constexpr Duration kDay = Duration::seconds(86'400);
constexpr Time kNow{1'764'151'200'000'000'000};

const CertificateAuthority& authority() {
  static const CertificateAuthority made =
      CertificateAuthority::create({.common_name = "fuzz",
                                    .serial = {std::byte{1}},
                                    .not_before = kNow,
                                    .not_after = kNow + kDay * 2})
          .value();
  return made;
}

void check_error(const Error& error) {
  CHECK(error.code == Code::invalid || error.code == Code::denied);
  CHECK(!error.text.empty() && is_utf8(error.text));
}

void check_request(std::string_view pem) {
  const CertificateTerms terms{.common_name = "edge",
                               .uris = {"urn:lineside:edge:1"},
                               .serial = {std::byte{2}},
                               .not_before = kNow,
                               .not_after = kNow + kDay};
  const auto issued = authority().issue(pem, terms);
  if (!issued) return check_error(issued.error());
  CHECK(issued->certificate.common_name == "edge" && issued->certificate.uris == terms.uris);
  CHECK(issued->certificate.dns.empty() && !issued->certificate.is_authority);
  CHECK(
      verify_certificate(issued->pem, authority().certificate_pem(), kNow, CertificateUse::client));
}

void check_certificate(std::string_view pem) {
  const auto certificate = parse_certificate(pem);
  const auto verified =
      verify_certificate(pem, authority().certificate_pem(), kNow, CertificateUse::both);
  CHECK(!verified);  // nobody has the authority's key
  check_error(verified.error());
  if (!certificate) return check_error(certificate.error());
  CHECK(is_utf8(certificate->common_name) && is_utf8(certificate->issuer));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view pem(reinterpret_cast<const char*>(data), size);
  check_request(pem);
  check_certificate(pem);
  return 0;
}
