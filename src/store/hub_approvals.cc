#include "store/hub_approvals.h"

#include <algorithm>
#include <format>
#include <limits>

#include "store/hub_core_internal.h"

namespace lineside::store {

namespace {

// The columns of approval_*.sql.
Approval read_approval(const Statement& row) {
  return {.id = row.integer(0),
          .subject = {.kind = row.one_of<domain::Kind>(1, "approval.kind", 0), .name = row.text(2)},
          .digest = row.text(3),
          .purpose = row.text(4),
          .requested_by = row.text(5),
          .requested = Time{row.integer(6)},
          .state = row.one_of<ApprovalState>(7, "approval.state", 0),
          .decided_by = row.text(8),
          .decided = time_of(row, 9),
          .reason = row.text(10)};
}

Result<std::vector<Approval>> find_all(Database& database, const ApprovalQuery& query) {
  std::vector<Approval> found;
  const auto take_all = [&](Statement& rows) {
    return rows.take_each(
        read_approval, [&](Approval&& one) { found.push_back(std::move(one)); }, query.damaged);
  };
  const std::int64_t before =
      query.before > 0 ? query.before : std::numeric_limits<std::int64_t>::max();
  std::optional<int> state;
  if (query.state) state = static_cast<int>(*query.state);
  if (query.subject) {
    TRY(take_all(database["approval_list_subject"].with(
        before, query.limit, state, static_cast<int>(query.subject->kind), query.subject->name)));
  } else if (state) {
    TRY(take_all(database["approval_list_state"].with(before, query.limit, *state)));
  } else {
    TRY(take_all(database["approval_list"].with(before, query.limit)));
  }
  return found;
}

}  // namespace

Result<std::int64_t> HubApprovals::request(const Approval& approval,
                                           std::span<const AuditEntry> entries) {
  std::int64_t id = 0;
  const auto kind = static_cast<int>(approval.subject.kind);
  TRY(core_.write([&](HubWriting& writing) -> Result<void> {
    bool is_waiting = false;
    TRY(writing["approval_waiting"]
            .with(kind, approval.subject.name, approval.digest)
            .each([&](const Statement&) { is_waiting = true; }));
    if (is_waiting) return fail(Code::conflict, "an approval of the same digest already waits");
    TRY(writing["approval_add"]
            .with(kind, approval.subject.name, approval.digest, approval.purpose,
                  approval.requested_by, approval.requested.ns)
            .each([&](const Statement& row) { id = row.integer(0); }));
    return writing.add_leaves(entries);
  }));
  return id;
}

Result<void> HubApprovals::decide(const Approval& decision, std::span<const AuditEntry> entries) {
  return core_.write([&](HubWriting& writing) -> Result<void> {
    TRY(writing["approval_decide"]
            .with(decision.id, static_cast<int>(decision.state), decision.decided_by,
                  ns_of(decision.decided), decision.reason)
            .run());
    if (writing.changes() > 0) return writing.add_leaves(entries);
    bool is_known = false;
    TRY(writing["approval_get"].with(decision.id).each([&](const Statement&) { is_known = true; }));
    if (!is_known) return fail(Code::not_found, std::format("no approval {}", decision.id));
    return fail(Code::conflict, std::format("approval {} has been decided already", decision.id));
  });
}

Result<void> HubApprovals::expect(const ApprovalQuery& query, std::span<const Approval> seen) {
  return core_.write([&](HubWriting& writing) -> Result<void> {
    const auto found = TRY(find_all(writing.connection().database, query));
    if (std::ranges::equal(found, seen)) return {};
    return fail(Code::conflict, "an approval was asked for or decided meanwhile; try again");
  });
}

Result<Approval> HubApprovals::get(std::int64_t id) const {
  return core_.read([&](HubConnection& reader) -> Result<Approval> {
    std::optional<Approval> found;
    TRY(reader.database["approval_get"].with(id).each(
        [&](const Statement& row) { found = read_approval(row); }));
    if (found) return *std::move(found);
    return fail(Code::not_found, std::format("no approval {}", id));
  });
}

Result<std::vector<Approval>> HubApprovals::list(const ApprovalQuery& query) const {
  return core_.read([&](HubConnection& reader) { return find_all(reader.database, query); });
}

}  // namespace lineside::store
