#include "sim/stream.h"

#include <algorithm>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace lineside::sim {
namespace {

// All that can be read now, with the sizes of the pieces.
std::string read_all(world::Stream& stream, std::vector<std::size_t>* pieces = nullptr) {
  std::string text;
  Bytes buffer(1'000);
  for (;;) {
    const auto n = stream.read(buffer);
    if (!n || *n == 0) return text;
    text += as_text(ByteView(buffer).first(*n));
    if (pieces != nullptr) pieces->push_back(*n);
  }
}

void write_all(world::Stream& stream, std::string_view text) {
  while (!text.empty()) {
    const auto n = stream.write(as_bytes(text));
    ASSERT_TRUE(n.has_value() && *n > 0);
    text.remove_prefix(*n);
  }
}

Code read_code(world::Stream& stream) {
  Bytes buffer(1);
  const auto n = stream.read(buffer);
  EXPECT_FALSE(n.has_value());
  return n ? Code::internal : n.error().code;
}

TEST(SimStream, CarriesBytesBothWays) {
  const StreamPair pair = make_stream_pair();
  EXPECT_EQ(read_all(*pair.server), "");
  write_all(*pair.client, "request");
  write_all(*pair.server, "answer");
  EXPECT_EQ(read_all(*pair.server), "request");
  EXPECT_EQ(read_all(*pair.client), "answer");
}

TEST(SimStream, CutsIntoSeededPieces) {
  const auto pieces_of = [](std::uint64_t seed) {
    const StreamPair pair = make_stream_pair({.seed = seed, .piece_max = 3});
    std::vector<std::size_t> pieces;
    write_all(*pair.client, "the quick brown fox jumps over the lazy dog");
    EXPECT_EQ(read_all(*pair.server, &pieces), "the quick brown fox jumps over the lazy dog");
    return pieces;
  };
  const auto pieces = pieces_of(1);
  EXPECT_EQ(*std::ranges::max_element(pieces), 3U);
  EXPECT_EQ(*std::ranges::min_element(pieces), 1U);
  EXPECT_EQ(pieces, pieces_of(1));
  EXPECT_NE(pieces, pieces_of(2));
}

TEST(SimStream, ASlowReaderHoldsTheWriterBack) {
  const StreamPair pair = make_stream_pair({.buffer = 4});
  EXPECT_TRUE(pair.client->wait(true, {}));
  EXPECT_EQ(pair.client->write(as_bytes("123456")).value(), 4U);
  EXPECT_EQ(pair.client->write(as_bytes("56")).value(), 0U);
  EXPECT_FALSE(pair.client->wait(true, {}));
  EXPECT_EQ(read_all(*pair.server), "1234");
  EXPECT_TRUE(pair.client->wait(true, {}));
  EXPECT_EQ(pair.client->write(as_bytes("56")).value(), 2U);
}

TEST(SimStream, AnOrderlyCloseLetsThePeerReadTheRest) {
  StreamPair pair = make_stream_pair();
  write_all(*pair.client, "last words");
  pair.client.reset();
  EXPECT_TRUE(pair.server->wait(false, {}));
  EXPECT_EQ(read_all(*pair.server), "last words");
  EXPECT_EQ(read_code(*pair.server), Code::unavailable);
  EXPECT_TRUE(pair.server->wait(false, {})) << "worth trying: it will tell";
  EXPECT_EQ(pair.server->write(as_bytes("x")).error().code, Code::unavailable);
}

TEST(SimStream, BreaksAtTheGivenByte) {
  const StreamPair pair = make_stream_pair({.close_at = 5});
  EXPECT_EQ(pair.client->write(as_bytes("123")).value(), 3U);
  EXPECT_EQ(pair.client->write(as_bytes("4567")).value(), 2U);
  EXPECT_EQ(pair.client->write(as_bytes("67")).error().code, Code::unavailable);
  EXPECT_EQ(read_all(*pair.server), "12345");
  EXPECT_EQ(read_code(*pair.server), Code::unavailable);
  EXPECT_EQ(read_code(*pair.client), Code::unavailable);
}

TEST(SimStream, SwallowsFromTheGivenByte) {
  const StreamPair pair = make_stream_pair({.drop_from = 5});
  write_all(*pair.client, "123");
  write_all(*pair.client, "4567");
  write_all(*pair.client, "89");
  EXPECT_EQ(read_all(*pair.server), "12345");
  write_all(*pair.server, "the way back is whole");
  EXPECT_EQ(read_all(*pair.client), "the way back is whole");
}

TEST(SimStream, OnASimulatedClockWaitingAdvancesIt) {
  SimClock clock({});
  const StreamPair pair = make_stream_pair({}, {}, &clock);
  EXPECT_FALSE(pair.server->wait(false, Duration::seconds(60)));
  EXPECT_EQ(clock.steady(), Time{} + Duration::seconds(60));
  write_all(*pair.client, "x");
  EXPECT_TRUE(pair.server->wait(false, Duration::seconds(60)));
  EXPECT_EQ(read_all(*pair.server), "x");
  pair.server->wake();
  EXPECT_FALSE(pair.server->wait(false, Duration::seconds(60)));
  EXPECT_EQ(clock.steady(), Time{} + Duration::seconds(60)) << "woken, or ready: no time passes";
  EXPECT_FALSE(pair.server->wait(false, Duration::seconds(1)));
  EXPECT_EQ(clock.steady(), Time{} + Duration::seconds(61)) << "a wake counts once";
}

const world::Endpoint kBroker{"broker", 1883};

TEST(SimDialer, ConnectsWhereSomebodyListens) {
  SimDialer network;
  EXPECT_EQ(network.dial(kBroker, std::nullopt, {}).error(),
            fail(Code::unavailable, "cannot connect to broker:1883: connection refused"));
  SimListener listener = network.listen(kBroker);
  EXPECT_EQ(listener.accept(), nullptr);
  const auto client = network.dial(kBroker, std::nullopt, {}).value();
  const auto server = listener.accept();
  ASSERT_NE(server, nullptr);
  write_all(*client, "hello");
  EXPECT_EQ(read_all(*server), "hello");
  EXPECT_EQ(network.dials(), 2U);
}

TEST(SimDialer, AListenerThatEndsClosesWhatItDidNotAccept) {
  SimDialer network;
  std::unique_ptr<world::Stream> client;
  {
    const SimListener listener = network.listen(kBroker);
    client = network.dial(kBroker, std::nullopt, {}).value();
  }
  EXPECT_EQ(read_code(*client), Code::unavailable);
  EXPECT_FALSE(network.dial(kBroker, std::nullopt, {}));
  const SimListener again = network.listen(kBroker);
  EXPECT_TRUE(network.dial(kBroker, std::nullopt, {}));
}

TEST(SimDialer, AnEndpointMayRefuseOrStaySilent) {
  SimClock clock({});
  SimDialer network(&clock);
  SimListener listener = network.listen(kBroker);
  const auto before = network.dial(kBroker, std::nullopt, {}).value();
  network.set_reach(kBroker, Reach::refused);
  EXPECT_EQ(read_code(*before), Code::unavailable) << "open connections break";
  EXPECT_EQ(network.dial(kBroker, std::nullopt, Duration::seconds(9)).error().code,
            Code::unavailable);
  EXPECT_EQ(clock.steady(), Time{});
  network.set_reach(kBroker, Reach::silent);
  EXPECT_EQ(network.dial(kBroker, std::nullopt, Duration::seconds(9)).error().code, Code::timeout);
  EXPECT_EQ(clock.steady(), Time{} + Duration::seconds(9));
  network.set_reach(kBroker, Reach::open);
  EXPECT_TRUE(network.dial(kBroker, std::nullopt, {}));
}

TEST(SimDialer, ACutLosesWhatIsUnderWay) {
  SimDialer network;
  SimListener listener = network.listen(kBroker);
  const auto client = network.dial(kBroker, std::nullopt, {}).value();
  const auto server = listener.accept();
  write_all(*client, "under way");
  network.cut(kBroker);
  EXPECT_EQ(read_code(*server), Code::unavailable);
  EXPECT_EQ(client->write(as_bytes("x")).error().code, Code::unavailable);
  EXPECT_TRUE(network.dial(kBroker, std::nullopt, {}));
}

TEST(SimDialer, EachConnectionHasItsOwnSeed) {
  const auto pieces = [] {
    SimDialer network;
    network.set_links({.piece_max = 4}, {});
    SimListener listener = network.listen(kBroker);
    std::vector<std::vector<std::size_t>> all;
    for (int i = 0; i < 2; ++i) {
      const auto client = network.dial(kBroker, std::nullopt, {}).value();
      const auto server = listener.accept();
      write_all(*client, std::string(100, 'x'));
      EXPECT_EQ(read_all(*server, &all.emplace_back()).size(), 100U);
    }
    return all;
  };
  const auto first = pieces();
  EXPECT_NE(first[0], first[1]);
  EXPECT_EQ(first, pieces());
}

}  // namespace
}  // namespace lineside::sim
