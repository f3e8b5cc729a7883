// What speaks, and what it says: devices, their types, and streams.
#pragma once

#include <string>
#include <vector>

#include "domain/connection.h"
#include "domain/fields.h"
#include "domain/manifest.h"

namespace lineside::domain {

struct DeviceTypeSpec {
  std::string title;
  std::string manufacturer;
  std::string model;
  std::string protocol;         // "mqtt", "opcua"
  std::string firmware_latest;  //
  std::string support_until;    // "2031-12-31", the last day; empty: not known
  bool operator==(const DeviceTypeSpec&) const = default;
};
constexpr auto fields(const DeviceTypeSpec*) {
  return std::tuple(
      field("title", &DeviceTypeSpec::title, "what people call it"),
      field("manufacturer", &DeviceTypeSpec::manufacturer, "who makes it").filter(),
      field("model", &DeviceTypeSpec::model, "the maker's name for it").filter(),
      field("protocol", &DeviceTypeSpec::protocol, "what it speaks").filter(),
      field("firmware_latest", &DeviceTypeSpec::firmware_latest, "newest firmware of the maker"),
      field("support_until", &DeviceTypeSpec::support_until, "last day of support, yyyy-mm-dd"));
}

// Devices and streams that appear by themselves are unclaimed until somebody owns them.
enum class Claim : unsigned char { unclaimed, active, retired };
constexpr auto names(const Claim*) {
  return std::array<std::string_view, 3>{"unclaimed", "active", "retired"};
}

struct DeviceSpec {
  std::string title;
  std::string site;
  std::string asset;  // the machine it belongs to; empty: none
  std::string type;   // a DeviceType; empty: not known
  std::string owner;  // a person's name or a team; needed once active
  std::string firmware;
  std::string serial;
  Claim status = Claim::active;
  bool edge = false;       // runs Lineside and enrols with the hub
  std::string connection;  // by which its readings come; empty: none
  bool operator==(const DeviceSpec&) const = default;
};
constexpr auto fields(const DeviceSpec*) {
  return std::tuple(
      field("title", &DeviceSpec::title, "what people call it"),
      field("site", &DeviceSpec::site, "site it stands in").required().refers(Kind::site),
      field("asset", &DeviceSpec::asset, "machine it belongs to").refers(Kind::asset),
      field("type", &DeviceSpec::type, "make and model").refers(Kind::device_type),
      field("owner", &DeviceSpec::owner, "person or team that answers for it").filter(),
      field("firmware", &DeviceSpec::firmware, "installed firmware").filter(),
      field("serial", &DeviceSpec::serial, "serial number").filter(),
      field("status", &DeviceSpec::status, "unclaimed until somebody owns it").filter(),
      field("edge", &DeviceSpec::edge, "whether it is an edge that enrols with the hub").filter(),
      field("connection", &DeviceSpec::connection, "connection its readings come by")
          .refers(Kind::connection));
}

// Its object's name is "asset/stream".
struct StreamSpec {
  std::string asset;
  std::string device;      // empty: not known
  std::string connection;  // empty: none
  std::string contract;    // empty: none
  std::string unit;        // of domain/units.h unless unclaimed; empty: none
  ValueType type = ValueType::number;
  std::string description;
  std::string owner;  // a person's name or a team; needed once active
  Claim status = Claim::active;
  bool operator==(const StreamSpec&) const = default;
};
constexpr auto fields(const StreamSpec*) {
  return std::tuple(
      field("asset", &StreamSpec::asset, "machine it is of").required().refers(Kind::asset),
      field("device", &StreamSpec::device, "device that measures it").refers(Kind::device),
      field("connection", &StreamSpec::connection, "connection it comes by")
          .refers(Kind::connection),
      field("contract", &StreamSpec::contract, "contract that holds for it").refers(Kind::contract),
      field("unit", &StreamSpec::unit, "unit of the stored value").filter(),
      field("type", &StreamSpec::type, "number, integer or boolean"),
      field("description", &StreamSpec::description, "what it measures"),
      field("owner", &StreamSpec::owner, "person or team that answers for it").filter(),
      field("status", &StreamSpec::status, "unclaimed until somebody owns it").filter());
}

// Dates that exist; edges without a connection of their own; a stream's name that begins with its
// asset; owners of what is active is left to policy. Problems carry the manifest's place.
std::vector<Problem> check(const Manifest<DeviceTypeSpec>& manifest);
std::vector<Problem> check(const Manifest<DeviceSpec>& manifest);
std::vector<Problem> check(const Manifest<StreamSpec>& manifest);

}  // namespace lineside::domain
