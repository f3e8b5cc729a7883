// One SQLite connection, with the errors of this project and statements from .sql files.
#pragma once

#include <concepts>
#include <cstdint>
#include <functional>
#include <limits>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/bytes.h"
#include "base/embedded.h"
#include "base/result.h"
#include "base/time.h"
#include "domain/fields.h"

struct sqlite3;
struct sqlite3_backup;
struct sqlite3_stmt;

namespace lineside {
std::span<const EmbeddedFile> store_sql();  // made by the build from src/store/sql
std::span<const EmbeddedFile> hub_sql();    // made by the build from src/store/hub_sql
}  // namespace lineside

namespace lineside::store {

struct CloseDatabase {
  void operator()(sqlite3* database) const;
};
struct FinalizeStatement {
  void operator()(sqlite3_stmt* statement) const;
};
struct FinishBackup {
  void operator()(sqlite3_backup* backup) const;
};

// Whose database a file is; its schema sets the id.
struct DatabaseOwner {
  std::int64_t application_id = 0;
  std::string_view name;  // "an edge database"
};
inline constexpr DatabaseOwner kEdgeDatabase = {.application_id = 0x4c534544,  // "LSED"
                                                .name = "an edge database"};
inline constexpr DatabaseOwner kHubDatabase = {.application_id = 0x4c534842,  // "LSHB"
                                               .name = "a hub database"};

// A prepared statement. Owned by a Database and used under its lock.
class Statement {
 public:
  explicit Statement(std::unique_ptr<sqlite3_stmt, FinalizeStatement> statement);

  // Begins a new execution with these parameters (?1, ?2, ...); texts and bytes are copied.
  // std::nullopt and an empty optional are NULL, and so is NaN, which SQLite does not keep.
  template <class... Args>
  Statement& with(const Args&... args) {
    begin();
    int index = 0;
    (put(++index, args), ...);
    return *this;
  }

  // Executes to the end and calls `row(*this)` for each row.
  template <class Row>
  Result<void> each(Row row) {
    while (TRY(step())) {
      row(*this);
      if (refused_) return end_refused();
    }
    return {};
  }
  // The same, to the row for which `row(*this)` says false.
  template <class Row>
  Result<void> each_while(Row row) {
    while (TRY(step())) {
      const bool goes_on = row(*this);
      if (refused_) return end_refused();
      if (goes_on) continue;
      begin();
      return {};
    }
    return {};
  }
  // The same where a row can be found wrong: ends at the first error.
  template <class Row>
  Result<void> try_each(Row row) {
    while (TRY(step())) {
      Result<void> done = row(*this);
      if (refused_) return end_refused();
      if (!done) {
        begin();
        return std::move(done).error();
      }
    }
    return {};
  }
  // The same of rows that `read(*this)` makes something of, for `take`. What is wrong with one ends
  // the execution; where `damaged` is not null it is told there, and the others go on.
  template <class Read, class Take>
  Result<void> take_each(Read read, Take take, std::vector<std::string>* damaged) {
    while (TRY(step())) {
      auto value = read(*this);
      if (!refused_)
        take(std::move(value));
      else if (damaged == nullptr)
        return end_refused();
      else
        damaged->push_back(std::exchange(refused_, std::nullopt)->text);
    }
    return {};
  }
  // The same, where what is wrong with a row is told to `tell(*this, text)`.
  template <class Read, class Take, std::invocable<const Statement&, std::string&&> Tell>
  Result<void> take_each(Read read, Take take, Tell tell) {
    while (TRY(step())) {
      auto value = read(*this);
      if (!refused_)
        take(std::move(value));
      else
        tell(*this, std::move(std::exchange(refused_, std::nullopt)->text));
    }
    return {};
  }
  Result<void> run() {
    return each([](Statement&) {});
  }

  // Columns of the current row.
  std::int64_t integer(int column) const;
  double real(int column) const;  // NaN for NULL
  std::string text(int column) const;
  Bytes blob(int column) const;
  bool is_null(int column) const;
  // A number that stands for a value of E; `where` is "approval.state", say, `key` the column that
  // names the row, negative: none does. One that stands for none ends the execution after this
  // row, with Code::corrupt: whoever may write to the file may have put it there. Until then it is
  // the first value.
  template <domain::NamedEnum E>
  E one_of(int column, std::string_view where, int key = -1) const {
    constexpr std::size_t kValues = names(static_cast<const E*>(nullptr)).size();
    const std::int64_t number = integer(column);
    if (number >= 0 && std::cmp_less(number, kValues)) return static_cast<E>(number);
    refuse(column, where, key);
    return E{};
  }
  // One of 0 to `max` that counts something; another one ends the execution as in one_of().
  std::int64_t count(int column, std::string_view where, int key,
                     std::int64_t max = std::numeric_limits<std::int64_t>::max()) const;
  // Ends the execution as one_of() does.
  void refuse(int column, std::string_view where, int key = -1) const;
  void refuse(std::string text) const;

 private:
  void begin();
  Result<bool> step();
  Error end_refused();
  void put(int index, std::nullopt_t);
  void put(int index, double value);
  void put(int index, std::string_view value);
  void put(int index, const std::string& value) { put(index, std::string_view(value)); }
  void put(int index, ByteView value);
  void put_integer(int index, std::int64_t value);
  template <std::integral I>
  void put(int index, I value) {
    put_integer(index, static_cast<std::int64_t>(value));
  }
  template <class T>
  void put(int index, const std::optional<T>& value) {
    if (value) return put(index, *value);
    put(index, std::nullopt);
  }

  std::unique_ptr<sqlite3_stmt, FinalizeStatement> statement_;
  mutable std::optional<Error> refused_;  // of the current row
};

// Times that may be NULL.
inline std::optional<std::int64_t> ns_of(const std::optional<Time>& time) {
  return time ? std::optional(time->ns) : std::nullopt;
}
inline std::optional<Time> time_of(const Statement& row, int column) {
  return row.is_null(column) ? std::nullopt : std::optional(Time{row.integer(column)});
}

enum class Access : unsigned char { read, write };

// Owned by one thread at a time.
class Database {
 public:
  // Write access creates the file and sets WAL mode with synchronous=FULL.
  static Result<Database> open(const std::string& path, Access access);
  // An empty one without a file.
  static Result<Database> in_memory();

  // Any number of statements, none of which yields rows that are wanted.
  Result<void> execute(const std::string& sql);
  // The integer that `sql` yields.
  Result<std::int64_t> integer(const std::string& sql);
  // The text of the one row that `sql` yields.
  Result<std::string> text(const std::string& sql);
  // Calls `row` for each row that `sql` yields.
  Result<void> each(const std::string& sql, const std::function<void(const Statement&)>& row);
  // Prepares every file of the folder that is not in a subfolder, under its name without ".sql".
  Result<void> prepare(std::span<const EmbeddedFile> files);
  // A prepared statement; the name is known.
  Statement& operator[](std::string_view name);
  // A copy of the whole database, overwriting `path`.
  Result<void> back_up(const std::string& path);

  // Rows changed by the last INSERT, UPDATE or DELETE.
  std::int64_t changes() const;
  bool in_transaction() const;

 private:
  friend class Backup;
  static Result<Database> connect(const std::string& path, int flags);
  explicit Database(std::unique_ptr<sqlite3, CloseDatabase> database);

  std::unique_ptr<sqlite3, CloseDatabase> database_;
  std::map<std::string, Statement, std::less<>> statements_;
};

// Copies a whole database to another in steps; both outlive it. What `from` itself writes between
// two steps is in the copy; another connection that writes makes it begin anew.
class Backup {
 public:
  static Result<Backup> begin(Database& from, Database& to);
  // Whether there is more to copy.
  Result<bool> step(int pages);

 private:
  Backup(sqlite3* to, std::unique_ptr<sqlite3_backup, FinishBackup> backup);
  sqlite3* to_;
  std::unique_ptr<sqlite3_backup, FinishBackup> backup_;
};

// BEGIN IMMEDIATE; rolled back unless committed.
class Transaction {
 public:
  static Result<Transaction> begin(Database& database);
  Transaction(Transaction&& other) noexcept : database_(std::exchange(other.database_, nullptr)) {}
  Transaction& operator=(Transaction&&) = delete;
  ~Transaction();
  Result<void> commit();

 private:
  explicit Transaction(Database* database) : database_(database) {}
  Database* database_;
};

struct Migration {
  std::int64_t version = 0;
  std::string sql;
};
// From the files "migrations/<version>.sql", in order; the last one is the current schema.
std::vector<Migration> migrations(std::span<const EmbeddedFile> files);
// Brings a database to the last version, after copying an older one to `<path>.v<its version>`.
// Errors: unsupported for a newer one, invalid for another owner's.
Result<void> migrate(Database& database, const std::string& path, std::span<const Migration> steps,
                     const DatabaseOwner& owner);

}  // namespace lineside::store
