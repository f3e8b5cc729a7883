#include "store/hub_backup.h"

#include <format>
#include <thread>
#include <utility>

#include "crypt/digest.h"
#include "store/blobs.h"
#include "store/hub_core_internal.h"
#include "store/hub_verify_internal.h"
#include "world/files.h"
#include "world/same_file.h"

namespace lineside::store {

namespace {

constexpr int kPagesPerStep = 1'024;  // 4 MB: a writer waits for a few milliseconds
constexpr std::size_t kArtifactsAtOnce = 1'000;
constexpr std::size_t kBackupChunk = std::size_t{1} << 20;

Result<void> remove_database(const std::string& path) {
  for (const char* suffix : {"", "-wal", "-shm", "-journal"})
    TRY(world::system_files().remove(path + suffix));
  return {};
}

std::string parent_folder(const std::string& path) {
  const auto slash = path.rfind('/');
  return slash == std::string::npos ? "." : path.substr(0, slash + 1);
}

// As new, also where a restore that was killed has left one that is not whole and, of an older
// version, its copy from before the migration. It is there all the time: it tells that what lies
// beside it is of a restore that has not ended.
Result<void> begin_partial(const std::string& partial) {
  const std::string folder = parent_folder(partial);
  const std::string more = partial.substr(partial.rfind('/') + 1);
  const auto names = TRY(world::system_files().list(folder));
  for (const std::string& name : names) {
    if (name.starts_with(more + "-") || name.starts_with(more + "."))
      TRY(world::system_files().remove(std::format("{}/{}", folder, name)));
  }
  return world::system_files().write_atomic(partial, {});
}

// ---- The database ------------------------------------------------------------------------------

Result<void> copy_to(const HubCore& core, const std::string& path) {
  Database copy = TRY_WITH(Database::open(path, Access::write), path);
  {
    std::unique_lock lock(core.writing);
    Backup backup = TRY_WITH(Backup::begin(core.writer.database, copy), path);
    while (TRY_WITH(backup.step(kPagesPerStep), path)) {
      lock.unlock();
      std::this_thread::yield();
      lock.lock();
    }
  }
  // One file, which can be moved.
  return copy.execute("PRAGMA journal_mode = DELETE");
}

// From another process than the writer's the copy would begin anew with each change, so it is made
// in one step: that holds a snapshot, beside which others write.
Result<void> copy_file(const std::string& from, const std::string& partial) {
  if (!world::system_files().exists(from))
    return fail(Code::not_found, std::format("{}: expected a hub's database, found nothing", from));
  Database source = TRY_WITH(Database::open(from, Access::read), from);
  const std::int64_t owner = TRY_WITH(source.integer("PRAGMA application_id"), from);
  if (owner != kHubDatabase.application_id)
    return invalid(
        std::format("{}: expected {}, found another program's", from, kHubDatabase.name));
  TRY(source.back_up(partial));
  Database copy = TRY_WITH(Database::open(partial, Access::write), partial);
  return copy.execute("PRAGMA journal_mode = DELETE");
}

Result<HubVerified> verify_file(const std::string& path, const OnVerifyProgress& progress) {
  HubConnection copy{.database = TRY(Database::open(path, Access::read)), .fields = {}};
  // Before statements are made for tables that need not be there.
  TRY_WITH(check_schema(copy.database, migrations(hub_sql()).back().version), path);
  TRY_WITH(copy.database.prepare(hub_sql()), path);
  TRY_WITH(copy.database.execute("BEGIN"), path);  // a hub may write meanwhile
  return TRY_WITH(verify_hub(copy, progress), path);
}

Result<void> put_in_place(const std::string& partial, const std::string& path) {
  TRY(world::system_files().rename(partial, path));
  return world::system_files().sync_directory(parent_folder(path));
}

// Statements of this version are prepared to verify: with another schema they could not be.
Result<void> check_schema_of(const std::string& path) {
  Database database = TRY(Database::open(path, Access::read));
  const std::int64_t found = TRY(database.integer("PRAGMA user_version"));
  const std::int64_t current = migrations(hub_sql()).back().version;
  if (found == current) return {};
  return fail(Code::unsupported, std::format("expected schema version {}, found {}; use the "
                                             "program of that hub",
                                             current, found));
}

Result<void> upgrade(const std::string& path) {
  Database database = TRY(Database::open(path, Access::write));
  const std::int64_t found = TRY(database.integer("PRAGMA user_version"));
  // A migration would fire triggers; what is newer it refuses itself.
  const auto steps = migrations(hub_sql());
  if (found <= steps.back().version) TRY(check_schema(database, found));
  TRY(migrate(database, path, steps, kHubDatabase));
  TRY(database.execute("PRAGMA journal_mode = DELETE"));
  return remove_database(std::format("{}.v{}", path, found));  // the original is still there
}

// ---- Artifacts ---------------------------------------------------------------------------------

Result<std::vector<std::string>> digests_in(const std::string& path) {
  Database database = TRY(Database::open(path, Access::read));
  TRY(database.prepare(hub_sql()));
  std::vector<std::string> digests;
  std::size_t before = 0;
  do {
    before = digests.size();
    const std::string after = digests.empty() ? "" : digests.back();
    TRY(database["artifact_list"].with(after, kArtifactsAtOnce).each([&](const Statement& row) {
      digests.push_back(row.text(0));
    }));
  } while (digests.size() - before == kArtifactsAtOnce);
  return digests;
}

Result<void> copy_artifact(const std::string& folder, const std::string& digest, Blobs& to) {
  TRY(crypt::digest_from_hex(digest));  // no name leads out of the folder
  const std::string path = std::format("{}/{}/{}", folder, digest.substr(0, 2), digest);
  // Opening it for writing would make it.
  if (!world::system_files().exists(path)) return fail(Code::not_found, path + " is not there");
  const auto file = TRY(world::system_files().open(path));
  const std::uint64_t size = TRY(file->size());
  BlobWriter writer = TRY(to.create(size));
  Bytes piece(kBackupChunk);
  for (std::uint64_t at = 0; at < size;) {
    const std::size_t got = TRY(file->read_at(at, piece));
    if (got == 0) break;
    TRY(writer.append(ByteView(piece).first(got)));
    at += got;
  }
  TRY(writer.finish(digest));
  return {};
}

// One that is there was copied whole, and may have changed on its disk since.
Result<void> have_copy(const std::string& folder, const std::string& digest, Blobs& to,
                       HubCopied& copied) {
  const auto there = to.verify(digest);
  if (there) return {};
  const bool is_damaged = there.error().code != Code::not_found;
  auto done = copy_artifact(folder, digest, to);
  if (done && is_damaged) ++copied.mended;
  if (!done && is_damaged)
    return done.error().with("its copy is damaged, and there is no good one to mend it from");
  return done;
}

Result<void> copy_artifacts(const HubFiles& from, const HubFiles& to, HubCopied& copied,
                            const OnVerifyProgress& progress) {
  const auto digests = TRY(digests_in(to.database));
  if (digests.empty()) return {};
  auto blobs = TRY(Blobs::open(to.artifacts));
  VerifyProgress now{.part = "artifacts", .done = 0, .total = digests.size()};
  for (const std::string& digest : digests) {
    if (progress) progress(now);
    ++now.done;
    const auto done = have_copy(from.artifacts, digest, blobs, copied);
    if (!done && done.error().code == Code::exhausted) return done.error();
    if (done)
      ++copied.artifacts;
    else
      copied.bad.push_back(std::format("artifact sha256:{}: {}", digest, done.error().text));
  }
  return {};
}

// ---- Where it goes -----------------------------------------------------------------------------

// A backup replaces what is there: keys, a lock and a write-ahead log are no less than a database.
Result<void> check_outside(const std::string& folder, const HubFiles& to) {
  for (const std::string& path : {to.database, to.artifacts}) {
    const bool is_there =
        world::lies_in(path, folder) || world::lies_in(parent_folder(path), folder);
    if (is_there)
      return invalid(
          std::format("{}: expected a place outside the hub's own folder, {}", path, folder));
  }
  return {};
}

}  // namespace

Result<HubVerified> HubDb::backup(const std::string& path) const {
  const std::string partial = path + ".tmp";
  TRY(remove_database(partial));
  TRY(copy_to(*core_, partial));
  const HubVerified verified = TRY(verify_file(partial, {}));
  TRY(put_in_place(partial, path));
  return verified;
}

Result<HubCopied> back_up_hub(const HubFiles& from, const HubFiles& to,
                              const OnVerifyProgress& progress) {
  TRY(check_outside(parent_folder(from.database), to));
  const std::string partial = to.database + ".tmp";
  TRY(remove_database(partial));
  const auto all = [&]() -> Result<HubCopied> {
    TRY(copy_file(from.database, partial));
    TRY_WITH(check_schema_of(partial), from.database);
    HubCopied copied;
    copied.verified = TRY_WITH(verify_file(partial, progress), from.database);
    TRY(put_in_place(partial, to.database));
    TRY(copy_artifacts(from, to, copied, progress));
    return copied;
  };
  auto done = all();
  if (!done) std::ignore = remove_database(partial);
  return done;
}

Result<HubVerified> verify_hub_file(const std::string& path, const OnVerifyProgress& progress) {
  if (!world::system_files().exists(path))
    return fail(Code::not_found, std::format("{}: expected a hub's database, found nothing", path));
  TRY_WITH(check_schema_of(path), path);
  return verify_file(path, progress);
}

Result<HubCopied> restore_hub(const HubFiles& from, const HubFiles& to,
                              const OnVerifyProgress& progress) {
  if (world::system_files().exists(to.database))
    return fail(Code::conflict,
                std::format("{}: expected nothing there, found a database", to.database));
  const std::string partial = to.database + ".tmp";
  // Artifacts without it would look like what somebody else has put there.
  bool leaves_artifacts = world::system_files().exists(partial);
  TRY(begin_partial(partial));
  const auto all = [&]() -> Result<HubCopied> {
    TRY(copy_file(from.database, partial));
    TRY_WITH(upgrade(partial), from.database);
    HubCopied copied;
    copied.verified = TRY_WITH(verify_file(partial, progress), from.database);
    leaves_artifacts = true;
    TRY(copy_artifacts(from, {partial, to.artifacts}, copied, progress));
    TRY(put_in_place(partial, to.database));
    return copied;
  };
  auto done = all();
  if (!done && !leaves_artifacts) std::ignore = remove_database(partial);
  return done;
}

}  // namespace lineside::store
