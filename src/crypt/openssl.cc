#include <format>

#include <openssl/err.h>

#include "crypt/openssl_internal.h"

namespace lineside::crypt {

Error library_error(Code code, std::string_view what) {
  std::string text;
  while (const unsigned long number = ERR_get_error()) {
    const char* reason = ERR_reason_error_string(number);
    if (!text.empty()) text += ", ";
    text += reason != nullptr ? reason : std::format("error {:#x}", number);
  }
  return fail(code, std::format("{}: {}", what, text.empty() ? "no reason given" : text));
}

ErrorScope::ErrorScope() { ERR_clear_error(); }
ErrorScope::~ErrorScope() { ERR_clear_error(); }

}  // namespace lineside::crypt
