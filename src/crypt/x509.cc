#include "crypt/x509.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <ctime>
#include <format>
#include <span>

#include <openssl/core_names.h>
#include <openssl/pem.h>

#include "base/check.h"
#include "base/text.h"
#include "crypt/x509_internal.h"

namespace lineside::crypt {

namespace {

using X509StorePtr = std::unique_ptr<X509_STORE, Freed<X509_STORE_free>>;
using StoreContextPtr = std::unique_ptr<X509_STORE_CTX, Freed<X509_STORE_CTX_free>>;

constexpr std::size_t kAuthoritiesMax = 16;
constexpr int kStrength = 2;  // OpenSSL's level: 112 bits, so RSA from 2048 bits and no SHA-1
constexpr std::int64_t kSecond = 1'000'000'000;

Result<std::string> utf8_of(const ASN1_STRING* value, std::string_view what) {
  unsigned char* text = nullptr;
  const int size = ASN1_STRING_to_UTF8(&text, value);
  if (size < 0) return invalid(std::format("certificate: {} is not a text", what));
  std::string copy(reinterpret_cast<const char*>(text), static_cast<std::size_t>(size));
  OPENSSL_free(text);
  if (!is_utf8(copy) || copy.contains('\0'))
    return invalid(std::format("certificate: {} is not a text", what));
  return copy;
}

// The first common name; ours have one.
Result<std::string> common_name_of(const X509_NAME* name) {
  const int at = X509_NAME_get_index_by_NID(name, NID_commonName, -1);
  if (at < 0) return std::string();
  return utf8_of(X509_NAME_ENTRY_get_data(X509_NAME_get_entry(name, at)), "a common name");
}

// The longest run of zero groups, if of two or more: RFC 5952 section 4.2.
std::pair<std::size_t, std::size_t> longest_zeros(std::span<const unsigned, 8> groups) {
  std::pair<std::size_t, std::size_t> best{0, 0};
  for (std::size_t i = 0; i < groups.size(); ++i) {
    std::size_t end = i;
    while (end < groups.size() && groups[end] == 0) ++end;
    if (end - i > best.second - best.first && end - i > 1) best = {i, end};
  }
  return best;
}

std::string ipv6_text(std::span<const unsigned char> bytes) {
  std::array<unsigned, 8> groups;
  for (std::size_t i = 0; i < groups.size(); ++i)
    groups[i] = static_cast<unsigned>(bytes[2 * i] << 8 | bytes[2 * i + 1]);
  const auto [begin, end] = longest_zeros(groups);
  std::string text;
  for (std::size_t i = 0; i < groups.size(); ++i) {
    if (i == begin && begin != end) text += "::";
    if (i >= begin && i < end) continue;
    if (!text.empty() && !text.ends_with(':')) text += ':';
    text += std::format("{:x}", groups[i]);
  }
  return text;
}

Result<std::string> ip_text(const ASN1_OCTET_STRING* value) {
  const std::span bytes(ASN1_STRING_get0_data(value),
                        static_cast<std::size_t>(ASN1_STRING_length(value)));
  if (bytes.size() == 4) return std::format("{}.{}.{}.{}", bytes[0], bytes[1], bytes[2], bytes[3]);
  if (bytes.size() == 16) return ipv6_text(bytes);
  return invalid(
      std::format("certificate: expected an address of 4 or 16 bytes, found {}", bytes.size()));
}

Result<void> describe_names(const X509* x509, Certificate& out) {
  int critical = 0;
  const GeneralNamesPtr names(static_cast<GENERAL_NAMES*>(
      X509_get_ext_d2i(x509, NID_subject_alt_name, &critical, nullptr)));
  if (!names && critical == -1) return {};
  if (!names) return invalid("certificate: its alternative names do not parse, or come twice");
  for (int i = 0; i < sk_GENERAL_NAME_num(names.get()); ++i) {
    const GENERAL_NAME* name = sk_GENERAL_NAME_value(names.get(), i);
    if (name->type == GEN_URI) {
      out.uris.push_back(TRY(utf8_of(name->d.uniformResourceIdentifier, "a URI")));
    } else if (name->type == GEN_DNS) {
      out.dns.push_back(TRY(utf8_of(name->d.dNSName, "a DNS name")));
    } else if (name->type == GEN_IPADD) {
      out.ips.push_back(TRY(ip_text(name->d.iPAddress)));
    }
  }
  return {};
}

Result<Time> time_of(const ASN1_TIME* value) {
  std::tm parts{};
  if (ASN1_TIME_to_tm(value, &parts) != 1)
    return invalid("certificate: its validity does not parse");
  const int year = parts.tm_year + 1900;
  // What int64 nanoseconds hold, to the full year.
  if (year >= 2262) return Time::max();
  if (year < 1678) return Time::min();
  using namespace std::chrono;
  const sys_days day = std::chrono::year(year) / (parts.tm_mon + 1) / parts.tm_mday;
  const auto seconds = sys_seconds(day) + hours(parts.tm_hour) + minutes(parts.tm_min) +
                       std::chrono::seconds(parts.tm_sec);
  return Time{seconds.time_since_epoch().count() * kSecond};
}

std::string serial_of(const X509* x509) {
  const ASN1_INTEGER* serial = X509_get0_serialNumber(x509);
  const auto* begin = reinterpret_cast<const std::byte*>(ASN1_STRING_get0_data(serial));
  ByteView bytes(begin, static_cast<std::size_t>(ASN1_STRING_length(serial)));
  while (bytes.size() > 1 && bytes.front() == std::byte{0}) bytes = bytes.subspan(1);
  return to_hex(bytes);
}

Result<X509StorePtr> store_of(std::string_view authorities) {
  X509StorePtr store(X509_STORE_new());
  CHECK(store);
  const std::vector<X509Ptr> found =
      TRY_WITH(x509_from_pem(authorities, kAuthoritiesMax), "authorities");
  for (const X509Ptr& authority : found) {
    if ((X509_get_extension_flags(authority.get()) & EXFLAG_CA) == 0)
      return invalid("authorities: expected certificates of authorities, found another");
    CHECK(X509_STORE_add_cert(store.get(), authority.get()) == 1);
  }
  return store;
}

Result<void> verify_for(X509* x509, X509_STORE* store, Time at, int purpose) {
  const StoreContextPtr context(X509_STORE_CTX_new());
  CHECK(context && X509_STORE_CTX_init(context.get(), store, x509, nullptr) == 1);
  X509_VERIFY_PARAM* rules = X509_STORE_CTX_get0_param(context.get());
  X509_VERIFY_PARAM_set_time(rules, unix_seconds(at));
  X509_VERIFY_PARAM_set_flags(rules, X509_V_FLAG_PARTIAL_CHAIN);
  X509_VERIFY_PARAM_set_auth_level(rules, kStrength);
  CHECK(X509_VERIFY_PARAM_set_purpose(rules, purpose) == 1);
  if (X509_verify_cert(context.get()) == 1) return {};
  const int reason = X509_STORE_CTX_get_error(context.get());
  const std::string_view whose =
      X509_STORE_CTX_get_error_depth(context.get()) == 0 ? "certificate" : "its authority";
  return fail(Code::denied, std::format("{}: {} at {}", whose,
                                        X509_verify_cert_error_string(reason), format_iso(at)));
}

}  // namespace

std::int64_t unix_seconds(Time time) { return time.ns / kSecond - (time.ns % kSecond < 0 ? 1 : 0); }

Bytes der_of(const X509* x509) {
  unsigned char* bytes = nullptr;
  const int size = i2d_X509(x509, &bytes);
  CHECK(size > 0);
  const auto* begin = reinterpret_cast<const std::byte*>(bytes);
  Bytes der(begin, begin + size);
  OPENSSL_free(bytes);
  return der;
}

Result<std::vector<X509Ptr>> x509_from_pem(std::string_view pem, std::size_t count_max) {
  const std::vector<PemBlock> blocks = TRY(pem_blocks(pem, count_max));
  std::vector<X509Ptr> found;
  for (const PemBlock& block : blocks) {
    if (block.label != PEM_STRING_X509)
      return invalid(std::format("PEM: expected \"{}\", found \"{}\"", PEM_STRING_X509,
                                 excerpt(block.label, 60)));
    const unsigned char* at = block.begin();
    X509Ptr x509(d2i_X509(nullptr, &at, block.size()));
    if (!x509 || at != block.begin() + block.size())
      return invalid("certificate: its bytes do not parse");
    if ((X509_get_extension_flags(x509.get()) & EXFLAG_INVALID) != 0)
      return invalid("certificate: its extensions do not parse");
    found.push_back(std::move(x509));
  }
  return found;
}

Result<Certificate> describe(const X509* x509) {
  Certificate out;
  out.common_name = TRY(common_name_of(X509_get_subject_name(x509)));
  out.issuer = TRY(common_name_of(X509_get_issuer_name(x509)));
  TRY(describe_names(x509, out));
  out.serial_hex = serial_of(x509);
  out.not_before = TRY(time_of(X509_get0_notBefore(x509)));
  out.not_after = TRY(time_of(X509_get0_notAfter(x509)));
  out.is_authority =
      (X509_get_extension_flags(const_cast<X509*>(x509)) & EXFLAG_CA) != 0;  // caches inside
  out.sha256 = sha256(der_of(x509));
  return out;
}

Result<Certificate> parse_certificate(std::string_view pem) {
  const ErrorScope errors;
  const std::vector<X509Ptr> found = TRY(x509_from_pem(pem, 1));
  return describe(found.front().get());
}

Result<Certificate> parse_certificate_der(ByteView der) {
  const ErrorScope errors;
  const auto* at = reinterpret_cast<const unsigned char*>(der.data());
  const auto* end = at + der.size();
  const X509Ptr x509(d2i_X509(nullptr, &at, static_cast<long>(der.size())));
  if (!x509 || at != end) return invalid("expected one certificate in DER, found something else");
  return describe(x509.get());
}

Result<Certificate> verify_certificate(std::string_view pem, std::string_view authorities, Time at,
                                       CertificateUse use) {
  const ErrorScope errors;
  const std::vector<X509Ptr> found = TRY(x509_from_pem(pem, 1));
  const X509StorePtr store = TRY(store_of(authorities));
  X509* x509 = found.front().get();
  if (use != CertificateUse::server)
    TRY(verify_for(x509, store.get(), at, X509_PURPOSE_SSL_CLIENT));
  if (use != CertificateUse::client)
    TRY(verify_for(x509, store.get(), at, X509_PURPOSE_SSL_SERVER));
  return describe(x509);
}

}  // namespace lineside::crypt
