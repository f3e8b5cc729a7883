#include "hub/catalog/graph.h"

#include <algorithm>
#include <format>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <utility>

#include "base/log.h"
#include "base/text.h"
#include "codec/catalog.h"
#include "codec/tree.h"
#include "domain/connection.h"
#include "domain/devices.h"
#include "domain/models.h"
#include "domain/pipeline.h"

namespace lineside::hub {

using domain::Kind;
using store::ObjectLink;
using store::ObjectName;

namespace {

constexpr std::size_t kLinksAtOnce = 1000;
constexpr const char* kTakes = "streams";
constexpr const char* kServes = "model.version";
constexpr const char* kRunsBySite = "site";
constexpr const char* kOwner = "owner";
constexpr const char* kApproval = "approval";
constexpr std::array kOwned = {Kind::device, Kind::stream, Kind::contract, Kind::model};
constexpr std::size_t kApprovalNodesMax = 4'000;  // that are looked at for one person

std::string member_of(std::string_view spec, std::string_view member) {
  std::vector<domain::Problem> problems;
  const auto tree = codec::Tree::from_json(spec, "spec", {}, problems);
  if (!tree || !tree->root().is_map()) return "";
  const codec::TreeNode* found = tree->find(tree->root(), member);
  return found != nullptr && found->is_scalar() ? std::string(found->text) : "";
}

// Empty: not known.
Result<std::vector<std::string>> outputs_of(const store::HubCatalog& catalog,
                                            const ObjectName& pipeline) {
  std::vector<std::string> outputs;
  const auto object = catalog.get(pipeline.kind, pipeline.name);
  if (!object && object.error().code == Code::not_found) return outputs;
  if (!object) return object.error();
  const auto spec = TRY(codec::read_spec<domain::PipelineSpec>(object->spec));
  if (!spec.model) {
    if (const auto features = domain::expand_features(spec))
      for (const domain::Feature& feature : *features) outputs.push_back(feature.name);
    return outputs;
  }
  const auto version = catalog.get(Kind::model_version, spec.model->version);
  if (!version && version.error().code == Code::not_found) return outputs;
  if (!version) return version.error();
  return TRY(codec::read_spec<domain::ModelVersionSpec>(version->spec)).outputs;
}

class Walk {
 public:
  Walk(store::HubDb& db, std::shared_ptr<const StreamPatterns> patterns, const Grants& grants,
       const GraphQuery& query)
      : catalog_(db.catalog()),
        approvals_(db.approvals()),
        steps_(catalog_, std::move(patterns), grants.visible_sites(Kind::asset)),
        grants_(grants),
        query_(query) {}

  Result<GraphPage> run() {
    const std::string site = TRY(site_of_start());
    if (!grants_.sees(query_.start.kind, site)) return fail(Code::not_found, "no such object");
    const bool up = query_.direction != GraphDirection::down;
    const bool down = query_.direction != GraphDirection::up;
    visits_.push_back({.object = query_.start, .site = site, .up = up, .down = down});
    known_[query_.start] = 0;
    TRY(walk_on());
    if (down && !is_prediction_ && !is_full()) TRY(expand_start());
    TRY(walk_on());
    return page();
  }

 private:
  enum class Way : unsigned char { up, down, last };

  struct Visit {
    ObjectName object;
    std::string site;
    int depth = 0;
    bool up = false;         // whether what refers to it is looked for
    bool down = false;       // whether what it refers to is looked for
    bool takes = false;      // whether the streams that its pattern takes are looked for
    std::string asset = {};  // of which those are; empty: all
    bool serves = false;     // whether the model version that it runs is looked for
  };

  // Also of a prediction, which the catalog does not have: that of its asset.
  Result<std::string> site_of_start() {
    auto start = catalog_.site_of(query_.start.kind, query_.start.name);
    if (start) return start;
    const bool may_be_prediction =
        start.error().code == Code::not_found && query_.start.kind == Kind::stream;
    if (!may_be_prediction) return start.error();
    const std::string& name = query_.start.name;
    auto asset_site = catalog_.site_of(Kind::asset, name.substr(0, name.find('/')));
    if (!asset_site && asset_site.error().code != Code::not_found) return asset_site.error();
    if (!asset_site || !grants_.sees(Kind::stream, *asset_site)) return start.error();
    const StreamPattern* maker = TRY(steps_.maker(name, *asset_site));
    if (maker == nullptr || !TRY(has_output(*maker, name))) return start.error();
    is_prediction_ = true;
    return asset_site;
  }

  // "asset/pipeline.output". Of a model's file that no version tells the outputs of, the hub does
  // not know them, nor where something is damaged: then it may be one.
  Result<bool> has_output(const StreamPattern& maker, const std::string& name) {
    const auto known = outputs_of(catalog_, maker.by);
    if (!known && known.error().code != Code::corrupt) return known.error();
    if (!known || known->empty()) return true;
    const std::string_view output =
        std::string_view(name).substr(name.find('/') + 1 + maker.by.name.size() + 1);
    return std::ranges::contains(*known, output);
  }

  Result<void> walk_on() {
    for (; next_ < visits_.size() && !is_full(); ++next_) {
      if (visits_[next_].depth >= query_.depth) continue;
      if (visits_[next_].down) TRY(pass_damage(expand_down()));
      if (visits_[next_].up) TRY(pass_damage(expand_up()));
    }
    return {};
  }

  // What is damaged ends the walk there and nowhere else.
  Result<void> pass_damage(Result<void> done) {
    if (done || done.error().code != Code::corrupt) return done;
    log::error("hub", "a walk from {}/{}: {}", to_text(query_.start.kind), query_.start.name,
               done.error().text);
    is_cut_ = true;
    return {};
  }

  // The streams that the start takes may be thousands: whatever else is behind it comes before.
  Result<void> expand_start() {
    const std::size_t at = std::exchange(next_, 0);
    auto done = pass_damage(expand_to_taken(Visit(visits_.front())));
    next_ = at;
    return done;
  }

  std::size_t end() const { return query_.skip + query_.limit; }
  // One more than the page holds: then there is another one.
  bool is_full() const { return visits_.size() > end(); }

  Result<void> expand_down() {
    const Visit from = visits_[next_];
    if (from.object.kind == Kind::stream) TRY(expand_to_maker(from));
    if (is_prediction_ && next_ == 0) return {};
    const auto links = TRY(catalog_.references(from.object.kind, from.object.name));
    for (const ObjectLink& link : links) {
      if (is_full()) return {};
      take(link, {from.object, link.other, link.field}, Way::down);
    }
    TRY(expand_to_people(from));
    if (from.takes) return expand_to_taken(from);
    return {};
  }

  // Who owns it, and who has let it into service.
  Result<void> expand_to_people(const Visit& from) {
    const bool is_version = from.object.kind == Kind::model_version;
    if (!is_version && !std::ranges::contains(kOwned, from.object.kind)) return {};
    const auto object = catalog_.get(from.object.kind, from.object.name);
    if (!object && object.error().code == Code::not_found) return {};
    if (!object) return object.error();
    if (!is_version) return take_person(member_of(object->spec, kOwner), from, kOwner);
    const std::string digest = member_of(object->spec, "digest");
    const auto approvals = TRY(approvals_.list(
        {.state = store::ApprovalState::approved, .subject = from.object, .limit = kLinksAtOnce}));
    for (const store::Approval& approval : approvals)
      if (approval.digest == digest) TRY(take_person(approval.decided_by, from, kApproval));
    return {};
  }

  // Of that name, if there is one: an owner may be a team.
  Result<void> take_person(const std::string& name, const Visit& from, const char* field) {
    const ObjectName person{Kind::person, name};
    if (name.empty() || is_full() || !TRY(site_of(person))) return {};
    take({field, person, ""}, {from.object, person, field}, Way::down);
    return {};
  }

  // From a prediction.
  Result<void> expand_to_maker(const Visit& from) {
    const StreamPattern* maker = TRY(steps_.maker(from.object.name, from.site));
    if (maker == nullptr) return {};
    const auto site = TRY(site_of(maker->by));
    if (!site) return {};
    const std::string field = "pipeline";
    if (!take({field, maker->by, *site}, {from.object, maker->by, field}, Way::down)) return {};
    visits_.back().takes = true;
    visits_.back().asset = from.object.name.substr(0, from.object.name.find('/'));
    return {};
  }

  Result<void> expand_to_taken(const Visit& from) {
    const std::size_t room = end() + 1 - visits_.size();
    // Those that are known already take no room, but are looked at once more.
    const auto streams = TRY(steps_.taken(from.object, from.asset, room + known_.size()));
    for (const store::StoredObject& stream : streams) {
      if (is_full()) return {};
      const ObjectName to{stream.kind, stream.name};
      take({kTakes, to, stream.site}, {from.object, to, kTakes}, Way::down);
    }
    return {};
  }

  Result<void> expand_up() {
    if (is_prediction_ && next_ == 0) return {};
    const ObjectName to = visits_[next_].object;
    if (to.kind == Kind::stream) TRY(expand_to_takers(Visit(visits_[next_])));
    if (visits_[next_].serves) expand_to_version(to);
    if (to.kind == Kind::device) TRY(expand_to_run(Visit(visits_[next_])));
    if (to.kind == Kind::person) TRY(expand_to_owned(to));
    std::string cursor;
    do {
      const auto page = TRY(catalog_.referrers(to.kind, to.name, kLinksAtOnce, cursor));
      for (const ObjectLink& link : page.links) {
        if (is_full()) return {};
        take(link, {link.other, to, link.field}, Way::up);
      }
      cursor = page.next;
    } while (!cursor.empty());
    return {};
  }

  // Of one that many streams lead to; absent: it has just gone.
  Result<std::optional<std::string>> site_of(const ObjectName& by) {
    const auto known = sites_.find(by);
    if (known != sites_.end()) return known->second;
    auto site = catalog_.site_of(by.kind, by.name);
    if (!site && site.error().code != Code::not_found) return site.error();
    return sites_[by] = site ? std::optional(*std::move(site)) : std::nullopt;
  }

  Result<void> expand_to_takers(const Visit& to) {
    for (const StreamPattern* pattern : TRY(steps_.takers(to.object.name, to.site))) {
      if (is_full()) return {};
      const auto site = TRY(site_of(pattern->by));
      if (!site) continue;
      if (take({kTakes, pattern->by, *site}, {pattern->by, to.object, kTakes}, Way::up))
        visits_.back().serves = true;
    }
    return {};
  }

  // What runs at an edge though it names none: because of its site.
  Result<void> expand_to_run(const Visit& edge) {
    const auto object = catalog_.get(Kind::device, edge.object.name);
    if (!object && object.error().code == Code::not_found) return {};
    if (!object) return object.error();
    if (!TRY(codec::read_spec<domain::DeviceSpec>(object->spec)).edge) return {};
    for (const StreamPattern* pattern : TRY(steps_.pipelines_at(edge.site))) {
      if (is_full()) return {};
      const auto site = TRY(site_of(pattern->by));
      if (site &&
          take({kRunsBySite, pattern->by, *site}, {pattern->by, edge.object, kRunsBySite}, Way::up))
        visits_.back().serves = true;
    }
    store::ObjectQuery query{.kind = Kind::connection, .limit = kLinksAtOnce};
    query.sites = TRY(steps_.sites_of(edge.site));
    do {
      const auto page = TRY(catalog_.list(query));
      for (const store::StoredObject& connection : page.objects) {
        if (is_full()) return {};
        const ObjectName by{connection.kind, connection.name};
        // Of one that names an edge the reference tells.
        if (member_of(connection.spec, "edge").empty())
          take({kRunsBySite, by, connection.site}, {by, edge.object, kRunsBySite}, Way::up);
      }
      query.cursor = page.next;
    } while (!query.cursor.empty());
    return {};
  }

  Result<void> expand_to_owned(const ObjectName& person) {
    for (const Kind kind : kOwned) TRY(expand_to_owned(person, kind));
    return expand_to_approved(person);
  }

  Result<void> expand_to_owned(const ObjectName& person, Kind kind) {
    store::ObjectQuery query{
        .kind = kind, .filters = {{kOwner, person.name}}, .limit = kLinksAtOnce};
    do {
      const auto page = TRY(catalog_.list(query));
      for (const store::StoredObject& object : page.objects) {
        if (is_full()) return {};
        const ObjectName by{kind, object.name};
        take({kOwner, by, object.site}, {by, person, kOwner}, Way::up);
      }
      query.cursor = page.next;
    } while (!query.cursor.empty());
    return {};
  }

  Result<void> expand_to_approved(const ObjectName& person) {
    store::ApprovalQuery query{.state = store::ApprovalState::approved, .limit = kLinksAtOnce};
    for (std::size_t looked = 0; looked < kApprovalNodesMax; looked += kLinksAtOnce) {
      const auto approvals = TRY(approvals_.list(query));
      for (const store::Approval& approval : approvals) {
        if (is_full()) return {};
        if (approval.decided_by == person.name && TRY(site_of(approval.subject)))
          take({kApproval, approval.subject, ""}, {approval.subject, person, kApproval}, Way::up);
      }
      if (approvals.size() < kLinksAtOnce) return {};
      query.before = approvals.back().id;
    }
    is_cut_ = true;
    return {};
  }

  // Where the walk ends: other pipelines of the version have nothing to do with the stream.
  void expand_to_version(const ObjectName& from) {
    const StreamPattern* pattern = steps_.find(from);
    if (pattern == nullptr || pattern->version.empty()) return;
    const ObjectName version{Kind::model_version, pattern->version};
    take({kServes, version, ""}, {from, version, kServes}, Way::last);
  }

  // The other end of a link that was followed up or down, or to where the walk ends; true: it is
  // new, and the last of visits_.
  bool take(const ObjectLink& link, GraphEdge edge, Way way) {
    if (!grants_.sees(link.other.kind, link.site)) return false;
    const auto [it, is_new] = known_.try_emplace(link.other, visits_.size());
    if (is_new) {
      visits_.push_back({.object = link.other,
                         .site = link.site,
                         .depth = visits_[next_].depth + 1,
                         .up = way == Way::up,
                         .down = way == Way::down});
      if (is_full()) return true;  // of the next page, and so is what led to it
    } else if (it->second > next_) {
      // Reached both ways before it is its turn: both ways go on from there.
      visits_[it->second].up |= way == Way::up;
      visits_[it->second].down |= way == Way::down;
    }
    // Of this page; a link between two that go both ways is met from either end.
    if (visits_.size() <= query_.skip) return is_new;
    if (edges_.size() == kGraphEdgesMax)
      is_cut_ = true;
    else if (met_.insert(edge).second)
      edges_.push_back(std::move(edge));
    return is_new;
  }

  Result<GraphPage> page() {
    GraphPage page;
    page.more = is_full();
    const std::size_t last = std::min(end(), visits_.size());
    for (std::size_t i = query_.skip; i < last; ++i) {
      const Visit& visit = visits_[i];
      const auto object = catalog_.get(visit.object.kind, visit.object.name);
      if (!object && object.error().code != Code::not_found) TRY(pass_damage(object.error()));
      std::string title = object ? title_of(object->spec) : "";
      if (is_prediction_ && i == 0) title = "prediction";
      page.nodes.push_back({visit.object, visit.site, std::move(title), visit.depth});
    }
    page.edges = std::move(edges_);
    page.partial = steps_.is_exhausted() || is_cut_;
    return page;
  }

  const store::HubCatalog& catalog_;
  const store::HubApprovals& approvals_;
  PatternSteps steps_;
  const Grants& grants_;
  const GraphQuery& query_;
  bool is_prediction_ = false;  // the start is
  bool is_cut_ = false;         // links of this page were left out, or something is damaged
  std::vector<Visit> visits_;
  std::map<ObjectName, std::size_t> known_;                 // index in visits_
  std::map<ObjectName, std::optional<std::string>> sites_;  // of what many lead to
  std::set<GraphEdge> met_;
  std::vector<GraphEdge> edges_;  // of this page
  std::size_t next_ = 0;          // to be expanded
};

}  // namespace

Result<GraphPage> walk_graph(store::HubDb& db, PatternBook& patterns, const Grants& grants,
                             const GraphQuery& query) {
  if (query.skip + query.limit > kGraphNodesMax)
    return fail(Code::exhausted, "the walk has too many nodes; take a smaller depth");
  return Walk(db, TRY(patterns.current()), grants, query).run();
}

std::optional<std::string> near_prediction(store::HubDb& db, PatternBook& patterns,
                                           const Grants& grants, const std::string& name) {
  const auto slash = name.find('/');
  if (slash == std::string::npos) return std::nullopt;
  const std::string asset = name.substr(0, slash);
  const auto site = db.catalog().site_of(Kind::asset, asset);
  if (!site || !grants.sees(Kind::stream, *site)) return std::nullopt;
  const auto current = patterns.current();
  if (!current) return std::nullopt;
  PatternSteps steps(db.catalog(), *current, grants.visible_sites(Kind::asset));
  const auto makers = steps.makers(asset, *site);
  if (!makers) return std::nullopt;
  std::vector<std::string> names;
  for (const StreamPattern* maker :
       std::span(*makers).first(std::min(makers->size(), kMakersCompared)))
    if (const auto outputs = outputs_of(db.catalog(), maker->by))
      for (const std::string& output : *outputs) names.push_back(maker->by.name + "." + output);
  const std::vector<std::string_view> views(names.begin(), names.end());
  const auto near = nearest(std::string_view(name).substr(slash + 1), views);
  if (!near) return std::nullopt;
  return std::format("{}/{}", asset, *near);
}

std::string title_of(std::string_view spec) { return member_of(spec, "title"); }

}  // namespace lineside::hub
