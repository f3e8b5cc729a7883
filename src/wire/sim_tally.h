// What simulated edges have lived through, counted over all of them.
#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/time.h"

namespace lineside::wire {

// How long something took to reach edges, and how many it has reached.
struct SimSpread {
  std::uint64_t edges = 0;
  Duration took{};
};

struct SimFigures {
  std::uint64_t edges = 0;     // in all
  std::uint64_t joined = 0;    // of them, with a certificate
  std::uint64_t in_touch = 0;  // of them, whose last call was answered
  std::uint64_t waiting = 0;   // of them, with a poll under way
  std::uint64_t newest = 0;    // of them, that run the revision which appeared last
  std::uint64_t polls = 0, reports = 0, applied = 0, artifacts = 0, renewed = 0;
  std::uint64_t drops = 0, restarts = 0;
  std::map<std::string, std::uint64_t> refused;  // states and artifacts, by class
  std::map<std::string, std::uint64_t> errors;   // of calls, by code
  std::string last_error;                        // for people
  std::string failure;                 // why joining is hopeless for all; empty: it is not
  std::optional<SimSpread> fan_out;    // of that revision, from the first edge that was offered it
  std::optional<SimSpread> reconnect;  // after the hub was away, from the first one it answered
};

// Thread-safe. Times are steady.
class SimTally {
 public:
  explicit SimTally(std::uint64_t edges) { figures_.edges = edges; }

  void joined(const std::string& revision);  // that it runs; empty: none
  void add(std::uint64_t SimFigures::* count);
  void waits(bool now);
  void refused(const std::string& error_text);  // by the word before the colon
  // Of an edge that was `in_touch` or not; what becomes of it is the second call's.
  void failed(const Error& error, bool was_in_touch);
  void answered(bool was_in_touch, Time now);
  void hopeless(std::string why);
  void offered(const std::string& revision, Time now);
  void applied(const std::string& before, const std::string& revision, Time now);
  SimFigures figures() const;

 private:
  struct Revision {
    std::uint64_t edges = 0;  // that run it
    std::optional<Time> first;
    Time last;
  };

  mutable std::mutex mutex_;
  SimFigures figures_;
  std::map<std::string, Revision> revisions_;
  std::string newest_;
  bool away_ = false;         // the hub, for nearly all
  std::optional<Time> back_;  // since when it answers again
};

}  // namespace lineside::wire
