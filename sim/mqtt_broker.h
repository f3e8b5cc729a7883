// A small MQTT broker in memory: sessions that outlive connections, QoS 0 and 1 in both directions,
// redelivery after a reconnect, session expiry and keep alive by an injected clock.
//
// Not there: retained messages, wills, QoS 2, shared subscriptions, access control by topic.
// A test that uses it links lineside_net.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "net/mqtt_session.h"
#include "sim/stream.h"
#include "world/clock.h"

namespace lineside::sim {

struct MqttBrokerOptions {
  std::uint16_t in_flight_max = 20;    // unacknowledged messages per client, as in mosquitto
  std::size_t queue_max = 1'000'000;   // messages that wait per client; more are dropped
  std::uint16_t receive_max = 65'535;  // said to MQTT 5 clients, as are the next four
  std::uint8_t qos_max = 2;            //
  std::optional<std::uint32_t> packet_max;
  std::optional<std::uint16_t> server_keep_alive_s;
  bool use_aliases = false;  // towards clients that allow them
  net::MqttReason connack = net::MqttReason::success;
  net::MqttReason suback = net::MqttReason::success;  // a failure refuses every subscription
  net::MqttReason puback = net::MqttReason::success;
};

struct MqttBrokerMessage {
  std::string topic;
  std::string payload;
  std::uint8_t qos = 0;
  bool dup = false;  // as received
};

// Owned and used by one thread.
class MqttBroker {
 public:
  MqttBroker(const world::Clock& clock, MqttBrokerOptions options = {});
  ~MqttBroker();

  // Takes over the server's end of a connection.
  void attach(std::unique_ptr<world::Stream> stream);
  // Attaches who dialled, reads, answers, sends, drops who is silent or late.
  void poll(SimListener* listener = nullptr);

  // A message from elsewhere in the plant.
  void publish(const std::string& topic, const std::string& payload, std::uint8_t qos = 1);
  // What clients published to it, oldest first.
  const std::vector<MqttBrokerMessage>& received() const { return received_; }

  // Cuts all connections; sessions stay, as with persistence on.
  void cut();
  // A DISCONNECT with a reason to all MQTT 5 clients, then cuts.
  void disconnect(net::MqttReason reason);
  // Bytes that are no MQTT packet, to all clients.
  void send_raw(ByteView bytes);
  // Takes bytes and says nothing more, like a machine that hangs.
  void set_mute(bool mute) { mute_ = mute; }
  MqttBrokerOptions& options() { return options_; }

  struct Session {
    std::vector<net::MqttSubscription> subscriptions;
    std::deque<MqttBrokerMessage> queue;
    std::map<std::uint64_t, std::pair<std::uint16_t, MqttBrokerMessage>> in_flight;  // in order
    std::uint64_t sent = 0;
    std::uint16_t last_packet_id = 0;
    std::optional<Duration> expiry;  // absent: never
    Time left_at;
    std::uint64_t acknowledged = 0;
    std::uint64_t dropped = 0;
    std::vector<std::uint16_t> ack_order;  // packet identifiers of PUBACKs, as they came
  };
  // Null when there is none of this client.
  const Session* session(const std::string& client_id) const;
  std::size_t connections() const { return clients_.size(); }
  std::size_t in_flight_most() const { return in_flight_most_; }  // ever, of any client

 private:
  struct Client;

  void serve(Client& client);
  void take(Client& client, const net::MqttPacket& packet);
  void on_connect(Client& client, const net::MqttConnect& packet);
  void on_publish(Client& client, const net::MqttPublish& packet);
  void on_puback(Client& client, const net::MqttAck& packet);
  void on_subscribe(Client& client, const net::MqttSubscribe& packet);
  void deliver(Client& client);
  void send(Client& client, const MqttBrokerMessage& message, std::uint16_t packet_id, bool dup);
  void drop(Client& client);
  void expire();

  const world::Clock& clock_;
  MqttBrokerOptions options_;
  std::map<std::string, Session> sessions_;
  std::vector<std::unique_ptr<Client>> clients_;
  std::vector<MqttBrokerMessage> received_;
  std::size_t in_flight_most_ = 0;
  std::uint64_t assigned_ = 0;
  bool mute_ = false;
};

}  // namespace lineside::sim
