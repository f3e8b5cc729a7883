#include "connect/mqtt_connector.h"

#include <format>
#include <map>
#include <set>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "base/log.h"
#include "sim/clock.h"
#include "sim/files.h"
#include "sim/mqtt_broker.h"
#include "sim/random.h"
#include "sim/stream.h"

namespace lineside::connect {
namespace {

const world::Endpoint kBroker{"127.0.0.1", 1883};
constexpr Time kStart{1'700'000'000'000'000'000};

domain::ConnectionSpec plant_spec() {
  domain::ConnectionSpec spec;
  spec.address = "127.0.0.1:1883";
  spec.client_id = "edge";
  domain::MappingSpec mapping{.topic = "plant/{asset}", .sequence = "$.n"};
  mapping.streams = {{.stream = "v", .path = "$.v"}};
  spec.mappings = {mapping};
  return spec;
}

// A connector and a broker on one simulated network and clock, one thread.
class Plant {
 public:
  explicit Plant(domain::ConnectionSpec spec = plant_spec(), sim::MqttBrokerOptions options = {})
      : broker(clock, options), listener(dialer.listen(kBroker)) {
    log::set_level(log::Level::error);
    connector = *make_connector(spec, context());
  }

  ConnectorContext context() {
    return {.edge = "plant",
            .name = "mqtt",
            .folder = "etc",
            .dialer = dialer,
            .clock = clock,
            .random = random,
            .files = files,
            .resolver = [this](const domain::StreamName& name) {
              names.push_back(name.id());
              return static_cast<domain::StreamIndex>(names.size() - 1);
            }};
  }

  // Steps of `tick` of simulated time, acknowledging what arrives if `commit`.
  void run(int steps = 20) {
    for (int i = 0; i < steps; ++i) {
      broker.poll(&listener);
      if (connector->step(tick, arrival)) {
        take();
        if (commit && arrival.ack > 0) connector->acknowledge(arrival.ack);
      }
    }
  }

  void take() {
    last_ack = std::max(last_ack, arrival.ack);
    messages += arrival.messages;
    for (std::size_t i = 0; i < arrival.readings.size(); ++i) {
      got.push_back(arrival.readings.at(i));
    }
    for (std::size_t i = 0; i < domain::kRejectReasons; ++i) rejected += arrival.rejects.counts[i];
    for (Published& end : arrival.published) published.push_back(end);
  }

  void send(int n, std::uint8_t qos = 1, std::string_view asset = "m1") {
    broker.publish(std::format("plant/{}", asset), std::format("{{\"v\":{},\"n\":{}}}", n * 10, n),
                   qos);
  }

  std::vector<std::uint64_t> sequences() const {
    std::vector<std::uint64_t> all;
    for (const domain::Reading& r : got) all.push_back(r.sequence);
    return all;
  }

  sim::SimClock clock{kStart};
  sim::SimRandom random{7};
  sim::SimFiles files;
  sim::SimDialer dialer{&clock};
  sim::MqttBroker broker;
  sim::SimListener listener;
  std::unique_ptr<Connector> connector;
  Arrival arrival;
  std::vector<std::string> names;
  std::vector<domain::Reading> got;
  std::vector<Published> published;
  std::uint64_t messages = 0;
  std::uint64_t rejected = 0;
  std::uint64_t last_ack = 0;
  bool commit = true;
  Duration tick = Duration::millis(10);
};

using Sequences = std::vector<std::uint64_t>;

TEST(MqttConnector, TurnsMessagesIntoReadings) {
  Plant plant;
  EXPECT_EQ(plant.connector->status().state, LinkState::down);
  plant.run();
  EXPECT_EQ(plant.connector->status().state, LinkState::up);
  plant.send(1);
  plant.send(2, 0);
  plant.send(3, 1, "m2");
  plant.broker.publish("plant/m1", "garbage", 1);
  plant.run();
  ASSERT_EQ(plant.got.size(), 3U);
  EXPECT_EQ(plant.names, (std::vector<std::string>{"m1/v", "m2/v"}));
  EXPECT_EQ(plant.got[2].stream, 1U);
  EXPECT_EQ(plant.got[0].value, 10);
  EXPECT_EQ(plant.got[0].sequence, 1U);
  EXPECT_EQ(plant.messages, 4U);
  EXPECT_EQ(plant.rejected, 1U);
  EXPECT_EQ(plant.broker.session("edge")->acknowledged, 3U) << "rejected messages are done as well";
  const ConnectorStatus status = plant.connector->status();
  EXPECT_EQ(status.messages, 4U);
  EXPECT_EQ(status.connects, 1U);
  EXPECT_EQ(status.assets, 2U);
  EXPECT_EQ(status.unacknowledged, 0U);
}

TEST(MqttConnector, AcknowledgesNothingBeforeTheCommit) {
  Plant plant;
  plant.commit = false;
  plant.run();
  for (int i = 1; i <= 5; ++i) plant.send(i);
  plant.run();
  EXPECT_EQ(plant.got.size(), 5U);
  EXPECT_EQ(plant.broker.session("edge")->acknowledged, 0U);
  EXPECT_EQ(plant.connector->status().unacknowledged, 5U);

  // The edge dies before its commit: what was not acknowledged comes again.
  plant.connector = *make_connector(plant_spec(), plant.context());
  plant.got.clear();
  plant.commit = true;
  plant.run(100);
  EXPECT_EQ(plant.sequences(), (Sequences{1, 2, 3, 4, 5}));
  EXPECT_EQ(plant.connector->status().duplicates, 5U);
  EXPECT_EQ(plant.broker.session("edge")->acknowledged, 5U);
}

TEST(MqttConnector, AcksOfAStreamThatIsGoneAcknowledgeNothing) {
  Plant plant;
  plant.commit = false;
  plant.run();
  plant.send(1);
  plant.send(2);
  plant.run();
  const std::uint64_t old_ack = plant.last_ack;
  plant.broker.cut();
  plant.run(200);
  ASSERT_EQ(plant.sequences(), (Sequences{1, 2, 1, 2}));
  plant.connector->acknowledge(old_ack);
  plant.run();
  EXPECT_EQ(plant.broker.session("edge")->acknowledged, 0U);
  plant.connector->acknowledge(plant.last_ack);
  plant.run();
  EXPECT_EQ(plant.broker.session("edge")->acknowledged, 2U);
}

TEST(MqttConnector, SurvivesABrokerThatIsAwayForTenMinutes) {
  Plant plant;
  plant.tick = Duration::millis(50);
  plant.run();
  for (int i = 1; i <= 3; ++i) plant.send(i);
  plant.run();
  plant.dialer.set_reach(kBroker, sim::Reach::refused);
  plant.broker.cut();
  const Time gone = plant.clock.steady();
  const std::uint64_t dials = plant.dialer.dials();
  while (plant.clock.steady() - gone < Duration::seconds(600)) plant.run(10);
  EXPECT_EQ(plant.connector->status().state, LinkState::waiting);
  EXPECT_NE(plant.connector->status().problem.find("connection refused"), std::string::npos);
  const auto next = plant.connector->status().next_try;
  ASSERT_TRUE(next);
  EXPECT_LE(*next - plant.clock.now(), Duration::seconds(60));
  EXPECT_GE(*next, plant.clock.now() - plant.tick);
  // 60 s at most, 30 s in the mean once it has backed off; faster only at the beginning.
  EXPECT_GE(plant.dialer.dials() - dials, 12U);
  EXPECT_LE(plant.dialer.dials() - dials, 60U);
  for (int i = 4; i <= 30; ++i) plant.send(i);  // the plant goes on; the broker keeps our session

  plant.dialer.set_reach(kBroker, sim::Reach::open);
  plant.run(1'220);  // 61 s: the longest delay
  Sequences all;
  for (std::uint64_t i = 1; i <= 30; ++i) all.push_back(i);
  EXPECT_EQ(plant.sequences(), all);
  EXPECT_EQ(plant.broker.session("edge")->acknowledged, 30U);
  EXPECT_EQ(plant.connector->status().state, LinkState::up);
  EXPECT_EQ(plant.connector->status().problem, "");
  EXPECT_FALSE(plant.connector->status().next_try);
}

TEST(MqttConnector, NoticesASilentLink) {
  Plant plant;
  plant.run();
  plant.broker.set_mute(true);
  const std::uint64_t dials = plant.dialer.dials();
  // 30 s of keep alive, 10 s for the answer, then 10 s for the CONNACK that does not come either.
  while (plant.clock.steady() < Time{} + Duration::seconds(42)) plant.run(10);
  EXPECT_NE(plant.connector->status().problem.find("expected PINGRESP"), std::string::npos)
      << plant.connector->status().problem;
  EXPECT_GT(plant.dialer.dials(), dials);
  plant.broker.set_mute(false);
  plant.run(3'000);
  plant.send(1);
  plant.run();
  EXPECT_EQ(plant.sequences(), (Sequences{1}));
}

TEST(MqttConnector, RefusalsAreRetriedSlowly) {
  Plant plant(plant_spec(), {.connack = net::MqttReason::not_authorized});
  plant.run(3'000);  // 30 s
  EXPECT_LE(plant.dialer.dials(), 2U);
  EXPECT_EQ(plant.connector->status().problem,
            "the broker refused the connection: not authorized (0x87)");
  plant.broker.options().connack = net::MqttReason::success;
  plant.run(6'100);
  EXPECT_EQ(plant.connector->status().state, LinkState::up);
}

TEST(MqttConnector, SilentNetworksDoNotStopIt) {
  Plant plant;
  plant.dialer.set_reach(kBroker, sim::Reach::silent);
  plant.run(10);
  EXPECT_EQ(plant.connector->status().state, LinkState::waiting);
  plant.dialer.set_reach(kBroker, sim::Reach::open);
  plant.run(100);
  EXPECT_EQ(plant.connector->status().state, LinkState::up);
}

TEST(MqttConnector, PublishesAndReportsTheEndByTag) {
  Plant plant;
  ASSERT_TRUE(plant.connector->publish({.topic = "out/m1", .payload = "early", .tag = 7}));
  plant.run();
  ASSERT_TRUE(plant.connector->publish({.topic = "out/m1", .payload = "zero", .qos = 0, .tag = 8}));
  plant.run();
  ASSERT_EQ(plant.published.size(), 2U);
  EXPECT_EQ(plant.published[0].tag, 7U);
  EXPECT_EQ(plant.published[1].tag, 8U);
  EXPECT_FALSE(plant.published[0].error);
  EXPECT_EQ(plant.broker.received()[0].payload, "early");
  EXPECT_EQ(plant.connector->publish({.topic = "a/+", .payload = ""}).error().code, Code::invalid);
}

TEST(MqttConnector, BoundsPublicationsThatWait) {
  Plant plant;
  plant.dialer.set_reach(kBroker, sim::Reach::refused);
  int taken = 0;
  while (plant.connector->publish({.topic = "out", .payload = "x"})) ++taken;
  EXPECT_EQ(taken, 10'000);
  plant.dialer.set_reach(kBroker, sim::Reach::open);
  plant.run(3'000);
  EXPECT_EQ(plant.published.size(), 10'000U);
  EXPECT_TRUE(plant.connector->publish({.topic = "out", .payload = "x"}));
}

TEST(MqttConnector, ChangedMappingsDoNotReconnect) {
  Plant plant;
  plant.run();
  plant.send(1);
  plant.run();
  auto spec = plant_spec();
  spec.mappings[0].topic = "hall/{asset}";
  spec.mappings[0].streams[0].stream = "w";
  ASSERT_TRUE(plant.connector->reconfigure(spec));
  plant.run();
  plant.send(2);
  plant.broker.publish("hall/m1", R"({"v":1,"n":3})", 1);
  plant.run();
  EXPECT_EQ(plant.sequences(), (Sequences{1, 3}));
  EXPECT_EQ(plant.names, (std::vector<std::string>{"m1/v", "m1/w"}));
  EXPECT_EQ(plant.dialer.dials(), 1U);

  spec.mappings[0].streams[0].path = "no path";
  EXPECT_EQ(plant.connector->reconfigure(spec).error().code, Code::invalid);
  plant.broker.publish("hall/m1", R"({"v":1,"n":4})", 1);
  plant.run();
  EXPECT_EQ(plant.sequences(), (Sequences{1, 3, 4})) << "the running one stays";
}

TEST(MqttConnector, AChangedLinkReconnectsAndTakesPublicationsAlong) {
  Plant plant;
  plant.commit = false;
  plant.run();
  plant.send(1);
  plant.run();
  plant.broker.set_mute(true);
  ASSERT_TRUE(plant.connector->publish({.topic = "out", .payload = "x", .tag = 9}));
  plant.run(5);
  auto spec = plant_spec();
  spec.client_id = "other";
  ASSERT_TRUE(plant.connector->reconfigure(spec));
  plant.run(5);
  plant.broker.set_mute(false);
  plant.run(100);
  EXPECT_EQ(plant.connector->status().state, LinkState::up);
  ASSERT_EQ(plant.published.size(), 1U);
  EXPECT_EQ(plant.published[0].tag, 9U);
  // An ack of the old link must not acknowledge the new one's first message.
  const std::uint64_t old_ack = plant.last_ack;
  plant.send(2);
  plant.run();
  plant.connector->acknowledge(old_ack);
  plant.run();
  EXPECT_EQ(plant.broker.session("other")->acknowledged, 0U);
  plant.connector->acknowledge(plant.last_ack);
  plant.run();
  EXPECT_EQ(plant.broker.session("other")->acknowledged, 1U);
}

TEST(MqttConnector, KeepsTheLinkWithoutReading) {
  Plant plant;
  plant.run();
  for (int i = 1; i <= 5; ++i) plant.send(i);
  const Time began = plant.clock.steady();
  while (plant.clock.steady() - began < Duration::seconds(300)) {
    plant.broker.poll(&plant.listener);
    plant.connector->keep(Duration::millis(10));
  }
  EXPECT_TRUE(plant.got.empty());
  plant.run();
  EXPECT_EQ(plant.sequences(), (Sequences{1, 2, 3, 4, 5}));
  EXPECT_EQ(plant.dialer.dials(), 1U);
}

TEST(MqttConnector, ArrivalTimesAreKeysEvenWhenTheClockIsSetBack) {
  auto spec = plant_spec();
  spec.mappings[0].sequence = "";
  Plant plant(spec);
  plant.run();
  std::size_t sent = 0;
  for (int round = 0; round < 30; ++round) {
    if (round == 10) plant.clock.jump_wall(Duration::seconds(-3'600));
    for (int i = 0; i < 50; ++i, ++sent) plant.send(i, 0);
    plant.run(3);
  }
  ASSERT_EQ(plant.got.size(), sent);
  for (std::size_t i = 1; i < plant.got.size(); ++i) {
    ASSERT_GT(plant.got[i].time, plant.got[i - 1].time) << i;
  }
  // While it waits for the wall clock it runs at half the speed: no new hour is invented.
  EXPECT_LT(plant.got.back().time - kStart, Duration::seconds(10));
}

TEST(MqttConnector, OversizedMessagesAreRejectedAndTheRestGoesOn) {
  auto spec = plant_spec();
  spec.payload_max = 1'000;
  Plant plant(spec);
  plant.run();
  plant.send(1);
  plant.broker.publish("plant/m1", std::string(1'000'000, 'x'), 1);
  plant.send(2);
  plant.run(200);
  EXPECT_EQ(plant.sequences(), (Sequences{1, 2}));
  EXPECT_EQ(plant.rejected, 1U);
  EXPECT_EQ(plant.broker.session("edge")->acknowledged, 3U);
}

TEST(MqttConnector, OneStepTakesABoundedShare) {
  Plant plant;
  plant.run();
  for (int i = 1; i <= 20'000; ++i) plant.send(i, 0);
  std::size_t most = 0;
  while (plant.got.size() < 20'000) {
    plant.broker.poll(&plant.listener);
    plant.connector->step(Duration::millis(1), plant.arrival);
    most = std::max(most, plant.arrival.readings.size());
    plant.take();
  }
  EXPECT_LT(most, 4'096U + 256U);
  for (std::size_t i = 0; i < plant.got.size(); ++i) ASSERT_EQ(plant.got[i].sequence, i + 1);
}

TEST(MqttConnector, OverlappingFiltersAreSubscribedOnce) {
  auto spec = plant_spec();
  spec.mappings.push_back(spec.mappings[0]);
  spec.mappings[1].topic = "plant/+";
  spec.mappings[1].asset = "all";
  spec.mappings.push_back(spec.mappings[0]);
  spec.mappings[2].topic = "plant/{asset}/#";
  Plant plant(spec);
  plant.run();
  ASSERT_EQ(plant.broker.session("edge")->subscriptions.size(), 1U);
  EXPECT_EQ(plant.broker.session("edge")->subscriptions[0].filter, "plant/+/#");
}

TEST(MqttConnector, SaysWhichFieldOfItsSpecIsWrong) {
  Plant plant;
  const auto error = [&](const domain::ConnectionSpec& spec) {
    const auto made = make_connector(spec, plant.context());
    return made ? std::string("fine") : made.error().text;
  };
  auto spec = plant_spec();
  spec.address = "broker";
  EXPECT_EQ(error(spec), "address: endpoint: expected host:port, found \"broker\"");
  spec = plant_spec();
  spec.password_file = "secret";
  EXPECT_EQ(error(spec).rfind("password_file", 0), 0U) << error(spec);
  ASSERT_TRUE(plant.files.make_directories("etc"));
  ASSERT_TRUE(plant.files.write_atomic("etc/secret", as_bytes("s3cret\nmore")));
  EXPECT_EQ(error(spec), "fine");
}

bool is_subscribed(const Plant& plant) {
  const auto* session = plant.broker.session("edge");
  return session != nullptr && !session->subscriptions.empty();
}

// No sequence number comes before the one below it did.
void expect_no_gap(const std::vector<domain::Reading>& got) {
  std::uint64_t highest = 0;
  for (const domain::Reading& r : got) {
    EXPECT_LE(r.sequence, highest + 1);
    highest = std::max(highest, r.sequence);
  }
}

// Cuts at random places, a network that tears messages apart, a commit that lags behind: every
// message sent with QoS 1 arrives, in order but for what is sent again.
TEST(MqttConnector, LosesNothingOverABrokenNetwork) {
  for (std::uint64_t seed = 1; seed <= 30; ++seed) {
    SCOPED_TRACE(seed);
    Plant plant;
    plant.commit = false;
    sim::SimRandom random(seed);
    const sim::LinkOptions torn{.seed = seed, .piece_max = 50, .close_at = 1'500 + seed * 20};
    plant.dialer.set_links(torn, torn);
    std::set<std::uint64_t> safe;
    int sent = 0;
    for (int round = 0; round < 4'000 && safe.size() < 300; ++round) {
      // The plant speaks once our subscription is there, however broken the link is by now.
      if (sent < 300 && is_subscribed(plant)) plant.send(++sent);
      plant.run(3);
      if (random.below(4) != 0 || plant.last_ack == 0) continue;
      for (const domain::Reading& r : plant.got) safe.insert(r.sequence);
      plant.connector->acknowledge(plant.last_ack);
    }
    EXPECT_EQ(safe.size(), 300U);
    EXPECT_GE(plant.connector->status().connects, 4U);
    expect_no_gap(plant.got);
  }
}

}  // namespace
}  // namespace lineside::connect
