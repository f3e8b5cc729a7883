// Owning pointers and error texts for OpenSSL's C interface. Source: OpenSSL 3.5 manual pages.
#pragma once

#include <memory>
#include <string>

#include <openssl/bio.h>
#include <openssl/evp.h>

namespace lineside::crypt {

template <auto kFree>
struct Freed {
  void operator()(auto* object) const { kFree(object); }
};

using BioPtr = std::unique_ptr<BIO, Freed<BIO_free_all>>;
using DigestContextPtr = std::unique_ptr<EVP_MD_CTX, Freed<EVP_MD_CTX_free>>;
using KeyPtr = std::unique_ptr<EVP_PKEY, Freed<EVP_PKEY_free>>;

// OpenSSL's reasons of the last failure on this thread, first one first; forgets them. They name
// algorithms and formats, never what was read.
std::string library_reasons();

// The queue of errors is the thread's, and TLS reads it too: nothing old is taken for ours, and
// nothing of ours stays.
class ErrorScope {
 public:
  ErrorScope();
  ~ErrorScope();
  ErrorScope(const ErrorScope&) = delete;
  ErrorScope& operator=(const ErrorScope&) = delete;
};

}  // namespace lineside::crypt
