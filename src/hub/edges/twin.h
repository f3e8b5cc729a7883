// What an edge should be, what it says it is, and why the two differ.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.h"
#include "store/hub_db.h"
#include "wire/messages.h"

namespace lineside::hub {

enum class TwinState : unsigned char {
  in_sync,   // runs what it shall
  applying,  // works on it, or has only just been told
  behind,    // has been told and says nothing of it
  failed,    // has refused it, or could not load it
  silent,    // was not heard of for longer than any poll takes
  stopped,   // was stopped in order, as its last report says
  never,     // enrolled, and has never reported
};
constexpr auto names(const TwinState*) {
  return std::array<std::string_view, 7>{"in_sync", "applying", "behind", "failed",
                                         "silent",  "stopped",  "never"};
}

inline constexpr Duration kSilentAfter = Duration::seconds(180);  // three polls
inline constexpr Duration kBehindAfter = Duration::seconds(120);  // of no word on a new state

struct TwinFacts {
  store::EdgeState edge;
  std::optional<wire::StateReport> report;       // the last one
  std::optional<store::EdgeCertificate> newest;  // certificate
  std::vector<std::string> held_back;            // what is not sent to it, and why
};

struct Twin {
  TwinState state = TwinState::never;
  std::string why;  // one sentence; empty where there is nothing to say
};
Twin judge(const TwinFacts& facts, Time now);

// What decides its state; not what is held back, which only `why` tells.
TwinFacts facts_of(store::EdgeStanding edge);

// What the database knows of the edge. Errors: of the database.
Result<TwinFacts> twin_facts(store::HubDb& db, store::EdgeState edge);

}  // namespace lineside::hub
