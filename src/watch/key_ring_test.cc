#include "watch/key_ring.h"

#include <map>
#include <random>

#include <gtest/gtest.h>

namespace lineside::watch {
namespace {

using Seen = KeyRing::Seen;

TEST(KeyRing, TellsWhatItRemembers) {
  KeyRing ring;
  EXPECT_EQ(ring.look({10, 0}, 1), Seen::fresh);
  ring.insert({10, 0}, 1, 16);
  ring.insert({20, 0}, 2, 16);
  EXPECT_EQ(ring.look({10, 0}, 1), Seen::duplicate);
  EXPECT_EQ(ring.look({10, 0}, 2), Seen::conflict);
  EXPECT_EQ(ring.look({10, 1}, 1), Seen::fresh);
  EXPECT_EQ(ring.look({15, 0}, 1), Seen::fresh);
  EXPECT_EQ(ring.look({5, 0}, 1), Seen::fresh);
  EXPECT_EQ(ring.look({30, 0}, 1), Seen::fresh);
  ring.forget_before();
  EXPECT_EQ(ring.look({5, 0}, 1), Seen::too_late);
  EXPECT_EQ(ring.look({15, 0}, 1), Seen::fresh);
  ring.clear();
  EXPECT_EQ(ring.look({5, 0}, 1), Seen::fresh);
}

TEST(KeyRing, ForgetsTheOldestBeyondItsLimit) {
  KeyRing ring;
  for (std::int64_t t = 0; t < 100; ++t) ring.insert({t, 0}, 0, 32);
  EXPECT_EQ(ring.size(), 32U);
  EXPECT_EQ(ring.look({67, 0}, 0), Seen::too_late);
  EXPECT_EQ(ring.look({68, 0}, 0), Seen::duplicate);
  // A limit that has fallen takes hold at the next key, one that has risen lets it grow.
  ring.insert({100, 0}, 0, 16);
  EXPECT_EQ(ring.size(), 16U);
  EXPECT_EQ(ring.look({84, 0}, 0), Seen::too_late);
  EXPECT_EQ(ring.look({85, 0}, 0), Seen::duplicate);
  for (std::int64_t t = 101; t < 200; ++t) ring.insert({t, 0}, 0, 64);
  EXPECT_EQ(ring.size(), 64U);
  EXPECT_EQ(ring.look({136, 0}, 0), Seen::duplicate);
}

// Against a map that keeps everything and knows how much of it is still remembered.
TEST(KeyRing, AgreesWithAMap) {
  std::mt19937_64 random(1);
  for (const std::size_t limit : {16U, 64U, 256U}) {
    KeyRing ring;
    std::map<Key, double> kept;
    bool forgotten = false;
    for (int i = 0; i < 20'000; ++i) {
      const Key key{i / 4 + static_cast<std::int64_t>(random() % (2 * limit)), random() % 2};
      const auto value = static_cast<double>(random() % 2);
      const auto found = kept.find(key);
      const bool late = forgotten && !kept.empty() && key < kept.begin()->first;
      const Seen expected = found != kept.end()
                                ? (found->second == value ? Seen::duplicate : Seen::conflict)
                                : (late ? Seen::too_late : Seen::fresh);
      ASSERT_EQ(ring.look(key, value), expected) << "limit " << limit << " step " << i;
      if (expected != Seen::fresh) continue;
      ring.insert(key, value, limit);
      if (kept.size() == limit) {
        kept.erase(kept.begin());
        forgotten = true;
      }
      kept[key] = value;
      ASSERT_EQ(ring.size(), kept.size());
    }
  }
}

}  // namespace
}  // namespace lineside::watch
