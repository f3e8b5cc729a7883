// Our MQTT connector against mosquitto.
#include <algorithm>
#include <format>
#include <memory>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "base/log.h"
#include "connect/connector.h"
#include "net/socket.h"
#include "tests/interop/mosquitto.h"

namespace lineside::interop {
namespace {

using connect::Connector;
using domain::MqttVersion;

constexpr Duration kPatience = Duration::seconds(20);

// Steps of a connector until something holds, and what came meanwhile.
class Client {
 public:
  explicit Client(const domain::ConnectionSpec& spec, const std::string& folder = "") {
    auto made =
        connect::make_connector(spec, {.edge = "test",
                                       .name = "mqtt",
                                       .folder = folder,
                                       .dialer = dialer_,
                                       .clock = world::system_clock(),
                                       .random = world::system_random(),
                                       .files = world::system_files(),
                                       .resolver = [this](const auto&) { return next_stream_++; }});
    EXPECT_TRUE(made) << made.error().text;
    connector = std::move(*made);
  }

  template <class Condition>
  bool until(Condition&& holds) {
    const Time began = world::system_clock().steady();
    while (!holds()) {
      if (world::system_clock().steady() - began > kPatience) return false;
      if (!connector->step(Duration::millis(5), arrival_)) continue;
      for (std::size_t i = 0; i < arrival_.readings.size(); ++i) {
        sequences.push_back(arrival_.readings.sequence[i]);
      }
      last_ack = std::max(last_ack, arrival_.ack);
      for (const auto& end : arrival_.published) {
        ++published;
        if (end.error) publish_errors.push_back(end.error->text);
      }
      rejected += arrival_.rejects.total();
    }
    return true;
  }
  bool until_up() {
    return until([&] { return connector->status().state == connect::LinkState::up; });
  }
  bool until_problem(std::string_view text) {
    return until([&] { return connector->status().problem.contains(text); });
  }
  void send(int first, int last, int qos = 1) {
    for (int n = first; n <= last; ++n) {
      ASSERT_TRUE(connector->publish({.topic = "plant/m1",
                                      .payload = std::format(R"({{"v":1.5,"n":{}}})", n),
                                      .qos = qos,
                                      .tag = static_cast<std::uint64_t>(n)}));
    }
  }

  std::unique_ptr<Connector> connector;
  std::vector<std::uint64_t> sequences;
  std::vector<std::string> publish_errors;
  std::uint64_t last_ack = 0;
  std::uint64_t published = 0;
  std::uint64_t rejected = 0;

 private:
  net::SystemDialer dialer_;
  connect::Arrival arrival_;
  domain::StreamIndex next_stream_ = 0;
};

domain::ConnectionSpec spec_of(const Mosquitto& broker, MqttVersion version, std::string id) {
  domain::ConnectionSpec spec;
  spec.address = broker.address();
  spec.version = version;
  spec.client_id = std::move(id);
  return spec;
}

domain::ConnectionSpec reader_of(const Mosquitto& broker, MqttVersion version) {
  auto spec = spec_of(broker, version, "reader");
  domain::MappingSpec mapping{.topic = "plant/{asset}", .sequence = "$.n"};
  mapping.streams = {{.stream = "v", .path = "$.v"}};
  spec.mappings = {mapping};
  return spec;
}

std::vector<std::uint64_t> counted(std::uint64_t first, std::uint64_t last) {
  std::vector<std::uint64_t> all;
  for (std::uint64_t n = first; n <= last; ++n) all.push_back(n);
  return all;
}

class MqttInterop : public testing::TestWithParam<MqttVersion> {
 protected:
  void SetUp() override {
    log::set_level(log::Level::error);
    if (!find_program("mosquitto")) GTEST_SKIP() << "mosquitto is not installed";
  }
  Folder folder_;
};
INSTANTIATE_TEST_SUITE_P(Mosquitto, MqttInterop,
                         testing::Values(MqttVersion::v5, MqttVersion::v3_1_1),
                         [](const auto& version) {
                           return version.param == MqttVersion::v5 ? "v5" : "v3_1_1";
                         });

TEST_P(MqttInterop, PassesMessagesOfBothQualities) {
  const Mosquitto broker(folder_, "allow_anonymous true\n");
  Client reader(reader_of(broker, GetParam()));
  Client writer(spec_of(broker, GetParam(), "writer"));
  ASSERT_TRUE(reader.until_up()) << reader.connector->status().problem;
  ASSERT_TRUE(writer.until_up()) << writer.connector->status().problem;
  writer.send(1, 200, 1);
  writer.send(201, 300, 0);
  ASSERT_TRUE(writer.until([&] { return writer.published == 300; }));
  EXPECT_TRUE(writer.publish_errors.empty());
  ASSERT_TRUE(reader.until([&] {
    reader.connector->acknowledge(reader.last_ack);
    return reader.sequences.size() == 300;
  }));
  // QoS 0 may overtake what waits for acknowledgements of QoS 1; each keeps its own order.
  std::vector<std::uint64_t> sorted = reader.sequences;
  std::ranges::sort(sorted);
  EXPECT_EQ(sorted, counted(1, 300));
}

TEST_P(MqttInterop, UnacknowledgedMessagesSurviveOurDeathAndTheBrokers) {
  Mosquitto broker(folder_, "allow_anonymous true\npersistence true\npersistence_location " +
                                folder_.path("") + "\nmax_inflight_messages 100\n");
  {
    Client reader(reader_of(broker, GetParam()));
    Client writer(spec_of(broker, GetParam(), "writer"));
    ASSERT_TRUE(reader.until_up());
    writer.send(1, 50);
    ASSERT_TRUE(writer.until([&] { return writer.published == 50; }));
    ASSERT_TRUE(reader.until([&] { return reader.sequences.size() == 50; }));
    EXPECT_EQ(reader.sequences, counted(1, 50));
  }
  broker.stop();
  broker.start();
  Client reader(reader_of(broker, GetParam()));
  ASSERT_TRUE(reader.until([&] { return reader.sequences.size() == 50; }));
  EXPECT_EQ(reader.sequences, counted(1, 50)) << "sent again, in order";
  EXPECT_EQ(reader.connector->status().duplicates, 50U);
  reader.connector->acknowledge(reader.last_ack);
  // The broker answers in order: with this answer it has seen the acknowledgements before it.
  ASSERT_TRUE(reader.connector->publish({.topic = "elsewhere", .payload = "x", .qos = 1}));
  ASSERT_TRUE(reader.until([&] { return reader.published == 1; }));

  // What was acknowledged does not come again.
  broker.stop();
  broker.start();
  ASSERT_TRUE(reader.until([&] { return reader.connector->status().connects == 2; }))
      << reader.connector->status().problem;
  Client writer(spec_of(broker, GetParam(), "writer"));
  writer.send(51, 51);
  ASSERT_TRUE(writer.until([&] { return writer.published == 1; }));
  ASSERT_TRUE(reader.until([&] { return reader.sequences.size() > 50; }));
  EXPECT_EQ(reader.sequences.back(), 51U);
}

// A broker that resumes a session sends again all that was under way, whatever is the maximum now.
TEST_P(MqttInterop, ALowerReceiveMaximumTakesUpASessionWithMoreUnderWay) {
  const Mosquitto broker(folder_, "allow_anonymous true\nmax_inflight_messages 0\n");
  auto spec = reader_of(broker, GetParam());
  Client writer(spec_of(broker, GetParam(), "writer"));
  {
    Client reader(spec);
    ASSERT_TRUE(reader.until_up());
    writer.send(1, 300);
    ASSERT_TRUE(writer.until([&] { return writer.published == 300; }));
    ASSERT_TRUE(reader.until([&] { return reader.sequences.size() == 300; }));
  }
  spec.receive_max = 10;
  Client reader(spec);
  ASSERT_TRUE(reader.until([&] {
    reader.connector->acknowledge(reader.last_ack);
    return reader.sequences.size() == 300;
  })) << reader.connector->status().problem;
  EXPECT_EQ(reader.sequences, counted(1, 300));
  EXPECT_LE(reader.connector->status().connects, 1U) << "it was dropped and came back";
}

TEST_P(MqttInterop, WhoPartsForGoodIsSentNothingLater) {
  const Mosquitto broker(folder_, "allow_anonymous true\n");
  Client reader(reader_of(broker, GetParam()));
  Client writer(spec_of(broker, GetParam(), "writer"));
  ASSERT_TRUE(reader.until_up());
  writer.send(1, 10);
  ASSERT_TRUE(writer.until([&] { return writer.published == 10; }));
  ASSERT_TRUE(reader.until([&] { return reader.sequences.size() == 10; }));
  reader.connector->leave({});
  EXPECT_EQ(reader.connector->status().state, connect::LinkState::up) << "10 are not safe yet";
  reader.connector->acknowledge(reader.last_ack);
  for (int i = 0; i < 1000 && reader.connector->status().state == connect::LinkState::up; ++i)
    reader.connector->leave(Duration::millis(2));
  EXPECT_EQ(reader.connector->status().state, connect::LinkState::down);
  writer.send(11, 20);
  ASSERT_TRUE(writer.until([&] { return writer.published == 20; }));
  ASSERT_TRUE(reader.until_up());
  writer.send(21, 21);
  ASSERT_TRUE(writer.until([&] { return writer.published == 21; }));
  ASSERT_TRUE(reader.until([&] { return reader.sequences.size() > 10; }));
  EXPECT_EQ(reader.sequences.back(), 21U);
}

TEST_P(MqttInterop, OversizedPayloadsAreRejectedOnAConnectionThatStays) {
  const Mosquitto broker(folder_, "allow_anonymous true\n");
  Client reader(reader_of(broker, GetParam()));
  Client writer(spec_of(broker, GetParam(), "writer"));
  ASSERT_TRUE(reader.until_up());
  writer.send(1, 1);
  ASSERT_TRUE(writer.connector->publish(
      {.topic = "plant/m1", .payload = std::string(1'000'000, 'x'), .tag = 2}));
  writer.send(3, 3);
  ASSERT_TRUE(writer.until([&] { return writer.published == 3; }));
  ASSERT_TRUE(reader.until([&] { return reader.sequences.size() == 2; }));
  EXPECT_EQ(reader.rejected, 1U);
  EXPECT_EQ(reader.connector->status().connects, 1U);
}

TEST_P(MqttInterop, ChangesSubscriptionsWhileUp) {
  const Mosquitto broker(folder_, "allow_anonymous true\n");
  auto spec = reader_of(broker, GetParam());
  Client reader(spec);
  Client writer(spec_of(broker, GetParam(), "writer"));
  ASSERT_TRUE(reader.until_up());
  spec.mappings[0].topic = "hall/{asset}";
  ASSERT_TRUE(reader.connector->reconfigure(spec));
  int n = 0;
  ASSERT_TRUE(writer.until_up());
  ASSERT_TRUE(reader.until([&] {
    (void)writer.connector->publish(
        {.topic = "hall/m1", .payload = std::format(R"({{"v":1,"n":{}}})", ++n), .tag = 1});
    writer.until([&, before = writer.published] { return writer.published > before; });
    return !reader.sequences.empty();
  }));
  EXPECT_EQ(reader.connector->status().connects, 1U);
}

TEST_P(MqttInterop, UserAndPassword) {
  if (!find_program("mosquitto_passwd")) GTEST_SKIP() << "mosquitto_passwd is not installed";
  folder_.write("users", "");
  ASSERT_EQ(
      run_command({"mosquitto_passwd", "-b", folder_.path("users"), "edge", "s3cret"}, folder_), 0);
  folder_.write("good", "s3cret\n");
  folder_.write("bad", "guess\n");
  const Mosquitto broker(folder_,
                         "allow_anonymous false\npassword_file " + folder_.path("users") + "\n");
  auto spec = reader_of(broker, GetParam());
  spec.user = "edge";
  spec.password_file = folder_.path("bad");
  Client refused(spec);
  EXPECT_TRUE(refused.until_problem("the broker refused the connection"))
      << refused.connector->status().problem;
  EXPECT_TRUE(refused.connector->status().problem.contains("not authorized"))
      << refused.connector->status().problem;
  spec.password_file = "good";
  Client reader(spec, folder_.path(""));
  EXPECT_TRUE(reader.until_up()) << reader.connector->status().problem;
}

class MqttTls : public MqttInterop {
 protected:
  void SetUp() override {
    MqttInterop::SetUp();
    if (IsSkipped()) return;
    if (!make_certificates(folder_)) GTEST_SKIP() << "openssl is not installed";
  }
  std::string server_lines() const {
    return "allow_anonymous true\ncafile " + folder_.path("ca.pem") + "\ncertfile " +
           folder_.path("server.pem") + "\nkeyfile " + folder_.path("server.key") + "\n";
  }
  domain::ConnectionSpec spec(const Mosquitto& broker, const std::string& ca) const {
    auto all = reader_of(broker, GetParam());
    all.tls = domain::TlsSpec{.ca_file = folder_.path(ca)};
    return all;
  }
  void expect_problem(const domain::ConnectionSpec& refused, std::string_view text) {
    Client client(refused);
    EXPECT_TRUE(client.until_problem(text)) << client.connector->status().problem;
    EXPECT_EQ(client.connector->status().connects, 0U);
  }
};
INSTANTIATE_TEST_SUITE_P(Mosquitto, MqttTls, testing::Values(MqttVersion::v5, MqttVersion::v3_1_1),
                         [](const auto& version) {
                           return version.param == MqttVersion::v5 ? "v5" : "v3_1_1";
                         });

TEST_P(MqttTls, VerifiesTheBroker) {
  const Mosquitto broker(folder_, server_lines());
  Client reader(spec(broker, "ca.pem"));
  auto writer_spec = spec(broker, "ca.pem");
  writer_spec.client_id = "writer";
  writer_spec.mappings.clear();
  writer_spec.address = broker.address("localhost");  // by name, with SNI
  Client writer(writer_spec);
  ASSERT_TRUE(reader.until_up()) << reader.connector->status().problem;
  writer.send(1, 500);
  ASSERT_TRUE(writer.until([&] { return writer.published == 500; }))
      << writer.connector->status().problem;
  ASSERT_TRUE(reader.until([&] {
    reader.connector->acknowledge(reader.last_ack);
    return reader.sequences.size() == 500;
  }));
  EXPECT_EQ(reader.sequences, counted(1, 500));

  expect_problem(spec(broker, "other-ca.pem"), "the peer's certificate does not verify");
  auto renamed = spec(broker, "ca.pem");
  renamed.tls->server_name = "broker.example";
  expect_problem(renamed, "hostname mismatch");
  renamed.tls->server_name = "127.0.0.2";
  expect_problem(renamed, "IP address mismatch");
  expect_problem(spec(broker, "absent.pem"), "certificate authority");
  auto plain = reader_of(broker, GetParam());
  expect_problem(plain, "connection");  // closed or reset: the broker hears no TLS
}

TEST_P(MqttTls, PresentsAClientCertificate) {
  const Mosquitto broker(folder_, server_lines() + "require_certificate true\n");
  auto with = spec(broker, "ca.pem");
  with.tls->cert_file = folder_.path("client.pem");
  with.tls->key_file = folder_.path("client.key");
  Client reader(with);
  EXPECT_TRUE(reader.until_up()) << reader.connector->status().problem;

  Client without(spec(broker, "ca.pem"));
  EXPECT_TRUE(without.until([&] { return !without.connector->status().problem.empty(); }));
  EXPECT_EQ(without.connector->status().connects, 0U);
  auto stranger = with;
  stranger.client_id = "stranger";
  stranger.tls->cert_file = folder_.path("stranger.pem");
  stranger.tls->key_file = folder_.path("stranger.key");
  Client unknown(stranger);
  EXPECT_TRUE(unknown.until([&] { return !unknown.connector->status().problem.empty(); }));
  EXPECT_EQ(unknown.connector->status().connects, 0U);
  auto mixed = with;
  mixed.tls->key_file = folder_.path("stranger.key");
  expect_problem(mixed, "private key");
}

TEST(MqttDial, SaysWhyABrokerCannotBeReached) {
  log::set_level(log::Level::error);
  net::SystemDialer dialer;
  const auto refused = dialer.dial({"127.0.0.1", 1}, std::nullopt, Duration::seconds(2));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Code::unavailable);
  EXPECT_EQ(refused.error().text, "cannot connect to 127.0.0.1:1: Connection refused");
  const auto unknown = dialer.dial({"no-such-host.invalid", 1883}, std::nullopt, {});
  ASSERT_FALSE(unknown);
  EXPECT_EQ(unknown.error().code, Code::unavailable);
}

}  // namespace
}  // namespace lineside::interop
