#include <algorithm>
#include <charconv>
#include <format>
#include <limits>

#include "store/segment_internal.h"

namespace lineside::store {

namespace {

constexpr std::uint64_t kSegmentMagic = 0x314c4e524a45534c;  // "LSEJRNL1"
constexpr std::uint32_t kVersion = 1;
constexpr std::size_t kChunkBytes = 512 * 1024;

}  // namespace

void Segment::note(std::uint64_t offset, const ReadingsHead& head) {
  if (blocks.empty() || offset - blocks.back().offset >= kBlockBytes) {
    blocks.push_back({.offset = offset,
                      .first = head.first,
                      .min_time = head.min_time,
                      .max_time = head.max_time});
  }
  Block& block = blocks.back();
  block.min_time = std::min(block.min_time, head.min_time);
  block.max_time = std::max(block.max_time, head.max_time);
  end = head.end();
}

std::string segment_name(Position first) { return std::format("journal-{:020}.seg", first); }
std::string index_name(Position first) { return std::format("journal-{:020}.idx", first); }

std::optional<Position> parse_segment_name(std::string_view name) {
  Position first = 0;
  const std::size_t digits = std::string_view("journal-").size();
  if (name.size() != digits + 24) return std::nullopt;
  const auto [end, failure] =
      std::from_chars(name.data() + digits, name.data() + digits + 20, first);
  if (failure != std::errc() || first >= kPositionMax) return std::nullopt;
  if (segment_name(first) != name) return std::nullopt;
  return first;
}

Bytes segment_header(Position first) {
  Bytes header;
  ByteWriter writer(header);
  writer.put(kSegmentMagic);
  writer.put(kVersion);
  writer.put(first);
  writer.put(crc32c(header));
  return header;
}

Result<void> check_segment_header(ByteView bytes, Position first) {
  ByteReader reader(bytes);
  const auto magic = reader.get<std::uint64_t>();
  const auto version = reader.get<std::uint32_t>();
  const auto position = reader.get<Position>();
  const auto crc = reader.get<std::uint32_t>();
  const bool whole = reader.ok() && magic == kSegmentMagic &&
                     crc == crc32c(bytes.first(kSegmentHeaderBytes - sizeof crc));
  if (!whole) return fail(Code::corrupt, "the header is not that of a journal segment");
  if (version > kVersion) {
    return fail(Code::unsupported,
                std::format("expected journal format {} or older, found {}", kVersion, version));
  }
  if (position != first) {
    return fail(Code::corrupt,
                std::format("expected first position {}, found {}", first, position));
  }
  return {};
}

// ---- Records -----------------------------------------------------------------------------------

RecordReader::RecordReader(const world::File& file, std::uint64_t begin, std::uint64_t end)
    : file_(file), end_(end), at_(begin), good_end_(begin) {}

// At least `n` bytes from at_ on, fewer at the end.
Result<ByteView> RecordReader::peek(std::size_t n) {
  if (buffer_.size() - used_ < n) {
    buffer_.erase(buffer_.begin(), buffer_.begin() + static_cast<std::ptrdiff_t>(used_));
    used_ = 0;
    const std::size_t had = buffer_.size();
    const std::uint64_t ahead = end_ - std::min(end_, at_ + had);
    if (ahead == 0) return ByteView(buffer_);
    buffer_.resize(had + std::min<std::uint64_t>(ahead, std::max(n, kChunkBytes)));
    const auto got = TRY(file_.read_at(at_ + had, std::span(buffer_).subspan(had)));
    buffer_.resize(had + got);
  }
  return ByteView(buffer_).subspan(used_);
}

// Whether a whole record begins at at_.
Result<bool> RecordReader::parse(Record& out) {
  ByteReader frame(TRY(peek(kFrameBytes)));
  const auto marker = frame.get<std::uint32_t>();
  const auto length = frame.get<std::uint32_t>();
  const auto crc = frame.get<std::uint32_t>();
  const auto type = frame.get<std::uint8_t>();
  if (!frame.ok() || marker != kMarker || length > kPayloadMax) return false;
  const ByteView bytes = TRY(peek(kFrameBytes + length));
  if (bytes.size() < kFrameBytes + length) return false;
  const std::uint32_t of_length = crc32c(bytes.subspan(4, 4));
  if (crc32c(bytes.subspan(12, length + std::size_t{1}), of_length) != crc) return false;
  out = {.type = static_cast<RecordType>(type),
         .payload = bytes.subspan(kFrameBytes, length),
         .offset = at_};
  return true;
}

void RecordReader::skip_to_marker() {
  const auto from = buffer_.begin() + static_cast<std::ptrdiff_t>(used_);
  const auto low = static_cast<std::byte>(kMarker & 0xff);
  const auto found = std::find(from + 1, buffer_.end(), low);
  at_ += static_cast<std::uint64_t>(found - from);
  used_ += static_cast<std::size_t>(found - from);
}

Result<std::optional<Record>> RecordReader::next() {
  const std::uint64_t from = at_;
  Record record;
  for (;;) {
    if (TRY(peek(1)).empty()) return std::optional<Record>();
    if (TRY(parse(record))) break;
    skip_to_marker();
  }
  if (record.offset > from) {
    ++damaged_;
    if (!first_damage_) first_damage_ = from;
  }
  const std::size_t size = kFrameBytes + record.payload.size();
  at_ += size;
  used_ += size;
  good_end_ = at_;
  return std::optional(record);
}

// ---- Segments ----------------------------------------------------------------------------------

SegmentReader::SegmentReader(const world::File& file, const Segment& segment, Stretch stretch)
    : records_(file, stretch.begin, stretch.end), segment_(segment) {}

Result<const domain::ReadingBatch*> SegmentReader::next(const Wanted& wanted) {
  while (const auto record = TRY(records_.next())) {
    if (record->type != RecordType::readings) continue;
    const auto head = parse_readings(record->payload);
    if (!head || head->first < segment_.first || head->end() > segment_.end) {
      ++undecodable_;
      continue;
    }
    const bool hit = head->end() > wanted.from && head->min_time <= wanted.max_time &&
                     head->max_time >= wanted.min_time;
    if (!hit) continue;
    if (!decode_rows(*head, batch_)) {
      ++undecodable_;
      continue;
    }
    for (domain::StreamIndex& stream : batch_.stream) {
      stream = stream < segment_.streams.size() ? segment_.streams[stream] : domain::kNoStream;
    }
    position_ = head->first;
    return &batch_;
  }
  return nullptr;
}

void keep_last(std::vector<domain::Reading>& last, std::uint32_t local,
               const domain::Reading& reading) {
  if (local >= last.size()) last.resize(local + std::size_t{1});
  domain::Reading& kept = last[local];
  if (kept.stream == domain::kNoStream || reading.time >= kept.time) kept = reading;
}

namespace {

// Collects what the records of a segment say.
class Scan {
 public:
  Scan(Position first, StreamTable& table) : table_(table) {
    out.segment.first = first;
    out.segment.end = first;
  }

  // False when the record contradicts the ones before it or is of no known form.
  bool take(const Record& record) {
    if (record.type == RecordType::stream) return take_stream(record);
    if (record.type == RecordType::readings) return take_readings(record);
    return false;
  }

  SegmentScan out;

 private:
  bool take_stream(const Record& record) {
    const auto stream = parse_stream(record.payload);
    if (!stream) return false;
    name_slot(stream->local) = table_.intern(stream->name);
    return true;
  }

  bool take_readings(const Record& record) {
    const auto head = parse_readings(record.payload);
    if (!head || head->first < out.segment.end) return false;
    // A reading takes more than a byte, so positions cannot run ahead of the file.
    if (head->first - out.segment.first > record.offset) return false;
    if (!decode_rows(*head, batch_)) return false;
    const auto highest = std::ranges::max(batch_.stream);
    if (highest > kLocalMax) return false;
    name_slot(highest);
    for (std::size_t i = 0; i < batch_.size(); ++i) {
      const std::uint32_t local = batch_.stream[i];
      domain::Reading reading = batch_.at(i);
      reading.stream = out.segment.streams[local];
      if (reading.stream != domain::kNoStream) keep_last(out.last, local, reading);
    }
    out.segment.note(record.offset, *head);
    return true;
  }

  domain::StreamIndex& name_slot(std::uint32_t local) {
    auto& streams = out.segment.streams;
    if (local >= streams.size()) streams.resize(local + std::size_t{1}, domain::kNoStream);
    return streams[local];
  }

  StreamTable& table_;
  domain::ReadingBatch batch_;
};

}  // namespace

// No segment that was written here is larger; what lies beyond is not searched for records.
constexpr std::uint64_t kScanMax = 1ULL << 30;

Result<SegmentScan> scan_segment(const world::File& file, Position first, StreamTable& table) {
  Scan scan(first, table);
  SegmentScan& out = scan.out;
  out.file_bytes = TRY(file.size());
  Bytes header(kSegmentHeaderBytes);
  header.resize(TRY(file.read_at(0, header)));
  const auto fits = check_segment_header(header, first);
  if (!fits && fits.error().code == Code::unsupported) return fits.error();
  out.has_header = fits.has_value();
  const auto damage_at = [&](std::uint64_t offset) {
    if (!out.first_damage || offset < *out.first_damage) out.first_damage = offset;
    ++out.segment.damaged;
  };
  const std::uint64_t end = std::min(out.file_bytes, kScanMax);
  RecordReader records(file, std::min<std::uint64_t>(kSegmentHeaderBytes, end), end);
  bool any = false;
  while (const auto record = TRY(records.next())) {
    any = true;
    if (!scan.take(*record)) damage_at(record->offset);
  }
  if (!fits && any) damage_at(0);
  out.segment.damaged += records.damaged();
  if (const auto at = records.first_damage(); at && (!out.first_damage || *at < *out.first_damage))
    out.first_damage = at;
  out.segment.bytes = any ? records.good_end() : 0;
  return std::move(out);
}

// ---- Index files -------------------------------------------------------------------------------

namespace {

constexpr std::uint64_t kIndexMagic = 0x3158444e4945534c;  // "LSEINDX1"
constexpr std::size_t kIndexHeaderBytes = 16;

void put_last(ByteWriter& writer, const domain::Reading& reading) {
  writer.put(reading.time.ns);
  writer.put(reading.sequence);
  writer.put(reading.value);
  writer.put(static_cast<std::uint8_t>(reading.quality));
}

domain::Reading get_last(ByteReader& reader) {
  domain::Reading reading;
  reading.time.ns = reader.get<std::int64_t>();
  reading.sequence = reader.get<std::uint64_t>();
  reading.value = reader.get<double>();
  const auto quality = std::min<std::uint8_t>(reader.get<std::uint8_t>(), 2);
  reading.quality = static_cast<domain::Quality>(quality);
  return reading;
}

void put_streams(ByteWriter& writer, const SegmentScan& scan, const StreamTable& table) {
  const Segment& segment = scan.segment;
  const std::vector<domain::Reading>& last = scan.last;
  writer.put(static_cast<std::uint32_t>(segment.streams.size()));
  for (std::size_t local = 0; local < segment.streams.size(); ++local) {
    const bool known = segment.streams[local] != domain::kNoStream;
    const bool read = local < last.size() && last[local].stream != domain::kNoStream;
    const auto name = known ? table.name(segment.streams[local]) : domain::StreamName();
    writer.put(static_cast<std::uint8_t>((known ? 1 : 0) | (read ? 2 : 0)));
    writer.put_string(name.asset.substr(0, kNameBytesMax));
    writer.put_string(name.stream.substr(0, kNameBytesMax));
    writer.put_string(name.unit.substr(0, kNameBytesMax));
    if (read) put_last(writer, last[local]);
  }
}

void get_streams(ByteReader& reader, SegmentScan& out, StreamTable& table) {
  const auto count = reader.get<std::uint32_t>();
  for (std::uint32_t local = 0; local < count && reader.ok(); ++local) {
    const auto flags = reader.get<std::uint8_t>();
    domain::StreamName name;
    name.asset = reader.get_string();
    name.stream = reader.get_string();
    name.unit = reader.get_string();
    const bool known = (flags & 1) != 0 && reader.ok();
    out.segment.streams.push_back(known ? table.intern(name) : domain::kNoStream);
    if ((flags & 2) == 0) continue;
    domain::Reading reading = get_last(reader);
    reading.stream = out.segment.streams.back();
    if (known) keep_last(out.last, local, reading);
  }
}

}  // namespace

Bytes encode_index(const SegmentScan& scan, const StreamTable& table) {
  const Segment& segment = scan.segment;
  Bytes out;
  ByteWriter writer(out);
  writer.put(kIndexMagic);
  writer.put(kVersion);
  writer.put(std::uint32_t{0});
  writer.put(scan.file_bytes);
  writer.put(segment.first);
  writer.put(segment.end);
  writer.put(segment.bytes);
  writer.put(segment.damaged);
  put_streams(writer, scan, table);
  writer.put(static_cast<std::uint32_t>(segment.blocks.size()));
  for (const Block& block : segment.blocks) {
    writer.put(block.offset);
    writer.put(block.first);
    writer.put(block.min_time);
    writer.put(block.max_time);
  }
  const std::uint32_t crc = crc32c(ByteView(out).subspan(kIndexHeaderBytes));
  std::memcpy(out.data() + kIndexHeaderBytes - sizeof crc, &crc, sizeof crc);
  return out;
}

std::optional<SegmentScan> decode_index(ByteView bytes, std::uint64_t file_bytes,
                                        StreamTable& table) {
  ByteReader reader(bytes);
  if (reader.get<std::uint64_t>() != kIndexMagic) return std::nullopt;
  if (reader.get<std::uint32_t>() != kVersion) return std::nullopt;
  const auto crc = reader.get<std::uint32_t>();
  if (!reader.ok() || crc32c(bytes.subspan(kIndexHeaderBytes)) != crc) return std::nullopt;
  SegmentScan out;
  out.file_bytes = reader.get<std::uint64_t>();
  if (out.file_bytes != file_bytes) return std::nullopt;
  out.segment.first = reader.get<Position>();
  out.segment.end = reader.get<Position>();
  out.segment.bytes = reader.get<std::uint64_t>();
  out.segment.damaged = reader.get<std::uint64_t>();
  get_streams(reader, out, table);
  const auto blocks = reader.get<std::uint32_t>();
  for (std::uint32_t i = 0; i < blocks && reader.ok(); ++i) {
    Block block;
    block.offset = reader.get<std::uint64_t>();
    block.first = reader.get<Position>();
    block.min_time = reader.get<std::int64_t>();
    block.max_time = reader.get<std::int64_t>();
    out.segment.blocks.push_back(block);
  }
  const Segment& segment = out.segment;
  const bool sound = reader.ok() && reader.remaining() == 0 && segment.end >= segment.first &&
                     segment.end - segment.first <= file_bytes && segment.bytes <= file_bytes;
  if (!sound) return std::nullopt;
  out.segment.index_bytes = bytes.size();
  return out;
}

}  // namespace lineside::store
