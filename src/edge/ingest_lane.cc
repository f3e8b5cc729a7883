#include "edge/ingest_lane.h"

#include <algorithm>
#include <format>
#include <set>
#include <utility>

#include "base/log.h"
#include "base/text.h"

namespace lineside::edge {

namespace {

constexpr Duration kWatchEvery = Duration::seconds(1);

std::string sample_text(const codec::RejectSample& sample) {
  std::string text = sample.topic;
  if (!sample.stream.empty()) text += " " + sample.stream;
  return text + ": " + sample.detail + ": " +
         (sample.excerpt.empty() ? "an empty payload" : sample.excerpt);
}

// What the contract asks of a reading that it rejected.
std::string expected_by(const domain::ContractSpec* contract, const watch::Violation& violation,
                        const domain::StreamName& name) {
  const domain::ContractSpec none;
  const domain::ContractSpec& times = contract ? *contract : none;
  if (violation.reason == domain::Reject::future_time)
    return "at most " + format_duration(times.max_future) + " ahead";
  if (violation.reason == domain::Reject::too_old)
    return "at most " + format_duration(times.max_age) + " old";
  if (!contract) return "";
  const auto rule = std::ranges::find_if(contract->streams, [&](const domain::StreamRule& r) {
    return glob_match(r.stream, name.stream);
  });
  if (rule == contract->streams.end()) return "";
  if (violation.reason == domain::Reject::too_fast && rule->max_rate)
    return std::format("at most {:g} per second", *rule->max_rate);
  if (violation.reason != domain::Reject::out_of_range) return "";
  std::string text;
  if (rule->min) text += std::format("at least {:g}", *rule->min);
  if (rule->min && rule->max) text += " and ";
  if (rule->max) text += std::format("at most {:g}", *rule->max);
  return text;
}

// "3.5h", "20567d": as people say it. Any length, also one that no Duration holds.
std::string rough(double seconds) {
  if (seconds >= 2 * 86400.0) return std::format("{:.0f}d", seconds / 86400);
  if (seconds >= 2 * 3600.0) return std::format("{:.1f}h", seconds / 3600);
  if (seconds >= 2 * 60.0) return std::format("{:.1f}m", seconds / 60);
  return std::format("{:.3f}s", seconds);
}

// What was wrong with it: its time, or its value.
std::string found_in(const watch::Violation& violation, Time now) {
  const double ahead =
      (static_cast<double>(violation.reading.time.ns) - static_cast<double>(now.ns)) * 1e-9;
  if (violation.reason == domain::Reject::future_time) return rough(ahead) + " ahead";
  if (violation.reason == domain::Reject::too_old) return rough(-ahead) + " old";
  return std::format("{:.10g}", violation.reading.value);
}

}  // namespace

std::uint64_t IngestCounters::rejected_total() const {
  std::uint64_t total = 0;
  for (const auto& count : rejected) total += count.load(std::memory_order_relaxed);
  return total;
}

IngestLane::IngestLane(Options options, world::Clock& clock, StreamDirectory& directory,
                       Outlets outlets)
    : options_(std::move(options)),
      clock_(clock),
      directory_(directory),
      outlets_(std::move(outlets)),
      plan_(options_.plan),
      spec_(options_.spec),
      last_watch_(clock.steady()) {}

Result<std::unique_ptr<IngestLane>> IngestLane::create(Options options,
                                                       connect::ConnectorContext context,
                                                       StreamDirectory& directory,
                                                       Outlets outlets) {
  std::unique_ptr<IngestLane> lane(
      // tidy: the constructor is private
      new IngestLane(std::move(options), context.clock, directory, std::move(outlets)));
  context.resolver = [self = lane.get()](const domain::StreamName& name) {
    const domain::StreamIndex stream = self->directory_.intern(name);
    self->bind(stream, name);
    return stream;
  };
  lane->connector_ = TRY(connect::make_connector(lane->spec_, std::move(context)));
  return lane;
}

std::optional<watch::StreamOrigin> IngestLane::origin_of(const domain::StreamName& name) const {
  for (std::size_t m = 0; m < spec_.mappings.size(); ++m) {
    const domain::MappingSpec& mapping = spec_.mappings[m];
    const bool fixed = !mapping.asset.empty() && mapping.asset.find('{') == std::string::npos;
    if (fixed && mapping.asset != name.asset) continue;
    for (const domain::PointSpec& point : mapping.streams) {
      if (point.stream != name.stream) continue;
      const watch::KeyedBy keyed = mapping.time               ? watch::KeyedBy::time
                                   : mapping.sequence.empty() ? watch::KeyedBy::arrival
                                                              : watch::KeyedBy::sequence;
      return watch::StreamOrigin{keyed, static_cast<std::uint32_t>(m)};
    }
  }
  return std::nullopt;
}

void IngestLane::bind(domain::StreamIndex stream, const domain::StreamName& name) {
  streams_.insert_or_assign(stream, name);
  check_.bind(stream, name, plan_->contract_for(name.asset),
              origin_of(name).value_or(watch::StreamOrigin{watch::KeyedBy::arrival, 0}));
}

void IngestLane::remember(const domain::ReadingBatch& history) {
  domain::ReadingBatch ours;
  std::set<domain::StreamIndex> others;
  for (std::size_t i = 0; i < history.size(); ++i) {
    const domain::StreamIndex stream = history.stream[i];
    if (others.contains(stream)) continue;
    if (!streams_.contains(stream)) {
      const domain::StreamName name = directory_.name(stream);
      if (!origin_of(name)) {
        others.insert(stream);
        continue;
      }
      bind(stream, name);
    }
    ours.push(history.at(i));
  }
  check_.remember(ours, options_.remember_per_stream);
}

void IngestLane::switch_plan(std::shared_ptr<const Plan> plan, const domain::ConnectionSpec& spec) {
  std::lock_guard lock(mutex_);
  next_plan_ = std::move(plan);
  next_spec_ = spec;
}

void IngestLane::take_plan() {
  std::optional<domain::ConnectionSpec> spec;
  {
    std::lock_guard lock(mutex_);
    if (!next_plan_) return;
    plan_ = std::exchange(next_plan_, nullptr);
    spec = std::exchange(next_spec_, std::nullopt);
  }
  if (spec && *spec != spec_) {
    if (auto done = connector_->reconfigure(*spec); !done)
      log::error("ingest", "{}: the connection stays as it was: {}", options_.name,
                 done.error().text);
    else
      spec_ = std::move(*spec);
  }
  for (const auto& [stream, name] : std::map(streams_)) bind(stream, name);
}

void IngestLane::note_rejects(const connect::Arrival& arrival) {
  for (std::size_t r = 0; r < domain::kRejectReasons; ++r) {
    if (arrival.rejects.counts[r] == 0) continue;
    counters_.rejected[r].fetch_add(arrival.rejects.counts[r], std::memory_order_relaxed);
    unsaved_[r].count += arrival.rejects.counts[r];
    unsaved_[r].last = arrival.received;
  }
  for (const codec::RejectSample& sample : arrival.rejects.samples)
    unsaved_[static_cast<std::size_t>(sample.reason)].sample = sample_text(sample);
  for (const watch::Violation& violation : violations_) {
    const auto r = static_cast<std::size_t>(violation.reason);
    if (violation.action == domain::OnViolation::flag) {
      counters_.flagged.fetch_add(1, std::memory_order_relaxed);
      continue;
    }
    counters_.rejected[r].fetch_add(1, std::memory_order_relaxed);
    ++unsaved_[r].count;
    unsaved_[r].last = arrival.received;
    const domain::StreamName name = directory_.name(violation.reading.stream);
    const std::string expected = expected_by(plan_->contract_for(name.asset), violation, name);
    const connect::MessageTrail::Message message = arrival.trail.of(violation.index);
    constexpr std::size_t kShown = connect::MessageTrail::kShownMax;
    unsaved_[r].sample = std::format(
        "{} {} at {}: {}found {}: {}", excerpt(message.topic, kShown), name.id(),
        format_iso(violation.reading.time), expected.empty() ? "" : "expected " + expected + ", ",
        found_in(violation, arrival.received), excerpt(message.payload, kShown));
  }
}

void IngestLane::check(connect::Arrival& arrival) {
  violations_.clear();
  check_.check(arrival.readings, arrival.received, violations_);
  note_rejects(arrival);
  counters_.messages.fetch_add(arrival.messages, std::memory_order_relaxed);
  counters_.without_readings.fetch_add(arrival.rejects.without_readings, std::memory_order_relaxed);
  counters_.accepted.fetch_add(arrival.readings.size(), std::memory_order_relaxed);
  if (!arrival.readings.empty())
    counters_.last_lag_ns.store(arrival.received.ns - arrival.readings.time_ns.back(),
                                std::memory_order_relaxed);
}

// Once a second: silent and flat streams, and what was rejected since.
void IngestLane::watch_streams() {
  const Time now = clock_.steady();
  if (now - last_watch_ < kWatchEvery) return;
  last_watch_ = now;
  std::vector<watch::StateChange> changes;
  check_.tick(clock_.now(), changes);
  if (!changes.empty() && outlets_.stream_states) outlets_.stream_states(changes);
  std::uint64_t gaps = 0;
  for (std::uint32_t m = 0; m < spec_.mappings.size(); ++m) gaps += check_.gaps(m);
  counters_.gaps.store(gaps, std::memory_order_relaxed);
  std::vector<store::RejectCount> rejects;
  for (std::size_t r = 0; r < domain::kRejectReasons; ++r) {
    if (unsaved_[r].count == 0) continue;
    rejects.push_back(std::exchange(unsaved_[r], {}));
    rejects.back().connection = options_.name;
    rejects.back().reason = static_cast<domain::Reject>(r);
  }
  if (!rejects.empty() && outlets_.rejects) outlets_.rejects(std::move(rejects));
}

bool IngestLane::hand_on() {
  if (!has_pending_) return true;
  has_pending_ = !outlets_.readings.try_push(pending_);
  return !has_pending_;
}

void IngestLane::step(Duration wait) {
  take_plan();
  watch_streams();
  // Backpressure: while the commit lane has no room nothing more is read, but the link lives on.
  const bool room = hand_on();
  const bool draining = draining_.load(std::memory_order_relaxed);
  if (!room || draining) {
    if (room && leaving_.load(std::memory_order_relaxed))
      connector_->leave(wait);
    else
      connector_->keep(std::min(wait, Duration::millis(2)));
    idle_.store(draining && room, std::memory_order_release);
    return;
  }
  if (!connector_->step(wait, arrival_)) return;
  if (!arrival_.published.empty()) outlets_.published(std::move(arrival_.published));
  if (arrival_.messages == 0) return;
  check(arrival_);
  if (arrival_.readings.empty() && arrival_.ack == 0) return;
  pending_ = {arrival_.readings, options_.index, arrival_.ack, arrival_.received};
  has_pending_ = true;
  hand_on();
}

}  // namespace lineside::edge
