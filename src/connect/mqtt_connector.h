// MQTT as a connector: dials, keeps the session, reads in large pieces, acknowledges in batches.
#pragma once

#include <memory>

#include "connect/connector.h"

namespace lineside::connect {

Result<std::unique_ptr<Connector>> make_mqtt_connector(const domain::ConnectionSpec& spec,
                                                       ConnectorContext context);

}  // namespace lineside::connect
