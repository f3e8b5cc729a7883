#include "crypt/digest.h"

#include <algorithm>
#include <format>

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "base/check.h"
#include "base/text.h"
#include "crypt/openssl_internal.h"

namespace lineside::crypt {

namespace {

// Looked up once: EVP_sha256() alone is looked up again with each digest.
const EVP_MD* algorithm() {
  static const std::unique_ptr<EVP_MD, Freed<EVP_MD_free>> found(
      EVP_MD_fetch(nullptr, "SHA256", nullptr));
  CHECK(found);
  return found.get();
}

unsigned char* raw(Digest& digest) { return reinterpret_cast<unsigned char*>(digest.data()); }
const unsigned char* raw(ByteView bytes) {
  return reinterpret_cast<const unsigned char*>(bytes.data());
}

EVP_MD_CTX* context_of(void* context) { return static_cast<EVP_MD_CTX*>(context); }

int hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return -1;
}

}  // namespace

Digest sha256(ByteView bytes) {
  Digest digest;
  unsigned int size = 0;
  const int done = EVP_Digest(bytes.data(), bytes.size(), raw(digest), &size, algorithm(), nullptr);
  CHECK(done == 1 && size == digest.size());
  return digest;
}

std::string sha256_hex(ByteView bytes) { return to_hex(sha256(bytes)); }

void Sha256::Free::operator()(void* context) const { EVP_MD_CTX_free(context_of(context)); }

Sha256::Sha256() : context_(EVP_MD_CTX_new()) {
  CHECK(context_ && EVP_DigestInit_ex2(context_of(context_.get()), algorithm(), nullptr) == 1);
}

void Sha256::update(ByteView bytes) {
  CHECK(EVP_DigestUpdate(context_of(context_.get()), bytes.data(), bytes.size()) == 1);
}

Digest Sha256::finish() {
  Digest digest;
  unsigned int size = 0;
  EVP_MD_CTX* context = context_of(context_.get());
  CHECK(EVP_DigestFinal_ex(context, raw(digest), &size) == 1 && size == digest.size());
  CHECK(EVP_DigestInit_ex2(context, algorithm(), nullptr) == 1);
  return digest;
}

Digest hmac_sha256(ByteView key, ByteView message) {
  // Without a pointer OpenSSL takes the key for one that it has already.
  static constexpr std::byte kNothing{};
  Digest digest;
  std::size_t size = 0;
  const unsigned char* done =
      EVP_Q_mac(nullptr, "HMAC", nullptr, "SHA256", nullptr, key.empty() ? &kNothing : key.data(),
                key.size(), raw(message), message.size(), raw(digest), digest.size(), &size);
  CHECK(done != nullptr && size == digest.size());
  return digest;
}

std::string commitment(ByteView salt, std::string_view value) {
  return to_hex(hmac_sha256(salt, as_bytes(value)));
}

Result<Bytes> from_hex(std::string_view text) {
  if (text.size() % 2 != 0)
    return invalid(std::format("expected pairs of hex digits, found {} digits", text.size()));
  Bytes bytes;
  bytes.reserve(text.size() / 2);
  for (std::size_t i = 0; i < text.size(); i += 2) {
    const int high = hex_value(text[i]);
    const int low = hex_value(text[i + 1]);
    if (high < 0 || low < 0)
      return invalid(std::format("expected lower-case hex digits, found another character at {}",
                                 high < 0 ? i + 1 : i + 2));
    bytes.push_back(static_cast<std::byte>(high << 4 | low));
  }
  return bytes;
}

Result<Digest> digest_from_hex(std::string_view text) {
  Digest digest{};
  if (text.size() != 2 * digest.size())
    return invalid(std::format("expected a digest of 64 hex digits, found {}", text.size()));
  const Bytes bytes = TRY(from_hex(text));
  std::ranges::copy(bytes, digest.begin());
  return digest;
}

bool same_secret(std::string_view a, std::string_view b) {
  return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

}  // namespace lineside::crypt
