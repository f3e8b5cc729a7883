// kill -9 at a hundred moments: nothing acknowledged is lost, nothing is doubled, order is kept,
// and what follows from the readings equals that of an edge which nobody disturbed.
#include <algorithm>
#include <csignal>
#include <filesystem>
#include <iostream>
#include <random>

#include <gtest/gtest.h>

#include "tests/e2e/edge_process.h"
#include "tests/e2e/expect_same.h"
#include "tests/e2e/plant.h"

namespace lineside::e2e {
namespace {

constexpr int kMoments = 100;

// Bytes of the readings that an edge has written so far.
std::uintmax_t journal_bytes(const EdgeProcess& edge) {
  std::error_code error;
  std::uintmax_t bytes = 0;
  for (const auto& file :
       std::filesystem::directory_iterator(edge.data_folder() + "/readings", error))
    bytes += file.file_size(error);
  return bytes;
}

class Crash : public testing::Test {
 protected:
  void SetUp() override {
    if (!interop::find_program("mosquitto")) GTEST_SKIP() << "mosquitto is not installed";
  }

  double uniform() { return std::uniform_real_distribution<double>()(random_); }
  Duration up_to(Duration limit) {
    return {static_cast<std::int64_t>(uniform() * static_cast<double>(limit.ns))};
  }

  // Samples keep coming, several hundred a second.
  template <class Condition>
  void stream(Plant& plant, Duration limit, Condition&& until) {
    const Time end = world::system_clock().steady() + limit;
    while (!until() && world::system_clock().steady() < end) {
      plant.want(plant.sent() + 1);
      plant.step(Duration::millis(2));
    }
  }
  void stream(Plant& plant, Duration time) {
    stream(plant, time, [] { return false; });
  }

  // Returns when the edge has written readings: it has not acknowledged them yet, or just now.
  static void stream_until_written(const EdgeProcess& edge, Plant& plant) {
    const Time end = world::system_clock().steady() + Duration::seconds(1);
    const std::uintmax_t before = journal_bytes(edge);
    plant.want(plant.sent() + 20);
    plant.step(Duration::millis(0));
    while (journal_bytes(edge) == before && world::system_clock().steady() < end) {
    }
  }

  // One life of the edge. Mostly it is killed while it works, often as soon as it has written
  // readings, whose acknowledgement then waits for the disk; now and then while it starts, or while
  // it ends and saves its windows.
  void live_and_die(EdgeProcess& edge, Plant& plant) {
    edge.start();
    const double kind = uniform();
    if (kind < 0.2) {
      stream(plant, up_to(Duration::millis(200)));
    } else {
      stream(plant, Duration::seconds(60), [&] { return edge.is_ready() || edge.has_ended(); });
      ASSERT_TRUE(edge.is_ready()) << edge.log();
      stream(plant, up_to(Duration::millis(200)));
      repeated_ += std::max(0.0, status_of(edge, "rejected"));
      stream(plant, up_to(Duration::millis(20)));
      if (kind < 0.6) stream_until_written(edge, plant);
    }
    if (kind > 0.85) {
      edge.signal(SIGTERM);
      stream(plant, up_to(Duration::millis(60)));
    }
    edge.kill();
  }

  std::mt19937_64 random_;
  double repeated_ = 0;  // readings that came again and were dropped, as far as we asked
  interop::Folder folder_;
};

TEST_F(Crash, AHundredKillsLeaveNoTrace) {
  const std::uint64_t seed = test_seed();
  random_.seed(seed);
  const interop::Mosquitto broker(folder_, broker_lines(folder_));
  EdgeProcess edge(folder_, "edge");
  write_plant(edge, broker);
  Plant plant(broker, seed);
  ASSERT_TRUE(start_connected(edge, plant)) << edge.log();
  edge.kill();

  for (int moment = 0; moment < kMoments; ++moment) {
    live_and_die(edge, plant);
    if (HasFatalFailure()) return;
  }
  edge.start();
  ASSERT_TRUE(edge.until_ready()) << edge.log();
  ASSERT_TRUE(until_settled(edge, plant)) << body_of(edge, "/api/v1/status") << edge.log();
  EXPECT_EQ(edge.stop(), 0) << edge.log();
  EXPECT_TRUE(plant.refused().empty());
  EXPECT_GT(plant.sent(), 5'000U);
  EXPECT_GT(repeated_, 0) << "no kill came between a commit and its acknowledgement";
  std::cout << plant.sent() << " samples, " << repeated_ << " readings came again\n";

  const auto kept = read_stores(edge.data_folder());
  ASSERT_TRUE(kept) << kept.error().text;
  expect_all_once(*kept, plant);
  const Undisturbed other = run_undisturbed(plant);
  expect_all_once(other.kept, plant);
  expect_same_effects(*kept, other.kept);
  EXPECT_EQ(plant.heard(), other.heard) << "what was published, repetitions aside";
}

TEST_F(Crash, TheNumberOfLanesMayChangeFromRunToRun) {
  const std::uint64_t seed = test_seed();
  const interop::Mosquitto broker(folder_, broker_lines(folder_));
  EdgeProcess edge(folder_, "edge");
  write_plant(edge, broker);
  Plant plant(broker, seed);
  ASSERT_TRUE(start_connected(edge, plant)) << edge.log();
  for (const char* lanes : {"3", "1", "2", "4"}) {
    ASSERT_TRUE(plant.send(400));
    if (lanes == std::string("1")) {
      edge.kill();
    } else {
      EXPECT_EQ(edge.stop(), 0) << edge.log();
    }
    ASSERT_TRUE(plant.send(100));
    edge.start({"--flow-lanes", lanes});
    ASSERT_TRUE(edge.until_ready()) << edge.log();
  }
  ASSERT_TRUE(until_settled(edge, plant)) << body_of(edge, "/api/v1/status") << edge.log();
  EXPECT_EQ(edge.stop(), 0) << edge.log();
  const auto kept = read_stores(edge.data_folder());
  ASSERT_TRUE(kept) << kept.error().text;
  expect_all_once(*kept, plant);
  const Undisturbed other = run_undisturbed(plant);
  expect_same_effects(*kept, other.kept);
  EXPECT_EQ(plant.heard(), other.heard) << "what was published, repetitions aside";
}

}  // namespace
}  // namespace lineside::e2e
