#include "edge/record_lane.h"

#include <filesystem>
#include <format>
#include <unistd.h>

#include <gtest/gtest.h>

#include "sim/clock.h"
#include "world/files.h"

namespace lineside::edge {
namespace {

// The stores of one process after another in one folder, with a lane on them.
struct Process {
  explicit Process(const std::string& folder, RecordOptions options = {})
      : predictions(
            *store::Journal::open(world::system_files(), folder + "/predictions", directory)),
        db(*store::EdgeDb::open(folder + "/edge.db")),
        lane(queue, {world::system_files(), clock, *predictions, *db, directory, live},
             std::move(options)) {}

  void record(EffectsItem item) {
    queue.push(std::move(item));
    lane.step({});
    EXPECT_FALSE(lane.problem().has_value());
  }
  std::vector<std::int64_t> recorded() const {
    std::vector<std::int64_t> seconds;
    EXPECT_TRUE(predictions->read(0, [&](store::Position, const domain::ReadingBatch& batch) {
      for (const std::int64_t time : batch.time_ns) seconds.push_back(time / 1'000'000'000);
      return true;
    }));
    return seconds;
  }

  StreamDirectory directory;
  LiveView live{directory};
  sim::SimClock clock{Time{} + Duration::seconds(1'700'000'000)};
  std::unique_ptr<store::Journal> predictions;
  std::unique_ptr<store::EdgeDb> db;
  EffectsQueue queue{8};
  RecordLane lane;
};

class RecordLaneTest : public testing::Test {
 protected:
  RecordLaneTest() {
    std::filesystem::remove_all(folder_);
    std::filesystem::create_directories(folder_);
    auto plan = std::make_shared<Plan>();
    PlannedPipeline& pipeline = plan->pipelines.emplace_back();
    pipeline.name = "hot";
    pipeline.outputs = {"mean"};
    pipeline.units = {""};
    plan_ = plan;
  }
  ~RecordLaneTest() override { std::filesystem::remove_all(folder_); }

  // What follows from the reading at `second`, the second-th of the journal.
  EffectsItem effects(std::int64_t second) const {
    return {.end = static_cast<store::Position>(second),
            .predictions = {{"hot", "press-1", Time{} + Duration::seconds(second), {1.0F}}},
            .plan = plan_};
  }

  const std::string folder_ =
      std::filesystem::temp_directory_path() / std::format("record-lane-{}", ::getpid());
  std::shared_ptr<const Plan> plan_;
};

TEST_F(RecordLaneTest, AReplayThatIsCutShortTwiceRecordsNothingTwice) {
  {
    // It dies between the predictions of both readings and the transaction.
    Process first(folder_);
    domain::ReadingBatch batch;
    const auto stream = first.directory.intern({"press-1", "hot.mean", ""});
    for (const std::int64_t second : {1, 2})
      batch.push({stream, domain::Quality::good, Time{} + Duration::seconds(second), 0, 1});
    ASSERT_TRUE(first.predictions->append(batch));
    ASSERT_TRUE(first.predictions->commit());
  }
  {
    // It replays the first reading and dies.
    Process second(folder_);
    ASSERT_TRUE(second.lane.recover());
    second.record(effects(1));
    EXPECT_EQ(second.lane.counters().repeated, 1U);
  }
  Process third(folder_);
  ASSERT_TRUE(third.lane.recover());
  third.record(effects(2));
  third.lane.replay_done();
  third.record(effects(3));
  EXPECT_EQ(third.recorded(), (std::vector<std::int64_t>{1, 2, 3}));
}

// No reading comes while people change what a machine is watched for that stands still.
TEST_F(RecordLaneTest, AnAlertThatNoReadingClosesIsToldToTheHub) {
  Process process(folder_, {.to_hub = true});
  ASSERT_TRUE(process.lane.recover());
  process.lane.replay_done();
  domain::Alert alert{.id = "a", .pipeline = "hot", .asset = "press-1"};
  alert.opened = alert.updated = Time{} + Duration::seconds(3);
  EffectsItem raised = effects(3);
  raised.alerts = {alert};
  process.record(std::move(raised));
  alert.state = domain::AlertState::cleared;
  alert.cleared = alert.updated;
  process.record({.end = 3, .closed = {alert}, .plan = std::make_shared<Plan>()});
  const auto told = process.db->outbox_next(std::string(kHubOutbox), 0, 10);
  ASSERT_TRUE(told);
  ASSERT_EQ(told->size(), 2U);
  EXPECT_NE(std::string(as_text((*told)[1].payload)).find("cleared"), std::string::npos);
  EXPECT_TRUE(process.db->open_alerts()->empty());
}

}  // namespace
}  // namespace lineside::edge
