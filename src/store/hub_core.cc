#include <algorithm>
#include <format>
#include <utility>

#include "base/check.h"
#include "domain/kinds.h"
#include "store/hub_core_internal.h"

namespace lineside::store {

namespace {

// More would make the first of them wait long for the last.
constexpr std::ptrdiff_t kTurnsTogether = 256;
constexpr unsigned kTurnsPerCut = 32;  // while something prevents it
constexpr std::size_t kSaltBytes = 32;

// The writer keeps the inner pages of all indexes; readers mostly find pages in the system's cache.
// A log of 256 MB lets a page that many transactions touch reach the database once. No mmap: a file
// cut by others would be a signal, not an error. What is deleted is overwritten, for erasures to
// reach what earlier transactions freed.
constexpr std::string_view kWriterSettings =
    "PRAGMA cache_size = -196608; PRAGMA wal_autocheckpoint = 65536;"
    "PRAGMA journal_size_limit = 268435456; PRAGMA secure_delete = ON;";
constexpr std::string_view kReaderSettings = "PRAGMA cache_size = -8192;";

Result<HubConnection> connect(const std::string& path, Access access) {
  HubConnection connection{.database = TRY_WITH(Database::open(path, access), path), .fields = {}};
  Database& database = connection.database;
  const auto settings = access == Access::write ? kWriterSettings : kReaderSettings;
  TRY_WITH(database.execute(std::string(settings)), path);
  if (access == Access::write) TRY(migrate(database, path, migrations(hub_sql()), kHubDatabase));
  TRY_WITH(database.prepare(hub_sql()), path);
  return connection;
}

}  // namespace

HubCore::HubCore(std::string to_path, HubDbOptions with, HubConnection to_write,
                 std::vector<std::unique_ptr<HubConnection>> to_read, AuditTail tail)
    : path(std::move(to_path)),
      options(std::move(with)),
      writer(std::move(to_write)),
      idle_(std::move(to_read)),
      tail_(std::make_shared<const AuditTail>(std::move(tail))) {}

Result<std::unique_ptr<HubCore>> HubCore::open(const std::string& path, HubDbOptions options) {
  CHECK(options.sign && options.random != nullptr && options.readers > 0);
  HubConnection writer = TRY(connect(path, Access::write));
  AuditTail tail = TRY_WITH(AuditTail::load(writer.database), path);
  std::vector<std::unique_ptr<HubConnection>> readers;
  for (std::size_t i = 0; i < options.readers; ++i)
    readers.push_back(std::make_unique<HubConnection>(TRY(connect(path, Access::read))));
  return std::make_unique<HubCore>(path, std::move(options), std::move(writer), std::move(readers),
                                   std::move(tail));
}

// ---- Writing -----------------------------------------------------------------------------------

Result<std::int64_t> HubWriting::word(std::string_view table, std::string_view text, Word& last) {
  if (last.id != 0 && last.text == text) return last.id;
  std::int64_t id = 0;
  const auto take = [&](const Statement& row) { id = row.integer(0); };
  TRY((*this)[std::format("{}_id", table)].with(text).each(take));
  if (id == 0) TRY((*this)[std::format("{}_add", table)].with(text).each(take));
  last = {.text = std::string(text), .id = id};
  return id;
}

void HubWriting::forget() {
  connection_.fields.clear();
  action_ = {};
  actor_ = {};
}

Result<std::uint64_t> HubWriting::add_leaf(const AuditEntry& entry) {
  const std::uint64_t index = tail_.frontier.size();
  const std::int64_t action = TRY(word("action", entry.action, action_));
  const std::int64_t actor = TRY(word("actor", entry.actor, actor_));
  // A clock that was set back must not put leaves out of order: they are searched by halves.
  tail_.last = std::max(tail_.last, entry.time);
  std::optional<std::string_view> subject;
  if (!entry.subject.empty()) subject = entry.subject;
  std::optional<std::int64_t> site;
  if (!entry.site.empty())
    TRY((*this)["object_id"]
            .with(static_cast<int>(domain::Kind::site), entry.site)
            .each([&](const Statement& row) { site = row.integer(0); }));
  TRY((*this)["audit_add"]
          .with(index, tail_.last.ns, entry.time.ns, action, actor, subject, entry.text, site)
          .run());
  TRY(tail_.append(connection_.database, crypt::leaf_hash(as_bytes(entry.text))));
  return index;
}

Result<void> HubWriting::add_leaves(std::span<const AuditEntry> entries) {
  for (const AuditEntry& entry : entries) TRY(add_leaf(entry));
  return {};
}

Result<Bytes> HubWriting::salt(std::string_view person) {
  Bytes salt;
  TRY((*this)["salt_get"].with(person).each([&](const Statement& row) { salt = row.blob(0); }));
  if (!salt.empty()) return salt;
  salt.resize(kSaltBytes);
  random_.fill(salt);
  TRY((*this)["salt_add"].with(person, ByteView(salt)).run());
  return salt;
}

// ---- Turns -------------------------------------------------------------------------------------

Result<void> HubCore::write(const Body& body) {
  if (writes_.load() == std::this_thread::get_id()) return run_apart(*current_, body);
  Turn turn{.body = &body};
  std::vector<Turn*> turns;
  std::unique_lock lock(queueing_);
  queue_.push_back(&turn);
  while (!turn.done) {
    if (someone_writes_) {
      queue_moved_.wait(lock);
      continue;
    }
    const auto count = std::min(std::ssize(queue_), kTurnsTogether);
    turns.assign(queue_.begin(), queue_.begin() + count);
    queue_.erase(queue_.begin(), queue_.begin() + count);
    someone_writes_ = true;
    lock.unlock();
    run_turns(turns);
    lock.lock();
    someone_writes_ = false;
    for (Turn* done : turns) done->done = true;
    queue_moved_.notify_all();
  }
  return turn.result;
}

void HubCore::run_turns(std::span<Turn* const> turns) {
  const std::lock_guard lock(writing);
  auto next = std::make_shared<AuditTail>(*tail());
  if (Result<void> stored = run_transaction(turns, *next); !stored) {
    // Of a damaged or full database; what the bodies said themselves is in their turns.
    for (Turn* turn : turns)
      if (turn->result) turn->result = stored.error();
    writer.fields.clear();
    return;
  }
  if (cuts_log && turns_uncut_++ % kTurnsPerCut == 0) cuts_log = !cut_log();
  if (!cuts_log) turns_uncut_ = 0;
  const std::lock_guard publish(publishing_);
  tail_ = std::move(next);
}

// Whether nothing of before is in the write-ahead log any more. Readers that still see it prevent
// that, and nobody waits for them.
bool HubCore::cut_log() {
  Database& database = writer.database;
  const auto wait = database.integer("PRAGMA busy_timeout");
  if (!wait || !database.execute("PRAGMA busy_timeout = 0")) return false;
  const auto is_busy = database.integer("PRAGMA wal_checkpoint(TRUNCATE)");
  const auto waits = database.execute(std::format("PRAGMA busy_timeout = {}", *wait));
  return waits && is_busy && *is_busy == 0;
}

Result<void> HubCore::run_transaction(std::span<Turn* const> turns, AuditTail& now) {
  Transaction transaction = TRY(Transaction::begin(writer.database));
  TRY(writer.fields.refresh(writer.database));
  HubWriting writing_now(writer, now, *options.random);
  current_ = &writing_now;
  writes_ = std::this_thread::get_id();
  for (Turn* turn : turns) {
    // Alone, it is undone with the transaction.
    turn->result =
        turns.size() == 1 ? (*turn->body)(writing_now) : run_apart(writing_now, *turn->body);
  }
  writes_ = std::thread::id();
  current_ = nullptr;
  // Some errors, such as a full disk, undo the transaction, and with it what others have done.
  const bool is_undone = !writer.database.in_transaction();
  for (Turn* turn : turns)
    if ((is_undone || turns.size() == 1) && !turn->result) return turn->result;
  if (is_undone) return fail(Code::internal, "a transaction of the hub was undone");
  TRY(add_checkpoint(now));
  return transaction.commit();
}

Result<void> HubCore::run_apart(HubWriting& now, const Body& body) {
  Database& database = writer.database;
  if (!database.in_transaction()) return fail(Code::unavailable, "the transaction was undone");
  const AuditTail before = now.tail();
  TRY(database.execute("SAVEPOINT turn"));
  Result<void> result = body(now);
  if (result) return database.execute("RELEASE turn");
  now.tail() = before;
  now.forget();
  // Where an error has undone the whole transaction there is no savepoint any more.
  if (!database.in_transaction()) return result;
  TRY(database.execute("ROLLBACK TO turn; RELEASE turn"));
  TRY(writer.fields.refresh(database));
  return result;
}

Result<void> HubCore::add_checkpoint(AuditTail& now) {
  const std::uint64_t size = now.frontier.size();
  if (size == now.checkpoint.size) return {};
  StoredCheckpoint checkpoint{
      .size = size, .root = now.frontier.root(), .time = now.last, .note = {}};
  checkpoint.note = TRY(options.sign(size, checkpoint.root));
  TRY(writer.database["checkpoint_add"]
          .with(size, checkpoint.time.ns, ByteView(checkpoint.root), checkpoint.note)
          .run());
  now.checkpoint = std::move(checkpoint);
  return {};
}

std::shared_ptr<const AuditTail> HubCore::tail() const {
  const std::lock_guard lock(publishing_);
  return tail_;
}

// ---- Readers -----------------------------------------------------------------------------------

HubCore::Lease::Lease(const HubCore& of) : core(of) {
  std::unique_lock lock(core.leasing_);
  core.returned_.wait(lock, [this] { return !core.idle_.empty(); });
  connection = std::move(core.idle_.back());
  core.idle_.pop_back();
}

HubCore::Lease::~Lease() {
  {
    const std::lock_guard lock(core.leasing_);
    core.idle_.push_back(std::move(connection));
  }
  core.returned_.notify_one();
}
}  // namespace lineside::store
