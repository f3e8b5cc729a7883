#include <array>
#include <format>
#include <system_error>

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include "base/text.h"
#include "net/tls_internal.h"

namespace lineside::net {

namespace {

struct PemFree {
  void operator()(BIO* bio) const { BIO_free(bio); }
  void operator()(X509* certificate) const { X509_free(certificate); }
  void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
};

// One PEM text and where it is.
struct Pem {
  std::string_view what;
  const std::string& file;
  const std::string& text;

  bool given() const { return !file.empty() || !text.empty(); }
  Error bad() const {
    return invalid(std::format("{} {}: {}", what, text.empty() ? file : "(text)", tls_reasons()));
  }
  Result<std::unique_ptr<BIO, PemFree>> open() const {
    ERR_clear_error();
    std::unique_ptr<BIO, PemFree> bio(
        text.empty() ? BIO_new_file(file.c_str(), "r")
                     : BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
    if (!bio) return bad();
    return bio;
  }
};

// OpenSSL's own would ask the terminal.
int no_password(char*, int, int, void*) { return -1; }

// The next one, or null behind the last. Errors: invalid.
Result<std::unique_ptr<X509, PemFree>> next_certificate(BIO* bio, const Pem& pem) {
  std::unique_ptr<X509, PemFree> next(PEM_read_bio_X509(bio, nullptr, no_password, nullptr));
  if (next) return next;
  const unsigned long error = ERR_peek_last_error();
  if (ERR_GET_LIB(error) != ERR_LIB_PEM || ERR_GET_REASON(error) != PEM_R_NO_START_LINE)
    return pem.bad();
  ERR_clear_error();
  return next;
}

// Errors: invalid, also when there is none.
Result<std::unique_ptr<X509, PemFree>> first_certificate(BIO* bio, const Pem& pem) {
  auto first = TRY(next_certificate(bio, pem));
  if (first) return first;
  return invalid(std::format("{} {}: expected a certificate in PEM, found none", pem.what,
                             pem.text.empty() ? pem.file : "(text)"));
}

Result<void> use_certificate(SSL_CTX* context, const Pem& pem) {
  const auto bio = TRY(pem.open());
  auto next = TRY(first_certificate(bio.get(), pem));
  if (SSL_CTX_use_certificate(context, next.get()) != 1) return pem.bad();
  while ((next = TRY(next_certificate(bio.get(), pem)))) {
    if (SSL_CTX_add0_chain_cert(context, next.get()) != 1) return pem.bad();
    static_cast<void>(next.release());  // taken by the context
  }
  return {};
}

Result<std::unique_ptr<EVP_PKEY, PemFree>> read_key(const Pem& pem) {
  const auto bio = TRY(pem.open());
  std::unique_ptr<EVP_PKEY, PemFree> key(
      PEM_read_bio_PrivateKey(bio.get(), nullptr, no_password, nullptr));
  if (!key) return pem.bad();
  return key;
}

Result<void> use_key(SSL_CTX* context, const Pem& pem) {
  const auto key = TRY(read_key(pem));
  if (SSL_CTX_use_PrivateKey(context, key.get()) != 1) return pem.bad();
  return {};
}

enum class Announce : unsigned char { no, yes };  // to the peer, whose certificates are wanted

Result<void> trust(SSL_CTX* context, const Pem& pem, Announce announce) {
  const auto bio = TRY(pem.open());
  auto next = TRY(first_certificate(bio.get(), pem));
  for (; next; next = TRY(next_certificate(bio.get(), pem))) {
    if (X509_STORE_add_cert(SSL_CTX_get_cert_store(context), next.get()) != 1) return pem.bad();
    if (announce == Announce::yes && SSL_CTX_add_client_CA(context, next.get()) != 1)
      return pem.bad();
  }
  return {};
}

Result<TlsContext> make_context(const SSL_METHOD* method) {
  ERR_clear_error();
  TlsContext context(SSL_CTX_new(method), SSL_CTX_free);
  if (!context || SSL_CTX_set_min_proto_version(context.get(), TLS1_2_VERSION) != 1)
    return fail(Code::internal, tls_reasons());
  // Buffers of idle connections go back, 34 KiB each.
  SSL_CTX_set_mode(context.get(), SSL_MODE_ENABLE_PARTIAL_WRITE |
                                      SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER |
                                      SSL_MODE_RELEASE_BUFFERS);
  // A peer that goes without close_notify is as gone as any other: MQTT and HTTP frame themselves.
  SSL_CTX_set_options(context.get(), SSL_OP_IGNORE_UNEXPECTED_EOF);
  SSL_CTX_set_session_cache_mode(context.get(), SSL_SESS_CACHE_OFF);
  return context;
}

Result<void> ask_for_certificates(SSL_CTX* context, const HttpServerTls& tls) {
  const Pem authority = {"certificate authority of clients", tls.client_ca_file, tls.client_ca_pem};
  if (!authority.given()) return invalid("expected an authority that client certificates lead to");
  TRY(trust(context, authority, Announce::yes));
  // An authority of the plant need not be a root itself.
  X509_STORE_set_flags(SSL_CTX_get_cert_store(context), X509_V_FLAG_PARTIAL_CHAIN);
  SSL_CTX_set_verify(context, SSL_VERIFY_PEER, nullptr);
  // A session resumed would skip the verification.
  SSL_CTX_set_options(context, SSL_OP_NO_TICKET);
  if (SSL_CTX_set_num_tickets(context, 0) != 1) return fail(Code::internal, tls_reasons());
  return {};
}

// ---- An authority known by its digest only ------------------------------------------------------

// tidy: the parameters are OpenSSL's, which owns the pin
void free_pin(void*, void* pin, CRYPTO_EX_DATA*, int, long, void*) {
  const std::unique_ptr<std::string> owned(static_cast<std::string*>(pin));
}

int pin_index() {
  static const int index = SSL_CTX_get_ex_new_index(0, nullptr, nullptr, nullptr, free_pin);
  return index;
}

std::string sha256_of(const X509* certificate) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest;
  unsigned size = 0;
  if (X509_digest(certificate, EVP_sha256(), digest.data(), &size) != 1) return "";
  return to_hex(std::as_bytes(std::span(digest.data(), size)));
}

// Trusts the pinned certificate, if it is among those that the peer has sent, and nothing else.
int verify_pinned(X509_STORE_CTX* verification, void* context) {
  const auto* pin = static_cast<const std::string*>(
      SSL_CTX_get_ex_data(static_cast<const SSL_CTX*>(context), pin_index()));
  STACK_OF(X509)* const sent = X509_STORE_CTX_get0_untrusted(verification);
  for (int i = 0; i < sk_X509_num(sent); ++i) {
    X509* const authority = sk_X509_value(sent, i);
    if (sha256_of(authority) != *pin) continue;
    STACK_OF(X509)* const trusted = sk_X509_new_null();
    if (trusted == nullptr || sk_X509_push(trusted, authority) == 0) {
      sk_X509_free(trusted);
      return 0;
    }
    X509_STORE_CTX_set0_trusted_stack(verification, trusted);
    // An authority of the plant need not be a root itself.
    X509_STORE_CTX_set_flags(verification, X509_V_FLAG_PARTIAL_CHAIN);
    const int verdict = X509_verify_cert(verification);
    sk_X509_free(trusted);
    return verdict;
  }
  X509_STORE_CTX_set_error(verification, X509_V_ERR_CERT_UNTRUSTED);
  return 0;
}

Result<void> trust_pinned(SSL_CTX* context, const std::string& pin) {
  auto kept = std::make_unique<std::string>(pin);
  if (SSL_CTX_set_ex_data(context, pin_index(), kept.get()) != 1)
    return fail(Code::internal, tls_reasons());
  static_cast<void>(kept.release());  // free_pin()'s
  SSL_CTX_set_cert_verify_callback(context, verify_pinned, context);
  return {};
}

}  // namespace

std::string tls_reasons() {
  std::string text;
  while (const unsigned long code = ERR_get_error()) {
    const char* reason = ERR_reason_error_string(code);
    if (!text.empty()) text += ", ";
    if (reason != nullptr) {
      text += reason;
    } else if (ERR_SYSTEM_ERROR(code)) {
      text += std::generic_category().message(ERR_GET_REASON(code));
    } else {
      text += std::format("error {:#x}", code);
    }
  }
  return text.empty() ? "no reason given" : text;
}

Result<TlsContext> make_client_context(const world::TlsOptions& options) {
  TlsContext context = TRY(make_context(TLS_client_method()));
  SSL_CTX_set_verify(context.get(), SSL_VERIFY_PEER, nullptr);
  const Pem authority = {"certificate authority", options.ca_file, options.ca_pem};
  if (!options.ca_sha256.empty()) {
    TRY(trust_pinned(context.get(), options.ca_sha256));
  } else if (authority.given()) {
    TRY(trust(context.get(), authority, Announce::no));
    X509_STORE_set_flags(SSL_CTX_get_cert_store(context.get()), X509_V_FLAG_PARTIAL_CHAIN);
  } else if (SSL_CTX_set_default_verify_paths(context.get()) != 1) {
    return invalid("certificate authorities of the system: " + tls_reasons());
  }
  const Pem certificate = {"client certificate", options.cert_file, options.cert_pem};
  if (!certificate.given()) return context;
  const Pem key = {"private key", options.key_file, options.key_pem};
  TRY(use_certificate(context.get(), certificate));
  // The key may stand behind the certificate.
  TRY(use_key(context.get(),
              key.given() ? key : Pem{"private key", options.cert_file, options.cert_pem}));
  return context;
}

Result<TlsIdentity> read_identity(const std::string& cert_pem, const std::string& key_pem) {
  const std::string no_file;
  const Pem certificate = {"client certificate", no_file, cert_pem};
  const auto bio = TRY(certificate.open());
  auto first = TRY(first_certificate(bio.get(), certificate));
  auto key = TRY(read_key({"private key", no_file, key_pem}));
  return TlsIdentity{{first.release(), X509_free}, {key.release(), EVP_PKEY_free}};
}

Result<TlsContext> make_server_context(const HttpServerTls& tls) {
  TlsContext context = TRY(make_context(TLS_server_method()));
  SSL_CTX_set_options(context.get(), SSL_OP_NO_RENEGOTIATION | SSL_OP_CIPHER_SERVER_PREFERENCE);
  TRY(use_certificate(context.get(), {"certificate", tls.cert_file, tls.cert_pem}));
  TRY(use_key(context.get(), {"private key", tls.key_file, tls.key_pem}));
  if (tls.client_certificates == ClientCertificates::optional)
    TRY(ask_for_certificates(context.get(), tls));
  return context;
}

}  // namespace lineside::net
