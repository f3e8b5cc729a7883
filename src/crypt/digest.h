// Digests of files and of identities.
#pragma once

#include <string>

#include "base/bytes.h"

namespace lineside::crypt {

// SHA-256 (FIPS 180-4) as 64 lower-case hex digits.
std::string sha256_hex(ByteView bytes);

}  // namespace lineside::crypt
