// What an MQTT connector makes of its spec before it connects.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "codec/payload.h"
#include "connect/connector.h"
#include "domain/connection.h"
#include "net/mqtt_session.h"
#include "world/stream.h"

namespace lineside::connect {

// All that needs a new connection when it changes.
struct MqttLink {
  world::Endpoint endpoint;
  std::optional<domain::TlsSpec> tls;  // files with their folder
  domain::MqttVersion version{};
  std::string client_id;
  std::string user;
  std::optional<std::string> password;
  Duration keep_alive;
  Duration session_expiry;
  int receive_max = 0;
  std::int64_t payload_max = 0;
  bool operator==(const MqttLink&) const = default;
};

struct MqttSettings {
  MqttLink link;
  std::vector<net::MqttSubscription> subscriptions;
  codec::PayloadMap map;
};

// Errors: invalid, naming the field.
Result<std::unique_ptr<MqttSettings>> read_settings(const domain::ConnectionSpec& spec,
                                                    const ConnectorContext& context);

net::MqttSessionOptions session_options(const MqttSettings& settings);
std::optional<world::TlsOptions> tls_options(const MqttLink& link);

}  // namespace lineside::connect
