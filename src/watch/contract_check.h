// Checks readings against their data contract, drops what was there before, and watches streams
// for silence and sameness.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "base/time.h"
#include "domain/contract.h"
#include "domain/reading.h"

namespace lineside::watch {

// What tells two readings of a stream apart.
enum class KeyedBy : std::uint8_t {
  time,      // (source time, sequence)
  sequence,  // the sequence alone: the source gives no time. A sequence below all remembered ones,
             // or a remembered one with another value, is a source that started anew
  arrival,   // nothing: no deduplication
};

// Where a stream's readings come from.
struct StreamOrigin {
  KeyedBy keyed = KeyedBy::time;
  std::uint32_t source = 0;  // caller's number of the sender that counts the sequence, for example
                             // of the mapping; sequences are followed per (asset, source)
};

// A reading that broke a rule.
struct Violation {
  domain::Reading reading;
  domain::Reject reason = domain::Reject::not_finite;
  domain::OnViolation action = domain::OnViolation::reject;  // flag: kept, with quality bad
  std::size_t index = 0;  // of the reading in the batch that was checked, from 0
};

enum class StreamState : std::uint8_t { ok, stale, flat, out_of_contract };
constexpr auto names(const StreamState*) {
  return std::array<std::string_view, 4>{"ok", "stale", "flat", "out_of_contract"};
}

struct StateChange {
  domain::StreamIndex stream = domain::kNoStream;
  StreamState from = StreamState::ok;
  StreamState to = StreamState::ok;
};

struct CheckCounters {
  std::uint64_t accepted = 0;                                    // flagged ones included
  std::array<std::uint64_t, domain::kRejectReasons> rejected{};  // by Reject
  std::array<std::uint64_t, domain::kRejectReasons> flagged{};   // by Reject
  std::uint64_t interval_misses = 0;  // readings later than 1.5 expected intervals after the last
  std::uint64_t restarts = 0;         // sequence-keyed sources that started anew
};

struct CheckOptions {
  std::size_t keys_total = 256 * 1024;  // remembered keys, shared evenly among the streams, ...
  std::size_t keys_min = 16;            // ... but never fewer than this per stream (power of two)
  std::size_t keys_max = 4096;          // ... and never more (power of two)
};

// The streams of one lane. Owned by one thread. Once warm, check() allocates nothing but what
// violations need.
//
// Order of the checks, the first one that fails gives the reason: not_finite, future_time, too_old,
// too_late, duplicate, conflict, out_of_range, too_fast. The second and third are of source times
// only, not of arrival. Only the last two can be flagged instead of rejected. Readings that come
// with quality bad are deduplicated but not judged by value. Only accepted keys are remembered: a
// rejected reading that comes again is rejected again.
//
// max_rate compares a reading with the newest good one of its stream, where it is newer than that;
// readings out of order are not judged by it.
class ContractCheck {
 public:
  explicit ContractCheck(const CheckOptions& options = {});
  ContractCheck(ContractCheck&&) noexcept;
  ContractCheck& operator=(ContractCheck&&) noexcept;
  ~ContractCheck();

  // Tells the name and contract behind a stream number; before its first reading is checked. The
  // first rule of `contract` whose glob matches holds; without one only max_future and max_age do;
  // without a contract those of a default ContractSpec. Called again (new configuration) it
  // replaces the rule and keeps keys and state. `contract` is copied from, not kept.
  void bind(domain::StreamIndex stream, const domain::StreamName& name,
            const domain::ContractSpec* contract, const StreamOrigin& origin = {});

  // Leaves in `batch` the accepted readings, in order, and appends what broke a rule to
  // `violations`. `now` is our clock. Every stream of the batch must be bound.
  void check(domain::ReadingBatch& batch, Time now, std::vector<Violation>& violations);

  // Takes keys and newest good values from history: of each stream its newest readings, at most
  // `per_stream` of them, oldest first. A stream with fewer is remembered whole; of the others
  // anything older than all that is remembered is too_late from now on.
  void remember(const domain::ReadingBatch& history, std::size_t per_stream);

  // Judges the streams at `now` (our clock) and appends those whose state changed:
  // stale: nothing came for stale_after, by our clock, since the last reading or the first tick;
  // out_of_contract: its last reading broke min, max, max_rate or came later than 1.5 intervals
  // after the one before; flat: its value has not changed for flat_after of source time.
  // The first of these that holds is the state.
  void tick(Time now, std::vector<StateChange>& changes);

  StreamState state(domain::StreamIndex stream) const;
  const CheckCounters& counters() const;
  // Messages missing by the sequence numbers of `source`, since creation. A jump from a to b counts
  // b - a - 1, however many streams the message has; numbers that come late do not take it back.
  std::uint64_t gaps(std::uint32_t source) const;
  std::size_t remembered_keys() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace lineside::watch
