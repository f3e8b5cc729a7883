// The packets of MQTT 3.1.1 and 5 (OASIS standards of 2014-10-29 and 2019-03-07), as views.
//
// One set of structs serves both versions and both directions. Texts, payloads and properties are
// views: of the received bytes when decoded, of the caller's memory when encoded. Reason codes are
// those of MQTT 5; the codec translates the fewer codes of 3.1.1.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/bytes.h"
#include "domain/connection.h"

namespace lineside::net {

using MqttVersion = domain::MqttVersion;

enum class MqttType : std::uint8_t {
  connect = 1,
  connack,
  publish,
  puback,
  pubrec,
  pubrel,
  pubcomp,
  subscribe,
  suback,
  unsubscribe,
  unsuback,
  pingreq,
  pingresp,
  disconnect,
  auth,
};
std::string_view to_text(MqttType type);  // "PUBLISH"

// MQTT 5 section 2.2.2.2.
enum class MqttProperty : std::uint8_t {
  payload_format = 0x01,
  message_expiry = 0x02,
  content_type = 0x03,
  response_topic = 0x08,
  correlation_data = 0x09,
  subscription_id = 0x0b,
  session_expiry = 0x11,
  assigned_client_id = 0x12,
  server_keep_alive = 0x13,
  auth_method = 0x15,
  auth_data = 0x16,
  request_problem = 0x17,
  will_delay = 0x18,
  request_response = 0x19,
  response_information = 0x1a,
  server_reference = 0x1c,
  reason_string = 0x1f,
  receive_max = 0x21,
  topic_alias_max = 0x22,
  topic_alias = 0x23,
  qos_max = 0x24,
  retain_available = 0x25,
  user_property = 0x26,
  packet_max = 0x27,
  wildcard_available = 0x28,
  subscription_ids_available = 0x29,
  shared_available = 0x2a,
};

// MQTT 5 section 2.4. Values from 0x80 are failures.
enum class MqttReason : std::uint8_t {
  success = 0x00,
  granted_qos1 = 0x01,
  granted_qos2 = 0x02,
  disconnect_with_will = 0x04,
  no_matching_subscribers = 0x10,
  no_subscription_existed = 0x11,
  continue_authentication = 0x18,
  reauthenticate = 0x19,
  unspecified_error = 0x80,
  malformed_packet = 0x81,
  protocol_error = 0x82,
  implementation_specific = 0x83,
  unsupported_version = 0x84,
  client_id_not_valid = 0x85,
  bad_credentials = 0x86,
  not_authorized = 0x87,
  server_unavailable = 0x88,
  server_busy = 0x89,
  banned = 0x8a,
  server_shutting_down = 0x8b,
  bad_auth_method = 0x8c,
  keep_alive_timeout = 0x8d,
  session_taken_over = 0x8e,
  filter_invalid = 0x8f,
  topic_invalid = 0x90,
  packet_id_in_use = 0x91,
  packet_id_not_found = 0x92,
  receive_max_exceeded = 0x93,
  topic_alias_invalid = 0x94,
  packet_too_large = 0x95,
  message_rate_too_high = 0x96,
  quota_exceeded = 0x97,
  administrative_action = 0x98,
  payload_format_invalid = 0x99,
  retain_not_supported = 0x9a,
  qos_not_supported = 0x9b,
  use_another_server = 0x9c,
  server_moved = 0x9d,
  shared_not_supported = 0x9e,
  rate_exceeded = 0x9f,
  connect_time_exceeded = 0xa0,
  subscription_ids_not_supported = 0xa1,
  wildcards_not_supported = 0xa2,
};
constexpr bool is_failure(MqttReason reason) { return static_cast<unsigned>(reason) >= 0x80; }
std::string to_text(MqttReason reason);  // "not authorized (0x87)"; unknown ones by number

// The property block of one packet: valid bytes without the length in front. What the codec decodes
// was checked (known, allowed in this packet, once, in range), so that looking up cannot fail.
class MqttProperties {
 public:
  MqttProperties() = default;
  explicit MqttProperties(ByteView valid) : bytes_(valid) {}

  bool empty() const { return bytes_.empty(); }
  ByteView bytes() const { return bytes_; }
  // The first value of a byte, two byte, four byte or variable byte property.
  std::optional<std::uint32_t> number(MqttProperty id) const;
  // The first value of a string or binary property.
  std::optional<std::string_view> text(MqttProperty id) const;

 private:
  ByteView bytes_;
};

// Builds a property block; its bytes live as long as this.
class MqttPropertyWriter {
 public:
  MqttPropertyWriter& number(MqttProperty id, std::uint32_t value);
  MqttPropertyWriter& text(MqttProperty id, std::string_view value);
  MqttPropertyWriter& user(std::string_view name, std::string_view value);
  MqttProperties view() const { return MqttProperties(bytes_); }

 private:
  Bytes bytes_;
};

struct MqttWill {
  std::string_view topic;
  ByteView payload;
  MqttProperties properties = {};
  std::uint8_t qos = 0;
  bool retain = false;
};

struct MqttConnect {
  MqttVersion version = MqttVersion::v5;
  bool clean_start = false;  // 3.1.1: clean session
  std::uint16_t keep_alive_s = 0;
  std::string_view client_id;
  std::optional<MqttWill> will;
  std::optional<std::string_view> user;
  std::optional<ByteView> password;
  MqttProperties properties = {};
};

struct MqttConnack {
  bool session_present = false;
  MqttReason reason = MqttReason::success;
  MqttProperties properties = {};
};

struct MqttPublish {
  std::string_view topic;  // empty: the topic alias says it
  ByteView payload;
  MqttProperties properties = {};
  std::uint16_t packet_id = 0;  // 0 for QoS 0
  std::uint8_t qos = 0;
  bool dup = false;
  bool retain = false;
};

// PUBACK, PUBREC, PUBREL or PUBCOMP.
struct MqttAck {
  MqttType type = MqttType::puback;
  std::uint16_t packet_id = 0;
  MqttReason reason = MqttReason::success;
  MqttProperties properties = {};
};

struct MqttFilter {
  std::string_view filter;
  std::uint8_t qos = 0;
  bool no_local = false;             // MQTT 5 only, as are the next two
  bool retain_as_published = false;  //
  std::uint8_t retain_handling = 0;  // 0: send, 1: send if the subscription is new, 2: do not
};

struct MqttSubscribe {
  std::uint16_t packet_id = 0;
  std::vector<MqttFilter> filters;
  MqttProperties properties = {};
};

struct MqttUnsubscribe {
  std::uint16_t packet_id = 0;
  std::vector<std::string_view> filters;
  MqttProperties properties = {};
};

// SUBACK or UNSUBACK: one reason per filter (none in the UNSUBACK of 3.1.1).
struct MqttSuback {
  MqttType type = MqttType::suback;
  std::uint16_t packet_id = 0;
  std::vector<MqttReason> reasons = {};
  MqttProperties properties = {};
};

// PINGREQ or PINGRESP.
struct MqttPing {
  MqttType type = MqttType::pingreq;
};

struct MqttDisconnect {
  MqttReason reason = MqttReason::success;
  MqttProperties properties = {};
};

struct MqttAuth {
  MqttReason reason = MqttReason::success;
  MqttProperties properties = {};
};

using MqttPacket = std::variant<MqttConnect, MqttConnack, MqttPublish, MqttAck, MqttSubscribe,
                                MqttUnsubscribe, MqttSuback, MqttPing, MqttDisconnect, MqttAuth>;

}  // namespace lineside::net
