#include "crypt/password.h"

#include <array>
#include <format>
#include <optional>

#include <openssl/core_names.h>
#include <openssl/kdf.h>
#include <openssl/params.h>

#include "base/check.h"
#include "base/text.h"
#include "crypt/argon2_internal.h"
#include "crypt/base64.h"
#include "crypt/decimal_internal.h"
#include "crypt/digest.h"
#include "crypt/openssl_internal.h"

namespace lineside::crypt {

namespace {

using KdfPtr = std::unique_ptr<EVP_KDF, Freed<EVP_KDF_free>>;
using KdfContextPtr = std::unique_ptr<EVP_KDF_CTX, Freed<EVP_KDF_CTX_free>>;

constexpr std::uint32_t kMemoryMax = 262'144;
constexpr std::uint32_t kPassesMax = 64;
constexpr std::uint32_t kLanesMax = 16;
constexpr std::size_t kSaltMin = 8;
constexpr std::size_t kSaltMax = 48;
constexpr std::size_t kTagSize = 32;
constexpr std::size_t kTagMin = 16;
constexpr std::size_t kTagMax = 64;
constexpr std::size_t kPasswordMax = 4096;

struct Phc {
  Argon2Cost cost;
  Bytes salt, tag;
};

Result<void> check_cost(const Argon2Cost& cost) {
  if (cost.lanes < 1 || cost.lanes > kLanesMax)
    return invalid(std::format("lanes: expected 1 to {}, found {}", kLanesMax, cost.lanes));
  if (cost.passes < 1 || cost.passes > kPassesMax)
    return invalid(std::format("passes: expected 1 to {}, found {}", kPassesMax, cost.passes));
  if (cost.memory_kib < 8 * cost.lanes || cost.memory_kib > kMemoryMax)
    return invalid(std::format("memory: expected {} to {} KiB, found {}", 8 * cost.lanes,
                               kMemoryMax, cost.memory_kib));
  return {};
}

Result<void> check_password(std::string_view password) {
  if (password.size() <= kPasswordMax) return {};
  return invalid(std::format("password: expected at most {} bytes, found more", kPasswordMax));
}

// "m=19456": the number behind its name.
std::optional<std::uint32_t> parameter(std::string_view text, std::string_view name) {
  if (!text.starts_with(name)) return std::nullopt;
  const auto value = read_decimal(text.substr(name.size()), kMemoryMax);
  if (!value) return std::nullopt;
  return static_cast<std::uint32_t>(*value);
}

Result<Argon2Cost> read_cost(std::string_view text) {
  const std::vector<std::string_view> parts = split(text, ',');
  if (parts.size() != 3) return invalid("expected \"m=...,t=...,p=...\"");
  const auto memory = parameter(parts[0], "m=");
  const auto passes = parameter(parts[1], "t=");
  const auto lanes = parameter(parts[2], "p=");
  if (!memory || !passes || !lanes) return invalid("expected \"m=...,t=...,p=...\"");
  const Argon2Cost cost{.memory_kib = *memory, .passes = *passes, .lanes = *lanes};
  TRY(check_cost(cost));
  return cost;
}

Error damaged(std::string_view why) {
  return fail(Code::corrupt, std::format("password hash: {}", why));
}

Result<Phc> read_phc(std::string_view text) {
  const std::vector<std::string_view> parts = split(text, '$');
  if (parts.size() < 2 || !parts[0].empty()) return damaged("expected \"$argon2id$...\"");
  if (parts[1] != "argon2id" || parts.size() < 3 || parts[2] != "v=19")
    return fail(Code::unsupported, "password hash: expected \"$argon2id$v=19$...\"");
  if (parts.size() != 6) return damaged("expected cost, salt and hash");
  const Result<Argon2Cost> cost = read_cost(parts[3]);
  if (!cost) return damaged(cost.error().text);
  Result<Bytes> salt = from_base64_unpadded(parts[4]);
  Result<Bytes> tag = from_base64_unpadded(parts[5]);
  if (!salt || salt->size() < kSaltMin || salt->size() > kSaltMax)
    return damaged("the salt is not base64 of its range");
  if (!tag || tag->size() < kTagMin || tag->size() > kTagMax)
    return damaged("the hash is not base64 of its range");
  return Phc{.cost = *cost, .salt = *std::move(salt), .tag = *std::move(tag)};
}

OSSL_PARAM bytes_param(const char* name, ByteView bytes) {
  // OpenSSL takes a null pointer for a value that was not given.
  static constexpr std::byte kNothing{};
  const std::byte* begin = bytes.empty() ? &kNothing : bytes.data();
  return OSSL_PARAM_construct_octet_string(name, const_cast<std::byte*>(begin), bytes.size());
}

}  // namespace

Result<void> argon2id(const Argon2Input& input, std::span<std::byte> tag) {
  const ErrorScope errors;
  const KdfPtr algorithm(EVP_KDF_fetch(nullptr, "ARGON2ID", nullptr));
  CHECK(algorithm);
  const KdfContextPtr context(EVP_KDF_CTX_new(algorithm.get()));
  CHECK(context);
  Argon2Cost cost = input.cost;
  std::array<OSSL_PARAM, 8> params = {
      bytes_param(OSSL_KDF_PARAM_PASSWORD, input.password),
      bytes_param(OSSL_KDF_PARAM_SALT, input.salt),
      OSSL_PARAM_construct_uint32(OSSL_KDF_PARAM_ARGON2_MEMCOST, &cost.memory_kib),
      OSSL_PARAM_construct_uint32(OSSL_KDF_PARAM_ITER, &cost.passes),
      OSSL_PARAM_construct_uint32(OSSL_KDF_PARAM_ARGON2_LANES, &cost.lanes)};
  std::size_t count = 5;
  if (!input.secret.empty()) params[count++] = bytes_param(OSSL_KDF_PARAM_SECRET, input.secret);
  if (!input.associated.empty())
    params[count++] = bytes_param(OSSL_KDF_PARAM_ARGON2_AD, input.associated);
  params[count] = OSSL_PARAM_construct_end();
  if (EVP_KDF_derive(context.get(), reinterpret_cast<unsigned char*>(tag.data()), tag.size(),
                     params.data()) != 1)
    return fail(Code::exhausted, "Argon2id: " + library_reasons());
  return {};
}

Result<std::string> hash_password(std::string_view password, ByteView salt, Argon2Cost cost) {
  TRY(check_password(password));
  TRY_WITH(check_cost(cost), "Argon2id");
  if (salt.size() < kSaltMin || salt.size() > kSaltMax)
    return invalid(
        std::format("salt: expected {} to {} bytes, found {}", kSaltMin, kSaltMax, salt.size()));
  std::array<std::byte, kTagSize> tag;
  TRY(argon2id({.password = as_bytes(password), .salt = salt, .cost = cost}, tag));
  return std::format("$argon2id$v=19$m={},t={},p={}${}${}", cost.memory_kib, cost.passes,
                     cost.lanes, to_base64_unpadded(salt), to_base64_unpadded(tag));
}

Result<bool> verify_password(std::string_view phc, std::string_view password) {
  TRY(check_password(password));
  const Phc kept = TRY(read_phc(phc));
  Bytes tag(kept.tag.size());
  TRY(argon2id({.password = as_bytes(password), .salt = kept.salt, .cost = kept.cost}, tag));
  return same_secret(as_text(tag), as_text(kept.tag));
}

bool needs_rehash(std::string_view phc, Argon2Cost cost) {
  const Result<Phc> kept = read_phc(phc);
  return !kept || kept->cost != cost || kept->tag.size() != kTagSize;
}

}  // namespace lineside::crypt
