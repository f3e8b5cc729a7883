// What each edge shall run, computed from the catalog. An edge gets the Connections and Pipelines
// that name it, and the Connections, Contracts and Pipelines without an edge whose site is its own
// or one above, or that have none and so are meant for all. Edges of one site without manifests of
// their own share one content.
//
// An edge is of the site of its Device: one that is moved in the catalog gets what the new site
// wants.
//
// A pipeline leaves the hub only with a model version whose file is there and of which exactly the
// digest has been approved; else it is held back, with the reason. Whether the one who approved it
// may approve where it runs is asked when a pipeline is written and when an edge that it names is
// moved (hub/access/write_rules.h), not here: what is in service goes on, whoever leaves or loses a
// right.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "crypt/signature.h"
#include "domain/kinds.h"
#include "hub/hub.h"
#include "store/hub_catalog.h"
#include "store/hub_db.h"
#include "wire/messages.h"
#include "world/clock.h"

namespace lineside::hub {

// One content, shared by all who want the same.
struct WantedContent {
  std::string json;      // of wire::DesiredContent
  std::string revision;  // wire::revision_of() it
  std::string summary;   // JSON for people: names and digests without the specs, what is held back
  std::size_t told = 0;  // hash of it
  std::vector<std::string> held_back;  // a sentence each
};

// Any thread may call.
class DesiredStates {
 public:
  // `hub` outlives it, but for note().
  DesiredStates(Hub& hub, Duration valid_for);

  // Reads the whole catalog's part of it and all edges. Once, before the rest.
  Result<void> load();
  // What changed, to be looked at by the next refresh(). Quick.
  void note(std::span<const store::CatalogChange> changes);
  // The edge has joined, it may be under the name of one that was removed.
  Result<void> note_joined(const std::string& edge);
  // The edge runs this version, so the next one must be above it: a hub that was set back to a
  // backup would otherwise be taken for somebody who replays old states.
  void edge_runs(const std::string& edge, std::uint64_t version);
  bool has_changes() const;

  // Computes anew and stores the versions that went up; the edges they are of.
  Result<std::vector<std::string>> refresh();
  // Edges that are of another site, or have something else held back, since the last call.
  std::vector<std::string> take_altered();

  std::uint64_t version(const std::string& edge) const;  // 0: nothing yet
  std::vector<std::string> held_back(const std::string& edge) const;
  // Signed now, valid for as long as ever: what is offered never lies about to expire. As JSON of
  // the envelope. Errors: not_found (the edge has none), those of the key.
  Result<std::string> envelope(const std::string& edge) const;
  // The edge's state has an artifact of this digest ("sha256:<hex>").
  bool needs(const std::string& edge, std::string_view digest) const;

 private:
  using Name = std::pair<domain::Kind, std::string>;
  struct Manifest {
    std::string site;
    std::string edge;
    std::string spec;           // canonical; of a pipeline before its model is resolved
    std::string model_version;  // of a pipeline; empty: none
    bool has_file = false;      // a pipeline whose model is a file of nobody's
  };
  struct Model {
    wire::DesiredArtifact artifact;
    std::string problem;  // why it does not leave; empty: it may
  };
  struct Wanted {
    std::string site;
    Time enrolled;
    std::uint64_t version = 0;
    std::string revision;
    std::shared_ptr<const WantedContent> content;
    std::size_t told = 0;  // the hash of the summary that is stored
  };

  Result<void> read_edges();
  Result<void> read_told();
  void take_edge(const store::EdgeState& state);
  Result<void> follow_device(const std::string& edge);
  Result<void> read(domain::Kind kind, std::string_view name);
  Result<void> take(domain::Kind kind, const std::string& name, std::string_view spec);
  Result<Model> resolve(const std::string& version) const;
  Result<std::shared_ptr<const WantedContent>> build(const std::set<Name>& manifests) const;
  Result<void> build_all();
  std::vector<store::EdgeDesired> to_store() const;
  std::set<Name> of_site(const std::string& site) const;

  store::HubDb& db_;
  const crypt::SigningKey& key_;
  const world::Clock& clock_;
  const Duration valid_for_;

  std::mutex refreshing_;  // held by load() and refresh(), of all down to the next mutex
  std::map<Name, Manifest> manifests_;
  std::map<std::string, std::set<Name>> by_site_;
  std::map<std::string, std::set<Name>> by_edge_;
  std::map<std::string, std::string> parents_;   // of sites that have one
  mutable std::map<std::string, Model> models_;  // of one refresh

  mutable std::mutex mutex_;
  std::set<Name> changed_;
  std::map<std::string, Wanted> edges_;
  std::set<std::string> damaged_;  // of those that are told in the log
  bool edges_changed_ = false;
  std::vector<std::string> altered_;
};

}  // namespace lineside::hub
