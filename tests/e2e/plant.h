// The machines of a test: what they measure, the manifests that an edge has of them, and a client
// that publishes for them and hears what the edge says.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <tuple>
#include <vector>

#include "connect/connector.h"
#include "net/socket.h"
#include "tests/interop/mosquitto.h"

namespace lineside::e2e {

inline constexpr int kPresses = 4;

// Message `i` of a plant: press i % kPresses, its temperature and load, once per 100 ms. The
// temperature swings about the threshold of alerts. The same for the same seed.
struct Sample {
  std::string asset;
  Time time;
  std::uint64_t sequence = 0;
  double temp = 0;
  double load = 0;
  std::string topic() const { return "plant/" + asset + "/t"; }
  std::string payload() const;
};
Sample sample(std::uint64_t seed, std::size_t i);

// What is persisted; everything at once, as fast as the receiver acknowledges.
std::string broker_lines(const interop::Folder& folder);
// Connection `plant` with the samples' mapping, and their contract. `more`: lines of its spec.
std::string connection_yaml(const interop::Mosquitto& broker, const std::string& more = "");
// `hot`: no model, alerts by the mean of three temperatures; its outputs are published.
std::string hot_yaml();
// `spread`: over eight frames, with the model of spread_model(), alerts by its first output.
std::string spread_yaml(const std::string& model_file = "spread.onnx");
// An ONNX model for spread_yaml(): its features plus 1, 2 and 3.
std::string spread_model();
// The same for a pipeline of other features.
std::string other_model();

// What came from an edge: asset, output or alert, source time, value.
using Heard = std::set<std::tuple<std::string, std::string, std::int64_t, double>>;

// Of one thread.
class Plant {
 public:
  Plant(const interop::Mosquitto& broker, std::uint64_t seed);

  bool until_up();
  // Sends and hears for about `wait`; sends samples as long as fewer than `wanted` are sent.
  void step(Duration wait);
  void want(std::size_t samples) { wanted_ = samples; }
  // Steps until the condition holds or a minute has passed.
  template <class Condition>
  bool until(Condition&& holds, Duration limit = Duration::seconds(60)) {
    const Time end = world::system_clock().steady() + limit;
    while (!holds()) {
      if (world::system_clock().steady() > end) return false;
      step(Duration::millis(2));
    }
    return true;
  }
  void run_for(Duration time);
  // So many more samples, until the broker has taken them over.
  bool send(std::size_t samples);
  // Another message beside the samples.
  void publish(const std::string& topic, const std::string& payload, int qos = 1);

  std::uint64_t seed() const { return seed_; }
  std::size_t sent() const { return sent_; }
  // Samples and other messages that the broker has taken over.
  std::size_t acknowledged() const { return acknowledged_; }
  bool all_acknowledged() const { return acknowledged_ == sent_ + others_; }
  const Heard& heard() const { return heard_; }
  const std::vector<std::string>& refused() const { return refused_; }

 private:
  const std::uint64_t seed_;
  net::SystemDialer dialer_;
  std::vector<domain::StreamName> names_;  // by the numbers given to the connector
  std::unique_ptr<connect::Connector> connector_;
  connect::Arrival arrival_;
  std::size_t wanted_ = 0;
  std::size_t sent_ = 0;
  std::size_t others_ = 0;
  std::size_t acknowledged_ = 0;
  Heard heard_;
  std::vector<std::string> refused_;
};

// LINESIDE_SEED, or a new one; prints it.
std::uint64_t test_seed();

}  // namespace lineside::e2e
