#include "net/mqtt_session.h"

#include <algorithm>
#include <format>
#include <iterator>
#include <utility>

#include "base/check.h"
#include "net/mqtt_refusal_internal.h"
#include "net/mqtt_topic.h"

namespace lineside::net {

namespace {

constexpr std::size_t kHeadMax = 128 * 1024;       // of a PUBLISH: all that precedes its payload
constexpr std::size_t kFixedHeaderMax = 5;         //
constexpr std::size_t kUnackedMax = 65'535;        // as many as there are packet identifiers
constexpr std::size_t kCompactAt = 64 * 1024;      // written bytes that are kept in front of others
constexpr std::size_t kPublicationsMax = 50'000;   // leaves packet identifiers for subscriptions
constexpr std::uint32_t kExpiryMax = 0xffff'fffe;  // 0xffffffff would mean: never

std::uint32_t whole_seconds(Duration duration, std::uint32_t max) {
  const std::int64_t seconds = duration.ns / 1'000'000'000;
  return static_cast<std::uint32_t>(std::clamp<std::int64_t>(seconds, 0, max));
}

}  // namespace

MqttSession::MqttSession(MqttSessionOptions options)
    : options_(std::move(options)), packet_ids_(65'536, false) {
  packet_ids_[0] = true;  // not a packet identifier
  options_.publications_max = std::min(options_.publications_max, kPublicationsMax);
}

std::size_t MqttSession::packet_max() const {
  return options_.payload_max + kHeadMax + kFixedHeaderMax;
}

void MqttSession::start(Time now) {
  stop();
  phase_ = MqttPhase::connecting;
  limits_ = Limits{.keep_alive = options_.keep_alive};
  parting_ = MqttReason::malformed_packet;
  aliases_.assign(std::size_t{options_.topic_alias_max} + 1, {});
  last_sent_ = last_received_ = asked_at_ = now;
  send_connect();
}

void MqttSession::stop() {
  phase_ = MqttPhase::stopped;
  for (const Unwritten& lost : unwritten_) {
    published_.push_back(
        {lost.tag, fail(Code::unavailable, "the connection ended before it was written")});
  }
  unwritten_.clear();
  output_.clear();
  written_ = 0;
  total_written_ = 0;
  skip_ = 0;
  pinging_ = false;
  unacked_.clear();
  for (const auto& [packet_id, filters] : asked_) packet_ids_[packet_id] = false;
  asked_.clear();
  resubscribe_ = false;
  for (InFlight& item : in_flight_) {
    item.dup = item.dup || item.on_wire;
    item.on_wire = false;
  }
  on_wire_ = 0;
}

void MqttSession::send_connect() {
  const bool v5 = options_.version == MqttVersion::v5;
  MqttPropertyWriter properties;
  const std::uint32_t expiry = whole_seconds(options_.session_expiry, kExpiryMax);
  if (v5) {
    if (expiry > 0) properties.number(MqttProperty::session_expiry, expiry);
    properties.number(MqttProperty::receive_max, options_.receive_max);
    if (options_.topic_alias_max > 0) {
      properties.number(MqttProperty::topic_alias_max, options_.topic_alias_max);
    }
  }
  MqttConnect packet;
  packet.version = options_.version;
  // A session that nobody can come back to is no session: 3.1.1 demands it, section 3.1.3.1.
  packet.clean_start = expiry == 0 || (!v5 && options_.client_id.empty());
  packet.keep_alive_s = static_cast<std::uint16_t>(whole_seconds(options_.keep_alive, 65'535));
  packet.client_id = options_.client_id;
  if (!options_.user.empty()) packet.user = options_.user;
  if (options_.password) packet.password = as_bytes(*options_.password);
  packet.properties = properties.view();
  encode(MqttPacket(packet), options_.version, output_);
}

void MqttSession::consume_output(std::size_t bytes, Time now) {
  CHECK(bytes <= unwritten_bytes());
  if (bytes == 0) return;
  last_sent_ = now;
  written_ += bytes;
  total_written_ += bytes;
  while (!unwritten_.empty() && unwritten_.front().end <= total_written_) {
    published_.push_back({unwritten_.front().tag, std::nullopt});
    unwritten_.pop_front();
  }
  if (written_ == output_.size()) {
    output_.clear();
    written_ = 0;
  } else if (written_ >= kCompactAt) {
    output_.erase(output_.begin(), output_.begin() + static_cast<std::ptrdiff_t>(written_));
    written_ = 0;
  }
  send_publications();
}

Result<void> MqttSession::tick(Time now, MqttIntake intake) {
  if (phase_ == MqttPhase::stopped) return {};
  if (intake == MqttIntake::paused) {
    asked_at_ = std::max(asked_at_, now - options_.answer_limit + Duration::seconds(1));
    last_received_ = now;
    pinging_ = false;
  }
  const auto no_answer = [&](std::string_view what) {
    return fail(Code::timeout, std::format("expected {} within {}, found nothing", what,
                                           format_duration(options_.answer_limit)));
  };
  if (now - asked_at_ >= options_.answer_limit) {
    if (phase_ == MqttPhase::connecting) return no_answer("CONNACK");
    if (!asked_.empty()) return no_answer("SUBACK");
  }
  if (phase_ == MqttPhase::connecting || limits_.keep_alive.ns == 0) return {};
  if (pinging_ && now - pinged_at_ >= options_.answer_limit) return no_answer("PINGRESP");
  if (pinging_) return {};
  // Silence of either side for so long: ours would end the session, the broker's may mean that
  // the link is dead although what we send still finds room.
  if (now - last_sent_ >= limits_.keep_alive || now - last_received_ >= limits_.keep_alive) {
    encode(MqttPacket(MqttPing{MqttType::pingreq}), options_.version, output_);
    last_sent_ = pinged_at_ = now;
    pinging_ = true;
  }
  return {};
}

void MqttSession::acknowledge(std::uint64_t token) {
  while (!unacked_.empty() && unacked_.front().token <= token) {
    const Unacked& message = unacked_.front();
    const MqttType type = message.qos == 1 ? MqttType::puback : MqttType::pubrec;
    encode(MqttAck{.type = type, .packet_id = message.packet_id}, options_.version, output_);
    unacked_.pop_front();
  }
}

Result<void> MqttSession::publish(MqttPublication publication) {
  TRY(check_topic_name(publication.topic));
  if (waiting_.size() + in_flight_.size() >= options_.publications_max) {
    return fail(Code::exhausted, std::format("expected fewer than {} publications to wait",
                                             options_.publications_max));
  }
  waiting_.push_back(std::move(publication));
  send_publications();
  return {};
}

void MqttSession::take_published(std::vector<MqttPublished>& out) {
  std::ranges::move(published_, std::back_inserter(out));
  published_.clear();
}

std::vector<MqttPublication> MqttSession::take_unfinished() {
  CHECK(phase_ == MqttPhase::stopped);
  std::vector<MqttPublication> all;
  for (InFlight& item : in_flight_) {
    packet_ids_[item.packet_id] = false;
    all.push_back(std::move(item.publication));
  }
  std::ranges::move(waiting_, std::back_inserter(all));
  in_flight_.clear();
  waiting_.clear();
  return all;
}

const MqttReport& MqttSession::report() {
  report_.unacknowledged = unacked_.size();
  return report_;
}

void MqttSession::subscribe(std::vector<MqttSubscription> wanted, Time now) {
  options_.subscriptions = std::move(wanted);
  resubscribe_ = !asked_.empty();
  if (phase_ == MqttPhase::up && !resubscribe_) send_subscriptions(now);
}

void MqttSession::leave(MqttParting parting) {
  if (parting == MqttParting::for_good && phase_ > MqttPhase::connecting) {
    MqttUnsubscribe all{.packet_id = take_packet_id(), .filters = {}};
    for (const MqttSubscription& one : options_.subscriptions) all.filters.push_back(one.filter);
    packet_ids_[all.packet_id] = false;  // nobody waits for the answer
    if (!all.filters.empty()) encode(MqttPacket(all), options_.version, output_);
    granted_.clear();
  }
  send_disconnect(MqttReason::success, parting == MqttParting::for_good);
}

void MqttSession::send_disconnect(MqttReason reason, bool end_session) {
  if (phase_ == MqttPhase::stopped || phase_ == MqttPhase::connecting) return;
  MqttPropertyWriter properties;
  if (end_session) properties.number(MqttProperty::session_expiry, 0);
  MqttDisconnect packet{.reason = reason};
  if (options_.version == MqttVersion::v5) packet.properties = properties.view();
  encode(MqttPacket(packet), options_.version, output_);
}

Result<std::size_t> MqttSession::feed(ByteView in, Time now, std::vector<MqttMessage>& out) {
  CHECK(phase_ != MqttPhase::stopped);
  if (!in.empty()) {
    last_received_ = now;
    pinging_ = false;
  }
  Result<std::size_t> used = take_packets(in, now, out);
  if (!used) send_disconnect(parting_, false);
  return used;
}

Result<std::size_t> MqttSession::take_packets(ByteView in, Time now,
                                              std::vector<MqttMessage>& out) {
  std::size_t used = 0;
  while (used < in.size()) {
    const ByteView rest = in.subspan(used);
    if (skip_ > 0) {
      const std::size_t n = std::min(skip_, rest.size());
      skip_ -= n;
      used += n;
      continue;
    }
    const std::size_t n = TRY(take_packet(rest, now, out));
    if (n == 0) break;
    used += n;
  }
  return used;
}

Result<std::size_t> MqttSession::take_packet(ByteView in, Time now, std::vector<MqttMessage>& out) {
  parting_ = MqttReason::malformed_packet;
  const std::optional<MqttHeader> header = TRY(decode_header(in));
  if (!header) return 0;
  if (header->type == MqttType::publish) return take_publish(in, *header, out);
  if (header->size() > packet_max()) {
    parting_ = MqttReason::packet_too_large;
    return fail(Code::corrupt, std::format("{}: expected at most {} bytes, found {}",
                                           to_text(header->type), packet_max(), header->size()));
  }
  if (in.size() < header->size()) return 0;
  const ByteView body = in.subspan(header->header_size, header->body_size);
  const MqttPacket packet = TRY(decode_packet(*header, body, options_.version));
  parting_ = MqttReason::protocol_error;
  TRY(on_packet(packet, now));
  return header->size();
}

Result<std::size_t> MqttSession::take_publish(ByteView in, const MqttHeader& header,
                                              std::vector<MqttMessage>& out) {
  if (phase_ == MqttPhase::connecting) {
    parting_ = MqttReason::protocol_error;
    return fail(Code::corrupt, "expected CONNACK first, found PUBLISH");
  }
  if (out.size() >= options_.batch_max) return 0;
  const bool whole = header.size() <= packet_max();
  const std::size_t taken = whole ? header.size() : kHeadMax;
  if (in.size() < taken) return 0;
  const ByteView body = in.subspan(header.header_size, taken - header.header_size);
  const MqttPublish packet = TRY(decode_publish(header, body, options_.version));

  parting_ = MqttReason::protocol_error;
  MqttMessage message{.topic = packet.topic,
                      .payload = packet.payload,
                      .payload_size = packet.payload.size() + header.size() - taken,
                      .dup = packet.dup,
                      .retain = packet.retain};
  const bool resolved = TRY(resolve_topic(packet, message, out.empty()));
  if (!resolved) return 0;
  TRY(count_in(packet, message));
  out.push_back(message);
  skip_ = header.size() - taken;
  return taken;
}

// False: the message would redefine an alias that views of earlier messages may still show.
Result<bool> MqttSession::resolve_topic(const MqttPublish& packet, MqttMessage& message,
                                        bool may_redefine) {
  if (packet.properties.empty()) return true;
  const auto alias = packet.properties.number(MqttProperty::topic_alias);
  if (!alias) return true;
  if (*alias > options_.topic_alias_max) {
    parting_ = MqttReason::topic_alias_invalid;
    return fail(Code::corrupt, std::format("PUBLISH: topic alias: expected at most {}, found {}",
                                           options_.topic_alias_max, *alias));
  }
  std::string& known = aliases_[*alias];
  if (packet.topic.empty()) {
    if (known.empty()) {
      return fail(Code::corrupt,
                  std::format("PUBLISH: topic alias: expected a known one, found {}", *alias));
    }
    message.topic = known;
  } else if (known != packet.topic) {
    if (!known.empty() && !may_redefine) return false;
    known = packet.topic;
  }
  return true;
}

Result<void> MqttSession::count_in(const MqttPublish& packet, MqttMessage& message) {
  if (packet.qos == 0) return {};
  if (unacked_.size() >= kUnackedMax) {
    parting_ = MqttReason::receive_max_exceeded;
    return fail(
        Code::corrupt,
        std::format("expected at most {} unacknowledged messages, found one more", kUnackedMax));
  }
  message.token = ++last_token_;
  unacked_.push_back({message.token, packet.packet_id, packet.qos});
  return {};
}

}  // namespace lineside::net
