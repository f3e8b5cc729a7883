#include "net/mqtt_packet.h"

#include <algorithm>
#include <array>
#include <format>

#include "base/check.h"
#include "net/mqtt_wire_internal.h"

namespace lineside::net {

namespace {

struct ReasonName {
  MqttReason reason;
  std::string_view name;
};

constexpr auto kReasons = std::to_array<ReasonName>({
    {MqttReason::success, "success"},
    {MqttReason::granted_qos1, "granted QoS 1"},
    {MqttReason::granted_qos2, "granted QoS 2"},
    {MqttReason::disconnect_with_will, "disconnect with will message"},
    {MqttReason::no_matching_subscribers, "no matching subscribers"},
    {MqttReason::no_subscription_existed, "no subscription existed"},
    {MqttReason::continue_authentication, "continue authentication"},
    {MqttReason::reauthenticate, "re-authenticate"},
    {MqttReason::unspecified_error, "unspecified error"},
    {MqttReason::malformed_packet, "malformed packet"},
    {MqttReason::protocol_error, "protocol error"},
    {MqttReason::implementation_specific, "implementation specific error"},
    {MqttReason::unsupported_version, "unsupported protocol version"},
    {MqttReason::client_id_not_valid, "client identifier not valid"},
    {MqttReason::bad_credentials, "bad user name or password"},
    {MqttReason::not_authorized, "not authorized"},
    {MqttReason::server_unavailable, "server unavailable"},
    {MqttReason::server_busy, "server busy"},
    {MqttReason::banned, "banned"},
    {MqttReason::server_shutting_down, "server shutting down"},
    {MqttReason::bad_auth_method, "bad authentication method"},
    {MqttReason::keep_alive_timeout, "keep alive timeout"},
    {MqttReason::session_taken_over, "session taken over"},
    {MqttReason::filter_invalid, "topic filter invalid"},
    {MqttReason::topic_invalid, "topic name invalid"},
    {MqttReason::packet_id_in_use, "packet identifier in use"},
    {MqttReason::packet_id_not_found, "packet identifier not found"},
    {MqttReason::receive_max_exceeded, "receive maximum exceeded"},
    {MqttReason::topic_alias_invalid, "topic alias invalid"},
    {MqttReason::packet_too_large, "packet too large"},
    {MqttReason::message_rate_too_high, "message rate too high"},
    {MqttReason::quota_exceeded, "quota exceeded"},
    {MqttReason::administrative_action, "administrative action"},
    {MqttReason::payload_format_invalid, "payload format invalid"},
    {MqttReason::retain_not_supported, "retain not supported"},
    {MqttReason::qos_not_supported, "QoS not supported"},
    {MqttReason::use_another_server, "use another server"},
    {MqttReason::server_moved, "server moved"},
    {MqttReason::shared_not_supported, "shared subscriptions not supported"},
    {MqttReason::rate_exceeded, "connection rate exceeded"},
    {MqttReason::connect_time_exceeded, "maximum connect time exceeded"},
    {MqttReason::subscription_ids_not_supported, "subscription identifiers not supported"},
    {MqttReason::wildcards_not_supported, "wildcard subscriptions not supported"},
});

constexpr std::array<std::string_view, 16> kNames = {
    "packet type 0", "CONNECT",  "CONNACK",    "PUBLISH", "PUBACK",      "PUBREC",
    "PUBREL",        "PUBCOMP",  "SUBSCRIBE",  "SUBACK",  "UNSUBSCRIBE", "UNSUBACK",
    "PINGREQ",       "PINGRESP", "DISCONNECT", "AUTH"};

constexpr std::uint32_t packets(std::initializer_list<MqttType> types) {
  std::uint32_t mask = 0;
  for (const MqttType type : types) mask |= 1U << static_cast<unsigned>(type);
  return mask;
}

constexpr std::uint32_t kWill = 1;  // in the place of packet type 0, which does not exist

using enum MqttType;
constexpr std::uint32_t kAllButWill =
    packets({connack, puback, pubrec, pubrel, pubcomp, suback, unsuback, disconnect, auth});

// Table 2-4 of MQTT 5, and the value ranges of the sections it points to.
constexpr auto kProperties = std::to_array<PropertyTraits>({
    {0x01, "payload format indicator", PropertyKind::byte, packets({publish}) | kWill, 0, 1},
    {0x02, "message expiry interval", PropertyKind::u32, packets({publish}) | kWill},
    {0x03, "content type", PropertyKind::text, packets({publish}) | kWill},
    {0x08, "response topic", PropertyKind::text, packets({publish}) | kWill},
    {0x09, "correlation data", PropertyKind::binary, packets({publish}) | kWill},
    {0x0b, "subscription identifier", PropertyKind::varint, packets({publish, subscribe}), 1},
    {0x11, "session expiry interval", PropertyKind::u32, packets({connect, connack, disconnect})},
    {0x12, "assigned client identifier", PropertyKind::text, packets({connack})},
    {0x13, "server keep alive", PropertyKind::u16, packets({connack})},
    {0x15, "authentication method", PropertyKind::text, packets({connect, connack, auth})},
    {0x16, "authentication data", PropertyKind::binary, packets({connect, connack, auth})},
    {0x17, "request problem information", PropertyKind::byte, packets({connect}), 0, 1},
    {0x18, "will delay interval", PropertyKind::u32, kWill},
    {0x19, "request response information", PropertyKind::byte, packets({connect}), 0, 1},
    {0x1a, "response information", PropertyKind::text, packets({connack})},
    {0x1c, "server reference", PropertyKind::text, packets({connack, disconnect})},
    {0x1f, "reason string", PropertyKind::text, kAllButWill},
    {0x21, "receive maximum", PropertyKind::u16, packets({connect, connack}), 1, 65'535},
    {0x22, "topic alias maximum", PropertyKind::u16, packets({connect, connack})},
    {0x23, "topic alias", PropertyKind::u16, packets({publish}), 1, 65'535},
    {0x24, "maximum QoS", PropertyKind::byte, packets({connack}), 0, 1},
    {0x25, "retain available", PropertyKind::byte, packets({connack}), 0, 1},
    {0x26, "user property", PropertyKind::pair,
     kAllButWill | packets({connect, publish, subscribe, unsubscribe}) | kWill},
    {0x27, "maximum packet size", PropertyKind::u32, packets({connect, connack}), 1},
    {0x28, "wildcard subscription available", PropertyKind::byte, packets({connack}), 0, 1},
    {0x29, "subscription identifiers available", PropertyKind::byte, packets({connack}), 0, 1},
    {0x2a, "shared subscription available", PropertyKind::byte, packets({connack}), 0, 1},
});

}  // namespace

const PropertyTraits* property_traits(std::uint32_t id) {
  const auto* found = std::ranges::find(kProperties, id, &PropertyTraits::id);
  return found == kProperties.end() ? nullptr : found;
}

std::string_view to_text(MqttType type) { return kNames[static_cast<std::size_t>(type) & 0xf]; }

std::string to_text(MqttReason reason) {
  const auto* found = std::ranges::find(kReasons, reason, &ReasonName::reason);
  const std::string_view name = found == kReasons.end() ? "unknown reason" : found->name;
  return std::format("{} (0x{:02x})", name, static_cast<unsigned>(reason));
}

std::optional<std::uint32_t> MqttProperties::number(MqttProperty id) const {
  WireReader in(bytes_);
  while (in.remaining() > 0) {
    const PropertyValue value = read_property(in);
    if (!in.ok() || value.traits == nullptr) break;
    if (value.traits->id == static_cast<std::uint8_t>(id)) return value.number;
  }
  return std::nullopt;
}

std::optional<std::string_view> MqttProperties::text(MqttProperty id) const {
  WireReader in(bytes_);
  while (in.remaining() > 0) {
    const PropertyValue value = read_property(in);
    if (!in.ok() || value.traits == nullptr) break;
    if (value.traits->id == static_cast<std::uint8_t>(id)) return as_text(value.first);
  }
  return std::nullopt;
}

MqttPropertyWriter& MqttPropertyWriter::number(MqttProperty id, std::uint32_t value) {
  const PropertyTraits* traits = property_traits(static_cast<std::uint8_t>(id));
  CHECK(traits != nullptr);
  WireWriter out(bytes_);
  out.u8(static_cast<std::uint8_t>(id));
  switch (traits->kind) {
    case PropertyKind::byte:
      out.u8(static_cast<std::uint8_t>(value));
      break;
    case PropertyKind::u16:
      out.u16(static_cast<std::uint16_t>(value));
      break;
    case PropertyKind::u32:
      out.u32(value);
      break;
    case PropertyKind::varint:
      out.varint(value);
      break;
    default:
      CHECK(false);
  }
  return *this;
}

MqttPropertyWriter& MqttPropertyWriter::text(MqttProperty id, std::string_view value) {
  WireWriter out(bytes_);
  out.u8(static_cast<std::uint8_t>(id));
  out.binary(as_bytes(value));
  return *this;
}

MqttPropertyWriter& MqttPropertyWriter::user(std::string_view name, std::string_view value) {
  text(MqttProperty::user_property, name);
  WireWriter(bytes_).binary(as_bytes(value));
  return *this;
}

}  // namespace lineside::net
