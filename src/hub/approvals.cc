#include "hub/approvals.h"

#include <algorithm>
#include <array>
#include <format>
#include <optional>

#include "codec/catalog.h"
#include "codec/json_writer.h"
#include "hub/audit_entry.h"

namespace lineside::hub {

using domain::Kind;
using domain::Permission;
using store::ApprovalState;

namespace {

constexpr std::size_t kApprovalsOfVersionMax = 1'000;  // of one version

std::string_view hex_of(std::string_view digest) {
  constexpr std::string_view kApprovalPrefix = "sha256:";
  return digest.starts_with(kApprovalPrefix) ? digest.substr(kApprovalPrefix.size()) : digest;
}

store::ApprovalQuery query_of(const std::string& version, std::optional<ApprovalState> state) {
  return {.state = state,
          .subject = store::ObjectName{Kind::model_version, version},
          .limit = kApprovalsOfVersionMax};
}

}  // namespace

Result<bool> was_approved(const store::HubApprovals& approvals, const std::string& version,
                          const domain::ModelVersionSpec& spec) {
  const auto yes = TRY(approvals.list(query_of(version, ApprovalState::approved)));
  return std::ranges::any_of(yes, [&](const store::Approval& approval) {
    const std::string& by = approval.decided_by;
    const bool is_own = by == approval.requested_by || by == spec.author;
    return approval.digest == spec.digest && !is_own;
  });
}

Result<Approvals::Version> Approvals::version_of(const std::string& name) const {
  const auto object = TRY(hub_.db().catalog().get(Kind::model_version, name));
  return Version{TRY_WITH(codec::read_spec<domain::ModelVersionSpec>(object.spec),
                          std::format("ModelVersion '{}'", name)),
                 object.revision.number};
}

Result<bool> Approvals::has_asked(const std::string& person, const store::Approval& approval) {
  Makers requesters(hub_.db());
  TRY(requesters.add_requester(approval));
  return requesters.contains(person);
}

Result<store::Approval> Approvals::request(const Caller& caller, const std::string& version,
                                           std::string_view reason) {
  const auto [spec, revision] = TRY(version_of(version));
  if (!caller.grants->may_somewhere(Permission::write_models) &&
      !caller.grants->may_somewhere(Permission::write_pipelines))
    return fail(Code::denied, "expected permission write_models or write_pipelines");
  if (!hub_.blobs().size(hex_of(spec.digest)))
    return invalid("the artifact " + spec.digest + " is not in the store; upload it first");
  store::Approval approval;
  approval.subject = {Kind::model_version, version};
  approval.digest = spec.digest;
  codec::JsonWriter purpose;
  purpose.value(ApprovalPurpose{std::string(reason), caller.token});
  approval.purpose = purpose.take();
  approval.requested_by = caller.author();
  approval.requested = hub_.world().clock.now();
  const std::string actor = TRY(actor_of(hub_.db().audit(), caller));
  const auto entry = audit_entry(approval.requested, "approval.requested", actor,
                                 "ModelVersion/" + version, {{"digest", spec.digest}});
  TRY(hub_.db().together([&]() -> Result<void> {
    TRY(expect_caller(hub_.db(), caller));
    TRY(hub_.db().catalog().expect(approval.subject, revision));
    approval.id = TRY(hub_.db().approvals().request(approval, std::span(&entry, 1)));
    return {};
  }));
  publish(approval);
  return approval;
}

Result<std::string> Approvals::why_not(const Caller& caller, const store::Approval& approval) {
  if (approval.state != ApprovalState::requested) return "it has been decided";
  if (!caller.is_session()) return "a program cannot decide";
  if (!caller.grants->may_somewhere(Permission::approve_models))
    return "expected permission approve_models";
  if (approval.requested_by == caller.person) return "you asked for it";
  if (TRY(has_asked(caller.person, approval))) return "a program asked for it that you gave out";
  const auto version = version_of(approval.subject.name);
  if (!version && version.error().code == Code::not_found) return "the version is gone";
  if (!version) return version.error();
  if (version->spec.digest != approval.digest) return "the version has another digest now";
  Makers makers(hub_.db());
  TRY(makers.add_version(approval.subject.name, approval.digest));
  return TRY(makers.contains(caller.person)) ? "you made the version" : "";
}

Result<store::Approval> Approvals::decide(const Caller& caller, const Decision& decision) {
  auto approval = TRY(hub_.db().approvals().get(decision.approval));
  if (approval.state != ApprovalState::requested)
    return fail(Code::conflict, "it has been decided already");
  // Before the look at who made it.
  const auto seen = version_of(approval.subject.name);
  const std::string why = TRY(why_not(caller, approval));
  if (!why.empty()) return fail(Code::denied, "not to be decided by you: " + why);
  if (!seen) return seen.error();
  if (decision.digest != approval.digest)
    return fail(Code::conflict, "expected digest " + approval.digest + ", found another one");
  approval.state = decision.approved ? ApprovalState::approved : ApprovalState::rejected;
  approval.decided_by = caller.person;
  approval.decided = hub_.world().clock.now();
  approval.reason = decision.reason;
  const std::string actor = TRY(actor_of(hub_.db().audit(), caller));
  const auto entry =
      audit_entry(*approval.decided, decision.approved ? "approval.approved" : "approval.rejected",
                  actor, "ModelVersion/" + approval.subject.name, {{"digest", approval.digest}});
  TRY(hub_.db().together([&]() -> Result<void> {
    TRY(expect_caller(hub_.db(), caller));
    TRY(hub_.db().catalog().expect(approval.subject, seen->revision));
    return hub_.db().approvals().decide(approval, std::span(&entry, 1));
  }));
  publish(approval);
  return approval;
}

Result<std::vector<store::Approval>> Approvals::approvals_of(const std::string& version) const {
  return hub_.db().approvals().list(query_of(version, std::nullopt));
}

Result<std::vector<std::shared_ptr<const Grants>>> Approvals::approvers(
    const std::string& version, const domain::ModelVersionSpec& spec) {
  auto approvals = TRY(approvals_of(version));
  std::erase_if(approvals, [&](const store::Approval& approval) {
    return approval.state != ApprovalState::approved || approval.digest != spec.digest;
  });
  std::vector<std::shared_ptr<const Grants>> found;
  if (approvals.empty()) return found;
  Makers makers(hub_.db());
  TRY(makers.add_version(version, spec.digest));
  TRY(makers.add(spec.author, ""));  // as it will be after the batch
  for (const store::Approval& approval : approvals) {
    if (TRY(makers.contains(approval.decided_by))) continue;
    if (TRY(has_asked(approval.decided_by, approval))) continue;
    const auto grants = grants_.of_person(approval.decided_by);
    if (!grants && grants.error().code != Code::not_found) return grants.error();
    if (grants) found.push_back(*grants);
  }
  return found;
}

Result<std::vector<store::Approval>> Approvals::check_change(const Caller& caller,
                                                             const std::string& version,
                                                             const domain::ModelVersionSpec& spec) {
  auto approvals = TRY(approvals_of(version));
  if (approvals.empty()) return approvals;
  Makers makers(hub_.db());
  TRY(makers.add(caller.author(), TRY(actor_of(hub_.db().audit(), caller))));
  TRY(makers.add(spec.author, ""));
  for (const store::Approval& approval : approvals) {
    const bool is_yes = approval.state == ApprovalState::approved;
    if (!is_yes && approval.state != ApprovalState::requested) continue;
    if (approval.digest != spec.digest)
      return fail(Code::conflict, "ModelVersion/" + version +
                                      ": an approval was asked for another digest; make a new "
                                      "version");
    if (is_yes && TRY(makers.contains(approval.decided_by)))
      return fail(Code::conflict, "ModelVersion/" + version + ": " + approval.decided_by +
                                      " has approved it, so is neither its author nor writes it; "
                                      "make a new version");
  }
  return approvals;
}

Result<void> Approvals::expect(const std::string& version, std::span<const store::Approval> seen) {
  return hub_.db().approvals().expect(query_of(version, std::nullopt), seen);
}

void Approvals::publish(const store::Approval& approval) {
  codec::JsonWriter json;
  json.begin_object().member("id", approval.id).member("state", approval.state);
  json.member("name", approval.subject.name).end_object();
  hub_.feed().publish({.type = "approval", .json = json.take(), .site = {}});
}

}  // namespace lineside::hub
