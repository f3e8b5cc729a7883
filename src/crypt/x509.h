// Certificates: a small authority of our own, certificate requests, and checks of chains.
// Source: RFC 5280, RFC 2986 (requests), RFC 5480 (P-256).
//
// PEM texts are at most 64 KiB. Nothing here knows the time: it is always an argument.
#pragma once

#include <array>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "base/time.h"
#include "crypt/digest.h"

namespace lineside::crypt {

enum class CertificateUse : unsigned char { client, server, both };

// 16 random bytes. In a certificate's text form leading zero bytes are left out.
using SerialNumber = std::array<std::byte, 16>;

// What an authority vouches for; nothing of it is taken from a request.
struct CertificateTerms {
  std::string common_name;        // 1 to 64 characters
  std::vector<std::string> uris;  // "urn:lineside:edge:press-7"
  std::vector<std::string> dns;   // "hub.example.com", "*.example.com"
  std::vector<std::string> ips;   // "192.0.2.1", "2001:db8::1"
  SerialNumber serial{};
  Time not_before;  // both to the second, cut off
  Time not_after;
  CertificateUse use = CertificateUse::client;
};

// What a certificate says.
struct Certificate {
  std::string common_name;  // of its subject; empty when it has none
  std::string issuer;       // the issuer's common name
  std::vector<std::string> uris, dns, ips;
  std::string serial_hex;  // lower case, whole bytes, no leading zero byte
  Time not_before;
  Time not_after;  // Time::max() for what lies beyond
  bool is_authority = false;
  Digest sha256{};  // of the DER bytes: its fingerprint

  bool operator==(const Certificate&) const = default;
};

// Errors: invalid (not one certificate; names that are not UTF-8).
Result<Certificate> parse_certificate(std::string_view pem);
// The same of its DER bytes, with nothing after them.
Result<Certificate> parse_certificate_der(ByteView der);

// Whether the certificate was issued by one of `authorities` (PEM, up to 16 certificates), is valid
// at `at`, and for that use. Each given authority is trusted as it is, itself signed or not.
// Errors: invalid (a text does not parse); denied, with the reason.
Result<Certificate> verify_certificate(std::string_view pem, std::string_view authorities, Time at,
                                       CertificateUse use);

// A new P-256 key and a request for its certificate, signed by it.
struct KeyAndCsr {
  std::string key_pem;  // PKCS #8; encrypted unless the passphrase is empty
  std::string csr_pem;
};
// The name is a wish only: 1 to 64 characters. Errors: invalid (the name).
Result<KeyAndCsr> make_key_and_csr(std::string_view common_name, std::string_view passphrase);

struct IssuedCertificate {
  std::string pem;
  Certificate certificate;
};

struct KeyAndCertificate {
  std::string key_pem;
  std::string certificate_pem;
  Certificate certificate;
};

struct AuthorityTerms {
  std::string common_name;  // 1 to 64 characters
  SerialNumber serial{};
  Time not_before;
  Time not_after;
};

struct PrivateKey;  // key_internal.h
struct X509Holder;  // x509_internal.h

// Immutable, copies share the key. Any thread may call.
class CertificateAuthority {
 public:
  // Self-signed, P-256, for leaves only (path length 0). Errors: invalid.
  static Result<CertificateAuthority> create(const AuthorityTerms& terms);
  // Errors: those of SigningKey::from_pem(); invalid (the certificate is no authority's, or the key
  // is another's). P-256, P-384, Ed25519 and RSA of 2048 to 4096 bits will do.
  static Result<CertificateAuthority> from_pem(std::string_view certificate_pem,
                                               std::string_view key_pem,
                                               std::string_view passphrase);
  // The same with a key in a module. Errors: also those of SigningKey::from_pkcs11().
  static Result<CertificateAuthority> from_pkcs11(std::string_view certificate_pem,
                                                  const std::string& uri, std::string_view pin);

  const std::string& certificate_pem() const { return pem_; }
  const Certificate& certificate() const { return certificate_; }
  // As SigningKey::to_pem().
  Result<std::string> key_pem(std::string_view passphrase) const;

  // For the key of a request ("CERTIFICATE REQUEST"), whose signature shows that the asker has it;
  // the kinds of keys as above. Errors: invalid (the request or the terms, also: not within the
  // authority's own validity), denied (the signature), unavailable (the module with the key).
  Result<IssuedCertificate> issue(std::string_view csr_pem, const CertificateTerms& terms) const;
  // For a new P-256 key. The same errors.
  Result<KeyAndCertificate> issue_with_key(const CertificateTerms& terms,
                                           std::string_view passphrase) const;

 private:
  CertificateAuthority(std::shared_ptr<const PrivateKey> key,
                       std::shared_ptr<const X509Holder> x509);
  static Result<CertificateAuthority> of(PrivateKey key, std::string_view certificate_pem);

  std::shared_ptr<const PrivateKey> key_;
  std::shared_ptr<const X509Holder> x509_;
  std::string pem_;
  Certificate certificate_;
};

}  // namespace lineside::crypt
