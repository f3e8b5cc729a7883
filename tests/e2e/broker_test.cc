// The broker ends and comes back, saying goodbye or killed: everything resumes by itself, nothing
// is lost and nothing is doubled.
#include <random>

#include <gtest/gtest.h>

#include "tests/e2e/edge_process.h"
#include "tests/e2e/expect_same.h"
#include "tests/e2e/plant.h"

namespace lineside::e2e {
namespace {

class BrokerRestart : public testing::Test {
 protected:
  void SetUp() override {
    if (!interop::find_program("mosquitto")) GTEST_SKIP() << "mosquitto is not installed";
  }

  // mosquitto saves at its end, and otherwise once a second: what it took over since is gone when
  // it is killed. So before that, nothing may be with it alone.
  void restart(interop::Mosquitto& broker, EdgeProcess& edge, Plant& plant, bool goodbye) {
    const double reconnects = status_of(edge, "reconnects");
    plant.want(plant.sent() + 300);
    plant.run_for(Duration::millis(static_cast<std::int64_t>(random_() % 300)));
    if (goodbye) {
      broker.stop();
    } else {
      ASSERT_TRUE(until_settled(edge, plant)) << body_of(edge, "/api/v1/status") << edge.log();
      broker.kill();
    }
    plant.want(plant.sent() + 200);
    plant.run_for(Duration::millis(static_cast<std::int64_t>(random_() % 400)));
    broker.start();
    ASSERT_TRUE(plant.until([&] {
      return plant.all_acknowledged() && status_of(edge, "reconnects") > reconnects;
    })) << body_of(edge, "/api/v1/status");
  }

  std::mt19937_64 random_;
  interop::Folder folder_;
};

TEST_F(BrokerRestart, EverythingResumesByItself) {
  const std::uint64_t seed = test_seed();
  random_.seed(seed);
  interop::Mosquitto broker(folder_, broker_lines(folder_));
  EdgeProcess edge(folder_, "edge");
  write_plant(edge, broker);
  Plant plant(broker, seed);
  ASSERT_TRUE(start_connected(edge, plant)) << edge.log();
  for (const bool goodbye : {true, false, false, true}) {
    restart(broker, edge, plant, goodbye);
    if (HasFatalFailure()) return;
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
