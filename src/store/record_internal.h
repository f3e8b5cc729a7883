// Records of a segment file: frames with a checksum, and the compact form of readings inside them.
// docs/formats/journal.md describes the bytes.
#pragma once

#include <cstdint>
#include <optional>

#include "base/bytes.h"
#include "domain/reading.h"
#include "store/journal.h"

namespace lineside::store {

inline constexpr std::uint32_t kMarker = 0x3152534c;     // "LSR1"
inline constexpr std::size_t kFrameBytes = 13;           // marker, length, CRC-32C, type
inline constexpr std::size_t kPayloadMax = 256 * 1024;   // a longer length is damage
inline constexpr std::uint32_t kRecordReadings = 4'096;  // in one record; keeps replay in the cache
inline constexpr Position kPositionMax = Position{1} << 62;
// Streams of one segment; bounds what a damaged number can make us allocate.
inline constexpr std::uint32_t kLocalMax = 1U << 20;

enum class RecordType : std::uint8_t { stream = 1, readings = 2 };

struct Record {
  RecordType type = RecordType::stream;
  ByteView payload;          // valid until the reader moves on
  std::uint64_t offset = 0;  // of the frame in the file
};

// A stream and its number in one segment. Texts beyond kNameBytesMax are cut.
inline constexpr std::size_t kNameBytesMax = 4'096;
struct StreamRecord {
  std::uint32_t local = 0;
  domain::StreamName name;
};
void put_stream(Bytes& out, const StreamRecord& stream);
std::optional<StreamRecord> parse_stream(ByteView payload);

// What a record of readings says of itself before its rows.
struct ReadingsHead {
  Position first = 0;
  std::uint32_t count = 0;
  std::int64_t min_time = 0;
  std::int64_t max_time = 0;
  ByteView rows;
  Position end() const { return first + count; }
};
std::optional<ReadingsHead> parse_readings(ByteView payload);

// The rows into `out`, which is overwritten; streams are numbers of the segment. False when the
// bytes are no rows: `out` is then of no use.
bool decode_rows(const ReadingsHead& head, domain::ReadingBatch& out);

// Writes one record of readings at a time at the end of a caller's buffer.
class ReadingsEncoder {
 public:
  bool is_open() const { return open_; }
  std::uint32_t count() const { return head_.count; }

  // The position of the record's first reading.
  void begin(Bytes& out, Position first);
  // Row `i` of `batch` under the number `local`; at most kRecordReadings rows.
  void put(Bytes& out, std::uint32_t local, const domain::ReadingBatch& batch, std::size_t i);
  // Completes the frame; `rows` of the result is empty.
  ReadingsHead finish(Bytes& out);
  // Where the open record's frame begins in the buffer.
  std::size_t start() const { return start_; }

 private:
  bool open_ = false;
  std::size_t start_ = 0;
  ReadingsHead head_;
  std::uint32_t stream_ = 0;
  std::uint64_t time_ = 0;
  std::uint64_t sequence_ = 0;
};

}  // namespace lineside::store
