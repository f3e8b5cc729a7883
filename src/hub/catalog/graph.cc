#include "hub/catalog/graph.h"

#include <algorithm>
#include <map>
#include <set>

#include "codec/tree.h"

namespace lineside::hub {

using store::ObjectLink;
using store::ObjectName;

namespace {

constexpr std::size_t kLinksAtOnce = 1000;

class Walk {
 public:
  Walk(const store::HubCatalog& catalog, const Grants& grants, const GraphQuery& query)
      : catalog_(catalog), grants_(grants), query_(query) {}

  Result<GraphPage> run() {
    const auto start = TRY(catalog_.get(query_.start.kind, query_.start.name));
    if (!grants_.sees(start.kind, start.site)) return fail(Code::not_found, "no such object");
    const bool up = query_.direction != GraphDirection::down;
    const bool down = query_.direction != GraphDirection::up;
    visits_.push_back({query_.start, start.site, 0, up, down});
    known_[query_.start] = 0;
    for (next_ = 0; next_ < visits_.size() && !is_full(); ++next_) {
      if (visits_[next_].depth >= query_.depth) continue;
      if (visits_[next_].down) TRY(expand_down());
      if (visits_[next_].up) TRY(expand_up());
    }
    return page();
  }

 private:
  struct Visit {
    ObjectName object;
    std::string site;
    int depth = 0;
    bool up = false;    // whether what refers to it is looked for
    bool down = false;  // whether what it refers to is looked for
  };

  std::size_t end() const { return query_.skip + query_.limit; }
  // One more than the page holds: then there is another one.
  bool is_full() const { return visits_.size() > end(); }

  Result<void> expand_down() {
    const ObjectName from = visits_[next_].object;
    const auto links = TRY(catalog_.references(from.kind, from.name));
    for (const ObjectLink& link : links) {
      if (is_full()) return {};
      take(link, {from, link.other, link.field}, false);
    }
    return {};
  }

  Result<void> expand_up() {
    const ObjectName to = visits_[next_].object;
    std::string cursor;
    do {
      const auto page = TRY(catalog_.referrers(to.kind, to.name, kLinksAtOnce, cursor));
      for (const ObjectLink& link : page.links) {
        if (is_full()) return {};
        take(link, {link.other, to, link.field}, true);
      }
      cursor = page.next;
    } while (!cursor.empty());
    return {};
  }

  // The other end of a link that was followed up or down.
  void take(const ObjectLink& link, GraphEdge edge, bool up) {
    if (!grants_.sees(link.other.kind, link.site)) return;
    const auto [it, is_new] = known_.try_emplace(link.other, visits_.size());
    if (is_new) {
      visits_.push_back({link.other, link.site, visits_[next_].depth + 1, up, !up});
      if (is_full()) return;  // of the next page, and so is what led to it
    } else if (it->second > next_ && up != visits_[it->second].up) {
      // Reached both ways before it is its turn: both ways go on from there.
      visits_[it->second].up = visits_[it->second].down = true;
    }
    // A link between two that go both ways is met from either end.
    if (met_.insert(edge).second && visits_.size() > query_.skip) edges_.push_back(std::move(edge));
  }

  Result<GraphPage> page() {
    GraphPage page;
    page.more = is_full();
    const std::size_t last = std::min(end(), visits_.size());
    for (std::size_t i = query_.skip; i < last; ++i) {
      const Visit& visit = visits_[i];
      const auto object = catalog_.get(visit.object.kind, visit.object.name);
      if (!object && object.error().code != Code::not_found) return object.error();
      page.nodes.push_back(
          {visit.object, visit.site, object ? title_of(object->spec) : "", visit.depth});
    }
    page.edges = std::move(edges_);
    return page;
  }

  const store::HubCatalog& catalog_;
  const Grants& grants_;
  const GraphQuery& query_;
  std::vector<Visit> visits_;
  std::map<ObjectName, std::size_t> known_;  // index in visits_
  std::set<GraphEdge> met_;
  std::vector<GraphEdge> edges_;  // of this page
  std::size_t next_ = 0;          // to be expanded
};

}  // namespace

Result<GraphPage> walk_graph(const store::HubCatalog& catalog, const Grants& grants,
                             const GraphQuery& query) {
  if (query.skip + query.limit > kGraphNodesMax)
    return fail(Code::exhausted, "the walk has too many nodes; take a smaller depth");
  return Walk(catalog, grants, query).run();
}

std::string title_of(std::string_view spec) {
  std::vector<domain::Problem> problems;
  const auto tree = codec::Tree::from_json(spec, "spec", {}, problems);
  if (!tree || !tree->root().is_map()) return "";
  const codec::TreeNode* title = tree->find(tree->root(), "title");
  return title != nullptr && title->is_scalar() ? std::string(title->text) : "";
}

}  // namespace lineside::hub
