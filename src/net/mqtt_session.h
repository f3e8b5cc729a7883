// One MQTT client session: a state machine without socket, clock or thread.
//
// The owner dials, calls start(), writes what output() shows, feeds what it reads, ticks, and calls
// stop() when the stream is gone; then it dials again. `now` is steady time throughout.
//
//   received: QoS 1 messages carry a token and are acknowledged when the owner says so, in the
//             order of arrival (MQTT 5 section 4.6). What was not acknowledged when the stream
//             broke is sent again by the broker and passed on again: the owner has to know
//             duplicates.
//   sent:     publications wait here until PUBACK, and are sent again after a reconnect: as
//             duplicates if the broker kept our session, as new ones otherwise (at least once).
//
// Errors of feed() and tick() mean that the stream must be closed, after output() (a DISCONNECT
// with the reason) was written as far as it will go. Where traits(code).retry is false, a retry is
// likely to fail until somebody changes something: retry, but slowly.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "base/time.h"
#include "net/mqtt_codec.h"
#include "net/mqtt_packet.h"

namespace lineside::net {

struct MqttSubscription {
  std::string filter;
  std::uint8_t qos = 1;  // 0 or 1
  auto operator<=>(const MqttSubscription&) const = default;
};

struct MqttSessionOptions {
  MqttVersion version = MqttVersion::v5;
  std::string client_id;  // empty: the broker assigns one (MQTT 5), or there is no kept session
  std::string user;       // empty: none
  std::optional<std::string> password;
  Duration keep_alive = Duration::seconds(30);          // whole seconds, 1 to 65535
  Duration session_expiry = Duration::seconds(604800);  // 0: the session ends with the stream
  Duration answer_limit = Duration::seconds(10);        // for CONNACK, SUBACK and PINGRESP
  // Unacknowledged messages, in MQTT 5. A broker keeps to it but for a session that it resumes:
  // mosquitto sends again all that was under way, be it more than the maximum that is new.
  std::uint16_t receive_max = 2000;
  std::uint16_t topic_alias_max = 64;     // aliases that the broker may use
  std::size_t payload_max = 256 * 1024;   // of larger payloads only the start is kept
  std::size_t batch_max = 4096;           // messages that one call of feed() yields at most
  std::size_t publications_max = 10'000;  // waiting and in flight
  std::vector<MqttSubscription> subscriptions;
};

// Views are of the bytes given to feed() or of the session; valid until the next call of feed().
struct MqttMessage {
  std::string_view topic;
  ByteView payload;              // the whole, or its start if it is larger than payload_max
  std::size_t payload_size = 0;  // of the whole
  std::uint64_t token = 0;       // for acknowledge(); 0: QoS 0, nothing to acknowledge
  bool dup = false;
  bool retain = false;
};

struct MqttPublication {
  std::string topic;
  std::string payload;
  std::uint8_t qos = 1;  // 0 or 1; lowered to what the broker allows
  bool retain = false;
  std::uint64_t tag = 0;  // comes back in MqttPublished
};

// The end of a publication: acknowledged by the broker (QoS 1), written out (QoS 0), or refused.
struct MqttPublished {
  std::uint64_t tag = 0;
  std::optional<Error> error;
};

enum class MqttPhase : std::uint8_t { stopped, connecting, subscribing, up };

// Whether the owner feeds what arrives; while it does not, no answer can be missed.
enum class MqttIntake : std::uint8_t { reading, paused };

struct MqttReport {
  std::uint64_t connects = 0;      // accepted by the broker
  std::uint64_t resumed = 0;       // of these, with our session present
  std::size_t unacknowledged = 0;  // messages of this stream
  // Filters that the broker refused or granted a lower QoS, each with its reason.
  std::vector<std::string> refused;
};

enum class MqttParting : std::uint8_t { for_now, for_good };

class MqttSession {
 public:
  explicit MqttSession(MqttSessionOptions options);

  // A fresh stream is there: output() begins with CONNECT.
  void start(Time now);
  // The stream is gone. Messages not acknowledged are forgotten, publications are kept.
  void stop();

  // Takes whole packets from the front of `in` and appends the messages among them to `out`.
  // Returns how many bytes were used. The caller keeps the rest in front of what it reads next;
  // where it took messages out it first calls again with the rest, for it may hold more of them. A
  // buffer of packet_max() bytes and an empty `out` always let it go on.
  Result<std::size_t> feed(ByteView in, Time now, std::vector<MqttMessage>& out);
  std::size_t packet_max() const;

  // Keep alive and time limits; to be called at least every second.
  Result<void> tick(Time now, MqttIntake intake = MqttIntake::reading);

  ByteView output() const { return ByteView(output_).subspan(written_); }
  void consume_output(std::size_t bytes, Time now);  // so many were written

  // All messages with tokens up to this one are safe. Tokens of earlier streams are ignored.
  void acknowledge(std::uint64_t token);

  // Errors: invalid (topic), exhausted (publications_max wait already).
  Result<void> publish(MqttPublication publication);
  void take_published(std::vector<MqttPublished>& out);  // appends and forgets

  // Replaces what is subscribed, at once if the session is up.
  void subscribe(std::vector<MqttSubscription> wanted, Time now);

  // Puts a DISCONNECT last into output(). To part for good ends the subscriptions before it, and
  // in MQTT 5 the session (section 3.14.2.2.2): the broker shall keep nothing more for us.
  void leave(MqttParting parting = MqttParting::for_now);

  // Of a stopped session: the publications without an end, for another session to take over.
  std::vector<MqttPublication> take_unfinished();

  MqttPhase phase() const { return phase_; }
  const MqttReport& report();

 private:
  struct Unacked {
    std::uint64_t token;
    std::uint16_t packet_id;
    std::uint8_t qos;
  };
  // A QoS 1 publication between its first sending and its PUBACK.
  struct InFlight {
    MqttPublication publication;
    std::uint16_t packet_id = 0;
    bool on_wire = false;  // sent on this stream
    bool dup = false;      // sent before, in a session that the broker still has
  };
  // A QoS 0 publication in output().
  struct Unwritten {
    std::uint64_t end;  // position in all output of this stream
    std::uint64_t tag;
  };
  // What the broker said it can do, with the standard's defaults.
  struct Limits {
    std::uint16_t receive_max = 65'535;
    std::uint8_t qos_max = 1;
    bool retain = true;
    std::size_t packet_max = 268'435'460;
    Duration keep_alive;
  };

  void send_connect();
  void send_disconnect(MqttReason reason, bool end_session);
  Result<std::size_t> take_packets(ByteView in, Time now, std::vector<MqttMessage>& out);
  Result<std::size_t> take_packet(ByteView in, Time now, std::vector<MqttMessage>& out);
  Result<std::size_t> take_publish(ByteView in, const MqttHeader& header,
                                   std::vector<MqttMessage>& out);
  Result<bool> resolve_topic(const MqttPublish& packet, MqttMessage& message, bool may_redefine);
  Result<void> count_in(const MqttPublish& packet, MqttMessage& message);
  Result<void> on_packet(const MqttPacket& packet, Time now);
  Result<void> on_connack(const MqttConnack& packet, Time now);
  Result<void> take_limits(const MqttConnack& packet);
  Result<void> on_suback(const MqttSuback& packet, Time now);
  Result<void> on_ack(const MqttAck& packet);
  void on_puback(const MqttAck& packet);
  void send_subscriptions(Time now);
  void send_publications();
  void send_waiting();
  bool fits(const MqttPublication& publication);
  void put_publish(const MqttPublication& publication, const InFlight* in_flight);
  void come_up();
  std::size_t unwritten_bytes() const { return output_.size() - written_; }
  std::uint16_t take_packet_id();

  MqttSessionOptions options_;
  MqttPhase phase_ = MqttPhase::stopped;
  Limits limits_;
  MqttReason parting_ = MqttReason::malformed_packet;  // for the DISCONNECT after an error
  Bytes output_;
  std::size_t written_ = 0;          // of output_
  std::uint64_t total_written_ = 0;  // of all output of this stream
  Time last_sent_, last_received_, asked_at_, pinged_at_;
  bool pinging_ = false;

  std::size_t skip_ = 0;  // bytes of an oversized payload still to come
  std::vector<std::string> aliases_;
  std::deque<Unacked> unacked_;
  std::uint64_t last_token_ = 0;

  std::deque<MqttPublication> waiting_;
  std::deque<InFlight> in_flight_;  // in the order of first sending
  std::size_t on_wire_ = 0;         // of in_flight_
  std::deque<Unwritten> unwritten_;
  std::vector<MqttPublished> published_;
  std::vector<bool> packet_ids_;  // in use
  std::uint16_t last_packet_id_ = 0;

  std::map<std::uint16_t, std::vector<MqttSubscription>> asked_;  // SUBSCRIBEs without SUBACK
  bool resubscribe_ = false;                                      // what is wanted changed since
  std::vector<MqttSubscription> granted_;  // what the broker's session holds, as far as we know
  MqttReport report_;
};

}  // namespace lineside::net
