// The wire types of MQTT (section 1.5 of MQTT 5) and the table of its properties.
#pragma once

#include <cstdint>
#include <string_view>

#include "base/bytes.h"
#include "base/check.h"

namespace lineside::net {

// Big-endian reads that never pass the end: the first short one makes ok() false for good, and it
// and all later ones yield nothing.
class WireReader {
 public:
  explicit WireReader(ByteView in) : in_(in) {}

  std::uint8_t u8() { return static_cast<std::uint8_t>(integer(1)); }
  std::uint16_t u16() { return static_cast<std::uint16_t>(integer(2)); }
  std::uint32_t u32() { return integer(4); }
  // Variable byte integer: at most four bytes and no longer than needed.
  std::uint32_t varint() {
    std::uint32_t value = 0;
    for (unsigned shift = 0; shift < 28; shift += 7) {
      const std::uint8_t byte = u8();
      value |= static_cast<std::uint32_t>(byte & 0x7f) << shift;
      if (byte & 0x80) continue;
      if (byte == 0 && shift > 0) ok_ = false;
      return ok_ ? value : 0;
    }
    ok_ = false;
    return 0;
  }
  ByteView bytes(std::size_t n) {
    if (!ok_ || n > remaining()) {
      ok_ = false;
      return {};
    }
    at_ += n;
    return in_.subspan(at_ - n, n);
  }
  ByteView binary() { return bytes(u16()); }
  ByteView rest() { return bytes(remaining()); }

  bool ok() const { return ok_; }
  std::size_t position() const { return at_; }
  std::size_t remaining() const { return in_.size() - at_; }

 private:
  std::uint32_t integer(std::size_t n) {
    std::uint32_t value = 0;
    for (const std::byte byte : bytes(n)) {
      value = value << 8 | std::to_integer<std::uint32_t>(byte);
    }
    return value;
  }

  ByteView in_;
  std::size_t at_ = 0;
  bool ok_ = true;
};

class WireWriter {
 public:
  explicit WireWriter(Bytes& out) : out_(out) {}

  void u8(unsigned value) { out_.push_back(static_cast<std::byte>(value)); }
  void u16(unsigned value) {
    u8(value >> 8 & 0xff);
    u8(value & 0xff);
  }
  void u32(std::uint32_t value) {
    u16(value >> 16);
    u16(value & 0xffff);
  }
  void varint(std::size_t value) {
    CHECK(value < std::size_t{1} << 28);
    while (value >= 0x80) {
      u8(static_cast<unsigned>(value & 0x7f) | 0x80);
      value >>= 7;
    }
    u8(static_cast<unsigned>(value));
  }
  void raw(ByteView bytes) { out_.insert(out_.end(), bytes.begin(), bytes.end()); }
  void binary(ByteView bytes) {
    CHECK(bytes.size() <= 0xffff);
    u16(static_cast<unsigned>(bytes.size()));
    raw(bytes);
  }

 private:
  Bytes& out_;
};

constexpr std::size_t varint_size(std::size_t value) {
  return value < 0x80 ? 1 : value < 0x4000 ? 2 : value < 0x20'0000 ? 3 : 4;
}

enum class PropertyKind : std::uint8_t { byte, u16, u32, varint, text, binary, pair };

struct PropertyTraits {
  std::uint8_t id;
  std::string_view name;
  PropertyKind kind;
  std::uint32_t packets;  // bit n: allowed in packet type n; bit 0: in a will
  std::uint32_t min = 0;
  std::uint32_t max = 0xffff'ffff;
};

// Null for ids that the standard does not define.
const PropertyTraits* property_traits(std::uint32_t id);

struct PropertyValue {
  const PropertyTraits* traits = nullptr;
  std::uint32_t number = 0;
  ByteView first;   // of a text, a binary or a pair
  ByteView second;  // of a pair
};

// The next property; when it is unknown, traits is null, and when it is cut off, in.ok() is false.
inline PropertyValue read_property(WireReader& in) {
  PropertyValue value;
  value.traits = property_traits(in.varint());
  if (!in.ok() || value.traits == nullptr) return value;
  switch (value.traits->kind) {
    case PropertyKind::byte:
      value.number = in.u8();
      break;
    case PropertyKind::u16:
      value.number = in.u16();
      break;
    case PropertyKind::u32:
      value.number = in.u32();
      break;
    case PropertyKind::varint:
      value.number = in.varint();
      break;
    case PropertyKind::text:
    case PropertyKind::binary:
      value.first = in.binary();
      break;
    case PropertyKind::pair:
      value.first = in.binary();
      value.second = in.binary();
  }
  return value;
}

}  // namespace lineside::net
