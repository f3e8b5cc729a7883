#include "store/hub_alerts.h"

#include <algorithm>
#include <format>
#include <limits>
#include <map>

#include "base/text.h"
#include "store/hub_core_internal.h"

namespace lineside::store {

namespace {

std::optional<std::string> site_of(const Statement& row) {
  constexpr int kSite = 6;
  if (row.is_null(kSite)) return std::nullopt;
  return row.text(kSite);
}

// Of what the document does not say, or not as a time, who reads the document tells.
std::string damage_of(const Statement& row) {
  constexpr int kSaid = 7;
  if (row.is_null(kSaid)) return "";
  const Time opened{row.integer(3)};
  const auto said = parse_iso(row.text(kSaid));
  if (!said || *said == opened) return "";
  return std::format("alert.opened: expected {} as its document says, found {}, in row {} of {}",
                     format_iso(*said), format_iso(opened), excerpt(row.text(0)),
                     excerpt(row.text(1)));
}

// The columns of alert_list*.sql.
StoredAlert read_stored_alert(const Statement& row) {
  StoredAlert alert{.id = row.text(0),
                    .edge = row.text(1),
                    .asset = row.text(2),
                    .opened = Time{row.integer(3)},
                    .updated = Time{row.integer(4)},
                    .document = row.text(5),
                    .site = site_of(row),
                    .damage = damage_of(row)};
  if (!alert.damage.empty()) alert.document.clear();
  return alert;
}

// Who has an edge's name may be another than who raised its alerts.
class Raisers {
 public:
  explicit Raisers(HubWriting& writing) : writing_(writing) {}

  // Whether another one than who sends from `site` has raised the alert under the edge's name.
  Result<bool> is_foreign(const std::string& edge, const std::string& id,
                          const std::optional<std::string>& site) {
    const auto raised = TRY(find_raised(edge, id));
    if (!raised) return false;
    if (!bearers_.contains(edge)) bearers_[edge] = TRY(find_bearer(edge));
    Bearer& bearer = bearers_[edge];
    if (!raised->site) return bearer.enrolled && raised->updated < *bearer.enrolled;
    const std::optional<std::string>& from = site ? site : bearer.site;
    if (from == raised->site) return false;
    // Who sends may have been removed since he was let in, and the name be another's.
    if (!bearer.enrolled || from != bearer.site) return true;
    if (!bearer.before) bearer.before = TRY(sites_before(edge, *bearer.enrolled));
    return !std::ranges::contains(*bearer.before, *raised->site);
  }

 private:
  struct Raised {
    std::optional<std::string> site;
    Time updated;
  };
  // Who has the name now. No site: nobody.
  struct Bearer {
    std::optional<std::string> site{};
    std::optional<Time> enrolled{};
    std::optional<std::vector<std::string>> before{};  // where it was; absent: not looked up yet
  };

  Result<std::optional<Raised>> find_raised(const std::string& edge, const std::string& id) {
    std::optional<Raised> raised;
    TRY(writing_["alert_raised"].with(edge, id).each([&](const Statement& row) {
      raised.emplace();
      if (!row.is_null(0)) raised->site = row.text(0);
      raised->updated = Time{row.integer(1)};
    }));
    return raised;
  }
  Result<Bearer> find_bearer(const std::string& edge) {
    Bearer bearer;
    TRY(writing_["edge_get"].with(edge).each([&](const Statement& row) {
      bearer.site = row.text(1);
      bearer.enrolled = Time{row.integer(2)};
    }));
    return bearer;
  }
  Result<std::vector<std::string>> sites_before(const std::string& edge, Time enrolled) {
    std::vector<std::string> sites;
    TRY(writing_["edge_was_at"].with(edge, enrolled.ns).each([&](const Statement& row) {
      sites.push_back(row.text(0));
    }));
    return sites;
  }

  HubWriting& writing_;
  std::map<std::string, Bearer> bearers_;
};

}  // namespace

Result<PassedOver> HubAlerts::put(std::span<const StoredAlert> alerts,
                                  std::span<const StoredVerdict> verdicts,
                                  const std::optional<std::string>& site) {
  PassedOver passed;
  TRY(core_.write([&](HubWriting& writing) -> Result<void> {
    passed = {};
    Raisers raisers(writing);
    for (const StoredAlert& alert : alerts) {
      const bool is_foreign = TRY(raisers.is_foreign(alert.edge, alert.id, alert.site));
      if (is_foreign) {
        ++passed.alerts;
        continue;
      }
      TRY(writing["alert_put"]
              .with(alert.id, alert.edge, alert.asset, alert.opened.ns, alert.updated.ns,
                    alert.document, alert.site)
              .run());
    }
    for (const StoredVerdict& verdict : verdicts) {
      const bool is_foreign = TRY(raisers.is_foreign(verdict.edge, verdict.alert, site));
      if (is_foreign) {
        ++passed.verdicts;
        continue;
      }
      TRY(writing["verdict_put"]
              .with(verdict.alert, verdict.edge, verdict.author, verdict.time.ns, verdict.document)
              .run());
    }
    return {};
  }));
  return passed;
}

Result<std::vector<StoredAlert>> HubAlerts::alerts(const StoredAlertQuery& query) const {
  return core_.read([&](HubConnection& reader) -> Result<std::vector<StoredAlert>> {
    std::vector<StoredAlert> found;
    const AlertPlace behind =
        query.behind.value_or(AlertPlace{Time{std::numeric_limits<std::int64_t>::max()}, ""});
    std::size_t bytes = 0;
    const auto take = [&](const Statement& row) {
      StoredAlert& alert = found.emplace_back(read_stored_alert(row));
      bytes += alert.document.size();
      return bytes < query.bytes;
    };
    auto& database = reader.database;
    auto& rows = query.edge.empty()
                     ? database["alert_list"].with(behind.opened.ns, behind.id, query.limit)
                     : database["alert_list_edge"].with(behind.opened.ns, behind.id, query.limit,
                                                        query.edge);
    TRY(rows.each_while(take));
    return found;
  });
}

Result<NewestVerdicts> HubAlerts::verdicts(std::string_view edge, std::string_view alert,
                                           const VerdictLimits& limits) const {
  return core_.read_at_once([&](HubConnection& reader) -> Result<NewestVerdicts> {
    NewestVerdicts found;
    std::size_t bytes = 0;
    const auto take = [&](const Statement& row) {
      StoredVerdict verdict{row.text(0), row.text(1), row.text(2), Time{row.integer(3)},
                            row.text(4)};
      bytes += verdict.document.size();
      if (bytes > limits.bytes) return false;
      found.items.push_back(std::move(verdict));
      return true;
    };
    auto& database = reader.database;
    TRY(database["verdict_list"].with(edge, alert, limits.count).each_while(take));
    TRY(database["verdict_count"]
            .with(edge, alert, found.items.size() + kVerdictsCounted)
            .each([&](const Statement& row) {
              found.left_out = static_cast<std::uint64_t>(row.integer(0)) - found.items.size();
            }));
    return found;
  });
}

}  // namespace lineside::store
