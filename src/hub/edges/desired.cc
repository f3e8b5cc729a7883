#include "hub/edges/desired.h"

#include <algorithm>
#include <format>
#include <functional>

#include "base/log.h"
#include "codec/canonical.h"
#include "codec/catalog.h"
#include "domain/connection.h"
#include "domain/contract.h"
#include "domain/models.h"
#include "domain/pipeline.h"
#include "domain/places.h"
#include "hub/approvals.h"
#include "hub/audit_entry.h"
#include "hub/hub.h"
#include "wire/desired.h"

namespace lineside::hub {

namespace {

using domain::Kind;

constexpr std::array kManifestKinds = {Kind::connection, Kind::contract, Kind::pipeline};
constexpr std::size_t kDesiredPage = 1000;
constexpr int kSitesDeep = 64;

bool is_manifest(Kind kind) {
  return std::ranges::find(kManifestKinds, kind) != kManifestKinds.end();
}

bool matters(Kind kind) {
  return is_manifest(kind) || kind == Kind::site || kind == Kind::model_version;
}

store::AuditEntry moved_entry(Time now, const std::string& edge, const std::string& from,
                              const std::string& to) {
  return audit_entry(now, "edge.moved", std::string(kHubActor), "Edge/" + edge,
                     {{"from", from}, {"to", to}});
}

// What is sent of a pipeline: the model by its digest, and by its version for people.
Result<std::string> resolved_spec(std::string_view spec, const wire::DesiredArtifact& model) {
  auto pipeline = TRY(codec::read_spec<domain::PipelineSpec>(spec));
  pipeline.model->digest = model.digest;
  return codec::canonical_json(pipeline);
}

struct RunModel {
  std::string version;
  std::string digest;
};

// `models` by pipeline.
std::string summary_of(const wire::DesiredContent& content,
                       const std::map<std::string, RunModel>& models,
                       const std::vector<std::string>& held_back) {
  codec::JsonWriter json;
  json.begin_object().key("manifests").begin_array();
  for (const wire::DesiredManifest& manifest : content.manifests) {
    json.begin_object().member("kind", manifest.kind).member("name", manifest.name);
    const auto model = models.find(manifest.name);
    if (manifest.kind == Kind::pipeline && model != models.end()) {
      json.key("spec").begin_object().key("model").begin_object();
      json.member("version", model->second.version).member("digest", model->second.digest);
      json.end_object().end_object();
    }
    json.end_object();
  }
  json.end_array().member("artifacts", content.artifacts);
  json.member("held_back", held_back).end_object();
  return json.take();
}

}  // namespace

DesiredStates::DesiredStates(Hub& hub, Duration valid_for)
    : db_(hub.db()), key_(hub.keys().state), clock_(hub.world().clock), valid_for_(valid_for) {}

// ---- The catalog's part ------------------------------------------------------------------------

Result<void> DesiredStates::load() {
  const std::lock_guard turn(refreshing_);
  for (const Kind kind : {Kind::site, Kind::connection, Kind::contract, Kind::pipeline}) {
    store::ObjectQuery query{.kind = kind, .limit = kDesiredPage};
    do {
      auto page = TRY(db_.catalog().list(query));
      for (const store::StoredObject& object : page.objects)
        TRY_WITH(take(kind, object.name, object.spec),
                 std::format("{}/{}", to_text(kind), object.name));
      query.cursor = std::move(page.next);
    } while (!query.cursor.empty());
  }
  TRY(read_edges());
  TRY(read_told());
  const std::lock_guard lock(mutex_);
  for (const auto& [edge, wanted] : edges_)
    changed_.emplace(Kind::device, edge);  // moved, it may be, just before a stop
  edges_changed_ = true;
  return {};
}

Result<void> DesiredStates::read_told() {
  const std::lock_guard lock(mutex_);
  for (auto& [edge, wanted] : edges_) {
    if (wanted.version == 0) continue;
    const auto desired = db_.edges().desired(edge);
    if (!desired && desired.error().code != Code::not_found) return desired.error();
    if (desired) wanted.told = std::hash<std::string>()(desired->document);
  }
  return {};
}

// What is known of an edge that was removed and has joined anew is not known of it.
void DesiredStates::take_edge(const store::EdgeState& state) {
  if (!state.damage.empty()) {
    if (damaged_.insert(state.edge).second)
      log::error("edges", "edge {}: {}; no state is signed for it", state.edge, state.damage);
    edges_.erase(state.edge);
    return;
  }
  damaged_.erase(state.edge);
  Wanted& wanted = edges_[state.edge];
  const bool is_same = wanted.enrolled == state.enrolled;
  if (!is_same) {
    wanted = Wanted{.site = {}, .enrolled = state.enrolled, .revision = {}, .content = nullptr};
    changed_.emplace(Kind::device, state.edge);  // moved, it may be, while it joined
  }
  wanted.site = state.site;
  if (is_same && wanted.version >= state.desired_version) return;
  wanted.version = state.desired_version;
  wanted.revision = state.desired_digest;
}

// Edges join and are removed by who knows nothing of us: the table is what counts.
Result<void> DesiredStates::read_edges() {
  std::set<std::string> there;
  std::string after;
  while (true) {
    const auto states = TRY(db_.edges().states(after, kDesiredPage, std::nullopt));
    const std::lock_guard lock(mutex_);
    for (const store::EdgeState& state : states) {
      take_edge(state);
      there.insert(there.end(), state.edge);
    }
    if (states.size() < kDesiredPage) break;
    after = states.back().edge;
  }
  const std::lock_guard lock(mutex_);
  std::erase_if(edges_, [&](const auto& known) { return !there.contains(known.first); });
  return {};
}

void DesiredStates::note(std::span<const store::CatalogChange> changes) {
  const std::lock_guard lock(mutex_);
  for (const store::CatalogChange& change : changes)
    if (matters(change.object.kind) ||
        (change.object.kind == Kind::device && edges_.contains(change.object.name)))
      changed_.emplace(change.object.kind, change.object.name);
}

Result<void> DesiredStates::note_joined(const std::string& edge) {
  {
    const std::lock_guard lock(mutex_);
    edges_.erase(edge);
    edges_changed_ = true;
  }
  const auto state = TRY(db_.edges().state(edge));
  const std::lock_guard lock(mutex_);
  take_edge(state);
  return {};
}

// The Device has the last word, for it is what people see and change.
Result<void> DesiredStates::follow_device(const std::string& edge) {
  const auto device = db_.catalog().get(Kind::device, edge);
  if (!device && device.error().code == Code::not_found) return {};
  if (!device) return device.error();
  std::string from;
  {
    const std::lock_guard lock(mutex_);
    const auto wanted = edges_.find(edge);
    if (wanted == edges_.end() || wanted->second.site == device->site) return {};
    from = wanted->second.site;
  }
  const auto entry = moved_entry(clock_.now(), edge, from, device->site);
  const auto moved = db_.edges().move(edge, device->site, std::span(&entry, 1));
  if (!moved && moved.error().code == Code::not_found) return {};  // removed meanwhile
  TRY(moved);
  log::info("edges", "edge {} moves from site {} to {}", edge, from, device->site);
  const std::lock_guard lock(mutex_);
  if (const auto wanted = edges_.find(edge); wanted != edges_.end())
    wanted->second.site = device->site;
  altered_.push_back(edge);
  return {};
}

std::vector<std::string> DesiredStates::take_altered() {
  const std::lock_guard lock(mutex_);
  return std::exchange(altered_, {});
}

static_assert(store::kEdgeVersionMax == wire::kVersionMax, "what is signed is taken");

void DesiredStates::edge_runs(const std::string& edge, std::uint64_t version) {
  const std::lock_guard lock(mutex_);
  const auto wanted = edges_.find(edge);
  if (wanted == edges_.end() || wanted->second.version >= version ||
      version > store::kEdgeVersionMax)
    return;
  wanted->second.version = version;
  wanted->second.revision.clear();
  edges_changed_ = true;
}

bool DesiredStates::has_changes() const {
  const std::lock_guard lock(mutex_);
  return !changed_.empty() || edges_changed_;
}

// What is there now; a deleted object is not.
Result<void> DesiredStates::read(Kind kind, std::string_view name) {
  if (kind == Kind::device) return follow_device(std::string(name));
  if (!is_manifest(kind) && kind != Kind::site) return {};
  const Name key(kind, name);
  if (const auto known = manifests_.find(key); known != manifests_.end()) {
    by_site_[known->second.site].erase(key);
    by_edge_[known->second.edge].erase(key);
    manifests_.erase(known);
  }
  if (kind == Kind::site) parents_.erase(std::string(name));
  const auto object = db_.catalog().get(kind, name);
  if (object) return take(kind, object->name, object->spec);
  if (object.error().code == Code::not_found) return {};
  return object.error();
}

Result<void> DesiredStates::take(Kind kind, const std::string& name, std::string_view spec) {
  if (kind == Kind::site) {
    const auto site = TRY(codec::read_spec<domain::SiteSpec>(spec));
    if (!site.parent.empty()) parents_[name] = site.parent;
    return {};
  }
  Manifest manifest;
  manifest.spec = spec;
  if (kind == Kind::connection) {
    auto connection = TRY(codec::read_spec<domain::ConnectionSpec>(spec));
    manifest.site = std::move(connection.site);
    manifest.edge = std::move(connection.edge);
  } else if (kind == Kind::contract) {
    manifest.site = TRY(codec::read_spec<domain::ContractSpec>(spec)).site;
  } else {
    auto pipeline = TRY(codec::read_spec<domain::PipelineSpec>(spec));
    manifest.site = std::move(pipeline.site);
    manifest.edge = std::move(pipeline.edge);
    if (pipeline.model) manifest.model_version = pipeline.model->version;
    manifest.has_file = pipeline.model && pipeline.model->version.empty();
  }
  const Name key(kind, name);
  if (!manifest.edge.empty())
    by_edge_[manifest.edge].insert(key);
  else
    by_site_[manifest.site].insert(key);
  manifests_[key] = std::move(manifest);
  return {};
}

// ---- Contents ----------------------------------------------------------------------------------

// The second look at what writing the pipeline has checked already: here a digest would leave.
Result<DesiredStates::Model> DesiredStates::resolve(const std::string& version) const {
  if (const auto known = models_.find(version); known != models_.end()) return known->second;
  Model model;
  const auto object = db_.catalog().get(Kind::model_version, version);
  if (!object && object.error().code != Code::not_found) return object.error();
  if (!object) {
    model.problem = std::format("model version {} is not in the catalog", version);
    return models_[version] = model;
  }
  const auto spec = TRY(codec::read_spec<domain::ModelVersionSpec>(object->spec));
  const auto artifact = db_.artifacts().get(spec.digest.substr(spec.digest.find(':') + 1));
  if (!artifact && artifact.error().code != Code::not_found) return artifact.error();
  model.artifact.digest = spec.digest;
  if (!TRY(was_approved(db_.approvals(), version, spec)))
    model.problem = std::format("nobody has approved {} of model version {}", spec.digest, version);
  else if (!artifact)
    model.problem =
        std::format("the file {} of model version {} is not in the store", spec.digest, version);
  else
    model.artifact.bytes = static_cast<std::int64_t>(artifact->bytes);
  return models_[version] = model;
}

Result<std::shared_ptr<const WantedContent>> DesiredStates::build(
    const std::set<Name>& manifests) const {
  wire::DesiredContent content;
  std::map<std::string, RunModel> models;
  auto out = std::make_shared<WantedContent>();
  for (const Name& name : manifests) {
    const Manifest& manifest = manifests_.at(name);
    std::string spec = manifest.spec;
    const auto hold_back = [&](std::string_view why) {
      out->held_back.push_back(std::format("pipeline {} is held back: {}", name.second, why));
    };
    if (manifest.has_file) {
      hold_back("its model is a file, not a version");
      continue;
    }
    if (!manifest.model_version.empty()) {
      const Model model = TRY(resolve(manifest.model_version));
      if (!model.problem.empty()) {
        hold_back(model.problem);
        continue;
      }
      spec = TRY(resolved_spec(spec, model.artifact));
      content.artifacts.push_back(model.artifact);
      models[name.second] = {manifest.model_version, model.artifact.digest};
    }
    content.manifests.push_back({name.first, name.second, std::move(spec)});
  }
  std::ranges::sort(content.artifacts, {}, &wire::DesiredArtifact::digest);
  const auto twice = std::ranges::unique(content.artifacts);
  content.artifacts.erase(twice.begin(), twice.end());
  codec::JsonWriter json;
  json.value(content);
  out->json = json.take();
  out->revision = wire::revision_of(content);
  out->summary = summary_of(content, models, out->held_back);
  out->told = std::hash<std::string>()(out->summary);
  return std::shared_ptr<const WantedContent>(std::move(out));
}

std::set<DesiredStates::Name> DesiredStates::of_site(const std::string& site) const {
  std::set<Name> names;
  if (const auto all = by_site_.find(""); all != by_site_.end()) names = all->second;
  std::string at = site;
  for (int depth = 0; depth < kSitesDeep; ++depth) {
    if (const auto here = by_site_.find(at); here != by_site_.end())
      names.insert(here->second.begin(), here->second.end());
    const auto parent = parents_.find(at);
    if (parent == parents_.end()) break;
    at = parent->second;
  }
  return names;
}

Result<void> DesiredStates::build_all() {
  models_.clear();
  std::map<std::string, std::string> sites;
  {
    const std::lock_guard lock(mutex_);
    for (const auto& [edge, wanted] : edges_) sites[edge] = wanted.site;
  }
  std::map<std::string, std::shared_ptr<const WantedContent>> by_site;
  for (const auto& [edge, site] : sites) {
    const auto own = by_edge_.find(edge);
    std::shared_ptr<const WantedContent> content;
    if (own != by_edge_.end() && !own->second.empty()) {
      std::set<Name> names = of_site(site);
      names.insert(own->second.begin(), own->second.end());
      content = TRY(build(names));
    } else {
      auto& shared = by_site[site];
      if (!shared) shared = TRY(build(of_site(site)));
      content = shared;
    }
    const std::lock_guard lock(mutex_);
    if (const auto wanted = edges_.find(edge); wanted != edges_.end())
      wanted->second.content = std::move(content);
  }
  return {};
}

// ---- Versions ----------------------------------------------------------------------------------

// The versions that go up, and the same ones where something else is held back than people were
// told.
std::vector<store::EdgeDesired> DesiredStates::to_store() const {
  std::vector<store::EdgeDesired> out;
  const std::lock_guard lock(mutex_);
  for (const auto& [edge, wanted] : edges_) {
    if (!wanted.content) continue;
    const WantedContent& content = *wanted.content;
    const bool goes_up = content.revision != wanted.revision;
    if (!goes_up && content.told == wanted.told) continue;
    out.push_back({edge, wanted.version + (goes_up ? 1 : 0), content.revision, content.summary,
                   clock_.now()});
  }
  return out;
}

Result<std::vector<std::string>> DesiredStates::refresh() {
  const std::lock_guard turn(refreshing_);
  std::set<Name> changed;
  {
    const std::lock_guard lock(mutex_);
    changed.swap(changed_);
    edges_changed_ = false;
  }
  const auto update = [&]() -> Result<std::vector<store::EdgeDesired>> {
    TRY(read_edges());
    for (const auto& [kind, name] : changed) TRY(read(kind, name));
    TRY(build_all());
    auto out = to_store();
    // Stored before anybody is told: a version that was once seen never means something else.
    TRY(db_.edges().put_desired(out));
    return out;
  };
  auto stored = update();
  const std::lock_guard lock(mutex_);
  if (!stored) {  // the next try has to look at all of it again
    changed_.merge(changed);
    edges_changed_ = true;
    return stored.error();
  }
  std::vector<std::string> raised;
  for (const store::EdgeDesired& one : *stored) {
    const auto known = edges_.find(one.edge);
    if (known == edges_.end()) continue;
    Wanted& wanted = known->second;
    // Meanwhile it was removed and joined anew, or says that it runs a later one.
    const bool is_other =
        !wanted.content || wanted.content->revision != one.digest || wanted.version > one.version;
    edges_changed_ = edges_changed_ || is_other;
    if (is_other) continue;
    (wanted.revision == one.digest ? altered_ : raised).push_back(one.edge);
    wanted.version = one.version;
    wanted.revision = one.digest;
    wanted.told = wanted.content->told;
  }
  return raised;
}

std::uint64_t DesiredStates::version(const std::string& edge) const {
  const std::lock_guard lock(mutex_);
  const auto wanted = edges_.find(edge);
  return wanted == edges_.end() ? 0 : wanted->second.version;
}

std::vector<std::string> DesiredStates::held_back(const std::string& edge) const {
  const std::lock_guard lock(mutex_);
  const auto wanted = edges_.find(edge);
  if (wanted == edges_.end() || !wanted->second.content) return {};
  return wanted->second.content->held_back;
}

bool DesiredStates::needs(const std::string& edge, std::string_view digest) const {
  const std::lock_guard lock(mutex_);
  const auto wanted = edges_.find(edge);
  if (wanted == edges_.end() || !wanted->second.content) return false;
  return wanted->second.content->json.contains(std::format(R"("digest":"{}")", digest));
}

Result<std::string> DesiredStates::envelope(const std::string& edge) const {
  Wanted wanted;
  {
    const std::lock_guard lock(mutex_);
    const auto known = edges_.find(edge);
    if (known == edges_.end() || known->second.version == 0 || !known->second.content ||
        known->second.content->revision != known->second.revision)
      return fail(Code::not_found, std::format("no desired state of edge '{}' yet", edge));
    wanted = known->second;
  }
  // The content is the same for all of a site; only what is around it is each edge's own.
  const Time now = clock_.now();
  codec::JsonWriter json;
  json.begin_object().member("v", wire::kProtocol).member("edge", edge);
  json.member("version", wanted.version).member("issued", now);
  json.member("expires", now + valid_for_).member("revision", wanted.revision);
  json.key("content").raw(wanted.content->json).end_object();
  return wire::envelope_json(TRY(crypt::sign(wire::kDesiredType, json.text(), key_)));
}

}  // namespace lineside::hub
