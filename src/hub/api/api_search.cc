#include <charconv>
#include <format>

#include "base/text.h"
#include "hub/api/api_internal.h"
#include "hub/catalog/graph.h"

namespace lineside::hub {

using domain::Kind;

namespace {

std::optional<Kind> kind_of(std::string_view text) {
  if (const auto kind = domain::from_text<Kind>(text)) return kind;
  return domain::kind_of_segment(text);
}

// The kinds that the caller may see somewhere, with the sites of each.
std::vector<Kind> visible_kinds(const Grants& grants, std::optional<Kind> only) {
  std::vector<Kind> kinds;
  for (std::size_t i = 0; i < domain::kKinds; ++i) {
    const auto kind = static_cast<Kind>(i);
    if ((!only || only == kind) && grants.may_somewhere(domain::permission_to_read(kind)))
      kinds.push_back(kind);
  }
  return kinds;
}

template <class T>
bool is_not_found(const Result<T>& result) {
  return !result && result.error().code == Code::not_found;
}

GraphView view_of(const GraphPage& page, const GraphQuery& query) {
  GraphView view;
  for (const GraphNode& node : page.nodes)
    view.nodes.push_back({node.object.kind, node.object.name, node.site, node.depth, node.title});
  for (const GraphEdge& edge : page.edges)
    view.edges.push_back(
        {{edge.from.kind, edge.from.name}, {edge.to.kind, edge.to.name}, edge.field});
  if (page.more) view.next = std::to_string(query.skip + query.limit);
  view.partial = page.partial;
  return view;
}

}  // namespace

ApiAnswer show_graph(const ApiCall& call) {
  const bool is_there = TRY(current(call)).has_value();
  // A stream that is not there may be a prediction; that it is one is told to who sees its asset.
  if (!is_there && call.kind() != Kind::stream) return no_object(call);
  GraphQuery query;
  query.start = {call.kind(), call.name()};
  if (const auto text = call.request.target.parameter("direction")) {
    const auto direction = domain::from_text<GraphDirection>(*text);
    if (!direction)
      return invalid(
          std::format("direction: expected up, down or both, found '{}'", excerpt(*text, 40)));
    query.direction = *direction;
  }
  query.depth = static_cast<int>(TRY(call.number("depth", 4, 1, 8)));
  query.limit = TRY(call.limit(1000));
  query.skip = static_cast<std::size_t>(TRY(call.number("cursor", 0, 0, kGraphNodesMax)));
  const auto page = walk_graph(call.db(), call.parts.patterns, call.grants(), query);
  if (!page && !is_there && is_not_found(page))
    return no_object(call,
                     near_prediction(call.db(), call.parts.patterns, call.grants(), call.name()));
  if (!page) return page.error();
  return response_of(view_of(*page, query));
}

ApiAnswer search_objects(const ApiCall& call) {
  std::optional<Kind> only;
  if (const auto text = call.request.target.parameter("kind")) {
    only = kind_of(*text);
    if (!only) return invalid(std::format("kind: no such kind '{}'", excerpt(*text, 40)));
  }
  store::SearchQuery query;
  query.text = trim(call.parameter("text"));
  if (query.text.empty()) return invalid("text: expected a part of a name or title");
  query.limit = TRY(call.limit(20, 200));
  query.kinds = visible_kinds(call.grants(), only);
  // Of people and tokens the sites do not matter, and who sees them at all sees all of them.
  query.sites = call.grants().visible_sites(Kind::asset);
  std::vector<std::string> damaged;
  query.damaged = &damaged;
  codec::JsonWriter json;
  json.begin_object().key("items").begin_array();
  if (!query.kinds.empty()) {
    const auto found = TRY(call.db().catalog().search(query));
    for (const store::StoredObject& object : found)
      if (call.grants().sees(object.kind, object.site)) write_object(json, object);
  }
  json.end_array();
  if (const auto count = log_damaged(damaged)) json.member("damaged", *count);
  json.end_object();
  return json_answer(200, json);
}

}  // namespace lineside::hub
