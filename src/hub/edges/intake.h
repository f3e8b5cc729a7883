// What edges say, on its way into the database: reports and signs of life together about once a
// second, streams that have appeared, copies of alerts and verdicts.
#pragma once

#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "base/result.h"
#include "hub/edges/membership.h"
#include "hub/hub.h"
#include "net/http_later.h"
#include "wire/messages.h"

namespace lineside::hub {

struct IntakeOptions {
  std::uint64_t unclaimed_max = 10'000;  // streams of a site that nobody owns yet
};

// Any thread may call.
class Intake {
 public:
  Intake(Hub& hub, IntakeOptions options) : hub_(hub), options_(options) {}

  // The answer comes once the report is stored, with all that came meanwhile. Errors: denied (the
  // report of another edge), invalid (a version that cannot be). Characters that are no text are
  // kept as their escapes, here and in batches.
  Result<std::shared_ptr<net::HttpLater>> report(const EdgeCaller& caller,
                                                 const wire::StateReport& report,
                                                 std::string_view document);
  void saw(const std::string& edge);
  // Stores what has come; the edges that reported. To be called about every second.
  std::vector<std::string> flush();

  // Registers what the catalog does not know as unclaimed: the stream, its asset and the device
  // that speaks for it. What belongs to a site that is not the edge's or below is passed over.
  // Errors: invalid (names), exhausted (IntakeOptions::unclaimed_max).
  Result<void> discovered(const EdgeCaller& caller, const wire::Discovered& discovered);
  // What the edge says of alerts that another one of its name has raised (HubAlerts::put()), and
  // verdicts of authors that only the hub calls so (is_pseudonym()), are passed over, logged and
  // counted: the others are stored. Errors: denied (an alert of another edge), invalid (more than
  // wire::kBatchMax).
  Result<void> batch(const EdgeCaller& caller, const wire::Batch& batch);
  std::string metrics_text() const;  // Prometheus

 private:
  struct Registration;
  Result<bool> register_new(const EdgeCaller& caller, const wire::Discovered& discovered);

  struct Waiting {
    store::EdgeReport report;
    std::vector<std::shared_ptr<net::HttpLater>> answers;
  };

  Hub& hub_;
  const IntakeOptions options_;
  std::mutex mutex_;
  std::map<std::string, Waiting> reports_;  // by edge: the newest
  std::map<std::string, Time> seen_;
  std::atomic<std::uint64_t> foreign_ = 0;    // alerts and verdicts that were passed over
  std::atomic<std::uint64_t> disguised_ = 0;  // verdicts
};

}  // namespace lineside::hub
