// Four eyes before a model version goes into service. The rule is fixed: somebody with
// approve_models at the pipeline's site, who neither made the version (its author, and whoever
// wrote it into the catalog) nor asked for the approval, has approved exactly its digest.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "domain/models.h"
#include "hub/access/caller.h"
#include "hub/hub.h"
#include "store/hub_approvals.h"

namespace lineside::hub {

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
  // write_pipelines); invalid (its artifact is not in the store); conflict (one waits already).
  Result<store::Approval> request(const Caller& caller, const std::string& version,
                                  std::string_view reason);
  // Errors: not_found; denied, with the reason; conflict (decided already, or another digest).
  Result<store::Approval> decide(const Caller& caller, const Decision& decision);

  // Why the caller may not decide it; empty: may.
  Result<std::string> why_not(const Caller& caller, const store::Approval& approval);

  // What those may do who have approved exactly this digest of the version and still count.
  Result<std::vector<std::shared_ptr<const Grants>>> approvers(
      const std::string& version, const domain::ModelVersionSpec& spec);
  // Whether somebody was asked about another digest of the version, which therefore stays.
  Result<bool> is_bound_otherwise(const std::string& version, std::string_view digest);

 private:
  Result<bool> has_made(const std::string& person, const std::string& version,
                        const domain::ModelVersionSpec& spec);
  Result<domain::ModelVersionSpec> version_of(const std::string& name) const;
  void publish(const store::Approval& approval);

  Hub& hub_;
  GrantBook& grants_;
};

}  // namespace lineside::hub
