#include <algorithm>
#include <array>
#include <bit>
#include <limits>

#include "base/check.h"
#include "store/record_internal.h"

namespace lineside::store {

namespace {

// One row: a byte of flags, then what the flags do not already say.
//   bits 0-2  value: 0-5 a whole number over 10^n, 6 a float, 7 a double
//   bit 3     the stream is the previous row's + 1
//   bit 4     the time is the previous row's
//   bit 5     the sequence is the previous row's
//   bits 6-7  quality
constexpr unsigned kDecimals = 6;  // powers of ten that are tried
constexpr unsigned kFloat = 6;
constexpr unsigned kDouble = 7;
constexpr unsigned kValueMask = 7;
constexpr unsigned kNextStream = 1U << 3;
constexpr unsigned kSameTime = 1U << 4;
constexpr unsigned kSameSequence = 1U << 5;
constexpr unsigned kQualityShift = 6;

constexpr std::array<double, kDecimals> kPowers = {1, 10, 100, 1'000, 10'000, 100'000};
constexpr double kWholeMax = 0x1p51;  // its varint is never longer than the double itself
constexpr std::size_t kRowMax = 1 + 5 + 10 + 10 + 8;
constexpr std::size_t kHeadBytes = 8 + 4 + 8 + 8;

constexpr std::uint64_t zigzag(std::int64_t value) {
  return (static_cast<std::uint64_t>(value) << 1) ^ static_cast<std::uint64_t>(value >> 63);
}
constexpr std::int64_t unzigzag(std::uint64_t value) {
  return static_cast<std::int64_t>((value >> 1) ^ (~(value & 1) + 1));
}

// LEB128. The caller has room for 10 bytes.
std::byte* put_varint(std::byte* to, std::uint64_t value) {
  while (value >= 0x80) {
    *to++ = static_cast<std::byte>(value | 0x80);
    value >>= 7;
  }
  *to++ = static_cast<std::byte>(value);
  return to;
}

template <class T>
std::byte* put_raw(std::byte* to, T value) {
  std::memcpy(to, &value, sizeof value);
  return to + sizeof value;
}

struct Whole {
  std::int64_t number = 0;
  unsigned decimals = 0;
};

// The value as a short decimal fraction, if dividing gives back exactly these bits. Most sensors
// report such fractions. Source of the idea: A. Afroozeh, L. Kuffo, P. Boncz, "ALP: Adaptive
// Lossless floating-Point compression", SIGMOD 2024.
std::optional<Whole> as_decimal(double value) {
  const auto bits = std::bit_cast<std::uint64_t>(value);
  for (unsigned decimals = 0; decimals < kDecimals; ++decimals) {
    const double scaled = value * kPowers[decimals];
    if (!(scaled > -kWholeMax && scaled < kWholeMax)) return std::nullopt;
    const auto number = static_cast<std::int64_t>(scaled + (scaled < 0 ? -0.5 : 0.5));
    const double back = static_cast<double>(number) / kPowers[decimals];
    if (std::bit_cast<std::uint64_t>(back) == bits) return Whole{number, decimals};
  }
  return std::nullopt;
}

bool is_float(double value) {
  constexpr double kMax = std::numeric_limits<float>::max();
  if (!(value >= -kMax && value <= kMax)) return false;
  const double back = static_cast<double>(static_cast<float>(value));
  return std::bit_cast<std::uint64_t>(back) == std::bit_cast<std::uint64_t>(value);
}

// Writes the value and returns its flag bits through `flags`.
std::byte* put_value(std::byte* to, double value, unsigned& flags) {
  if (const auto whole = as_decimal(value)) {
    flags |= whole->decimals;
    return put_varint(to, zigzag(whole->number));
  }
  if (is_float(value)) {
    flags |= kFloat;
    return put_raw(to, static_cast<float>(value));
  }
  flags |= kDouble;
  return put_raw(to, value);
}

// Reads rows; the first step past the end makes ok false for good.
class RowReader {
 public:
  explicit RowReader(ByteView in) : at_(in.data()), end_(in.data() + in.size()) {}

  bool ok() const { return ok_; }
  bool at_end() const { return at_ == end_; }

  std::uint8_t byte() {
    if (at_ == end_) return static_cast<std::uint8_t>(stop());
    return std::to_integer<std::uint8_t>(*at_++);
  }

  std::uint64_t varint() {
    std::uint64_t value = 0;
    for (unsigned shift = 0; shift < 64; shift += 7) {
      if (at_ == end_) return stop();
      const auto next = std::to_integer<std::uint64_t>(*at_++);
      value |= (next & 0x7f) << shift;
      if (next < 0x80) return value;
    }
    return stop();
  }

  template <class T>
  T raw() {
    T value{};
    if (static_cast<std::size_t>(end_ - at_) < sizeof value) {
      stop();
      return value;
    }
    std::memcpy(&value, at_, sizeof value);
    at_ += sizeof value;
    return value;
  }

  double value(unsigned form) {
    if (form < kDecimals) return static_cast<double>(unzigzag(varint())) / kPowers[form];
    if (form == kFloat) return static_cast<double>(raw<float>());
    return raw<double>();
  }

 private:
  std::uint64_t stop() {
    ok_ = false;
    at_ = end_;
    return 0;
  }
  const std::byte* at_;
  const std::byte* end_;
  bool ok_ = true;
};

std::size_t begin_frame(Bytes& out) {
  const std::size_t start = out.size();
  out.resize(start + kFrameBytes);
  return start;
}

// The checksum covers length, type and payload.
void end_frame(Bytes& out, std::size_t start, RecordType type) {
  const auto length = static_cast<std::uint32_t>(out.size() - start - kFrameBytes);
  CHECK(length <= kPayloadMax);
  std::byte* frame = out.data() + start;
  put_raw(frame, kMarker);
  put_raw(frame + 4, length);
  frame[12] = static_cast<std::byte>(type);
  const std::uint32_t of_length = crc32c({frame + 4, 4});
  put_raw(frame + 8, crc32c({frame + 12, length + std::size_t{1}}, of_length));
}

std::string_view cut(std::string_view text) { return text.substr(0, kNameBytesMax); }

}  // namespace

void put_stream(Bytes& out, const StreamRecord& stream) {
  const std::size_t start = begin_frame(out);
  ByteWriter writer(out);
  writer.put(stream.local);
  writer.put_string(cut(stream.name.asset));
  writer.put_string(cut(stream.name.stream));
  writer.put_string(cut(stream.name.unit));
  end_frame(out, start, RecordType::stream);
}

std::optional<StreamRecord> parse_stream(ByteView payload) {
  ByteReader reader(payload);
  StreamRecord stream;
  stream.local = reader.get<std::uint32_t>();
  stream.name.asset = reader.get_string();
  stream.name.stream = reader.get_string();
  stream.name.unit = reader.get_string();
  if (!reader.ok() || reader.remaining() > 0 || stream.local > kLocalMax) return std::nullopt;
  return stream;
}

std::optional<ReadingsHead> parse_readings(ByteView payload) {
  ByteReader reader(payload);
  ReadingsHead head;
  head.first = reader.get<Position>();
  head.count = reader.get<std::uint32_t>();
  head.min_time = reader.get<std::int64_t>();
  head.max_time = reader.get<std::int64_t>();
  head.rows = reader.get_bytes(reader.remaining());
  const bool sound =
      reader.ok() && head.count > 0 && head.count <= kRecordReadings && head.first < kPositionMax;
  if (!sound) return std::nullopt;
  return head;
}

bool decode_rows(const ReadingsHead& head, domain::ReadingBatch& out) {
  out.stream.resize(head.count);
  out.time_ns.resize(head.count);
  out.sequence.resize(head.count);
  out.value.resize(head.count);
  out.quality.resize(head.count);
  RowReader rows(head.rows);
  auto stream = std::numeric_limits<std::uint32_t>::max();
  std::uint64_t time = 0;
  std::uint64_t sequence = 0;
  for (std::uint32_t i = 0; i < head.count; ++i) {
    const unsigned flags = rows.byte();
    const std::uint64_t step = (flags & kNextStream) != 0 ? zigzag(1) : rows.varint();
    stream += static_cast<std::uint32_t>(unzigzag(step));
    if ((flags & kSameTime) == 0) time += static_cast<std::uint64_t>(unzigzag(rows.varint()));
    if ((flags & kSameSequence) == 0) {
      sequence += static_cast<std::uint64_t>(unzigzag(rows.varint()));
    }
    const unsigned quality = flags >> kQualityShift;
    if (!rows.ok() || quality > static_cast<unsigned>(domain::Quality::bad)) return false;
    out.stream[i] = stream;
    out.time_ns[i] = static_cast<std::int64_t>(time);
    out.sequence[i] = sequence;
    out.value[i] = rows.value(flags & kValueMask);
    out.quality[i] = static_cast<domain::Quality>(quality);
  }
  return rows.ok() && rows.at_end();
}

void ReadingsEncoder::begin(Bytes& out, Position first) {
  DCHECK(!open_);
  open_ = true;
  start_ = begin_frame(out);
  out.resize(out.size() + kHeadBytes);
  head_ = {.first = first,
           .count = 0,
           .min_time = std::numeric_limits<std::int64_t>::max(),
           .max_time = std::numeric_limits<std::int64_t>::min(),
           .rows = {}};
  stream_ = std::numeric_limits<std::uint32_t>::max();
  time_ = 0;
  sequence_ = 0;
}

void ReadingsEncoder::put(Bytes& out, std::uint32_t local, const domain::ReadingBatch& batch,
                          std::size_t i) {
  DCHECK(open_ && head_.count < kRecordReadings);
  std::array<std::byte, kRowMax> row;
  std::byte* to = row.data() + 1;
  unsigned flags = static_cast<unsigned>(batch.quality[i]) << kQualityShift;
  const auto step = static_cast<std::int32_t>(local - stream_);
  if (step == 1) {
    flags |= kNextStream;
  } else {
    to = put_varint(to, zigzag(step));
  }
  const auto time = static_cast<std::uint64_t>(batch.time_ns[i]);
  if (time == time_) {
    flags |= kSameTime;
  } else {
    to = put_varint(to, zigzag(static_cast<std::int64_t>(time - time_)));
  }
  if (batch.sequence[i] == sequence_) {
    flags |= kSameSequence;
  } else {
    to = put_varint(to, zigzag(static_cast<std::int64_t>(batch.sequence[i] - sequence_)));
  }
  to = put_value(to, batch.value[i], flags);
  row[0] = static_cast<std::byte>(flags);
  out.insert(out.end(), row.data(), to);
  stream_ = local;
  time_ = time;
  sequence_ = batch.sequence[i];
  ++head_.count;
  head_.min_time = std::min(head_.min_time, batch.time_ns[i]);
  head_.max_time = std::max(head_.max_time, batch.time_ns[i]);
}

ReadingsHead ReadingsEncoder::finish(Bytes& out) {
  DCHECK(open_ && head_.count > 0);
  open_ = false;
  std::byte* to = out.data() + start_ + kFrameBytes;
  to = put_raw(to, head_.first);
  to = put_raw(to, head_.count);
  to = put_raw(to, head_.min_time);
  put_raw(to, head_.max_time);
  end_frame(out, start_, RecordType::readings);
  return head_;
}

}  // namespace lineside::store
