// The hub's side of the wire: everything below /wire/v1. Edges join, wait for their desired states
// without a thread each, fetch artifacts and report. docs/formats/wire.md.
#pragma once

#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "base/lane.h"
#include "base/result.h"
#include "hub/access/denials.h"
#include "hub/edges/desired.h"
#include "hub/edges/intake.h"
#include "hub/edges/membership.h"
#include "hub/edges/polls.h"
#include "hub/edges/twin.h"
#include "hub/hub.h"
#include "net/http.h"

namespace lineside::hub {

struct EdgesOptions {
  MembershipOptions membership{};
  IntakeOptions intake{};
  Duration state_valid = Duration::seconds(7 * 86400);
  Duration settle = Duration::millis(100);       // of changes that come together
  Duration look_anew = Duration::seconds(60);    // without any: approvals, files that came
  Duration flush_every = Duration::millis(500);  // of what edges say
  std::uint64_t edges_per_second = 450;          // that shall come back after a stop
};

// Over how many seconds so many edges are told to come back: 1 to 60. An edge adds up to half as
// much again to what it is told (wire::Patience).
std::uint64_t come_back_spread(std::uint64_t edges, std::uint64_t per_second);
// Seconds from 1 to `spread`; `random` from [0, 1).
std::uint64_t come_back_after(std::uint64_t spread, double random);

class Edges {
 public:
  // Listens to the hub's changes and answers below /wire/v1/; before the hub serves. Errors: of the
  // database.
  static Result<std::unique_ptr<Edges>> open(Hub& hub, EdgesOptions options = {});
  ~Edges();  // stop()
  Edges(const Edges&) = delete;
  Edges& operator=(const Edges&) = delete;

  // Any thread; every error is an answer.
  net::HttpResponse answer(const net::HttpRequest& request);

  void start();  // a thread that calls step()
  // Tells those who wait to come back, spread over some seconds; before the server stops. Later
  // polls are told the same.
  void stop();
  // What is due now: new states, polls whose time is over or whose certificate is revoked, what is
  // to be stored. By one thread.
  void step();

  // How the edge stands to what is desired of it. Errors: not_found. Any thread.
  Result<Twin> twin(const std::string& edge) const;
  bool is_waiting(const std::string& edge) const { return polls_.is_waiting(edge); }
  std::size_t waiting() const { return polls_.size(); }
  std::string metrics_text() const { return intake_.metrics_text(); }  // Prometheus

 private:
  struct Route;
  using Answer = Result<net::HttpResponse>;

  Edges(Hub& hub, EdgesOptions options);
  Answer route(const net::HttpRequest& request);
  Answer join(const net::HttpRequest& request);
  Answer renew(const EdgeCaller& caller, const net::HttpRequest& request);
  Answer state(const EdgeCaller& caller, const net::HttpRequest& request);
  Answer artifact(const EdgeCaller& caller, const net::HttpRequest& request);
  Answer report(const EdgeCaller& caller, const net::HttpRequest& request);
  Answer discovered(const EdgeCaller& caller, const net::HttpRequest& request);
  Answer batch(const EdgeCaller& caller, const net::HttpRequest& request);

  net::HttpResponse state_response(const EdgeCaller& caller);
  net::HttpResponse come_back();
  void refresh();
  void end_revoked();
  void publish(const std::string& edge);

  Hub& hub_;
  const EdgesOptions options_;
  Membership membership_;
  DenialLog denials_;
  Intake intake_;
  const std::shared_ptr<DesiredStates> states_;
  DesiredStates& desired_;  // the same
  WaitingPolls polls_;
  std::atomic<bool> stopping_ = false;
  std::atomic<std::size_t> told_to_come_back_ = 0;  // that waited when it stopped
  std::mutex callers_mutex_;
  std::map<std::string, EdgeCaller> callers_;  // of polls that wait, by edge
  Time refreshed_, flushed_, checked_;         // steady; of step()
  std::unique_ptr<Lane> lane_;
};

}  // namespace lineside::hub
