#include "world/random.h"

#include <algorithm>
#include <set>
#include <vector>

#include <gtest/gtest.h>

namespace lineside::world {
namespace {

// Yields one byte value for ever.
class FixedRandom final : public Random {
 public:
  explicit FixedRandom(std::byte value) : value_(value) {}
  void fill(std::span<std::byte> out) override { std::ranges::fill(out, value_); }

 private:
  std::byte value_;
};

TEST(Random, UniformReachesZeroAndStaysBelowOne) {
  EXPECT_EQ(FixedRandom(std::byte{0}).uniform(), 0.0);
  const double highest = FixedRandom(std::byte{0xff}).uniform();
  EXPECT_LT(highest, 1.0);
  EXPECT_EQ(highest, 1.0 - 0x1p-53);
}

TEST(Random, TokensAreHex) {
  EXPECT_EQ(FixedRandom(std::byte{0xa5}).token(3), "a5a5a5");
  EXPECT_EQ(FixedRandom(std::byte{0xa5}).token(0), "");
}

TEST(SystemRandom, FillsLongBuffersAndDoesNotRepeat) {
  // Longer than getrandom(2) promises to fill in one call.
  std::vector<std::byte> bytes(100'000);
  system_random().fill(bytes);
  EXPECT_EQ(std::set<std::byte>(bytes.begin(), bytes.end()).size(), 256U);
  EXPECT_EQ(std::set<std::byte>(bytes.end() - 5'000, bytes.end()).size(), 256U);
  std::set<std::string> tokens;
  for (int i = 0; i < 1'000; ++i) tokens.insert(system_random().token(16));
  EXPECT_EQ(tokens.size(), 1'000U);
}

TEST(SystemRandom, UniformCoversTheRange) {
  int below_half = 0;
  for (int i = 0; i < 10'000; ++i) below_half += system_random().uniform() < 0.5 ? 1 : 0;
  EXPECT_GT(below_half, 4'500);  // ten standard deviations
  EXPECT_LT(below_half, 5'500);
}

}  // namespace
}  // namespace lineside::world
