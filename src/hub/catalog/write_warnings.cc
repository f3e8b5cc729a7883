#include "hub/catalog/write_warnings.h"

#include <algorithm>
#include <format>
#include <map>
#include <optional>
#include <set>

#include "base/text.h"
#include "codec/catalog.h"
#include "domain/connection.h"
#include "domain/people.h"
#include "domain/pipeline.h"
#include "hub/catalog/warnings.h"
#include "hub/catalog/written_catalog.h"

namespace lineside::hub {

using domain::Kind;
using store::ObjectWrite;

namespace {

constexpr std::size_t kPointsAtOnce = 500;
// Whoever writes waits for it, and others wait behind him.
constexpr std::size_t kPointsMax = 20'000;         // streams that connections map
constexpr std::size_t kComparedMax = 5'000;        // names, for what may have been meant
constexpr std::size_t kEdgesMax = 1000;            // looked at one by one
constexpr std::size_t kWarningLooksMax = 100'000;  // whether an edge gets a connection

struct Connection {
  std::string name;
  MeantFor place;
};

class Look {
 public:
  Look(const WarningSources& sources, std::span<const ObjectWrite> writes,
       const std::vector<const domain::CatalogObject*>& written)
      : sources_(sources), writes_(writes), after_(sources.catalog, written) {}

  Result<std::vector<std::string>> run() {
    const bool is_all = TRY(take_written()) && TRY(take_stored());
    if (!is_all) return std::move(warnings_);
    for (const ObjectWrite& write : writes_) {
      if (write.deletes || write.object.kind != Kind::pipeline) continue;
      const auto spec = TRY(codec::read_spec<domain::PipelineSpec>(write.object.spec));
      const MeantFor place = TRY(after_.place_of(spec.edge, spec.site));
      for (const std::string& stream : spec.streams) {
        TRY(check(write.object.name, place, stream));
        if (warnings_.size() >= kWarningsMax || looks_ > kWarningLooksMax)
          return std::move(warnings_);
      }
    }
    return std::move(warnings_);
  }

 private:
  // ---- What is mapped; false: there is more than can be looked at

  Result<bool> take(const std::string& name, const domain::ConnectionSpec& spec) {
    const std::size_t at = connections_.size();
    connections_.push_back({name, TRY(after_.place_of(spec.edge, spec.site))});
    for (const domain::MappingSpec& mapping : spec.mappings)
      for (const domain::PointSpec& point : mapping.streams) {
        auto& by = mapped_[point.stream];
        if (by.empty() || by.back() != at) by.push_back(at);
        if (++points_ > kPointsMax) return false;
      }
    return true;
  }

  Result<bool> take_written() {
    for (const ObjectWrite& write : writes_) {
      if (write.deletes || write.object.kind != Kind::connection) continue;
      const auto spec = TRY(codec::read_spec<domain::ConnectionSpec>(write.object.spec));
      if (!TRY(take(write.object.name, spec))) return false;
    }
    return true;
  }

  Result<bool> take_stored() {
    std::vector<std::string> damaged;  // may map anything
    store::ObjectQuery query{.kind = Kind::connection,
                             .sites = sources_.grants.visible_sites(Kind::connection),
                             .limit = kPointsAtOnce,
                             .damaged = &damaged};
    do {
      auto page = TRY(sources_.catalog.list(query));
      for (const store::StoredObject& object : page.objects) {
        if (after_.is_written(Kind::connection, object.name)) continue;
        const auto spec = codec::read_spec<domain::ConnectionSpec>(object.spec);
        if (!spec || !TRY(take(object.name, *spec))) return false;
      }
      query.cursor = std::move(page.next);
    } while (!query.cursor.empty());
    return damaged.empty();
  }

  // ---- Who gets it

  // Whether there may be an edge that gets what is meant for either.
  Result<bool> meet(const MeantFor& pipeline, const MeantFor& connection) {
    ++looks_;
    if (!pipeline.edge.empty() && !connection.edge.empty()) return pipeline.edge == connection.edge;
    if (!pipeline.edge.empty()) return after_.is_within(pipeline.site, connection.site);
    if (connection.edge.empty())
      return TRY(after_.is_within(pipeline.site, connection.site)) ||
             TRY(after_.is_within(connection.site, pipeline.site));
    // Where an edge is that the caller does not see is not told by what follows from it.
    return !sources_.grants.sees(Kind::device, connection.site) ||
           TRY(after_.is_within(connection.site, pipeline.site));
  }

  Result<bool> is_mapped(const std::string& stream, const MeantFor& place) {
    const auto by = mapped_.find(stream);
    if (by == mapped_.end()) return false;
    for (const std::size_t at : by->second)
      if (TRY(meet(place, connections_[at].place))) return true;
    return false;
  }

  // Whether every edge that gets the pipeline gets a connection that maps the stream.
  Result<bool> is_mapped_for_all(const std::string& stream, const MeantFor& place) {
    for (const std::size_t at : mapped_.find(stream)->second) {
      const MeantFor& connection = connections_[at].place;
      ++looks_;
      if (connection.edge.empty() && TRY(after_.is_within(place.site, connection.site)))
        return true;
    }
    return false;
  }

  // Those that have joined and are seen.
  Result<const std::vector<MeantFor>*> edges() {
    if (edges_) return &*edges_;
    const auto states =
        TRY(sources_.edges.states("", kEdgesMax, sources_.grants.visible_sites(Kind::device)));
    edges_.emplace();
    for (const store::EdgeState& state : states)
      edges_->push_back(TRY(after_.spec_of(Kind::device, state.edge))
                            ? TRY(after_.place_of(state.edge, ""))
                            : MeantFor{state.edge, state.site});
    return &*edges_;
  }

  // One that was revoked gets nothing.
  Result<bool> is_revoked(const std::string& edge) {
    const auto [known, is_new] = revoked_.try_emplace(edge);
    if (!is_new) return known->second;
    const auto best = TRY(sources_.edges.certificates(edge, 1)).first;
    return known->second = best.empty() || best.front().revoked;
  }

  // ---- What is told

  Result<void> check(const std::string& pipeline, const MeantFor& place,
                     const std::string& stream) {
    if (!TRY(is_mapped(stream, place))) return add(pipeline, stream, place);
    if (!place.edge.empty() || TRY(is_mapped_for_all(stream, place))) return {};
    for (const MeantFor& edge : *TRY(edges())) {
      if (++looks_ > kWarningLooksMax) return {};
      if (!TRY(after_.is_within(edge.site, place.site)) || TRY(is_mapped(stream, edge))) continue;
      if (!TRY(is_revoked(edge.edge))) return add(pipeline, stream, edge);
    }
    return {};
  }

  Result<void> add(const std::string& pipeline, const std::string& stream, const MeantFor& place) {
    const auto reads = domain::permission_to_read(Kind::connection);
    const bool sees_all = sources_.grants.may_everywhere(reads);
    const std::string& edge = place.edge;
    warnings_.push_back(std::format(
        "pipeline {} reads '{}', which no connection{} maps{}{}; {} takes over nothing new until "
        "one does",
        excerpt(pipeline, 260), excerpt(stream, 60), sees_all ? "" : " that you may see",
        edge.empty() ? "" : std::format(" for edge {}", excerpt(edge, 260)),
        TRY(hint_for(stream, place)), edge.empty() ? "an edge that gets it" : "that edge"));
    return {};
  }

  // What may have been meant: a connection that is for others, or a stream of a similar name.
  Result<std::string> hint_for(const std::string& stream, const MeantFor& place) {
    if (const auto by = mapped_.find(stream); by != mapped_.end())
      return std::format(" (connection {} does, for others)",
                         excerpt(connections_[by->second.front()].name, 260));
    std::vector<std::string_view> names;
    for (const auto& [name, by] : mapped_) {
      if (++compared_ > kComparedMax) return std::string();
      if (TRY(is_mapped(name, place))) names.push_back(name);
    }
    const auto near = nearest(stream, names);
    return near ? std::format(", did you mean '{}'", *near) : std::string();
  }

  const WarningSources& sources_;
  const std::span<const ObjectWrite> writes_;
  WrittenCatalog after_;
  std::vector<Connection> connections_;
  std::map<std::string, std::vector<std::size_t>> mapped_;  // by stream, indexes of connections
  std::optional<std::vector<MeantFor>> edges_;
  std::vector<std::string> warnings_;
  std::size_t points_ = 0;
  std::map<std::string, bool> revoked_;
  std::size_t looks_ = 0;
  std::size_t compared_ = 0;
};

bool writes(const ObjectWrite& write, Kind kind) {
  return !write.deletes && write.object.kind == kind;
}

Result<std::vector<std::string>> bare_pipelines(const WarningSources& sources,
                                                std::span<const ObjectWrite> writes_all) {
  std::vector<const domain::CatalogObject*> written;
  for (const ObjectWrite& write : writes_all)
    if (!write.deletes) written.push_back(&write.object);
  return Look(sources, writes_all, written).run();
}

}  // namespace

Result<std::vector<std::string>> write_warnings(const WarningSources& sources,
                                                std::span<const ObjectWrite> all) {
  std::vector<std::string> warnings;
  const bool sees_some = sources.grants.may_somewhere(domain::permission_to_read(Kind::connection));
  if (sees_some && std::ranges::any_of(
                       all, [](const ObjectWrite& write) { return writes(write, Kind::pipeline); }))
    warnings = TRY(bare_pipelines(sources, all));
  for (const ObjectWrite& write : all) {
    if (warnings.size() >= kWarningsMax) break;
    if (!writes(write, Kind::token)) continue;
    const auto token = TRY(codec::read_spec<domain::TokenSpec>(write.object.spec));
    if (token.expires > sources.now) continue;
    warnings.push_back(std::format("token {} has expired at {}: no secret of it is taken",
                                   excerpt(write.object.name, 260), format_iso(token.expires)));
  }
  return warnings;
}

}  // namespace lineside::hub
