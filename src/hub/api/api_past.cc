#include <algorithm>
#include <format>
#include <limits>

#include "base/text.h"
#include "hub/api/api_internal.h"

namespace lineside::hub {

using domain::Kind;

namespace {

constexpr std::uint64_t kRevisionMax = 1'000'000'000'000;
constexpr std::size_t kRevisionsAtOnce = 500;

// A value of a difference; absent: the member is left out.
void write_value(codec::JsonWriter& json, std::string_view name, const std::string& value) {
  if (!value.empty()) json.key(name).raw(value);
}

}  // namespace

void write_differences(codec::JsonWriter& json, const std::vector<codec::Difference>& differences) {
  json.begin_array();
  for (const codec::Difference& difference : differences) {
    json.begin_object().member("path", difference.path);
    write_value(json, "before", difference.before);
    write_value(json, "after", difference.after);
    json.end_object();
  }
  json.end_array();
}

bool sees_at(const ApiCall& call, Kind kind, const std::optional<std::string>& site) {
  if (site) return call.grants().sees(kind, *site);
  return call.grants().may_everywhere(domain::permission_to_read(kind));
}

std::optional<std::uint64_t> log_damaged(const ApiCall& call,
                                         const std::vector<store::DamagedRevision>& damaged) {
  std::vector<std::string> seen;
  for (const store::DamagedRevision& one : damaged)
    if (one.kind ? sees_at(call, *one.kind, one.site) : call.grants().sees_everything())
      seen.push_back(one.text);
  return log_damaged(seen);
}

namespace {

// Whether the caller sees the object, or saw one of its revisions where it was then. To be asked
// before anything of it is read: that a name was never there takes no shorter to find. Errors: of
// the database.
Result<bool> sees_something(const ApiCall& call) {
  const auto places = call.db().catalog().places(call.kind(), call.name());
  if (!places && places.error().code == Code::not_found) return false;
  if (!places) return places.error();
  return std::ranges::any_of(*places,
                             [&](const auto& site) { return sees_at(call, call.kind(), site); });
}

}  // namespace

// By where the revision was written, whatever has the name by now. How many there were of what the
// caller never saw is not told, nor that it was there.
Result<store::StoredObject> find_revision(const ApiCall& call, std::int64_t number) {
  if (!TRY(sees_something(call))) return no_object(call);
  auto revision = call.db().catalog().get_revision(call.kind(), call.name(), number);
  if (!revision && revision.error().code != Code::not_found) return revision.error();
  if (revision && sees_at(call, call.kind(), revision->revision.site)) return *std::move(revision);
  return fail(Code::not_found, std::format("no revision {} of {} '{}'", number,
                                           to_text(call.kind()), excerpt(call.name(), 260)));
}

// Pages are filled with what the caller may see; numbers that are missing say that there was more.
ApiAnswer list_history(const ApiCall& call) {
  const std::size_t limit = TRY(call.limit());
  const std::uint64_t before = TRY(call.number("before", 0, 1, kRevisionMax));
  if (!TRY(sees_something(call))) return no_object(call);
  SoundItems<HistoryItem> view;
  std::vector<store::DamagedRevision> damaged;
  auto next = static_cast<std::int64_t>(before);
  do {
    const std::size_t known = damaged.size();
    const auto known_notes =
        call.db().catalog().history(call.kind(), call.name(), next, kRevisionsAtOnce, &damaged);
    if (!known_notes && known_notes.error().code == Code::not_found) return no_object(call);
    if (!known_notes) return known_notes.error();
    const auto& notes = *known_notes;
    for (const store::RevisionNote& note : notes) {
      if (!sees_at(call, call.kind(), note.site)) continue;
      view.items.push_back(
          {note.number, note.change, note.time, note.author, note.note, note.leaf});
      if (view.items.size() < limit) continue;
      if (note.number > 1) view.next = std::to_string(note.number);
      // Those below are told with the page that they are in.
      std::erase_if(damaged, [&](const auto& one) { return one.number < note.number; });
      view.damaged = log_damaged(call, damaged);
      return response_of(view);
    }
    const bool is_full = notes.size() + damaged.size() - known == kRevisionsAtOnce;
    next = is_full ? std::numeric_limits<std::int64_t>::max() : 1;
    if (is_full && !notes.empty()) next = notes.back().number;
    if (is_full && damaged.size() > known) next = std::min(next, damaged.back().number);
  } while (next > 1);
  view.damaged = log_damaged(call, damaged);
  if (view.items.empty() && !view.damaged && before == 0) return no_object(call);
  return response_of(view);
}

ApiAnswer show_diff(const ApiCall& call) {
  const std::uint64_t from = TRY(call.number("from", 0, 0, kRevisionMax));
  const std::uint64_t to = TRY(call.number("to", 0, 1, kRevisionMax));
  std::string before;
  if (from > 0) before = TRY(find_revision(call, static_cast<std::int64_t>(from))).spec;
  const auto after =
      TRY(to > 0 ? find_revision(call, static_cast<std::int64_t>(to)) : find_object(call));
  const auto differences = TRY(codec::diff_specs(before, after.spec));
  codec::JsonWriter json;
  json.begin_object().key("items");
  write_differences(json, differences);
  json.end_object();
  return json_answer(200, json);
}

ApiAnswer restore_object(const ApiCall& call) {
  const auto body = TRY(call.read<RestoreBody>());
  const auto past = TRY(find_revision(call, body.revision));
  if (past.spec.empty())
    return fail(Code::conflict, "the revision is a deletion, or its spec was erased");
  store::ObjectWrite write;
  write.object.kind = call.kind();
  write.object.name = call.name();
  write.object.spec = past.spec;
  auto refs = TRY(codec::spec_refs(call.kind(), past.spec));
  write.object.refs = std::move(refs.refs);
  write.object.terms = std::move(refs.terms);
  const std::vector<store::ObjectWrite> writes = {std::move(write)};
  const std::string note =
      body.note.empty() ? std::format("restored revision {}", body.revision) : body.note;
  const auto applied = TRY(call.parts.writer.write(*call.caller, writes, {false, note}));
  if (!applied.problems.empty()) return problems_response(call, {writes, applied});
  const auto object = TRY(call.db().catalog().get(call.kind(), call.name()));
  codec::JsonWriter json;
  write_object(json, object, warnings_of(call, writes));
  return json_answer(200, json);
}

ApiAnswer list_changes(const ApiCall& call) {
  const std::size_t limit = TRY(call.limit());
  std::optional<std::uint64_t> after;
  if (call.request.target.parameter("after"))
    after = TRY(call.number("after", 0, 0, std::uint64_t{1} << 60));
  std::vector<store::DamagedRevision> damaged;
  const auto changes = TRY(call.db().catalog().changes(after, limit, &damaged));
  SoundItems<ChangeView> view;
  for (const store::CatalogChange& change : changes)
    if (sees_at(call, change.object.kind, change.site))
      view.items.push_back({change.leaf, change.object.kind, change.object.name, change.revision,
                            change.change, change.time, change.author});
  std::uint64_t last = changes.empty() ? 0 : changes.back().leaf;
  if (!damaged.empty()) last = std::max(last, damaged.back().leaf);
  if (changes.size() + damaged.size() == limit) view.next = std::to_string(last);
  view.damaged = log_damaged(call, damaged);
  return response_of(view);
}

}  // namespace lineside::hub
