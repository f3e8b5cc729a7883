// What every protocol link is to the edge: a lane's body that yields batches of readings and is
// told when they are safe.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "codec/payload.h"
#include "domain/connection.h"
#include "domain/reading.h"
#include "world/clock.h"
#include "world/files.h"
#include "world/random.h"
#include "world/stream.h"

namespace lineside::connect {

// The end of a publication: received by the peer (QoS 1), written out (QoS 0), or refused.
struct Published {
  std::uint64_t tag = 0;
  std::optional<Error> error;
};

// Which message each reading of an Arrival came from, for samples of what is rejected later on.
class MessageTrail {
 public:
  static constexpr std::size_t kShownMax = 120;  // bytes of a topic or payload that are shown

  // The next message; its readings begin at this index of the arrival's.
  void add(std::size_t first_reading, std::string_view topic, std::string_view payload);
  struct Message {
    std::string_view topic;    // the start of it, as is the payload: one byte more than is shown
    std::string_view payload;  // where there is more
  };
  // That a reading came from. Valid until the next add() or clear().
  Message of(std::size_t reading) const;
  void clear();

 private:
  struct Entry {
    std::size_t first = 0;  // reading
    std::size_t begin = 0;  // in text_: the topic, then the payload
    std::size_t middle = 0;
  };
  std::vector<Entry> entries_;
  std::string text_;
};

// What one step took in. Reused: clear() keeps the capacity.
struct Arrival {
  domain::ReadingBatch readings;  // in order of arrival
  std::uint64_t ack = 0;          // for acknowledge(), once this and all before is safe; 0: nothing
  std::uint64_t messages = 0;     // taken from the peer, rejected ones included
  std::uint64_t bytes = 0;        // of their payloads
  codec::Rejects rejects;
  MessageTrail trail;  // of the messages with readings
  Time received;       // wall time when the step read them
  std::vector<Published> published;

  // False: there is nothing for the edge to do.
  bool any() const { return messages > 0 || !published.empty(); }
  void clear();
};

struct Publication {
  std::string topic;
  std::string payload;
  int qos = 1;  // 0 or 1
  std::uint64_t tag = 0;
};

enum class LinkState : unsigned char { down, connecting, up, waiting };
constexpr auto names(const LinkState*) {
  return std::array<std::string_view, 4>{"down", "connecting", "up", "waiting"};
}

struct ConnectorStatus {
  LinkState state = LinkState::down;
  std::string problem;           // why it is not up, or what is refused; empty: nothing
  Time since;                    // wall time of the last change of state
  std::optional<Time> next_try;  // wall time, while it waits to connect again
  std::uint64_t connects = 0;    // times it came up
  std::uint64_t messages = 0;
  std::uint64_t duplicates = 0;      // messages the peer marked as sent again
  std::uint64_t bytes = 0;           // of payloads
  std::uint64_t unacknowledged = 0;  // messages given out, not acknowledged yet
  std::size_t assets = 0;            // seen on this connection
};

// step() and keep() are called by one lane; the rest may be called from any thread.
class Connector {
 public:
  virtual ~Connector() = default;

  // One bounded piece of work: connects, reads, decodes. Waits at most `wait` for something to
  // happen (a dial may take longer), and returns after about 2 ms of work or 4096 readings. `out`
  // is cleared first. True if out.any().
  virtual bool step(Duration wait, Arrival& out) = 0;
  // The same without reading: for when there is no room for more. The link stays alive.
  virtual void keep(Duration wait) = 0;
  // Like keep(), and parts from the peer for good once all is acknowledged: it shall not go on
  // collecting for us. step() connects again.
  virtual void leave(Duration wait) = 0;

  // Everything up to and including the Arrival with this `ack` is safe: tell the peer.
  virtual void acknowledge(std::uint64_t ack) = 0;
  // Errors: exhausted (too many wait), invalid (topic). The end comes as Arrival::published.
  virtual Result<void> publish(Publication publication) = 0;
  // Takes up a changed spec at the next step; what did not change stays connected. Errors: invalid;
  // the running one then stays.
  virtual Result<void> reconfigure(const domain::ConnectionSpec& spec) = 0;
  virtual ConnectorStatus status() const = 0;
};

// What a connector needs from outside. References outlive the connector.
struct ConnectorContext {
  std::string edge;    // name of this edge
  std::string name;    // name of the connection
  std::string folder;  // relative paths in the spec start here
  world::Dialer& dialer;
  world::Clock& clock;
  world::Random& random;
  world::Files& files;             // to read password files
  codec::StreamResolver resolver;  // called in step()
};

// The connector of the spec's protocol (registry.cc). Errors: invalid (address, mappings, password
// file).
Result<std::unique_ptr<Connector>> make_connector(const domain::ConnectionSpec& spec,
                                                  ConnectorContext context);

}  // namespace lineside::connect
