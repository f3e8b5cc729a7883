// The newest segment of a journal, as the journal's thread writes it.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "domain/reading.h"
#include "store/catalog_internal.h"
#include "store/record_internal.h"
#include "store/segment_internal.h"
#include "world/files.h"

namespace lineside::store {

// Appended readings are encoded at once and wait in `pending_` until a commit has written and
// synced all of it. Nothing leaves `pending_` before, so a failed commit needs only that the next
// one cuts the file back to what was committed.
class SegmentWriter {
 public:
  SegmentWriter(world::Files& files, Catalog& catalog, StreamTable& table, Position next);

  // Continues a segment that a scan has found whole.
  void resume(SegmentScan scan);

  Position next() const { return next_; }
  std::size_t pending_bytes() const { return pending_.size(); }
  // Bytes committed to the current segment.
  std::uint64_t segment_bytes() const { return segment_.bytes; }
  std::size_t streams() const { return segment_.streams.size(); }
  bool idle() const { return pending_.empty() && !encoder_.is_open(); }

  // Closes the current segment: what comes goes to a new one. Only when idle.
  void roll();
  void append(const domain::ReadingBatch& batch);
  Result<void> commit();
  // Writes the index file of the segment closed last, if it has none yet.
  Result<void> write_index();

 private:
  std::uint32_t local_of(domain::StreamIndex stream);
  void close_record();
  Result<void> write();

  world::Files& files_;
  Catalog& catalog_;
  StreamTable& table_;
  Position next_;

  Segment segment_;        // with everything pending noted; `bytes` are the committed ones
  bool is_begun_ = false;  // segment_ has a header, written or pending
  bool is_named_ = false;  // its name in the directory survives a power cut
  bool is_dirty_ = false;  // the file may hold bytes after the committed ones
  std::unique_ptr<world::File> file_;
  std::vector<std::uint32_t> locals_;  // by StreamIndex: number in the segment + 1; 0: none
  std::vector<domain::Reading> last_;  // by number in the segment

  Bytes pending_;
  ReadingsEncoder encoder_;
  Bytes record_;  // of the encoder; definitions that its rows need come before it in pending_

  Segment closed_;      // of the index that is not written yet
  Bytes closed_index_;  // empty: none
};

}  // namespace lineside::store
