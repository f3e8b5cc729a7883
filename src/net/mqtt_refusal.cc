#include <format>

#include "base/text.h"
#include "net/mqtt_refusal_internal.h"

namespace lineside::net {

namespace {

Code code_of(MqttReason reason) {
  using enum MqttReason;
  switch (reason) {
    case bad_credentials:
    case bad_auth_method:
      return Code::unauthenticated;
    case not_authorized:
    case banned:
      return Code::denied;
    case unsupported_version:
    case retain_not_supported:
    case qos_not_supported:
    case shared_not_supported:
    case subscription_ids_not_supported:
    case wildcards_not_supported:
      return Code::unsupported;
    case client_id_not_valid:
    case filter_invalid:
    case topic_invalid:
    case packet_too_large:
    case payload_format_invalid:
    case server_moved:
      return Code::invalid;
    case session_taken_over:
      return Code::conflict;
    case malformed_packet:
    case protocol_error:
    case packet_id_not_found:
    case topic_alias_invalid:
    case receive_max_exceeded:
      return Code::corrupt;
    default:
      return Code::unavailable;
  }
}

}  // namespace

Error refusal(std::string_view what, MqttReason reason, const MqttProperties& properties) {
  std::string text = std::format("{}: {}", what, to_text(reason));
  if (const auto words = properties.text(MqttProperty::reason_string)) {
    text += std::format(", \"{}\"", excerpt(*words));
  }
  if (const auto other = properties.text(MqttProperty::server_reference)) {
    text += std::format(", it points to \"{}\"", excerpt(*other));
  }
  return fail(code_of(reason), std::move(text));
}

}  // namespace lineside::net
