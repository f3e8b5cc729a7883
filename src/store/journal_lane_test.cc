#include "store/journal.h"

#include <atomic>
#include <filesystem>
#include <format>
#include <thread>
#include <unistd.h>

#include <gtest/gtest.h>

#include "store/history.h"
#include "store/test_table.h"

namespace lineside::store {
namespace {

using domain::ReadingBatch;

constexpr std::uint64_t kBatches = 1'500;
constexpr std::uint64_t kBatch = 100;

// Position i holds the value i, so that a reader can tell what it should see.
ReadingBatch batch_at(Position first) {
  ReadingBatch batch;
  for (Position i = first; i < first + kBatch; ++i) {
    batch.push({.stream = static_cast<domain::StreamIndex>(i % 8),
                .time = Time{static_cast<std::int64_t>(i)},
                .value = static_cast<double>(i)});
  }
  return batch;
}

// Every reading from the first one kept to what is durable, each at its place.
void replay_once(const Journal& journal) {
  const Position durable = journal.durable();
  Position seen = 0;
  const auto done = journal.read(0, [&](Position position, const ReadingBatch& batch) {
    for (std::size_t i = 0; i < batch.size(); ++i) {
      EXPECT_EQ(batch.value[i], static_cast<double>(position + i));
    }
    seen = position + batch.size();
    return true;
  });
  EXPECT_TRUE(done) << done.error().text;
  EXPECT_GE(seen, durable);
}

void ask_once(const Journal& journal) {
  const auto series = History(journal.catalog()).range(3, Time::min(), Time::max(), 50);
  ASSERT_TRUE(series) << series.error().text;
  for (std::size_t i = 0; i < series->time.size(); ++i) {
    EXPECT_EQ(series->value[i], static_cast<double>(series->time[i].ns));
  }
}

TEST(JournalLanes, ReadersSeeWholeCommitsWhileSegmentsComeAndGo) {
  const auto folder =
      std::filesystem::temp_directory_path() / std::format("journal-lanes-{}", ::getpid());
  std::filesystem::remove_all(folder);
  TestTable table;
  for (int i = 0; i < 8; ++i) table.intern({"a", std::format("s{}", i), ""});
  {
    auto opened = Journal::open(world::system_files(), folder.string(), table,
                                {.segment_bytes = 16'384, .cap_bytes = 128 * 1024});
    ASSERT_TRUE(opened) << opened.error().text;
    Journal& journal = **opened;
    std::atomic<bool> done = false;
    std::thread replayer([&] {
      while (!done) replay_once(journal);
    });
    std::thread asker([&] {
      while (!done) ask_once(journal);
    });
    for (std::uint64_t i = 0; i < kBatches; ++i) {
      EXPECT_TRUE(journal.append(batch_at(i * kBatch)));
      EXPECT_TRUE(journal.commit());
    }
    done = true;
    replayer.join();
    asker.join();
    EXPECT_GT(journal.state().expired, 0U);
    EXPECT_EQ(journal.state().damaged, 0U);
  }
  std::filesystem::remove_all(folder);
}

}  // namespace
}  // namespace lineside::store
