#include <format>
#include <utility>

#include "store/hub_entry_internal.h"
#include "store/hub_verify_internal.h"

namespace lineside::store {

namespace {

using crypt::Digest;

Error wrong(std::string text) { return fail(Code::corrupt, std::move(text)); }

Result<void> check_pages(Database& database) {
  const std::string found = TRY(database.text("PRAGMA integrity_check(1)"));
  if (found == "ok") return {};
  return wrong("the hub database is damaged: " + found);
}

Result<std::vector<StoredCheckpoint>> read_checkpoints(Database& database) {
  std::vector<StoredCheckpoint> checkpoints;
  TRY(database["verify_checkpoints"].with().each([&](const Statement& row) {
    checkpoints.push_back(read_checkpoint(row));
    checkpoints.back().note.clear();
  }));
  return checkpoints;
}

// The tree made anew from the leaves, against each checkpoint and each stored tile.
class LogCheck {
 public:
  explicit LogCheck(Database& database) : database_(database) {}

  Result<void> run(HubVerified& verified) {
    checkpoints_ = TRY(read_checkpoints(database_));
    TRY(database_["verify_leaves"].with().try_each([&](const Statement& row) -> Result<void> {
      if (std::cmp_not_equal(row.integer(0), frontier_.size())) {
        return wrong(std::format("audit leaf {} is missing", frontier_.size()));
      }
      if (row.integer(1) < last_.ns) {
        return wrong(std::format("audit leaf {} is out of order", frontier_.size()));
      }
      last_ = Time{row.integer(1)};
      return add(crypt::leaf_hash(as_bytes(row.text(2))));
    }));
    if (next_ < checkpoints_.size() || frontier_.size() != covered()) {
      return wrong(std::format("the audit log has {} leaves, its last checkpoint {}",
                               frontier_.size(), covered()));
    }
    std::int64_t tiles = 0;
    TRY(database_["verify_tiles"].with().each(
        [&](const Statement& row) { tiles = row.integer(0); }));
    if (tiles != tiles_) return wrong("the audit log has tiles beyond its end");
    verified.leaves = frontier_.size();
    verified.checkpoints = checkpoints_.size();
    verified.root = frontier_.root();
    return {};
  }

 private:
  std::uint64_t covered() const { return checkpoints_.empty() ? 0 : checkpoints_.back().size; }

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
    if (next_ == checkpoints_.size() || checkpoints_[next_].size != frontier_.size()) return {};
    if (checkpoints_[next_].root == frontier_.root()) {
      ++next_;
      return {};
    }
    return wrong(
        std::format("the first {} leaves of the audit log are not what their checkpoint "
                    "says",
                    frontier_.size()));
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
  std::vector<StoredCheckpoint> checkpoints_;
  std::size_t next_ = 0;
  crypt::MerkleFrontier frontier_;
  std::vector<std::vector<Digest>> growing_;
  std::int64_t tiles_ = 0;
  Time last_ = Time::min();
};

// The columns of verify_revisions.sql.
Result<void> check_revision(const Statement& row) {
  const std::string which = std::format("revision {} of object {}", row.integer(2), row.integer(1));
  if (row.is_null(5)) return wrong(which + " is of no change");
  if (row.is_null(7)) return wrong(which + " has no audit leaf");
  const bool is_erased = row.is_null(9);
  if (is_erased) return {};
  const auto kind = static_cast<domain::Kind>(row.integer(8));
  const Bytes salt = row.blob(10);
  if (kind == domain::Kind::person && salt.empty()) return wrong(which + ": its salt is missing");
  const std::string actor = row.text(6);
  const std::string name = row.text(9);
  const std::string spec = row.text(4);
  const std::string made = object_entry_text({.change = static_cast<ObjectChange>(row.integer(3)),
                                              .actor = actor,
                                              .kind = kind,
                                              .name = name,
                                              .revision = row.integer(2),
                                              .spec = spec,
                                              .time = Time{row.integer(5)}},
                                             salt);
  if (made == row.text(7)) return {};
  return wrong(which + " is not what its audit leaf says");
}

Result<void> check_catalog(Database& database, HubVerified& verified) {
  TRY(database["verify_revisions"].with().try_each([&](const Statement& row) -> Result<void> {
    ++verified.revisions;
    return check_revision(row);
  }));
  std::int64_t entries = 0;
  TRY(database["verify_entries"].with().each(
      [&](const Statement& row) { entries = row.integer(0); }));
  if (std::cmp_not_equal(entries, verified.revisions)) {
    return wrong(std::format("the audit log speaks of {} revisions, the catalog has {}", entries,
                             verified.revisions));
  }
  std::optional<std::string> behind;
  TRY(database["verify_heads"].with().each([&](const Statement& row) { behind = row.text(0); }));
  if (behind) return wrong("an object of the catalog is not at its last revision: " + *behind);
  return {};
}

}  // namespace

Result<HubVerified> verify_hub(HubConnection& connection) {
  HubVerified verified;
  TRY(check_pages(connection.database));
  TRY(LogCheck(connection.database).run(verified));
  TRY(check_catalog(connection.database, verified));
  return verified;
}

}  // namespace lineside::store
