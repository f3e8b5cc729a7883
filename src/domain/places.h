// Where things are: sites, and the machines in them.
#pragma once

#include <string>
#include <vector>

#include "domain/fields.h"
#include "domain/manifest.h"

namespace lineside::domain {

// Equipment levels of ISA-95 (IEC 62264-1, 5.3), from the whole down to the line.
enum class SiteLevel : unsigned char { enterprise, site, area, line };
constexpr auto names(const SiteLevel*) {
  return std::array<std::string_view, 4>{"enterprise", "site", "area", "line"};
}

struct SiteSpec {
  std::string title;
  SiteLevel level = SiteLevel::site;
  std::string parent;     // the site it is part of; empty: none
  std::string zone;       // "Europe/Berlin"; empty: the parent's, or UTC
  std::string residency;  // region its data must stay in; empty: the parent's, or none
  bool operator==(const SiteSpec&) const = default;
};
constexpr auto fields(const SiteSpec*) {
  return std::tuple(
      field("title", &SiteSpec::title, "what people call it"),
      field("level", &SiteSpec::level, "ISA-95 level").filter(),
      field("parent", &SiteSpec::parent, "site it is part of").refers(Kind::site),
      field("zone", &SiteSpec::zone,
            "time zone: UTC, +hh:mm or an IANA name; absent: the parent's"),
      field("residency", &SiteSpec::residency, "region its data must stay in, such as eu")
          .filter());
}

enum class Criticality : unsigned char { low, medium, high };
constexpr auto names(const Criticality*) {
  return std::array<std::string_view, 3>{"low", "medium", "high"};
}

struct AssetSpec {
  std::string title;
  std::string site;
  std::string parent;  // the asset it is part of; empty: none
  std::string type;    // "pump"
  std::string manufacturer;
  std::string model;
  std::string serial;
  Criticality criticality = Criticality::low;
  bool operator==(const AssetSpec&) const = default;
};
constexpr auto fields(const AssetSpec*) {
  return std::tuple(
      field("title", &AssetSpec::title, "what people call it"),
      field("site", &AssetSpec::site, "site it stands in").required().refers(Kind::site),
      field("parent", &AssetSpec::parent, "asset it is part of").refers(Kind::asset),
      field("type", &AssetSpec::type, "sort of machine, such as pump").filter(),
      field("manufacturer", &AssetSpec::manufacturer, "who made it").filter(),
      field("model", &AssetSpec::model, "the maker's name for it").filter(),
      field("serial", &AssetSpec::serial, "serial number").filter(),
      field("criticality", &AssetSpec::criticality, "what a failure means: low, medium or high")
          .filter());
}

// Well-formed names and digests, no object its own parent. Problems carry the manifest's place.
std::vector<Problem> check(const Manifest<SiteSpec>& manifest);
std::vector<Problem> check(const Manifest<AssetSpec>& manifest);

}  // namespace lineside::domain
