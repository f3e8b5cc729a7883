// What waits for a second person's word, and what was said.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "store/hub_audit.h"
#include "store/hub_catalog.h"

namespace lineside::store {

enum class ApprovalState : unsigned char { requested, approved, rejected, withdrawn };
constexpr auto names(const ApprovalState*) {
  return std::array<std::string_view, 4>{"requested", "approved", "rejected", "withdrawn"};
}

struct Approval {
  std::int64_t id = 0;  // given by request()
  ObjectName subject;
  std::string digest;   // exactly this and nothing else is approved
  std::string purpose;  // what for; canonical JSON of the hub
  std::string requested_by;
  Time requested;
  ApprovalState state = ApprovalState::requested;
  std::string decided_by;
  std::optional<Time> decided;
  std::string reason;
  bool operator==(const Approval&) const = default;
};

struct ApprovalQuery {
  std::optional<ApprovalState> state;
  std::optional<ObjectName> subject;
  std::int64_t before = 0;  // ids below it only; 0: all
  std::size_t limit = 100;
  // Not null: damaged ones are left out and told here, a text for each, and are no error.
  std::vector<std::string>* damaged = nullptr;
};

// Any thread may call. `entries` become audit leaves in the same transaction.
class HubApprovals {
 public:
  explicit HubApprovals(HubCore& core) : core_(core) {}

  // The id. Errors: conflict when the same digest of the subject already waits.
  Result<std::int64_t> request(const Approval& approval, std::span<const AuditEntry> entries);
  // Sets state, decided_by, decided and reason of `decision.id`. Errors: not_found; conflict when
  // it has been decided already.
  Result<void> decide(const Approval& decision, std::span<const AuditEntry> entries);
  // For HubDb::together(), where list() shows what was before: that a list is still what was looked
  // at. Errors: conflict.
  Result<void> expect(const ApprovalQuery& query, std::span<const Approval> seen);
  Result<Approval> get(std::int64_t id) const;                           // or not_found
  Result<std::vector<Approval>> list(const ApprovalQuery& query) const;  // newest first

 private:
  HubCore& core_;
};

}  // namespace lineside::store
