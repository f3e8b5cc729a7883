// One segment file of a journal: what is known of it, and reading it.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "domain/reading.h"
#include "store/journal.h"
#include "store/record_internal.h"
#include "world/files.h"

namespace lineside::store {

inline constexpr std::size_t kSegmentHeaderBytes = 24;
inline constexpr std::uint64_t kBlockBytes = 256 * 1024;

// A stretch of records of about kBlockBytes: where readers may start, and why they may not need to.
struct Block {
  std::uint64_t offset = 0;
  Position first = 0;
  std::int64_t min_time = 0;
  std::int64_t max_time = 0;
  bool operator==(const Block&) const = default;
};

// Grows with the journal by about one Block per kBlockBytes and one number per stream.
struct Segment {
  Position first = 0;             // in the file's name
  Position end = 0;               // after its last reading
  std::uint64_t bytes = 0;        // committed; what follows in the file is not to be read
  std::uint64_t index_bytes = 0;  // of the index file beside it
  std::uint64_t damaged = 0;      // places with wrong bytes
  std::vector<domain::StreamIndex> streams;  // by number in the segment; kNoStream: lost
  std::vector<Block> blocks;

  // Adds a whole record at `offset`.
  void note(std::uint64_t offset, const ReadingsHead& head);
};

std::string segment_name(Position first);  // "journal-<20 digits>.seg"
std::string index_name(Position first);    // "journal-<20 digits>.idx"
std::optional<Position> parse_segment_name(std::string_view name);

Bytes segment_header(Position first);
// Errors: corrupt, with what was found; unsupported for a newer version.
Result<void> check_segment_header(ByteView bytes, Position first);

// Whole records of [begin, end) of a file, in order. Bytes that are no record are passed over.
class RecordReader {
 public:
  RecordReader(const world::File& file, std::uint64_t begin, std::uint64_t end);
  // Nothing at the end. Errors: those of reading the file.
  Result<std::optional<Record>> next();
  std::uint64_t good_end() const { return good_end_; }  // just after the last whole record
  std::uint64_t damaged() const { return damaged_; }    // places between whole records
  std::optional<std::uint64_t> first_damage() const { return first_damage_; }

 private:
  Result<ByteView> peek(std::size_t n);
  Result<bool> parse(Record& out);
  void skip_to_marker();

  const world::File& file_;
  const std::uint64_t end_;
  std::uint64_t at_;  // of the next byte to look at
  std::uint64_t good_end_;
  std::uint64_t damaged_ = 0;
  std::optional<std::uint64_t> first_damage_;
  Bytes buffer_;
  std::size_t used_ = 0;  // bytes of the buffer before at_
};

// Readings of a segment in whole records, decoded, under the process's indexes.
struct Stretch {
  std::uint64_t begin = 0;  // offsets in the file
  std::uint64_t end = 0;
};
class SegmentReader {
 public:
  // `file` and `segment` outlive this.
  SegmentReader(const world::File& file, const Segment& segment, Stretch stretch);
  // The next record that overlaps the times and ends after `from`; nothing at the end. Rows of
  // streams whose definition was lost have kNoStream. The batch is valid until the next call.
  struct Wanted {
    Position from = 0;
    std::int64_t min_time = 0;
    std::int64_t max_time = 0;
  };
  Result<const domain::ReadingBatch*> next(const Wanted& wanted);
  Position position() const { return position_; }  // of the batch's first reading
  std::uint64_t damaged() const { return records_.damaged() + undecodable_; }

 private:
  RecordReader records_;
  const Segment& segment_;
  domain::ReadingBatch batch_;
  Position position_ = 0;
  std::uint64_t undecodable_ = 0;
};

// What a full read of a segment file yields: the segment, and what its index file keeps.
struct SegmentScan {
  Segment segment;
  std::vector<domain::Reading> last;  // by number in the segment; kNoStream: none
  std::uint64_t file_bytes = 0;
  std::optional<std::uint64_t> first_damage;
  bool has_header = true;  // the file begins with the right one
};
// `segment.bytes` ends with the last whole record. Interns the segment's streams.
// Errors: unsupported (newer version), and those of reading. Damage is no error.
Result<SegmentScan> scan_segment(const world::File& file, Position first, StreamTable& table);

// Keeps of `last[local]` the reading with the newest source time, the later one of equal times.
void keep_last(std::vector<domain::Reading>& last, std::uint32_t local,
               const domain::Reading& reading);

// The index file of a closed segment, which spares a full read of it.
Bytes encode_index(const SegmentScan& scan, const StreamTable& table);
// Nothing when the bytes are damaged, of another version or of another size of the segment file.
std::optional<SegmentScan> decode_index(ByteView bytes, std::uint64_t file_bytes,
                                        StreamTable& table);

}  // namespace lineside::store
