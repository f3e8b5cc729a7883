#include <algorithm>
#include <format>
#include <map>
#include <optional>
#include <utility>

#include "base/text.h"
#include "crypt/checkpoint.h"
#include "crypt/digest.h"
#include "store/hub_entry_internal.h"
#include "store/hub_plan_internal.h"
#include "store/hub_rows_internal.h"
#include "store/hub_verify_internal.h"

namespace lineside::store {

using domain::Kind;

Result<void> Differences::result() const {
  if (count_ == 0) return {};
  std::string text = texts_.front();
  for (std::size_t i = 1; i < texts_.size(); ++i) text += "; " + texts_[i];
  if (count_ > texts_.size()) text += std::format("; and {} more", count_ - texts_.size());
  return fail(Code::corrupt, std::move(text));
}

namespace {

constexpr std::string_view kErasedEntry = "erased/";
constexpr std::string_view kToken = "Token/";

}  // namespace

Result<bool> ActorCheck::is_same(std::string_view author, std::string_view actor) {
  if (author == actor || (author == "lineside/hub" && actor == "Hub")) return true;
  if (author.starts_with("token/"))
    return actor.starts_with(kToken) && actor.substr(kToken.size()) == author.substr(6);
  if (author == author_ && actor == actor_) return same_;
  // A version before 4 of the database left nothing of the author.
  const bool was_erased = author.empty() || is_pseudonym(author);
  if (!was_erased && author.starts_with(kErasedEntry)) return remember(author, actor, false);
  if (actor.starts_with(kToken)) return remember(author, actor, TRY(acts_for(actor, author)));
  if (was_erased)
    return remember(author, actor,
                    actor.starts_with(author.empty() ? "" : author.substr(kErasedEntry.size())) &&
                        TRY(is_erased(actor, author)));
  Bytes salt;
  TRY(database_["salt_get"].with(author).each([&](const Statement& row) { salt = row.blob(0); }));
  return remember(author, actor, !salt.empty() && crypt::commitment(salt, author) == actor);
}

bool ActorCheck::remember(std::string_view author, std::string_view actor, bool same) {
  author_ = author;
  actor_ = actor;
  return same_ = same;
}

// The log says so: an author of whom a row says it is not merely somebody else's.
Result<bool> ActorCheck::is_erased(std::string_view commitment, std::string_view author) {
  bool is = false;
  TRY(database_[author.empty() ? "verify_erasures_older" : "verify_erasures"]
          .with(std::format("Person/{}", commitment))
          .each([&](const Statement&) { is = true; }));
  return is;
}

// The entry names the program, the row the person it acts for.
Result<bool> ActorCheck::acts_for(std::string_view actor, std::string_view person) {
  bool does = false;
  TRY(database_["verify_token"]
          .with(static_cast<int>(Kind::token), actor.substr(kToken.size()), person)
          .each([&](const Statement&) { does = true; }));
  return does;
}

namespace {

using crypt::Digest;

constexpr std::uint64_t kTellEach = 1 << 14;  // rows

Error wrong(std::string text) { return fail(Code::corrupt, std::move(text)); }

// Counts rows and tells of them now and then.
class Progress {
 public:
  Progress(const OnVerifyProgress& tell, std::string_view part, std::uint64_t total)
      : tell_(tell), now_{.part = part, .done = 0, .total = total} {
    if (tell_) tell_(now_);
  }
  ~Progress() {
    if (tell_) tell_(now_);
  }
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;
  void count() {
    if (++now_.done % kTellEach == 0 && tell_) tell_(now_);
  }

 private:
  const OnVerifyProgress& tell_;
  VerifyProgress now_;
};

Result<void> check_pages(Database& database, const OnVerifyProgress& tell) {
  const Progress progress(tell, "pages", 0);
  const std::string found = TRY(database.text("PRAGMA integrity_check(1)"));
  if (found == "ok") return {};
  return wrong("the hub database is damaged: " + found);
}

// The tree made anew from the leaves, against each checkpoint and each stored tile.
class LogCheck {
 public:
  explicit LogCheck(Database& database) : database_(database) {}

  Result<void> run(HubVerified& verified, const OnVerifyProgress& tell) {
    std::uint64_t total = 0;
    TRY(database_["audit_last"].with().each(
        [&](const Statement& row) { total = static_cast<std::uint64_t>(row.integer(0)) + 1; }));
    Progress progress(tell, "audit log", total);
    TRY(find_checkpoint(1));
    TRY(database_["verify_leaves"].with().try_each([&](const Statement& row) -> Result<void> {
      progress.count();
      if (std::cmp_not_equal(row.integer(0), frontier_.size())) {
        return wrong(std::format("audit leaf {} is missing", frontier_.size()));
      }
      const Time stored = std::max(last_, Time{row.integer(3)});
      if (row.integer(1) != stored.ns) {
        return wrong(std::format("audit leaf {}: expected to be stored at {}, found {}",
                                 frontier_.size(), format_iso(stored),
                                 format_iso(Time{row.integer(1)})));
      }
      last_ = stored;
      return add(crypt::leaf_hash(as_bytes(row.text(2))));
    }));
    if (next_ || frontier_.size() != covered_) {
      return wrong(std::format("the audit log has {} leaves, its last checkpoint {}",
                               frontier_.size(), next_ ? next_->size : covered_));
    }
    std::uint64_t checkpoints = 0;
    TRY(database_["verify_checkpoints"].with().each(
        [&](const Statement& row) { checkpoints = static_cast<std::uint64_t>(row.integer(0)); }));
    if (checkpoints != checkpoints_) return wrong("the audit log has checkpoints of no leaves");
    std::int64_t tiles = 0;
    TRY(database_["verify_tiles"].with().each(
        [&](const Statement& row) { tiles = row.integer(0); }));
    if (tiles != tiles_) return wrong("the audit log has tiles beyond its end");
    verified.leaves = frontier_.size();
    verified.checkpoints = checkpoints_;
    verified.root = frontier_.root();
    return {};
  }

 private:
  // The first one that covers so many leaves.
  Result<void> find_checkpoint(std::uint64_t size) {
    next_.reset();
    return database_["checkpoint_from"].with(size).each(
        [&](const Statement& row) { next_ = read_checkpoint(row); });
  }

  Result<void> add(const Digest& hash) {
    std::vector<crypt::Subtree> completed;
    frontier_.append(hash, completed);
    for (const crypt::Subtree& subtree : completed) {
      if (subtree.level % kTileLevels != 0) continue;
      const unsigned level = subtree.level / kTileLevels;
      if (growing_.size() <= level) growing_.resize(level + 1);
      growing_[level].push_back(subtree.hash);
      if (growing_[level].size() == kTileHashes) TRY(check_tile(level, subtree.index));
    }
    if (!next_ || next_->size != frontier_.size()) return {};
    if (next_->root == frontier_.root()) {
      if (!says_so(*next_)) {
        return wrong(std::format("the note of the checkpoint of {} leaves is not about them",
                                 frontier_.size()));
      }
      ++checkpoints_;
      covered_ = next_->size;
      return find_checkpoint(covered_ + 1);
    }
    return wrong(
        std::format("the first {} leaves of the audit log are not what their checkpoint "
                    "says",
                    frontier_.size()));
  }

  // Who signed it only a key tells.
  static bool says_so(const StoredCheckpoint& checkpoint) {
    const std::string_view note = checkpoint.note;
    const std::string origin(note.substr(0, note.find('\n')));
    return note.starts_with(crypt::format_checkpoint(
        {.origin = origin, .size = checkpoint.size, .root = checkpoint.root, .extensions = {}}));
  }

  Result<void> check_tile(unsigned level, std::uint64_t index) {
    const auto made = std::as_bytes(std::span(growing_[level]));
    Bytes stored;
    TRY(database_["tile_get"]
            .with(tile_id(level, index / kTileHashes))
            .each([&](const Statement& row) { stored = row.blob(0); }));
    const bool is_same = std::ranges::equal(made, stored);
    growing_[level].clear();
    ++tiles_;
    if (is_same) return {};
    return wrong(std::format("tile {} of level {} of the audit log is not what its leaves make",
                             index / kTileHashes, level * kTileLevels));
  }

  Database& database_;
  std::optional<StoredCheckpoint> next_;
  std::uint64_t covered_ = 0;
  std::uint64_t checkpoints_ = 0;
  crypt::MerkleFrontier frontier_;
  std::vector<std::vector<Digest>> growing_;
  std::int64_t tiles_ = 0;
  Time last_ = Time::min();
};

// ---- Columns of entries ------------------------------------------------------------------------

// Names of sites, gone or not.
class SiteNames {
 public:
  explicit SiteNames(Database& database) : database_(database) {}
  Result<std::string> name(std::int64_t id) {
    if (id == 0) return std::string();
    const auto [known, is_new] = names_.try_emplace(id);
    if (is_new)
      TRY(database_["verify_site"].with(id).each(
          [&](const Statement& row) { known->second = row.text(0); }));
    return known->second;
  }

 private:
  Database& database_;
  std::map<std::int64_t, std::string> names_;
};

// A column against the member of the text that it repeats.
void compare(Differences& differences, std::int64_t leaf, std::string_view column,
             const std::pair<std::string, std::string>& expected_found) {
  const auto& [expected, found] = expected_found;
  if (expected == found) return;
  differences.add(std::format("audit leaf {}: expected {} '{}' as its text says, found '{}'", leaf,
                              column, excerpt(expected, 150), excerpt(found, 150)));
}

Result<void> check_columns(Database& database, const OnVerifyProgress& tell) {
  Progress progress(tell, "other entries", 0);
  Differences differences;
  TRY(database["verify_words"].with().each([&](const Statement& row) {
    differences.add(
        std::format("audit leaf {}: expected numbers of an action and an actor, found "
                    "{} and {}",
                    row.integer(0), row.integer(1), row.integer(2)));
  }));
  SiteNames sites(database);
  TRY(database["verify_columns"].with().try_each([&](const Statement& row) -> Result<void> {
    progress.count();
    const std::int64_t leaf = row.integer(0);
    if (row.integer(1) == 0) {
      differences.add(std::format("audit leaf {}: expected JSON, found something else", leaf));
      return {};
    }
    compare(differences, leaf, "action", {row.text(7), row.text(2)});
    compare(differences, leaf, "actor", {row.text(8), row.text(3)});
    compare(differences, leaf, "subject", {row.text(9), row.text(4)});
    compare(differences, leaf, "time", {row.text(10), format_iso(Time{row.integer(5)})});
    // Absent is the strictest: nobody of a site reads it.
    if (!row.is_null(6))
      compare(differences, leaf, "site", {row.text(11), TRY(sites.name(row.integer(6)))});
    return {};
  }));
  return differences.result();
}

// ---- The catalog -------------------------------------------------------------------------------

// The first members in which two entries differ.
std::string difference_of(std::string_view expected, std::string_view found) {
  const auto [one, other] = std::ranges::mismatch(expected, found);
  const auto at = static_cast<std::size_t>(one - expected.begin());
  const auto begin = expected.substr(0, at).rfind(",\"");
  const std::size_t from = begin == std::string_view::npos ? 0 : begin + 1;
  const auto member = [from](std::string_view text) {
    const auto end = text.find(",\"", from);
    return excerpt(
        text.substr(std::min(from, text.size()), end == std::string_view::npos ? end : end - from),
        200);
  };
  return std::format("expected {} as its audit leaf says, found {}", member(expected),
                     member(found));
}

// Every revision against its leaf.
class CatalogCheck {
 public:
  CatalogCheck(Database& database, HubVerified& verified)
      : database_(database), verified_(verified), actors_(database), sites_(database) {}

  Result<void> run(const OnVerifyProgress& tell) {
    Progress progress(tell, "revisions", verified_.leaves);
    TRY(database_["verify_revisions"].with().try_each([&](const Statement& row) -> Result<void> {
      progress.count();
      ++verified_.revisions;
      return check(row);
    }));
    TRY(check_counts());
    TRY(database_["verify_heads"].with().each([&](const Statement& row) {
      differences_.add(
          std::format("{} '{}': expected its last revision, {}, as the current one, found {}",
                      to_text(row.one_of<Kind>(0, "object.kind", 1)), excerpt(row.text(1)),
                      row.integer(3), row.integer(2)));
    }));
    TRY(database_["verify_sites"].with().each([&](const Statement& row) {
      differences_.add(std::format("{}: expected the id of its Site in the column site, found {}",
                                   shown(row.one_of<Kind>(0, "object.kind", 1), row.text(1)),
                                   row.integer(2)));
    }));
    return differences_.result();
  }

 private:
  // The columns of verify_revisions.sql.
  Result<void> check(const Statement& row) {
    const bool is_erased = row.is_null(9);
    const std::string name = row.text(9);
    const auto kind = row.one_of<Kind>(8, "object.kind", 1);
    const std::string which =
        is_erased
            ? std::format("revision {} of an erased object {}", row.integer(2), row.integer(1))
            : std::format("revision {} of {} '{}'", row.integer(2), to_text(kind), excerpt(name));
    if (row.is_null(5)) return add(which + " is of no change");
    if (row.is_null(7)) return add(which + " has no audit leaf");
    says_sites_ = says_sites_ || row.text(7).contains(R"(,"site":")");
    const auto change = read_change(row, 3, 0);
    const std::string actor = row.text(6);
    const bool has_columns = row.text(12) == action_of(change) && row.text(13) == actor &&
                             row.integer(14) == row.integer(5) && row.integer(15) != 0;
    if (!has_columns)
      differences_.add(std::format("audit leaf {}: expected the columns of {}, found others",
                                   row.integer(0), which));
    if (!TRY(actors_.is_same(row.text(10), actor)))
      differences_.add(std::format("{}: expected the author whom its audit leaf names, found '{}'",
                                   which, excerpt(row.text(10))));
    if (is_erased) return check_erased(row, which);
    return check_text(row, {which, kind, name, change, actor});
  }

  struct Revision {
    const std::string& which;
    Kind kind;
    const std::string& name;
    ObjectChange change;
    const std::string& actor;
  };

  Result<void> check_text(const Statement& row, const Revision& of) {
    std::string spec = row.text(4);
    const bool is_older = row.is_null(11);
    // Those that go with a place differ from their entries below.
    if (is_older && says_sites_ && !has_place(of.kind))
      return add(of.which + ": expected to say that it is of no site, found nothing");
    if (is_older && row.is_null(4) && of.change != ObjectChange::deleted)
      if (TRY(may_be_erased(of.kind))) return {};
    Bytes salt;
    if (of.kind == Kind::person) salt = TRY(salt_of(of.name));
    if (of.kind == Kind::person && salt.empty()) return add(of.which + ": its salt is missing");
    if (!is_older) TRY(hide_person(of.kind, spec));
    std::optional<std::string_view> site;
    std::string site_name;
    if (!is_older && has_place(of.kind)) {
      site_name = TRY(sites_.name(row.integer(11)));
      site = site_name;
    }
    const std::string made = object_entry_text({.change = of.change,
                                                .actor = of.actor,
                                                .kind = of.kind,
                                                .name = of.name,
                                                .revision = row.integer(2),
                                                .site = site,
                                                .spec = spec,
                                                .time = Time{row.integer(5)}},
                                               salt);
    const std::string text = row.text(7);
    if (made == text) return {};
    return add(of.which + ": " + difference_of(text, made));
  }

  // A version before 4 of the database committed to a spec with the name in it: when that person is
  // erased, the spec goes. Only where somebody was.
  Result<bool> may_be_erased(Kind kind) {
    if (kind != Kind::model_version && kind != Kind::token) return false;
    bool is_any = false;
    TRY(database_["verify_erasures_any"].with().each(
        [&](const Statement& row) { is_any = row.integer(0) != 0; }));
    if (is_any) ++verified_.erased;
    return is_any;
  }

  // Of a person of whom nothing but entries is left.
  Result<void> check_erased(const Statement& row, const std::string& which) {
    const std::string object = row.text(16);
    bool was_erased = false;
    TRY(database_["verify_erasures"].with(object).each(
        [&](const Statement&) { was_erased = true; }));
    if (!object.starts_with("Person/") || !was_erased || !row.is_null(4))
      return add(std::format("{}: expected '{}' as its audit leaf says, found no object", which,
                             excerpt(object, 150)));
    ++verified_.erased;
    return {};
  }

  Result<Bytes> salt_of(std::string_view person) {
    Bytes salt;
    TRY(database_["salt_get"].with(person).each([&](const Statement& row) { salt = row.blob(0); }));
    return salt;
  }

  Result<void> hide_person(Kind kind, std::string& spec) {
    const std::string_view person = person_in(kind, spec);
    if (person.empty()) return {};
    spec = with_person(spec, person, pseudonym(TRY(salt_of(person)), person));
    return {};
  }

  // Each revision has a leaf of its own; so equal numbers mean that no leaf is without one.
  Result<void> check_counts() {
    std::int64_t entries = 0;
    TRY(database_["verify_entries"].with().each(
        [&](const Statement& row) { entries = row.integer(0); }));
    if (std::cmp_equal(entries, verified_.revisions)) return {};
    std::string first;
    TRY(database_["verify_orphan"].with().each([&](const Statement& row) {
      first = std::format("; the catalog has none for audit leaf {}: {}", row.integer(0),
                          excerpt(row.text(1), 200));
    }));
    return add(std::format("the audit log speaks of {} revisions, the catalog has {}{}", entries,
                           verified_.revisions, first));
  }

  Result<void> add(std::string text) {
    differences_.add(std::move(text));
    return {};
  }

  Database& database_;
  HubVerified& verified_;
  Differences differences_;
  ActorCheck actors_;
  SiteNames sites_;
  // Whether version 4 of the database has written an entry: it has put a site into every revision
  // since.
  bool says_sites_ = false;
};

Result<void> check_numbers(Database& database) {
  Differences differences;
  TRY(database["verify_numbers"].with().each([&](const Statement& row) {
    differences.add(std::format("{}: expected a number that counts, found {}, in row {}",
                                row.text(0), row.integer(2), excerpt(row.text(1))));
  }));
  return differences.result();
}

// The names that are not to be given again are commitments under one salt.
Result<void> check_retired(Database& database) {
  bool is_lost = false;
  TRY(database["verify_retired"].with().each([&](const Statement&) { is_lost = true; }));
  if (!is_lost) return {};
  return wrong("the salt of the names of people who were erased is missing");
}

}  // namespace

Result<HubVerified> verify_hub(HubConnection& connection, const OnVerifyProgress& progress) {
  HubVerified verified;
  Database& database = connection.database;
  TRY(check_schema(database, migrations(hub_sql()).back().version));
  TRY(check_pages(database, progress));
  TRY(LogCheck(database).run(verified, progress));
  TRY(check_columns(database, progress));
  TRY(CatalogCheck(database, verified).run(progress));
  TRY(check_retired(database));
  TRY(check_numbers(database));
  TRY(verify_artifacts(database));
  TRY(verify_approvals(database, verified));
  TRY(verify_edges(database, verified));
  return verified;
}

}  // namespace lineside::store
