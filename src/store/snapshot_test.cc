#include "store/snapshot.h"

#include <format>

#include <gtest/gtest.h>

#include "sim/files.h"

namespace lineside::store {
namespace {

constexpr Position kAny = ~Position{0};

Snapshot snapshot(Position position, const std::string& definition = "sha256:a") {
  return {.definition = definition,
          .position = position,
          .state = Bytes(100, static_cast<std::byte>(position))};
}

TEST(Snapshot, TheNewestOfTheDefinitionWins) {
  sim::SimFiles files;
  EXPECT_FALSE(load_snapshot(files, "s", "sha256:a", kAny)->has_value());
  ASSERT_TRUE(save_snapshot(files, "s", snapshot(10)));
  ASSERT_TRUE(save_snapshot(files, "s", snapshot(200, "sha256:b")));
  files.crash();
  const auto found = load_snapshot(files, "s", "sha256:a", kAny);
  ASSERT_TRUE(found && found->has_value());
  EXPECT_EQ((*found)->position, 10U);
  EXPECT_EQ((*found)->state, snapshot(10).state);
  EXPECT_EQ((*load_snapshot(files, "s", "sha256:b", kAny))->position, 200U);
  EXPECT_FALSE(load_snapshot(files, "s", "sha256:c", kAny)->has_value());
}

TEST(Snapshot, KeepsTwoAndRespectsTheLimit) {
  sim::SimFiles files;
  for (const Position position : {5U, 50U, 500U}) {
    ASSERT_TRUE(save_snapshot(files, "s", snapshot(position)));
  }
  EXPECT_EQ(files.list("s")->size(), 2U);
  EXPECT_EQ((*load_snapshot(files, "s", "sha256:a", 499))->position, 50U);
  EXPECT_FALSE(load_snapshot(files, "s", "sha256:a", 49)->has_value());
}

TEST(Snapshot, AnyDamagedByteMakesTheOneBeforeWin) {
  sim::SimFiles files;
  ASSERT_TRUE(save_snapshot(files, "s", snapshot(1)));
  ASSERT_TRUE(save_snapshot(files, "s", snapshot(2)));
  const std::string path = "s/snapshot-00000000000000000002.bin";
  const Bytes whole = *files.read(path);
  for (std::size_t i = 0; i < whole.size(); ++i) {
    Bytes wrong = whole;
    wrong[i] ^= std::byte{0x10};
    ASSERT_TRUE(files.write_atomic(path, wrong));
    const auto found = load_snapshot(files, "s", "sha256:a", kAny);
    ASSERT_TRUE(found && found->has_value()) << i;
    ASSERT_EQ((*found)->position, 1U) << i;
    ASSERT_TRUE(files.write_atomic(path, ByteView(whole).first(i)));
    ASSERT_EQ((*load_snapshot(files, "s", "sha256:a", kAny))->position, 1U) << "cut to " << i;
  }
}

TEST(Snapshot, AFailedSaveLeavesAWholeOne) {
  for (std::uint64_t n = 1; n < 20; ++n) {
    sim::SimFiles files;
    ASSERT_TRUE(save_snapshot(files, "s", snapshot(1)));
    files.fail_at(n, Code::exhausted, sim::SimFiles::Failure::onwards);
    const bool saved = save_snapshot(files, "s", snapshot(2)).has_value();
    files.crash(n);
    const auto found = load_snapshot(files, "s", "sha256:a", kAny);
    ASSERT_TRUE(found && found->has_value()) << n;
    EXPECT_GE((*found)->position, saved ? 2U : 1U) << n;
  }
}

}  // namespace
}  // namespace lineside::store
