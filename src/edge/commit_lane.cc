#include "edge/commit_lane.h"

#include "base/log.h"

namespace lineside::edge {

CommitLane::CommitLane(IngestQueue& in, std::vector<std::unique_ptr<FlowQueue>>& out,
                       store::Journal& journal, world::Clock& clock, CommitOptions options)
    : in_(in),
      out_(out),
      journal_(journal),
      clock_(clock),
      options_(options),
      last_snapshot_(clock.steady()) {}

void CommitLane::switch_plan(std::shared_ptr<const Plan> plan) {
  std::lock_guard lock(mutex_);
  next_plan_ = std::move(plan);
}

std::optional<Error> CommitLane::problem() const {
  std::lock_guard lock(mutex_);
  return problem_;
}

void CommitLane::gather(Duration wait) {
  while (!is_full()) {
    auto item = in_.pop(group_.empty() ? wait : Duration{});
    if (!item) return;
    group_readings_ += item->readings.size();
    group_.push_back(std::move(*item));
  }
}

bool CommitLane::is_full() const {
  return group_.size() >= options_.items_max || group_readings_ >= options_.readings_max;
}

void CommitLane::keep_pace() {
  const Time next = last_commit_ + options_.pace;
  if (const Time now = clock_.steady(); now < next && !is_full()) {
    clock_.sleep(next - now);
    gather({});
  }
  last_commit_ = clock_.steady();
}

bool CommitLane::commit() {
  Result<store::Position> done = journal_.durable();
  for (; appended_ < group_.size(); ++appended_) {
    if (group_[appended_].readings.empty()) continue;
    done = journal_.append(group_[appended_].readings);
    if (!done) break;
  }
  if (done || appended_ > 0) {
    auto committed = journal_.commit();
    if (done || !committed) done = std::move(committed);
  }
  std::lock_guard lock(mutex_);
  if (!done && (!problem_ || problem_->text != done.error().text))
    log::error("commit", "readings are not stored, sources wait: {}", done.error().text);
  if (done && problem_) log::info("commit", "readings are stored again");
  problem_ = done ? std::nullopt : std::optional(done.error());
  return done.has_value();
}

void CommitLane::hand_on() {
  auto joined = std::make_shared<domain::ReadingBatch>();
  std::optional<Time> oldest;
  for (Ingest& item : group_) {
    if (!item.readings.empty() && (!oldest || item.received < *oldest)) oldest = item.received;
    if (joined->empty())
      *joined = std::move(item.readings);
    else
      joined->append(item.readings);
    if (item.ack != 0 && acknowledge_) acknowledge_(item.connection, item.ack);
  }
  group_.clear();
  group_readings_ = 0;
  appended_ = 0;
  if (committed_ && !joined->empty()) committed_(*joined);

  FlowItem item{
      .end = journal_.durable(), .readings = nullptr, .plan = nullptr, .received = oldest};
  if (oldest) to_commit_.add(clock_.now() - *oldest);
  {
    std::lock_guard lock(mutex_);
    item.plan = std::move(next_plan_);
    next_plan_ = nullptr;
  }
  since_snapshot_ += joined->size();
  const Time now = clock_.steady();
  // After a change of plan too: a start that replays from before it would decide otherwise.
  if (item.plan ||
      (since_snapshot_ > 0 && (since_snapshot_ >= options_.snapshot_readings ||
                               now - last_snapshot_ >= options_.snapshot_every || in_.drained()))) {
    item.snapshot = true;
    since_snapshot_ = 0;
    last_snapshot_ = now;
  }
  if (!joined->empty()) item.readings = std::move(joined);
  if (!item.readings && !item.plan && !item.snapshot) return;
  for (auto& queue : out_) queue->push(item);
}

bool CommitLane::step(Duration wait) {
  gather(wait);
  if (group_.empty()) {
    hand_on();  // a new plan does not wait for readings
    return !in_.drained();
  }
  if (wait > Duration{}) keep_pace();
  if (commit()) {
    hand_on();
    return true;
  }
  if (abandoned_.load(std::memory_order_relaxed)) return false;
  clock_.sleep(std::min(wait.ns > 0 ? options_.retry : Duration{}, options_.retry));
  return true;
}

}  // namespace lineside::edge
