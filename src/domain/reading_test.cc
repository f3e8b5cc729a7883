#include "domain/reading.h"

#include <gtest/gtest.h>

namespace lineside::domain {
namespace {

TEST(IsName, AcceptsTheAlphabetAndNothingElse) {
  for (const std::string_view name : {"a", "engine-042", "Line_1:press.2", "0", "_x", ":x"})
    EXPECT_TRUE(is_name(name)) << name;
  for (const std::string_view name : {"", ".hidden", "-x", "a b", "a/b", "ä", "a\n", "a*", "a+"})
    EXPECT_FALSE(is_name(name)) << name;
}

TEST(IsName, IsAtMost128BytesLong) {
  EXPECT_TRUE(is_name(std::string(128, 'x')));
  EXPECT_FALSE(is_name(std::string(129, 'x')));
}

TEST(ReadingBatch, GivesBackWhatWasPushed) {
  ReadingBatch batch;
  const Reading first{
      .stream = 3, .quality = Quality::bad, .time = {5}, .sequence = 7, .value = 1.5};
  const Reading second{.stream = 4, .time = {6}, .value = -2};
  batch.push(first);
  batch.push(second);
  EXPECT_EQ(batch.size(), 2U);
  EXPECT_EQ(batch.at(0), first);
  EXPECT_EQ(batch.at(1), second);
  batch.clear();
  EXPECT_TRUE(batch.empty());
}

TEST(Reject, EveryReasonHasAName) {
  EXPECT_EQ(names(static_cast<const Reject*>(nullptr)).size(), kRejectReasons);
  EXPECT_EQ(to_text(Reject::bad_asset), "bad_asset");
}

}  // namespace
}  // namespace lineside::domain
