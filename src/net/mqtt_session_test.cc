#include "net/mqtt_session.h"

#include <algorithm>
#include <format>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "sim/clock.h"
#include "sim/mqtt_broker.h"
#include "sim/stream.h"

namespace lineside::net {
namespace {

struct Kept {
  std::string topic;
  std::string payload;
  std::size_t size = 0;
  std::uint64_t token = 0;
  bool dup = false;
};

// A session and a broker joined by a stream, moved by hand.
class Link {
 public:
  explicit Link(MqttSessionOptions options = {}, sim::MqttBrokerOptions broker_options = {})
      : broker(clock, broker_options), session(named(std::move(options))) {}

  void dial(const sim::LinkOptions& to_server = {}, const sim::LinkOptions& to_client = {}) {
    auto pair = sim::make_stream_pair(to_server, to_client);
    stream = std::move(pair.client);
    broker.attach(std::move(pair.server));
    session.start(clock.steady());
    error.reset();
    input.clear();
  }

  // Until nothing moves any more, or the stream ends.
  void pump(int rounds = 200) {
    for (int i = 0; i < rounds && stream; ++i) {
      write();
      broker.poll();
      if (!read()) return;
    }
  }

  void write() {
    while (!session.output().empty()) {
      const auto n = stream->write(session.output());
      if (!n || *n == 0) return;
      session.consume_output(*n, clock.steady());
    }
  }

  bool read() {
    std::byte bytes[777];
    for (;;) {
      const auto n = stream->read(bytes);
      if (!n) return end(n.error());
      if (*n == 0) return true;
      input.insert(input.end(), bytes, bytes + *n);
      if (!take()) return false;
    }
  }

  bool take() {
    for (;;) {
      std::vector<MqttMessage> out;
      const auto used = session.feed(input, clock.steady(), out);
      for (const MqttMessage& m : out) {
        got.push_back({std::string(m.topic), std::string(as_text(m.payload)), m.payload_size,
                       m.token, m.dup});
      }
      if (!used) return end(used.error());
      input.erase(input.begin(), input.begin() + static_cast<std::ptrdiff_t>(*used));
      if (out.empty()) return true;
    }
  }

  bool end(const Error& why) {
    error = why;
    write();
    stream.reset();
    session.stop();
    return false;
  }
  void hang_up() { end(fail(Code::unavailable, "cut")); }

  void pass(Duration time) {
    clock.advance(time);
    if (const auto done = session.tick(clock.steady()); !done) end(done.error());
    if (stream) pump();
  }

  std::vector<std::string> payloads() const {
    std::vector<std::string> all;
    for (const Kept& one : got) all.push_back(one.payload);
    return all;
  }

  sim::SimClock clock{Time{}};
  sim::MqttBroker broker;
  MqttSession session;
  std::unique_ptr<world::Stream> stream;
  std::optional<Error> error;
  std::vector<Kept> got;
  Bytes input;

 private:
  static MqttSessionOptions named(MqttSessionOptions options) {
    if (options.client_id.empty()) options.client_id = "edge";
    if (options.subscriptions.empty()) options.subscriptions = {{"plant/#", 1}};
    return options;
  }
};

class EachVersion : public testing::TestWithParam<MqttVersion> {
 protected:
  MqttSessionOptions options() const { return {.version = GetParam()}; }
};
INSTANTIATE_TEST_SUITE_P(Mqtt, EachVersion, testing::Values(MqttVersion::v5, MqttVersion::v3_1_1),
                         [](const auto& version) {
                           return version.param == MqttVersion::v5 ? "v5" : "v3_1_1";
                         });

TEST_P(EachVersion, ComesUpAndPassesMessagesOn) {
  Link link(options());
  link.dial();
  EXPECT_EQ(link.session.phase(), MqttPhase::connecting);
  link.pump();
  ASSERT_EQ(link.session.phase(), MqttPhase::up);
  link.broker.publish("plant/a", "zero", 0);
  link.broker.publish("plant/b", "one", 1);
  link.broker.publish("office", "no", 1);
  link.pump();
  EXPECT_EQ(link.payloads(), (std::vector<std::string>{"zero", "one"}));
  EXPECT_EQ(link.got[0].token, 0U);
  EXPECT_GT(link.got[1].token, 0U);
}

TEST_P(EachVersion, AcknowledgesOnlyWhenToldAndInOrder) {
  Link link(options());
  link.dial();
  link.pump();
  for (int i = 0; i < 5; ++i) link.broker.publish("plant/a", std::to_string(i), 1);
  link.pump();
  ASSERT_EQ(link.got.size(), 5U);
  EXPECT_EQ(link.broker.session("edge")->acknowledged, 0U);

  link.session.acknowledge(link.got[2].token);
  link.pump();
  EXPECT_EQ(link.broker.session("edge")->ack_order, (std::vector<std::uint16_t>{1, 2, 3}));
  link.session.acknowledge(link.got[1].token);  // said before: nothing
  link.session.acknowledge(link.got[4].token);
  link.pump();
  EXPECT_EQ(link.broker.session("edge")->ack_order, (std::vector<std::uint16_t>{1, 2, 3, 4, 5}));
  EXPECT_EQ(link.session.report().unacknowledged, 0U);
}

TEST_P(EachVersion, ResumesItsSessionAndPassesRedeliveriesOn) {
  Link link(options());
  link.dial();
  link.pump();
  for (int i = 0; i < 4; ++i) link.broker.publish("plant/a", std::to_string(i), 1);
  link.pump();
  link.session.acknowledge(link.got[0].token);
  link.pump();
  const std::uint64_t old_token = link.got[3].token;
  link.hang_up();
  link.broker.poll();
  link.broker.publish("plant/a", "away", 1);
  link.got.clear();

  link.dial();
  link.session.acknowledge(old_token);  // of the stream before: must not acknowledge anything
  link.pump();
  EXPECT_EQ(link.session.report().resumed, 1U);
  EXPECT_EQ(link.payloads(), (std::vector<std::string>{"1", "2", "3", "away"}));
  EXPECT_TRUE(link.got[0].dup);
  EXPECT_FALSE(link.got[3].dup);
  EXPECT_EQ(link.broker.session("edge")->acknowledged, 1U);

  link.session.acknowledge(link.got[3].token);
  link.pump();
  EXPECT_EQ(link.broker.session("edge")->acknowledged, 5U);
  EXPECT_TRUE(link.broker.session("edge")->in_flight.empty());
}

TEST_P(EachVersion, WithoutExpiryTheSessionEndsWithTheStream) {
  auto wanted = options();
  wanted.session_expiry = {};
  Link link(wanted);
  link.dial();
  link.pump();
  link.hang_up();
  link.broker.poll();
  link.broker.publish("plant/a", "lost", 1);
  link.dial();
  link.pump();
  EXPECT_EQ(link.session.report().resumed, 0U);
  EXPECT_TRUE(link.got.empty());
}

TEST_P(EachVersion, WorksOverAStreamThatCutsEverythingIntoPieces) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    Link link(options());
    const sim::LinkOptions pieces{.seed = seed, .piece_max = 3};
    link.dial(pieces, pieces);
    link.pump(2'000);
    ASSERT_EQ(link.session.phase(), MqttPhase::up);
    std::vector<std::string> sent;
    for (int i = 0; i < 30; ++i) {
      sent.push_back(std::string(static_cast<std::size_t>(i * 7), 'x') + std::to_string(i));
      link.broker.publish("plant/" + std::to_string(i), sent.back(), i % 2 == 0 ? 1 : 0);
    }
    link.pump(20'000);
    EXPECT_EQ(link.payloads(), sent) << "seed " << seed;
  }
}

TEST_P(EachVersion, PublishesAndTellsTheEnd) {
  Link link(options());
  ASSERT_TRUE(link.session.publish({.topic = "out/a", .payload = "early", .qos = 1, .tag = 1}));
  link.dial();
  link.pump();
  ASSERT_TRUE(link.session.publish({.topic = "out/b", .payload = "zero", .qos = 0, .tag = 2}));
  link.pump();
  ASSERT_EQ(link.broker.received().size(), 2U);
  EXPECT_EQ(link.broker.received()[0].payload, "early");
  EXPECT_EQ(link.broker.received()[0].qos, 1);
  EXPECT_EQ(link.broker.received()[1].qos, 0);
  std::vector<MqttPublished> ends;
  link.session.take_published(ends);
  ASSERT_EQ(ends.size(), 2U);
  EXPECT_TRUE(std::ranges::none_of(ends, [](const auto& e) { return e.error.has_value(); }));
  EXPECT_EQ(link.session.publish({.topic = "a/#", .payload = ""}).error().code, Code::invalid);
}

TEST_P(EachVersion, SendsUnansweredPublicationsAgainAsDuplicates) {
  Link link(options());
  link.dial();
  link.pump();
  link.broker.set_mute(true);
  ASSERT_TRUE(link.session.publish({.topic = "out", .payload = "1", .qos = 1, .tag = 1}));
  ASSERT_TRUE(link.session.publish({.topic = "out", .payload = "2", .qos = 1, .tag = 2}));
  link.pump(3);
  link.hang_up();
  link.broker.poll();
  link.broker.set_mute(false);
  link.dial();
  link.pump();
  ASSERT_EQ(link.broker.received().size(), 2U);
  EXPECT_EQ(link.broker.received()[0].payload, "1");
  EXPECT_TRUE(link.broker.received()[0].dup);
  std::vector<MqttPublished> ends;
  link.session.take_published(ends);
  ASSERT_EQ(ends.size(), 2U);
  EXPECT_EQ(ends[0].tag, 1U);
  EXPECT_EQ(ends[1].tag, 2U);
}

TEST_P(EachVersion, SendsThemAsNewOnesWhereTheSessionIsLost) {
  auto wanted = options();
  wanted.session_expiry = {};
  Link link(wanted);
  link.dial();
  link.pump();
  link.broker.set_mute(true);
  ASSERT_TRUE(link.session.publish({.topic = "out", .payload = "1", .qos = 1, .tag = 1}));
  link.pump(3);
  link.hang_up();
  link.broker.poll();
  link.broker.set_mute(false);
  link.dial();
  link.pump();
  ASSERT_EQ(link.broker.received().size(), 1U);
  EXPECT_FALSE(link.broker.received()[0].dup);
}

TEST_P(EachVersion, PingsWhenIdleAndGivesUpWithoutAnswer) {
  auto wanted = options();
  wanted.keep_alive = Duration::seconds(30);
  Link link(wanted);
  link.dial();
  link.pump();
  for (int i = 0; i < 100; ++i) link.pass(Duration::seconds(5));
  EXPECT_EQ(link.session.phase(), MqttPhase::up) << "the broker drops clients that do not ping";

  // At most 30 s until the next ping, and 10 s for the answer.
  link.broker.set_mute(true);
  int seconds = 0;
  for (; seconds < 60 && !link.error; ++seconds) link.pass(Duration::seconds(1));
  EXPECT_GE(seconds, 10);
  EXPECT_LE(seconds, 40);
  ASSERT_TRUE(link.error);
  EXPECT_EQ(link.error->code, Code::timeout);
  EXPECT_EQ(link.error->text, "expected PINGRESP within 10s, found nothing");
}

TEST_P(EachVersion, PausedIntakeKeepsTheLinkAlive) {
  Link link(options());
  link.dial();
  link.pump();
  for (int i = 0; i < 100; ++i) {
    link.clock.advance(Duration::seconds(5));
    ASSERT_TRUE(link.session.tick(link.clock.steady(), MqttIntake::paused));
    link.write();
    link.broker.poll();
  }
  link.pump();
  EXPECT_EQ(link.session.phase(), MqttPhase::up);
  EXPECT_EQ(link.broker.connections(), 1U);
}

TEST_P(EachVersion, WaitsForConnackOnlySoLong) {
  Link link(options());
  link.broker.set_mute(true);
  link.dial();
  link.pass(Duration::seconds(9));
  EXPECT_FALSE(link.error);
  link.pass(Duration::seconds(1));
  ASSERT_TRUE(link.error);
  EXPECT_EQ(link.error->text, "expected CONNACK within 10s, found nothing");
}

TEST_P(EachVersion, KeepsTheStartOfOversizedPayloadsAndGoesOn) {
  auto wanted = options();
  wanted.payload_max = 1'000;
  Link link(wanted);
  link.dial();
  link.pump();
  link.broker.publish("plant/a", "before", 1);
  link.broker.publish("plant/big", std::string(1'000'000, 'x'), 1);
  link.broker.publish("plant/a", "after", 1);
  link.pump(20'000);
  ASSERT_EQ(link.got.size(), 3U);
  EXPECT_EQ(link.got[1].size, 1'000'000U);
  EXPECT_LT(link.got[1].payload.size(), 200'000U);
  EXPECT_TRUE(link.got[1].payload.starts_with("xxxx"));
  EXPECT_EQ(link.got[2].payload, "after");
  link.session.acknowledge(link.got[2].token);
  link.pump();
  EXPECT_EQ(link.broker.session("edge")->acknowledged, 3U);
}

TEST_P(EachVersion, SubscriptionsChangeWhileItIsUp) {
  Link link(options());
  link.dial();
  link.pump();
  link.session.subscribe({{"plant/new/#", 0}, {"other", 1}}, link.clock.steady());
  link.session.subscribe({{"other", 1}, {"third/+", 1}}, link.clock.steady());  // before the answer
  link.pump();
  std::vector<std::string> filters;
  for (const auto& one : link.broker.session("edge")->subscriptions) filters.push_back(one.filter);
  std::ranges::sort(filters);
  EXPECT_EQ(filters, (std::vector<std::string>{"other", "third/+"}));
  EXPECT_EQ(link.session.phase(), MqttPhase::up);
}

TEST_P(EachVersion, GarbageEndsTheStreamWithWhatWasWrong) {
  Link link(options());
  link.dial();
  link.pump();
  const std::byte garbage[] = {std::byte{0x30}, std::byte{0x04}, std::byte{0},
                               std::byte{9},    std::byte{'a'},  std::byte{'b'}};
  link.broker.send_raw(garbage);
  link.pump();
  ASSERT_TRUE(link.error);
  EXPECT_EQ(link.error->code, Code::corrupt);
  EXPECT_EQ(link.error->text,
            "PUBLISH: topic name: expected more bytes, found the end of the packet after 2");
}

struct Refusal {
  MqttReason reason;
  Code code;
};

TEST(MqttSession, SaysWhyItWasRefusedAndWhetherToRetrySoon) {
  const Refusal cases[] = {{MqttReason::bad_credentials, Code::unauthenticated},
                           {MqttReason::banned, Code::denied},
                           {MqttReason::unsupported_version, Code::unsupported},
                           {MqttReason::client_id_not_valid, Code::invalid},
                           {MqttReason::server_unavailable, Code::unavailable},
                           {MqttReason::server_busy, Code::unavailable},
                           {MqttReason::server_moved, Code::invalid}};
  for (const Refusal& test : cases) {
    Link link({}, {.connack = test.reason});
    link.dial();
    link.pump();
    ASSERT_TRUE(link.error);
    EXPECT_EQ(link.error->code, test.code) << to_text(test.reason);
    EXPECT_EQ(link.error->text, "the broker refused the connection: " + to_text(test.reason));
  }
}

TEST(MqttSession, RefusedSubscriptionsAreAProblemAllOfThemAnError) {
  Link link({}, {.suback = MqttReason::not_authorized});
  link.dial();
  link.pump();
  ASSERT_TRUE(link.error);
  EXPECT_EQ(link.error->code, Code::denied);
  EXPECT_NE(link.error->text.find("plant/#: refused: not authorized (0x87)"), std::string::npos)
      << link.error->text;

  Link lower({}, {.qos_max = 0});
  lower.dial();
  lower.pump();
  EXPECT_EQ(lower.session.phase(), MqttPhase::up);
  EXPECT_EQ(lower.session.report().refused,
            (std::vector<std::string>{"plant/#: granted QoS 0 instead of 1"}));
}

TEST(MqttSession, TakesMoreThanTheReceiveMaximumFromABrokerThatResumes) {
  Link link({.receive_max = 3}, {.in_flight_max = 100});
  link.dial();
  link.pump();
  for (int i = 0; i < 10; ++i) link.broker.publish("plant/a", std::to_string(i), 1);
  link.pump();
  EXPECT_EQ(link.got.size(), 3U);
  link.session.acknowledge(link.got.back().token);
  link.pump();
  EXPECT_EQ(link.got.size(), 6U);

  // A fourth one, as of a session from when the maximum was higher: QoS 1, topic "t", packet 99.
  const std::byte extra[] = {std::byte{0x32}, std::byte{6}, std::byte{0},  std::byte{1},
                             std::byte{'t'},  std::byte{0}, std::byte{99}, std::byte{0}};
  link.broker.send_raw(extra);
  link.pump();
  EXPECT_FALSE(link.error);
  EXPECT_EQ(link.got.size(), 7U);
}

TEST(MqttSession, PartsFromABrokerThatUsesMorePacketIdentifiersThanThereAre) {
  Link link({.receive_max = 3}, {.in_flight_max = 100});
  link.dial();
  link.pump();
  const std::byte one[] = {std::byte{0x32}, std::byte{6}, std::byte{0},  std::byte{1},
                           std::byte{'t'},  std::byte{0}, std::byte{99}, std::byte{0}};
  for (int i = 0; i < 65'536 && !link.error; ++i) {
    link.broker.send_raw(one);
    if (i % 500 == 499) link.pump();
  }
  link.pump();
  ASSERT_TRUE(link.error);
  EXPECT_NE(link.error->text.find("at most 65535 unacknowledged"), std::string::npos);
}

TEST(MqttSession, KeepsToTheBrokersLimits) {
  Link link({}, {.receive_max = 2, .packet_max = 200});
  link.dial();
  link.pump();
  link.broker.set_mute(true);
  for (std::uint64_t i = 0; i < 5; ++i) {
    ASSERT_TRUE(link.session.publish({.topic = "out", .payload = "x", .qos = 1, .tag = i}));
  }
  link.pump(3);
  link.broker.set_mute(false);
  link.broker.poll();
  EXPECT_EQ(link.broker.received().size(), 2U);
  link.pump();
  EXPECT_EQ(link.broker.received().size(), 5U);

  ASSERT_TRUE(link.session.publish({.topic = "out", .payload = std::string(300, 'x'), .tag = 77}));
  link.pump();
  std::vector<MqttPublished> ends;
  link.session.take_published(ends);
  ASSERT_EQ(ends.size(), 6U);
  EXPECT_EQ(ends.back().tag, 77U);
  ASSERT_TRUE(ends.back().error);
  EXPECT_NE(ends.back().error->text.find("expected at most 200 bytes"), std::string::npos);

  Link zero({}, {.qos_max = 0});
  zero.dial();
  zero.pump();
  ASSERT_TRUE(zero.session.publish({.topic = "out", .payload = "x", .qos = 1, .tag = 1}));
  zero.pump();
  EXPECT_EQ(zero.broker.received().at(0).qos, 0);
}

TEST(MqttSession, TakesTheServersKeepAlive) {
  Link link({.keep_alive = Duration::seconds(600)}, {.server_keep_alive_s = 10});
  link.dial();
  link.pump();
  for (int i = 0; i < 60; ++i) link.pass(Duration::seconds(2));
  EXPECT_EQ(link.session.phase(), MqttPhase::up);
}

TEST(MqttSession, RefusedPublicationsEndWithTheReason) {
  Link link({}, {.puback = MqttReason::quota_exceeded});
  link.dial();
  link.pump();
  ASSERT_TRUE(link.session.publish({.topic = "out", .payload = "x", .qos = 1, .tag = 5}));
  link.pump();
  std::vector<MqttPublished> ends;
  link.session.take_published(ends);
  ASSERT_EQ(ends.size(), 1U);
  EXPECT_EQ(ends[0].error->text, "the broker refused the publication: quota exceeded (0x97)");
}

TEST(MqttSession, FollowsTopicAliasesThroughRedefinition) {
  Link link({.topic_alias_max = 3}, {.in_flight_max = 1000, .use_aliases = true});
  link.dial();
  link.pump();
  std::vector<std::string> sent;
  for (int i = 0; i < 200; ++i) {
    sent.push_back(std::format("plant/{}", i * i % 7));
    link.broker.publish(sent.back(), "x", static_cast<std::uint8_t>(i % 2));
  }
  link.pump();
  std::vector<std::string> topics;
  for (const Kept& one : link.got) topics.push_back(one.topic);
  EXPECT_EQ(topics, sent);
}

TEST(MqttSession, KeepsAnAssignedClientId) {
  MqttSession session({.subscriptions = {{"plant/#", 1}}});
  sim::SimClock clock{Time{}};
  sim::MqttBroker broker(clock);
  for (int connection = 0; connection < 2; ++connection) {
    auto pair = sim::make_stream_pair();
    broker.attach(std::move(pair.server));
    session.start(clock.steady());
    for (int i = 0; i < 5; ++i) {
      const auto n = pair.client->write(session.output());
      ASSERT_TRUE(n);
      session.consume_output(*n, clock.steady());
      broker.poll();
      Bytes input(4096);
      const auto got = pair.client->read(input);
      ASSERT_TRUE(got);
      std::vector<MqttMessage> out;
      ASSERT_TRUE(session.feed(ByteView(input).first(*got), clock.steady(), out));
    }
    EXPECT_EQ(session.phase(), MqttPhase::up);
    session.stop();
  }
  EXPECT_EQ(session.report().resumed, 1U);
  EXPECT_NE(broker.session("assigned-1"), nullptr);
  EXPECT_EQ(broker.session("assigned-2"), nullptr);
}

TEST(MqttSession, TellsWhatTheBrokerSaidWhenItLeft) {
  Link link;
  link.dial();
  link.pump();
  link.broker.disconnect(MqttReason::session_taken_over);
  link.pump();
  ASSERT_TRUE(link.error);
  EXPECT_EQ(link.error->code, Code::conflict);
  EXPECT_EQ(link.error->text, "the broker ended the connection: session taken over (0x8e)");
}

TEST(MqttSession, BoundsWhatWaits) {
  Link link({.publications_max = 3});
  for (std::uint64_t i = 0; i < 3; ++i) {
    ASSERT_TRUE(link.session.publish({.topic = "out", .payload = "x", .tag = i}));
  }
  EXPECT_EQ(link.session.publish({.topic = "out", .payload = "x"}).error().code, Code::exhausted);
  EXPECT_EQ(link.session.take_unfinished().size(), 3U);
  EXPECT_TRUE(link.session.publish({.topic = "out", .payload = "x"}));
}

// QoS 2 is not asked for; a broker that sends it all the same is answered as section 4.3.3 says.
TEST(MqttSession, AnswersQos2) {
  Link link;
  link.dial();
  link.pump();
  const std::byte publish[] = {std::byte{0x34}, std::byte{7},   std::byte{0},
                               std::byte{1},    std::byte{'t'}, std::byte{0},
                               std::byte{42},   std::byte{0},   std::byte{'p'}};
  std::vector<MqttMessage> out;
  ASSERT_TRUE(link.session.feed(publish, link.clock.steady(), out));
  ASSERT_EQ(out.size(), 1U);
  EXPECT_TRUE(link.session.output().empty());
  link.session.acknowledge(out[0].token);
  const std::byte rec[] = {std::byte{0x50}, std::byte{2}, std::byte{0}, std::byte{42}};
  EXPECT_TRUE(std::ranges::equal(link.session.output(), rec));
  link.session.consume_output(4, link.clock.steady());
  const std::byte rel[] = {std::byte{0x62}, std::byte{2}, std::byte{0}, std::byte{42}};
  ASSERT_TRUE(link.session.feed(rel, link.clock.steady(), out));
  const std::byte comp[] = {std::byte{0x70}, std::byte{2}, std::byte{0}, std::byte{42}};
  EXPECT_TRUE(std::ranges::equal(link.session.output(), comp));
}

}  // namespace
}  // namespace lineside::net
