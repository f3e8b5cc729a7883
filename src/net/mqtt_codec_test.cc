#include "net/mqtt_codec.h"

#include <charconv>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "base/text.h"

namespace lineside::net {
namespace {

constexpr MqttVersion k5 = MqttVersion::v5;
constexpr MqttVersion k311 = MqttVersion::v3_1_1;

// "10 0d ..." with 'text' for characters.
Bytes bytes_of(std::string_view notation) {
  Bytes bytes;
  for (std::size_t i = 0; i < notation.size();) {
    if (notation[i] == ' ') {
      ++i;
    } else if (notation[i] == '\'') {
      const std::size_t end = notation.find('\'', i + 1);
      for (std::size_t k = i + 1; k < end; ++k) bytes.push_back(std::byte(notation[k]));
      i = end + 1;
    } else {
      unsigned value = 0;
      std::from_chars(notation.data() + i, notation.data() + i + 2, value, 16);
      bytes.push_back(std::byte(value));
      i += 2;
    }
  }
  return bytes;
}

Result<MqttPacket> decode(ByteView bytes, MqttVersion version) {
  const auto header = decode_header(bytes);
  if (!header) return header.error();
  if (!*header || (*header)->size() > bytes.size()) {
    return fail(Code::unavailable, "need more");
  }
  return decode_packet(**header, bytes.subspan((*header)->header_size, (*header)->body_size),
                       version);
}

template <class P>
P decoded(std::string_view notation, MqttVersion version, Bytes& keep) {
  keep = bytes_of(notation);
  auto packet = decode(keep, version);
  EXPECT_TRUE(packet.has_value()) << notation << ": " << packet.error().text;
  if (!packet || !std::holds_alternative<P>(*packet)) {
    ADD_FAILURE() << "another packet: " << notation;
    return {};
  }
  return std::get<P>(*packet);
}

// Packets that the standards print or describe, byte by byte.
struct Vector {
  const char* name;
  MqttVersion version;
  const char* bytes;
};
const Vector kVectors[] = {
    // MQTT 5 figure 3-6: flags 0xce, keep alive 10, session expiry 10; will, user, password.
    {"CONNECT 5", k5,
     "10 26 00 04 'MQTT' 05 ce 00 0a 05 11 00 00 00 0a 00 01 'c' 05 18 00 00 00 05 00 01 'w' "
     "00 01 'p' 00 01 'u' 00 02 'pw'"},
    // MQTT 3.1.1 figure 3.6: the same flags and keep alive.
    {"CONNECT 3.1.1", k311,
     "10 1a 00 04 'MQTT' 04 ce 00 0a 00 02 'id' 00 01 'w' 00 01 'p' 00 01 'u' 00 01 's'"},
    {"CONNECT clean, no will", k311, "10 0c 00 04 'MQTT' 04 02 00 3c 00 00"},
    {"CONNACK 5", k5, "20 0b 01 00 08 21 00 14 13 00 1e 25 00"},
    {"CONNACK 3.1.1", k311, "20 02 01 00"},
    // Figure 3-8: topic a/b, packet identifier 10.
    {"PUBLISH 5", k5, "32 0a 00 03 'a/b' 00 0a 00 'hi'"},
    {"PUBLISH 3.1.1", k311, "3b 09 00 03 'a/b' 00 0a 'hi'"},
    {"PUBLISH empty payload", k311, "30 05 00 03 'a/b'"},
    {"PUBLISH alias only", k5, "30 07 00 00 03 23 00 05 '!'"},
    {"PUBLISH all properties", k5,
     "30 2f 00 01 't' 2b 01 01 02 00 00 00 3c 03 00 02 'ct' 08 00 01 'r' 09 00 02 00 ff "
     "0b 81 01 0b 07 23 00 01 26 00 01 'k' 00 01 'v' 26 00 01 'k' 00 01 'v'"},
    {"PUBACK success", k5, "40 02 00 0a"},
    {"PUBACK reason", k5, "40 03 00 0a 10"},
    {"PUBACK reason string", k5, "40 09 00 0a 97 05 1f 00 02 'no'"},
    {"PUBACK 3.1.1", k311, "40 02 ff ff"},
    {"PUBREC", k5, "50 02 00 01"},
    {"PUBREL", k5, "62 03 00 01 92"},
    {"PUBCOMP", k311, "70 02 00 01"},
    // Figure 3-21: a/b with QoS 1, c/d with QoS 2.
    {"SUBSCRIBE 5", k5, "82 0f 00 0a 00 00 03 'a/b' 01 00 03 'c/d' 02"},
    {"SUBSCRIBE options", k5, "82 0b 00 0a 02 0b 01 00 03 'a/#' 1d"},
    {"SUBSCRIBE 3.1.1", k311, "82 0e 00 0a 00 03 'a/b' 01 00 03 'c/d' 02"},
    {"SUBACK 5", k5, "90 05 00 0a 00 01 87"},
    {"SUBACK 3.1.1", k311, "90 06 00 0a 00 01 02 80"},
    {"UNSUBSCRIBE 5", k5, "a2 0d 00 0a 00 00 03 'a/b' 00 03 'c/d'"},
    {"UNSUBSCRIBE 3.1.1", k311, "a2 0c 00 0a 00 03 'a/b' 00 03 'c/d'"},
    {"UNSUBACK 5", k5, "b0 05 00 0a 00 00 11"},
    {"UNSUBACK 3.1.1", k311, "b0 02 00 0a"},
    {"PINGREQ", k5, "c0 00"},
    {"PINGRESP", k311, "d0 00"},
    {"DISCONNECT", k311, "e0 00"},
    {"DISCONNECT reason", k5, "e0 01 8b"},
    {"DISCONNECT reference", k5, "e0 09 9c 07 1c 00 04 'host'"},
    {"AUTH", k5, "f0 08 18 06 15 00 03 'SCR'"},
};

TEST(MqttCodec, DecodesTheStandardsPacketsAndEncodesThemBackToTheSameBytes) {
  for (const Vector& vector : kVectors) {
    const Bytes bytes = bytes_of(vector.bytes);
    const auto packet = decode(bytes, vector.version);
    ASSERT_TRUE(packet.has_value()) << vector.name << ": " << packet.error().text;
    Bytes again;
    encode(*packet, vector.version, again);
    EXPECT_EQ(to_hex(again), to_hex(bytes)) << vector.name;
  }
}

// A packet cut anywhere asks for more; its body cut short and said to be whole is an error or,
// where the standard lets packets end early, another valid packet: never a read past the end.
TEST(MqttCodec, CutPacketsAskForMoreAndShortBodiesDoNotReadOn) {
  for (const Vector& vector : kVectors) {
    const Bytes bytes = bytes_of(vector.bytes);
    const auto header = decode_header(bytes);
    ASSERT_TRUE(header && *header);
    for (std::size_t n = 0; n < (*header)->header_size; ++n) {
      const auto cut = decode_header(ByteView(bytes).first(n));
      ASSERT_TRUE(cut.has_value()) << vector.name;
      EXPECT_FALSE(cut->has_value()) << vector.name << " cut at " << n;
    }
    for (std::size_t n = 0; n < (*header)->body_size; ++n) {
      // On the heap and of this size, so that AddressSanitizer sees a read past the end.
      const ByteView body = ByteView(bytes).subspan((*header)->header_size, n);
      const Bytes exact(body.begin(), body.end());
      const auto packet = decode_packet(**header, exact, vector.version);
      if (!packet) {
        EXPECT_EQ(packet.error().code, Code::corrupt) << vector.name;
      }
    }
  }
}

TEST(MqttCodec, ReadsEveryFieldOfConnect) {
  Bytes keep;
  const auto p = decoded<MqttConnect>(kVectors[0].bytes, k5, keep);
  EXPECT_EQ(p.version, k5);
  EXPECT_TRUE(p.clean_start);
  EXPECT_EQ(p.keep_alive_s, 10);
  EXPECT_EQ(p.properties.number(MqttProperty::session_expiry), 10U);
  EXPECT_FALSE(p.properties.number(MqttProperty::receive_max));
  EXPECT_EQ(p.client_id, "c");
  ASSERT_TRUE(p.will);
  EXPECT_EQ(p.will->topic, "w");
  EXPECT_EQ(p.will->qos, 1);
  EXPECT_FALSE(p.will->retain);
  EXPECT_EQ(p.will->properties.number(MqttProperty::will_delay), 5U);
  EXPECT_EQ(p.user, "u");
  EXPECT_EQ(as_text(*p.password), "pw");
}

TEST(MqttCodec, ReadsEveryFieldOfPublish) {
  Bytes keep;
  const auto p = decoded<MqttPublish>("3b 09 00 03 'a/b' 00 0a 'hi'", k311, keep);
  EXPECT_EQ(p.topic, "a/b");
  EXPECT_EQ(p.packet_id, 10);
  EXPECT_EQ(p.qos, 1);
  EXPECT_TRUE(p.dup);
  EXPECT_TRUE(p.retain);
  EXPECT_EQ(as_text(p.payload), "hi");

  const auto q = decoded<MqttPublish>(kVectors[9].bytes, k5, keep);
  EXPECT_EQ(q.properties.number(MqttProperty::subscription_id), 129U);
  EXPECT_EQ(q.properties.number(MqttProperty::topic_alias), 1U);
  EXPECT_EQ(q.properties.text(MqttProperty::content_type), "ct");
  EXPECT_EQ(q.properties.text(MqttProperty::correlation_data), std::string_view("\0\xff", 2));
}

TEST(MqttCodec, DecodesAPublishFromTheStartOfItsBody) {
  const Bytes bytes = bytes_of("32 ff 7f 00 03 'a/b' 00 0a 00 'begin'");
  const auto header = decode_header(bytes);
  ASSERT_TRUE(header && *header);
  EXPECT_EQ((*header)->body_size, 16'383U);
  const auto p = decode_publish(**header, ByteView(bytes).subspan(3), k5);
  ASSERT_TRUE(p.has_value());
  EXPECT_EQ(as_text(p->payload), "begin");
}

TEST(MqttCodec, TranslatesTheReturnCodesOf311) {
  const std::pair<const char*, MqttReason> codes[] = {
      {"20 02 00 01", MqttReason::unsupported_version},
      {"20 02 00 02", MqttReason::client_id_not_valid},
      {"20 02 00 03", MqttReason::server_unavailable},
      {"20 02 00 04", MqttReason::bad_credentials},
      {"20 02 00 05", MqttReason::not_authorized}};
  for (const auto& [notation, reason] : codes) {
    Bytes keep;
    EXPECT_EQ(decoded<MqttConnack>(notation, k311, keep).reason, reason);
    Bytes again;
    encode(MqttPacket(MqttConnack{.reason = reason}), k311, again);
    EXPECT_EQ(again, keep);
  }
}

// Table 1-1 and 2.1.4: the limits of each length of a variable byte integer.
TEST(MqttCodec, ReadsRemainingLengthsAtTheirLimits) {
  const std::pair<const char*, std::size_t> lengths[] = {{"30 00", 0},
                                                         {"30 7f", 127},
                                                         {"30 80 01", 128},
                                                         {"30 ff 7f", 16'383},
                                                         {"30 80 80 01", 16'384},
                                                         {"30 ff ff 7f", 2'097'151},
                                                         {"30 80 80 80 01", 2'097'152},
                                                         {"30 ff ff ff 7f", kMqttRemainingMax}};
  for (const auto& [notation, size] : lengths) {
    const auto header = decode_header(bytes_of(notation));
    ASSERT_TRUE(header && *header) << notation;
    EXPECT_EQ((*header)->body_size, size);
  }
}

struct Malformed {
  const char* name;
  MqttVersion version;
  const char* bytes;
  const char* error;
};

TEST(MqttCodec, SaysWhatIsWrongWithMalformedPackets) {
  const Malformed cases[] = {
      {"type 0", k5, "00 00", "packet type: expected 1..15, found 0"},
      {"length of five bytes", k5, "30 80 80 80 80 01", "remaining length: expected at most 4"},
      {"length not shortest", k5, "30 85 00", "remaining length: expected its shortest form"},
      {"PINGREQ flags", k5, "c1 00", "PINGREQ: flags: expected 0, found 1"},
      {"SUBSCRIBE flags", k5, "80 02 00 01", "SUBSCRIBE: flags: expected 2, found 0"},
      {"QoS 3", k5, "36 00", "PUBLISH: QoS: expected 0..2, found 3"},
      {"DUP with QoS 0", k311, "38 00", "PUBLISH: flags: expected no DUP with QoS 0"},
      {"topic cut", k311, "30 03 00 09 'a'", "PUBLISH: topic name: expected more bytes"},
      {"topic wildcard", k311, "30 05 00 03 'a/#'", "topic name: expected no wildcards"},
      {"topic NUL", k311, "30 04 00 02 'a' 00", "topic name: expected UTF-8 without U+0000"},
      {"topic surrogate", k311, "30 05 00 03 ed a0 80", "topic name: expected UTF-8"},
      {"topic overlong", k311, "30 0b 00 09 'abcdefg' c0 af", "topic name: expected UTF-8"},
      {"topic empty 3.1.1", k311, "30 02 00 00", "at least one character or a topic alias"},
      {"topic empty, no alias", k5, "30 03 00 00 00", "at least one character or a topic alias"},
      {"packet id 0", k311, "32 05 00 01 'a' 00 00", "packet identifier: expected 1..65535"},
      {"alias 0", k5, "30 07 00 01 'a' 03 23 00 00", "topic alias: expected 1..65535"},
      {"properties cut", k5, "30 05 00 01 'a' 05 23", "PUBLISH: properties: expected more bytes"},
      {"property cut", k5, "30 06 00 01 'a' 02 23 00", "topic alias: expected more bytes"},
      {"unknown property", k5, "30 05 00 01 'a' 01 7f",
       "expected a property identifier of MQTT 5, found 0x7f at 0"},
      {"property elsewhere", k5, "30 07 00 01 'a' 03 21 00 05",
       "properties: expected one that is allowed here, found receive maximum"},
      {"property twice", k5, "30 0a 00 01 'a' 06 23 00 05 23 00 05",
       "topic alias: expected it once"},
      {"payload format 2", k5, "30 06 00 01 'a' 02 01 02",
       "payload format indicator: expected 0..1, found 2"},
      {"receive maximum 0", k5, "20 06 00 00 03 21 00 00", "receive maximum: expected 1..65535"},
      {"CONNACK flags", k5, "20 03 02 00 00", "CONNACK: flags: expected 0 or 1, found 0x02"},
      {"CONNACK code 6", k311, "20 02 00 06", "CONNACK: return code: expected 0..5"},
      {"trailing bytes", k311, "40 03 00 01 00", "PUBACK: length: expected the end of the packet"},
      {"no filters", k5, "82 03 00 01 00", "SUBSCRIBE: topic filter: expected more bytes"},
      {"reserved option", k311, "82 06 00 01 00 01 'a' 04", "subscription options: expected QoS"},
      {"retain handling 3", k5, "82 07 00 01 00 00 01 'a' 30", "subscription options"},
      {"SUBACK code", k311, "90 03 00 01 03", "return code: expected 0, 1, 2 or 0x80"},
      {"SUBACK empty", k5, "90 03 00 01 00", "SUBACK: reasons: expected at least one"},
      {"protocol name", k311, "10 0c 00 04 'MQIs' 04 02 00 3c 00 00", "expected \"MQTT\""},
      {"protocol level", k311, "10 0c 00 04 'MQTT' 03 02 00 3c 00 00", "level: expected 4 or 5"},
      {"connect flag 0", k311, "10 0c 00 04 'MQTT' 04 03 00 3c 00 00", "expected bit 0 clear"},
      {"will flags", k311, "10 0c 00 04 'MQTT' 04 0a 00 3c 00 00", "without a will"},
      {"password alone", k311, "10 0e 00 04 'MQTT' 04 42 00 3c 00 00 00 00", "without a user"},
      {"AUTH in 3.1.1", k311, "f0 00", "AUTH: packet type: expected one of MQTT 3.1.1"},
      {"reason in 3.1.1", k311, "e0 01 00", "DISCONNECT: length: expected the end"},
  };
  for (const Malformed& test : cases) {
    const auto packet = decode(bytes_of(test.bytes), test.version);
    ASSERT_FALSE(packet.has_value()) << test.name;
    EXPECT_EQ(packet.error().code, Code::corrupt) << test.name;
    EXPECT_NE(packet.error().text.find(test.error), std::string::npos)
        << test.name << ": " << packet.error().text;
  }
}

TEST(MqttCodec, KnowsTheSizeOfAPublishBeforeEncoding) {
  const std::string payload(300, 'x');
  MqttPropertyWriter properties;
  properties.number(MqttProperty::topic_alias, 7).user("k", "v");
  for (const MqttVersion version : {k5, k311}) {
    for (const std::uint8_t qos : {std::uint8_t{0}, std::uint8_t{1}}) {
      MqttPublish packet{.topic = "a/b", .payload = as_bytes(payload), .packet_id = 1, .qos = qos};
      if (version == k5) packet.properties = properties.view();
      Bytes out;
      encode(packet, version, out);
      EXPECT_EQ(encoded_size(packet, version), out.size());
    }
  }
}

TEST(MqttCodec, NamesReasons) {
  EXPECT_EQ(to_text(MqttReason::not_authorized), "not authorized (0x87)");
  EXPECT_EQ(to_text(static_cast<MqttReason>(0xee)), "unknown reason (0xee)");
}

}  // namespace
}  // namespace lineside::net
