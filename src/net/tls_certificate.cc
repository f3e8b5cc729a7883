#include <algorithm>
#include <array>
#include <chrono>
#include <ctime>
#include <format>

#include <openssl/evp.h>
#include <openssl/x509v3.h>

#include "base/check.h"
#include "net/tls_internal.h"

namespace lineside::net {

namespace {

struct Free {
  void operator()(BIGNUM* number) const { BN_free(number); }
  void operator()(GENERAL_NAMES* names) const { GENERAL_NAMES_free(names); }
  void operator()(char* text) const { OPENSSL_free(text); }
  void operator()(unsigned char* text) const { OPENSSL_free(text); }
};

std::string sha256_of(const X509* certificate) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned size = 0;
  CHECK(X509_digest(certificate, EVP_sha256(), digest.data(), &size) == 1);
  std::string hex;
  for (unsigned i = 0; i < size; ++i) hex += std::format("{:02x}", digest[i]);
  return hex;
}

std::string serial_of(const X509* certificate) {
  const std::unique_ptr<BIGNUM, Free> number(
      ASN1_INTEGER_to_BN(X509_get0_serialNumber(certificate), nullptr));
  const std::unique_ptr<char, Free> digits(number ? BN_bn2hex(number.get()) : nullptr);
  if (!digits) return "";
  std::string hex = digits.get();
  std::ranges::transform(hex, hex.begin(), [](char c) {
    return c >= 'A' && c <= 'F' ? static_cast<char>(c + 32) : c;
  });
  hex.erase(0, std::min(hex.find_first_not_of('0'), hex.size() - 1));
  return hex;
}

// The last one is the most specific one.
std::string common_name_of(const X509* certificate) {
  const X509_NAME* subject = X509_get_subject_name(certificate);
  int last = -1;
  for (int at = -1; (at = X509_NAME_get_index_by_NID(subject, NID_commonName, at)) >= 0;) last = at;
  if (last < 0) return "";
  unsigned char* utf8 = nullptr;
  const int size =
      ASN1_STRING_to_UTF8(&utf8, X509_NAME_ENTRY_get_data(X509_NAME_get_entry(subject, last)));
  const std::unique_ptr<unsigned char, Free> owned(utf8);
  return size > 0 ? std::string(reinterpret_cast<const char*>(utf8), static_cast<std::size_t>(size))
                  : "";
}

std::vector<std::string> uris_of(const X509* certificate) {
  const std::unique_ptr<GENERAL_NAMES, Free> names(static_cast<GENERAL_NAMES*>(
      X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr)));
  std::vector<std::string> uris;
  for (int i = 0; names && i < sk_GENERAL_NAME_num(names.get()); ++i) {
    const GENERAL_NAME* name = sk_GENERAL_NAME_value(names.get(), i);
    if (name->type != GEN_URI) continue;
    const ASN1_IA5STRING* text = name->d.uniformResourceIdentifier;
    uris.emplace_back(reinterpret_cast<const char*>(ASN1_STRING_get0_data(text)),
                      static_cast<std::size_t>(ASN1_STRING_length(text)));
  }
  return uris;
}

// Years beyond int64 nanoseconds (2262) are never, as RFC 5280's 9999 means.
Time not_after_of(const X509* certificate) {
  std::tm parts{};
  if (ASN1_TIME_to_tm(X509_get0_notAfter(certificate), &parts) != 1) return Time::min();
  if (parts.tm_year + 1900 > 2261) return Time::max();
  using namespace std::chrono;
  const sys_days day = year(parts.tm_year + 1900) / (parts.tm_mon + 1) / parts.tm_mday;
  const auto seconds_of_day = hours(parts.tm_hour) + minutes(parts.tm_min) + seconds(parts.tm_sec);
  return Time{nanoseconds(day.time_since_epoch() + seconds_of_day).count()};
}

}  // namespace

PeerCertificate describe_certificate(const X509* certificate) {
  return {sha256_of(certificate), serial_of(certificate), common_name_of(certificate),
          uris_of(certificate), not_after_of(certificate)};
}

}  // namespace lineside::net
