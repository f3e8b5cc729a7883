// What an edge has told its hub of itself, and when it tells it again.
#pragma once

#include <mutex>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "wire/hub_link.h"
#include "wire/messages.h"
#include "world/clock.h"

namespace lineside::wire {

struct ReporterOptions {
  Duration every = Duration::seconds(600);      // also without news
  Duration links_every = Duration::seconds(5);  // at least, between reports of links alone
};

// Any thread. One report is sent at a time: the hub keeps the one that comes last.
class Reporter {
 public:
  explicit Reporter(world::Clock& clock, ReporterOptions options = {})
      : clock_(clock), options_(options) {}

  // Says nothing that the hub has heard, unless that was long ago. Sets the time of the report, and
  // cuts its problems to what one may hold. Errors: those of HubLink::report().
  Result<void> tell(StateReport now, HubLink& link);
  // The last report once more where the links stand otherwise by now: up or not, with a reason or
  // none yet. Of other links than it names tell() says the rest too. Errors: as there.
  Result<void> tell_links(std::vector<RunningConnection> links, HubLink& by);
  // The hub may have heard nothing: the next tell() sends.
  void forget();
  // That the edge is stopped in order, by a connection of its own, which takes 2 s at most. Nothing
  // where the hub has taken no report since forget(): to look up its name alone may take long. One
  // that the stop has cut off is no sign that it is away. Errors: as there.
  Result<void> tell_stopped(StateReport last, const Joined& joined, LinkWorld world);

 private:
  Result<void> send(StateReport now, HubLink& link);  // with mutex_ held

  world::Clock& clock_;
  const ReporterOptions options_;
  std::mutex mutex_;
  StateReport told_;       // the last report
  std::string told_text_;  // the same, but for its time; empty: to be told anew
  Time told_at_;           // steady
  Time links_told_at_;     // steady; of links alone
  bool is_away_ = false;   // what was asked of the hub last has failed
};

}  // namespace lineside::wire
