#include "crypt/signature.h"

#include <algorithm>
#include <format>

#include <openssl/x509.h>

#include "base/check.h"
#include "crypt/digest.h"
#include "crypt/key_internal.h"

namespace lineside::crypt {

namespace {

constexpr std::string_view kPublic = "PUBLIC KEY";

// SubjectPublicKeyInfo of every Ed25519 key up to its raw bytes: RFC 8410 section 4.
constexpr std::array<std::byte, 12> kSpkiHead = {std::byte{0x30}, std::byte{0x2a}, std::byte{0x30},
                                                 std::byte{0x05}, std::byte{0x06}, std::byte{0x03},
                                                 std::byte{0x2b}, std::byte{0x65}, std::byte{0x70},
                                                 std::byte{0x03}, std::byte{0x21}, std::byte{0x00}};

Bytes spki(const VerifyKey& key) {
  Bytes der(kSpkiHead.begin(), kSpkiHead.end());
  der.insert(der.end(), key.raw.begin(), key.raw.end());
  return der;
}

}  // namespace

Result<VerifyKey> VerifyKey::from_raw(ByteView bytes) {
  VerifyKey key;
  if (bytes.size() != key.raw.size())
    return invalid(std::format("Ed25519 key: expected 32 bytes, found {}", bytes.size()));
  std::ranges::copy(bytes, key.raw.begin());
  return key;
}

Result<VerifyKey> VerifyKey::from_pem(std::string_view pem) {
  const PemBlock block = TRY(pem_block(pem, kPublic));
  if (block.der.size() < kSpkiHead.size() ||
      !std::ranges::equal(ByteView(block.der).first(kSpkiHead.size()), kSpkiHead))
    return invalid("public key: expected Ed25519, found another kind of key");
  return from_raw(ByteView(block.der).subspan(kSpkiHead.size()));
}

std::string VerifyKey::to_pem() const { return crypt::to_pem(kPublic, spki(*this)); }

bool VerifyKey::verify(ByteView message, ByteView signature) const {
  const ErrorScope errors;
  if (signature.size() != sizeof(Signature)) return false;
  const KeyPtr key(EVP_PKEY_new_raw_public_key(
      EVP_PKEY_ED25519, nullptr, reinterpret_cast<const unsigned char*>(raw.data()), raw.size()));
  return key && verify_with(key.get(), message, signature);
}

std::string key_id(const VerifyKey& key) { return sha256_hex(spki(key)); }

SigningKey::SigningKey(std::shared_ptr<const PrivateKey> key, const VerifyKey& verify_key)
    : key_(std::move(key)), verify_key_(verify_key) {}

Result<SigningKey> SigningKey::of(PrivateKey key) {
  const ErrorScope errors;
  if (EVP_PKEY_is_a(key.key.get(), "ED25519") != 1)
    return invalid("private key: expected Ed25519, found another kind of key");
  VerifyKey verify_key;
  std::size_t size = verify_key.raw.size();
  if (EVP_PKEY_get_raw_public_key(
          key.key.get(), reinterpret_cast<unsigned char*>(verify_key.raw.data()), &size) != 1 ||
      size != verify_key.raw.size())
    return invalid("private key: its module does not give the public half: " + library_reasons());
  return SigningKey(std::make_shared<const PrivateKey>(std::move(key)), verify_key);
}

SigningKey SigningKey::generate() {
  PrivateKey key{.context = nullptr, .key = KeyPtr(EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519"))};
  CHECK(key.key);
  Result<SigningKey> made = of(std::move(key));
  CHECK(made);
  return *std::move(made);
}

Result<SigningKey> SigningKey::from_seed(ByteView seed) {
  if (seed.size() != 32)
    return invalid(std::format("Ed25519 seed: expected 32 bytes, found {}", seed.size()));
  KeyPtr key(EVP_PKEY_new_raw_private_key(
      EVP_PKEY_ED25519, nullptr, reinterpret_cast<const unsigned char*>(seed.data()), seed.size()));
  CHECK(key);
  return of({.context = nullptr, .key = std::move(key)});
}

Result<SigningKey> SigningKey::from_pem(std::string_view pem, std::string_view passphrase) {
  return of(TRY(private_key_from_pem(pem, passphrase)));
}

Result<SigningKey> SigningKey::from_pkcs11(const std::string& uri, std::string_view pin) {
  return of(TRY(private_key_from_pkcs11(uri, pin)));
}

Result<std::string> SigningKey::to_pem(std::string_view passphrase) const {
  return private_key_to_pem(*key_, passphrase);
}

Result<Signature> SigningKey::sign(ByteView message) const {
  const Bytes bytes = TRY(sign_with(*key_, message));
  Signature signature;
  if (bytes.size() != signature.size())
    return fail(Code::unavailable,
                std::format("signing: expected 64 bytes, found {}", bytes.size()));
  std::ranges::copy(bytes, signature.begin());
  return signature;
}

}  // namespace lineside::crypt
