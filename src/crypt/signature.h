// Signatures by Ed25519. Source: RFC 8032; keys in PEM: RFC 8410, RFC 5958 (PKCS #8).
#pragma once

#include <array>
#include <memory>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/result.h"

namespace lineside::crypt {

using Signature = std::array<std::byte, 64>;

// What checks signatures; public, a plain value. Bytes that are no key verify nothing.
struct VerifyKey {
  std::array<std::byte, 32> raw{};

  // Errors: invalid (not 32 bytes).
  static Result<VerifyKey> from_raw(ByteView bytes);
  // "-----BEGIN PUBLIC KEY-----". Errors: invalid (not one such block of at most 64 KiB, or another
  // kind of key).
  static Result<VerifyKey> from_pem(std::string_view pem);
  std::string to_pem() const;

  bool verify(ByteView message, ByteView signature) const;
  auto operator<=>(const VerifyKey&) const = default;
};

// Names the key: SHA-256 of its SubjectPublicKeyInfo (DER) in hex.
std::string key_id(const VerifyKey& key);

struct PrivateKey;  // key_internal.h

// What makes signatures; immutable, copies share the key. Any thread may call.
class SigningKey {
 public:
  // From the system's randomness.
  static SigningKey generate();
  // The same seed gives the same key: for simulations and published vectors. Errors: invalid (not
  // 32 bytes).
  static Result<SigningKey> from_seed(ByteView seed);
  // PKCS #8, "PRIVATE KEY" or "ENCRYPTED PRIVATE KEY"; the passphrase is for the latter. Errors:
  // invalid (not one such block of at most 64 KiB, or another kind of key), denied (not the
  // passphrase).
  static Result<SigningKey> from_pem(std::string_view pem, std::string_view passphrase);
  // A key that stays in its module: "pkcs11:token=hub;object=log;type=private" (RFC 7512), through
  // OpenSSL's provider "pkcs11". Errors: unsupported (no such provider here), not_found, denied
  // (the PIN), invalid (another kind of key).
  static Result<SigningKey> from_pkcs11(const std::string& uri, std::string_view pin);

  // As from_pem() reads it: AES-256, the key derived by PBKDF2 of 600,000 rounds (about 0.3 s).
  // With an empty passphrase it is in the clear, and only the mode of its file protects it. Errors:
  // unsupported (the key stays in a PKCS #11 module).
  Result<std::string> to_pem(std::string_view passphrase) const;

  const VerifyKey& verify_key() const { return verify_key_; }
  // Errors: unavailable (the module with the key failed); never for a key in memory.
  Result<Signature> sign(ByteView message) const;

 private:
  SigningKey(std::shared_ptr<const PrivateKey> key, const VerifyKey& verify_key);
  static Result<SigningKey> of(PrivateKey key);

  std::shared_ptr<const PrivateKey> key_;
  VerifyKey verify_key_;
};

}  // namespace lineside::crypt
