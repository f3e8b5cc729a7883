// What an edge must remember beside readings: alerts and verdicts, messages that still have to be
// published, how far derived state has come, and samples of what was rejected. SQLite in WAL mode
// with synchronous=FULL: what a call has stored survives a power cut. docs/formats/edge-db.md.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "base/time.h"
#include "domain/alert.h"
#include "domain/reading.h"
#include "store/journal.h"

namespace lineside::store {

struct EdgeDbOptions {
  std::optional<Time> now;                    // our clock at opening; see EdgeDbState::created
  std::uint64_t outbox_rows = 1'000'000;      // beyond either, the oldest messages are dropped
  std::uint64_t outbox_bytes = 256ULL << 20;  // and counted; topic and payload bytes
  std::uint64_t alerts = 100'000;  // beyond it the oldest cleared alerts without verdicts go
};

// A message to publish; it leaves the outbox by outbox_done(), after the peer's acknowledgement.
struct OutboxMessage {
  std::int64_t id = 0;    // given by commit(), increasing; ignored there
  Position position = 0;  // of the reading that caused it, see EdgeChanges::applied
  std::string connection;
  std::string topic;
  Bytes payload;
  std::uint8_t qos = 1;
  Time created;
  bool is_causeless = false;  // no reading caused it: no replay makes it again, so it is stored
  bool operator==(const OutboxMessage&) const = default;
};

struct RejectCount {
  std::string connection;
  domain::Reject reason = domain::Reject::unknown_topic;
  std::uint64_t count = 0;  // to add; in rejects(): the total
  Time last;
  std::string sample;  // the newest one's excerpt, readable
  bool operator==(const RejectCount&) const = default;
};

// What one lane derived from the readings before `applied`. All of it is stored or none.
struct EdgeChanges {
  std::string lane;      // e.g. "flow.0"; empty: of no lane, `applied` says nothing
  Position applied = 0;  // the lane's progress afterwards; it never goes back
  // By id; a row with a newer `updated` stays as it is.
  std::vector<domain::Alert> alerts;
  // Those of a reading with a position before the lane's stored progress are left out: they were
  // stored when that progress was, and may have been published since. So a replay does not double.
  std::vector<OutboxMessage> outbox;
  std::vector<std::int64_t> published;  // messages to forget, as by outbox_done()
  std::vector<RejectCount> rejects;
};

struct AlertQuery {
  std::optional<domain::AlertState> state;  // absent: any
  std::string asset;                        // empty: any
  std::size_t limit = 100;
};

struct LaneProgress {
  std::string lane;
  Position applied = 0;
};

struct EdgeDbState {
  std::optional<Time> created;  // `now` of the first opening that gave one
  std::uint64_t outbox_rows = 0;
  std::uint64_t outbox_bytes = 0;
  std::uint64_t outbox_dropped = 0;   // by the caps, ever
  std::optional<Time> outbox_oldest;  // `created` of the oldest message
  std::uint64_t alerts_open = 0;
  std::uint64_t alerts = 0;
  std::uint64_t verdicts = 0;
};

// Any thread may call. Calls that change wait for each other, calls that read wait for each other,
// but the two do not: reading goes through a connection of its own.
//
// Errors of every call: exhausted (disk full), unavailable (locked by another process), corrupt
// (not a database, or damaged), else internal with SQLite's text. A failed change has no effect.
class EdgeDb {
 public:
  // Creates the file, or brings an older one to the current schema after copying it to
  // `<path>.v<old version>`. Errors: unsupported for a newer schema, with both versions.
  static Result<std::unique_ptr<EdgeDb>> open(const std::string& path, EdgeDbOptions options = {});
  ~EdgeDb();
  EdgeDb(const EdgeDb&) = delete;
  EdgeDb& operator=(const EdgeDb&) = delete;
  // Whether open() has made it: there was no file, or an empty one.
  bool is_new() const;

  // One transaction for all of `changes` (group commit).
  Result<void> commit(std::span<const EdgeChanges> changes);
  // The same for changes that are made one at a time, so that a large group never lies in memory
  // whole: `next` is called until it gives null, and must not use this database.
  Result<void> commit(const std::function<const EdgeChanges*()>& next);
  // Errors: not_found for an unknown alert.
  Result<void> add_verdict(const domain::Verdict& verdict);
  // Forgets published messages; unknown ids are no error.
  Result<void> outbox_done(std::span<const std::int64_t> ids);

  // The oldest messages of `connection` with id > `after`, at most `limit`.
  Result<std::vector<OutboxMessage>> outbox_next(const std::string& connection, std::int64_t after,
                                                 std::size_t limit) const;
  // Newest `opened` first.
  Result<std::vector<domain::Alert>> alerts(const AlertQuery& query) const;
  Result<std::vector<domain::Alert>> open_alerts() const;                         // all of them
  Result<domain::Alert> alert(const std::string& id) const;                       // or not_found
  Result<std::vector<domain::Verdict>> verdicts(const std::string& alert) const;  // newest first
  Result<std::vector<LaneProgress>> progress() const;
  // These rows instead of all; for when the work is divided among lanes anew.
  Result<void> restart_progress(std::span<const LaneProgress> lanes);
  Result<std::vector<RejectCount>> rejects() const;  // by connection and reason, since `created`
  Result<EdgeDbState> state() const;

 private:
  struct Impl;
  explicit EdgeDb(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace lineside::store
