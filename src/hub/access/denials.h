// Refusals in the audit log. An attacker makes as many as he likes, so only so many a minute become
// leaves of their own; of the others the next leaf tells how many there were.
#pragma once

#include <cstdint>
#include <mutex>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/time.h"
#include "hub/audit_entry.h"
#include "net/http.h"
#include "store/hub_audit.h"
#include "world/clock.h"

namespace lineside::hub {

struct Denial {
  std::string_view action;  // "session.denied", "access.denied"
  std::string actor;        // as in AuditEntry
  std::string subject;      // what was asked for; no name of a person, no secret
  std::string reason;
  std::string object{};    // of a batch, what of it was refused, as subjects name it
  bool is_missed = false;  // about what is not there for him: mere reads may be that
};

// What an edge is refused on the wire: its subject is of whom the certificate tells, whether or not
// that is still good.
Denial wire_denial(const net::HttpRequest& request, const Error& error);

// Any thread may call.
class DenialLog {
 public:
  static constexpr std::uint32_t kPerMinute = 60;
  static constexpr std::uint32_t kMissedPerMinute = 30;  // of them: they leave room for the others

  DenialLog(store::HubAudit& audit, const world::Clock& clock) : audit_(audit), clock_(clock) {}

  // A log that cannot be written is told to the process log: the refusal stands all the same.
  void record(const Denial& denial);
  // Writes what was counted in a minute that has passed; to be called now and then.
  void flush();

 private:
  // How many were not written before, if this one is to be written.
  bool take(bool is_missed, std::uint64_t& suppressed);
  void append(const store::AuditEntry& entry);

  store::HubAudit& audit_;
  const world::Clock& clock_;
  std::mutex mutex_;
  Time minute_;  // when it began, by the steady clock
  std::uint32_t written_ = 0;
  std::uint32_t missed_ = 0;  // of them
  std::uint64_t suppressed_ = 0;
};

}  // namespace lineside::hub
