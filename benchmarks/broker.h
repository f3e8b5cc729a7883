// A mosquitto of our own, on loopback.
#pragma once

#include <cstdint>
#include <string>

#include "base/result.h"
#include "world/process.h"

namespace lineside::benchmarks {

class Broker {
 public:
  // Persistence off, queues without limit. Ready when it returns. `folder` is for its configuration
  // and log.
  static Result<Broker> start(const std::string& folder);
  std::uint16_t port() const { return port_; }
  int pid() const { return process_.pid(); }

 private:
  Broker(world::Process process, std::uint16_t port) : process_(std::move(process)), port_(port) {}
  world::Process process_;
  std::uint16_t port_;
};

}  // namespace lineside::benchmarks
