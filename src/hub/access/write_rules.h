// Whether a caller may make a batch of changes to the catalog.
//
// - Sites, assets, devices, streams, connections, contracts and pipelines: the permission at the
//   site where the object is and where it goes; everywhere for what is of no site. A new site is
//   its parent's. Moving a site under another parent, or under none, gives its place to all who are
//   something there and takes it from those of the old one: whoever moves it may do everything at
//   it.
// - Device types, datasets, models and model versions are shared: the permission at some site.
// - People: manage_people wherever the person is or will be something. Roles: everywhere; those
//   that are built in stay as they are. Tokens: manage_tokens at the token's site.
// - Nobody grants what they lack: by a role of a person, by a permission of a role, by a token. Nor
//   do they change or delete a person or a token that may do more than they, or take from a role
//   what they lack. The name of somebody who was erased is not given again.
// - A model version whose digest somebody was asked to approve keeps it, and nobody who approved it
//   becomes its author or writes it; a pipeline names none that is not approved for where it runs
//   (hub/approvals.h), its site or that of the edge it names, and no file.
// - What names an edge takes write_pipelines where the edge is. Moving the Device of the edge takes
//   it there and where it goes, and an approval there of what the pipelines run that name it.
// - What would change nothing takes the same permission.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "hub/access/caller.h"
#include "hub/approvals.h"
#include "store/hub_catalog.h"

namespace lineside::hub {

struct WriteSources {
  const store::HubCatalog& catalog;
  GrantBook& grants;
  Approvals& approvals;
  const store::HubAudit& audit;
};

// A pipeline that names another model version than before.
struct ServiceChange {
  std::string pipeline;
  std::string version;  // empty: none any more
};

// A model version that comes or changes.
struct MadeVersion {
  std::string name;
  std::string digest;
  std::string author;
  std::vector<store::Approval> approvals{};  // of it, as the rules have seen them
};

// Owned by one thread.
class WriteRules {
 public:
  // Reads what the rules need. `caller` and `writes` outlive it.
  static Result<WriteRules> prepare(const WriteSources& sources, const Caller& caller,
                                    std::span<const store::ObjectWrite> writes);

  // CatalogBatch::permit; reads nothing. Errors: denied; conflict (the digest is bound; an approver
  // would have made the version; an erased person's name; what a rule has looked at was changed by
  // another meanwhile; what runs at a moved edge is not approved where it goes); invalid (a
  // pipeline with a file).
  Result<void> permit(const store::ObjectWrite& write, const store::ObjectOutcome& outcome) const;

  // Whether the caller has the permission at the site, which the batch may make. Reads nothing.
  bool may_at(domain::Permission permission, std::string_view site) const;

  const std::vector<ServiceChange>& service_changes() const { return service_changes_; }
  // Model versions that come with another file or report than they had, and have a report.
  const std::vector<std::string>& trained_versions() const { return trained_versions_; }
  const std::vector<MadeVersion>& made_versions() const { return made_versions_; }

 private:
  struct PipelineRule {
    bool is_new = false;                   // another version than before, or another edge
    std::optional<std::string> edge_site;  // of one that names an edge
    std::vector<std::shared_ptr<const Grants>> approvers;
  };
  WriteRules(const WriteSources& sources, const Caller& caller,
             std::span<const store::ObjectWrite> writes)
      : sources_(sources), caller_(caller), writes_(writes) {}

  Result<void> prepare_one(const store::ObjectWrite& write);
  template <class Spec>
  Result<std::optional<Spec>> read_old(const store::ObjectWrite& write);
  Result<void> prepare_site(const store::ObjectWrite& write);
  Result<void> prepare_person(const store::ObjectWrite& write);
  Result<void> prepare_role(const store::ObjectWrite& write);
  Result<void> prepare_token(const store::ObjectWrite& write);
  Result<void> prepare_version(const store::ObjectWrite& write);
  Result<void> prepare_connection(const store::ObjectWrite& write);
  Result<void> prepare_pipeline(const store::ObjectWrite& write);
  Result<std::optional<std::string>> site_of_edge(const std::string& edge) const;
  Result<void> check_edge(const std::string& edge) const;
  Result<void> check_edge_now(const std::string& edge) const;
  Result<void> check_at_edge(const std::string& edge, const std::string& site) const;

  Result<void> check_grant(const domain::RoleGrant& grant);
  Result<void> check_covers(const domain::RoleGrant& grant) const;
  Result<void> check_covers(const domain::TokenSpec& token) const;
  Result<void> check_manages(domain::Permission permission, const std::vector<std::string>& sites);
  Result<std::optional<std::string>> spec_of(domain::Kind kind, const std::string& name) const;
  const store::ObjectWrite* find_write(domain::Kind kind, std::string_view name) const;

  Result<void> check_seen(const store::ObjectWrite& write,
                          const store::ObjectOutcome& outcome) const;
  Result<void> permit_site(const store::ObjectWrite& write,
                           const store::ObjectOutcome& outcome) const;
  Result<void> permit_move(const store::ObjectWrite& write, const std::string& parent) const;
  Result<void> permit_at(const store::ObjectWrite& write, const std::string& site) const;
  Result<void> permit_service(const store::ObjectWrite& write,
                              const store::ObjectOutcome& outcome) const;
  Result<void> permit_edge_move(const store::ObjectWrite& device,
                                const store::ObjectOutcome& outcome) const;
  Result<void> permit_named(const store::ObjectLink& named, const std::string& site) const;
  const store::ObjectWrite* find_placed(const store::ObjectName& object) const;

  WriteSources sources_;
  const Caller& caller_;
  std::span<const store::ObjectWrite> writes_;
  std::map<store::ObjectName, std::int64_t> seen_;  // revisions that rules looked at, 0: none
  std::map<store::ObjectName, const store::ObjectWrite*> by_name_;  // of kinds others look at
  // Devices, and what may name them, of a batch that has some of the latter.
  std::map<store::ObjectName, const store::ObjectWrite*> placed_;
  std::map<store::ObjectName, Error> refused_;
  std::map<std::string, std::string, std::less<>> old_parents_;  // of sites that exist
  std::map<std::string, PipelineRule, std::less<>> pipelines_;
  std::vector<ServiceChange> service_changes_;
  std::vector<std::string> trained_versions_;
  std::vector<MadeVersion> made_versions_;
};

// The parent a site's object names; empty: none.
std::string parent_of(const domain::CatalogObject& site);

}  // namespace lineside::hub
