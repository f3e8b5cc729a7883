// The seam to randomness that must not be guessed (tokens, ids) or that only spreads load (jitter).
// Everything that must be reproducible takes a seed of its own instead.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

namespace lineside::world {

class Random {
 public:
  virtual ~Random() = default;
  virtual void fill(std::span<std::byte> out) = 0;

  std::uint64_t next();
  // Uniform in [0, 1).
  double uniform();
  // `bytes` of randomness as lower-case hex.
  std::string token(std::size_t bytes);
};

// getrandom(2).
Random& system_random();

}  // namespace lineside::world
