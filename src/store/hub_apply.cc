#include <algorithm>
#include <format>
#include <utility>

#include "base/check.h"
#include "store/hub_apply_internal.h"
#include "store/hub_entry_internal.h"
#include "store/hub_rows_internal.h"

namespace lineside::store {

using domain::Kind;

namespace {

constexpr std::int64_t kApplyChunk = 256;
constexpr int kVisitsMax = 8;  // of one object when places are passed on; a circle ends

}  // namespace

Result<void> BatchStore::run() {
  const bool is_anything = std::ranges::any_of(
      plan_.drafts(), [](const Draft& draft) { return draft.change != ObjectChange::unchanged; });
  if (is_anything) {
    std::int64_t change = 0;
    TRY(writing_["change_add"]
            .with(batch_.time.ns, batch_.author, batch_.actor, batch_.note)
            .each([&](const Statement& row) { change = row.integer(0); }));
    for (const Draft& draft : plan_.drafts())
      if (draft.change != ObjectChange::unchanged) TRY(store(draft, change));
    TRY(store_terms());
    TRY(move_dependants());
    for (const auto& [kind, count] : counts_)
      TRY(writing_["kind_count_add"].with(static_cast<int>(kind), count).run());
  }
  return writing_.add_leaves(batch_.entries);
}

// ---- Objects -----------------------------------------------------------------------------------

Result<void> BatchStore::store(const Draft& draft, std::int64_t change) {
  const std::uint64_t leaf = writing_.tail().frontier.size();
  TRY(store_revision(draft, change));
  const Bytes links = TRY(collect_links(draft));
  TRY(collect_site(draft.kind(), draft.id, draft.old_site, draft.site));
  TRY(store_object(draft, leaf, links));
  TRY(store_search(draft));
  const bool has_moved = draft.change == ObjectChange::updated && draft.site != draft.old_site;
  if (has_moved) moved_.push_back({.id = draft.id, .kind = draft.kind()});
  return {};
}

Result<void> BatchStore::store_revision(const Draft& draft, std::int64_t change) {
  const bool is_deleted = draft.change == ObjectChange::deleted;
  const ObjectOutcome& outcome =
      outcomes_[static_cast<std::size_t>(&draft - plan_.drafts().data())];
  Bytes salt;
  if (draft.kind() == Kind::person) salt = TRY(writing_.salt(draft.name()));
  std::optional<std::string_view> site;
  if (has_place(draft.kind())) site = is_deleted ? outcome.old_site : outcome.site;
  const std::string_view spec = draft.write->object.spec;
  const std::string named = TRY(without_person(draft.kind(), spec));
  std::string text = object_entry_text({.change = draft.change,
                                        .actor = batch_.actor,
                                        .kind = draft.kind(),
                                        .name = draft.name(),
                                        .revision = draft.new_revision(),
                                        .site = site,
                                        .spec = named.empty() ? spec : named,
                                        .time = batch_.time},
                                       salt);
  const std::uint64_t leaf = TRY(writing_.add_leaf({.time = batch_.time,
                                                    .action = std::string(action_of(draft.change)),
                                                    .actor = batch_.actor,
                                                    .subject = {},
                                                    .text = std::move(text)}));
  std::optional<std::string_view> kept;
  if (!is_deleted) kept = spec;
  return writing_["revision_add"]
      .with(leaf, draft.id, draft.new_revision(), static_cast<int>(draft.change), change, kept,
            is_deleted ? draft.old_site : draft.site)
      .run();
}

// The spec with its person's pseudonym; empty: it names nobody.
Result<std::string> BatchStore::without_person(Kind kind, std::string_view spec) {
  const std::string_view person = person_in(kind, spec);
  if (person.empty()) return std::string();
  return with_person(spec, person, pseudonym(TRY(writing_.salt(person)), person));
}

Result<void> BatchStore::store_object(const Draft& draft, std::uint64_t leaf, const Bytes& links) {
  const auto kind = static_cast<int>(draft.kind());
  if (draft.change == ObjectChange::deleted) {
    --counts_[draft.kind()];
    const auto site = TRY(last_site(draft));
    TRY(writing_["object_delete"].with(draft.id).run());
    return writing_["buried_add"]
        .with(kind, draft.name(), draft.id, draft.new_revision(), site)
        .run();
  }
  if (draft.change == ObjectChange::updated) {
    return writing_["object_update"]
        .with(draft.id, draft.new_revision(), leaf, draft.site, ByteView(links))
        .run();
  }
  ++counts_[draft.kind()];
  if (draft.revision > 0) TRY(writing_["buried_delete"].with(kind, draft.name()).run());
  return writing_["object_add"]
      .with(draft.id, kind, draft.name(), draft.new_revision(), leaf, draft.site, ByteView(links))
      .run();
}

// Of a site that goes, the one above: who saw that saw this.
Result<std::optional<std::int64_t>> BatchStore::last_site(const Draft& draft) {
  if (draft.kind() != Kind::site) return std::optional(draft.old_site);
  std::optional<std::int64_t> parent;
  TRY(writing_["site_parent"].with(draft.id, draft.revision).each([&](const Statement& row) {
    parent = row.integer(0);
  }));
  return parent;
}

// Not people: their trigrams would outlive an erasure, and they are few enough to be looked at.
Result<void> BatchStore::store_search(const Draft& draft) {
  if (draft.kind() == Kind::person) return {};
  if (draft.is_stored) TRY(writing_["search_delete"].with(draft.id).run());
  if (draft.change == ObjectChange::deleted) return {};
  return writing_["search_add"].with(draft.id, draft.name(), draft.write->object.spec).run();
}

// ---- Terms and references ----------------------------------------------------------------------

// What the object's terms lose and gain; returns its new `links`.
Result<Bytes> BatchStore::collect_links(const Draft& draft) {
  FieldTable& fields = writing_.connection().fields;
  const auto key_of = [&](const Link& link, std::string_view text) {
    return TermKey{.field = link.field->id,
                   .is_number = link.field->role == FieldRole::reference,
                   .number = link.target,
                   .text = text,
                   .object = draft.id};
  };
  if (draft.is_stored) {
    old_links_.push_back(
        TRY_WITH(decode_links(draft.old_links, fields), shown(draft.kind(), draft.name())));
    for (const Link& link : old_links_.back()) removed_.push_back(key_of(link, link.value));
  }
  std::vector<Link> links;
  links.reserve(draft.links.size());
  for (const DraftLink& link : draft.links) {
    const FieldRow* field =
        TRY(fields.obtain(writing_.connection().database, {.id = 0,
                                                           .kind = draft.kind(),
                                                           .name = std::string(link.name),
                                                           .role = link.role,
                                                           .target = link.target_kind}));
    links.push_back({.field = field, .target = link.target, .value = std::string(link.value)});
    added_.push_back(key_of(links.back(), link.value));
  }
  return encode_links(links);
}

Result<void> BatchStore::collect_site(Kind kind, std::int64_t object, std::int64_t old_site,
                                      std::int64_t site) {
  if (site == old_site) return {};
  const FieldRow* field = TRY(writing_.connection().fields.obtain(
      writing_.connection().database,
      {.id = 0, .kind = kind, .name = {}, .role = FieldRole::site, .target = Kind::site}));
  const TermKey key{.field = field->id, .is_number = true, .object = object};
  if (old_site != 0) {
    removed_.push_back(key);
    removed_.back().number = old_site;
  }
  if (site != 0) {
    added_.push_back(key);
    added_.back().number = site;
  }
  return {};
}

// In the order of the table, so that neighbours share its pages.
Result<void> BatchStore::store_terms() {
  std::ranges::sort(added_);
  std::ranges::sort(removed_);
  std::vector<TermKey> difference;
  std::ranges::set_difference(removed_, added_, std::back_inserter(difference));
  for (const TermKey& term : difference) TRY(put_term("term_delete", term));
  difference.clear();
  std::ranges::set_difference(added_, removed_, std::back_inserter(difference));
  for (const TermKey& term : difference) TRY(put_term("term_add", term));
  added_.clear();
  removed_.clear();
  return {};
}

Result<void> BatchStore::put_term(std::string_view statement, const TermKey& term) {
  if (term.is_number) return writing_[statement].with(term.field, term.number, term.object).run();
  return writing_[statement].with(term.field, term.text, term.object).run();
}

// ---- Places that follow ------------------------------------------------------------------------

Result<void> BatchStore::move_dependants() {
  while (!moved_.empty()) {
    const Moved moved = moved_.front();
    moved_.pop_front();
    TRY(move_dependants_of(moved));
  }
  return store_terms();
}

Result<void> BatchStore::move_dependants_of(const Moved& moved) {
  FieldTable& fields = writing_.connection().fields;
  for (const FieldRow* field : fields.referring_to(moved.kind)) {
    if (!has_place(field->kind)) continue;
    std::int64_t after = 0;
    std::vector<std::int64_t> chunk(1);
    while (!chunk.empty()) {
      chunk.clear();
      TRY(writing_["term_after"]
              .with(field->id, moved.id, after, kApplyChunk)
              .each([&](const Statement& row) { chunk.push_back(row.integer(0)); }));
      if (!chunk.empty()) after = chunk.back();
      for (const std::int64_t id : chunk) {
        Placed object{.id = id, .kind = field->kind};
        Bytes links;
        TRY(writing_["object_links"].with(id).each([&](const Statement& row) {
          object.site = row.integer(2);
          links = row.blob(3);
        }));
        object.links = TRY_WITH(decode_links(links, fields),
                                std::format("{} of id {}", to_text(field->kind), id));
        TRY(move(object));
      }
    }
  }
  return {};
}

Result<void> BatchStore::move(const Placed& object) {
  const std::int64_t site = TRY(place_of(object));
  if (site == object.site || ++visits_[object.id] > kVisitsMax) return {};
  TRY(writing_["object_move"].with(object.id, site).run());
  TRY(collect_site(object.kind, object.id, object.site, site));
  moved_.push_back({.id = object.id, .kind = object.kind});
  return {};
}

Result<std::int64_t> BatchStore::place_of(const Placed& object) {
  if (object.kind == Kind::site) return object.id;
  std::vector<std::pair<Kind, std::int64_t>> targets;
  for (const Link& link : object.links) {
    if (link.field->role != FieldRole::reference) continue;
    targets.emplace_back(link.field->target, 0);
    TRY(writing_["object_place"].with(link.target).each([&](const Statement& row) {
      targets.back().second = row.integer(1);
    }));
  }
  return place_by(targets);
}

}  // namespace lineside::store
