#include "sim/mqtt_broker.h"

#include <algorithm>
#include <format>
#include <utility>

#include "net/mqtt_codec.h"
#include "net/mqtt_topic.h"

namespace lineside::sim {

namespace {

using net::MqttProperty;
using net::MqttVersion;

constexpr std::uint32_t kNever = 0xffff'ffff;

template <class... Cases>
struct Overloaded : Cases... {
  using Cases::operator()...;
};

const net::MqttSubscription* find_subscription(const MqttBroker::Session& session,
                                               std::string_view topic) {
  for (const net::MqttSubscription& one : session.subscriptions) {
    if (net::topic_matches(one.filter, topic)) return &one;
  }
  return nullptr;
}

}  // namespace

struct MqttBroker::Client {
  std::unique_ptr<world::Stream> stream;
  Bytes input;
  Bytes output;
  MqttVersion version = MqttVersion::v5;
  std::string client_id;
  Session* session = nullptr;  // once connected
  std::uint16_t receive_max = 65'535;
  std::uint16_t alias_max = 0;
  std::map<std::string, std::uint16_t> aliases;
  Duration keep_alive;
  Time heard_at;
  bool open = true;
};

MqttBroker::MqttBroker(const world::Clock& clock, MqttBrokerOptions options)
    : clock_(clock), options_(options) {}
MqttBroker::~MqttBroker() = default;

void MqttBroker::attach(std::unique_ptr<world::Stream> stream) {
  auto client = std::make_unique<Client>();
  client->stream = std::move(stream);
  client->heard_at = clock_.steady();
  clients_.push_back(std::move(client));
}

void MqttBroker::poll(SimListener* listener) {
  while (listener != nullptr) {
    auto stream = listener->accept();
    if (!stream) break;
    attach(std::move(stream));
  }
  expire();
  // Serving a CONNECT may drop another client, not remove it.
  for (std::size_t i = 0; i < clients_.size(); ++i) serve(*clients_[i]);
  std::erase_if(clients_, [](const auto& client) { return !client->open; });
}

void MqttBroker::serve(Client& client) {
  std::byte bytes[4096];
  bool ended = false;
  while (client.open) {
    const auto n = client.stream->read(bytes);
    ended = !n;
    if (!n || *n == 0) break;
    client.heard_at = clock_.steady();
    client.input.insert(client.input.end(), bytes, bytes + *n);
  }
  if (mute_ && ended) return drop(client);
  if (mute_) return;
  while (client.open) {
    const auto header = net::decode_header(client.input);
    if (!header) return drop(client);
    if (!*header || client.input.size() < (*header)->size()) break;
    const ByteView body =
        ByteView(client.input).subspan((*header)->header_size, (*header)->body_size);
    const auto packet = net::decode_packet(**header, body, client.version);
    if (!packet) return drop(client);
    take(client, *packet);
    client.input.erase(client.input.begin(),
                       client.input.begin() + static_cast<std::ptrdiff_t>((*header)->size()));
  }
  if (ended && client.open) return drop(client);
  // One and a half times the keep alive: section 3.1.2.10.
  const bool silent = client.keep_alive.ns > 0 &&
                      (clock_.steady() - client.heard_at).ns * 2 > client.keep_alive.ns * 3;
  if (silent) return drop(client);
  deliver(client);
  while (client.open && !client.output.empty()) {
    const auto n = client.stream->write(client.output);
    if (!n) return drop(client);
    if (*n == 0) break;
    client.output.erase(client.output.begin(),
                        client.output.begin() + static_cast<std::ptrdiff_t>(*n));
  }
}

void MqttBroker::take(Client& client, const net::MqttPacket& packet) {
  if (client.session == nullptr && !std::holds_alternative<net::MqttConnect>(packet)) {
    return drop(client);
  }
  std::visit(Overloaded{
                 [&](const net::MqttConnect& p) { on_connect(client, p); },
                 [&](const net::MqttPublish& p) { on_publish(client, p); },
                 [&](const net::MqttAck& p) { on_puback(client, p); },
                 [&](const net::MqttSubscribe& p) { on_subscribe(client, p); },
                 [&](const net::MqttUnsubscribe& p) {
                   net::MqttSuback answer{.type = net::MqttType::unsuback,
                                          .packet_id = p.packet_id};
                   for (const std::string_view filter : p.filters) {
                     std::erase_if(client.session->subscriptions,
                                   [&](const auto& one) { return one.filter == filter; });
                     answer.reasons.push_back(net::MqttReason::success);
                   }
                   net::encode(net::MqttPacket(answer), client.version, client.output);
                 },
                 [&](const net::MqttPing&) {
                   net::encode(net::MqttPacket(net::MqttPing{net::MqttType::pingresp}),
                               client.version, client.output);
                 },
                 [&](const net::MqttDisconnect& p) {
                   if (p.properties.number(MqttProperty::session_expiry) == 0)
                     client.session->expiry = Duration{};
                   drop(client);
                 },
                 [&](const auto&) { drop(client); },
             },
             packet);
}

void MqttBroker::on_connect(Client& client, const net::MqttConnect& packet) {
  client.version = packet.version;
  const bool v5 = packet.version == MqttVersion::v5;
  net::MqttConnack answer{.session_present = false, .reason = options_.connack};
  if (net::is_failure(options_.connack)) {
    net::encode(net::MqttPacket(answer), client.version, client.output);
    (void)client.stream->write(client.output);
    return drop(client);
  }
  net::MqttPropertyWriter said;
  client.client_id = packet.client_id;
  if (client.client_id.empty()) {
    client.client_id = std::format("assigned-{}", ++assigned_);
    said.text(MqttProperty::assigned_client_id, client.client_id);
  }
  for (const auto& other : clients_) {
    if (other.get() != &client && other->client_id == client.client_id) drop(*other);
  }
  if (packet.clean_start) sessions_.erase(client.client_id);
  const auto [at, is_new] = sessions_.try_emplace(client.client_id);
  client.session = &at->second;
  answer.session_present = !is_new;
  const std::uint32_t expiry = packet.properties.number(MqttProperty::session_expiry).value_or(0);
  client.session->expiry.reset();
  if (v5 ? expiry != kNever : packet.clean_start) {
    client.session->expiry = Duration::seconds(v5 ? expiry : 0);
  }
  client.receive_max = static_cast<std::uint16_t>(
      packet.properties.number(MqttProperty::receive_max).value_or(65'535));
  client.alias_max = static_cast<std::uint16_t>(
      packet.properties.number(MqttProperty::topic_alias_max).value_or(0));
  client.keep_alive = Duration::seconds(packet.keep_alive_s);
  said.number(MqttProperty::receive_max, options_.receive_max);
  if (options_.qos_max < 2) said.number(MqttProperty::qos_max, options_.qos_max);
  if (options_.packet_max) said.number(MqttProperty::packet_max, *options_.packet_max);
  if (options_.server_keep_alive_s) {
    said.number(MqttProperty::server_keep_alive, *options_.server_keep_alive_s);
    client.keep_alive = Duration::seconds(*options_.server_keep_alive_s);
  }
  if (v5) answer.properties = said.view();
  net::encode(net::MqttPacket(answer), client.version, client.output);
  for (const auto& [order, sent] : client.session->in_flight) {
    send(client, sent.second, sent.first, true);
  }
}

void MqttBroker::on_publish(Client& client, const net::MqttPublish& packet) {
  received_.push_back(
      {std::string(packet.topic), std::string(as_text(packet.payload)), packet.qos, packet.dup});
  if (packet.qos == 1) {
    net::encode(net::MqttAck{.packet_id = packet.packet_id, .reason = options_.puback},
                client.version, client.output);
  }
  publish(std::string(packet.topic), std::string(as_text(packet.payload)), packet.qos);
}

void MqttBroker::on_puback(Client& client, const net::MqttAck& packet) {
  auto& in_flight = client.session->in_flight;
  const auto found = std::ranges::find_if(
      in_flight, [&](const auto& one) { return one.second.first == packet.packet_id; });
  if (packet.type != net::MqttType::puback || found == in_flight.end()) return drop(client);
  in_flight.erase(found);
  client.session->ack_order.push_back(packet.packet_id);
  ++client.session->acknowledged;
}

void MqttBroker::on_subscribe(Client& client, const net::MqttSubscribe& packet) {
  net::MqttSuback answer{.packet_id = packet.packet_id};
  for (const net::MqttFilter& filter : packet.filters) {
    if (net::is_failure(options_.suback)) {
      answer.reasons.push_back(options_.suback);
      continue;
    }
    const std::uint8_t qos = std::min<std::uint8_t>({filter.qos, options_.qos_max, 1});
    auto& all = client.session->subscriptions;
    std::erase_if(all, [&](const auto& one) { return one.filter == filter.filter; });
    all.push_back({std::string(filter.filter), qos});
    answer.reasons.push_back(static_cast<net::MqttReason>(qos));
  }
  net::encode(net::MqttPacket(answer), client.version, client.output);
}

void MqttBroker::publish(const std::string& topic, const std::string& payload, std::uint8_t qos) {
  for (auto& [client_id, session] : sessions_) {
    const net::MqttSubscription* found = find_subscription(session, topic);
    if (found == nullptr) continue;
    const std::uint8_t granted = std::min(qos, found->qos);
    const bool connected = std::ranges::any_of(
        clients_, [&](const auto& client) { return client->open && client->session == &session; });
    if (granted == 0 && !connected) continue;  // QoS 0 is not kept for who is away
    if (session.queue.size() >= options_.queue_max) {
      ++session.dropped;
      continue;
    }
    session.queue.push_back({topic, payload, granted, false});
  }
}

void MqttBroker::deliver(Client& client) {
  if (client.session == nullptr) return;
  Session& session = *client.session;
  const std::size_t max = std::min<std::size_t>(
      options_.in_flight_max, client.version == MqttVersion::v5 ? client.receive_max : 65'535);
  while (!session.queue.empty()) {
    const MqttBrokerMessage& next = session.queue.front();
    if (next.qos > 0 && session.in_flight.size() >= max) return;
    std::uint16_t packet_id = 0;
    if (next.qos > 0) {
      do packet_id = ++session.last_packet_id;
      while (packet_id == 0 || std::ranges::any_of(session.in_flight, [&](const auto& one) {
               return one.second.first == packet_id;
             }));
      session.in_flight[session.sent++] = {packet_id, next};
      in_flight_most_ = std::max(in_flight_most_, session.in_flight.size());
    }
    send(client, next, packet_id, false);
    session.queue.pop_front();
  }
}

void MqttBroker::send(Client& client, const MqttBrokerMessage& message, std::uint16_t packet_id,
                      bool dup) {
  net::MqttPropertyWriter properties;
  net::MqttPublish packet{.topic = message.topic,
                          .payload = as_bytes(message.payload),
                          .packet_id = packet_id,
                          .qos = message.qos,
                          .dup = dup};
  if (options_.use_aliases && client.alias_max > 0) {
    // Aliases are used in turn, so that they are redefined when there are more topics than aliases.
    const auto known = client.aliases.find(message.topic);
    if (known != client.aliases.end()) {
      packet.topic = {};
      properties.number(MqttProperty::topic_alias, known->second);
    } else {
      if (client.aliases.size() >= client.alias_max) client.aliases.clear();
      const auto alias = static_cast<std::uint16_t>(client.aliases.size() + 1);
      client.aliases[message.topic] = alias;
      properties.number(MqttProperty::topic_alias, alias);
    }
    packet.properties = properties.view();
  }
  net::encode(packet, client.version, client.output);
}

void MqttBroker::drop(Client& client) {
  client.open = false;
  if (client.session != nullptr) client.session->left_at = clock_.steady();
  client.session = nullptr;
  client.stream.reset();
}

void MqttBroker::expire() {
  std::erase_if(sessions_, [&](const auto& one) {
    const bool connected = std::ranges::any_of(
        clients_, [&](const auto& client) { return client->session == &one.second; });
    return !connected && one.second.expiry &&
           clock_.steady() - one.second.left_at >= *one.second.expiry;
  });
}

void MqttBroker::cut() {
  for (const auto& client : clients_) drop(*client);
  clients_.clear();
}

void MqttBroker::disconnect(net::MqttReason reason) {
  for (const auto& client : clients_) {
    if (client->version == MqttVersion::v5) {
      net::encode(net::MqttPacket(net::MqttDisconnect{.reason = reason}), client->version,
                  client->output);
      (void)client->stream->write(client->output);
    }
  }
  cut();
}

void MqttBroker::send_raw(ByteView bytes) {
  for (const auto& client : clients_) {
    client->output.insert(client->output.end(), bytes.begin(), bytes.end());
  }
}

const MqttBroker::Session* MqttBroker::session(const std::string& client_id) const {
  const auto found = sessions_.find(client_id);
  return found == sessions_.end() ? nullptr : &found->second;
}

}  // namespace lineside::sim
