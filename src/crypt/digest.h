// Digests of files and of identities, and what is made of them.
#pragma once

#include <array>
#include <memory>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/result.h"

namespace lineside::crypt {

using Digest = std::array<std::byte, 32>;

// SHA-256 (FIPS 180-4); as 64 lower-case hex digits.
Digest sha256(ByteView bytes);
std::string sha256_hex(ByteView bytes);

// The same of bytes that come in parts. Owned by one thread.
class Sha256 {
 public:
  Sha256();
  void update(ByteView bytes);
  Digest finish();  // of all since it was made or last finished; begins anew

 private:
  struct Free {
    void operator()(void* context) const;
  };
  std::unique_ptr<void, Free> context_;
};

// RFC 2104 with SHA-256. A key of any length; below 32 bytes it is the weakest part.
Digest hmac_sha256(ByteView key, ByteView message);

// What a log keeps in place of personal data: hmac_sha256(salt, value) in hex. It says nothing of
// the value to who has no salt; `salt` is 32 random bytes, kept elsewhere, and deleted to erase.
std::string commitment(ByteView salt, std::string_view value);

// The opposite of base's to_hex(); upper case is refused, so that a digest has one text only.
// Errors: invalid, with the place.
Result<Bytes> from_hex(std::string_view text);
Result<Digest> digest_from_hex(std::string_view text);  // exactly 64 digits

// Whether two secrets are equal, in a time that tells their lengths only.
bool same_secret(std::string_view a, std::string_view b);

}  // namespace lineside::crypt
