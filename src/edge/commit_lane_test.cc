#include "edge/commit_lane.h"

#include <filesystem>
#include <format>
#include <unistd.h>

#include <gtest/gtest.h>

#include "edge/directory.h"
#include "sim/clock.h"
#include "world/files.h"

namespace lineside::edge {
namespace {

class CommitLaneTest : public testing::Test {
 protected:
  CommitLaneTest() {
    std::filesystem::remove_all(folder_);
    journal_ = *store::Journal::open(world::system_files(), folder_ + "/readings", directory_);
    flows_.push_back(std::make_unique<FlowQueue>(64));
    lane_ =
        std::make_unique<CommitLane>(in_, flows_, *journal_, clock_, CommitOptions{.pace = kPace});
    stream_ = directory_.intern({"press-1", "temp", "Cel"});
  }
  ~CommitLaneTest() override { std::filesystem::remove_all(folder_); }

  void arrives() {
    Ingest item;
    item.readings.push({stream_, domain::Quality::good, clock_.now(), 0, 1.0});
    item.received = clock_.now();
    EXPECT_TRUE(in_.push(std::move(item)));
  }
  Duration step(Duration wait) {
    const Time before = clock_.steady();
    EXPECT_TRUE(lane_->step(wait));
    return clock_.steady() - before;
  }

  static constexpr Duration kPace = Duration::millis(4);
  static constexpr Duration kWait = Duration::millis(100);
  const std::string folder_ =
      std::filesystem::temp_directory_path() / std::format("commit-lane-{}", ::getpid());
  StreamDirectory directory_;
  domain::StreamIndex stream_ = 0;
  sim::SimClock clock_{Time{} + Duration::seconds(1'700'000'000)};
  std::unique_ptr<store::Journal> journal_;
  IngestQueue in_{64};
  std::vector<std::unique_ptr<FlowQueue>> flows_;
  std::unique_ptr<CommitLane> lane_;
};

TEST_F(CommitLaneTest, RestsOnlyBetweenCommitsThatFollowEachOther) {
  arrives();
  EXPECT_EQ(step(kWait), Duration{});
  clock_.sleep(Duration::millis(1));
  arrives();
  EXPECT_EQ(step(kWait), Duration::millis(3));
  clock_.sleep(kPace);
  arrives();
  EXPECT_EQ(step(kWait), Duration{});
  EXPECT_EQ(journal_->durable(), 3);
}

TEST_F(CommitLaneTest, DoesNotRestWhenAskedNotToWait) {
  arrives();
  step({});
  arrives();
  EXPECT_EQ(step({}), Duration{});
  EXPECT_EQ(journal_->durable(), 2);
}

TEST_F(CommitLaneTest, DoesNotRestOnAFullGroup) {
  const CommitOptions of_items{.items_max = 2, .pace = kPace};
  const CommitOptions of_readings{.readings_max = 2, .pace = kPace};
  store::Position stored = 0;
  for (const CommitOptions& options : {of_items, of_readings}) {
    lane_ = std::make_unique<CommitLane>(in_, flows_, *journal_, clock_, options);
    for (int i = 0; i < 4; ++i) arrives();
    EXPECT_EQ(step(kWait) + step(kWait), Duration{});
    EXPECT_EQ(journal_->durable(), stored += 4);
  }
}

}  // namespace
}  // namespace lineside::edge
