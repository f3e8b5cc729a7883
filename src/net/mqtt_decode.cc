#include <array>
#include <cstring>
#include <format>
#include <limits>

#include "base/text.h"
#include "net/mqtt_codec.h"
#include "net/mqtt_wire_internal.h"

namespace lineside::net {

namespace {

constexpr std::string_view kProtocolName = "MQTT";

// The body of one packet, being read.
struct Cursor {
  MqttType type;
  MqttVersion version;
  WireReader in;

  bool v5() const { return version == MqttVersion::v5; }
};

Error bad(MqttType type, std::string_view field, std::string_view expected,
          std::string_view found) {
  return fail(Code::corrupt,
              std::format("{}: {}: expected {}, found {}", to_text(type), field, expected, found));
}

Error bad(const Cursor& c, std::string_view field, std::string_view expected, unsigned found) {
  return bad(c.type, field, expected, std::format("0x{:02x}", found));
}

Error cut_off(const Cursor& c, std::string_view field) {
  return bad(c.type, field, "more bytes",
             std::format("the end of the packet after {}", c.in.position()));
}

Result<void> check_cut(const Cursor& c, std::string_view field) {
  if (!c.in.ok()) return cut_off(c, field);
  return {};
}

Result<void> check_end(const Cursor& c) {
  if (c.in.remaining() == 0) return {};
  return bad(c.type, "length", "the end of the packet",
             std::format("{} more bytes at {}", c.in.remaining(), c.in.position()));
}

// ASCII without NUL, eight bytes at a time: what nearly all topics are.
bool is_plain_ascii(std::string_view text) {
  constexpr std::uint64_t kOnes = 0x0101010101010101;
  constexpr std::uint64_t kHigh = 0x8080808080808080;
  while (text.size() >= sizeof(std::uint64_t)) {
    std::uint64_t word = 0;
    std::memcpy(&word, text.data(), sizeof word);
    // A byte below 1 borrows from its high bit; a byte above 0x7f has it.
    if (((word - kOnes) | word) & kHigh) return false;
    text.remove_prefix(sizeof word);
  }
  for (const char c : text) {
    if (c <= 0) return false;
  }
  return true;
}

Result<std::string_view> check_text(const Cursor& c, std::string_view field, ByteView bytes) {
  const std::string_view text = as_text(bytes);
  if (is_plain_ascii(text)) return text;
  if (!is_utf8(text) || text.contains('\0')) {
    return bad(c.type, field, "UTF-8 without U+0000", std::format("\"{}\"", excerpt(text)));
  }
  return text;
}

Result<std::string_view> read_text(Cursor& c, std::string_view field) {
  const ByteView bytes = c.in.binary();
  if (!c.in.ok()) return cut_off(c, field);
  return check_text(c, field, bytes);
}

Result<std::uint16_t> read_packet_id(Cursor& c) {
  const std::uint16_t id = c.in.u16();
  if (!c.in.ok()) return cut_off(c, "packet identifier");
  if (id == 0) return bad(c.type, "packet identifier", "1..65535", "0");
  return id;
}

Result<void> check_property(const Cursor& c, const PropertyValue& value, std::uint32_t place) {
  const PropertyTraits& traits = *value.traits;
  if ((traits.packets & 1U << place) == 0) {
    return bad(c.type, "properties", "one that is allowed here", traits.name);
  }
  switch (traits.kind) {
    case PropertyKind::binary:
      return {};
    case PropertyKind::text:
      TRY(check_text(c, traits.name, value.first));
      return {};
    case PropertyKind::pair:
      TRY(check_text(c, traits.name, value.first));
      TRY(check_text(c, traits.name, value.second));
      return {};
    default:
      break;
  }
  if (value.number < traits.min || value.number > traits.max) {
    return bad(c.type, traits.name, std::format("{}..{}", traits.min, traits.max),
               std::to_string(value.number));
  }
  return {};
}

// User properties, and in PUBLISH subscription identifiers, may come more than once.
bool may_repeat(const Cursor& c, const PropertyTraits& traits) {
  return traits.kind == PropertyKind::pair ||
         (c.type == MqttType::publish && traits.kind == PropertyKind::varint);
}

Result<void> check_properties(const Cursor& c, ByteView block, std::uint32_t place) {
  WireReader in(block);
  std::uint64_t seen = 0;
  while (in.remaining() > 0) {
    const std::size_t at = in.position();
    const PropertyValue value = read_property(in);
    if (value.traits == nullptr) {
      return bad(c.type, "properties", "a property identifier of MQTT 5",
                 std::format("0x{:02x} at {}", std::to_integer<unsigned>(block[at]), at));
    }
    if (!in.ok()) {
      return bad(c.type, value.traits->name, "more bytes", "the end of the properties");
    }
    TRY(check_property(c, value, place));
    const std::uint64_t bit = std::uint64_t{1} << value.traits->id;
    if ((seen & bit) != 0 && !may_repeat(c, *value.traits)) {
      return bad(c.type, value.traits->name, "it once", "it twice");
    }
    seen |= bit;
  }
  return {};
}

Result<MqttProperties> read_properties(Cursor& c, std::uint32_t place) {
  if (!c.v5()) return MqttProperties();
  const std::uint32_t length = c.in.varint();
  const ByteView block = c.in.bytes(length);
  if (!c.in.ok()) return cut_off(c, "properties");
  if (!block.empty()) TRY(check_properties(c, block, place));
  return MqttProperties(block);
}

Result<MqttProperties> read_properties(Cursor& c) {
  return read_properties(c, static_cast<std::uint32_t>(c.type));
}

// Reason and properties that MQTT 5 lets end early.
template <class Packet>
Result<void> read_outcome(Cursor& c, Packet& packet) {
  if (!c.v5() || c.in.remaining() == 0) return check_end(c);
  packet.reason = static_cast<MqttReason>(c.in.u8());
  if (c.in.remaining() == 0) return {};
  packet.properties = TRY(read_properties(c));
  return check_end(c);
}

Result<MqttWill> read_will(Cursor& c, unsigned flags) {
  MqttWill will;
  will.qos = static_cast<std::uint8_t>(flags >> 3 & 3);
  will.retain = (flags & 0x20) != 0;
  if (will.qos > 2) return bad(c.type, "will QoS", "0..2", "3");
  will.properties = TRY(read_properties(c, 0));
  will.topic = TRY(read_text(c, "will topic"));
  will.payload = c.in.binary();
  TRY(check_cut(c, "will payload"));
  return will;
}

Result<MqttVersion> read_version(Cursor& c) {
  const std::string_view name = as_text(c.in.binary());
  const std::uint8_t level = c.in.u8();
  TRY(check_cut(c, "protocol name and level"));
  if (name != kProtocolName) {
    return bad(c.type, "protocol name", "\"MQTT\"", std::format("\"{}\"", excerpt(name)));
  }
  if (level == 5) return MqttVersion::v5;
  if (level == 4) return MqttVersion::v3_1_1;
  return bad(c, "protocol level", "4 or 5", level);
}

Result<MqttConnect> decode_connect(Cursor& c) {
  MqttConnect packet;
  packet.version = c.version = TRY(read_version(c));
  const unsigned flags = c.in.u8();
  packet.keep_alive_s = c.in.u16();
  TRY(check_cut(c, "connect flags and keep alive"));
  if ((flags & 0x01) != 0) return bad(c, "connect flags", "bit 0 clear", flags);
  if ((flags & 0x04) == 0 && (flags & 0x38) != 0) {
    return bad(c, "connect flags", "no will QoS or retain without a will", flags);
  }
  if (!c.v5() && (flags & 0xc0) == 0x40) {
    return bad(c, "connect flags", "no password without a user name", flags);
  }
  packet.clean_start = (flags & 0x02) != 0;
  packet.properties = TRY(read_properties(c));
  packet.client_id = TRY(read_text(c, "client identifier"));
  if ((flags & 0x04) != 0) packet.will = TRY(read_will(c, flags));
  if ((flags & 0x80) != 0) packet.user = TRY(read_text(c, "user name"));
  if ((flags & 0x40) != 0) packet.password = c.in.binary();
  TRY(check_cut(c, "password"));
  TRY(check_end(c));
  return packet;
}

// Return codes 1 to 5 of MQTT 3.1.1, table 3.1.
constexpr std::array<MqttReason, 6> kConnackCodes = {MqttReason::success,
                                                     MqttReason::unsupported_version,
                                                     MqttReason::client_id_not_valid,
                                                     MqttReason::server_unavailable,
                                                     MqttReason::bad_credentials,
                                                     MqttReason::not_authorized};

Result<MqttConnack> decode_connack(Cursor& c) {
  MqttConnack packet;
  const unsigned flags = c.in.u8();
  const std::uint8_t code = c.in.u8();
  TRY(check_cut(c, "flags and reason"));
  if (flags > 1) return bad(c, "flags", "0 or 1", flags);
  packet.session_present = flags == 1;
  if (c.v5()) {
    packet.reason = static_cast<MqttReason>(code);
  } else {
    if (code >= kConnackCodes.size()) return bad(c, "return code", "0..5", code);
    packet.reason = kConnackCodes[code];
  }
  packet.properties = TRY(read_properties(c));
  TRY(check_end(c));
  return packet;
}

Result<MqttAck> decode_ack(Cursor& c) {
  MqttAck packet{.type = c.type};
  packet.packet_id = TRY(read_packet_id(c));
  TRY(read_outcome(c, packet));
  return packet;
}

Result<MqttFilter> read_filter(Cursor& c) {
  MqttFilter filter;
  filter.filter = TRY(read_text(c, "topic filter"));
  if (filter.filter.empty()) return bad(c.type, "topic filter", "at least one character", "none");
  if (c.type == MqttType::unsubscribe) return filter;
  const unsigned options = c.in.u8();
  TRY(check_cut(c, "subscription options"));
  filter.qos = static_cast<std::uint8_t>(options & 3);
  filter.no_local = (options & 0x04) != 0;
  filter.retain_as_published = (options & 0x08) != 0;
  filter.retain_handling = static_cast<std::uint8_t>(options >> 4 & 3);
  const unsigned reserved = c.v5() ? 0xc0 : 0xfc;
  if ((options & reserved) != 0 || filter.qos > 2 || filter.retain_handling > 2) {
    return bad(c, "subscription options", "QoS 0..2 and reserved bits clear", options);
  }
  return filter;
}

Result<MqttSubscribe> decode_subscribe(Cursor& c) {
  MqttSubscribe packet;
  packet.packet_id = TRY(read_packet_id(c));
  packet.properties = TRY(read_properties(c));
  do {
    packet.filters.push_back(TRY(read_filter(c)));
  } while (c.in.remaining() > 0);
  return packet;
}

Result<MqttUnsubscribe> decode_unsubscribe(Cursor& c) {
  MqttUnsubscribe packet;
  packet.packet_id = TRY(read_packet_id(c));
  packet.properties = TRY(read_properties(c));
  do {
    const MqttFilter filter = TRY(read_filter(c));
    packet.filters.push_back(filter.filter);
  } while (c.in.remaining() > 0);
  return packet;
}

Result<MqttSuback> decode_suback(Cursor& c) {
  MqttSuback packet{.type = c.type};
  packet.packet_id = TRY(read_packet_id(c));
  packet.properties = TRY(read_properties(c));
  const bool has_reasons = c.v5() || c.type == MqttType::suback;
  if (!has_reasons) {
    TRY(check_end(c));
    return packet;
  }
  if (c.in.remaining() == 0) return bad(c.type, "reasons", "at least one", "none");
  for (const std::byte byte : c.in.rest()) {
    const auto reason = std::to_integer<std::uint8_t>(byte);
    if (!c.v5() && reason > 2 && reason != 0x80) {
      return bad(c, "return code", "0, 1, 2 or 0x80", reason);
    }
    packet.reasons.push_back(static_cast<MqttReason>(reason));
  }
  return packet;
}

// Flags that the fixed header of each type must have; PUBLISH's are its own.
constexpr unsigned required_flags(MqttType type) {
  using enum MqttType;
  return type == pubrel || type == subscribe || type == unsubscribe ? 2 : 0;
}

Result<void> check_flags(MqttType type, unsigned flags) {
  if (type != MqttType::publish) {
    if (flags == required_flags(type)) return {};
    return bad(type, "flags", std::to_string(required_flags(type)), std::to_string(flags));
  }
  const unsigned qos = flags >> 1 & 3;
  if (qos == 3) return bad(type, "QoS", "0..2", "3");
  if (qos == 0 && (flags & 8) != 0) return bad(type, "flags", "no DUP with QoS 0", "DUP");
  return {};
}

}  // namespace

Result<std::optional<MqttHeader>> decode_header(ByteView in) {
  if (in.empty()) return std::optional<MqttHeader>();
  const auto first = std::to_integer<unsigned>(in[0]);
  MqttHeader header{.type = static_cast<MqttType>(first >> 4),
                    .flags = static_cast<std::uint8_t>(first & 0xf)};
  if (first >> 4 == 0) {
    return fail(Code::corrupt, "packet type: expected 1..15, found 0");
  }
  TRY(check_flags(header.type, header.flags));
  constexpr std::size_t kLengthBytesMax = 4;
  for (std::size_t i = 1; i <= kLengthBytesMax; ++i) {
    if (i >= in.size()) return std::optional<MqttHeader>();
    const auto byte = std::to_integer<std::size_t>(in[i]);
    header.body_size |= (byte & 0x7f) << 7 * (i - 1);
    if ((byte & 0x80) != 0) continue;
    if (byte == 0 && i > 1) {
      return bad(header.type, "remaining length", "its shortest form", "a last byte of 0");
    }
    header.header_size = 1 + i;
    return std::optional(header);
  }
  return bad(header.type, "remaining length", "at most 4 bytes", "more");
}

Result<MqttPublish> decode_publish(const MqttHeader& header, ByteView body, MqttVersion version) {
  Cursor c{header.type, version, WireReader(body)};
  MqttPublish packet;
  packet.qos = static_cast<std::uint8_t>(header.flags >> 1 & 3);
  packet.dup = (header.flags & 8) != 0;
  packet.retain = (header.flags & 1) != 0;
  packet.topic = TRY(read_text(c, "topic name"));
  if (packet.topic.find_first_of("+#") != std::string_view::npos) {
    return bad(c.type, "topic name", "no wildcards", std::format("\"{}\"", excerpt(packet.topic)));
  }
  if (packet.qos > 0) packet.packet_id = TRY(read_packet_id(c));
  packet.properties = TRY(read_properties(c));
  if (packet.topic.empty() && (!c.v5() || !packet.properties.number(MqttProperty::topic_alias))) {
    return bad(c.type, "topic name", "at least one character or a topic alias", "neither");
  }
  packet.payload = c.in.rest();
  return packet;
}

Result<MqttPacket> decode_packet(const MqttHeader& header, ByteView body, MqttVersion version) {
  Cursor c{header.type, version, WireReader(body)};
  switch (header.type) {
    case MqttType::connect:
      return MqttPacket(TRY(decode_connect(c)));
    case MqttType::connack:
      return MqttPacket(TRY(decode_connack(c)));
    case MqttType::publish:
      return MqttPacket(TRY(decode_publish(header, body, version)));
    case MqttType::puback:
    case MqttType::pubrec:
    case MqttType::pubrel:
    case MqttType::pubcomp:
      return MqttPacket(TRY(decode_ack(c)));
    case MqttType::subscribe:
      return MqttPacket(TRY(decode_subscribe(c)));
    case MqttType::unsubscribe:
      return MqttPacket(TRY(decode_unsubscribe(c)));
    case MqttType::suback:
    case MqttType::unsuback:
      return MqttPacket(TRY(decode_suback(c)));
    case MqttType::pingreq:
    case MqttType::pingresp: {
      TRY(check_end(c));
      return MqttPacket(MqttPing{header.type});
    }
    case MqttType::disconnect: {
      MqttDisconnect packet;
      TRY(read_outcome(c, packet));
      return MqttPacket(packet);
    }
    case MqttType::auth:
      break;
  }
  if (!c.v5()) return bad(c.type, "packet type", "one of MQTT 3.1.1", "15");
  MqttAuth packet;
  TRY(read_outcome(c, packet));
  return MqttPacket(packet);
}

}  // namespace lineside::net
