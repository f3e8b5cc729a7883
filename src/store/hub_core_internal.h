// What the parts of a HubDb share: the connections, the turns of those who write, the audit log's
// right border.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <string_view>
#include <thread>
#include <type_traits>
#include <vector>

#include "base/result.h"
#include "store/database_internal.h"
#include "store/hub_audit.h"
#include "store/hub_db.h"
#include "store/hub_fields_internal.h"
#include "store/hub_tail_internal.h"

namespace lineside::store {

// A connection and what it knows of the dictionaries.
struct HubConnection {
  Database database;
  FieldTable fields;
};

// One who writes, inside a transaction.
class HubWriting {
 public:
  HubWriting(HubConnection& connection, AuditTail& tail, world::Random& random)
      : connection_(connection), tail_(tail), random_(random) {}

  Statement& operator[](std::string_view name) { return connection_.database[name]; }
  HubConnection& connection() { return connection_; }
  AuditTail& tail() { return tail_; }
  // Rows changed by the last statement.
  std::int64_t changes() const { return connection_.database.changes(); }

  // The leaf's index.
  Result<std::uint64_t> add_leaf(const AuditEntry& entry);
  Result<void> add_leaves(std::span<const AuditEntry> entries);
  // The person's salt, made where there is none.
  Result<Bytes> salt(std::string_view person);
  // After a rollback: numbers it knows may be gone.
  void forget();

 private:
  // The number of a text in `audit_action` or `audit_actor`.
  struct Word {
    std::string text;
    std::int64_t id = 0;
  };
  Result<std::int64_t> word(std::string_view table, std::string_view text, Word& last);

  HubConnection& connection_;
  AuditTail& tail_;
  world::Random& random_;
  Word action_;  // the last one: neighbours are mostly alike
  Word actor_;
};

struct HubCore {
  using Body = std::function<Result<void>(HubWriting&)>;

  HubCore(std::string path, HubDbOptions options, HubConnection writer,
          std::vector<std::unique_ptr<HubConnection>> readers, AuditTail tail);
  static Result<std::unique_ptr<HubCore>> open(const std::string& path, HubDbOptions options);

  // `body` in a transaction: its own, one that it shares with others who wait, or the one that this
  // thread is in. Stored on return; an error of `body` undoes what it did and nothing else.
  Result<void> write(const Body& body);

  // `body(HubConnection&)` with a connection of its own meanwhile. Not to be nested.
  template <class Read>
  auto read(Read body) const -> std::invoke_result_t<Read, HubConnection&> {
    const Lease lease(*this);
    return body(*lease.connection);
  }
  // The same where all statements of `body` shall see one state.
  template <class Read>
  auto read_at_once(Read body) const -> std::invoke_result_t<Read, HubConnection&> {
    const Lease lease(*this);
    Database& database = lease.connection->database;
    TRY(database.execute("BEGIN"));
    auto result = body(*lease.connection);
    TRY(database.execute("COMMIT"));
    return result;
  }
  // As of the last transaction.
  std::shared_ptr<const AuditTail> tail() const;

  const std::string path;
  const HubDbOptions options;
  mutable std::mutex writing;  // holds while the writer's connection is in use
  mutable HubConnection writer;
  // To be set by a body under `writing`: the write-ahead log has pages that shall not stay. At the
  // start nobody knows what it has.
  bool cuts_log = true;

 private:
  struct Turn {
    const Body* body = nullptr;
    Result<void> result;
    bool done = false;
  };
  struct Lease {
    explicit Lease(const HubCore& of);
    ~Lease();
    Lease(const Lease&) = delete;
    Lease& operator=(const Lease&) = delete;
    const HubCore& core;
    std::unique_ptr<HubConnection> connection;
  };

  void run_turns(std::span<Turn* const> turns);
  bool cut_log();
  Result<void> run_transaction(std::span<Turn* const> turns, AuditTail& tail);
  Result<void> run_apart(HubWriting& writing, const Body& body);
  Result<void> add_checkpoint(AuditTail& tail);

  std::mutex queueing_;
  std::condition_variable queue_moved_;
  std::vector<Turn*> queue_;
  bool someone_writes_ = false;
  // Of the thread that runs bodies now, for what they call; under `writing`.
  std::atomic<std::thread::id> writes_;
  HubWriting* current_ = nullptr;
  unsigned turns_uncut_ = 0;  // since the log was to be cut; under `writing`

  mutable std::mutex leasing_;
  mutable std::condition_variable returned_;
  mutable std::vector<std::unique_ptr<HubConnection>> idle_;
  mutable std::mutex publishing_;
  std::shared_ptr<const AuditTail> tail_;
};

}  // namespace lineside::store
