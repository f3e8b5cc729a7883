// The connector on its own lane, a broker on another, and a committing thread: as in the edge.
#include <atomic>
#include <format>
#include <set>
#include <string>

#include <gtest/gtest.h>

#include "base/lane.h"
#include "base/log.h"
#include "base/queue.h"
#include "connect/mqtt_connector.h"
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

TEST(MqttConnectorLane, AcksPublicationsAndReloadsComeFromOtherThreads) {
  log::set_level(log::Level::error);
  sim::SimDialer dialer;
  sim::SimListener listener = dialer.listen({"127.0.0.1", 1883});
  sim::SimFiles files;
  sim::MqttBroker broker(world::system_clock());
  domain::StreamIndex next_stream = 0;
  auto connector = *make_connector(
      plant_spec(), {.edge = "plant",
                     .name = "mqtt",
                     .folder = "",
                     .dialer = dialer,
                     .clock = world::system_clock(),
                     .random = world::system_random(),
                     .files = files,
                     .resolver = [&](const auto&) { return next_stream++; }});

  std::atomic<std::uint64_t> published = 0;
  Queue<Commit, Overflow::block> commits(4);
  Arrival arrival;
  Lane connector_lane("connector", [&] {
    if (!connector->step(Duration::millis(20), arrival)) return true;
    published += arrival.published.size();
    Commit commit{.sequences = arrival.readings.sequence, .ack = arrival.ack};
    while (!commits.try_push(commit)) connector->keep(Duration::millis(1));
    return true;
  });

  std::atomic<std::uint64_t> acknowledged = 0;
  std::atomic<std::uint64_t> received = 0;
  std::uint64_t sent = 0;
  Lane broker_lane("broker", [&] {
    broker.poll(&listener);
    const auto* session = broker.session("edge");
    const bool ready = session != nullptr && !session->subscriptions.empty();
    for (int i = 0; ready && i < 20 && sent < kMessages; ++i) {
      ++sent;
      broker.publish("plant/m1", std::format(R"({{"v":1,"n":{}}})", sent), 1);
    }
    if (sent == kMessages / 2) broker.cut();
    if (session != nullptr) acknowledged = session->acknowledged;
    received = broker.received().size();
    world::system_clock().sleep(Duration::micros(200));
    return true;
  });

  std::set<std::uint64_t> safe;
  std::uint64_t tags = 0;
  const Time began = world::system_clock().steady();
  while (acknowledged < kMessages &&
         world::system_clock().steady() - began < Duration::seconds(60)) {
    if (auto commit = commits.pop(Duration::millis(10))) {
      safe.insert(commit->sequences.begin(), commit->sequences.end());
      if (commit->ack > 0) connector->acknowledge(commit->ack);
    }
    if (tags < 100) {
      ASSERT_TRUE(connector->publish({.topic = "out", .payload = "x", .tag = ++tags}));
    }
    if (tags % 10 == 0) {
      ASSERT_TRUE(connector->reconfigure(plant_spec()));
    }
    EXPECT_LE(connector->status().unacknowledged, 2'000U);
  }
  EXPECT_EQ(safe.size(), kMessages);
  EXPECT_EQ(acknowledged, kMessages);
  while (published < tags && world::system_clock().steady() - began < Duration::seconds(60)) {
    commits.pop(Duration::millis(10));
  }
  EXPECT_EQ(published, tags);
  EXPECT_GE(received, tags);
  connector_lane.stop();
  commits.close();
  broker_lane.stop();
  connector_lane.join();
  broker_lane.join();
}

}  // namespace
}  // namespace lineside::connect
