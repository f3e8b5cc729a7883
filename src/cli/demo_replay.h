// The recordings of the demo plant as MQTT messages, and a client that sends them and listens for
// what the edge says.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/result.h"
#include "connect/connector.h"
#include "net/socket.h"
#include "world/clock.h"
#include "world/files.h"

namespace lineside::cli {

struct Message {
  std::string asset;
  Time time;  // source time, the key of the prediction that answers it
  std::string topic;
  std::string payload;
  int readings = 1;  // that the mapping takes from it
};

// C-MAPSS test engines cycle by cycle across all engines (NASA FD001, Saxena et al. 2008), with the
// machine temperatures (NAB) dealt evenly between them. A cycle is one hour from 2008-01-01.
Result<std::vector<Message>> load_replay(const world::Files& files, const std::string& demo_folder);

struct Heard {  // a prediction that came back
  std::string asset;
  Time time;
  double value = 0;  // rul of engines, score of the machine
};

class PlantClient {
 public:
  static Result<std::unique_ptr<PlantClient>> connect(const std::string& broker,
                                                      const std::string& client_id);

  // Sends `messages` at `per_second` (0: as fast as the broker takes them), hearing predictions
  // meanwhile. Ends when all are acknowledged by the broker. `tick(sent)` is called at least ten
  // times a second; false from it ends early.
  Result<void> send(const std::vector<Message>& messages, double per_second,
                    const std::function<bool(std::size_t sent)>& tick);
  // Hears predictions until `enough()` or `limit` passes; whether it was enough.
  bool listen(Duration limit, const std::function<bool()>& enough);

  const std::vector<Heard>& heard() const { return heard_; }
  Time last_heard() const { return last_heard_; }  // steady; of the newest prediction
  std::size_t acknowledged() const { return static_cast<std::size_t>(acknowledged_); }
  // From publishing a message to hearing its prediction, sorted, in milliseconds.
  std::vector<double> latencies_ms() const;

 private:
  PlantClient() = default;
  void step(Duration wait);
  std::string key(const std::string& asset, Time time) const;

  net::SystemDialer dialer_;
  std::vector<domain::StreamName> names_;  // by the numbers given to the connector
  std::unique_ptr<connect::Connector> connector_;
  connect::Arrival arrival_;
  std::vector<Heard> heard_;
  std::unordered_map<std::string, Time> sent_;  // steady time by key
  std::vector<double> latencies_ms_;
  Time last_heard_;
  std::uint64_t acknowledged_ = 0;
  std::optional<Error> refused_;
};

}  // namespace lineside::cli
