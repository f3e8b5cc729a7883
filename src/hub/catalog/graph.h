// What an object rests on and what rests on it, as far as the caller may see.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "domain/fields.h"
#include "hub/access/grants.h"
#include "hub/catalog/patterns.h"
#include "store/hub_catalog.h"
#include "store/hub_db.h"

namespace lineside::hub {

enum class GraphDirection : unsigned char { up, down, both };
constexpr auto names(const GraphDirection*) {
  return std::array<std::string_view, 3>{"up", "down", "both"};
}

struct GraphQuery {
  store::ObjectName start;
  // down: what it refers to; up: what refers to it; both: the two, each from the start on, so that
  // the neighbours of a neighbour are not in it.
  GraphDirection direction = GraphDirection::both;
  int depth = 4;  // steps from the start
  std::size_t limit = 1000;
  std::size_t skip = 0;  // nodes of the pages before
};

struct GraphNode {
  store::ObjectName object;
  std::string site;   // empty: of none
  std::string title;  // empty: it has none
  int depth = 0;
};

struct GraphEdge {
  store::ObjectName from;  // the one that refers
  store::ObjectName to;
  std::string field;
  auto operator<=>(const GraphEdge&) const = default;
};

struct GraphPage {
  std::vector<GraphNode> nodes;  // the nearest first, but for the streams of a pattern
  std::vector<GraphEdge> edges;  // those that led to nodes of this page or lie among them
  bool more = false;             // there are nodes after it
  bool partial = false;          // a pattern takes more streams than were looked at, or the
                                 // nodes of this page have more links than kGraphEdgesMax
};

inline constexpr std::size_t kGraphEdgesMax = 20'000;  // of a page

inline constexpr std::size_t kGraphNodesMax = 20'000;  // of all pages of one walk

// Breadth first; each page walks from the start again. Nothing behind what is not seen is found.
//
// Pipelines and contracts refer to the streams that their patterns take, by the field "streams".
// Up from a stream are the pipelines that take it, and with each, as the last step, the model
// version that it would leave without input. Down from a pipeline or contract that is the start are
// its streams, and what is behind those, after all that it refers to. A prediction
// ("asset/pipeline.output") is no object of the catalog, but may be the start of a walk down: to
// its pipeline, and from there to the streams of its own asset.
//
// Up from a device that is an edge are, by the field "site", the connections and pipelines that it
// runs for no edge is named in them. Down from what has an owner is the person of that name, and
// down from a model version, by the field "approval", who approved its digest; up from the person
// are these.
//
// Errors: not_found (the start, also where it is not seen); exhausted beyond kGraphNodesMax.
Result<GraphPage> walk_graph(store::HubDb& db, PatternBook& patterns, const Grants& grants,
                             const GraphQuery& query);

inline constexpr std::size_t kMakersCompared = 100;  // pipelines of an asset

// What a misspelt name of a prediction may have meant: one of the same asset. Empty: nothing is
// near enough, the caller does not see the asset, or the database does not answer.
std::optional<std::string> near_prediction(store::HubDb& db, PatternBook& patterns,
                                           const Grants& grants, const std::string& name);

// The member "title" of a spec; empty: none.
std::string title_of(std::string_view spec);

}  // namespace lineside::hub
