#include <algorithm>
#include <format>

#include <openssl/pem.h>

#include "base/check.h"
#include "base/text.h"
#include "crypt/x509_internal.h"

namespace lineside::crypt {

namespace {

constexpr std::string_view kCertificate = PEM_STRING_X509;
constexpr std::string_view kRequest = PEM_STRING_X509_REQ;

using NumberPtr = std::unique_ptr<BIGNUM, Freed<BN_free>>;
using ExtensionPtr = std::unique_ptr<X509_EXTENSION, Freed<X509_EXTENSION_free>>;

PrivateKey new_p256() {
  PrivateKey key{.context = nullptr, .key = KeyPtr(EVP_EC_gen("P-256"))};
  CHECK(key.key);
  return key;
}

const EVP_MD* digest_of(const PrivateKey& key) {
  return EVP_PKEY_is_a(key.key.get(), "ED25519") == 1 ? nullptr : EVP_sha256();
}

Result<void> put_serial(X509* x509, const SerialNumber& serial) {
  if (std::ranges::all_of(serial, [](std::byte b) { return b == std::byte{0}; }))
    return invalid("serial number: expected 16 random bytes, found zeros");
  const NumberPtr number(BN_bin2bn(reinterpret_cast<const unsigned char*>(serial.data()),
                                   static_cast<int>(serial.size()), nullptr));
  CHECK(number && BN_to_ASN1_INTEGER(number.get(), X509_get_serialNumber(x509)) != nullptr);
  return {};
}

Result<void> put_validity(X509* x509, Time not_before, Time not_after) {
  if (unix_seconds(not_before) >= unix_seconds(not_after))
    return invalid(std::format("validity: expected an end after {}, found {}",
                               format_iso(not_before), format_iso(not_after)));
  CHECK(ASN1_TIME_set(X509_getm_notBefore(x509), unix_seconds(not_before)) != nullptr);
  CHECK(ASN1_TIME_set(X509_getm_notAfter(x509), unix_seconds(not_after)) != nullptr);
  return {};
}

// An extension in the words of OpenSSL's x509v3_config(5); only fixed texts, never names.
void put_extension(X509* x509, X509* issuer, int kind, const char* value) {
  X509V3_CTX context{};
  X509V3_set_ctx(&context, issuer, x509, nullptr, nullptr, 0);
  const ExtensionPtr extension(X509V3_EXT_nconf_nid(nullptr, &context, kind, value));
  CHECK(extension && X509_add_ext(x509, extension.get(), -1) == 1);
}

const char* extended_usage(CertificateUse use) {
  if (use == CertificateUse::client) return "clientAuth";
  return use == CertificateUse::server ? "serverAuth" : "serverAuth,clientAuth";
}

// Signed and read back from its bytes, as others will.
Result<IssuedCertificate> sealed(X509* x509, const PrivateKey& key) {
  if (X509_sign(x509, key.key.get(), digest_of(key)) <= 0)
    return fail(Code::unavailable, "signing a certificate: " + library_reasons());
  IssuedCertificate issued{.pem = to_pem(kCertificate, der_of(x509))};
  issued.certificate = TRY(parse_certificate(issued.pem));
  return issued;
}

// In the key's context, for it may be in a module.
X509Ptr new_x509(const PrivateKey& signer) {
  X509Ptr x509(X509_new_ex(signer.context.get(), nullptr));
  CHECK(x509 && X509_set_version(x509.get(), X509_VERSION_3) == 1);
  return x509;
}

// The key that asks, once its signature shows that the asker has it.
Result<KeyPtr> key_of_request(std::string_view pem) {
  const PemBlock block = TRY(pem_block(pem, kRequest));
  const unsigned char* at = block.begin();
  const RequestPtr request(d2i_X509_REQ(nullptr, &at, block.size()));
  if (!request || at != block.begin() + block.size())
    return invalid("certificate request: its bytes do not parse");
  KeyPtr key(X509_REQ_get_pubkey(request.get()));
  if (!key) return invalid("certificate request: its key does not parse");
  TRY_WITH(check_public_key(key.get()), "certificate request");
  if (X509_REQ_verify(request.get(), key.get()) != 1)
    return fail(Code::denied, "certificate request: its signature is not by its key");
  return key;
}

Result<std::string> request_for(const PrivateKey& key, std::string_view common_name) {
  const RequestPtr request(X509_REQ_new());
  CHECK(request && X509_REQ_set_version(request.get(), X509_REQ_VERSION_1) == 1);
  TRY(put_common_name(X509_REQ_get_subject_name(request.get()), common_name));
  CHECK(X509_REQ_set_pubkey(request.get(), key.key.get()) == 1);
  CHECK(X509_REQ_sign(request.get(), key.key.get(), digest_of(key)) > 0);
  unsigned char* bytes = nullptr;
  const int size = i2d_X509_REQ(request.get(), &bytes);
  CHECK(size > 0);
  const auto* begin = reinterpret_cast<const std::byte*>(bytes);
  std::string pem = to_pem(kRequest, {begin, static_cast<std::size_t>(size)});
  OPENSSL_free(bytes);
  return pem;
}

// By a signature, because a module shows its key to nobody.
Result<void> check_pair(const PrivateKey& key, X509* x509) {
  constexpr std::string_view kProbe = "lineside: does this key belong to this certificate?";
  const Bytes signature = TRY(sign_with(key, as_bytes(kProbe)));
  EVP_PKEY* public_key = X509_get0_pubkey(x509);
  if (public_key == nullptr || !verify_with(public_key, as_bytes(kProbe), signature))
    return invalid("authority: the private key is not that of the certificate");
  return {};
}

}  // namespace

CertificateAuthority::CertificateAuthority(std::shared_ptr<const PrivateKey> key,
                                           std::shared_ptr<const X509Holder> x509)
    : key_(std::move(key)), x509_(std::move(x509)) {}

Result<CertificateAuthority> CertificateAuthority::of(PrivateKey key,
                                                      std::string_view certificate_pem) {
  std::vector<X509Ptr> found = TRY_WITH(x509_from_pem(certificate_pem, 1), "authority");
  X509Ptr x509 = std::move(found.front());
  if ((X509_get_extension_flags(x509.get()) & EXFLAG_CA) == 0 ||
      (X509_get_key_usage(x509.get()) & KU_KEY_CERT_SIGN) == 0)
    return invalid("authority: its certificate does not let it sign certificates");
  TRY_WITH(check_public_key(X509_get0_pubkey(x509.get())), "authority");
  TRY(check_pair(key, x509.get()));
  Certificate certificate = TRY(describe(x509.get()));
  CertificateAuthority made(std::make_shared<const PrivateKey>(std::move(key)),
                            std::make_shared<const X509Holder>(std::move(x509)));
  made.pem_ = to_pem(kCertificate, der_of(made.x509_->x509.get()));
  made.certificate_ = std::move(certificate);
  return made;
}

Result<CertificateAuthority> CertificateAuthority::create(const AuthorityTerms& terms) {
  const ErrorScope errors;
  PrivateKey key = new_p256();
  const X509Ptr x509 = new_x509(key);
  TRY(put_serial(x509.get(), terms.serial));
  TRY(put_validity(x509.get(), terms.not_before, terms.not_after));
  TRY(put_common_name(X509_get_subject_name(x509.get()), terms.common_name));
  CHECK(X509_set_issuer_name(x509.get(), X509_get_subject_name(x509.get())) == 1);
  CHECK(X509_set_pubkey(x509.get(), key.key.get()) == 1);
  X509* self = x509.get();
  put_extension(self, self, NID_basic_constraints, "critical,CA:TRUE,pathlen:0");
  put_extension(self, self, NID_key_usage, "critical,keyCertSign,cRLSign");
  put_extension(self, self, NID_subject_key_identifier, "hash");
  const IssuedCertificate issued = TRY(sealed(self, key));
  return of(std::move(key), issued.pem);
}

Result<CertificateAuthority> CertificateAuthority::from_pem(std::string_view certificate_pem,
                                                            std::string_view key_pem,
                                                            std::string_view passphrase) {
  const ErrorScope errors;
  return of(TRY(private_key_from_pem(key_pem, passphrase)), certificate_pem);
}

Result<CertificateAuthority> CertificateAuthority::from_pkcs11(std::string_view certificate_pem,
                                                               const std::string& uri,
                                                               std::string_view pin) {
  const ErrorScope errors;
  return of(TRY(private_key_from_pkcs11(uri, pin)), certificate_pem);
}

Result<std::string> CertificateAuthority::key_pem(std::string_view passphrase) const {
  return private_key_to_pem(*key_, passphrase);
}

Result<IssuedCertificate> CertificateAuthority::issue(std::string_view csr_pem,
                                                      const CertificateTerms& terms) const {
  const ErrorScope errors;
  const KeyPtr subject_key = TRY(key_of_request(csr_pem));
  if (terms.not_after > certificate_.not_after)
    return invalid(std::format("validity: expected an end within the authority's, {}, found {}",
                               format_iso(certificate_.not_after), format_iso(terms.not_after)));
  const X509Ptr made = new_x509(*key_);
  X509* x509 = made.get();
  X509* issuer = x509_->x509.get();
  TRY(put_serial(x509, terms.serial));
  TRY(put_validity(x509, terms.not_before, terms.not_after));
  TRY(put_common_name(X509_get_subject_name(x509), terms.common_name));
  CHECK(X509_set_issuer_name(x509, X509_get_subject_name(issuer)) == 1);
  CHECK(X509_set_pubkey(x509, subject_key.get()) == 1);
  put_extension(x509, issuer, NID_basic_constraints, "critical,CA:FALSE");
  put_extension(x509, issuer, NID_key_usage, "critical,digitalSignature");
  put_extension(x509, issuer, NID_ext_key_usage, extended_usage(terms.use));
  put_extension(x509, issuer, NID_subject_key_identifier, "hash");
  if (X509_get0_subject_key_id(issuer) != nullptr)
    put_extension(x509, issuer, NID_authority_key_identifier, "keyid");
  TRY(put_alternative_names(x509, terms));
  return sealed(x509, *key_);
}

Result<KeyAndCertificate> CertificateAuthority::issue_with_key(const CertificateTerms& terms,
                                                               std::string_view passphrase) const {
  KeyAndCsr asked = TRY(make_key_and_csr(terms.common_name, passphrase));
  IssuedCertificate issued = TRY(issue(asked.csr_pem, terms));
  return KeyAndCertificate{.key_pem = std::move(asked.key_pem),
                           .certificate_pem = std::move(issued.pem),
                           .certificate = std::move(issued.certificate)};
}

Result<KeyAndCsr> make_key_and_csr(std::string_view common_name, std::string_view passphrase) {
  const ErrorScope errors;
  const PrivateKey key = new_p256();
  std::string csr_pem = TRY(request_for(key, common_name));
  std::string key_pem = TRY(private_key_to_pem(key, passphrase));
  return KeyAndCsr{.key_pem = std::move(key_pem), .csr_pem = std::move(csr_pem)};
}

}  // namespace lineside::crypt
