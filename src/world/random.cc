#include "world/random.h"

#include <cerrno>
#include <sys/random.h>
#include <vector>

#include "base/check.h"
#include "base/text.h"

namespace lineside::world {

namespace {

class SystemRandom final : public Random {
 public:
  void fill(std::span<std::byte> out) override {
    while (!out.empty()) {
      const ssize_t n = getrandom(out.data(), out.size(), 0);
      if (n < 0) {
        CHECK(errno == EINTR);
        continue;
      }
      out = out.subspan(static_cast<std::size_t>(n));
    }
  }
};

}  // namespace

std::uint64_t Random::next() {
  std::uint64_t value = 0;
  fill(std::as_writable_bytes(std::span(&value, 1)));
  return value;
}

double Random::uniform() {
  return static_cast<double>(next() >> 11) * 0x1.0p-53;  // the 53 bits that a double holds
}

std::string Random::token(std::size_t bytes) {
  std::vector<std::byte> raw(bytes);
  fill(raw);
  return to_hex(raw);
}

Random& system_random() {
  static SystemRandom random;
  return random;
}

}  // namespace lineside::world
