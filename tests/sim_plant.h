// A whole edge in the simulator: one thread, a clock that moves when told, a broker in memory, real
// files in a folder of its own.
#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include "edge/edge.h"
#include "sim/clock.h"
#include "sim/mqtt_broker.h"
#include "sim/random.h"
#include "sim/stream.h"

namespace lineside::testing {

class SimPlant {
 public:
  explicit SimPlant(std::filesystem::path folder);
  ~SimPlant();

  void write_manifest(const std::string& name, const std::string& text);
  // Empty, or why it did not start.
  std::string start();
  void crash() { edge_.reset(); }  // the process is gone; what was synced stays
  void feed(const std::string& topic, const std::string& payload, std::uint8_t qos);
  void advance(Duration duration);
  void jump_wall(Duration duration);
  void link(const std::string& state);  // cut, down, up
  // What changed, or every problem; a line each.
  std::string reload();
  // The answer to a question of the case files.
  std::string ask(const std::string& what, const std::string& name);

  edge::Edge& edge() { return *edge_; }
  sim::MqttBroker& broker() { return broker_; }

 private:
  void settle();
  std::string shorten(std::string text) const;
  std::string config() const;
  std::string series(const store::History& history, const std::string& id) const;
  std::string counts() const;
  std::string alerts(const std::string& asset) const;

  std::filesystem::path folder_;
  sim::SimClock clock_;
  sim::SimRandom random_{1};
  sim::SimDialer dialer_{&clock_};
  sim::SimListener listener_;
  sim::MqttBroker broker_{clock_};
  std::unique_ptr<edge::Edge> edge_;
};

}  // namespace lineside::testing
