#include "wire/reporter.h"

#include <algorithm>
#include <utility>

#include "base/text.h"

namespace lineside::wire {

namespace {

// Why a link is not up may be worded anew at each try: only that there is a reason now counts.
bool stand_otherwise(const std::vector<RunningConnection>& now,
                     const std::vector<RunningConnection>& told) {
  using Link = RunningConnection;
  if (!std::ranges::equal(now, told, {}, &Link::name, &Link::name)) return false;
  return !std::ranges::equal(now, told, [](const Link& a, const Link& b) {
    return a.state == b.state && a.problem.empty() == b.problem.empty();
  });
}

constexpr Duration kLastWord = Duration::seconds(2);

void cut(std::vector<std::string>& problems) {
  if (problems.size() > kProblemsMax) problems.resize(kProblemsMax);
  for (std::string& problem : problems) problem = excerpt(problem, kProblemBytes);
}

}  // namespace

Result<void> Reporter::tell(StateReport now, HubLink& link) {
  const std::lock_guard lock(mutex_);
  cut(now.problems);
  return send(std::move(now), link);
}

Result<void> Reporter::tell_stopped(StateReport last, const Joined& joined, LinkWorld world) {
  const std::lock_guard lock(mutex_);
  if (is_away_) return {};
  cut(last.problems);
  last.state = ReportState::stopped;
  last.seen = clock_.now();
  HubLink link(joined.identity, joined.credential, world,
               {.limit = kLastWord, .dial_limit = kLastWord});
  return link.report(last);
}

Result<void> Reporter::tell_links(std::vector<RunningConnection> links, HubLink& by) {
  const std::lock_guard lock(mutex_);
  const Time steady = clock_.steady();
  if (told_text_.empty() || steady - links_told_at_ < options_.links_every) return {};
  if (!stand_otherwise(links, told_.runs.connections)) return {};
  StateReport now = told_;
  now.runs.connections = std::move(links);
  links_told_at_ = steady;
  return send(std::move(now), by);
}

void Reporter::forget() {
  const std::lock_guard lock(mutex_);
  told_text_.clear();
  is_away_ = true;
}

Result<void> Reporter::send(StateReport now, HubLink& link) {
  now.seen = {};
  std::string text = write_message(now);
  const Time steady = clock_.steady();
  if (text == told_text_ && steady - told_at_ < options_.every) return {};
  told_text_.clear();  // of a report that fails the hub may have heard
  now.seen = clock_.now();
  TRY(link.report(now));
  told_ = std::move(now);
  told_text_ = std::move(text);
  told_at_ = steady;
  is_away_ = false;
  return {};
}

}  // namespace lineside::wire
