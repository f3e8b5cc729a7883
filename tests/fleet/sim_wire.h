// The wire between edges and their hub as a simulation has it: real calls and real answers, on one
// thread, over a line that breaks, delivers what is somebody else's, and alters bytes, as a seed
// says.
#pragma once

#include <memory>
#include <set>
#include <string>
#include <vector>

#include "hub/edges/edges.h"
#include "hub/hub.h"
#include "net/http.h"
#include "sim/clock.h"
#include "sim/random.h"
#include "world/stream.h"

namespace lineside {

// What may go wrong with one call, each with this probability.
struct WireFaults {
  double refused = 0;         // nobody listens
  double request_lost = 0;    // the line breaks before the hub has heard
  double answer_lost = 0;     // the hub has done it, nobody hears
  double answer_cut = 0;      // half of the answer comes
  double answer_stray = 0;    // a state that was once sent, to whomever
  double answer_altered = 0;  // a byte of the body is another
};

class SimWire final : public world::Dialer {
 public:
  SimWire(sim::SimClock& clock, sim::SimRandom& random) : clock_(clock), random_(random) {}

  // Null: the hub is away.
  void use(hub::Edges* edges) { edges_ = edges; }
  void set_faults(const WireFaults& faults) { faults_ = faults; }
  // Fingerprints of certificates that must get nothing but refusals.
  void revoke(const std::string& fingerprint) { revoked_.insert(fingerprint); }
  // What the hub did that it must not; empty: nothing.
  const std::string& broken() const { return broken_; }

  Result<std::unique_ptr<world::Stream>> dial(const world::Endpoint& to,
                                              const std::optional<world::TlsOptions>& tls,
                                              Duration limit) override;

 private:
  class Line;
  struct Said {
    std::string bytes;
    bool closes = false;
  };

  bool happens(double probability) { return random_.uniform() < probability; }
  Said serve(std::string_view request, const std::optional<net::PeerCertificate>& peer);
  net::HttpResponse answer(const net::HttpRequest& request);
  void corrupt(const net::HttpRequest& request, net::HttpResponse& response);

  sim::SimClock& clock_;
  sim::SimRandom& random_;
  hub::Edges* edges_ = nullptr;
  WireFaults faults_;
  std::set<std::string> revoked_;
  std::vector<std::string> states_;  // all that were ever sent
  std::string broken_;
};

}  // namespace lineside
