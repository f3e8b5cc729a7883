#include <format>

#include <openssl/err.h>

#include "crypt/openssl_internal.h"

namespace lineside::crypt {

std::string library_reasons() {
  std::string text;
  while (const unsigned long code = ERR_get_error()) {
    const char* reason = ERR_reason_error_string(code);
    if (!text.empty()) text += ", ";
    text += reason != nullptr ? reason : std::format("error {:#x}", code);
  }
  return text.empty() ? "no reason given" : text;
}

ErrorScope::ErrorScope() { ERR_clear_error(); }
ErrorScope::~ErrorScope() { ERR_clear_error(); }

}  // namespace lineside::crypt
