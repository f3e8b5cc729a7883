#include "store/hub_audit.h"

#include <algorithm>
#include <format>
#include <limits>
#include <utility>

#include "crypt/digest.h"
#include "domain/fields.h"
#include "store/hub_core_internal.h"
#include "store/hub_past_sites_internal.h"

namespace lineside::store {

namespace {

using crypt::Digest;

constexpr std::int64_t kEndless = std::numeric_limits<std::int64_t>::max();

Error beyond_the_end(std::uint64_t expected, std::uint64_t size) {
  return fail(Code::not_found,
              std::format("the audit log: expected {} leaves, it has {}", expected, size));
}

// The columns of audit_leaves.sql.
AuditLeaf read_leaf(const Statement& row) {
  AuditLeaf leaf{.index = static_cast<std::uint64_t>(row.integer(0)),
                 .entry = {.time = Time{row.integer(1)},
                           .action = row.text(2),
                           .actor = row.text(3),
                           .subject = row.text(4),
                           .text = row.text(5)}};
  // The subject of a change to the catalog follows from its revision. Where a row beside the log is
  // damaged, what the log says is there all the same, in the text.
  const std::int64_t kind = row.integer(6);
  const bool is_kind = !row.is_null(6) && kind >= 0 && std::cmp_less(kind, domain::kKinds);
  if (row.is_null(4) && is_kind)
    leaf.entry.subject =
        std::format("{}/{}", to_text(static_cast<domain::Kind>(kind)), row.text(7));
  return leaf;
}

constexpr int kPlaceOfLeaf = 8;

Result<std::vector<AuditLeaf>> read_leaves(Database& database, PastSites& sites,
                                           std::uint64_t first, std::size_t limit) {
  std::vector<AuditLeaf> leaves;
  std::vector<PastPlace> places;
  TRY(database["audit_leaves"].with(first, limit).each([&](const Statement& row) {
    leaves.push_back(read_leaf(row));
    places.push_back(read_place(row, kPlaceOfLeaf));
    places.back().leaf = row.integer(0);
  }));
  for (std::size_t i = 0; i < leaves.size(); ++i)
    leaves[i].entry.site = TRY(sites.name(places[i])).value_or("");
  return leaves;
}

// ---- Finding entries ---------------------------------------------------------------------------

struct Range {
  std::int64_t first = 0;
  std::int64_t end = 0;
};

// One query against the indexes of audit_leaf: ids of leaves, newest first.
class LeafSearch {
 public:
  LeafSearch(Database& database, const AuditQuery& query) : database_(database), query_(query) {}

  Result<std::vector<std::int64_t>> run(std::uint64_t size) {
    range_ = {.first = 0, .end = static_cast<std::int64_t>(size)};
    if (query_.from) range_.first = TRY(first_stored(*query_.from, range_.end));
    if (query_.until) range_.end = TRY(first_stored(*query_.until, range_.end));
    if (query_.before) range_.end = std::min(range_.end, static_cast<std::int64_t>(*query_.before));
    if (!query_.action.empty()) TRY(find_actions(query_.action));
    if (!query_.actor.empty()) {
      TRY(database_["actor_id"].with(query_.actor).each([&](const Statement& row) {
        actor_ = row.integer(0);
      }));
      if (!actor_) return ids_;
      if (query_.action.empty()) TRY(find_actions(""));
    }
    TRY(collect());
    std::ranges::sort(ids_, std::greater());
    ids_.resize(std::min(ids_.size(), query_.limit));
    return std::move(ids_);
  }

 private:
  // The lowest index whose leaf was stored at `time` or later; the column grows with the index.
  Result<std::int64_t> first_stored(Time time, std::int64_t end) {
    std::int64_t low = 0;
    while (low < end) {
      const std::int64_t middle = low + (end - low) / 2;
      std::int64_t stored = 0;
      TRY(database_["audit_stored"].with(middle).each(
          [&](const Statement& row) { stored = row.integer(0); }));
      (stored < time.ns ? low : end) = stored < time.ns ? middle + 1 : middle;
    }
    return low;
  }

  Result<void> find_actions(std::string_view wanted) {
    const bool is_prefix = wanted.empty() || wanted.ends_with('.');
    return database_["action_list"].with().each([&](const Statement& row) {
      const std::string name = row.text(1);
      if (is_prefix ? name.starts_with(wanted) : name == wanted) actions_.push_back(row.integer(0));
    });
  }

  Result<void> collect() {
    const auto take = [this](const Statement& row) { ids_.push_back(row.integer(0)); };
    if (!query_.subject.empty()) return collect_subject();
    if (query_.actor.empty() && query_.action.empty())
      return database_["audit_ids"].with(range_.first, range_.end, query_.limit).each(take);
    const std::string_view statement = actor_ ? "audit_ids_actor" : "audit_ids_action";
    for (const std::int64_t action : actions_) {
      // One more parameter than a statement has would be an error.
      Statement& ids = database_[statement];
      if (actor_) {
        ids.with(range_.first, range_.end, query_.limit, action, *actor_);
      } else {
        ids.with(range_.first, range_.end, query_.limit, action);
      }
      TRY(ids.each(take));
    }
    return {};
  }

  // Entries that name the subject, a person by the commitment too, and the revisions of the object
  // with this name. Few enough to look at each.
  Result<void> collect_subject() {
    const bool is_any = query_.action.empty() && !actor_;
    const auto limit = is_any ? static_cast<std::int64_t>(query_.limit) : kEndless;
    const auto take = [this](const Statement& row) {
      const bool is_action =
          query_.action.empty() || std::ranges::contains(actions_, row.integer(1));
      if (is_action && (!actor_ || *actor_ == row.integer(2))) ids_.push_back(row.integer(0));
    };
    TRY(database_["audit_ids_subject"]
            .with(range_.first, range_.end, limit, query_.subject)
            .each(take));
    const std::string_view subject = query_.subject;
    const auto slash = subject.find('/');
    const auto kind = domain::from_text<domain::Kind>(subject.substr(0, slash));
    if (slash == std::string_view::npos || !kind) return {};
    std::vector<std::int64_t> objects;
    TRY(database_["object_ever"]
            .with(static_cast<int>(*kind), subject.substr(slash + 1))
            .each([&](const Statement& row) { objects.push_back(row.integer(0)); }));
    for (const std::int64_t object : objects)
      TRY(database_["audit_ids_object"].with(range_.first, range_.end, limit, object).each(take));
    if (*kind != domain::Kind::person) return {};
    const std::string commitment = TRY(commitment_of(subject.substr(slash + 1)));
    if (commitment.empty()) return {};
    const std::string person = std::string(subject.substr(0, slash + 1)) + commitment;
    return database_["audit_ids_subject"].with(range_.first, range_.end, limit, person).each(take);
  }

  // As which all but changes of a Person name him; empty: he has no salt.
  Result<std::string> commitment_of(std::string_view person) {
    Bytes salt;
    TRY(database_["salt_get"].with(person).each([&](const Statement& row) { salt = row.blob(0); }));
    return salt.empty() ? std::string() : crypt::commitment(salt, person);
  }

  Database& database_;
  const AuditQuery& query_;
  Range range_;
  std::vector<std::int64_t> actions_;
  std::optional<std::int64_t> actor_;
  std::vector<std::int64_t> ids_;
};

constexpr std::size_t kLookedAtOnce = 500;  // leaves, where most may be of other sites
constexpr std::size_t kLookedAtPerPage = 10'000;

AuditPage without_next(AuditPage page) {
  page.next.reset();
  return page;
}

}  // namespace

// ---- The log -----------------------------------------------------------------------------------

Result<std::uint64_t> HubAudit::append(std::span<const AuditEntry> entries) {
  std::uint64_t first = 0;
  TRY(core_.write([&](HubWriting& writing) -> Result<void> {
    first = writing.tail().frontier.size();
    return writing.add_leaves(entries);
  }));
  return first;
}

Result<AuditLeaf> HubAudit::leaf(std::uint64_t index) const {
  auto found = TRY(leaves(index, 1));
  if (found.empty()) return beyond_the_end(index + 1, core_.tail()->frontier.size());
  return std::move(found.front());
}

Result<std::vector<AuditLeaf>> HubAudit::leaves(std::uint64_t first, std::size_t limit) const {
  if (first >= core_.tail()->frontier.size()) return std::vector<AuditLeaf>();
  return core_.read_at_once([&](HubConnection& reader) {
    PastSites sites(reader.database);
    return read_leaves(reader.database, sites, first, limit);
  });
}

Result<std::vector<AuditLeaf>> HubAudit::entries(const AuditQuery& query) const {
  return TRY(page(query)).leaves;
}

Result<AuditPage> HubAudit::page(const AuditQuery& query) const {
  const std::uint64_t size = core_.tail()->frontier.size();
  return core_.read_at_once([&](HubConnection& reader) -> Result<AuditPage> {
    PastSites sites(reader.database);
    AuditPage found;
    AuditQuery rest = query;
    rest.limit = query.sites ? kLookedAtOnce : query.limit;
    for (std::size_t looked_at = 0; looked_at < kLookedAtPerPage; looked_at += rest.limit) {
      const auto ids = TRY(LeafSearch(reader.database, rest).run(size));
      for (const std::int64_t id : ids) {
        const auto index = static_cast<std::uint64_t>(id);
        auto leaf = TRY(read_leaves(reader.database, sites, index, 1));
        if (leaf.empty() || (query.sites && !query.sites->contains(leaf.front().entry.site)))
          continue;
        found.leaves.push_back(std::move(leaf.front()));
        found.next = index;
        if (found.leaves.size() == query.limit) return index > 0 ? found : without_next(found);
      }
      if (ids.size() < rest.limit || ids.back() == 0) return without_next(found);
      rest.before = static_cast<std::uint64_t>(ids.back());
      found.next = rest.before;
    }
    return found;
  });
}

StoredCheckpoint HubAudit::checkpoint() const { return core_.tail()->checkpoint; }

Result<StoredCheckpoint> HubAudit::checkpoint_covering(std::uint64_t size) const {
  const auto tail = core_.tail();
  if (size > tail->checkpoint.size) return beyond_the_end(size, tail->checkpoint.size);
  return core_.read([&](HubConnection& reader) -> Result<StoredCheckpoint> {
    StoredCheckpoint found = tail->checkpoint;
    TRY(reader.database["checkpoint_from"].with(size).each(
        [&](const Statement& row) { found = read_checkpoint(row); }));
    return found;
  });
}

Result<std::vector<Digest>> HubAudit::inclusion(std::uint64_t index, std::uint64_t size) const {
  const auto tail = core_.tail();
  if (size > tail->frontier.size()) return beyond_the_end(size, tail->frontier.size());
  return core_.read([&](HubConnection& reader) {
    return crypt::inclusion_path(index, size, TileSource(reader.database, *tail));
  });
}

Result<std::vector<Digest>> HubAudit::consistency(std::uint64_t old_size,
                                                  std::uint64_t new_size) const {
  const auto tail = core_.tail();
  if (new_size > tail->frontier.size()) return beyond_the_end(new_size, tail->frontier.size());
  return core_.read([&](HubConnection& reader) {
    return crypt::consistency_path(old_size, new_size, TileSource(reader.database, *tail));
  });
}

Result<Digest> HubAudit::root(std::uint64_t size) const {
  const auto tail = core_.tail();
  if (size > tail->frontier.size()) return beyond_the_end(size, tail->frontier.size());
  return core_.read([&](HubConnection& reader) {
    return crypt::root_at(size, TileSource(reader.database, *tail));
  });
}

// ---- Commitments -------------------------------------------------------------------------------

Result<std::string> HubAudit::commitment(std::string_view person, std::string_view value) {
  // Mostly the salt is there, and a read costs no turn.
  if (auto known = TRY(find_commitment(person, value))) return *std::move(known);
  Bytes salt;
  TRY(core_.write([&](HubWriting& writing) -> Result<void> {
    salt = TRY(writing.salt(person));
    return {};
  }));
  return crypt::commitment(salt, value);
}

Result<std::optional<std::string>> HubAudit::find_commitment(std::string_view person,
                                                             std::string_view value) const {
  Bytes salt;
  TRY(core_.read([&](HubConnection& reader) {
    return reader.database["salt_get"].with(person).each(
        [&](const Statement& row) { salt = row.blob(0); });
  }));
  if (salt.empty()) return std::optional<std::string>();
  return std::optional(crypt::commitment(salt, value));
}

Result<std::map<std::string, std::string>> HubAudit::people_of(
    const std::set<std::string>& commitments) const {
  std::map<std::string, std::string> people;
  if (commitments.empty()) return people;
  TRY(core_.read([&](HubConnection& reader) {
    return reader.database["salt_list"].with().each([&](const Statement& row) {
      std::string person = row.text(0);
      std::string made = crypt::commitment(row.blob(1), person);
      if (commitments.contains(made)) people.emplace(std::move(made), std::move(person));
    });
  }));
  return people;
}

}  // namespace lineside::store
