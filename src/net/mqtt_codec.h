// Bytes to MQTT packets and back: no state, no copies, no allocation for PUBLISH and acks.
//
// Every malformed packet is a `corrupt` error that says which packet and field, what was expected
// and what was found. Pure; any thread.
#pragma once

#include <cstddef>
#include <optional>

#include "base/bytes.h"
#include "base/result.h"
#include "net/mqtt_packet.h"

namespace lineside::net {

// Largest remaining length of the standard (section 2.1.4 of MQTT 5).
inline constexpr std::size_t kMqttRemainingMax = 268'435'455;

// The fixed header of the packet that bytes begin with.
struct MqttHeader {
  MqttType type = MqttType::connect;
  std::uint8_t flags = 0;
  std::size_t header_size = 0;  // bytes of the fixed header
  std::size_t body_size = 0;    // the remaining length
  std::size_t size() const { return header_size + body_size; }
};

// Nothing: too few bytes to tell. Errors: corrupt (type 0, flags that the type does not allow,
// a length of more than four bytes).
Result<std::optional<MqttHeader>> decode_header(ByteView in);

// `body` is exactly the `header.body_size` bytes after the fixed header. A CONNECT says its own
// version; for all others `version` is the connection's.
Result<MqttPacket> decode_packet(const MqttHeader& header, ByteView body, MqttVersion version);

// The same for a PUBLISH alone. `body` may be a prefix of the body if it holds everything before
// the payload: the payload is then what there is of it.
Result<MqttPublish> decode_publish(const MqttHeader& header, ByteView body, MqttVersion version);

// Appends the packet to `out`. Texts and binary fields are at most 65,535 bytes, the whole is at
// most kMqttRemainingMax: checked. What 3.1.1 cannot say (properties, reasons) is left out.
void encode(const MqttPacket& packet, MqttVersion version, Bytes& out);
void encode(const MqttPublish& packet, MqttVersion version, Bytes& out);
void encode(const MqttAck& packet, MqttVersion version, Bytes& out);

// Bytes that encode() would append for this PUBLISH.
std::size_t encoded_size(const MqttPublish& packet, MqttVersion version);

}  // namespace lineside::net
