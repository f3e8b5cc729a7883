// Who has made what somebody is asked to approve, by whatever way: in person, by a program whose
// secret he took, under another name of the same bytes, or long ago. Read out of the audit log,
// which forgets none of it.
#pragma once

#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "store/hub_approvals.h"
#include "store/hub_db.h"

namespace lineside::hub {

// Purpose of an approval as it is stored.
struct ApprovalPurpose {
  std::string reason;
  std::string token;  // of the program that asked in a person's name; empty: it was the person
};
constexpr auto fields(const ApprovalPurpose*) {
  using domain::field;
  return std::tuple(field("reason", &ApprovalPurpose::reason, "what for"),
                    field("token", &ApprovalPurpose::token, "the program that asked"));
}
// Empty where it is none.
ApprovalPurpose purpose_of(const store::Approval& approval);

// The entry that says who writes a model version of a file, and whom he calls its author.
store::AuditEntry made_entry(const store::CatalogBatch& batch, const std::string& version,
                             const std::string& digest, const std::string& author_commitment);

// A set of people and programs. Of a program are those who took a secret of it, made its Token or
// changed it, in person or by other programs, and for whom any revision of that lets it act.
class Makers {
 public:
  explicit Makers(store::HubDb& db) : db_(db) {}

  // The authors and writers of the version and of each other one that has the digest or had it,
  // and who uploaded these bytes first. Not who put a stand-in where it named somebody erased.
  Result<void> add_version(const std::string& version, const std::string& digest);
  // Who asked for the approval.
  Result<void> add_requester(const store::Approval& approval);
  // `name` as revisions name an author, `actor` as the audit log does.
  Result<void> add(const std::string& name, const std::string& actor);

  Result<bool> contains(const std::string& person) const;

 private:
  Result<void> add_revisions(const std::string& version);
  Result<void> add_holders(const std::string& token);
  Result<std::vector<store::AuditLeaf>> entries_of(const std::string& subject,
                                                   const std::string& action);
  Result<std::vector<store::AuditLeaf>> add_actors(const std::string& subject);

  store::HubDb& db_;
  bool too_many_ = false;             // to tell: then it is everybody
  std::set<std::string> names_;       // of people
  std::set<std::string> actors_;      // commitments, and programs that were followed
  std::vector<std::string> entries_;  // texts that name authors by commitments
};

}  // namespace lineside::hub
