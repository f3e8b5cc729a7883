// Which connector speaks which protocol.
#include <array>
#include <format>
#include <utility>

#include "connect/connector.h"
#include "connect/mqtt_connector.h"

namespace lineside::connect {

namespace {

using Factory = Result<std::unique_ptr<Connector>> (*)(const domain::ConnectionSpec&,
                                                       ConnectorContext);

struct Entry {
  domain::Protocol protocol;
  Factory make;
};

constexpr std::array<Entry, 1> kConnectors = {{
    {domain::Protocol::mqtt, &make_mqtt_connector},
}};

}  // namespace

Result<std::unique_ptr<Connector>> make_connector(const domain::ConnectionSpec& spec,
                                                  ConnectorContext context) {
  for (const Entry& entry : kConnectors) {
    if (entry.protocol == spec.protocol) return entry.make(spec, std::move(context));
  }
  return fail(Code::unsupported, std::format("expected a protocol that has a connector, found {}",
                                             to_text(spec.protocol)));
}

}  // namespace lineside::connect
