// Bodies of requests and answers about the catalog, as shapes_access.h.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <tuple>
#include <vector>

#include "base/time.h"
#include "domain/fields.h"
#include "store/hub_catalog.h"

namespace lineside::hub {

using domain::field;

template <class T>
struct Items {
  std::vector<T> items;
  std::optional<std::string> next;
};
template <class T>
constexpr auto fields(const Items<T>*) {
  return std::tuple(field("items", &Items<T>::items, "in order").required(),
                    field("next", &Items<T>::next, "of the next page; null: this is the last one"));
}

// Of what is stored row by row, of which one may be damaged.
template <class T>
struct SoundItems {
  std::vector<T> items;
  std::optional<std::string> next;
  std::optional<std::uint64_t> damaged;
};
template <class T>
constexpr auto fields(const SoundItems<T>*) {
  return std::tuple(
      field("items", &SoundItems<T>::items, "in order").required(),
      field("next", &SoundItems<T>::next, "of the next page; null: this is the last one"),
      field("damaged", &SoundItems<T>::damaged,
            "how many are left out, for what is stored of them is damaged; null: none"));
}

struct NamedObject {
  domain::Kind kind = domain::Kind::site;
  std::string name;
};
constexpr auto fields(const NamedObject*) {
  return std::tuple(field("kind", &NamedObject::kind, "its kind").required(),
                    field("name", &NamedObject::name, "its name").required());
}

// What a dry run says of a deletion that may be made.
struct DeletionView {
  std::vector<std::string> warnings;
};
constexpr auto fields(const DeletionView*) {
  return std::tuple(field("warnings", &DeletionView::warnings,
                          "what uses the object by a pattern and loses by it")
                        .required());
}

struct RestoreBody {
  std::int64_t revision = 0;
  std::string note;
};
constexpr auto fields(const RestoreBody*) {
  return std::tuple(field("revision", &RestoreBody::revision, "whose spec is to be the current one")
                        .range(1, 9e15)
                        .required(),
                    field("note", &RestoreBody::note, "why"));
}

struct HistoryItem {
  std::int64_t revision = 0;
  store::ObjectChange change = store::ObjectChange::created;
  Time time;
  std::string author;
  std::string note;
  std::uint64_t leaf = 0;
};
constexpr auto fields(const HistoryItem*) {
  return std::tuple(field("revision", &HistoryItem::revision, "counts from 1").required(),
                    field("change", &HistoryItem::change, "what was done").required(),
                    field("time", &HistoryItem::time, "when").required(),
                    field("author", &HistoryItem::author, "by whom").required(),
                    field("note", &HistoryItem::note, "why").required(),
                    field("leaf", &HistoryItem::leaf, "its entry in the audit log").required());
}

struct OutcomeView {
  domain::Kind kind = domain::Kind::site;
  std::string name;
  store::ObjectChange change = store::ObjectChange::unchanged;
  std::int64_t revision = 0;
};
constexpr auto fields(const OutcomeView*) {
  return std::tuple(field("kind", &OutcomeView::kind, "its kind").required(),
                    field("name", &OutcomeView::name, "its name").required(),
                    field("change", &OutcomeView::change, "what was or would be done").required(),
                    field("revision", &OutcomeView::revision, "afterwards").required());
}

struct AppliedView {
  std::vector<OutcomeView> items;
  bool dry_run = false;
  std::vector<std::string> warnings;
};
constexpr auto fields(const AppliedView*) {
  return std::tuple(field("items", &AppliedView::items, "as they were sent").required(),
                    field("dry_run", &AppliedView::dry_run, "nothing was stored").required(),
                    field("warnings", &AppliedView::warnings,
                          "streams of the pipelines that edges will do without; none of deletions")
                        .required());
}

struct ChangeView {
  std::uint64_t leaf = 0;
  domain::Kind kind = domain::Kind::site;
  std::string name;
  std::int64_t revision = 0;
  store::ObjectChange change = store::ObjectChange::created;
  Time time;
  std::string author;
};
constexpr auto fields(const ChangeView*) {
  return std::tuple(
      field("leaf", &ChangeView::leaf, "entry in the audit log").required(),
      field("kind", &ChangeView::kind, "kind of the object").required(),
      field("name", &ChangeView::name, "name of the object").required(),
      field("revision", &ChangeView::revision, "of the object").required(),
      field("change", &ChangeView::change, "what was done").required(),
      field("time", &ChangeView::time, "when").required(),
      field("author", &ChangeView::author, "by whom; erased/...: somebody who was erased")
          .required());
}

struct GraphNodeView {
  domain::Kind kind = domain::Kind::site;
  std::string name;
  std::string site;
  int depth = 0;
  std::string title;
};
constexpr auto fields(const GraphNodeView*) {
  return std::tuple(field("kind", &GraphNodeView::kind, "its kind").required(),
                    field("name", &GraphNodeView::name, "its name").required(),
                    field("site", &GraphNodeView::site, "empty: of none").required(),
                    field("depth", &GraphNodeView::depth, "steps from the start").required(),
                    field("title", &GraphNodeView::title, "empty: it has none").required());
}

struct GraphEdgeView {
  NamedObject from;
  NamedObject to;
  std::string field_name;
};
constexpr auto fields(const GraphEdgeView*) {
  return std::tuple(field("from", &GraphEdgeView::from, "the one that refers").required(),
                    field("to", &GraphEdgeView::to, "what it refers to").required(),
                    field("field", &GraphEdgeView::field_name, "by which field").required());
}

struct GraphView {
  std::vector<GraphNodeView> nodes;
  std::vector<GraphEdgeView> edges;
  std::optional<std::string> next;
  bool partial = false;
};
constexpr auto fields(const GraphView*) {
  return std::tuple(
      field("nodes", &GraphView::nodes, "the nearest first").required(),
      field("edges", &GraphView::edges, "what joins them").required(),
      field("next", &GraphView::next, "of the next page; null: this is the last"),
      field("partial", &GraphView::partial,
            "a pattern takes more streams than were looked at, or something stored is damaged")
          .required());
}

}  // namespace lineside::hub
