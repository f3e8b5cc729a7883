// The configuration changes while readings stream in: nothing is lost, windows and decisions of
// what did not change go on, and a bad configuration changes nothing.
#include <csignal>
#include <format>

#include <gtest/gtest.h>

#include "tests/e2e/edge_process.h"
#include "tests/e2e/expect_same.h"
#include "tests/e2e/plant.h"

namespace lineside::e2e {
namespace {

constexpr const char* kExtra = R"(apiVersion: lineside/v1
kind: Pipeline
name: extra
spec:
  streams: [load]
  windows: [{name: w2, count: 2}]
  every: {count: 1}
  features: [{window: w2, kinds: [mean]}]
)";

constexpr const char* kBad = R"(apiVersion: lineside/v1
kind: Pipeline
name: extra
spec:
  streams: [load]
  windows: [{name: w2, count: many}]
  every: {count: 0}
  features: [{window: w2, kinds: [mean]}]
)";

class Reload : public testing::Test {
 protected:
  void SetUp() override {
    if (!interop::find_program("mosquitto")) GTEST_SKIP() << "mosquitto is not installed";
  }

  std::string revision() {
    const std::string body = body_of(edge_, "/api/v1/config");
    const std::size_t at = body.find("sha256:");
    return at == std::string::npos ? body : body.substr(at, 71);
  }
  void expect_taken() {
    const auto answer = post(edge_, "/api/v1/config/reload", "{}");
    ASSERT_TRUE(answer) << answer.error().text;
    EXPECT_EQ(answer->status, 200) << answer->body;
  }
  void expect_refused() {
    const std::string before = revision();
    const auto answer = post(edge_, "/api/v1/config/reload", "{}");
    ASSERT_TRUE(answer) << answer.error().text;
    EXPECT_EQ(answer->status, 422);
    EXPECT_TRUE(answer->body.contains("extra.yaml:6:")) << answer->body;
    EXPECT_TRUE(answer->body.contains("found 'many'")) << answer->body;
    EXPECT_TRUE(answer->body.contains("extra.yaml:7:")) << answer->body;
    EXPECT_EQ(revision(), before);
  }
  void change_everything(Plant& plant, const interop::Mosquitto& broker, int round) {
    plant.want(plant.sent() + 400);
    plant.run_for(Duration::millis(100));
    edge_.write_config("plant.yaml",
                       connection_yaml(broker, std::format("  receive_max: {}\n  keep_alive: {}s\n",
                                                           1000 + round, 20 + round)));
    edge_.write_config("extra.yaml", round % 2 == 0 ? kExtra : "# none\n");
    if (round % 3 == 0) {
      const std::string before = revision();
      edge_.signal(SIGHUP);
      EXPECT_TRUE(plant.until([&] { return revision() != before; })) << edge_.log();
    } else {
      expect_taken();
    }
    plant.run_for(Duration::millis(50));
    edge_.write_config("extra.yaml", kBad);
    expect_refused();
  }

  interop::Folder folder_;
  EdgeProcess edge_{folder_, "edge"};
};

TEST_F(Reload, UnderLoadNothingIsLostAndWindowsGoOn) {
  const std::uint64_t seed = test_seed();
  const interop::Mosquitto broker(folder_, broker_lines(folder_));
  write_plant(edge_, broker);
  Plant plant(broker, seed);
  ASSERT_TRUE(start_connected(edge_, plant)) << edge_.log();
  for (int round = 0; round < 12; ++round) change_everything(plant, broker, round);
  edge_.signal(SIGHUP);  // the bad one: logged, nothing changes
  EXPECT_TRUE(
      plant.until([&] { return edge_.log().contains("the configuration stays as it was"); }));
  ASSERT_TRUE(until_settled(edge_, plant)) << body_of(edge_, "/api/v1/status") << edge_.log();
  EXPECT_EQ(edge_.stop(), 0) << edge_.log();

  auto kept = read_stores(edge_.data_folder());
  ASSERT_TRUE(kept) << kept.error().text;
  expect_all_once(*kept, plant);
  EXPECT_GT(std::erase_if(kept->predictions,
                          [](const auto& one) { return one.first.contains("/extra."); }),
            0U);
  const Undisturbed other = run_undisturbed(plant);
  expect_same_effects(*kept, other.kept);
  EXPECT_EQ(plant.heard(), other.heard) << "what was published, repetitions aside";
}

}  // namespace
}  // namespace lineside::e2e
