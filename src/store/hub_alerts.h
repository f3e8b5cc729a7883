// Copies of what edges raised and operators said of it.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/time.h"

namespace lineside::store {

struct HubCore;

struct StoredAlert {
  std::string id;
  std::string edge;
  std::string asset;
  Time opened;
  Time updated;
  std::string document;  // JSON of domain::Alert; read back empty where the row is damaged
  // Where the edge was when it first sent it; absent: nobody knows.
  std::optional<std::string> site{};
  // What of the row cannot be, in words. Empty: nothing.
  std::string damage{};
  bool operator==(const StoredAlert&) const = default;
};

struct StoredVerdict {
  std::string alert;
  std::string edge;
  std::string author;
  Time time;
  std::string document;  // JSON of domain::Verdict
  bool operator==(const StoredVerdict&) const = default;
};

// The last one of the page before: there are others that opened at the same time.
struct AlertPlace {
  Time opened;
  std::string id;
};
struct StoredAlertQuery {
  std::string edge;                  // empty: any
  std::optional<AlertPlace> behind;  // absent: the first page
  std::size_t limit = 100;
  // Of documents, behind which no other one is read; the first one is, however long.
  std::size_t bytes = std::size_t{4} << 20;
};

// How much is read of what was said of one alert.
struct VerdictLimits {
  std::size_t count = 100;
  std::size_t bytes = std::size_t{4} << 20;  // of documents
};
inline constexpr std::uint64_t kVerdictsCounted = 1000;
struct NewestVerdicts {
  std::vector<StoredVerdict> items;  // newest first
  std::uint64_t left_out = 0;        // older ones; kVerdictsCounted: so many or more
};

// What an edge said of alerts that it has not raised.
struct PassedOver {
  std::uint64_t alerts = 0;
  std::uint64_t verdicts = 0;
  bool operator==(const PassedOver&) const = default;
};

// Any thread may call. An alert is listed by its column `opened`; a row where that is not what the
// document says is damaged and told as such, in its place.
class HubAlerts {
 public:
  explicit HubAlerts(HubCore& core) : core_(core) {}

  // One transaction. What is there stays, but for an alert of the edge that has a newer `updated`
  // or is open; so everything may be said twice. What somebody said who was erased since is passed
  // over. `site`: where the edge is that gives the verdicts, as StoredAlert::site of alerts;
  // absent: where it is by now. An alert that is there is of the edge that raised it, and so is
  // what is said of it: another one that has got the name is passed over and counted. It is the
  // same where it is, or was before it was moved, at the alert's site; where nobody knows that, if
  // it joined before the last `updated`.
  Result<PassedOver> put(std::span<const StoredAlert> alerts,
                         std::span<const StoredVerdict> verdicts,
                         const std::optional<std::string>& site = std::nullopt);
  // Newest first. Fewer than asked for do not mean that there is no other: none does.
  Result<std::vector<StoredAlert>> alerts(const StoredAlertQuery& query) const;
  Result<NewestVerdicts> verdicts(std::string_view edge, std::string_view alert,
                                  const VerdictLimits& limits = {}) const;

 private:
  HubCore& core_;
};

}  // namespace lineside::store
