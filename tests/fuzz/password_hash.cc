// A stored hash of a password, as a damaged or restored database may hold it: refused with a text
// that shows nothing of it, or computed at a cost within bounds.
#include <cstddef>
#include <cstdint>

#include "base/check.h"
#include "base/text.h"
#include "crypt/base64.h"
#include "crypt/password.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace lineside;
  const std::string_view phc(reinterpret_cast<const char*>(data), size);
  // Reading alone: a hash that is read would take up to seconds to compute.
  crypt::needs_rehash(phc);
  const auto refused = crypt::verify_password(phc, std::string(5000, 'x'));
  CHECK(!refused && refused.error().code == Code::invalid);

  const auto bytes = crypt::from_base64(phc);
  if (bytes) CHECK(crypt::to_base64(*bytes) == phc);
  const auto url = crypt::from_base64url(phc);
  if (url) CHECK(crypt::to_base64url(*url) == phc);
  return 0;
}
