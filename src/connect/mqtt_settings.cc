#include <format>
#include <utility>

#include "base/text.h"
#include "connect/mqtt_settings_internal.h"
#include "net/mqtt_topic.h"

namespace lineside::connect {

namespace {

std::string in_folder(const std::string& path, const std::string& folder) {
  if (path.empty() || path.starts_with('/') || folder.empty()) return path;
  return folder + "/" + path;
}

Result<std::optional<std::string>> read_password(const domain::ConnectionSpec& spec,
                                                 const ConnectorContext& context) {
  if (spec.password_file.empty()) return std::optional<std::string>();
  const std::string path = in_folder(spec.password_file, context.folder);
  const Bytes content = TRY_WITH(context.files.read(path), "password_file");
  std::string_view line = as_text(content);
  line = line.substr(0, line.find('\n'));
  if (line.ends_with('\r')) line.remove_suffix(1);
  return std::optional(std::string(line));
}

// A broker may send a message once per subscription that matches it.
bool is_covered(const std::vector<std::string>& filters, std::size_t i) {
  for (std::size_t k = 0; k < filters.size(); ++k) {
    if (k == i || !net::filter_covers(filters[k], filters[i])) continue;
    const bool mutual = net::filter_covers(filters[i], filters[k]);
    if (!mutual || k < i) return true;
  }
  return false;
}

std::vector<net::MqttSubscription> subscriptions_of(const codec::PayloadMap& map, int qos) {
  const std::vector<std::string> filters = map.filters();
  std::vector<net::MqttSubscription> wanted;
  for (std::size_t i = 0; i < filters.size(); ++i) {
    if (!is_covered(filters, i)) {
      wanted.push_back({filters[i], static_cast<std::uint8_t>(qos)});
    }
  }
  return wanted;
}

}  // namespace

Result<std::unique_ptr<MqttSettings>> read_settings(const domain::ConnectionSpec& spec,
                                                    const ConnectorContext& context) {
  MqttLink link;
  link.endpoint = TRY_WITH(world::parse_endpoint(spec.address), "address");
  link.tls = spec.tls;
  if (link.tls) {
    for (std::string* file : {&link.tls->ca_file, &link.tls->cert_file, &link.tls->key_file}) {
      *file = in_folder(*file, context.folder);
    }
  }
  link.version = spec.version;
  link.client_id = spec.client_id.empty()
                       ? std::format("lineside-{}-{}", context.edge, context.name)
                       : spec.client_id;
  link.user = spec.user;
  link.password = TRY(read_password(spec, context));
  link.keep_alive = spec.keep_alive;
  link.session_expiry = spec.session_expiry;
  link.receive_max = spec.receive_max;
  link.payload_max = spec.payload_max;
  codec::PayloadLimits limits;
  limits.payload_max = static_cast<std::size_t>(spec.payload_max);
  codec::PayloadMap map = TRY(codec::PayloadMap::compile(spec.mappings, limits, context.resolver));
  auto subscriptions = subscriptions_of(map, spec.qos);
  return std::make_unique<MqttSettings>(std::move(link), std::move(subscriptions), std::move(map));
}

net::MqttSessionOptions session_options(const MqttSettings& settings) {
  constexpr std::size_t kBatchMax = 256;  // messages between two looks at the clock
  const MqttLink& link = settings.link;
  net::MqttSessionOptions options;
  options.version = link.version;
  options.client_id = link.client_id;
  options.user = link.user;
  options.password = link.password;
  options.keep_alive = link.keep_alive;
  options.session_expiry = link.session_expiry;
  options.receive_max = static_cast<std::uint16_t>(link.receive_max);
  options.payload_max = static_cast<std::size_t>(link.payload_max);
  options.batch_max = kBatchMax;
  options.subscriptions = settings.subscriptions;
  return options;
}

std::optional<world::TlsOptions> tls_options(const MqttLink& link) {
  if (!link.tls) return std::nullopt;
  return world::TlsOptions{link.tls->ca_file, link.tls->cert_file, link.tls->key_file,
                           link.tls->server_name};
}

}  // namespace lineside::connect
