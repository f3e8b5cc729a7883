// A connection: one configured protocol link and the mappings from its points to streams.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/time.h"
#include "domain/fields.h"

namespace lineside::domain {

enum class Protocol : unsigned char { mqtt };
constexpr auto names(const Protocol*) { return std::array<std::string_view, 1>{"mqtt"}; }

enum class PayloadFormat : unsigned char { json, number };
constexpr auto names(const PayloadFormat*) {
  return std::array<std::string_view, 2>{"json", "number"};
}

enum class TimeFormat : unsigned char { iso8601, unix_s, unix_ms, unix_us, unix_ns };
constexpr auto names(const TimeFormat*) {
  return std::array<std::string_view, 5>{"iso8601", "unix_s", "unix_ms", "unix_us", "unix_ns"};
}

struct TimeSpec {
  std::string path;                         // "$.ts"
  TimeFormat format = TimeFormat::iso8601;  //
  std::string zone = "UTC";                 // for texts without one: "UTC", "+01:00", IANA name
  bool operator==(const TimeSpec&) const = default;
};
constexpr auto fields(const TimeSpec*) {
  return std::tuple(
      field("path", &TimeSpec::path, "JSON path of the source time").required(),
      field("format", &TimeSpec::format, "how the source time is written"),
      field("zone", &TimeSpec::zone, "zone of texts that carry none: UTC, +hh:mm or an IANA name"));
}

enum class ValueType : unsigned char { number, integer, boolean };
constexpr auto names(const ValueType*) {
  return std::array<std::string_view, 3>{"number", "integer", "boolean"};
}

inline constexpr std::size_t kTitleMax = 80;  // characters

struct PointSpec {
  std::string stream;                  // stream name within the asset
  std::string path;                    // "$.a.b", "$.a[2]"; empty for format: number
  ValueType type = ValueType::number;  // a boolean becomes 0 or 1
  std::string unit;                    //
  double scale = 1;                    // stored = received * scale + offset
  double offset = 0;                   //
  bool optional = false;               // absent or null is not a missing_field
  std::string title;                   // for people, at most kTitleMax characters; empty: the name
  bool operator==(const PointSpec&) const = default;
};
constexpr auto fields(const PointSpec*) {
  return std::tuple(
      field("stream", &PointSpec::stream, "name of the stream within its asset").required(),
      field("path", &PointSpec::path, "JSON path of the value; none for format: number"),
      field("type", &PointSpec::type, "number, integer or boolean (stored as 0 or 1)"),
      field("unit", &PointSpec::unit, "unit of the stored value"),
      field("scale", &PointSpec::scale, "stored = received * scale + offset"),
      field("offset", &PointSpec::offset, "stored = received * scale + offset"),
      field("optional", &PointSpec::optional, "an absent or null value is not an error"),
      field("title", &PointSpec::title, "what people call the stream, at most 80 characters"));
}

struct MappingSpec {
  std::string topic;  // MQTT filter; `{asset}` stands for one level and names the asset
  std::string asset;  // fixed name, or a pattern with {asset}; empty: "{asset}"
  PayloadFormat format = PayloadFormat::json;
  std::optional<TimeSpec> time;  // absent: arrival time
  std::string sequence;          // JSON path of a whole number >= 0; empty: none
  std::vector<PointSpec> streams;
  bool operator==(const MappingSpec&) const = default;
};
constexpr auto fields(const MappingSpec*) {
  return std::tuple(
      field("topic", &MappingSpec::topic, "MQTT topic filter; {asset} is one level").required(),
      field("asset", &MappingSpec::asset, "asset name where the topic does not give it"),
      field("format", &MappingSpec::format, "json or number (the payload is one number)"),
      field("time", &MappingSpec::time, "where the source time is; absent: time of arrival"),
      field("sequence", &MappingSpec::sequence, "JSON path of the sequence number"),
      field("streams", &MappingSpec::streams, "the values to take").required());
}

struct TlsSpec {
  std::string ca_file;
  std::string cert_file;
  std::string key_file;
  std::string server_name;
  bool operator==(const TlsSpec&) const = default;
};
constexpr auto fields(const TlsSpec*) {
  return std::tuple(
      field("ca_file", &TlsSpec::ca_file, "PEM of the authority; absent: the system's roots"),
      field("cert_file", &TlsSpec::cert_file, "PEM chain of the client certificate"),
      field("key_file", &TlsSpec::key_file, "PEM of the client's private key"),
      field("server_name", &TlsSpec::server_name, "name the broker's certificate must carry"));
}

enum class MqttVersion : unsigned char { v5, v3_1_1 };
constexpr auto names(const MqttVersion*) { return std::array<std::string_view, 2>{"5", "3.1.1"}; }

struct ConnectionSpec {
  Protocol protocol = Protocol::mqtt;
  std::string address;  // host:port
  MqttVersion version = MqttVersion::v5;
  std::string client_id;  // empty: "lineside-<edge>-<connection>"
  int qos = 1;
  std::optional<TlsSpec> tls;
  std::string user;
  std::string password_file;
  Duration keep_alive = Duration::seconds(30);
  Duration session_expiry = Duration::seconds(7 * 86400);
  int receive_max = 2000;
  std::int64_t payload_max = 256 * 1024;
  std::vector<MappingSpec> mappings;
  std::string site;  // of the hub's catalog: the subtree it is meant for; edges pass it over
  std::string edge;  // of the hub's catalog: the one edge that runs it; empty: those of the site
  bool operator==(const ConnectionSpec&) const = default;
};
constexpr auto fields(const ConnectionSpec*) {
  return std::tuple(
      field("protocol", &ConnectionSpec::protocol, "mqtt").required(),
      field("address", &ConnectionSpec::address, "host:port of the broker").required(),
      field("version", &ConnectionSpec::version, "MQTT version: \"5\" or \"3.1.1\""),
      field("client_id", &ConnectionSpec::client_id, "MQTT client id; it owns the session"),
      field("qos", &ConnectionSpec::qos, "0 or 1; 1: acknowledged after the commit").range(0, 1),
      field("tls", &ConnectionSpec::tls, "TLS; absent only for loopback addresses"),
      field("user", &ConnectionSpec::user, "user name"),
      field("password_file", &ConnectionSpec::password_file, "file whose first line is it"),
      field("keep_alive", &ConnectionSpec::keep_alive, "MQTT keep alive").range(1, 65535).in("s"),
      field("session_expiry", &ConnectionSpec::session_expiry,
            "how long the broker keeps our session; 0: until we leave")
          .range(0, 4294967294.0)
          .in("s"),
      field("receive_max", &ConnectionSpec::receive_max,
            "QoS 1 messages in flight before acknowledgement")
          .range(1, 65535),
      field("payload_max", &ConnectionSpec::payload_max, "larger payloads are rejected")
          .range(16, 16.0 * 1024 * 1024)
          .in("B"),
      field("mappings", &ConnectionSpec::mappings, "what becomes which stream").required(),
      field("site", &ConnectionSpec::site, "catalog: site it is meant for")
          .of_catalog()
          .refers(Kind::site),
      field("edge", &ConnectionSpec::edge, "catalog: the one edge that runs it")
          .of_catalog()
          .refers(Kind::device));
}

// How the first mapping that may yield the stream, by the names it gives to assets, takes it; null:
// none does.
const PointSpec* point_of(const ConnectionSpec& spec, std::string_view asset,
                          std::string_view stream);

}  // namespace lineside::domain
