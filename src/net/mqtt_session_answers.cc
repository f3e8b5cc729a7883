// The session's answers to the broker's packets, and what it sends of its own.
#include <algorithm>
#include <format>
#include <utility>

#include "base/text.h"
#include "net/mqtt_refusal_internal.h"
#include "net/mqtt_session.h"

namespace lineside::net {

namespace {

constexpr std::size_t kFiltersPerPacket = 64;
constexpr std::size_t kOutputMax = 1024 * 1024;  // publications wait while more is unwritten

template <class... Cases>
struct Overloaded : Cases... {
  using Cases::operator()...;
};

Error unexpected(std::string_view what) {
  return fail(Code::corrupt, std::format("expected no {} from a broker in this state", what));
}

// The reason of filter `i`: MQTT 3.1.1 and 5 agree in SUBACK.
std::string describe(const MqttSubscription& wanted, MqttReason reason) {
  if (is_failure(reason)) {
    return std::format("{}: refused: {}", excerpt(wanted.filter), to_text(reason));
  }
  return std::format("{}: granted QoS {} instead of {}", excerpt(wanted.filter),
                     static_cast<unsigned>(reason), wanted.qos);
}

MqttFilter filter_of(const MqttSubscription& wanted) {
  // What we publish ourselves is not ours to take in; a shared subscription may not say so.
  // Messages retained by the broker come once, not at each reconnect.
  return {.filter = wanted.filter,
          .qos = wanted.qos,
          .no_local = !wanted.filter.starts_with("$share/"),
          .retain_as_published = true,
          .retain_handling = 1};
}

bool contains(const std::vector<MqttSubscription>& all, const MqttSubscription& one) {
  return std::ranges::find(all, one) != all.end();
}

bool contains_filter(const std::vector<MqttSubscription>& all, std::string_view filter) {
  return std::ranges::find(all, filter, &MqttSubscription::filter) != all.end();
}

}  // namespace

Result<void> MqttSession::on_packet(const MqttPacket& packet, Time now) {
  const bool connecting = phase_ == MqttPhase::connecting;
  if (connecting && !std::holds_alternative<MqttConnack>(packet)) {
    return fail(Code::corrupt, "expected CONNACK as the first packet, found another");
  }
  return std::visit(
      Overloaded{
          [&](const MqttConnack& p) { return on_connack(p, now); },
          [&](const MqttAck& p) { return on_ack(p); },
          [&](const MqttSuback& p) { return on_suback(p, now); },
          [&](const MqttPing& p) -> Result<void> {
            if (p.type == MqttType::pingreq) return unexpected("PINGREQ");
            return {};
          },
          [&](const MqttDisconnect& p) -> Result<void> {
            if (options_.version != MqttVersion::v5) return unexpected("DISCONNECT");
            return refusal("the broker ended the connection", p.reason, p.properties);
          },
          [&](const MqttAuth&) -> Result<void> { return unexpected("AUTH"); },
          [&](const MqttConnect&) -> Result<void> { return unexpected("CONNECT"); },
          [&](const MqttPublish&) -> Result<void> { return unexpected("PUBLISH"); },
          [&](const MqttSubscribe&) -> Result<void> { return unexpected("SUBSCRIBE"); },
          [&](const MqttUnsubscribe&) -> Result<void> { return unexpected("UNSUBSCRIBE"); },
      },
      packet);
}

Result<void> MqttSession::on_connack(const MqttConnack& packet, Time now) {
  if (phase_ != MqttPhase::connecting) return unexpected("second CONNACK");
  if (packet.reason != MqttReason::success) {
    return refusal("the broker refused the connection", packet.reason, packet.properties);
  }
  TRY(take_limits(packet));
  ++report_.connects;
  if (packet.session_present) {
    ++report_.resumed;
  } else {
    granted_.clear();
    for (InFlight& item : in_flight_) item.dup = false;
  }
  phase_ = MqttPhase::subscribing;
  send_subscriptions(now);
  if (asked_.empty()) come_up();
  return {};
}

Result<void> MqttSession::take_limits(const MqttConnack& packet) {
  const MqttProperties& said = packet.properties;
  if (packet.session_present && options_.session_expiry.ns == 0) {
    return fail(Code::corrupt, "expected no session present after a clean start, found one");
  }
  if (const auto n = said.number(MqttProperty::receive_max)) {
    limits_.receive_max = static_cast<std::uint16_t>(*n);
  }
  if (const auto n = said.number(MqttProperty::qos_max)) {
    limits_.qos_max = static_cast<std::uint8_t>(*n);
  }
  if (const auto n = said.number(MqttProperty::retain_available)) limits_.retain = *n != 0;
  if (const auto n = said.number(MqttProperty::packet_max)) limits_.packet_max = *n;
  if (const auto n = said.number(MqttProperty::server_keep_alive)) {
    limits_.keep_alive = Duration::seconds(*n);
  }
  const auto client_id = said.text(MqttProperty::assigned_client_id);
  if (client_id && options_.client_id.empty()) options_.client_id = *client_id;
  return {};
}

void MqttSession::come_up() {
  phase_ = MqttPhase::up;
  send_publications();
}

void MqttSession::send_subscriptions(Time now) {
  std::vector<MqttSubscription> fresh;
  for (const MqttSubscription& wanted : options_.subscriptions) {
    if (!contains(granted_, wanted)) fresh.push_back(wanted);
  }
  MqttUnsubscribe old;
  for (const MqttSubscription& had : granted_) {
    if (!contains_filter(options_.subscriptions, had.filter)) old.filters.push_back(had.filter);
  }
  if (!old.filters.empty()) {
    old.packet_id = take_packet_id();
    asked_[old.packet_id] = {};
    encode(MqttPacket(old), options_.version, output_);
  }
  std::erase_if(granted_, [&](const MqttSubscription& had) {
    return !contains(options_.subscriptions, had);
  });
  report_.refused.clear();
  for (std::size_t i = 0; i < fresh.size(); i += kFiltersPerPacket) {
    const std::size_t end = std::min(fresh.size(), i + kFiltersPerPacket);
    MqttSubscribe packet;
    packet.packet_id = take_packet_id();
    for (std::size_t k = i; k < end; ++k) packet.filters.push_back(filter_of(fresh[k]));
    asked_[packet.packet_id].assign(fresh.begin() + static_cast<std::ptrdiff_t>(i),
                                    fresh.begin() + static_cast<std::ptrdiff_t>(end));
    encode(MqttPacket(packet), options_.version, output_);
  }
  asked_at_ = now;
}

Result<void> MqttSession::on_suback(const MqttSuback& packet, Time now) {
  const auto found = asked_.find(packet.packet_id);
  if (found == asked_.end()) {
    return fail(Code::corrupt, std::format("{}: expected a packet identifier we asked with, found "
                                           "{}",
                                           to_text(packet.type), packet.packet_id));
  }
  const std::vector<MqttSubscription> wanted = std::move(found->second);
  asked_.erase(found);
  packet_ids_[packet.packet_id] = false;
  const bool subscribed = packet.type == MqttType::suback;
  if (subscribed && packet.reasons.size() != wanted.size()) {
    return fail(Code::corrupt, std::format("SUBACK: expected {} reasons, found {}", wanted.size(),
                                           packet.reasons.size()));
  }
  for (std::size_t i = 0; subscribed && i < wanted.size(); ++i) {
    const MqttReason reason = packet.reasons[i];
    if (!is_failure(reason)) granted_.push_back(wanted[i]);
    if (is_failure(reason) || static_cast<unsigned>(reason) < wanted[i].qos) {
      report_.refused.push_back(describe(wanted[i], reason));
    }
  }
  if (!asked_.empty()) return {};
  if (std::exchange(resubscribe_, false)) {
    send_subscriptions(now);
    if (!asked_.empty()) return {};
  }
  if (phase_ != MqttPhase::subscribing) return {};
  if (granted_.empty() && !report_.refused.empty()) {
    parting_ = MqttReason::success;
    return refusal(std::format("the broker refused all {} subscriptions, first {}",
                               report_.refused.size(), report_.refused.front()),
                   packet.reasons.back(), packet.properties);
  }
  come_up();
  return {};
}

Result<void> MqttSession::on_ack(const MqttAck& packet) {
  switch (packet.type) {
    case MqttType::puback:
      on_puback(packet);
      return {};
    case MqttType::pubrel:
      // The second half of a QoS 2 message, whose PUBREC was its acknowledgement.
      encode(MqttAck{.type = MqttType::pubcomp, .packet_id = packet.packet_id}, options_.version,
             output_);
      return {};
    default:
      return unexpected(to_text(packet.type));
  }
}

void MqttSession::on_puback(const MqttAck& packet) {
  const auto found = std::ranges::find_if(in_flight_, [&](const InFlight& item) {
    return item.on_wire && item.packet_id == packet.packet_id;
  });
  if (found == in_flight_.end()) return;  // answered before, by a broker that repeats itself
  MqttPublished end{found->publication.tag, std::nullopt};
  if (is_failure(packet.reason)) {
    end.error = refusal("the broker refused the publication", packet.reason, packet.properties);
  }
  published_.push_back(std::move(end));
  packet_ids_[packet.packet_id] = false;
  in_flight_.erase(found);
  --on_wire_;
  send_publications();
}

void MqttSession::send_publications() {
  if (phase_ != MqttPhase::up) return;
  for (InFlight& item : in_flight_) {
    if (on_wire_ == in_flight_.size() || on_wire_ >= limits_.receive_max) break;
    if (unwritten_bytes() >= kOutputMax) return;
    if (item.on_wire) continue;
    put_publish(item.publication, &item);
    item.on_wire = true;
    ++on_wire_;
  }
  send_waiting();
}

void MqttSession::send_waiting() {
  while (!waiting_.empty() && unwritten_bytes() < kOutputMax) {
    MqttPublication& next = waiting_.front();
    next.qos = std::min(next.qos, limits_.qos_max);
    next.retain = next.retain && limits_.retain;
    if (next.qos > 0 && in_flight_.size() >= limits_.receive_max) return;
    if (!fits(next)) {
      waiting_.pop_front();
      continue;
    }
    if (next.qos == 0) {
      put_publish(next, nullptr);
      unwritten_.push_back({total_written_ + unwritten_bytes(), next.tag});
    } else {
      in_flight_.push_back({.publication = std::move(next), .packet_id = take_packet_id()});
      put_publish(in_flight_.back().publication, &in_flight_.back());
      in_flight_.back().on_wire = true;
      ++on_wire_;
    }
    waiting_.pop_front();
  }
}

// Ends a publication that is larger than the broker takes.
bool MqttSession::fits(const MqttPublication& publication) {
  const std::size_t size =
      encoded_size({.topic = publication.topic, .payload = as_bytes(publication.payload), .qos = 1},
                   options_.version);
  if (size <= limits_.packet_max) return true;
  published_.push_back(
      {publication.tag, invalid(std::format("publication: expected at most {} bytes, found {}",
                                            limits_.packet_max, size))});
  return false;
}

// Of a QoS 1 publication `in_flight` is the record; of QoS 0 there is none.
void MqttSession::put_publish(const MqttPublication& publication, const InFlight* in_flight) {
  MqttPublish packet{.topic = publication.topic,
                     .payload = as_bytes(publication.payload),
                     .retain = publication.retain};
  if (in_flight != nullptr) {
    packet.qos = 1;
    packet.packet_id = in_flight->packet_id;
    packet.dup = in_flight->dup;
  }
  encode(packet, options_.version, output_);
}

// There is always a free one: what uses them is bounded well below 65,535.
std::uint16_t MqttSession::take_packet_id() {
  do {
    ++last_packet_id_;
  } while (packet_ids_[last_packet_id_]);
  packet_ids_[last_packet_id_] = true;
  return last_packet_id_;
}

}  // namespace lineside::net
