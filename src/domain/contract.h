// The data contract of streams: who owns them, and what a good reading looks like.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/time.h"
#include "domain/fields.h"

namespace lineside::domain {

enum class OnViolation : unsigned char { reject, flag };
constexpr auto names(const OnViolation*) {
  return std::array<std::string_view, 2>{"reject", "flag"};
}

struct StreamRule {
  std::string stream;  // glob over stream names within the asset
  std::string unit;    // must equal the mapping's unit where both are given
  std::optional<double> min;
  std::optional<double> max;
  std::optional<double> max_rate;       // largest |change| per second between good readings
  std::optional<Duration> interval;     // expected time between readings
  std::optional<Duration> stale_after;  // silence for this long marks the stream stale
  std::optional<Duration> flat_after;   // no change for this long marks the stream flat
  OnViolation on_violation = OnViolation::reject;  // of min, max, max_rate; flag: quality bad
  bool operator==(const StreamRule&) const = default;
};
constexpr auto fields(const StreamRule*) {
  return std::tuple(
      field("stream", &StreamRule::stream, "glob over stream names").required(),
      field("unit", &StreamRule::unit, "unit the mapping must declare"),
      field("min", &StreamRule::min, "smallest good value"),
      field("max", &StreamRule::max, "largest good value"),
      field("max_rate", &StreamRule::max_rate, "largest change per second").range(0, 1e300),
      field("interval", &StreamRule::interval, "expected interval").range(0, 1e9).in("s"),
      field("stale_after", &StreamRule::stale_after, "silence that marks it stale")
          .range(0, 1e9)
          .in("s"),
      field("flat_after", &StreamRule::flat_after, "sameness that marks it flat")
          .range(0, 1e9)
          .in("s"),
      field("on_violation", &StreamRule::on_violation, "reject the reading, or flag it as bad"));
}

enum class Classification : unsigned char { internal, public_, confidential, restricted };
constexpr auto names(const Classification*) {
  return std::array<std::string_view, 4>{"internal", "public", "confidential", "restricted"};
}

struct ContractSpec {
  std::string assets = "*";  // glob over asset names
  std::string owner;
  Classification classification = Classification::internal;
  std::optional<Duration> retention;  // declared; absent: the store's byte cap alone decides
  std::string residency;              // declared region, for example "eu" or "on-premises"
  Duration max_future = Duration::seconds(300);          // source time ahead of our clock
  Duration max_age = Duration::seconds(3650 * 86400LL);  // source time behind our clock
  std::vector<StreamRule> streams;
  std::string site;  // of the hub's catalog: the subtree it is meant for; edges pass it over
  bool operator==(const ContractSpec&) const = default;
};
constexpr auto fields(const ContractSpec*) {
  return std::tuple(
      field("assets", &ContractSpec::assets, "glob over asset names"),
      field("owner", &ContractSpec::owner, "who answers for this data").required().filter(),
      field("classification", &ContractSpec::classification, "how widely it may be seen").filter(),
      field("retention", &ContractSpec::retention, "how long it is to be kept")
          .range(1, 1e10)
          .in("s"),
      field("residency", &ContractSpec::residency, "where it must stay"),
      field("max_future", &ContractSpec::max_future, "tolerated lead of the source's clock")
          .range(0, 1e9)
          .in("s"),
      field("max_age", &ContractSpec::max_age, "oldest source time accepted; absent: 3650d")
          .range(1, 1e10)
          .in("s"),
      field("streams", &ContractSpec::streams, "rules per stream; first match holds").required(),
      field("site", &ContractSpec::site, "catalog: site it is meant for")
          .of_catalog()
          .refers(Kind::site));
}

}  // namespace lineside::domain
