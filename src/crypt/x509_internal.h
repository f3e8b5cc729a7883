// What reading, checking and issuing of certificates share.
#pragma once

#include <memory>
#include <string_view>
#include <vector>

#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include "base/bytes.h"
#include "base/result.h"
#include "crypt/key_internal.h"
#include "crypt/x509.h"

namespace lineside::crypt {

using X509Ptr = std::unique_ptr<X509, Freed<X509_free>>;
using RequestPtr = std::unique_ptr<X509_REQ, Freed<X509_REQ_free>>;
using GeneralNamesPtr = std::unique_ptr<GENERAL_NAMES, Freed<GENERAL_NAMES_free>>;

struct X509Holder {
  X509Ptr x509;
};

// "CERTIFICATE" blocks, at least one. Errors: invalid.
Result<std::vector<X509Ptr>> x509_from_pem(std::string_view pem, std::size_t count_max);
Result<Certificate> describe(const X509* x509);
Bytes der_of(const X509* x509);

// Whether our authority takes such a key: P-256, P-384, Ed25519, RSA of 2048 to 4096 bits. Errors:
// invalid.
Result<void> check_public_key(EVP_PKEY* key);

// Whole seconds since 1970, cut off towards the past.
std::int64_t unix_seconds(Time time);

// Puts the name of a subject. Errors: invalid.
Result<void> put_common_name(X509_NAME* name, std::string_view common_name);
// Puts what a certificate of ours carries besides names and validity. Errors: invalid.
Result<void> put_alternative_names(X509* x509, const CertificateTerms& terms);

}  // namespace lineside::crypt
