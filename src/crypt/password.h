// Passwords as kept: Argon2id in PHC strings. Source: RFC 9106; the P-H-C string format;
// parameters: OWASP password storage cheat sheet.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/result.h"

namespace lineside::crypt {

// What one hash costs. About 20 ms on one core by default.
struct Argon2Cost {
  std::uint32_t memory_kib = 19'456;  // at least 8 per lane, at most 256 MiB
  std::uint32_t passes = 2;           // 1 to 64
  std::uint32_t lanes = 1;            // 1 to 16, computed one after another

  bool operator==(const Argon2Cost&) const = default;
};

// "$argon2id$v=19$m=19456,t=2,p=1$<salt>$<hash>" with a hash of 32 bytes. `salt` is 8 to 48 random
// bytes, 16 as a rule; the password at most 4 KiB. Errors: invalid (salt, cost or password out of
// range), exhausted (no memory).
Result<std::string> hash_password(std::string_view password, ByteView salt, Argon2Cost cost = {});

// Whether the password is the one of the hash; the comparison takes constant time. Errors: corrupt
// (`phc` is no such string), unsupported (another algorithm or version), invalid (the password is
// longer than 4 KiB), exhausted.
Result<bool> verify_password(std::string_view phc, std::string_view password);

// Whether `phc` was made at another cost, or by other means: then to be hashed again at sign-in.
bool needs_rehash(std::string_view phc, Argon2Cost cost = {});

}  // namespace lineside::crypt
