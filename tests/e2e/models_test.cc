// Models that are damaged, or made for another pipeline: refused with the reason, by `lineside
// check` and by a running edge, which goes on with the model it has.
#include <algorithm>
#include <format>
#include <random>

#include <gtest/gtest.h>

#include "base/result.h"
#include "infer/onnx_bytes_test.h"
#include "tests/e2e/edge_process.h"
#include "tests/e2e/expect_same.h"
#include "tests/e2e/plant.h"

namespace lineside::e2e {
namespace {

struct Damage {
  std::string name;
  std::string bytes;
};

std::vector<Damage> damages(std::uint64_t seed) {
  const std::string good = spread_model();
  std::mt19937_64 random(seed);
  std::string noise(4096, '\0');
  std::ranges::generate(noise, [&] { return static_cast<char>(random()); });
  using infer::text;
  std::vector<Damage> out = {
      {"empty", ""},
      {"one byte", "\x08"},
      {"random", noise},
      {"a text", "apiVersion: lineside/v1\n"},
      {"all zero", std::string(1000, '\0')},
      {"length beyond the file", good.substr(0, 2) + "\x3a\xff\xff\xff\xff\xff\xff\xff\xff\x7f"},
      {"varint without end", std::string(200, '\xff')},
      {"huge dimensions",
       infer::model(text(1, infer::node("Add", {"x", "one"}, "y")) + text(2, "g") +
                    text(5, infer::tensor("one", {1'000'000'000'000, 1'000'000}, {1, 2, 3})) +
                    text(11, infer::value("x", {-1, 3})) + text(12, infer::value("y", {-1, 3})))},
      {"unknown operator",
       infer::model(text(1, infer::node("Conjure", {"x"}, "y")) + text(2, "g") +
                    text(11, infer::value("x", {-1, 3})) + text(12, infer::value("y", {-1, 3})))},
      {"twice", good + good},
  };
  for (const std::size_t percent : {5U, 25U, 50U, 75U})
    out.push_back(
        {std::format("cut at {} %", percent), good.substr(0, good.size() * percent / 100)});
  out.push_back({"last byte missing", good.substr(0, good.size() - 1)});
  return out;
}

class Models : public testing::Test {
 protected:
  void SetUp() override {
    if (!interop::find_program("mosquitto")) GTEST_SKIP() << "mosquitto is not installed";
  }

  void check_refuses(const Damage& damage) {
    const Outcome checked = run_program(folder_, {"check", edge_.config_folder()});
    EXPECT_EQ(checked.code, traits(Code::invalid).exit_code) << damage.name << checked.output;
    EXPECT_TRUE(checked.output.contains(": pipeline spread: spec.model: ")) << checked.output;
    EXPECT_TRUE(checked.output.contains("/spread.onnx: ")) << checked.output;
  }
  void edge_refuses(const Damage& damage) {
    const auto answer = post(edge_, "/api/v1/config/reload", "{}");
    ASSERT_TRUE(answer) << damage.name << ": " << answer.error().text << edge_.log();
    EXPECT_EQ(answer->status, 422) << damage.name << answer->body;
    EXPECT_TRUE(answer->body.contains("/spread.onnx: ")) << damage.name << answer->body;
  }
  // Which of them matter is the library's to say; no process of ours may end by one.
  void survive_flips(std::uint64_t seed) {
    std::mt19937_64 random(seed);
    for (int i = 0; i < 20; ++i) {
      std::string flipped = spread_model();
      flipped[random() % flipped.size()] ^= static_cast<char>(1U << random() % 8);
      edge_.write_config("spread.onnx", flipped);
      const auto answer = post(edge_, "/api/v1/config/reload", "{}");
      ASSERT_TRUE(answer) << answer.error().text << edge_.log();
      EXPECT_TRUE(answer->status == 200 || answer->status == 422) << answer->status;
    }
  }

  interop::Folder folder_;
  EdgeProcess edge_{folder_, "edge"};
};

TEST_F(Models, DamagedOnesAreRefusedAndNothingElseHappens) {
  const std::uint64_t seed = test_seed();
  const interop::Mosquitto broker(folder_, broker_lines(folder_));
  write_plant(edge_, broker);
  EXPECT_EQ(run_program(folder_, {"check", edge_.config_folder()}).code, 0);
  Plant plant(broker, seed);
  ASSERT_TRUE(start_connected(edge_, plant)) << edge_.log();
  for (const Damage& damage : damages(seed)) {
    edge_.write_config("spread.onnx", damage.bytes);
    check_refuses(damage);
    edge_refuses(damage);
    if (HasFatalFailure()) return;
  }
  survive_flips(seed);
  edge_.write_config("spread.onnx", spread_model());
  const auto answer = post(edge_, "/api/v1/config/reload", "{}");
  ASSERT_TRUE(answer) << answer.error().text;
  EXPECT_EQ(answer->status, 200) << answer->body;
  EXPECT_TRUE(plant.send(200));
  EXPECT_TRUE(until_settled(edge_, plant)) << body_of(edge_, "/api/v1/status") << edge_.log();
  EXPECT_EQ(edge_.stop(), 0) << edge_.log();
}

TEST_F(Models, ABadDeploymentAndARestartDoNotEndTheEdge) {
  const interop::Mosquitto broker(folder_, broker_lines(folder_));
  write_plant(edge_, broker);
  edge_.start();
  ASSERT_TRUE(edge_.until_ready()) << edge_.log();
  const auto told = [&](std::string_view text) {
    const std::string status = body_of(edge_, "/api/v1/status");
    EXPECT_TRUE(status.contains(text)) << status << edge_.log();
  };
  told(R"("state":"ok","last_good":null,"problems":[])");
  EXPECT_EQ(edge_.stop(), 0) << edge_.log();

  // Both the manifests and the model they name are overwritten.
  edge_.write_config("spread.onnx", "not a model");
  edge_.write_config("more.yaml", "kind: [");
  EXPECT_EQ(run_program(folder_, {"check", edge_.config_folder()}).code, 2);
  edge_.start();
  ASSERT_TRUE(edge_.until_ready()) << edge_.log();
  told(R"("state":"last_good","last_good":")");
  told("more.yaml:1:");
  EXPECT_TRUE(body_of(edge_, "/metrics").contains("\nlineside_config_last_good 1\n"));
  EXPECT_TRUE(body_of(edge_, "/api/v1/config").contains("\"name\":\"spread\""));
  EXPECT_TRUE(edge_.log().contains("warn edge: running the last good configuration of 20"))
      << edge_.log();
  EXPECT_EQ(edge_.stop(), 0) << edge_.log();
  edge_.start();
  ASSERT_TRUE(edge_.until_ready()) << "as often as it takes: " << edge_.log();

  edge_.write_config("spread.onnx", spread_model());
  edge_.write_config("more.yaml", "# nothing\n");
  const auto answer = post(edge_, "/api/v1/config/reload", "{}");
  ASSERT_TRUE(answer) << answer.error().text;
  EXPECT_EQ(answer->status, 200) << answer->body;
  told(R"("state":"ok","last_good":null,"problems":[])");
  EXPECT_EQ(edge_.stop(), 0) << edge_.log();
}

TEST_F(Models, OfAnotherPipelineIsRefusedWithBothSignatures) {
  const interop::Mosquitto broker(folder_, broker_lines(folder_));
  write_plant(edge_, broker);
  edge_.write_config("spread.onnx", other_model());
  const Outcome checked = run_program(folder_, {"check", edge_.config_folder()});
  EXPECT_EQ(checked.code, traits(Code::invalid).exit_code);
  for (const char* side : {"temp.w8.ewma20", "temp.w8.kurtosis", "spread.onnx"})
    EXPECT_TRUE(checked.output.contains(side)) << checked.output;
  EXPECT_TRUE(checked.output.contains(":\n  expected by the pipeline:\n    ")) << checked.output;
  edge_.start();
  EXPECT_FALSE(edge_.until_ready());
  EXPECT_TRUE(edge_.log().contains("temp.w8.ewma20")) << edge_.log();
  EXPECT_TRUE(edge_.log().contains("temp.w8.kurtosis")) << edge_.log();
}

}  // namespace
}  // namespace lineside::e2e
