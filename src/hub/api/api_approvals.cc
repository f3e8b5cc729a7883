#include <charconv>
#include <format>

#include "base/log.h"
#include "base/text.h"
#include "hub/api/api_internal.h"

namespace lineside::hub {

using domain::Kind;
using domain::Permission;

namespace {

Result<ApprovalView> view_of(const ApiCall& call, const store::Approval& approval) {
  ApprovalView view;
  view.id = approval.id;
  view.kind = approval.subject.kind;
  view.name = approval.subject.name;
  view.digest = approval.digest;
  view.purpose = purpose_of(approval).reason;
  view.requested_by = approval.requested_by;
  view.requested = approval.requested;
  view.state = approval.state;
  view.decided_by = approval.decided_by;
  view.decided = approval.decided;
  view.reason = approval.reason;
  auto why_not = call.parts.approvals.why_not(*call.caller, approval);
  if (!why_not && why_not.error().code == Code::corrupt) {
    log::error("hub", "approval {}: {}", approval.id, why_not.error().text);
    why_not = std::string("what is stored of the version or of who made it is damaged");
  }
  view.why_not = TRY(why_not);
  view.may_decide = view.why_not.empty();
  return view;
}

Result<std::int64_t> id_of(const ApiCall& call) {
  const std::string& text = call.route.captured.front();
  std::int64_t id = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), id);
  if (error == std::errc() && end == text.data() + text.size() && id > 0) return id;
  return fail(Code::not_found, std::format("no approval '{}'", excerpt(text, 40)));
}

}  // namespace

ApiAnswer list_approvals(const ApiCall& call) {
  store::ApprovalQuery query;
  if (const auto text = call.request.target.parameter("state")) {
    query.state = domain::from_text<store::ApprovalState>(*text);
    if (!query.state)
      return invalid(
          std::format("state: expected requested, approved, rejected or withdrawn, found '{}'",
                      excerpt(*text, 40)));
  }
  query.limit = TRY(call.limit());
  query.before =
      static_cast<std::int64_t>(TRY(call.number("before", 0, 1, std::uint64_t{1} << 60)));
  std::vector<std::string> damaged;
  query.damaged = &damaged;
  const auto approvals = TRY(call.db().approvals().list(query));
  ApprovalItems view;
  for (const store::Approval& approval : approvals)
    view.items.push_back(TRY(view_of(call, approval)));
  const bool is_full = approvals.size() + damaged.size() == query.limit;
  if (is_full && !approvals.empty()) view.next = std::to_string(approvals.back().id);
  view.damaged = log_damaged(damaged);
  return response_of(view);
}

ApiAnswer request_approval(const ApiCall& call) {
  const auto body = TRY(call.read<ApprovalBody>());
  const auto approval =
      TRY(call.parts.approvals.request(*call.caller, body.model_version, body.reason));
  return response_of(TRY(view_of(call, approval)), 201);
}

ApiAnswer show_approval(const ApiCall& call) {
  const auto approval = TRY(call.db().approvals().get(TRY(id_of(call))));
  return response_of(TRY(view_of(call, approval)));
}

ApiAnswer decide_approval(const ApiCall& call) {
  const std::int64_t id = TRY(id_of(call));
  const auto body = TRY(call.read<DecisionBody>());
  const auto approval = TRY(call.parts.approvals.decide(
      *call.caller, {id, body.decision == Verdict::approved, body.digest, body.reason}));
  return response_of(TRY(view_of(call, approval)));
}

}  // namespace lineside::hub
