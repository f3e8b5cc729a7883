#include "sim/stream.h"

#include <string>
#include <thread>

#include <gtest/gtest.h>

namespace lineside::sim {
namespace {

constexpr Duration kLong = Duration::seconds(60);
constexpr std::size_t kBytes = 20'000;

char letter(std::size_t at) { return static_cast<char>('a' + at % 23); }

void send(world::Stream& stream) {
  for (std::size_t sent = 0; sent < kBytes;) {
    const char c = letter(sent);
    const auto n = stream.write(as_bytes(std::string_view(&c, 1)));
    ASSERT_TRUE(n.has_value());
    sent += *n;
    if (*n == 0) stream.wait(true, kLong);
  }
}

void receive(world::Stream& stream) {
  Bytes buffer(64);
  for (std::size_t got = 0; got < kBytes;) {
    ASSERT_TRUE(stream.wait(false, kLong));
    const std::size_t n = stream.read(buffer).value();
    for (const char c : as_text(ByteView(buffer).first(n))) ASSERT_EQ(c, letter(got++));
  }
}

TEST(SimStreamLane, EndsMayLiveInTwoThreads) {
  SimDialer network;
  network.set_links({.piece_max = 5, .buffer = 16}, {.piece_max = 7, .buffer = 9});
  const world::Endpoint broker{"broker", 1883};
  SimListener listener = network.listen(broker);
  std::thread server([&] {
    const auto stream = listener.accept(kLong);
    ASSERT_NE(stream, nullptr);
    receive(*stream);
    send(*stream);
  });
  const auto client = network.dial(broker, std::nullopt, kLong).value();
  send(*client);
  receive(*client);
  server.join();
}

TEST(SimStreamLane, WakeEndsAWait) {
  const StreamPair pair = make_stream_pair();
  std::thread waiter([&] { EXPECT_FALSE(pair.client->wait(false, kLong * 60)); });
  pair.client->wake();
  waiter.join();
}

TEST(SimStreamLane, ClosingEndsThePeersWait) {
  StreamPair pair = make_stream_pair();
  std::thread waiter([&] { EXPECT_TRUE(pair.client->wait(false, kLong * 60)); });
  pair.server.reset();
  waiter.join();
}

}  // namespace
}  // namespace lineside::sim
