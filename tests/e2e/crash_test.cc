// kill -9 at a hundred moments: nothing acknowledged is lost, nothing is doubled, order is kept,
// and what follows from the readings equals that of an edge which nobody disturbed.
#include <csignal>
#include <random>

#include <gtest/gtest.h>

#include "tests/e2e/edge_process.h"
#include "tests/e2e/expect_same.h"
#include "tests/e2e/plant.h"

namespace lineside::e2e {
namespace {

constexpr int kMoments = 100;

class Crash : public testing::Test {
 protected:
  void SetUp() override {
    if (!interop::find_program("mosquitto")) GTEST_SKIP() << "mosquitto is not installed";
  }

  double uniform() { return std::uniform_real_distribution<double>()(random_); }
  Duration up_to(Duration limit) {
    return {static_cast<std::int64_t>(uniform() * static_cast<double>(limit.ns))};
  }

  // One life of the edge, with samples arriving. Mostly it is killed while it works; now and then
  // while it starts, or while it ends and saves its windows.
  void live_and_die(EdgeProcess& edge, Plant& plant) {
    plant.want(plant.sent() + 20 + static_cast<std::size_t>(uniform() * 300));
    edge.start();
    const double kind = uniform();
    if (kind < 0.2) {
      plant.run_for(up_to(Duration::millis(200)));
    } else {
      ASSERT_TRUE(plant.until([&] { return edge.is_ready() || edge.has_ended(); }));
      ASSERT_FALSE(edge.has_ended()) << edge.log();
      plant.run_for(up_to(Duration::millis(250)));
    }
    if (kind > 0.85) {
      edge.signal(SIGTERM);
      plant.run_for(up_to(Duration::millis(60)));
    }
    edge.kill();
  }

  std::mt19937_64 random_;
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
  EXPECT_GT(plant.sent(), 10'000U);

  const auto kept = read_stores(edge.data_folder());
  ASSERT_TRUE(kept) << kept.error().text;
  EXPECT_GT(kept->repeated, 0U) << "no kill came between a commit and its acknowledgement";
  expect_all_once(*kept, plant);
  const Undisturbed other = run_undisturbed(plant);
  expect_all_once(other.kept, plant);
  expect_same_effects(*kept, other.kept);
  EXPECT_EQ(plant.heard(), other.heard) << "what was published, repetitions aside";
}

}  // namespace
}  // namespace lineside::e2e
