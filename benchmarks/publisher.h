// The load: MQTT 3.1.1 written by hand, 64 PUBLISH per write, as cheap as it can be made so that
// the publisher is not what is measured.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "base/time.h"
#include "benchmarks/messages.h"

namespace lineside::benchmarks {

struct Load {
  int qos = 0;
  std::uint64_t messages = 0;
  std::uint64_t in_flight = 2000;  // published, not yet received by the subscriber
};

class Publisher {
 public:
  // Publishes as `assets` machines below `prefix` (messages.h) to the broker on loopback.
  static Result<Publisher> connect(std::uint16_t port, std::string_view prefix,
                                   std::size_t assets = kAssets);
  Publisher(Publisher&& other) noexcept;
  Publisher& operator=(Publisher&&) = delete;
  ~Publisher();

  // Sends all of `load`, as the subscriber's count of received messages allows. With QoS 1 returns
  // when the broker has acknowledged all. Errors: timeout, when nothing moves for
  // ten seconds; unavailable.
  Result<void> send(const Load& load, const std::atomic<std::uint64_t>& received);

 private:
  Publisher(int socket, std::size_t assets) : socket_(socket), maker_(assets) {}
  void append_publish(int qos);
  std::uint64_t room(const Load& load, std::uint64_t sent, std::uint64_t received) const;
  Result<void> write_all();
  Result<void> read_acknowledgements(Duration wait);

  int socket_ = -1;
  std::vector<std::string> topics_;  // by machine, behind their two bytes of length
  MessageMaker maker_;
  std::string out_;
  std::uint16_t packet_id_ = 0;
  std::uint64_t published_ = 0;  // with QoS 1
  std::uint64_t acknowledged_ = 0;
  std::size_t stray_ = 0;  // bytes of an acknowledgement that has begun
};

}  // namespace lineside::benchmarks
