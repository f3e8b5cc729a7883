// Private keys of any kind, in memory or in a PKCS #11 module, and blocks of PEM.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "crypt/openssl_internal.h"

namespace lineside::crypt {

constexpr std::size_t kPemBytesMax = 65536;

// One block of PEM; its bytes are wiped at the end, for they may be a key.
struct PemBlock {
  std::string label;
  Bytes der;

  PemBlock(std::string block_label, Bytes block_der)
      : label(std::move(block_label)), der(std::move(block_der)) {}
  PemBlock(PemBlock&&) = default;
  PemBlock& operator=(PemBlock&&) = delete;
  ~PemBlock();

  const unsigned char* begin() const { return reinterpret_cast<const unsigned char*>(der.data()); }
  long size() const { return static_cast<long>(der.size()); }
};

// All blocks of a text, whatever stands between them. Errors: invalid (longer than 64 KiB, no
// block, more than `count_max`, a broken one, one that is encrypted in the old form).
Result<std::vector<PemBlock>> pem_blocks(std::string_view pem, std::size_t count_max);
// The only block of a text. Errors: those above; invalid (another label).
Result<PemBlock> pem_block(std::string_view pem, std::string_view label);
std::string to_pem(std::string_view label, ByteView der);

struct PrivateKey {
  // Where OpenSSL knows the key's provider; null is the default context. Outlives `key`.
  std::shared_ptr<OSSL_LIB_CTX> context;
  KeyPtr key;

  bool in_module() const { return context != nullptr; }
};

// See SigningKey for the texts and the errors.
Result<PrivateKey> private_key_from_pem(std::string_view pem, std::string_view passphrase);
Result<PrivateKey> private_key_from_pkcs11(const std::string& uri, std::string_view pin);
Result<std::string> private_key_to_pem(const PrivateKey& key, std::string_view passphrase);

// Errors: unavailable.
Result<Bytes> sign_with(const PrivateKey& key, ByteView message);
bool verify_with(EVP_PKEY* public_key, ByteView message, ByteView signature);

}  // namespace lineside::crypt
