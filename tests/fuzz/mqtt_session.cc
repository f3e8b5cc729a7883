// A broker that sends anything, in pieces of any size, while the owner acknowledges, publishes,
// re-subscribes and lets time pass: the session goes on or ends with an error, keeps within its
// buffers, and hands out tokens that only rise.
#include "net/mqtt_session.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "base/check.h"

namespace {

using namespace lineside;       // NOLINT: a program of one file
using namespace lineside::net;  // NOLINT

class Owner {
 public:
  Owner(const std::uint8_t* data, std::size_t size) : data_(data), left_(size) {
    session_.start(now_);
  }

  void run() {
    while (left_ > 0) act(next());
  }

 private:
  static MqttSessionOptions options(std::uint8_t choice) {
    return {.version = choice % 2 == 0 ? MqttVersion::v5 : MqttVersion::v3_1_1,
            .client_id = choice % 4 < 2 ? "edge" : "",
            .receive_max = 20,
            .topic_alias_max = 4,
            .payload_max = 100,
            .batch_max = 3,
            .publications_max = 10,
            .subscriptions = {{"plant/#", 1}, {"hall/+", 0}}};
  }

  std::uint8_t next() {
    if (left_ == 0) return 0;
    --left_;
    return *data_++;
  }

  void act(std::uint8_t action) {
    switch (action % 8) {
      case 0:
        acknowledge(next());
        break;
      case 1:
        (void)session_.publish({.topic = "out", .payload = "x", .qos = 1, .tag = 1});
        break;
      case 2:
        (void)session_.publish({.topic = "out", .payload = "x", .qos = 0, .tag = 2});
        break;
      case 3:
        write(next());
        break;
      case 4:
        pass(next());
        break;
      case 5:
        session_.subscribe({{"hall/+", 1}}, now_);
        break;
      default:
        receive(next());
    }
    published_.clear();
    session_.take_published(published_);
  }

  // All but the last `n` messages.
  void acknowledge(std::uint64_t n) {
    session_.acknowledge(last_token_ - std::min(last_token_, n));
  }

  void write(std::size_t most) {
    session_.consume_output(std::min(most, session_.output().size()), now_);
  }

  void pass(std::uint8_t seconds) {
    now_ = now_ + Duration::seconds(seconds);
    if (!session_.tick(now_)) restart();
  }

  // Up to `n` bytes more, and all that can be taken of what is there.
  void receive(std::size_t n) {
    n = std::min(n, left_);
    const ByteView fresh = std::as_bytes(std::span(data_, n));
    input_.insert(input_.end(), fresh.begin(), fresh.end());
    data_ += n;
    left_ -= n;
    for (;;) {
      std::vector<MqttMessage> out;
      const auto used = session_.feed(input_, now_, out);
      CHECK(out.size() <= 3);
      for (const MqttMessage& message : out) look_at(message);
      if (!used) return restart();
      CHECK(*used <= input_.size());
      input_.erase(input_.begin(), input_.begin() + static_cast<std::ptrdiff_t>(*used));
      if (out.empty()) break;
    }
    CHECK(input_.size() <= session_.packet_max());
  }

  void look_at(const MqttMessage& message) {
    std::size_t sum = 0;
    for (const char c : message.topic) sum += static_cast<unsigned char>(c);
    for (const std::byte b : message.payload) sum += std::to_integer<std::size_t>(b);
    touched_ = touched_ + sum;
    CHECK(message.payload.size() <= message.payload_size);
    if (message.token == 0) return;
    CHECK(message.token > last_token_);
    last_token_ = message.token;
  }

  void restart() {
    session_.stop();
    input_.clear();
    session_.start(now_);
  }

  const std::uint8_t* data_;
  std::size_t left_;
  Time now_{1};
  MqttSession session_{options(next())};
  Bytes input_;
  std::vector<MqttPublished> published_;
  std::uint64_t last_token_ = 0;
  volatile std::size_t touched_ = 0;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  Owner(data, size).run();
  return 0;
}
