#include <algorithm>
#include <format>

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/pkcs12.h>
#include <openssl/x509.h>

#include "base/check.h"
#include "base/text.h"
#include "crypt/key_internal.h"

namespace lineside::crypt {

namespace {

using Pkcs8Ptr = std::unique_ptr<PKCS8_PRIV_KEY_INFO, Freed<PKCS8_PRIV_KEY_INFO_free>>;
using EncryptedPtr = std::unique_ptr<X509_SIG, Freed<X509_SIG_free>>;

constexpr std::string_view kClear = "PRIVATE KEY";
constexpr std::string_view kEncrypted = "ENCRYPTED PRIVATE KEY";
constexpr int kRounds = 600'000;  // OWASP's password storage cheat sheet for PBKDF2-HMAC-SHA256
constexpr int kSaltBytes = 16;

// What PEM_read_bio() allocates, wiped when freed.
struct RawBlock {
  char* name = nullptr;
  char* header = nullptr;
  unsigned char* bytes = nullptr;
  long size = 0;

  RawBlock() = default;
  RawBlock(const RawBlock&) = delete;
  RawBlock& operator=(const RawBlock&) = delete;
  ~RawBlock() {
    OPENSSL_free(name);
    OPENSSL_free(header);
    OPENSSL_clear_free(bytes, static_cast<std::size_t>(size));
  }
};

Result<Pkcs8Ptr> decrypt(const PemBlock& block, std::string_view passphrase) {
  const unsigned char* at = block.begin();
  const EncryptedPtr sealed(d2i_X509_SIG(nullptr, &at, block.size()));
  if (!sealed || at != block.begin() + block.size())
    return invalid("private key: expected PKCS #8, found other bytes");
  Pkcs8Ptr open(
      PKCS8_decrypt(sealed.get(), passphrase.data(), static_cast<int>(passphrase.size())));
  if (!open) return fail(Code::denied, "private key: it does not open with this passphrase");
  return open;
}

Result<Pkcs8Ptr> opened(const PemBlock& block, std::string_view passphrase) {
  if (block.label == kEncrypted) return decrypt(block, passphrase);
  if (block.label != kClear)
    return invalid(
        std::format("PEM: expected \"{}\" or \"{}\" (openssl pkcs8 -topk8), found \"{}\"",
                    kEncrypted, kClear, excerpt(block.label, 60)));
  const unsigned char* at = block.begin();
  Pkcs8Ptr open(d2i_PKCS8_PRIV_KEY_INFO(nullptr, &at, block.size()));
  if (!open || at != block.begin() + block.size())
    return invalid("private key: expected PKCS #8, found other bytes");
  return open;
}

const EVP_MD* digest_for(EVP_PKEY* key) {
  return EVP_PKEY_is_a(key, "ED25519") == 1 ? nullptr : EVP_sha256();
}

template <class T, class Encode>
Bytes der_of(const T* object, Encode encode) {
  unsigned char* bytes = nullptr;
  const int size = encode(object, &bytes);
  CHECK(size > 0);
  const auto* begin = reinterpret_cast<const std::byte*>(bytes);
  Bytes der(begin, begin + size);
  OPENSSL_clear_free(bytes, static_cast<std::size_t>(size));
  return der;
}

}  // namespace

PemBlock::~PemBlock() { OPENSSL_cleanse(der.data(), der.size()); }

Result<std::vector<PemBlock>> pem_blocks(std::string_view pem, std::size_t count_max) {
  const ErrorScope errors;
  if (pem.size() > kPemBytesMax)
    return invalid(
        std::format("PEM: expected at most {} bytes, found {}", kPemBytesMax, pem.size()));
  const BioPtr in(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  CHECK(in);
  std::vector<PemBlock> blocks;
  for (;;) {
    RawBlock raw;
    if (PEM_read_bio(in.get(), &raw.name, &raw.header, &raw.bytes, &raw.size) != 1) break;
    if (raw.header[0] != '\0')
      return invalid("PEM: expected no headers (PKCS #8 encrypts without)");
    if (blocks.size() == count_max)
      return invalid(std::format("PEM: expected at most {} blocks, found more", count_max));
    const auto* begin = reinterpret_cast<const std::byte*>(raw.bytes);
    blocks.emplace_back(raw.name, Bytes(begin, begin + raw.size));
  }
  const bool at_end = ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_NO_START_LINE;
  if (!at_end) return invalid("PEM: " + library_reasons());
  if (blocks.empty()) return invalid("PEM: expected \"-----BEGIN ...-----\", found none");
  return blocks;
}

Result<PemBlock> pem_block(std::string_view pem, std::string_view label) {
  std::vector<PemBlock> blocks = TRY(pem_blocks(pem, 1));
  if (blocks.front().label != label)
    return invalid(std::format("PEM: expected \"{}\", found \"{}\"", label,
                               excerpt(blocks.front().label, 60)));
  return std::move(blocks.front());
}

std::string to_pem(std::string_view label, ByteView der) {
  const BioPtr out(BIO_new(BIO_s_secmem()));
  CHECK(out);
  const int size = PEM_write_bio(out.get(), std::string(label).c_str(), "",
                                 reinterpret_cast<const unsigned char*>(der.data()),
                                 static_cast<long>(der.size()));
  CHECK(size > 0);
  char* text = nullptr;
  const long length = BIO_get_mem_data(out.get(), &text);
  return {text, static_cast<std::size_t>(length)};
}

Result<PrivateKey> private_key_from_pem(std::string_view pem, std::string_view passphrase) {
  const ErrorScope errors;
  const std::vector<PemBlock> blocks = TRY(pem_blocks(pem, 1));
  const Pkcs8Ptr open = TRY(opened(blocks.front(), passphrase));
  KeyPtr key(EVP_PKCS82PKEY(open.get()));
  if (!key) return invalid("private key: " + library_reasons());
  return PrivateKey{.context = nullptr, .key = std::move(key)};
}

Result<std::string> private_key_to_pem(const PrivateKey& key, std::string_view passphrase) {
  const ErrorScope errors;
  if (key.in_module())
    return fail(Code::unsupported, "the private key is in a PKCS #11 module and stays there");
  const Pkcs8Ptr open(EVP_PKEY2PKCS8(key.key.get()));
  CHECK(open);
  if (passphrase.empty())
    return to_pem(kClear, PemBlock("", der_of(open.get(), i2d_PKCS8_PRIV_KEY_INFO)).der);
  const EncryptedPtr sealed(PKCS8_encrypt(-1, EVP_aes_256_cbc(), passphrase.data(),
                                          static_cast<int>(passphrase.size()), nullptr, kSaltBytes,
                                          kRounds, open.get()));
  CHECK(sealed);
  return to_pem(kEncrypted, der_of(sealed.get(), i2d_X509_SIG));
}

Result<Bytes> sign_with(const PrivateKey& key, ByteView message) {
  const ErrorScope errors;
  const DigestContextPtr context(EVP_MD_CTX_new());
  CHECK(context);
  const auto* bytes = reinterpret_cast<const unsigned char*>(message.data());
  const EVP_MD* digest = digest_for(key.key.get());
  std::size_t size = 0;
  const bool ready =
      EVP_DigestSignInit_ex(context.get(), nullptr, digest ? EVP_MD_get0_name(digest) : nullptr,
                            key.context.get(), nullptr, key.key.get(), nullptr) == 1 &&
      EVP_DigestSign(context.get(), nullptr, &size, bytes, message.size()) == 1;
  if (!ready) return fail(Code::unavailable, "signing: " + library_reasons());
  Bytes signature(size);
  if (EVP_DigestSign(context.get(), reinterpret_cast<unsigned char*>(signature.data()), &size,
                     bytes, message.size()) != 1)
    return fail(Code::unavailable, "signing: " + library_reasons());
  signature.resize(size);
  return signature;
}

bool verify_with(EVP_PKEY* public_key, ByteView message, ByteView signature) {
  const ErrorScope errors;
  const DigestContextPtr context(EVP_MD_CTX_new());
  CHECK(context);
  return EVP_DigestVerifyInit(context.get(), nullptr, digest_for(public_key), nullptr,
                              public_key) == 1 &&
         EVP_DigestVerify(context.get(), reinterpret_cast<const unsigned char*>(signature.data()),
                          signature.size(), reinterpret_cast<const unsigned char*>(message.data()),
                          message.size()) == 1;
}

}  // namespace lineside::crypt
