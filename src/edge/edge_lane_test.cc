// The whole edge on its threads, against a broker in memory: for ThreadSanitizer, and for what only
// shows when lanes overlap.
#include "edge/edge.h"

#include <filesystem>
#include <format>
#include <fstream>

#include <gtest/gtest.h>

#include "codec/json_writer.h"
#include "sim/mqtt_broker.h"
#include "sim/stream.h"

namespace lineside::edge {
namespace {

const world::Endpoint kBroker{"127.0.0.1", 1883};

constexpr std::string_view kPlant = R"(apiVersion: lineside/v1
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

constexpr std::string_view kPipeline = R"(---
apiVersion: lineside/v1
kind: Pipeline
name: NAME
spec:
  streams: [temp]
  windows: [{name: w4, count: 4, min_count: 4}]
  every: {count: 1}
  features: [{window: w4, kinds: [mean, sd]}]
  decisions: [{name: hot, when: above, threshold: 90, clear: 80, k: 2, n: 3}]
  publish: {connection: plant, predictions: "out/{asset}", alerts: "alerts/{asset}"}
)";

std::string pipeline(const std::string& name) {
  std::string text(kPipeline);
  return text.replace(text.find("NAME"), 4, name);
}

class EdgeOnThreads : public testing::TestWithParam<std::size_t> {
 protected:
  EdgeOnThreads()
      : folder_(std::filesystem::path(testing::TempDir()) /
                ("edge-lane-" + world::system_random().token(4))) {
    std::filesystem::create_directories(folder_ / "config");
    write(std::string(kPlant) + pipeline("first"));
  }
  ~EdgeOnThreads() override { std::filesystem::remove_all(folder_); }

  void write(const std::string& text) { std::ofstream(folder_ / "config" / "plant.yaml") << text; }
  std::unique_ptr<Edge> open() {
    EdgeOptions options;
    options.config_folder = (folder_ / "config").string();
    options.data_folder = (folder_ / "data").string();
    options.flow_lanes = GetParam();
    options.queue_items = 4;  // small, so that lanes wait for each other
    auto edge = Edge::open(options, {world::system_files(), clock_, random_, dialer_, {}});
    EXPECT_TRUE(edge.has_value()) << edge.error().text;
    return edge ? std::move(*edge) : nullptr;
  }
  // Publishes reading number `i`: five assets in turn, now and then hot.
  void feed(int i) {
    const double temp = (i / 50) % 4 == 3 ? 100 : 20;
    broker_.publish(std::format("plant/press-{}/t", i % 5),
                    std::format(R"({{"ts":{},"temp":{}}})", 1'700'000'000'000 + i, temp), 1);
  }
  template <class Done>
  bool poll_until(Done&& done) {
    const Time limit = clock_.steady() + Duration::seconds(60);
    while (!done()) {
      broker_.poll(&listener_);
      if (clock_.steady() > limit) return false;
    }
    return true;
  }

  std::filesystem::path folder_;
  world::Clock& clock_ = world::system_clock();
  world::Random& random_ = world::system_random();
  sim::SimDialer dialer_;
  sim::SimListener listener_ = dialer_.listen(kBroker);
  sim::MqttBroker broker_{clock_};
};

std::uint64_t accepted(const Edge& edge) {
  std::uint64_t sum = 0;
  for (const ConnectionMetrics& link : edge.metrics().connections) sum += link.readings;
  return sum;
}

TEST_P(EdgeOnThreads, TakesEverythingOnceWhileItIsReconfiguredAskedAndRestarted) {
  constexpr int kReadings = 2000;
  auto edge = open();
  ASSERT_TRUE(edge);
  edge->start();
  // A broker keeps messages for sessions that it knows.
  ASSERT_TRUE(poll_until([&] { return edge->metrics().connections.at(0).up; }));
  for (int i = 0; i < kReadings / 2; ++i) feed(i);
  ASSERT_TRUE(poll_until([&] { return accepted(*edge) > kReadings / 4; }));
  write(std::string(kPlant) + pipeline("first") + pipeline("second"));
  const Reloaded reloaded = edge->reload();
  EXPECT_EQ(reloaded.changed, std::vector<std::string>{"pipeline second added"});
  EXPECT_FALSE(edge->live().assets().empty());
  ASSERT_TRUE(poll_until([&] { return accepted(*edge) == kReadings / 2; }));
  edge->stop();
  edge.reset();

  edge = open();
  ASSERT_TRUE(edge);
  edge->start();
  for (int i = kReadings / 2 - 20; i < kReadings; ++i) feed(i);  // twenty of them again
  ASSERT_TRUE(poll_until([&] { return accepted(*edge) == kReadings / 2; }));
  ASSERT_TRUE(poll_until([&] { return edge->metrics().outbox.messages == 0; }));
  edge->stop();

  std::size_t stored = 0;
  std::size_t predicted = 0;
  for (int asset = 0; asset < 5; ++asset) {
    const auto count = [&](const store::History& history, const std::string& stream) {
      const auto index = edge->directory().find(std::format("press-{}", asset), stream);
      EXPECT_TRUE(index.has_value()) << stream;
      if (!index) return std::size_t{0};
      const auto series = history.range(*index, Time::min(), Time::max(), 100'000);
      return series ? series->time.size() : 0;
    };
    stored += count(edge->readings(), "temp");
    predicted += count(edge->predictions(), "first.temp.w4.mean");
  }
  EXPECT_EQ(stored, std::size_t{kReadings});
  EXPECT_EQ(predicted, std::size_t{kReadings} - 5 * 3);
  // The twenty, and what the broker had sent and not heard of when the first edge ended.
  EXPECT_GE(edge->metrics().connections.at(0).rejected[static_cast<std::size_t>(
                domain::Reject::duplicate)],
            20U);
}

TEST_P(EdgeOnThreads, StatusHasAsManyProblemsAsAreAskedFor) {
  const auto edge = open();
  ASSERT_TRUE(edge);
  std::string bad(kPlant);
  for (int i = 0; i < 300; ++i) bad += std::format("  wrong{}: 1\n", i);
  write(bad);
  EXPECT_EQ(edge->reload().problems.size(), kProblemsMax + 1);
  const auto told = [&](std::size_t problems_max) {
    codec::JsonWriter json;
    json.begin_object();
    edge->write_status(json, problems_max);
    json.end_object();
    const std::string text = json.take();
    std::size_t count = 0;
    for (std::size_t at = text.find("unknown field"); at != std::string::npos;
         at = text.find("unknown field", at + 1))
      ++count;
    return count;
  };
  EXPECT_EQ(told(20), 20U);
  EXPECT_EQ(told(1000), kProblemsMax);
}

INSTANTIATE_TEST_SUITE_P(FlowLanes, EdgeOnThreads, testing::Values(1U, 3U));

}  // namespace
}  // namespace lineside::edge
