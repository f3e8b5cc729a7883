// What the broker's reason codes mean to us.
#pragma once

#include <string_view>

#include "base/result.h"
#include "net/mqtt_packet.h"

namespace lineside::net {

// "<what>: <reason>", with the broker's own words where it gave some. The code says whether a
// retry may help by itself.
Error refusal(std::string_view what, MqttReason reason, const MqttProperties& properties);

}  // namespace lineside::net
