#include "watch/contract_check.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>
#include <map>
#include <optional>
#include <string>
#include <utility>

#include "base/check.h"
#include "base/text.h"
#include "watch/key_ring.h"

namespace lineside::watch {

namespace {

using domain::OnViolation;
using domain::Quality;
using domain::Reading;
using domain::ReadingBatch;
using domain::Reject;

constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr std::uint64_t kNever = std::numeric_limits<std::uint64_t>::max();
constexpr std::int64_t kUnseen = std::numeric_limits<std::int64_t>::min();

// A sequence this far behind the newest is a source that started anew, not a late message.
constexpr std::uint64_t kSequenceBackMax = 4096;

// How far `a` is ahead of `b`; 0 when it is not. Any two times will do.
std::uint64_t ns_ahead(std::int64_t a, std::int64_t b) {
  return a > b ? static_cast<std::uint64_t>(a) - static_cast<std::uint64_t>(b) : 0;
}

// A stream's rule, ready to be applied.
struct Rule {
  double min = -kInfinity;
  double max = kInfinity;
  double max_rate = kInfinity;  // per second
  std::uint64_t max_future_ns = 0;
  std::uint64_t max_age_ns = 0;
  std::uint64_t late_after_ns = kNever;  // 1.5 intervals
  std::uint64_t stale_after_ns = kNever;
  std::uint64_t flat_after_ns = kNever;
  OnViolation action = OnViolation::reject;
};

std::uint64_t ns_or_never(const std::optional<Duration>& duration) {
  return duration ? static_cast<std::uint64_t>(duration->ns) : kNever;
}

Rule make_rule(const domain::ContractSpec& contract, const std::string& stream) {
  Rule rule{.max_future_ns = static_cast<std::uint64_t>(contract.max_future.ns),
            .max_age_ns = static_cast<std::uint64_t>(contract.max_age.ns)};
  const auto found = std::ranges::find_if(
      contract.streams, [&](const auto& spec) { return glob_match(spec.stream, stream); });
  if (found == contract.streams.end()) return rule;
  rule.min = found->min.value_or(-kInfinity);
  rule.max = found->max.value_or(kInfinity);
  rule.max_rate = found->max_rate.value_or(kInfinity);
  if (found->interval) rule.late_after_ns = static_cast<std::uint64_t>(found->interval->ns) / 2 * 3;
  rule.stale_after_ns = ns_or_never(found->stale_after);
  rule.flat_after_ns = ns_or_never(found->flat_after);
  rule.action = found->on_violation;
  return rule;
}

// Who counts a sequence: one source of one asset.
struct Sender {
  std::uint32_t source = 0;
  std::uint64_t last = 0;  // newest sequence; 0: none yet
  std::uint64_t gaps = 0;

  // Returns how many numbers before `sequence` are missing.
  std::uint64_t follow(std::uint64_t sequence) {
    if (sequence == last || sequence == 0) return 0;
    const bool restarted = sequence < last && last - sequence > kSequenceBackMax;
    const std::uint64_t missing = sequence > last && last != 0 ? sequence - last - 1 : 0;
    if (sequence > last || restarted) last = sequence;
    return missing;
  }
};

struct Stream {
  bool bound = false;
  Rule rule;
  KeyedBy keyed = KeyedBy::time;
  std::uint32_t sender = 0;

  KeyRing keys;
  bool has_good = false;  // the newest good reading, for max_rate
  std::int64_t good_time_ns = 0;
  double good_value = 0;

  std::int64_t seen_ns = kUnseen;    // by our clock
  std::int64_t newest_ns = kUnseen;  // source time of the newest accepted reading
  std::int64_t same_since_ns = 0;    // source time since which the value is `same_value`
  double same_value = 0;
  bool violated = false;  // by the last reading
  StreamState state = StreamState::ok;

  bool deduplicated(const Reading& reading) const {
    return keyed == KeyedBy::time || (keyed == KeyedBy::sequence && reading.sequence != 0);
  }
  Key key_of(const Reading& reading) const {
    return {keyed == KeyedBy::time ? reading.time.ns : 0, reading.sequence};
  }

  std::optional<Reject> broken_rule(const Reading& reading) const;
  void accept(const Reading& reading);
  StreamState judge(Time now) const;
};

// Of min, max and max_rate.
std::optional<Reject> Stream::broken_rule(const Reading& reading) const {
  if (!(reading.value >= rule.min && reading.value <= rule.max)) return Reject::out_of_range;
  if (!has_good || reading.time.ns <= good_time_ns || rule.max_rate == kInfinity)
    return std::nullopt;
  const double seconds = static_cast<double>(ns_ahead(reading.time.ns, good_time_ns)) * 1e-9;
  if (std::abs(reading.value - good_value) > rule.max_rate * seconds) return Reject::too_fast;
  return std::nullopt;
}

// Follows the newest reading; what comes out of order has no say in rate and sameness.
void Stream::accept(const Reading& reading) {
  const bool first = newest_ns == kUnseen;
  if (!first && reading.time.ns < newest_ns) return;
  if (first || reading.value != same_value) {
    same_since_ns = reading.time.ns;
    same_value = reading.value;
  }
  newest_ns = reading.time.ns;
  if (reading.quality == Quality::bad) return;
  has_good = true;
  good_time_ns = reading.time.ns;
  good_value = reading.value;
}

StreamState Stream::judge(Time now) const {
  if (seen_ns != kUnseen && ns_ahead(now.ns, seen_ns) >= rule.stale_after_ns)
    return StreamState::stale;
  if (violated) return StreamState::out_of_contract;
  if (newest_ns != kUnseen && ns_ahead(newest_ns, same_since_ns) >= rule.flat_after_ns)
    return StreamState::flat;
  return StreamState::ok;
}

}  // namespace

struct ContractCheck::State {
  explicit State(const CheckOptions& check_options) : options(check_options) {}

  Stream& stream_of(domain::StreamIndex index) {
    CHECK(index < streams.size() && streams[index].bound);
    return streams[index];
  }
  std::uint32_t sender_of(const std::string& asset, std::uint32_t source);
  void share_keys();
  std::optional<Reject> refuse(Stream& stream, const Reading& reading, Time now);
  std::optional<Reject> refuse_key(Stream& stream, const Reading& reading);
  bool take(Reading& reading, Time now, std::vector<Violation>& violations);
  void note_interval(Stream& stream, const Reading& reading);

  const CheckOptions options;
  CheckCounters counters;
  std::vector<Stream> streams;  // by stream number
  std::size_t bound = 0;
  std::size_t keys_limit = 0;  // per stream
  std::vector<Sender> senders;
  std::map<std::pair<std::string, std::uint32_t>, std::uint32_t> sender_numbers;
};

std::uint32_t ContractCheck::State::sender_of(const std::string& asset, std::uint32_t source) {
  const auto [at, is_new] =
      sender_numbers.try_emplace({asset, source}, static_cast<std::uint32_t>(senders.size()));
  if (is_new) senders.push_back({.source = source});
  return at->second;
}

void ContractCheck::State::share_keys() {
  const std::size_t share = std::bit_floor(options.keys_total / std::max<std::size_t>(1, bound));
  keys_limit = std::clamp(share, options.keys_min, options.keys_max);
}

std::optional<Reject> ContractCheck::State::refuse(Stream& stream, const Reading& reading,
                                                   Time now) {
  if (!std::isfinite(reading.value)) return Reject::not_finite;
  // Arrival times are ours: they run ahead of our clock once somebody has set that back.
  if (stream.keyed == KeyedBy::time) {
    if (ns_ahead(reading.time.ns, now.ns) > stream.rule.max_future_ns) return Reject::future_time;
    if (ns_ahead(now.ns, reading.time.ns) > stream.rule.max_age_ns) return Reject::too_old;
  }
  return stream.deduplicated(reading) ? refuse_key(stream, reading) : std::nullopt;
}

std::optional<Reject> ContractCheck::State::refuse_key(Stream& stream, const Reading& reading) {
  const KeyRing::Seen seen = stream.keys.look(stream.key_of(reading), reading.value);
  if (seen == KeyRing::Seen::fresh) return std::nullopt;
  if (seen == KeyRing::Seen::duplicate) return Reject::duplicate;
  if (stream.keyed == KeyedBy::sequence) {
    stream.keys.clear();
    ++counters.restarts;
    return std::nullopt;
  }
  return seen == KeyRing::Seen::conflict ? Reject::conflict : Reject::too_late;
}

void ContractCheck::State::note_interval(Stream& stream, const Reading& reading) {
  if (stream.newest_ns == kUnseen) return;
  if (ns_ahead(reading.time.ns, stream.newest_ns) <= stream.rule.late_after_ns) return;
  ++counters.interval_misses;
  stream.violated = true;
}

// Returns whether the reading stays, with its quality.
bool ContractCheck::State::take(Reading& reading, Time now, std::vector<Violation>& violations) {
  Stream& stream = stream_of(reading.stream);
  stream.seen_ns = now.ns;
  Sender& sender = senders[stream.sender];
  if (sender.last != reading.sequence) sender.gaps += sender.follow(reading.sequence);

  if (const auto reason = refuse(stream, reading, now)) {
    ++counters.rejected[static_cast<std::size_t>(*reason)];
    violations.push_back({reading, *reason, OnViolation::reject});
    return false;
  }
  if (reading.quality != Quality::bad) {
    const auto reason = stream.broken_rule(reading);
    stream.violated = reason.has_value();
    if (reason) {
      const bool kept = stream.rule.action == OnViolation::flag;
      ++(kept ? counters.flagged : counters.rejected)[static_cast<std::size_t>(*reason)];
      violations.push_back({reading, *reason, stream.rule.action});
      if (!kept) return false;
      reading.quality = Quality::bad;
    }
  }
  note_interval(stream, reading);
  if (stream.deduplicated(reading))
    stream.keys.insert(stream.key_of(reading), reading.value, keys_limit);
  stream.accept(reading);
  ++counters.accepted;
  return true;
}

ContractCheck::ContractCheck(const CheckOptions& options)
    : state_(std::make_unique<State>(options)) {
  CHECK(std::has_single_bit(options.keys_min) && std::has_single_bit(options.keys_max));
  CHECK(options.keys_min <= options.keys_max);
}
ContractCheck::ContractCheck(ContractCheck&&) noexcept = default;
ContractCheck& ContractCheck::operator=(ContractCheck&&) noexcept = default;
ContractCheck::~ContractCheck() = default;

void ContractCheck::bind(domain::StreamIndex index, const domain::StreamName& name,
                         const domain::ContractSpec* contract, const StreamOrigin& origin) {
  CHECK(index != domain::kNoStream);
  State& state = *state_;
  if (index >= state.streams.size()) state.streams.resize(index + std::size_t{1});
  Stream& stream = state.streams[index];
  if (!stream.bound) {
    stream.bound = true;
    ++state.bound;
    state.share_keys();
  }
  stream.rule = make_rule(contract != nullptr ? *contract : domain::ContractSpec{}, name.stream);
  if (stream.keyed != origin.keyed) stream.keys.clear();
  stream.keyed = origin.keyed;
  stream.sender = state.sender_of(name.asset, origin.source);
}

void ContractCheck::check(ReadingBatch& batch, Time now, std::vector<Violation>& violations) {
  std::size_t kept = 0;
  for (std::size_t i = 0; i < batch.size(); ++i) {
    Reading reading = batch.at(i);
    const std::size_t known = violations.size();
    const bool stays = state_->take(reading, now, violations);
    if (violations.size() > known) violations.back().index = i;
    if (!stays) continue;
    batch.stream[kept] = reading.stream;
    batch.time_ns[kept] = reading.time.ns;
    batch.sequence[kept] = reading.sequence;
    batch.value[kept] = reading.value;
    batch.quality[kept] = reading.quality;
    ++kept;
  }
  batch.stream.resize(kept);
  batch.time_ns.resize(kept);
  batch.sequence.resize(kept);
  batch.value.resize(kept);
  batch.quality.resize(kept);
}

void ContractCheck::remember(const ReadingBatch& history, std::size_t per_stream) {
  std::vector<std::size_t> counts(state_->streams.size());
  const std::uint64_t restarts = state_->counters.restarts;
  for (std::size_t i = 0; i < history.size(); ++i) {
    const Reading reading = history.at(i);
    Stream& stream = state_->stream_of(reading.stream);
    ++counts[reading.stream];
    state_->senders[stream.sender].follow(reading.sequence);
    stream.accept(reading);
    if (!stream.deduplicated(reading)) continue;
    if (!state_->refuse_key(stream, reading))
      stream.keys.insert(stream.key_of(reading), reading.value, state_->keys_limit);
  }
  state_->counters.restarts = restarts;  // those of history were counted in their time
  for (std::size_t s = 0; s < counts.size(); ++s)
    if (counts[s] > 0 && counts[s] >= per_stream) state_->streams[s].keys.forget_before();
}

void ContractCheck::tick(Time now, std::vector<StateChange>& changes) {
  for (std::size_t s = 0; s < state_->streams.size(); ++s) {
    Stream& stream = state_->streams[s];
    if (!stream.bound) continue;
    if (stream.seen_ns == kUnseen) stream.seen_ns = now.ns;
    const StreamState before = std::exchange(stream.state, stream.judge(now));
    if (stream.state != before)
      changes.push_back({static_cast<domain::StreamIndex>(s), before, stream.state});
  }
}

StreamState ContractCheck::state(domain::StreamIndex stream) const {
  return state_->stream_of(stream).state;
}

const CheckCounters& ContractCheck::counters() const { return state_->counters; }

std::uint64_t ContractCheck::gaps(std::uint32_t source) const {
  std::uint64_t gaps = 0;
  for (const Sender& sender : state_->senders)
    if (sender.source == source) gaps += sender.gaps;
  return gaps;
}

std::size_t ContractCheck::remembered_keys() const {
  std::size_t keys = 0;
  for (const Stream& stream : state_->streams) keys += stream.keys.size();
  return keys;
}

}  // namespace lineside::watch
