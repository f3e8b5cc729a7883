#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cmath>
#include <format>
#include <limits>

#include <sqlite3.h>

#include "base/check.h"
#include "store/database_internal.h"
#include "world/files.h"

namespace lineside::store {

namespace {

constexpr int kBusyWaitMs = 5'000;

Code sqlite_code(int sqlite_code) {
  switch (sqlite_code & 0xff) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
    case SQLITE_IOERR:
      return Code::unavailable;
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      return Code::corrupt;
    case SQLITE_CANTOPEN:
      return Code::not_found;
    case SQLITE_PERM:
    case SQLITE_READONLY:
      return Code::denied;
    default:
      return Code::internal;
  }
}

// SQLite says so in several ways: making and syncing a file, and growing the one that processes
// share, have codes of their own. What the shared one was told is not kept.
bool is_out_of_room(sqlite3* database, int code) {
  const int kind = code & 0xff;
  if (kind == SQLITE_FULL || code == SQLITE_IOERR_SHMSIZE) return true;
  if (kind != SQLITE_IOERR && kind != SQLITE_CANTOPEN) return false;
  const int reason = sqlite3_system_errno(database);
  return reason == ENOSPC || reason == EDQUOT || reason == EFBIG;
}

Error error_of(sqlite3* database) {
  const int code = sqlite3_extended_errcode(database);
  const std::string text = std::format("SQLite: {} ({})", sqlite3_errmsg(database), code);
  if (!is_out_of_room(database, code)) return fail(sqlite_code(code), text);
  const char* file = sqlite3_db_filename(database, "main");
  const std::string_view path = file ? file : "";
  const std::string_view folder = path.substr(0, path.rfind('/'));
  return fail(Code::exhausted,
              std::format("no room left{}{}: {}", folder.empty() ? "" : " in ", folder, text));
}

}  // namespace

void CloseDatabase::operator()(sqlite3* database) const { sqlite3_close_v2(database); }
void FinalizeStatement::operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
void FinishBackup::operator()(sqlite3_backup* backup) const { sqlite3_backup_finish(backup); }

// ---- Statements --------------------------------------------------------------------------------

Statement::Statement(std::unique_ptr<sqlite3_stmt, FinalizeStatement> statement)
    : statement_(std::move(statement)) {}

void Statement::begin() {
  sqlite3_reset(statement_.get());
  sqlite3_clear_bindings(statement_.get());
}

// An execution that has ended, well or not, is reset at once: it would hold its snapshot of the
// database, and the write-ahead log could not be cut.
Result<bool> Statement::step() {
  const int code = sqlite3_step(statement_.get());
  if (code == SQLITE_ROW) return true;
  if (code == SQLITE_DONE) {
    sqlite3_reset(statement_.get());
    return false;
  }
  const Error error = error_of(sqlite3_db_handle(statement_.get()));
  sqlite3_reset(statement_.get());
  return error;
}

// The only failures of binding are an index that the statement does not have and running out of
// memory.
void Statement::put(int index, std::nullopt_t) {
  CHECK(sqlite3_bind_null(statement_.get(), index) == SQLITE_OK);
}

void Statement::put(int index, double value) {
  CHECK(sqlite3_bind_double(statement_.get(), index, value) == SQLITE_OK);
}

void Statement::put(int index, std::string_view value) {
  // A null pointer would be NULL.
  const char* text = value.empty() ? "" : value.data();
  CHECK(sqlite3_bind_text64(statement_.get(), index, text, value.size(), SQLITE_TRANSIENT,
                            SQLITE_UTF8) == SQLITE_OK);
}

void Statement::put(int index, ByteView value) {
  const void* bytes = value.empty() ? static_cast<const void*>("") : value.data();
  CHECK(sqlite3_bind_blob64(statement_.get(), index, bytes, value.size(), SQLITE_TRANSIENT) ==
        SQLITE_OK);
}

void Statement::put_integer(int index, std::int64_t value) {
  CHECK(sqlite3_bind_int64(statement_.get(), index, value) == SQLITE_OK);
}

std::int64_t Statement::integer(int column) const {
  return sqlite3_column_int64(statement_.get(), column);
}

double Statement::real(int column) const {
  if (is_null(column)) return std::numeric_limits<double>::quiet_NaN();
  return sqlite3_column_double(statement_.get(), column);
}

std::string Statement::text(int column) const { return std::string(as_text(blob(column))); }

Bytes Statement::blob(int column) const {
  const void* bytes = sqlite3_column_blob(statement_.get(), column);
  const auto size = static_cast<std::size_t>(sqlite3_column_bytes(statement_.get(), column));
  const auto* first = static_cast<const std::byte*>(bytes);
  return size == 0 ? Bytes() : Bytes(first, first + size);
}

std::int64_t Statement::count(int column, std::string_view where, int key, std::int64_t max) const {
  const std::int64_t number = integer(column);
  if (number >= 0 && number <= max) return number;
  refuse(std::format("{}: expected a number of 0 to {}, found {}, in row {}", where, max, number,
                     text(key)));
  return 0;
}

void Statement::refuse(int column, std::string_view where, int key) const {
  refuse(std::format("{}: expected a number that stands for something, found {}{}", where,
                     integer(column), key < 0 ? "" : ", in row " + text(key)));
}

// What was found first is what the rest follows from.
void Statement::refuse(std::string text) const {
  if (!refused_) refused_ = fail(Code::corrupt, std::move(text));
}

Error Statement::end_refused() {
  Error error = *std::exchange(refused_, std::nullopt);
  begin();
  return error;
}

bool Statement::is_null(int column) const {
  return sqlite3_column_type(statement_.get(), column) == SQLITE_NULL;
}

// ---- Databases ---------------------------------------------------------------------------------

Database::Database(std::unique_ptr<sqlite3, CloseDatabase> database)
    : database_(std::move(database)) {}

// A file may come from anywhere: what its schema has of functions and tables may do no more than
// compute, and no statement reaches past the tables into the file.
Result<Database> Database::connect(const std::string& path, int flags) {
  sqlite3* raw = nullptr;
  const int code = sqlite3_open_v2(path.c_str(), &raw, flags | SQLITE_OPEN_NOMUTEX, nullptr);
  std::unique_ptr<sqlite3, CloseDatabase> owned(raw);
  CHECK(owned != nullptr);  // out of memory
  if (code != SQLITE_OK) return error_of(raw).with("cannot open " + path);
  CHECK(sqlite3_db_config(raw, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, nullptr) == SQLITE_OK);
  CHECK(sqlite3_db_config(raw, SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr) == SQLITE_OK);
  sqlite3_extended_result_codes(raw, 1);
  sqlite3_busy_timeout(raw, kBusyWaitMs);
  return Database(std::move(owned));
}

Result<Database> Database::in_memory() {
  return connect(":memory:", SQLITE_OPEN_READWRITE | SQLITE_OPEN_MEMORY);
}

Result<Database> Database::open(const std::string& path, Access access) {
  // SQLite would make a file that others may read; why there can be none is for it to say.
  if (access == Access::write) (void)world::system_files().open(path);
  const int flags =
      access == Access::write ? SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE : SQLITE_OPEN_READONLY;
  Database database = TRY(connect(path, flags));
  // SQLite opens for reading alone what it may not write.
  if (access == Access::write && sqlite3_db_readonly(database.database_.get(), "main") == 1)
    return fail(Code::denied, std::format("cannot open {}: expected a file that may be written, "
                                          "found a readonly one",
                                          path));
  TRY_WITH(database.execute("PRAGMA foreign_keys = ON; PRAGMA temp_store = MEMORY;"), path);
  if (access == Access::write) {
    TRY_WITH(database.execute("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;"
                              "PRAGMA journal_size_limit = 16777216;"),
             path);
  }
  return database;
}

Result<void> Database::execute(const std::string& sql) {
  if (sqlite3_exec(database_.get(), sql.c_str(), nullptr, nullptr, nullptr) == SQLITE_OK) return {};
  return error_of(database_.get());
}

namespace {

Result<Statement> prepare_one(sqlite3* database, std::string_view sql) {
  sqlite3_stmt* raw = nullptr;
  const char* rest = nullptr;
  const int code = sqlite3_prepare_v3(database, sql.data(), static_cast<int>(sql.size()),
                                      SQLITE_PREPARE_PERSISTENT, &raw, &rest);
  std::unique_ptr<sqlite3_stmt, FinalizeStatement> owned(raw);
  if (code != SQLITE_OK) return error_of(database);
  CHECK(owned != nullptr);
  return Statement(std::move(owned));
}

}  // namespace

Result<std::int64_t> Database::integer(const std::string& sql) {
  Statement statement = TRY(prepare_one(database_.get(), sql));
  std::int64_t value = 0;
  TRY(statement.with().each([&](const Statement& row) { value = row.integer(0); }));
  return value;
}

Result<std::string> Database::text(const std::string& sql) {
  Statement statement = TRY(prepare_one(database_.get(), sql));
  std::string value;
  TRY(statement.with().each([&](const Statement& row) { value = row.text(0); }));
  return value;
}

Result<void> Database::each(const std::string& sql,
                            const std::function<void(const Statement&)>& row) {
  Statement statement = TRY(prepare_one(database_.get(), sql));
  return statement.with().each(row);
}

Result<void> Database::prepare(std::span<const EmbeddedFile> files) {
  for (const EmbeddedFile& file : files) {
    if (file.name.contains('/')) continue;
    const std::string_view name = file.name.substr(0, file.name.rfind('.'));
    statements_.emplace(name, TRY_WITH(prepare_one(database_.get(), file.content), file.name));
  }
  return {};
}

Statement& Database::operator[](std::string_view name) {
  const auto found = statements_.find(name);
  CHECK(found != statements_.end());
  return found->second;
}

Result<void> Database::back_up(const std::string& path) {
  Database copy = TRY(open(path, Access::write));
  Backup backup = TRY_WITH(Backup::begin(*this, copy), path);
  while (TRY_WITH(backup.step(-1), path)) {
  }
  return {};
}

std::int64_t Database::changes() const { return sqlite3_changes64(database_.get()); }
bool Database::in_transaction() const { return sqlite3_get_autocommit(database_.get()) == 0; }

Backup::Backup(sqlite3* to, std::unique_ptr<sqlite3_backup, FinishBackup> backup)
    : to_(to), backup_(std::move(backup)) {}

Result<Backup> Backup::begin(Database& from, Database& to) {
  sqlite3* target = to.database_.get();
  std::unique_ptr<sqlite3_backup, FinishBackup> backup(
      sqlite3_backup_init(target, "main", from.database_.get(), "main"));
  if (!backup) return error_of(target);
  return Backup(target, std::move(backup));
}

Result<bool> Backup::step(int pages) {
  const int code = sqlite3_backup_step(backup_.get(), pages);
  if (code == SQLITE_OK) return true;
  if (code == SQLITE_DONE && sqlite3_backup_finish(backup_.release()) == SQLITE_OK) return false;
  backup_.reset();  // hands its error to the target
  return error_of(to_);
}

// ---- Transactions and migrations ---------------------------------------------------------------

Result<Transaction> Transaction::begin(Database& database) {
  TRY(database.execute("BEGIN IMMEDIATE"));
  return Transaction(&database);
}

Transaction::~Transaction() {
  // Some errors, such as a full disk, have rolled back already.
  const bool is_open = database_ != nullptr && database_->in_transaction();
  if (is_open) std::ignore = database_->execute("ROLLBACK");
}

Result<void> Transaction::commit() {
  TRY(database_->execute("COMMIT"));
  database_ = nullptr;
  return {};
}

std::vector<Migration> migrations(std::span<const EmbeddedFile> files) {
  constexpr std::string_view kFolder = "migrations/";
  std::vector<Migration> steps;
  for (const EmbeddedFile& file : files) {
    if (!file.name.starts_with(kFolder)) continue;
    const std::string_view digits = file.name.substr(kFolder.size());
    Migration step{.version = 0, .sql = std::string(file.content)};
    std::from_chars(digits.data(), digits.data() + digits.size(), step.version);
    steps.push_back(std::move(step));
  }
  std::ranges::sort(steps, {}, &Migration::version);
  for (std::size_t i = 0; i < steps.size(); ++i) {
    CHECK(steps[i].version == static_cast<std::int64_t>(i) + 1);
  }
  return steps;
}

Result<void> migrate(Database& database, const std::string& path, std::span<const Migration> steps,
                     const DatabaseOwner& owner) {
  const std::int64_t found = TRY(database.integer("PRAGMA user_version"));
  const std::int64_t current = steps.back().version;
  const std::int64_t id = TRY(database.integer("PRAGMA application_id"));
  const std::int64_t tables = TRY(database.integer("SELECT count(*) FROM sqlite_schema"));
  if (id != owner.application_id && (tables > 0 || id != 0)) {
    return invalid(std::format("{}: expected {}, found another program's", path, owner.name));
  }
  if (found > current) {
    return fail(Code::unsupported, std::format("{}: expected schema version {} or older, found {}",
                                               path, current, found));
  }
  if (found == current) return {};
  if (found > 0) TRY(database.back_up(std::format("{}.v{}", path, found)));
  for (const Migration& step : steps) {
    if (step.version <= found) continue;
    Transaction transaction = TRY(Transaction::begin(database));
    TRY_WITH(database.execute(step.sql), std::format("{}: migration {}", path, step.version));
    TRY(database.execute(std::format("PRAGMA user_version = {}", step.version)));
    TRY(transaction.commit());
  }
  return {};
}

}  // namespace lineside::store
