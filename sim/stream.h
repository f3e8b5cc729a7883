// Byte streams in memory: a network that cuts messages into pieces, swallows them or breaks,
// repeatably from one seed.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <utility>

#include "sim/clock.h"
#include "world/stream.h"

namespace lineside::sim {

// One direction of a connection.
struct LinkOptions {
  std::uint64_t seed = 1;
  std::size_t piece_max = 0;      // a read or write moves 1..piece_max bytes; 0: all there is
  std::size_t buffer = 64 << 10;  // bytes under way before write() takes no more
  std::optional<std::uint64_t> drop_from;  // bytes from this offset on are taken and lost
  std::optional<std::uint64_t> close_at;   // the connection breaks once this many were written
};

struct StreamPair {
  std::unique_ptr<world::Stream> client;
  std::unique_ptr<world::Stream> server;
};

// Connected ends; each may be used by a thread of its own and outlives the other. Destroying one
// is an orderly close: the peer still reads what was written. With `clock`, wait() does not block:
// when nothing is ready it advances the clock by its limit, for a simulation on one thread.
StreamPair make_stream_pair(const LinkOptions& to_server = {}, const LinkOptions& to_client = {},
                            SimClock* clock = nullptr);

class Backlog;  // stream.cc

// Takes the connections dialled to one endpoint. Owned and used by one thread. Ends listening
// when destroyed; connections not yet accepted are then closed.
class SimListener {
 public:
  explicit SimListener(std::shared_ptr<Backlog> backlog) : backlog_(std::move(backlog)) {}
  SimListener(SimListener&&) = default;
  SimListener& operator=(SimListener&&) = delete;
  ~SimListener();

  // The oldest waiting connection; null when there is none within `limit` of real time.
  std::unique_ptr<world::Stream> accept(Duration limit = {});

 private:
  std::shared_ptr<Backlog> backlog_;
};

enum class Reach : unsigned char {
  open,     // dials succeed where somebody listens
  refused,  // dials fail at once: unavailable
  silent,   // dials fail after their limit: timeout
};

// A network of its own: endpoints that listen, and a dialler to them. TLS is accepted and not
// spoken: what is tested here is everything above it. Thread-safe.
class SimDialer final : public world::Dialer {
 public:
  // `clock`: as for make_stream_pair; a silent dial then advances it. Must outlive the streams.
  explicit SimDialer(SimClock* clock = nullptr) : clock_(clock) {}

  SimListener listen(const world::Endpoint& at);
  Result<std::unique_ptr<world::Stream>> dial(const world::Endpoint& to,
                                              const std::optional<world::TlsOptions>& tls,
                                              Duration limit) override;

  // For the connections dialled from now on; each gets its own seed, derived from these.
  void set_links(const LinkOptions& to_server, const LinkOptions& to_client);
  // For an endpoint; anything but open also breaks its connections.
  void set_reach(const world::Endpoint& endpoint, Reach reach);
  // Breaks the connections of an endpoint: bytes under way are lost. It may be dialled again.
  void cut(const world::Endpoint& endpoint);
  std::uint64_t dials() const;  // so far, also failed ones

 private:
  struct Place;
  void break_links(Place& place);

  SimClock* clock_;
  mutable std::mutex mutex_;
  std::map<world::Endpoint, std::shared_ptr<Place>> places_;
  LinkOptions to_server_;
  LinkOptions to_client_;
  std::uint64_t dials_ = 0;
};

}  // namespace lineside::sim
