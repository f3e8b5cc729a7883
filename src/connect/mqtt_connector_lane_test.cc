// The connector on its own lane, a broker on another, and a committing thread: as in the edge.
#include "connect/mqtt_connector.h"

#include <atomic>
#include <format>
#include <set>
#include <string>

#include <gtest/gtest.h>

#include "base/lane.h"
#include "base/log.h"
#include "base/queue.h"
#include "sim/files.h"
#include "sim/mqtt_broker.h"
#include "sim/stream.h"

namespace lineside::connect {
namespace {

constexpr std::uint64_t kMessages = 3'000;

domain::ConnectionSpec plant_spec() {
  domain::ConnectionSpec spec;
  spec.address = "127.0.0.1:1883";
  spec.client_id = "edge";
  domain::MappingSpec mapping{.topic = "plant/{asset}", .sequence = "$.n"};
  mapping.streams = {{.stream = "v", .path = "$.v"}};
  spec.mappings = {mapping};
  return spec;
}

struct Commit {
  std::vector<std::uint64_t> sequences;
  std::uint64_t ack = 0;
};

world::Clock& real_clock() { return world::system_clock(); }

// A broker on a lane of its own; the plant behind it sends kMessages and cuts the link half way.
class BrokerLane {
 public:
  explicit BrokerLane(sim::SimDialer& dialer)
      : listener_(dialer.listen({"127.0.0.1", 1883})),
        broker_(real_clock()),
        lane_("broker", [this] { return step(); }) {}

  std::uint64_t acknowledged() const { return acknowledged_; }
  std::uint64_t received() const { return received_; }
  void end() {
    lane_.stop();
    lane_.join();
  }

 private:
  bool step() {
    broker_.poll(&listener_);
    const auto* session = broker_.session("edge");
    if (session != nullptr && !session->subscriptions.empty()) send();
    if (session != nullptr) acknowledged_ = session->acknowledged;
    received_ = broker_.received().size();
    real_clock().sleep(Duration::micros(200));
    return true;
  }

  void send() {
    for (int i = 0; i < 20 && sent_ < kMessages; ++i) {
      broker_.publish("plant/m1", std::format(R"({{"v":1,"n":{}}})", ++sent_), 1);
      if (sent_ == kMessages / 2) return broker_.cut();
    }
  }

  sim::SimListener listener_;
  sim::MqttBroker broker_;
  std::uint64_t sent_ = 0;
  std::atomic<std::uint64_t> acknowledged_ = 0;
  std::atomic<std::uint64_t> received_ = 0;
  Lane lane_;
};

TEST(MqttConnectorLane, AcksPublicationsAndReloadsComeFromOtherThreads) {
  log::set_level(log::Level::error);
  sim::SimDialer dialer;
  sim::SimFiles files;
  domain::StreamIndex next_stream = 0;
  BrokerLane broker(dialer);
  auto connector =
      *make_connector(plant_spec(), {.edge = "plant",
                                     .name = "mqtt",
                                     .folder = "",
                                     .dialer = dialer,
                                     .clock = real_clock(),
                                     .random = world::system_random(),
                                     .files = files,
                                     .resolver = [&](const auto&) { return next_stream++; }});

  std::atomic<std::uint64_t> published = 0;
  std::atomic<bool> over = false;
  Queue<Commit, Overflow::block> commits(4);
  Arrival arrival;
  Lane lane("connector", [&] {
    if (!connector->step(Duration::millis(20), arrival)) return true;
    published += arrival.published.size();
    Commit commit{.sequences = arrival.readings.sequence, .ack = arrival.ack};
    while (!over && !commits.try_push(commit)) connector->keep(Duration::millis(1));
    return true;
  });

  std::set<std::uint64_t> safe;
  std::uint64_t tags = 0;
  const Time give_up = real_clock().steady() + Duration::seconds(60);
  while ((broker.acknowledged() < kMessages || published < 100) &&
         real_clock().steady() < give_up) {
    if (auto commit = commits.pop(Duration::millis(10))) {
      safe.insert(commit->sequences.begin(), commit->sequences.end());
      if (commit->ack > 0) connector->acknowledge(commit->ack);
    }
    EXPECT_LE(connector->status().unacknowledged, 2'000U);
    if (tags == 100) continue;
    ASSERT_TRUE(connector->publish({.topic = "out", .payload = "x", .tag = ++tags}));
    ASSERT_TRUE(connector->reconfigure(plant_spec()));
  }
  EXPECT_EQ(safe.size(), kMessages);
  EXPECT_EQ(broker.acknowledged(), kMessages);
  EXPECT_EQ(published, 100U);
  EXPECT_GE(broker.received(), 100U);
  over = true;
  lane.stop();
  lane.join();
  broker.end();
}

}  // namespace
}  // namespace lineside::connect
