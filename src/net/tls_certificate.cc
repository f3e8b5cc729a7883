#include <span>

#include <openssl/x509.h>

#include "base/text.h"
#include "crypt/x509.h"
#include "net/tls_internal.h"

namespace lineside::net {

std::optional<PeerCertificate> describe_certificate(const X509* certificate) {
  unsigned char* bytes = nullptr;
  const int size = i2d_X509(certificate, &bytes);
  if (size <= 0) return std::nullopt;
  const std::span der(reinterpret_cast<const std::byte*>(bytes), static_cast<std::size_t>(size));
  auto read = crypt::parse_certificate_der(der);
  OPENSSL_free(bytes);
  if (!read) return std::nullopt;
  return PeerCertificate{to_hex(read->sha256), std::move(read->serial_hex),
                         std::move(read->common_name), std::move(read->uris), read->not_after};
}

}  // namespace lineside::net
