#include "store/hub_catalog.h"

#include <algorithm>
#include <charconv>
#include <format>
#include <limits>
#include <utility>

#include "base/text.h"
#include "domain/fields.h"
#include "store/hub_apply_internal.h"
#include "store/hub_core_internal.h"
#include "store/hub_past_sites_internal.h"
#include "store/hub_plan_internal.h"
#include "store/hub_rows_internal.h"

namespace lineside::store {

using domain::Kind;

// ---- Rows --------------------------------------------------------------------------------------

namespace {

// Each revision is of a change; `time`: a column of that.
void read_change_row(const Statement& row, int time, int leaf) {
  if (row.is_null(time))
    row.refuse(
        std::format("revision.change: expected a change that is there, in row {}", row.text(leaf)));
}

// More than anybody writes; one more than it still is a number.
constexpr std::int64_t kRevisionMax = 1'000'000'000'000;

// The columns that revision_list.sql and revision_note.sql begin with.
RevisionNote read_note(const Statement& row) {
  constexpr int kLeaf = 5;
  read_change_row(row, 2, kLeaf);
  return {.number = read_number(row, 0, kLeaf),
          .change = read_change(row, 1, kLeaf),
          .time = Time{row.integer(2)},
          .author = row.text(3),
          .note = row.text(4),
          .leaf = static_cast<std::uint64_t>(row.integer(kLeaf))};
}
constexpr int kPlaceOfNote = 6;
constexpr int kSpecOfNote = 9;

Error no_object(Kind kind, std::string_view name) {
  return fail(Code::not_found, "no " + shown(kind, name));
}

}  // namespace

Result<std::optional<StoredRevision>> find_revision(Database& database, Kind kind,
                                                    std::int64_t object, std::int64_t number) {
  std::optional<StoredRevision> found;
  PastPlace place;
  TRY(database["revision_note"].with(object, number).each([&](const Statement& row) {
    found = {.note = read_note(row), .spec = row.text(kSpecOfNote)};
    place = read_place(row, kPlaceOfNote);
  }));
  if (found) found->note.site = TRY(PastSites(database).name(kind, place));
  return found;
}

ObjectChange read_change(const Statement& row, int column, int leaf) {
  constexpr std::string_view kColumn = "revision.what";
  const auto change = row.one_of<ObjectChange>(column, kColumn, leaf);
  if (change != ObjectChange::unchanged) return change;
  row.refuse(column, kColumn, leaf);
  return ObjectChange::created;
}

std::int64_t read_number(const Statement& row, int column, int leaf) {
  constexpr std::string_view kColumn = "revision.number";
  const std::int64_t number = row.count(column, kColumn, leaf, kRevisionMax);
  if (number == 0) row.refuse(column, kColumn, leaf);
  return number;
}

std::string shown(Kind kind, std::string_view name) {
  return std::format("{} '{}'", to_text(kind), excerpt(name));
}

std::string read_site(const Statement& row, int column, int id, const ObjectName& object) {
  if (row.is_null(column))
    row.refuse(std::format("{}: object.site: expected the id of a Site, found {}",
                           shown(object.kind, object.name), row.integer(id)));
  return row.text(column);
}

StoredObject read_object(const Statement& row) {
  constexpr int kLeaf = 9;
  const ObjectName object{row.one_of<Kind>(1, "object.kind", 0), row.text(2)};
  if (row.is_null(kLeaf))
    row.refuse(std::format("{}: object.head: expected the leaf of its revision {}, found {}",
                           shown(object.kind, object.name), row.integer(12), row.integer(11)));
  else
    read_change_row(row, 6, kLeaf);
  std::string site = read_site(row, 3, 13, object);
  return {.kind = object.kind,
          .name = object.name,
          .site = site,
          .revision = {.number = read_number(row, 4, kLeaf),
                       .change = read_change(row, 5, kLeaf),
                       .time = Time{row.integer(6)},
                       .author = row.text(7),
                       .note = row.text(8),
                       .leaf = static_cast<std::uint64_t>(row.integer(kLeaf)),
                       .site = site},
          .spec = row.text(10)};
}

Result<std::int64_t> object_id(Database& database, Kind kind, std::string_view name, Life life) {
  std::int64_t id = 0;
  TRY(database[life == Life::living ? "object_id" : "object_ever"]
          .with(static_cast<int>(kind), name)
          .each([&](const Statement& row) { id = row.integer(0); }));
  if (id != 0) return id;
  return no_object(kind, name);
}

std::string prefix_end(std::string_view prefix) {
  // No name holds this byte.
  return std::string(prefix) + '\xff';
}

// ---- Writing -----------------------------------------------------------------------------------

Result<Applied> HubCatalog::apply(const CatalogBatch& batch) {
  Applied applied;
  const auto plan = [&](HubConnection& connection) -> Result<BatchPlan> {
    BatchPlan made = TRY(BatchPlan::make(connection, batch));
    applied.problems = made.take_problems();
    applied.more = made.more_problems();
    applied.outcomes = made.take_outcomes();
    if (!applied.problems.empty()) applied.outcomes.clear();
    return made;
  };
  if (batch.dry_run) {
    TRY(core_.read_at_once(plan));
    return applied;
  }
  TRY(core_.write([&](HubWriting& writing) -> Result<void> {
    const BatchPlan made = TRY(plan(writing.connection()));
    if (!applied.problems.empty()) return {};
    return BatchStore(writing, batch, made, applied.outcomes).run();
  }));
  return applied;
}

Result<void> HubCatalog::expect(const ObjectName& object, std::int64_t revision) {
  return core_.write([&](HubWriting& writing) -> Result<void> {
    std::int64_t found = 0;
    TRY(writing["object_id"]
            .with(static_cast<int>(object.kind), object.name)
            .each([&](const Statement& row) { found = row.integer(2); }));
    if (found == revision) return {};
    if (found == 0) return no_object(object.kind, object.name);
    return fail(Code::conflict, std::format("{} '{}' was changed meanwhile; try again",
                                            to_text(object.kind), excerpt(object.name)));
  });
}

// ---- Reading -----------------------------------------------------------------------------------

Result<StoredObject> HubCatalog::get(Kind kind, std::string_view name) const {
  return core_.read([&](HubConnection& reader) -> Result<StoredObject> {
    std::optional<StoredObject> found;
    TRY(reader.database["object_get"]
            .with(static_cast<int>(kind), name)
            .each([&](const Statement& row) { found = read_object(row); }));
    if (found) return *std::move(found);
    return no_object(kind, name);
  });
}

Result<std::string> HubCatalog::site_of(Kind kind, std::string_view name) const {
  return core_.read([&](HubConnection& reader) -> Result<std::string> {
    std::optional<std::string> found;
    TRY(reader.database["object_site"]
            .with(static_cast<int>(kind), name)
            .each([&](const Statement& row) {
              found = read_site(row, 0, 1, {kind, std::string(name)});
            }));
    if (found) return *std::move(found);
    return no_object(kind, name);
  });
}

Result<std::vector<std::optional<std::string>>> HubCatalog::places(Kind kind,
                                                                   std::string_view name) const {
  using Places = std::vector<std::optional<std::string>>;
  return core_.read_at_once([&](HubConnection& reader) -> Result<Places> {
    const std::int64_t id = TRY(object_id(reader.database, kind, name, Life::ever));
    std::vector<PastPlace> found;
    TRY(reader.database["object_places"].with(id).each(
        [&](const Statement& row) { found.push_back(read_place(row, 0)); }));
    PastSites sites(reader.database);
    Places places;
    for (const PastPlace& place : found) {
      auto site = TRY(sites.name(kind, place));
      if (!std::ranges::contains(places, site)) places.push_back(std::move(site));
    }
    return places;
  });
}

Result<Time> HubCatalog::born(Kind kind, std::string_view name) const {
  return core_.read([&](HubConnection& reader) -> Result<Time> {
    std::optional<Time> found;
    TRY(reader.database["object_born_at"]
            .with(static_cast<int>(kind), name)
            .each([&](const Statement& row) { found = Time{row.integer(0)}; }));
    if (found) return *found;
    return fail(Code::not_found, std::format("no {} '{}'", to_text(kind), excerpt(name)));
  });
}

Result<StoredObject> HubCatalog::get_revision(Kind kind, std::string_view name,
                                              std::int64_t number) const {
  return core_.read_at_once([&](HubConnection& reader) -> Result<StoredObject> {
    const std::int64_t id = TRY(object_id(reader.database, kind, name, Life::ever));
    auto found = TRY(find_revision(reader.database, kind, id, number));
    if (!found) {
      return fail(Code::not_found,
                  std::format("no revision {} of {} '{}'", number, to_text(kind), excerpt(name)));
    }
    StoredObject object{.kind = kind, .name = std::string(name), .spec = std::move(found->spec)};
    object.site = found->note.site.value_or("");
    object.revision = std::move(found->note);
    return object;
  });
}

namespace {

std::optional<Kind> kind_in(const Statement& row, int column) {
  const std::int64_t number = row.integer(column);
  if (row.is_null(column) || number < 0 || std::cmp_greater_equal(number, domain::kKinds))
    return std::nullopt;
  return static_cast<Kind>(number);
}

// The revisions of a list and where they were; those that are damaged for whoever asks for them.
template <class Revision>
class RevisionRows {
 public:
  explicit RevisionRows(std::vector<DamagedRevision>* damaged) : damaged_(damaged) {}

  // `read(row)` makes a revision of it, `broken(row, text)` what is told of one that is damaged.
  template <class Read, class Broken>
  Result<void> take(Statement& rows, int place, Read read, Broken broken) {
    if (damaged_ == nullptr)
      return rows.each([&](const Statement& row) { add(read(row), read_place(row, place)); });
    return rows.take_each(
        [&](const Statement& row) { return std::pair(read(row), read_place(row, place)); },
        [&](std::pair<Revision, PastPlace>&& one) { add(std::move(one.first), one.second); },
        [&](const Statement& row, std::string&& text) {
          damaged_->push_back(broken(row, std::move(text)));
          damaged_places_.push_back(read_place(row, place));
        });
  }

  // `site_of(revision, place)`: as sites are told of it.
  template <class SiteOf>
  Result<std::vector<Revision>> placed(PastSites& sites, SiteOf site_of) {
    for (std::size_t i = 0; i < revisions_.size(); ++i)
      revisions_[i].site = TRY(site_of(revisions_[i], places_[i]));
    const std::size_t before = damaged_ == nullptr ? 0 : damaged_->size() - damaged_places_.size();
    for (std::size_t i = 0; i < damaged_places_.size(); ++i) {
      DamagedRevision& one = (*damaged_)[before + i];
      if (one.kind) one.site = TRY(sites.name(*one.kind, damaged_places_[i]));
    }
    return std::move(revisions_);
  }

 private:
  void add(Revision revision, const PastPlace& place) {
    revisions_.push_back(std::move(revision));
    places_.push_back(place);
  }

  std::vector<DamagedRevision>* const damaged_;
  std::vector<Revision> revisions_;
  std::vector<PastPlace> places_;
  std::vector<PastPlace> damaged_places_;
};

}  // namespace

Result<std::vector<RevisionNote>> HubCatalog::history(Kind kind, std::string_view name,
                                                      std::int64_t before, std::size_t limit,
                                                      std::vector<DamagedRevision>* damaged) const {
  return core_.read_at_once([&](HubConnection& reader) -> Result<std::vector<RevisionNote>> {
    const std::int64_t id = TRY(object_id(reader.database, kind, name, Life::ever));
    const std::int64_t end = before > 0 ? before : std::numeric_limits<std::int64_t>::max();
    RevisionRows<RevisionNote> rows(damaged);
    const auto broken = [&](const Statement& row, std::string&& text) {
      return DamagedRevision{.text = std::format("{}: {}", shown(kind, name), text),
                             .number = row.integer(0),
                             .leaf = static_cast<std::uint64_t>(row.integer(5)),
                             .kind = kind,
                             .site = std::nullopt};
    };
    TRY(rows.take(reader.database["revision_list"].with(id, end, limit), kPlaceOfNote, read_note,
                  broken));
    PastSites sites(reader.database);
    return rows.placed(sites, [&](const RevisionNote&, const PastPlace& place) {
      return sites.name(kind, place);
    });
  });
}

namespace {

// The columns of revision_after.sql.
CatalogChange read_catalog_change(const Statement& row) {
  read_change_row(row, 5, 0);
  return {.leaf = static_cast<std::uint64_t>(row.integer(0)),
          .object = {.kind = row.one_of<Kind>(1, "object.kind", 0), .name = row.text(2)},
          .revision = read_number(row, 3, 0),
          .change = read_change(row, 4, 0),
          .time = Time{row.integer(5)},
          .author = row.text(6),
          .site = std::nullopt};
}

DamagedRevision read_broken_change(const Statement& row, std::string&& text) {
  return {.text = std::move(text),
          .number = row.integer(3),
          .leaf = static_cast<std::uint64_t>(row.integer(0)),
          .kind = kind_in(row, 1),
          .site = std::nullopt};
}

}  // namespace

Result<std::vector<CatalogChange>> HubCatalog::changes(
    std::optional<std::uint64_t> after, std::size_t limit,
    std::vector<DamagedRevision>* damaged) const {
  return core_.read_at_once([&](HubConnection& reader) -> Result<std::vector<CatalogChange>> {
    const std::int64_t last = after ? static_cast<std::int64_t>(*after) : -1;
    constexpr int kPlace = 7;
    RevisionRows<CatalogChange> rows(damaged);
    TRY(rows.take(reader.database["revision_after"].with(last, limit), kPlace, read_catalog_change,
                  read_broken_change));
    PastSites sites(reader.database);
    using Place = Result<std::optional<std::string>>;
    return rows.placed(sites, [&](const CatalogChange& change, const PastPlace& place) -> Place {
      if (change.object.name.empty()) return std::optional<std::string>();
      return sites.name(change.object.kind, place);
    });
  });
}

// ---- The graph ---------------------------------------------------------------------------------

Result<std::vector<ObjectLink>> HubCatalog::references(Kind kind, std::string_view name) const {
  return core_.read_at_once([&](HubConnection& reader) -> Result<std::vector<ObjectLink>> {
    Database& database = reader.database;
    TRY(reader.fields.refresh(database));
    const std::int64_t id = TRY(object_id(database, kind, name, Life::living));
    Bytes bytes;
    TRY(database["object_links"].with(id).each([&](const Statement& row) { bytes = row.blob(3); }));
    std::vector<ObjectLink> links;
    for (const Link& link : TRY_WITH(decode_links(bytes, reader.fields), shown(kind, name))) {
      if (link.field->role != FieldRole::reference) continue;
      const std::size_t before = links.size();
      TRY(database["object_name"].with(link.target).each([&](const Statement& row) {
        ObjectName other{row.one_of<Kind>(0, "object.kind"), row.text(1)};
        std::string site = read_site(row, 2, 3, other);
        links.push_back(
            {.field = link.field->name, .other = std::move(other), .site = std::move(site)});
      }));
      const bool is_right = links.size() > before && links.back().other.kind == link.field->target;
      if (!is_right)
        return fail(Code::corrupt,
                    std::format("{}: object.links: expected the id of a {} as {}, found {}",
                                shown(kind, name), to_text(link.field->target), link.field->name,
                                link.target));
    }
    return links;
  });
}

namespace {

// "<field>:<object>", the last one that a page had.
struct LinkCursor {
  std::int64_t field = 0;
  std::int64_t object = 0;
};

Result<LinkCursor> parse_cursor(std::string_view text) {
  LinkCursor cursor;
  if (text.empty()) return cursor;
  const char* const end = text.data() + text.size();
  const auto field = std::from_chars(text.data(), end, cursor.field);
  if (field.ec == std::errc() && field.ptr != end && *field.ptr == ':') {
    const auto object = std::from_chars(field.ptr + 1, end, cursor.object);
    if (object.ec == std::errc() && object.ptr == end) return cursor;
  }
  return invalid(
      std::format("cursor '{}': expected one that a page of this list had as next", excerpt(text)));
}

}  // namespace

Result<LinkPage> HubCatalog::referrers(Kind kind, std::string_view name, std::size_t limit,
                                       const std::string& cursor) const {
  return core_.read_at_once([&](HubConnection& reader) -> Result<LinkPage> {
    LinkCursor at = TRY(parse_cursor(cursor));
    TRY(reader.fields.refresh(reader.database));
    const std::int64_t id = TRY(object_id(reader.database, kind, name, Life::living));
    LinkPage page;
    for (const FieldRow* field : reader.fields.referring_to(kind)) {
      if (field->id < at.field) continue;
      if (page.links.size() >= limit) {
        page.next = std::format("{}:{}", at.field, at.object);
        return page;
      }
      const std::int64_t after = field->id == at.field ? at.object : 0;
      TRY(reader.database["referrer_list"]
              .with(field->id, id, after, limit - page.links.size())
              .each([&](const Statement& row) {
                at = {.field = field->id, .object = row.integer(0)};
                ObjectName other{row.one_of<Kind>(1, "object.kind", 0), row.text(2)};
                if (other.kind != field->kind)
                  row.refuse(std::format("{}: term: expected a {} that has {}",
                                         shown(other.kind, other.name), to_text(field->kind),
                                         field->name));
                std::string site = read_site(row, 3, 4, other);
                page.links.push_back(
                    {.field = field->name, .other = std::move(other), .site = std::move(site)});
              }));
    }
    if (page.links.size() >= limit) page.next = std::format("{}:{}", at.field, at.object);
    return page;
  });
}

Result<std::vector<std::string>> HubCatalog::sites_under(std::string_view site) const {
  return core_.read_at_once([&](HubConnection& reader) -> Result<std::vector<std::string>> {
    TRY(reader.fields.refresh(reader.database));
    const std::int64_t id = TRY(object_id(reader.database, Kind::site, site, Life::living));
    const FieldRow* parent = reader.fields.find(Kind::site, "parent");
    std::vector<std::string> names;
    TRY(reader.database["site_subtree"]
            .with(id, parent == nullptr ? 0 : parent->id)
            .each([&](const Statement& row) { names.push_back(row.text(0)); }));
    return names;
  });
}

}  // namespace lineside::store
