// The catalog of a hub: every object with all its revisions, what refers to what, and where it is.
// An object is generic (domain/catalog.h): its kind, name and spec, and, taken out of the spec by
// whoever read it, the references that must not dangle and the terms one can list by.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "domain/catalog.h"
#include "domain/kinds.h"
#include "store/hub_audit.h"

namespace lineside::store {

struct HubCore;

enum class ObjectChange : unsigned char { created, updated, unchanged, deleted };
constexpr auto names(const ObjectChange*) {
  return std::array<std::string_view, 4>{"created", "updated", "unchanged", "deleted"};
}

struct ObjectName {
  domain::Kind kind = domain::Kind::site;
  std::string name;
  bool operator==(const ObjectName&) const = default;
  auto operator<=>(const ObjectName&) const = default;
};

// Names of sites, not of sites below them (HubCatalog::sites_under()); "" stands for what is of no
// site. Absent: everything.
using SiteFilter = std::optional<std::vector<std::string>>;

struct ObjectWrite {
  domain::CatalogObject object;  // of a deletion only kind and name count
  bool deletes = false;
  // The revision that was seen, 0: none. Another is a conflict unless of this spec. Absent: any.
  std::optional<std::int64_t> expected;
};

struct ObjectOutcome {
  ObjectChange change = ObjectChange::unchanged;
  std::int64_t revision = 0;  // afterwards; counts from 1 per name and goes on after a deletion
  std::string old_site;       // the site it was of; empty: none, or it did not exist
  std::string site;           // the site it is of now; empty: none
};

// Who last changed an object, when.
struct RevisionNote {
  std::int64_t number = 0;
  ObjectChange change = ObjectChange::created;
  Time time;
  std::string author;
  std::string note;
  std::uint64_t leaf = 0;  // index of its audit leaf
  // Where the object was then, of the current revision where it is now; of a site that is gone the
  // nearest one above that was there then and still is; empty: it was of none. Absent: nobody
  // knows, for there is no such site, or a version before 4 of the database wrote it.
  std::optional<std::string> site = std::nullopt;
  bool operator==(const RevisionNote&) const = default;
};

// Why one write of a batch cannot be done.
struct WriteProblem {
  std::size_t index = 0;  // of the write in the batch
  // conflict: `expected` is not current, or others refer to what shall be deleted; not_found: a
  // reference that dangles, or nothing there to delete; invalid: a cycle through `parent`, or named
  // twice in the batch; denied: `permit` said no.
  Code code = Code::invalid;
  std::string text;                    // e.g. "expected revision 3, found 4: changed spec.unit"
  std::string field;                   // of the reference that dangles or closes a cycle
  std::optional<RevisionNote> latest;  // of a conflict with another writer
  bool is_stale = false;               // a conflict: `expected` is not current
  bool is_unseen = false;              // what it writes is not there, or the author does not see it
};

struct CatalogBatch {
  std::span<const ObjectWrite> writes;
  std::string author;  // an id; stays with the revisions until erase_person()
  std::string actor;   // as audit entries name the author: for people a commitment
  std::string note;    // why, for the history; may be empty
  Time time;
  bool dry_run = false;  // everything but storing it
  // Asked for each write of what is there or comes, also where nothing changes; an error becomes a
  // problem of the batch.
  // Runs inside the transaction: quick, and with no call to the database.
  std::function<Result<void>(const ObjectWrite&, const ObjectOutcome&)> permit;
  // Whether the author sees objects of the kind at the site (empty: of none). What he does not see
  // is to the batch as if it were not there, but that its name is taken. Quick, as `permit`; null:
  // he sees all.
  std::function<bool(domain::Kind, std::string_view)> sees;
  // Leaves to add after those of the objects, also where no object changes.
  std::span<const AuditEntry> entries;
};

struct Applied {
  std::vector<ObjectOutcome> outcomes;  // one per write, in order; empty when there are problems
  std::vector<WriteProblem> problems;   // by index, at most 1,000; empty: done
  std::size_t more = 0;                 // problems beyond those
};

struct StoredObject {
  domain::Kind kind = domain::Kind::site;
  std::string name;
  std::string site;  // its site's name, of an old revision the one it was of; empty: none
  RevisionNote revision;
  std::string spec;  // canonical JSON; empty for a deletion and after an erasure
};

// Matches objects of one kind that meet all of it.
struct ObjectQuery {
  domain::Kind kind = domain::Kind::site;
  // Fields are those of Term, and of Ref with the target's name as value; an unknown field or
  // value matches nothing.
  std::vector<domain::Term> filters;
  std::string prefix;  // of the name
  SiteFilter sites;
  std::size_t limit = 100;
  std::string cursor;  // ObjectPage::next of the page before; empty: the first page
  // Not null: objects whose rows are damaged are left out and told here, a text for each, and are
  // no error.
  std::vector<std::string>* damaged = nullptr;
};

struct ObjectPage {
  std::vector<StoredObject> objects;
  // Not empty: there may be more. A page that had to look at very many objects for a few matches
  // ends early, perhaps empty, so that no query holds a reader for long.
  std::string next;
};

struct ObjectCount {
  std::uint64_t count = 0;
  bool exact = true;  // false: at least `count`
};

struct SearchQuery {
  std::string text;                 // part of a name or title, any case
  std::vector<domain::Kind> kinds;  // empty: all
  SiteFilter sites;
  std::size_t limit = 20;
  std::vector<std::string>* damaged = nullptr;  // as in ObjectQuery
};

struct ObjectLink {
  std::string field;  // of the one that refers
  ObjectName other;   // references(): the target; referrers(): the one that refers
  std::string site;   // of `other`
  bool operator==(const ObjectLink&) const = default;
};

struct LinkPage {
  std::vector<ObjectLink> links;
  std::string next;  // as in ObjectPage
};

struct CatalogChange {
  std::uint64_t leaf = 0;  // of the audit log; increasing
  ObjectName object;       // name empty: erased since
  std::int64_t revision = 0;
  ObjectChange change = ObjectChange::created;
  Time time;
  std::string author;               // empty: erased since
  std::optional<std::string> site;  // as in RevisionNote
};

// A revision whose row is damaged: what is wrong, and what the row still says of where it was.
struct DamagedRevision {
  std::string text;
  std::int64_t number = 0;           // as it stands there: pages go by it
  std::uint64_t leaf = 0;            // the same
  std::optional<domain::Kind> kind;  // absent: nobody knows of what
  std::optional<std::string> site;   // as in RevisionNote
};

// Any thread may call. An object's site is that of its reference to a Site, else of the assets,
// devices, connections or streams it refers to (the first of these kinds it has) if they agree; a
// Site is of itself. Only Site, Asset, Device, Stream, Connection, Contract and Pipeline have one.
// It follows when what they stand on moves.
class HubCatalog {
 public:
  explicit HubCatalog(HubCore& core) : core_(core) {}

  // All or nothing, in one transaction with a revision and an audit leaf for each object that
  // changes. An object whose spec is the stored one is `unchanged` and nothing is written for it.
  // Objects may refer to each other in any order. Errors: of the database; what is wrong with
  // the batch is in `problems`, and then nothing has been stored.
  Result<Applied> apply(const CatalogBatch& batch);

  // For HubDb::together(), where get() shows what was before: that the object is still there, in
  // the revision that was looked at. Errors: not_found; conflict, when it has another one by now.
  Result<void> expect(const ObjectName& object, std::int64_t revision);

  // Errors: not_found.
  Result<StoredObject> get(domain::Kind kind, std::string_view name) const;
  // The site it is of, "" for none. Its document is not read: a large one takes no longer, and none
  // hardly less. Errors: not_found.
  Result<std::string> site_of(domain::Kind kind, std::string_view name) const;
  // Where it is, or was at last, and where older revisions of it were, each place once and as
  // RevisionNote has it; those from before version 4 of the database are left out. As quick for a
  // long past as for a short one. Errors: not_found for what never existed.
  Result<std::vector<std::optional<std::string>>> places(domain::Kind kind,
                                                         std::string_view name) const;
  // When it was made, or made anew after a deletion. Errors: not_found.
  Result<Time> born(domain::Kind kind, std::string_view name) const;
  // Also of a deleted object. Errors: not_found.
  Result<StoredObject> get_revision(domain::Kind kind, std::string_view name,
                                    std::int64_t number) const;
  // Newest first, those before revision `before` (0: all); of a deleted object too.
  // Where `damaged` is not null, rows that are damaged are left out and told there in the same
  // order, and are no error; they count for the limit.
  // Errors: not_found for what never existed.
  Result<std::vector<RevisionNote>> history(domain::Kind kind, std::string_view name,
                                            std::int64_t before, std::size_t limit,
                                            std::vector<DamagedRevision>* damaged = nullptr) const;
  // What changed after audit leaf `after`, oldest first; nullopt: from the beginning. `damaged` as
  // in history().
  Result<std::vector<CatalogChange>> changes(std::optional<std::uint64_t> after, std::size_t limit,
                                             std::vector<DamagedRevision>* damaged = nullptr) const;

  // By name where there are no filters and no sites, else in the order of creation.
  // Errors: invalid for a cursor that is not of this query's kind of order.
  Result<ObjectPage> list(const ObjectQuery& query) const;
  // Exact up to 10,000 and for whole kinds; limit and cursor do not matter.
  Result<ObjectCount> count(const ObjectQuery& query) const;
  // Exact names first, then names that begin with it, then the rest. Texts of three characters and
  // more are found anywhere in a name or title, shorter ones at the beginning of names.
  Result<std::vector<StoredObject>> search(const SearchQuery& query) const;

  // What the object refers to, in the order of its spec. Errors: not_found.
  Result<std::vector<ObjectLink>> references(domain::Kind kind, std::string_view name) const;
  // What refers to the object, at most `limit` after `cursor`. Errors: not_found, invalid (cursor).
  Result<LinkPage> referrers(domain::Kind kind, std::string_view name, std::size_t limit,
                             const std::string& cursor) const;
  // The site and all below it, itself first. Errors: not_found.
  Result<std::vector<std::string>> sites_under(std::string_view site) const;

 private:
  HubCore& core_;
};

}  // namespace lineside::store
