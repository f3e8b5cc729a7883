#include "sim/random.h"

#include <algorithm>
#include <cstring>

#include "base/check.h"

namespace lineside::sim {

std::uint64_t SimRandom::step() {
  state_ += 0x9e3779b97f4a7c15;
  std::uint64_t value = state_;
  value = (value ^ (value >> 30)) * 0xbf58476d1ce4e5b9;
  value = (value ^ (value >> 27)) * 0x94d049bb133111eb;
  return value ^ (value >> 31);
}

void SimRandom::fill(std::span<std::byte> out) {
  while (!out.empty()) {
    const std::uint64_t value = step();
    const std::size_t n = std::min(out.size(), sizeof value);
    std::memcpy(out.data(), &value, n);
    out = out.subspan(n);
  }
}

std::uint64_t SimRandom::below(std::uint64_t bound) {
  CHECK(bound > 0);
  return next() % bound;
}

}  // namespace lineside::sim
