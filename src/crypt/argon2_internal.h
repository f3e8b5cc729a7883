// Argon2id itself, with the inputs that a PHC string has no place for. Source: RFC 9106.
#pragma once

#include <span>

#include "base/bytes.h"
#include "base/result.h"
#include "crypt/password.h"

namespace lineside::crypt {

struct Argon2Input {
  ByteView password, salt, secret, associated;
  Argon2Cost cost;
};

// Fills `tag`. Errors: exhausted (no memory).
Result<void> argon2id(const Argon2Input& input, std::span<std::byte> tag);

}  // namespace lineside::crypt
