// A fleet of edges that are played: the real protocol over real TLS, from one process and a few
// threads. They join, wait for desired states, verify them as an edge does, fetch and check
// artifacts, and report; nothing runs. Lines are cut, edges restart and clocks are wrong as a seed
// says, so that a hub meets what a fleet does to it.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "net/backoff.h"
#include "wire/calls.h"
#include "wire/sim_tally.h"
#include "world/clock.h"
#include "world/files.h"

namespace lineside::wire {

struct SimOptions {
  std::size_t edges = 1;  // 1 to 10,000
  JoinOrder order;        // a group token; `edge`: what names begin with, a number follows
  std::uint64_t seed = 1;
  double drops = 0;     // of connections, per edge and minute
  double restarts = 0;  // per edge and minute
  Duration skew{};      // clocks are wrong by up to so much, either way
  std::string file{};   // who has joined, for the next run; empty: nowhere
  Duration poll = Duration::seconds(55);
  Duration report_every = Duration::seconds(600);  // also without news
  Duration limit = Duration::seconds(30);          // of a call; a poll: beyond what it waits
  std::size_t starting_at_once = 64;               // of those who have never been in touch
  std::size_t lanes = 2;
  net::BackoffOptions backoff{};
};

inline constexpr std::size_t kSimEdgesMax = 10'000;

// start(), stop() and save() are for one thread; figures() for any.
class SimEdges {
 public:
  // Errors: invalid (options; the file), corrupt (the file), conflict (the file is of another hub),
  // exhausted (descriptors, with where to raise them), those of the files and of HttpFlock::open().
  static Result<std::unique_ptr<SimEdges>> open(SimOptions options, world::Files& files,
                                                world::Clock& clock);
  ~SimEdges();  // stop()
  SimEdges(const SimEdges&) = delete;
  SimEdges& operator=(const SimEdges&) = delete;

  void start();
  void stop();
  SimFigures figures() const;
  // Writes the file; after stop(). Errors: of the files.
  Result<void> save();

 private:
  struct Parts;
  explicit SimEdges(std::unique_ptr<Parts> parts);
  std::unique_ptr<Parts> parts_;
};

}  // namespace lineside::wire
