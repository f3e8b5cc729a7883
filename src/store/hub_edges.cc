#include "store/hub_edges.h"

#include <format>

#include "base/text.h"
#include "store/hub_core_internal.h"

namespace lineside::store {

namespace {

// The columns of certificate_get.sql and certificate_list.sql, from `first` on.
EdgeCertificate read_certificate_at(const Statement& row, int first) {
  return {.serial = row.text(first),
          .edge = row.text(first + 1),
          .fingerprint = row.text(first + 2),
          .issued = Time{row.integer(first + 3)},
          .not_after = Time{row.integer(first + 4)},
          .revoked = time_of(row, first + 5),
          .revoked_by = row.text(first + 6),
          .reason = row.text(first + 7)};
}
EdgeCertificate read_certificate(const Statement& row) { return read_certificate_at(row, 0); }

// 0 where it cannot be one.
std::uint64_t version_of(const Statement& row, int column) {
  const std::int64_t version = row.integer(column);
  const bool can_be = version >= 0 && static_cast<std::uint64_t>(version) <= kEdgeVersionMax;
  return can_be ? static_cast<std::uint64_t>(version) : 0;
}

void check_version(const Statement& row, int column, std::string_view what, EdgeState& state) {
  const std::int64_t found = row.integer(column);
  if (static_cast<std::uint64_t>(found) == version_of(row, column) || !state.damage.empty()) return;
  state.damage = std::format("its row is damaged: {}: expected 0 to {}, found {}", what,
                             kEdgeVersionMax, found);
}

// The columns of edge_get.sql and edge_list*.sql.
EdgeState read_state(const Statement& row) {
  EdgeState state{.edge = row.text(0),
                  .site = row.text(1),
                  .enrolled = Time{row.integer(2)},
                  .desired_version = version_of(row, 3),
                  .desired_digest = row.text(4),
                  .desired_at = time_of(row, 5),
                  .reported_version = version_of(row, 6),
                  .reported_at = time_of(row, 7),
                  .seen = time_of(row, 8),
                  .damage = {}};
  check_version(row, 3, "desired_version", state);
  check_version(row, 6, "reported_version", state);
  return state;
}

Error no_edge(std::string_view edge) {
  return fail(Code::not_found, std::format("no edge '{}'", excerpt(edge)));
}

Result<std::optional<EdgeState>> find_edge(Database& database, std::string_view edge) {
  std::optional<EdgeState> found;
  TRY(database["edge_get"].with(edge).each([&](const Statement& row) { found = read_state(row); }));
  return found;
}

// The one row that a statement has for an edge.
template <class Read>
auto find_one(const HubCore& core, std::string_view statement, std::string_view key, Read read)
    -> Result<std::invoke_result_t<Read, const Statement&>> {
  using Row = std::invoke_result_t<Read, const Statement&>;
  return core.read([&](HubConnection& reader) -> Result<Row> {
    std::optional<Row> found;
    TRY(reader.database[statement].with(key).each(
        [&](const Statement& row) { found = read(row); }));
    if (found) return *std::move(found);
    return fail(Code::not_found, std::format("nothing is stored for '{}'", excerpt(key)));
  });
}

// A JSON array, which statements take for a list. Names hold no quotes and no control characters.
std::string as_json_array(const std::vector<std::string>& names) {
  std::string list = "[";
  for (const std::string& name : names) {
    const bool is_plain = name.find_first_of("\"\\") == std::string::npos;
    if (is_plain) list += std::format("{}\"{}\"", list.size() > 1 ? "," : "", name);
  }
  return list + "]";
}

Result<void> check_renewal(HubWriting& writing, const EdgeCertificate& fresh,
                           const Renewal& renewal) {
  const std::string& edge = fresh.edge;
  bool holds = false;
  TRY(writing["certificate_get"].with(renewal.shown).each([&](const Statement& row) {
    const EdgeCertificate known = read_certificate(row);
    holds = known.edge == edge && !known.revoked;
  }));
  if (!holds) return fail(Code::denied, "the certificate was revoked");
  if (!TRY(find_edge(writing.connection().database, edge)))
    return fail(Code::denied, "the edge was removed");
  // Those of a clock that was ahead count for nothing: it must not shut an edge out.
  std::uint64_t issued = 0;
  TRY(writing["certificate_issued"]
          .with(edge, (fresh.issued - renewal.within).ns, fresh.issued.ns)
          .each(
              [&](const Statement& row) { issued = static_cast<std::uint64_t>(row.integer(0)); }));
  if (issued < renewal.most) return {};
  return fail(
      Code::exhausted,
      std::format("edge '{}': expected at most {} certificates in {} s, found {}", excerpt(edge),
                  renewal.most, renewal.within.ns / Duration::seconds(1).ns, issued));
}

Result<std::uint64_t> revoke_all(HubWriting& writing, std::string_view edge,
                                 const Revocation& how) {
  TRY(writing["certificate_revoke"].with(edge, how.time.ns, how.by, how.reason).run());
  return static_cast<std::uint64_t>(writing.changes());
}

}  // namespace

// ---- Certificates ------------------------------------------------------------------------------

Result<void> HubEdges::enrol(const EdgeCertificate& certificate, std::string_view site,
                             std::span<const AuditEntry> entries,
                             const std::optional<Renewal>& renewal) {
  return core_.write([&](HubWriting& writing) -> Result<void> {
    if (renewal) TRY(check_renewal(writing, certificate, *renewal));
    const auto known = TRY(find_edge(writing.connection().database, certificate.edge));
    if (known && known->site != site) {
      return fail(Code::conflict,
                  std::format("edge '{}': expected site '{}', found '{}'",
                              excerpt(certificate.edge), excerpt(known->site), excerpt(site)));
    }
    TRY(writing["edge_add"].with(certificate.edge, site, certificate.issued.ns).run());
    TRY(writing["certificate_add"]
            .with(certificate.serial, certificate.edge, certificate.fingerprint,
                  certificate.issued.ns, certificate.not_after.ns)
            .run());
    if (writing.changes() == 0) {
      return fail(Code::conflict, std::format("certificate {}: expected a new serial and key",
                                              excerpt(certificate.serial)));
    }
    return writing.add_leaves(entries);
  });
}

Result<EdgeCertificate> HubEdges::certificate(std::string_view fingerprint) const {
  return find_one(core_, "certificate_get", fingerprint, read_certificate);
}

Result<EdgeCertificates> HubEdges::certificates(std::string_view edge, std::size_t limit) const {
  constexpr int kCount = 8;
  return core_.read([&](HubConnection& reader) -> Result<EdgeCertificates> {
    EdgeCertificates found;
    TRY(reader.database["certificate_list"].with(edge, limit).each([&](const Statement& row) {
      found.first.push_back(read_certificate(row));
      found.count = static_cast<std::uint64_t>(row.integer(kCount));
    }));
    return found;
  });
}

Result<std::uint64_t> HubEdges::revoke(std::string_view edge, const Revocation& how,
                                       std::span<const AuditEntry> entries) {
  std::uint64_t count = 0;
  TRY(core_.write([&](HubWriting& writing) -> Result<void> {
    if (!TRY(find_edge(writing.connection().database, edge))) return no_edge(edge);
    count = TRY(revoke_all(writing, edge, how));
    return writing.add_leaves(entries);
  }));
  return count;
}

Result<std::vector<std::string>> HubEdges::revoked(Time now) const {
  return core_.read([&](HubConnection& reader) -> Result<std::vector<std::string>> {
    std::vector<std::string> found;
    TRY(reader.database["certificate_revoked"].with(now.ns).each(
        [&](const Statement& row) { found.push_back(row.text(0)); }));
    return found;
  });
}

// ---- Desired and reported ----------------------------------------------------------------------

Result<void> HubEdges::put_desired(std::span<const EdgeDesired> desired) {
  return core_.write([&](HubWriting& writing) -> Result<void> {
    for (const EdgeDesired& one : desired) {
      TRY(writing["edge_desire"].with(one.edge, one.version, one.digest, one.time.ns).run());
      if (writing.changes() == 0) {
        const auto known = TRY(find_edge(writing.connection().database, one.edge));
        if (!known) return no_edge(one.edge);
        return fail(Code::conflict,
                    std::format("desired state of edge '{}': expected a version above {}, found {}",
                                excerpt(one.edge), known->desired_version, one.version));
      }
      TRY(writing["edge_desired_put"].with(one.edge, one.document).run());
    }
    return {};
  });
}

Result<EdgeDesired> HubEdges::desired(std::string_view edge) const {
  return find_one(core_, "edge_desired_get", edge, [&](const Statement& row) {
    return EdgeDesired{.edge = std::string(edge),
                       .version = version_of(row, 0),
                       .digest = row.text(1),
                       .document = row.text(2),
                       .time = Time{row.integer(3)}};
  });
}

Result<void> HubEdges::put_reports(std::span<const EdgeReport> reports) {
  return core_.write([&](HubWriting& writing) -> Result<void> {
    for (const EdgeReport& one : reports) {
      TRY(writing["edge_report"].with(one.edge, one.version, one.time.ns).run());
      if (writing.changes() > 0) TRY(writing["edge_report_put"].with(one.edge, one.document).run());
    }
    return {};
  });
}

Result<EdgeReport> HubEdges::report(std::string_view edge) const {
  return find_one(core_, "edge_report_get", edge, [&](const Statement& row) {
    return EdgeReport{.edge = std::string(edge),
                      .version = version_of(row, 0),
                      .document = row.text(1),
                      .time = Time{row.integer(2)}};
  });
}

Result<void> HubEdges::touch(std::span<const EdgeSeen> seen) {
  return core_.write([&](HubWriting& writing) -> Result<void> {
    for (const EdgeSeen& one : seen) TRY(writing["edge_touch"].with(one.edge, one.time.ns).run());
    return {};
  });
}

Result<void> HubEdges::move(std::string_view edge, std::string_view site,
                            std::span<const AuditEntry> entries) {
  return core_.write([&](HubWriting& writing) -> Result<void> {
    TRY(writing["edge_move"].with(edge, site).run());
    if (writing.changes() == 0) return no_edge(edge);
    return writing.add_leaves(entries);
  });
}

// ---- Twins -------------------------------------------------------------------------------------

Result<EdgeState> HubEdges::state(std::string_view edge) const {
  return find_one(core_, "edge_get", edge, read_state);
}

Result<std::vector<EdgeState>> HubEdges::states(std::string_view after, std::size_t limit,
                                                const SiteFilter& sites) const {
  return core_.read([&](HubConnection& reader) -> Result<std::vector<EdgeState>> {
    std::vector<EdgeState> found;
    const auto take = [&](const Statement& row) { found.push_back(read_state(row)); };
    if (sites) {
      TRY(reader.database["edge_list_sites"].with(after, limit, as_json_array(*sites)).each(take));
    } else {
      TRY(reader.database["edge_list"].with(after, limit).each(take));
    }
    return found;
  });
}

Result<std::vector<EdgeStanding>> HubEdges::standings(std::string_view after, std::size_t limit,
                                                      const SiteFilter& sites) const {
  constexpr int kReport = 9;
  constexpr int kCertificate = 10;
  std::optional<std::string> names;
  if (sites) names = as_json_array(*sites);
  return core_.read([&](HubConnection& reader) -> Result<std::vector<EdgeStanding>> {
    std::vector<EdgeStanding> found;
    TRY(reader.database["edge_standings"].with(after, limit, names).each([&](const Statement& row) {
      EdgeStanding& edge = found.emplace_back();
      edge.state = read_state(row);
      if (!row.is_null(kReport)) edge.report = row.text(kReport);
      if (!row.is_null(kCertificate)) edge.newest = read_certificate_at(row, kCertificate);
    }));
    return found;
  });
}

Result<void> HubEdges::remove(std::string_view edge, const Revocation& how,
                              std::span<const AuditEntry> entries) {
  return core_.write([&](HubWriting& writing) -> Result<void> {
    TRY(writing["edge_delete"].with(edge).run());
    if (writing.changes() == 0) return no_edge(edge);
    TRY(revoke_all(writing, edge, how));
    return writing.add_leaves(entries);
  });
}

}  // namespace lineside::store
