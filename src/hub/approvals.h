// Four eyes before a model version goes into service. The rule is fixed: somebody with
// approve_models at the pipeline's site, who neither made the version (hub/makers.h: its author,
// whoever wrote it or another one with its digest into the catalog, or brought its file) nor asked
// for the approval, in person or by a program, has approved exactly its digest.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "domain/models.h"
#include "hub/access/caller.h"
#include "hub/hub.h"
#include "hub/makers.h"
#include "store/hub_approvals.h"

namespace lineside::hub {

// Somebody other than who asked for it and than its author has approved exactly this digest of the
// version, whatever became of him.
Result<bool> was_approved(const store::HubApprovals& approvals, const std::string& version,
                          const domain::ModelVersionSpec& spec);

struct Decision {
  std::int64_t approval = 0;
  bool approved = false;
  std::string digest;  // what was looked at, "sha256:<64 hex>"
  std::string reason;
};

// Any thread may call.
class Approvals {
 public:
  Approvals(Hub& hub, GrantBook& grants) : hub_(hub), grants_(grants) {}

  // Asks for one of the version's digest. Errors: not_found; denied (neither write_models nor
  // write_pipelines); invalid (its artifact is not in the store); conflict (one waits already, or
  // the version was changed meanwhile).
  Result<store::Approval> request(const Caller& caller, const std::string& version,
                                  std::string_view reason);
  // Errors: not_found; denied, with the reason; conflict (decided already, another digest, or the
  // version was changed meanwhile); unauthenticated (the caller's session has ended meanwhile).
  Result<store::Approval> decide(const Caller& caller, const Decision& decision);

  // Why the caller may not decide it; empty: may.
  Result<std::string> why_not(const Caller& caller, const store::Approval& approval);

  // What those may do who have approved exactly this digest of the version and still count.
  Result<std::vector<std::shared_ptr<const Grants>>> approvers(
      const std::string& version, const domain::ModelVersionSpec& spec);
  // Whether the caller may make the version what `spec` says. Errors: conflict, where somebody was
  // asked about another digest of it, which therefore stays; or where somebody who approved it
  // would become its author or one who wrote it, while pipelines run it on his word. Returns all
  // approvals of the version, for expect().
  Result<std::vector<store::Approval>> check_change(const Caller& caller,
                                                    const std::string& version,
                                                    const domain::ModelVersionSpec& spec);
  // For the transaction that changes the version: that its approvals are still those. Errors:
  // conflict.
  Result<void> expect(const std::string& version, std::span<const store::Approval> seen);

 private:
  Result<std::vector<store::Approval>> approvals_of(const std::string& version) const;
  Result<bool> has_asked(const std::string& person, const store::Approval& approval);
  struct Version {
    domain::ModelVersionSpec spec;
    std::int64_t revision = 0;
  };
  Result<Version> version_of(const std::string& name) const;
  void publish(const store::Approval& approval);

  Hub& hub_;
  GrantBook& grants_;
};

}  // namespace lineside::hub
