// Randomness that a seed repeats exactly.
#pragma once

#include <cstdint>

#include "world/random.h"

namespace lineside::sim {

// SplitMix64 (Steele, Lea, Flood: "Fast splittable pseudorandom number generators", 2014).
// Used by one thread.
class SimRandom final : public world::Random {
 public:
  explicit SimRandom(std::uint64_t seed) : state_(seed) {}

  void fill(std::span<std::byte> out) override;

  // Uniform in [0, bound); bound > 0. The bias is below bound / 2^64.
  std::uint64_t below(std::uint64_t bound);

 private:
  std::uint64_t step();
  std::uint64_t state_;
};

}  // namespace lineside::sim
