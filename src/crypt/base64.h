// Base64 in the forms that notes, envelopes, password hashes and tokens use. Source: RFC 4648.
//
// Readers are strict: no blanks, no line breaks, no missing or superfluous padding, and unused bits
// are zero, so that bytes have one text only.
#pragma once

#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/result.h"

namespace lineside::crypt {

std::string to_base64(ByteView bytes);           // section 4, padded
std::string to_base64_unpadded(ByteView bytes);  // section 4 without '='
std::string to_base64url(ByteView bytes);        // section 5 without '='

// The opposite. Errors: invalid, with the place but never the text, which may be secret.
Result<Bytes> from_base64(std::string_view text);
Result<Bytes> from_base64_unpadded(std::string_view text);
Result<Bytes> from_base64url(std::string_view text);

}  // namespace lineside::crypt
