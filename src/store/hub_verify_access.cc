#include <algorithm>
#include <format>
#include <map>
#include <optional>
#include <utility>

#include "base/text.h"
#include "domain/fields.h"
#include "store/hub_approvals.h"
#include "store/hub_edges.h"
#include "store/hub_verify_internal.h"

namespace lineside::store {

namespace {

using domain::Kind;

// Of an approval; its id, kind and name stand beside each other.
std::string subject_of(const Statement& row, int column) {
  return std::format("{}/{}",
                     domain::to_text(row.one_of<Kind>(column, "approval.kind", column - 1)),
                     row.text(column + 1));
}

constexpr std::string_view kTokenKind = "Token/";

// ---- Approvals ---------------------------------------------------------------------------------

class ApprovalCheck {
 public:
  explicit ApprovalCheck(Database& database) : database_(database), actors_(database) {}

  Result<void> run(HubVerified& verified) {
    TRY(database_["verify_requests"].with().try_each([&](const Statement& row) -> Result<void> {
      if (!row.is_null(5)) ++verified.approvals;
      return check_request(row);
    }));
    TRY(read_decisions());
    TRY(database_["verify_decisions"].with().try_each(
        [&](const Statement& row) { return check_decision(row); }));
    for (const auto& [what, leaf] : decisions_)
      differences_.add(std::format("audit leaf {}: expected an approval that is {}, found none",
                                   leaf.index, excerpt(what, 300)));
    return differences_.result();
  }

 private:
  struct Leaf {
    std::int64_t index = 0;
    std::string actor;
  };

  // The columns of verify_requests.sql.
  Result<void> check_request(const Statement& row) {
    if (row.is_null(5)) {
      differences_.add(
          std::format("audit leaf {}: expected the approval that was asked for {}, "
                      "found none",
                      row.integer(0), excerpt(row.text(1), 200)));
      return {};
    }
    const std::string subject = subject_of(row, 6);
    const std::string which =
        std::format("approval {} of {}", row.integer(5), excerpt(subject, 200));
    if (row.is_null(0)) {
      differences_.add(which + ": expected an audit leaf, found none");
      return {};
    }
    const auto compare = [&](std::string_view what, const std::string& expected,
                             const std::string& found) {
      if (expected != found)
        differences_.add(std::format("{}: expected {} '{}' as audit leaf {} says, found '{}'",
                                     which, what, excerpt(expected, 150), row.integer(0),
                                     excerpt(found, 150)));
    };
    compare("subject", row.text(1), subject);
    compare("digest", row.text(2), row.text(8));
    compare("time", format_iso(Time{row.integer(3)}), format_iso(Time{row.integer(9)}));
    if (!TRY(actors_.is_same(row.text(10), row.text(4))))
      differences_.add(
          std::format("{}: expected to be asked for by whom audit leaf {} names, "
                      "found '{}'",
                      which, row.integer(0), excerpt(row.text(10), 150)));
    // Whom a program acts for may not decide what it has asked for.
    const std::string actor = row.text(4);
    compare("token", actor.starts_with(kTokenKind) ? actor.substr(kTokenKind.size()) : "",
            row.text(11));
    return {};
  }

  static std::string decision(std::string_view subject, std::string_view digest,
                              std::string_view state, Time time) {
    return std::format("{} {} {} at {}", subject, digest, state, format_iso(time));
  }

  Result<void> read_decisions() {
    return database_["verify_decision_leaves"].with().each([&](const Statement& row) {
      const std::string action = row.text(1);
      const std::string_view state = std::string_view(action).substr(action.find('.') + 1);
      decisions_.emplace(decision(row.text(2), row.text(3), state, Time{row.integer(4)}),
                         Leaf{row.integer(0), row.text(5)});
    });
  }

  // The columns of verify_decisions.sql.
  Result<void> check_decision(const Statement& row) {
    const std::string subject = subject_of(row, 1);
    const auto state = row.one_of<ApprovalState>(4, "approval.state", 0);
    const auto key = decision(subject, row.text(3), domain::to_text(state), Time{row.integer(5)});
    const auto [first, last] = decisions_.equal_range(key);
    for (auto leaf = first; leaf != last; ++leaf) {
      if (!TRY(actors_.is_same(row.text(6), leaf->second.actor))) continue;
      decisions_.erase(leaf);
      return {};
    }
    differences_.add(
        std::format("approval {}: expected an audit leaf that says so, found {} by '{}'",
                    row.integer(0), excerpt(key, 300), excerpt(row.text(6), 150)));
    return {};
  }

  Database& database_;
  ActorCheck actors_;
  Differences differences_;
  std::multimap<std::string, Leaf> decisions_;  // made by people: they are few
};

// ---- Edges -------------------------------------------------------------------------------------

constexpr std::string_view kEdge = "Edge/";
// Versions before 4 of the database read the clock once for the entry and once for the row.
constexpr Duration kSameMoment = Duration::seconds(60);

// What the log says of a certificate.
struct LoggedCertificate {
  std::int64_t leaf = 0;
  Time issued;
  std::optional<std::string> fingerprint;  // absent: an entry of a version before 4
  std::string not_after;
  std::optional<Time> revoked;
  std::string revoked_by;
};

class EdgeCheck {
 public:
  EdgeCheck(Database& database, HubVerified& verified) : database_(database), verified_(verified) {}

  Result<void> run() {
    TRY(database_["verify_edges"].with().try_each([&](const Statement& row) -> Result<void> {
      const std::string edge = row.text(1).substr(kEdge.size());
      if (edge != edge_) TRY(finish());
      edge_ = edge;
      take(row);
      return {};
    }));
    TRY(finish());
    TRY(database_["verify_edge_orphans"].with().each([&](const Statement& row) {
      const std::string serial = row.text(1);
      differences_.add(std::format("{} of edge '{}': expected an audit leaf, found none",
                                   serial.empty() ? "the twin" : "certificate " + serial,
                                   excerpt(row.text(0))));
    }));
    return differences_.result();
  }

 private:
  // The columns of verify_edges.sql.
  void take(const Statement& row) {
    const std::string action = row.text(2);
    const bool joins = action == "edge.joined";
    const bool ends = action == "edge.revoked" || action == "edge.removed";
    if (joins || ends)
      for (auto& [serial, certificate] : logged_)
        if (!certificate.revoked) {
          certificate.revoked = Time{row.integer(4)};
          certificate.revoked_by = row.text(3);
        }
    if (joins) site_ = row.text(8);
    if (action == "edge.removed") site_.reset();
    if (!joins && action != "edge.renewed") return;
    LoggedCertificate certificate{.leaf = row.integer(0), .issued = Time{row.integer(4)}};
    if (!row.is_null(6)) certificate.fingerprint = row.text(6);
    certificate.not_after = row.text(7);
    logged_[row.text(5)] = std::move(certificate);
  }

  Result<void> finish() {
    if (edge_.empty()) return {};
    TRY(database_["certificate_list"].with(edge_, -1).each([&](const Statement& row) {
      ++verified_.certificates;
      const auto logged = logged_.find(row.text(0));
      if (logged == logged_.end())
        return add(std::format("certificate {} of edge '{}': expected an audit leaf, found none",
                               row.text(0), excerpt(edge_)));
      check(row, logged->second);
      logged_.erase(logged);
    }));
    for (const auto& [serial, certificate] : logged_)
      add(std::format("audit leaf {}: expected certificate {} of edge '{}', found none",
                      certificate.leaf, serial, excerpt(edge_)));
    std::optional<std::string> site;
    TRY(database_["edge_get"].with(edge_).each([&](const Statement& row) { site = row.text(1); }));
    if (site != site_)
      add(std::format("edge '{}': expected {} as the audit log says, found {}", excerpt(edge_),
                      place(site_), place(site)));
    logged_.clear();
    site_.reset();
    return {};
  }

  static std::string place(const std::optional<std::string>& site) {
    return site ? std::format("site '{}'", *site) : std::string("it removed");
  }

  // The columns of certificate_list.sql.
  void check(const Statement& row, const LoggedCertificate& logged) {
    const auto compare = [&](std::string_view what, const std::string& expected,
                             const std::string& found) {
      if (expected != found)
        add(std::format(
            "certificate {} of edge '{}': expected {} '{}' as audit leaf {} says, found "
            "'{}'",
            row.text(0), excerpt(edge_), what, excerpt(expected, 150), logged.leaf,
            excerpt(found, 150)));
    };
    compare("issued", format_iso(logged.issued), format_iso(Time{row.integer(3)}));
    if (logged.fingerprint) {
      compare("fingerprint", *logged.fingerprint, row.text(2));
      compare("not_after", logged.not_after, format_iso(Time{row.integer(4)}));
    } else {
      ++verified_.unbound;
    }
    const auto revoked = time_of(row, 5);
    const auto shown = [](const std::optional<Time>& time) {
      return time ? format_iso(*time) : std::string("never");
    };
    const bool is_one_moment = revoked && logged.revoked &&
                               *logged.revoked - *revoked < kSameMoment &&
                               *revoked - *logged.revoked < kSameMoment;
    if (!is_one_moment) compare("revoked", shown(logged.revoked), shown(revoked));
    compare("revoked_by", logged.revoked_by, row.text(6));
  }

  void add(std::string text) { differences_.add(std::move(text)); }

  Database& database_;
  HubVerified& verified_;
  Differences differences_;
  std::string edge_;
  std::map<std::string, LoggedCertificate> logged_;  // of this edge, by serial
  std::optional<std::string> site_;                  // of this edge; absent: it was removed
};

// ---- Artifacts ---------------------------------------------------------------------------------

class ArtifactCheck {
 public:
  explicit ArtifactCheck(Database& database) : database_(database), actors_(database) {}

  Result<void> run() {
    TRY(database_["verify_artifacts"].with().try_each(
        [&](const Statement& row) { return check(row); }));
    return differences_.result();
  }

 private:
  // The columns of verify_artifacts.sql.
  Result<void> check(const Statement& row) {
    const std::string digest = row.text(4);
    if (row.is_null(0)) {
      differences_.add(std::format("artifact sha256:{}: expected an audit leaf, found none",
                                   excerpt(digest, 150)));
    } else if (row.is_null(4)) {
      differences_.add(std::format("audit leaf {}: expected artifact {}, found none",
                                   row.integer(0), excerpt(row.text(1), 150)));
    } else if (row.integer(2) != row.integer(5)) {
      differences_.add(
          std::format("artifact sha256:{}: expected {} bytes as audit leaf {} says, "
                      "found {}",
                      digest, row.integer(2), row.integer(0), row.integer(5)));
    } else if (!TRY(actors_.is_same(row.text(6), row.text(3)))) {
      differences_.add(
          std::format("artifact sha256:{}: expected to be of whom audit leaf {} "
                      "names, found '{}'",
                      digest, row.integer(0), excerpt(row.text(6), 150)));
    }
    return {};
  }

  Database& database_;
  ActorCheck actors_;
  Differences differences_;
};

}  // namespace

Result<void> verify_artifacts(Database& database) { return ArtifactCheck(database).run(); }

Result<void> verify_approvals(Database& database, HubVerified& verified) {
  return ApprovalCheck(database).run(verified);
}

Result<void> verify_edges(Database& database, HubVerified& verified) {
  return EdgeCheck(database, verified).run();
}

}  // namespace lineside::store
