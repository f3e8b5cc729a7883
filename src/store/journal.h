// The journal: an append-only, segmented log of readings. It is the history, and the write-ahead
// log of everything that is derived from readings. On disk: docs/formats/journal.md.
//
// A batch is appended to memory, where it can still be lost, and becomes durable with commit():
// one write and one fdatasync for everything appended since the last one (group commit). What a
// source may be told it can forget is what durable() has passed.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "domain/reading.h"
#include "world/files.h"

namespace lineside::store {

// How many readings of this journal came before; readings are numbered from 0 and no number is
// given twice, also not after damage or retention.
using Position = std::uint64_t;

// The process's table of streams. Both journals of a process share one; calls come from the
// journals' threads and from readers, so an implementation is thread-safe.
class StreamTable {
 public:
  virtual ~StreamTable() = default;
  // The index of the stream with this asset and stream name, new if it was not known. A known
  // stream keeps the unit it has.
  virtual domain::StreamIndex intern(const domain::StreamName& name) = 0;
  // For indexes that intern() has returned.
  virtual domain::StreamName name(domain::StreamIndex index) const = 0;
};

struct JournalOptions {
  std::uint64_t segment_bytes = 16ULL << 20;  // a segment that has reached this is closed
  std::uint64_t cap_bytes = 1ULL << 30;       // beyond it the oldest whole segments are deleted
  std::size_t pending_bytes = 64ULL << 20;    // appended but not committed
  // The next position is at least this, for those that have durably noted what they have seen of
  // this journal: should damage have taken its end, noted positions are not given again.
  Position next_at_least = 0;
};

// What open() found.
struct JournalRecovery {
  Position end = 0;              // after the last reading found; next_at_least is not in it
  std::uint64_t torn_bytes = 0;  // after the last whole record, cut off: the write was not finished
  std::uint64_t damaged = 0;     // places with wrong bytes, skipped (as known without a full read)
  std::vector<std::string> reports;   // one line per damaged file: path, offset, what was wrong
  std::vector<domain::Reading> last;  // of every stream the reading with the newest source time
};

struct JournalState {
  Position first = 0;          // oldest reading kept
  Position durable = 0;        // readings before it survive a power cut
  Position next = 0;           // the next append begins here
  std::uint64_t bytes = 0;     // of all files
  std::uint64_t segments = 0;  //
  std::uint64_t expired = 0;   // readings deleted by the cap since open()
  std::uint64_t damaged = 0;   // places with wrong bytes met so far, at open and by readers
  std::optional<Error> error;  // of the last commit, as long as it has not been made good
};

class Catalog;
class SegmentWriter;

// append(), commit() and the destructor belong to one thread; the const methods to any thread.
class Journal {
 public:
  // Makes `directory` if needed, cuts off a torn end and interns every stream of the journal.
  // Damaged bytes are skipped and reported, never an error; a newest file that is no segment at all
  // is set aside under its name and ".damaged". `files` and `table` outlive this.
  // Errors: unsupported (a newer format, with both versions), and those of the file system.
  static Result<std::unique_ptr<Journal>> open(world::Files& files, std::string directory,
                                               StreamTable& table, JournalOptions options = {});
  // Drops what was not committed.
  ~Journal();
  Journal(const Journal&) = delete;
  Journal& operator=(const Journal&) = delete;

  // Takes all of `batch` into memory and returns the position of its first reading; its other
  // readings follow. Errors: exhausted (pending_bytes are waiting: commit first), nothing is taken.
  Result<Position> append(const domain::ReadingBatch& batch);
  // Makes everything appended durable and returns durable(). After an error (exhausted on a full
  // disk) nothing appended is lost or half visible: call again later, more may be appended before.
  Result<Position> commit();

  Position next() const;
  Position durable() const;
  JournalState state() const;
  const JournalRecovery& recovery() const { return recovery_; }

  // Calls `visit` with the committed readings from `from` (or the oldest kept) on, in order, at
  // most 4,096 at a time, until it returns false. The position is that of the batch's first
  // reading; positions jump where bytes were damaged. Memory does not grow with the journal.
  using Visit = std::function<bool(Position, const domain::ReadingBatch&)>;
  Result<void> read(Position from, const Visit& visit) const;

  // What a History reads.
  std::shared_ptr<const Catalog> catalog() const;

 private:
  Journal(world::Files& files, std::string directory, JournalOptions options);
  void keep_house();

  const JournalOptions options_;
  JournalRecovery recovery_;
  std::shared_ptr<Catalog> catalog_;
  std::unique_ptr<SegmentWriter> writer_;
};

}  // namespace lineside::store
