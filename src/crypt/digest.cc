#include "crypt/digest.h"

#include <array>

#include <openssl/evp.h>

#include "base/check.h"
#include "base/text.h"

namespace lineside::crypt {

std::string sha256_hex(ByteView bytes) {
  std::array<std::byte, 32> digest{};
  unsigned int size = 0;
  const int done =
      EVP_Digest(bytes.data(), bytes.size(), reinterpret_cast<unsigned char*>(digest.data()), &size,
                 EVP_sha256(), nullptr);
  CHECK(done == 1 && size == digest.size());
  return to_hex(digest);
}

}  // namespace lineside::crypt
