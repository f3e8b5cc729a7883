#include "store/audit_file.h"

#include <algorithm>
#include <format>
#include <utility>

#include "store/database_internal.h"
#include "store/hub_tail_internal.h"
#include "world/files.h"

namespace lineside::store {

namespace {

constexpr std::size_t kDigestBytes = sizeof(crypt::Digest);

Result<void> check_owner(Database& database, const std::string& path) {
  const std::int64_t owner = TRY_WITH(database.integer("PRAGMA application_id"), path);
  if (owner != kHubDatabase.application_id)
    return invalid(
        std::format("{}: expected {}, found another program's", path, kHubDatabase.name));
  const std::int64_t found = TRY_WITH(database.integer("PRAGMA user_version"), path);
  const std::int64_t current = migrations(hub_sql()).back().version;
  if (found == current) return {};
  return fail(Code::unsupported,
              std::format("{}: expected schema version {}, found {}", path, current, found));
}

}  // namespace

struct AuditFile::Connection {
  std::string path;
  Database database;
};

AuditFile::AuditFile(std::unique_ptr<Connection> connection) : connection_(std::move(connection)) {}
AuditFile::AuditFile(AuditFile&&) noexcept = default;
AuditFile::~AuditFile() = default;

Result<AuditFile> AuditFile::open(const std::string& path) {
  if (!world::system_files().exists(path))
    return fail(Code::not_found, std::format("{}: expected a hub's database, found nothing", path));
  auto connection =
      std::make_unique<Connection>(path, TRY_WITH(Database::open(path, Access::read), path));
  TRY(check_owner(connection->database, path));
  TRY_WITH(connection->database.prepare(hub_sql()), path);
  return AuditFile(std::move(connection));
}

Result<StoredCheckpoint> AuditFile::checkpoint() const {
  std::optional<StoredCheckpoint> found;
  TRY_WITH(connection_->database["checkpoint_last"].with().each(
               [&](const Statement& row) { found = read_checkpoint(row); }),
           connection_->path);
  if (found) return *std::move(found);
  return fail(Code::not_found, connection_->path + ": the audit log has no checkpoint");
}

Result<StoredCheckpoint> AuditFile::checkpoint_covering(std::uint64_t size) const {
  std::optional<StoredCheckpoint> found;
  TRY_WITH(connection_->database["checkpoint_from"].with(size).each(
               [&](const Statement& row) { found = read_checkpoint(row); }),
           connection_->path);
  if (found) return *std::move(found);
  return fail(Code::not_found,
              std::format("{}: no checkpoint covers {} leaves", connection_->path, size));
}

Result<std::vector<std::string>> AuditFile::texts(std::uint64_t first, std::size_t limit) const {
  std::vector<std::string> texts;
  bool is_whole = true;
  TRY_WITH(connection_->database["audit_texts"].with(first, limit).each([&](const Statement& row) {
    is_whole = is_whole && std::cmp_equal(row.integer(0), first + texts.size());
    if (is_whole) texts.push_back(row.text(1));
  }),
           connection_->path);
  return texts;
}

Result<std::optional<crypt::Digest>> AuditFile::stored_hash(std::uint64_t index) const {
  Bytes tile;
  TRY_WITH(connection_->database["tile_get"]
               .with(tile_id(0, index / kTileHashes))
               .each([&](const Statement& row) { tile = row.blob(0); }),
           connection_->path);
  if (tile.size() != kTileHashes * kDigestBytes) return std::optional<crypt::Digest>();
  crypt::Digest hash{};
  const auto begin = tile.begin() + static_cast<std::ptrdiff_t>(index % kTileHashes * kDigestBytes);
  std::copy_n(begin, kDigestBytes, hash.begin());
  return std::optional(hash);
}

}  // namespace lineside::store
