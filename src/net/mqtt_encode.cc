#include <algorithm>
#include <array>

#include "base/check.h"
#include "net/mqtt_codec.h"
#include "net/mqtt_wire_internal.h"

namespace lineside::net {

namespace {

constexpr bool is_v5(MqttVersion version) { return version == MqttVersion::v5; }

void put_header(MqttType type, unsigned flags, std::size_t body_size, Bytes& out) {
  WireWriter writer(out);
  writer.u8(static_cast<unsigned>(type) << 4 | flags);
  writer.varint(body_size);
}

void put_properties(const MqttProperties& properties, MqttVersion version, Bytes& out) {
  if (!is_v5(version)) return;
  WireWriter writer(out);
  writer.varint(properties.bytes().size());
  writer.raw(properties.bytes());
}

void put_text(std::string_view text, Bytes& out) { WireWriter(out).binary(as_bytes(text)); }

// Reason and properties, left out as far as they say nothing.
void put_outcome(MqttReason reason, const MqttProperties& properties, MqttVersion version,
                 Bytes& out) {
  if (!is_v5(version) || (reason == MqttReason::success && properties.empty())) return;
  WireWriter(out).u8(static_cast<unsigned>(reason));
  if (!properties.empty()) put_properties(properties, version, out);
}

void put_body(const MqttConnect& packet, MqttVersion, Bytes& out) {
  WireWriter writer(out);
  put_text("MQTT", out);
  writer.u8(is_v5(packet.version) ? 5 : 4);
  unsigned flags = packet.clean_start ? 0x02 : 0;
  if (packet.will) {
    flags |=
        0x04U | static_cast<unsigned>(packet.will->qos) << 3 | (packet.will->retain ? 0x20U : 0U);
  }
  if (packet.user) flags |= 0x80;
  if (packet.password) flags |= 0x40;
  writer.u8(flags);
  writer.u16(packet.keep_alive_s);
  put_properties(packet.properties, packet.version, out);
  put_text(packet.client_id, out);
  if (packet.will) {
    put_properties(packet.will->properties, packet.version, out);
    put_text(packet.will->topic, out);
    writer.binary(packet.will->payload);
  }
  if (packet.user) put_text(*packet.user, out);
  if (packet.password) writer.binary(*packet.password);
}

// The return code of MQTT 3.1.1 nearest to a reason of MQTT 5.
unsigned connack_code(MqttReason reason) {
  switch (reason) {
    case MqttReason::success:
      return 0;
    case MqttReason::unsupported_version:
      return 1;
    case MqttReason::client_id_not_valid:
      return 2;
    case MqttReason::bad_credentials:
      return 4;
    case MqttReason::not_authorized:
    case MqttReason::banned:
      return 5;
    default:
      return 3;
  }
}

void put_body(const MqttConnack& packet, MqttVersion version, Bytes& out) {
  WireWriter writer(out);
  writer.u8(packet.session_present ? 1 : 0);
  writer.u8(is_v5(version) ? static_cast<unsigned>(packet.reason) : connack_code(packet.reason));
  put_properties(packet.properties, version, out);
}

void put_body(const MqttSubscribe& packet, MqttVersion version, Bytes& out) {
  WireWriter writer(out);
  writer.u16(packet.packet_id);
  put_properties(packet.properties, version, out);
  for (const MqttFilter& filter : packet.filters) {
    put_text(filter.filter, out);
    unsigned options = filter.qos;
    if (is_v5(version)) {
      options |= (filter.no_local ? 0x04U : 0U) | (filter.retain_as_published ? 0x08U : 0U) |
                 static_cast<unsigned>(filter.retain_handling) << 4;
    }
    writer.u8(options);
  }
}

void put_body(const MqttUnsubscribe& packet, MqttVersion version, Bytes& out) {
  WireWriter(out).u16(packet.packet_id);
  put_properties(packet.properties, version, out);
  for (const std::string_view filter : packet.filters) put_text(filter, out);
}

void put_body(const MqttSuback& packet, MqttVersion version, Bytes& out) {
  WireWriter writer(out);
  writer.u16(packet.packet_id);
  put_properties(packet.properties, version, out);
  if (!is_v5(version) && packet.type == MqttType::unsuback) return;
  for (const MqttReason reason : packet.reasons) {
    const bool refused = !is_v5(version) && is_failure(reason);
    writer.u8(refused ? 0x80U : static_cast<unsigned>(reason));
  }
}

void put_body(const MqttPing&, MqttVersion, Bytes&) {}

void put_body(const MqttDisconnect& packet, MqttVersion version, Bytes& out) {
  put_outcome(packet.reason, packet.properties, version, out);
}

void put_body(const MqttAuth& packet, MqttVersion version, Bytes& out) {
  put_outcome(packet.reason, packet.properties, version, out);
}

MqttType type_of(const MqttConnect&) { return MqttType::connect; }
MqttType type_of(const MqttConnack&) { return MqttType::connack; }
MqttType type_of(const MqttSubscribe&) { return MqttType::subscribe; }
MqttType type_of(const MqttUnsubscribe&) { return MqttType::unsubscribe; }
MqttType type_of(const MqttSuback& packet) { return packet.type; }
MqttType type_of(const MqttPing& packet) { return packet.type; }
MqttType type_of(const MqttDisconnect&) { return MqttType::disconnect; }
MqttType type_of(const MqttAuth&) { return MqttType::auth; }

unsigned flags_of(MqttType type) {
  using enum MqttType;
  return type == pubrel || type == subscribe || type == unsubscribe ? 2 : 0;
}

std::size_t body_size(const MqttPublish& packet, MqttVersion version) {
  const std::size_t properties = packet.properties.bytes().size();
  return 2 + packet.topic.size() + (packet.qos > 0 ? 2 : 0) +
         (is_v5(version) ? varint_size(properties) + properties : 0) + packet.payload.size();
}

}  // namespace

std::size_t encoded_size(const MqttPublish& packet, MqttVersion version) {
  const std::size_t body = body_size(packet, version);
  return 1 + varint_size(body) + body;
}

void encode(const MqttPublish& packet, MqttVersion version, Bytes& out) {
  const unsigned flags =
      (packet.dup ? 8U : 0U) | static_cast<unsigned>(packet.qos) << 1 | (packet.retain ? 1U : 0U);
  put_header(MqttType::publish, flags, body_size(packet, version), out);
  put_text(packet.topic, out);
  if (packet.qos > 0) WireWriter(out).u16(packet.packet_id);
  put_properties(packet.properties, version, out);
  WireWriter(out).raw(packet.payload);
}

void encode(const MqttAck& packet, MqttVersion version, Bytes& out) {
  const unsigned flags = flags_of(packet.type);
  if (!is_v5(version) || (packet.reason == MqttReason::success && packet.properties.empty())) {
    put_header(packet.type, flags, 2, out);
    WireWriter(out).u16(packet.packet_id);
    return;
  }
  const std::size_t properties = packet.properties.bytes().size();
  put_header(packet.type, flags, 3 + (properties > 0 ? varint_size(properties) + properties : 0),
             out);
  WireWriter(out).u16(packet.packet_id);
  put_outcome(packet.reason, packet.properties, version, out);
}

void encode(const MqttPacket& packet, MqttVersion version, Bytes& out) {
  std::visit(
      [&]<class P>(const P& p) {
        if constexpr (std::is_same_v<P, MqttPublish> || std::is_same_v<P, MqttAck>) {
          encode(p, version, out);
        } else {
          Bytes body;
          put_body(p, version, body);
          put_header(type_of(p), flags_of(type_of(p)), body.size(), out);
          WireWriter(out).raw(body);
        }
      },
      packet);
}

}  // namespace lineside::net
