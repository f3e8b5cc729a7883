#include <algorithm>
#include <array>
#include <format>
#include <functional>
#include <utility>

#include "base/text.h"
#include "domain/fields.h"
#include "store/hub_entry_internal.h"
#include "store/hub_plan_internal.h"
#include "store/hub_rows_internal.h"

namespace lineside::store {

using domain::Kind;
using domain::Ref;
using domain::to_text;

namespace {

constexpr std::size_t kProblemsMax = 1'000;
constexpr std::size_t kShown = 5;   // referrers and changed fields in a message
constexpr int kDepthMax = 64;       // of the hierarchies of sites and of assets
constexpr std::size_t kNear = 500;  // names among which a suggestion is sought
constexpr std::size_t kNearPrefix = 3;
constexpr std::int64_t kPlanChunk = 256;

// What decides where an object is, the nearest first.
constexpr std::array kPlaceKinds = {Kind::site, Kind::asset, Kind::device, Kind::connection,
                                    Kind::stream};

}  // namespace

bool has_place(Kind kind) {
  switch (kind) {
    case Kind::site:
    case Kind::asset:
    case Kind::device:
    case Kind::stream:
    case Kind::connection:
    case Kind::contract:
    case Kind::pipeline:
      return true;
    default:
      return false;
  }
}

std::int64_t place_by(std::span<const std::pair<Kind, std::int64_t>> targets) {
  for (const Kind kind : kPlaceKinds) {
    std::optional<std::int64_t> site;
    for (const auto& [target, its_site] : targets) {
      if (target != kind) continue;
      if (site && *site != its_site) return 0;
      site = its_site;
    }
    if (site) return *site;
  }
  return 0;
}

Result<BatchPlan> BatchPlan::make(HubConnection& connection, const CatalogBatch& batch) {
  BatchPlan plan(connection, batch);
  TRY(connection.fields.refresh(connection.database));
  TRY(plan.find_drafts());
  TRY(plan.resolve_links());
  TRY(plan.check_parents());
  TRY(plan.check_deletions());
  TRY(plan.ask_permission());
  std::ranges::stable_sort(plan.problems_, {}, &WriteProblem::index);
  return plan;
}

void BatchPlan::add_problem(std::size_t index, Code code, std::string text, std::string field) {
  if (problems_.size() >= kProblemsMax) {
    ++more_;
    return;
  }
  problems_.push_back({.index = index,
                       .code = code,
                       .text = std::move(text),
                       .field = std::move(field),
                       .latest = std::nullopt,
                       .is_unseen = !drafts_[index].is_stored});
}

// ---- Against what is stored --------------------------------------------------------------------

Result<void> BatchPlan::find_drafts() {
  const std::size_t count = batch_->writes.size();
  drafts_.resize(count);
  places_.resize(count);
  by_name_.reserve(count);
  std::int64_t next_id = 1;
  bool is_any_buried = false;
  TRY(statement("object_last_id").with().each([&](const Statement& row) {
    next_id = row.integer(0) + 1;
  }));
  TRY(statement("buried_any").with().each([&](const Statement& row) {
    is_any_buried = row.integer(0) != 0;
  }));
  for (std::size_t i = 0; i < count; ++i) {
    drafts_[i].write = &batch_->writes[i];
    const ObjectKey key{.kind = drafts_[i].kind(), .name = drafts_[i].name()};
    if (!by_name_.try_emplace(key, i).second) {
      add_problem(i, Code::invalid,
                  std::format("{} is in the batch twice", shown(key.kind, key.name)));
      continue;
    }
    TRY(find_draft(drafts_[i], next_id, is_any_buried));
  }
  return {};
}

// Whether it is there and not for the author to see; its document is not read for that.
Result<bool> BatchPlan::is_hidden(const Draft& draft) {
  if (!batch_->sees) return false;
  bool is_hidden = false;
  TRY(statement("object_site")
          .with(static_cast<int>(draft.kind()), draft.name())
          .each([&](const Statement& row) {
            const std::string site =
                read_site(row, 0, 1, {draft.kind(), std::string(draft.name())});
            is_hidden = !batch_->sees(draft.kind(), site);
          }));
  return is_hidden;
}

Result<void> BatchPlan::find_stored(Draft& draft, std::string& spec) {
  return statement("object_find")
      .with(static_cast<int>(draft.kind()), draft.name())
      .each([&](const Statement& row) {
        draft.is_stored = true;
        draft.id = row.integer(0);
        draft.revision = row.integer(1);
        draft.old_site = row.integer(3);
        draft.old_links = row.blob(4);
        spec = row.text(5);
        if (row.is_null(6))
          row.refuse(std::format("{}: object.head: expected the leaf of its revision {}, found {}",
                                 shown(draft.kind(), draft.name()), draft.revision,
                                 row.integer(2)));
        read_site(row, 7, 3, {draft.kind(), std::string(draft.name())});
      });
}

Result<void> BatchPlan::find_draft(Draft& draft, std::int64_t& next_id, bool is_any_buried) {
  std::string spec;
  const auto kind = static_cast<int>(draft.kind());
  draft.is_hidden = TRY(is_hidden(draft));
  if (!draft.is_hidden) TRY(find_stored(draft, spec));
  const auto index = static_cast<std::size_t>(&draft - drafts_.data());
  if (!draft.is_stored && !draft.is_hidden && is_any_buried) {
    TRY(statement("buried_find").with(kind, draft.name()).each([&](const Statement& row) {
      draft.id = row.integer(0);
      draft.revision = read_number(row, 1, 0);
    }));
  }
  if (draft.id == 0) draft.id = next_id++;
  by_id_.emplace(draft.id, index);
  return judge(index, spec);
}

Result<void> BatchPlan::judge(std::size_t index, std::string_view stored_spec) {
  Draft& draft = drafts_[index];
  const ObjectWrite& write = *draft.write;
  const std::int64_t current = draft.is_stored ? draft.revision : 0;
  // Who finds done what he asks for is in no conflict (RFC 9110, 13.1.1): a file may be applied
  // twice.
  const bool is_done = draft.is_stored && !write.deletes && stored_spec == write.object.spec;
  if (is_done && write.expected.value_or(current) != 0) return {};
  if (write.expected && *write.expected != current) return add_conflict(index);
  if (write.deletes) {
    if (draft.is_stored) {
      draft.change = ObjectChange::deleted;
    } else {
      add_problem(index, Code::not_found,
                  std::format("there is no {}", shown(draft.kind(), draft.name())));
    }
    return {};
  }
  draft.change = draft.is_stored ? ObjectChange::updated : ObjectChange::created;
  return {};
}

// Says what the other writer did, for a person to decide.
Result<void> BatchPlan::add_conflict(std::size_t index) {
  const Draft& draft = drafts_[index];
  const std::int64_t expected = *draft.write->expected;
  Database& database = connection_->database;
  const auto latest = TRY(find_revision(database, draft.kind(), draft.id, draft.revision));
  const auto seen = TRY(find_revision(database, draft.kind(), draft.id, expected));
  const std::string found =
      draft.is_stored ? std::format("revision {}", draft.revision) : std::string("none");
  std::string text =
      std::format("{}: expected {}, found {}", shown(draft.kind(), draft.name()),
                  expected == 0 ? "none" : std::format("revision {}", expected), found);
  // What it was elsewhere is not for everybody who may see it here.
  const bool is_one_place = seen && latest && seen->note.site == latest->note.site;
  if (is_one_place && draft.is_stored && !seen->spec.empty()) {
    std::string fields;
    TRY(statement("spec_diff")
            .with(seen->spec, latest->spec, kShown)
            .each([&](const Statement& row) {
              fields += std::format("{}spec.{}", fields.empty() ? "" : ", ", row.text(0));
            }));
    if (!fields.empty()) text += std::format("; changed since: {}", excerpt(fields, 400));
  }
  const std::size_t told = problems_.size();
  add_problem(index, Code::conflict, std::move(text));
  if (problems_.size() == told) return {};  // there are too many
  problems_.back().is_stale = true;
  if (latest) problems_.back().latest = latest->note;
  return {};
}

// ---- References --------------------------------------------------------------------------------

Result<void> BatchPlan::resolve_links() {
  for (std::size_t i = 0; i < drafts_.size(); ++i) {
    Draft& draft = drafts_[i];
    const bool is_written =
        draft.change == ObjectChange::created || draft.change == ObjectChange::updated;
    if (!is_written) continue;
    draft.links.reserve(draft.write->object.refs.size() + draft.write->object.terms.size());
    for (const Ref& ref : draft.write->object.refs) TRY(resolve_reference(i, ref));
    for (const domain::Term& term : draft.write->object.terms)
      draft.links.push_back({.role = FieldRole::term, .name = term.field, .value = term.value});
  }
  return {};
}

// The author of a version stays its author, also in a revision that is restored; nobody else has
// been its author for him.
Result<void> BatchPlan::check_erased(std::size_t index, const Ref& ref) {
  const Draft& draft = drafts_[index];
  bool was_named = false;
  if (draft.kind() == Kind::model_version) {
    TRY(statement("revision_names")
            .with(draft.id, person_member(draft.kind(), ref.name))
            .each([&](const Statement&) { was_named = true; }));
  }
  if (was_named) return {};
  add_problem(index, Code::invalid,
              std::format("{}: {} names somebody who was erased and was never its {}; expected a "
                          "Person of the catalog",
                          shown(draft.kind(), draft.name()), ref.field, ref.field),
              ref.field);
  return {};
}

Result<void> BatchPlan::resolve_reference(std::size_t index, const Ref& ref) {
  if (ref.kind == Kind::person && is_pseudonym(ref.name)) return check_erased(index, ref);
  const ObjectKey key{.kind = ref.kind, .name = ref.name};
  DraftLink link{.role = FieldRole::reference, .name = ref.field, .target_kind = ref.kind};
  if (const auto found = by_name_.find(key); found != by_name_.end()) {
    const Draft& target = drafts_[found->second];
    if (target.write->deletes) {
      return add_dangling(index, ref, "which the same batch deletes");
    }
    link.target = target.id;
    link.target_site = target.old_site;
    if (target.change != ObjectChange::unchanged) link.target_draft = found->second;
    drafts_[index].links.push_back(link);
    return {};
  }
  const auto [known, is_new] = targets_.try_emplace(key);
  if (is_new) {
    TRY(statement("object_id")
            .with(static_cast<int>(ref.kind), ref.name)
            .each([&](const Statement& row) {
              known->second = {.id = row.integer(0), .site = row.integer(1)};
            }));
  }
  if (known->second.id == 0) return add_dangling(index, ref, "which does not exist");
  link.target = known->second.id;
  link.target_site = known->second.site;
  drafts_[index].links.push_back(link);
  return {};
}

Result<void> BatchPlan::add_dangling(std::size_t index, const Ref& ref, std::string_view why) {
  if (problems_.size() >= kProblemsMax) {
    ++more_;
    return {};
  }
  std::vector<std::string> names;
  const std::string prefix = ref.name.substr(0, kNearPrefix);
  // Who does not see all may not see those.
  if (!batch_->sees)
    TRY(statement("object_near")
            .with(static_cast<int>(ref.kind), prefix, prefix_end(prefix), kNear)
            .each([&](const Statement& row) { names.push_back(row.text(0)); }));
  for (const auto& [key, draft] : by_name_) {
    if (names.size() >= 2 * kNear) break;
    const bool is_like = key.kind == ref.kind && !drafts_[draft].write->deletes;
    if (is_like) names.emplace_back(key.name);
  }
  const std::vector<std::string_view> candidates(names.begin(), names.end());
  std::string text =
      std::format("{}: {} refers to {}, {}", shown(drafts_[index].kind(), drafts_[index].name()),
                  ref.field, shown(ref.kind, ref.name), why);
  const auto suggestion = nearest(ref.name, candidates);
  if (suggestion && *suggestion != ref.name) text += std::format("; meant '{}'?", *suggestion);
  add_problem(index, Code::not_found, std::move(text), ref.field);
  return {};
}

// ---- Hierarchies -------------------------------------------------------------------------------

Result<void> BatchPlan::check_parents() {
  std::unordered_map<std::int64_t, int> depths;
  for (std::size_t i = 0; i < drafts_.size(); ++i) {
    const Kind kind = drafts_[i].kind();
    const bool is_level = kind == Kind::site || kind == Kind::asset;
    if (is_level && !drafts_[i].links.empty()) TRY(check_parent(i, depths));
  }
  return {};
}

// Walks up through the batch and what is stored; what was walked once is known not to end in a
// circle.
Result<void> BatchPlan::check_parent(std::size_t index,
                                     std::unordered_map<std::int64_t, int>& depths) {
  const Draft& draft = drafts_[index];
  std::vector<std::int64_t> way;
  std::int64_t at = draft.id;
  int above = 0;
  while (at != 0) {
    if (const auto known = depths.find(at); known != depths.end()) {
      above = known->second + 1;
      break;
    }
    const bool is_circle = at == draft.id && !way.empty();
    if (is_circle) {
      add_problem(index, Code::invalid,
                  std::format("{} would be its own parent, {} levels up",
                              shown(draft.kind(), draft.name()), way.size()),
                  "parent");
      return {};
    }
    // A circle without this one: its own members find it.
    if (std::ranges::contains(way, at)) return {};
    way.push_back(at);
    if (std::ssize(way) > kDepthMax) break;
    at = TRY(parent_of(draft.kind(), at));
  }
  const int depth = above + static_cast<int>(way.size());
  if (depth > kDepthMax) {
    add_problem(index, Code::invalid,
                std::format("{}: expected at most {} levels of parents, found more",
                            shown(draft.kind(), draft.name()), kDepthMax),
                "parent");
    return {};
  }
  for (std::size_t i = 0; i < way.size(); ++i) depths[way[i]] = depth - 1 - static_cast<int>(i);
  return {};
}

Result<std::int64_t> BatchPlan::parent_of(Kind kind, std::int64_t id) {
  const auto known = by_id_.find(id);
  const Draft* draft = known == by_id_.end() ? nullptr : &drafts_[known->second];
  if (draft != nullptr && draft->change != ObjectChange::unchanged) {
    for (const DraftLink& link : draft->links)
      if (link.name == "parent" && link.target_kind == kind) return link.target;
    return 0;
  }
  Bytes bytes;
  TRY(statement("object_links").with(id).each([&](const Statement& row) { bytes = row.blob(3); }));
  for (const Link& link : TRY_WITH(decode_links(bytes, connection_->fields),
                                   std::format("{} of id {}", to_text(kind), id)))
    if (link.field->name == "parent" && link.field->target == kind) return link.target;
  return 0;
}

// ---- Deletions ---------------------------------------------------------------------------------

Result<void> BatchPlan::check_deletions() {
  for (std::size_t i = 0; i < drafts_.size(); ++i)
    if (drafts_[i].change == ObjectChange::deleted) TRY(check_deletion(i));
  return {};
}

// What refers to it may go in the same batch, or be written without the reference; that a write
// still has it has been found where references are resolved.
Result<void> BatchPlan::check_deletion(std::size_t index) {
  const Draft& draft = drafts_[index];
  std::vector<std::int64_t> referrers;
  const auto is_gone = [this](std::int64_t id) {
    const auto known = by_id_.find(id);
    return known != by_id_.end() && drafts_[known->second].change != ObjectChange::unchanged;
  };
  for (const FieldRow* field : connection_->fields.referring_to(draft.kind())) {
    std::int64_t after = 0;
    std::vector<std::int64_t> chunk(1);
    while (!chunk.empty() && referrers.size() <= kShown) {
      chunk.clear();
      TRY(statement("term_after")
              .with(field->id, draft.id, after, kPlanChunk)
              .each([&](const Statement& row) { chunk.push_back(row.integer(0)); }));
      if (!chunk.empty()) after = chunk.back();
      std::ranges::copy_if(chunk, std::back_inserter(referrers), std::not_fn(is_gone));
    }
  }
  if (referrers.empty()) return {};
  std::string text = std::format("{} is referred to by ", shown(draft.kind(), draft.name()));
  for (std::size_t i = 0; i < std::min(referrers.size(), kShown); ++i) {
    TRY(statement("object_name").with(referrers[i]).each([&](const Statement& row) {
      text += std::format("{}{}", i > 0 ? ", " : "",
                          shown(row.one_of<Kind>(0, "object.kind"), row.text(1)));
    }));
  }
  if (referrers.size() > kShown) text += " and others";
  add_problem(index, Code::conflict, std::move(text));
  return {};
}

// ---- Places and permission ---------------------------------------------------------------------

// Through those in the batch; the depth is limited because devices may name each other.
std::int64_t BatchPlan::place(std::size_t index, int depth) {
  constexpr int kPlaceDepth = 2 * kDepthMax;
  Draft& draft = drafts_[index];
  if (places_[index] == 2) return draft.site;
  if (places_[index] == 1 || depth > kPlaceDepth || !has_place(draft.kind())) return 0;
  if (draft.kind() == Kind::site) return draft.site = draft.id;
  places_[index] = 1;
  std::vector<std::pair<Kind, std::int64_t>> targets;
  for (const DraftLink& link : draft.links) {
    if (link.role != FieldRole::reference) continue;
    const bool is_drafted = link.target_draft != kNoDraft;
    targets.emplace_back(link.target_kind,
                         is_drafted ? place(link.target_draft, depth + 1) : link.target_site);
  }
  draft.site = place_by(targets);
  places_[index] = 2;
  return draft.site;
}

Result<void> BatchPlan::ask_permission() {
  outcomes_.reserve(drafts_.size());
  for (std::size_t i = 0; i < drafts_.size(); ++i) {
    Draft& draft = drafts_[i];
    if (draft.change == ObjectChange::unchanged) {
      draft.site = draft.old_site;
      places_[i] = 2;
    }
  }
  for (std::size_t i = 0; i < drafts_.size(); ++i) {
    Draft& draft = drafts_[i];
    if (draft.change != ObjectChange::deleted) place(i, 0);
    outcomes_.push_back({.change = draft.change,
                         .revision = draft.new_revision(),
                         .old_site = TRY(site_name(draft.old_site)),
                         .site = TRY(site_name(draft.site))});
    const bool is_nothing = draft.change == ObjectChange::unchanged && !draft.is_stored;
    if (is_nothing) continue;
    const auto allowed =
        batch_->permit ? batch_->permit(*draft.write, outcomes_.back()) : Result<void>();
    // Of what is not seen no rule says more than that it could not be made either.
    if (draft.is_hidden && (allowed || allowed.error().code != Code::denied))
      add_problem(i, Code::denied,
                  std::format("no right to change {}", shown(draft.kind(), draft.name())));
    else if (!allowed)
      add_problem(i, allowed.error().code, allowed.error().text);
  }
  return {};
}

Result<std::string> BatchPlan::site_name(std::int64_t id) {
  if (id == 0) return std::string();
  const auto [known, is_new] = site_names_.try_emplace(id);
  if (!is_new) return known->second;
  TRY(statement("object_name").with(id).each([&](const Statement& row) {
    known->second = row.text(1);
  }));
  // Sites that the batch creates have no row yet.
  const auto drafted = by_id_.find(id);
  if (known->second.empty() && drafted != by_id_.end())
    known->second = drafts_[drafted->second].name();
  return known->second;
}

}  // namespace lineside::store
