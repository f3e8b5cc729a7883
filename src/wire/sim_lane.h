// Some of the simulated edges, driven by one thread.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <queue>
#include <string>
#include <vector>

#include "base/result.h"
#include "net/http_flock.h"
#include "wire/sim_edge.h"
#include "wire/sim_edges.h"
#include "wire/sim_tally.h"

namespace lineside::wire {

// What the lanes share. The identity is that of whoever joined first, its name left out: address,
// authorities and keys are the same for all.
struct SimShared {
  SimShared(SimOptions asked, world::Clock& time)
      : options(std::move(asked)), clock(time), tally(options.edges) {}

  const SimOptions options;
  world::Clock& clock;
  SimTally tally;
  std::mutex mutex;  // of the identity
  std::optional<Identity> identity{};
};

class SimLane {
 public:
  // `first`: number of its first edge. Errors: those of HttpFlock::open() and identify().
  static Result<std::unique_ptr<SimLane>> open(SimShared& shared, std::size_t first,
                                               std::vector<SimRecord> records);
  // What is due now, and what is answered within 50 ms.
  void step();
  void collect(std::vector<SimRecord>& out) const;

 private:
  enum class What : unsigned char { call, drop, restart };
  struct Due {
    Time at;
    std::size_t edge = 0;
    What what = What::call;
    bool operator>(const Due& other) const { return at > other.at; }
  };

  SimLane(SimShared& shared, std::unique_ptr<net::HttpFlock> flock)
      : shared_(shared), flock_(std::move(flock)) {}

  Result<void> add(std::size_t number, SimRecord record);
  Time steady() const { return shared_.clock.steady(); }
  Time wall(const SimEdge& edge) const { return shared_.clock.now() + edge.skew; }
  void start_some();
  void call_at(std::size_t at, Time when);
  void plan(std::size_t at, What what, double per_minute);
  void begin(std::size_t at);
  bool begin_report(std::size_t at);
  void begin_fetch(std::size_t at);
  void drop(std::size_t at);
  void restart(std::size_t at);
  void quit_call(SimEdge& edge);
  void take(const net::HttpFlock::Answer& answer);
  void failed(std::size_t at, const Error& error);
  Result<void> succeeded(std::size_t at, const net::HttpResponse& response);
  Result<void> joined(std::size_t at, const net::HttpResponse& response);
  Result<void> renewed(std::size_t at, const net::HttpResponse& response);
  void offered(std::size_t at, const crypt::Envelope& envelope);
  Result<std::shared_ptr<const SimContent>> content_of(const DesiredState& state);
  void refuse(std::size_t at, const Error& error);
  void apply(SimEdge& edge);
  void mark_started(SimEdge& edge);

  SimShared& shared_;
  std::unique_ptr<net::HttpFlock> flock_;
  std::vector<SimEdge> edges_;
  std::vector<crypt::VerifyKey> keys_;
  std::priority_queue<Due, std::vector<Due>, std::greater<>> due_;
  std::map<std::string, std::weak_ptr<const SimContent>> contents_;  // by revision
  std::size_t next_start_ = 0;
  std::size_t starting_ = 0;
};

}  // namespace lineside::wire
