// What an edge says of a data folder that has lost something.
#include <array>
#include <filesystem>
#include <format>
#include <fstream>

#include <gtest/gtest.h>

#include "edge/edge.h"
#include "edge/record_lane.h"
#include "sim/stream.h"

namespace lineside::edge {
namespace {

namespace fs = std::filesystem;

constexpr int kReadings = 100;

constexpr std::string_view kDamagedPlant = R"(apiVersion: lineside/v1
kind: Connection
name: plant
spec:
  protocol: mqtt
  address: 127.0.0.1:1883
  mappings:
    - topic: plant/{asset}/t
      time: {path: $.ts, format: unix_ms}
      streams: [{stream: temp, path: $.temp}]
)";

class EdgeDamage : public testing::Test {
 protected:
  EdgeDamage()
      : folder_(fs::path(testing::TempDir()) / ("edge-damage-" + world::system_random().token(4))) {
    fs::create_directories(folder_ / "config");
    std::ofstream(folder_ / "config" / "plant.yaml") << kDamagedPlant;
    record();
  }
  ~EdgeDamage() override { fs::remove_all(folder_); }

  fs::path data() const { return folder_ / "data"; }

  // Readings, predictions and the note of them, as an edge has left them.
  void record() const {
    world::Files& files = world::system_files();
    ASSERT_TRUE(files.make_directories(data()));
    auto db = store::EdgeDb::open(data() / "edge.db");
    ASSERT_TRUE(db) << db.error().text;
    StreamDirectory directory;
    domain::ReadingBatch batch;
    for (int i = 0; i < kReadings; ++i)
      batch.push({.stream = directory.intern({"press", "temp", ""}), .time = Time{i}});
    for (const char* name : {"readings", "predictions"}) {
      auto journal = store::Journal::open(files, data() / name, directory);
      ASSERT_TRUE(journal) << journal.error().text;
      ASSERT_TRUE((*journal)->append(batch));
      ASSERT_TRUE((*journal)->commit());
    }
    const std::array<store::EdgeChanges, 2> changes = {
        {{.lane = lane_name(0, 1), .applied = kReadings},
         {.lane = "predictions", .applied = kReadings}}};
    ASSERT_TRUE((*db)->commit(changes));
  }

  fs::path segment(const std::string& journal) const {
    return data() / journal / "journal-00000000000000000000.seg";
  }

  // Starts once; what it counted, and in `log_` what it said.
  StoreDamage start() {
    EdgeOptions options;
    options.config_folder = (folder_ / "config").string();
    options.data_folder = data().string();
    options.flow_lanes = 1;
    testing::internal::CaptureStderr();
    const auto edge = Edge::open(
        options,
        {world::system_files(), world::system_clock(), world::system_random(), dialer_, {}});
    log_ = testing::internal::GetCapturedStderr();
    EXPECT_TRUE(edge) << edge.error().text;
    return edge ? (*edge)->metrics().damage : StoreDamage{};
  }

  void expect_said(const std::string& text) const { EXPECT_TRUE(log_.contains(text)) << log_; }

  const fs::path folder_;
  sim::SimDialer dialer_;
  std::string log_;
};

TEST_F(EdgeDamage, OfNothingIsNotTold) {
  for (int starts = 0; starts < 2; ++starts) {
    EXPECT_EQ(start(), StoreDamage{});
    EXPECT_FALSE(log_.contains(" store: ")) << log_;
  }
  fs::remove_all(data());
  EXPECT_EQ(start(), StoreDamage{}) << "a first start";
  EXPECT_FALSE(log_.contains(" store: ")) << log_;
}

TEST_F(EdgeDamage, OfDeletedReadingsIsTold) {
  fs::remove_all(data() / "readings");
  EXPECT_EQ(start(), (StoreDamage{.readings = 1}));
  expect_said("readings end at position 0, effects stand up to 100: 100 readings were lost");
}

TEST_F(EdgeDamage, OfACutJournalIsTold) {
  fs::resize_file(segment("predictions"), fs::file_size(segment("predictions")) - 1);
  EXPECT_EQ(start(), (StoreDamage{.predictions = 2}));
  expect_said("predictions: the last ");
  expect_said("predictions end at position 0, effects stand up to 100");
}

TEST_F(EdgeDamage, OfAnOverwrittenSegmentIsToldAndItIsKept) {
  const std::string junk(1'000, 'x');
  std::ofstream(segment("readings"), std::ios::trunc) << junk;
  EXPECT_EQ(start(), (StoreDamage{.readings = 2}));
  expect_said("not a journal segment, set aside as ");
  expect_said("100 readings were lost");
  EXPECT_EQ(fs::file_size(segment("readings").string() + ".damaged"), junk.size());
}

TEST_F(EdgeDamage, OfADeletedOrEmptiedDatabaseIsTold) {
  for (const bool is_empty : {false, true}) {
    SCOPED_TRACE(is_empty);
    for (const char* name : {"edge.db", "edge.db-wal", "edge.db-shm"}) fs::remove(data() / name);
    if (is_empty) std::ofstream(data() / "edge.db").flush();
    EXPECT_EQ(start(), (StoreDamage{.edge = 1}));
    expect_said("edge.db is new while 100 readings are there: verdicts and alerts given before");
    EXPECT_EQ(start(), StoreDamage{}) << "told once";
  }
}

TEST_F(EdgeDamage, OfADatabaseIsToldBySnapshotsAlone) {
  fs::remove_all(data());
  fs::create_directories(data() / "snapshots" / "flow.0");
  EXPECT_EQ(start(), (StoreDamage{.edge = 1}));
  expect_said("edge.db is new while predictions or snapshots are there");
}

}  // namespace
}  // namespace lineside::edge
