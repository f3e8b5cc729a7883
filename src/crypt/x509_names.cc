#include <algorithm>
#include <array>
#include <format>

#include <openssl/core_names.h>

#include "base/check.h"
#include "base/text.h"
#include "crypt/x509_internal.h"

namespace lineside::crypt {

namespace {

using AddressPtr = std::unique_ptr<ASN1_OCTET_STRING, Freed<ASN1_OCTET_STRING_free>>;

constexpr std::size_t kNamesMax = 64;
constexpr std::size_t kUriMax = 2048;
constexpr std::size_t kDnsMax = 253;

bool is_uri(std::string_view text) {
  return text.size() <= kUriMax && text.find(':') != std::string_view::npos &&
         !text.starts_with(':') &&
         std::ranges::all_of(text, [](char c) { return c > ' ' && c < 0x7f; });
}

bool is_dns_label(std::string_view label) {
  return !label.empty() && label.size() <= 63 && std::ranges::all_of(label, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '_';
  });
}

bool is_dns(std::string_view text) {
  if (text.size() > kDnsMax) return false;
  if (text.starts_with("*.")) text.remove_prefix(2);
  return std::ranges::all_of(split(text, '.'), is_dns_label);
}

Error bad_name(std::string_view expected, std::string_view found) {
  return invalid(
      std::format("alternative name: expected {}, found \"{}\"", expected, excerpt(found)));
}

void push(GENERAL_NAMES* names, int type, ASN1_STRING* value) {
  GENERAL_NAME* name = GENERAL_NAME_new();
  CHECK(name != nullptr);
  GENERAL_NAME_set0_value(name, type, value);
  CHECK(sk_GENERAL_NAME_push(names, name) > 0);
}

void push_text(GENERAL_NAMES* names, int type, std::string_view text) {
  ASN1_IA5STRING* value = ASN1_IA5STRING_new();
  CHECK(value != nullptr &&
        ASN1_STRING_set(value, text.data(), static_cast<int>(text.size())) == 1);
  push(names, type, value);
}

bool has_group(EVP_PKEY* key, std::string_view wanted) {
  std::array<char, 64> name{};
  std::size_t size = 0;
  return EVP_PKEY_get_group_name(key, name.data(), name.size(), &size) == 1 &&
         std::string_view(name.data(), size) == wanted;
}

// A curve that is spelt out instead of named may be another one with the same name's points.
bool has_named_curve(EVP_PKEY* key) {
  int spelt_out = 0;
  EVP_PKEY_get_int_param(key, OSSL_PKEY_PARAM_EC_DECODED_FROM_EXPLICIT_PARAMS, &spelt_out);
  return spelt_out == 0 && (has_group(key, "prime256v1") || has_group(key, "secp384r1"));
}

}  // namespace

Result<void> check_public_key(EVP_PKEY* key) {
  const int bits = EVP_PKEY_get_bits(key);
  const bool good = (EVP_PKEY_is_a(key, "EC") == 1 && has_named_curve(key)) ||
                    EVP_PKEY_is_a(key, "ED25519") == 1 ||
                    (EVP_PKEY_is_a(key, "RSA") == 1 && bits >= 2048 && bits <= 4096);
  if (good) return {};
  const char* kind = EVP_PKEY_get0_type_name(key);
  return invalid(
      std::format("key: expected P-256, P-384, Ed25519 or RSA of 2048 to 4096 bits, found {} of {} "
                  "bits",
                  kind != nullptr ? kind : "another kind", bits));
}

Result<void> put_common_name(X509_NAME* name, std::string_view common_name) {
  const bool plain = is_utf8(common_name) && std::ranges::none_of(common_name, [](char c) {
                       return static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
                     });
  // OpenSSL counts the characters.
  if (!plain || common_name.empty() || common_name.size() > 4 * 64 ||
      X509_NAME_add_entry_by_NID(name, NID_commonName, MBSTRING_UTF8,
                                 reinterpret_cast<const unsigned char*>(common_name.data()),
                                 static_cast<int>(common_name.size()), -1, 0) != 1)
    return invalid(std::format("common name: expected 1 to 64 characters, found \"{}\"",
                               excerpt(common_name)));
  return {};
}

Result<void> put_alternative_names(X509* x509, const CertificateTerms& terms) {
  const std::size_t count = terms.uris.size() + terms.dns.size() + terms.ips.size();
  if (count == 0) return {};
  if (count > kNamesMax)
    return invalid(
        std::format("alternative names: expected at most {}, found {}", kNamesMax, count));
  const GeneralNamesPtr names(GENERAL_NAMES_new());
  CHECK(names);
  for (const std::string& uri : terms.uris) {
    if (!is_uri(uri)) return bad_name("a URI", uri);
    push_text(names.get(), GEN_URI, uri);
  }
  for (const std::string& dns : terms.dns) {
    if (!is_dns(dns)) return bad_name("a DNS name", dns);
    push_text(names.get(), GEN_DNS, dns);
  }
  for (const std::string& ip : terms.ips) {
    AddressPtr address(ip.contains('\0') ? nullptr : a2i_IPADDRESS(ip.c_str()));
    if (!address) return bad_name("an IP address", ip);
    push(names.get(), GEN_IPADD, address.release());
  }
  CHECK(X509_add1_ext_i2d(x509, NID_subject_alt_name, names.get(), 0, X509V3_ADD_DEFAULT) == 1);
  return {};
}

}  // namespace lineside::crypt
