#include "store/edge_db.h"

#include <algorithm>
#include <format>
#include <limits>
#include <mutex>
#include <utility>

#include "store/database_internal.h"

namespace lineside::store {

namespace {

using domain::Alert;
using domain::to_text;
using domain::Verdict;

constexpr std::string_view kDropped = "outbox_dropped";
constexpr std::string_view kCreated = "created";
constexpr std::uint64_t kPruneEvery = 256;  // alerts written

// Texts in the database are ours, so an unknown one is damage.
template <domain::NamedEnum E>
Result<E> enum_of(const std::string& text) {
  if (const auto value = domain::from_text<E>(text)) return *value;
  return fail(Code::corrupt, std::format("unknown word '{}' in the edge database", text));
}

// The columns of alert_*.sql.
Result<Alert> read_alert(const Statement& row) {
  Alert alert;
  alert.id = row.text(0);
  alert.edge = row.text(1);
  alert.pipeline = row.text(2);
  alert.pipeline_version = row.text(3);
  alert.asset = row.text(4);
  alert.decision = row.text(5);
  alert.severity = TRY(enum_of<domain::Severity>(row.text(6)));
  alert.state = TRY(enum_of<domain::AlertState>(row.text(7)));
  alert.opened.ns = row.integer(8);
  alert.updated.ns = row.integer(9);
  alert.cleared = time_of(row, 10);
  alert.value = row.real(11);
  alert.worst = row.real(12);
  alert.threshold = row.real(13);
  alert.message = row.text(14);
  alert.opened_value = row.real(15);
  return alert;
}

Result<std::vector<Alert>> read_alerts(Database& database, Statement& statement) {
  std::vector<Alert> alerts;
  std::optional<Error> wrong;
  TRY(statement.each([&](const Statement& row) {
    auto alert = read_alert(row);
    if (alert) alerts.push_back(std::move(*alert));
    if (!alert) wrong = alert.error();
  }));
  if (wrong) return *wrong;
  for (Alert& alert : alerts) {
    TRY(database["contribution_list"].with(alert.id).each([&](const Statement& row) {
      alert.why.push_back({.feature = row.text(0),
                           .value = row.real(1),
                           .reference = row.real(2),
                           .effect = row.real(3)});
    }));
  }
  return alerts;
}

Result<void> write_alert(Database& database, const Alert& a) {
  TRY(database["alert_upsert"]
          .with(a.id, a.edge, a.pipeline, a.pipeline_version, a.asset, a.decision,
                to_text(a.severity), to_text(a.state), a.opened.ns, a.updated.ns, ns_of(a.cleared),
                a.value, a.worst, a.threshold, a.message, a.opened_value)
          .run());
  if (database.changes() == 0) return {};  // what is stored is newer
  TRY(database["contribution_delete"].with(a.id).run());
  for (std::size_t rank = 0; rank < a.why.size(); ++rank) {
    const domain::Contribution& why = a.why[rank];
    TRY(database["contribution_add"]
            .with(a.id, rank, why.feature, why.value, why.reference, why.effect)
            .run());
  }
  return {};
}

struct Totals {
  std::uint64_t rows = 0;
  std::uint64_t bytes = 0;
  std::uint64_t dropped = 0;
};

}  // namespace

struct EdgeDb::Impl {
  Impl(Database to_write, Database to_read, EdgeDbOptions o)
      : writer(std::move(to_write)), reader(std::move(to_read)), options(o) {}

  Result<void> note_created();
  Result<void> load_totals();
  Result<void> check_pages();
  Result<void> write(const EdgeChanges& changes, Totals& totals);
  Result<void> forget(std::span<const std::int64_t> ids, Totals& totals);
  Result<void> drop_oldest(Totals& totals);
  Result<void> prune_alerts(std::uint64_t written);

  // The writer's lock may be held while the disk is waited for, the reader's is not.
  std::mutex writing;
  Database writer;
  std::mutex reading;
  Database reader;
  const EdgeDbOptions options;
  bool is_new = false;
  std::uint64_t unpruned = 0;  // alerts written since pruning; under `writing`
  std::mutex counting;
  Totals totals;
};

Result<void> EdgeDb::Impl::note_created() {
  if (!options.now) return {};
  return writer["meta_first"].with(kCreated, options.now->ns).run();
}

Result<void> EdgeDb::Impl::load_totals() {
  TRY(writer["outbox_totals"].with().each([&](const Statement& row) {
    totals.rows = static_cast<std::uint64_t>(row.integer(0));
    totals.bytes = static_cast<std::uint64_t>(row.integer(1));
  }));
  TRY(writer["meta_get"].with(kDropped).each(
      [&](const Statement& row) { totals.dropped = static_cast<std::uint64_t>(row.integer(0)); }));
  return {};
}

Result<void> EdgeDb::Impl::write(const EdgeChanges& changes, Totals& now) {
  Position stored = 0;
  if (!changes.lane.empty()) {
    TRY(writer["progress_get"].with(changes.lane).each([&](const Statement& row) {
      stored = static_cast<Position>(row.integer(0));
    }));
    TRY(writer["progress_put"].with(changes.lane, changes.applied).run());
  }
  for (const Alert& alert : changes.alerts) TRY(write_alert(writer, alert));
  for (const OutboxMessage& m : changes.outbox) {
    if (m.position < stored && !m.is_causeless) continue;
    const std::size_t bytes = m.topic.size() + m.payload.size();
    TRY(writer["outbox_add"]
            .with(m.position, m.connection, m.topic, ByteView(m.payload), m.qos, m.created.ns,
                  bytes)
            .run());
    ++now.rows;
    now.bytes += bytes;
  }
  TRY(forget(changes.published, now));
  for (const RejectCount& reject : changes.rejects) {
    TRY(writer["reject_add"]
            .with(reject.connection, to_text(reject.reason), reject.count, reject.last.ns,
                  reject.sample)
            .run());
  }
  return {};
}

Result<void> EdgeDb::Impl::forget(std::span<const std::int64_t> ids, Totals& now) {
  for (const std::int64_t id : ids) {
    TRY(writer["outbox_delete"].with(id).each([&](const Statement& row) {
      --now.rows;
      now.bytes -= static_cast<std::uint64_t>(row.integer(0));
    }));
  }
  return {};
}

Result<void> EdgeDb::Impl::drop_oldest(Totals& now) {
  const std::uint64_t before = now.dropped;
  while (now.rows > options.outbox_rows || now.bytes > options.outbox_bytes) {
    // For bytes one by one, so that no more goes than must.
    const std::uint64_t too_many = now.rows - std::min(now.rows, options.outbox_rows);
    const std::uint64_t count = std::max<std::uint64_t>(too_many, 1);
    TRY(writer["outbox_drop"].with(count).each([&](const Statement& row) {
      --now.rows;
      now.bytes -= static_cast<std::uint64_t>(row.integer(0));
      ++now.dropped;
    }));
  }
  if (now.dropped > before) TRY(writer["meta_add"].with(kDropped, now.dropped - before).run());
  return {};
}

Result<void> EdgeDb::Impl::prune_alerts(std::uint64_t written) {
  unpruned += written;
  if (unpruned < std::min(kPruneEvery, options.alerts / 8 + 1)) return {};
  unpruned = 0;
  return writer["alert_prune"].with(options.alerts).run();
}

// Damage shall be found at the start, with a word on what to do, and not in the middle of the work.
Result<void> EdgeDb::Impl::check_pages() {
  const std::string found = TRY(writer.text("PRAGMA quick_check(1)"));
  if (found == "ok") return {};
  return fail(Code::corrupt, "the database is damaged: " + found +
                                 "; put the file aside to start with an empty one");
}

EdgeDb::EdgeDb(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
EdgeDb::~EdgeDb() = default;

Result<std::unique_ptr<EdgeDb>> EdgeDb::open(const std::string& path, EdgeDbOptions options) {
  Database writer = TRY(Database::open(path, Access::write));
  const auto steps = migrations(store_sql());
  const bool is_new = TRY_WITH(writer.integer("PRAGMA user_version"), path) == 0;
  TRY(migrate(writer, path, steps, kEdgeDatabase));
  TRY(writer.prepare(store_sql()));
  Database reader = TRY(Database::open(path, Access::read));
  TRY(reader.prepare(store_sql()));
  auto impl = std::make_unique<Impl>(std::move(writer), std::move(reader), options);
  impl->is_new = is_new;
  TRY_WITH(impl->note_created(), path);
  TRY_WITH(impl->load_totals(), path);
  TRY_WITH(impl->check_pages(), path);
  return std::unique_ptr<EdgeDb>(new EdgeDb(std::move(impl)));  // the constructor is private
}

bool EdgeDb::is_new() const { return impl_->is_new; }

Result<void> EdgeDb::commit(std::span<const EdgeChanges> changes) {
  std::size_t taken = 0;
  return commit([&] { return taken < changes.size() ? &changes[taken++] : nullptr; });
}

Result<void> EdgeDb::commit(const std::function<const EdgeChanges*()>& next) {
  std::lock_guard lock(impl_->writing);
  Totals totals = impl_->totals;
  std::uint64_t alerts = 0;
  Transaction transaction = TRY(Transaction::begin(impl_->writer));
  while (const EdgeChanges* change = next()) {
    TRY(impl_->write(*change, totals));
    alerts += change->alerts.size();
  }
  TRY(impl_->drop_oldest(totals));
  TRY(impl_->prune_alerts(alerts));
  TRY(transaction.commit());
  std::lock_guard count_lock(impl_->counting);
  impl_->totals = totals;
  return {};
}

Result<void> EdgeDb::add_verdict(const Verdict& v) {
  std::lock_guard lock(impl_->writing);
  bool known = false;
  Transaction transaction = TRY(Transaction::begin(impl_->writer));
  TRY(impl_->writer["alert_get"].with(v.alert).each([&](const Statement&) { known = true; }));
  if (!known) return fail(Code::not_found, std::format("no alert '{}'", v.alert));
  TRY(impl_->writer["verdict_add"]
          .with(v.alert, to_text(v.verdict), v.cause, v.note, v.author, v.author_verified,
                v.time.ns)
          .run());
  return transaction.commit();
}

Result<void> EdgeDb::outbox_done(std::span<const std::int64_t> ids) {
  std::lock_guard lock(impl_->writing);
  Totals totals = impl_->totals;
  Transaction transaction = TRY(Transaction::begin(impl_->writer));
  TRY(impl_->forget(ids, totals));
  TRY(transaction.commit());
  std::lock_guard count_lock(impl_->counting);
  impl_->totals = totals;
  return {};
}

Result<std::vector<OutboxMessage>> EdgeDb::outbox_next(const std::string& connection,
                                                       std::int64_t after,
                                                       std::size_t limit) const {
  std::lock_guard lock(impl_->reading);
  std::vector<OutboxMessage> messages;
  TRY(impl_->reader["outbox_next"].with(connection, after, limit).each([&](const Statement& row) {
    messages.push_back({.id = row.integer(0),
                        .position = static_cast<Position>(row.integer(1)),
                        .connection = connection,
                        .topic = row.text(2),
                        .payload = row.blob(3),
                        .qos = static_cast<std::uint8_t>(row.integer(4)),
                        .created = Time{row.integer(5)}});
  }));
  return messages;
}

Result<std::vector<Alert>> EdgeDb::alerts(const AlertQuery& query) const {
  std::lock_guard lock(impl_->reading);
  Database& reader = impl_->reader;
  std::optional<std::string> state;
  if (query.state) state = to_text(*query.state);
  if (!query.asset.empty()) {
    return read_alerts(reader, reader["alert_list_asset"].with(query.asset, state, query.limit));
  }
  if (state) return read_alerts(reader, reader["alert_list_state"].with(state, query.limit));
  return read_alerts(reader, reader["alert_list"].with(query.limit));
}

Result<std::vector<Alert>> EdgeDb::open_alerts() const {
  constexpr auto kAll = static_cast<std::size_t>(std::numeric_limits<std::int64_t>::max());
  return alerts({.state = domain::AlertState::open, .asset = {}, .limit = kAll});
}

Result<Alert> EdgeDb::alert(const std::string& id) const {
  std::lock_guard lock(impl_->reading);
  auto found = TRY(read_alerts(impl_->reader, impl_->reader["alert_get"].with(id)));
  if (found.empty()) return fail(Code::not_found, std::format("no alert '{}'", id));
  return std::move(found.front());
}

Result<std::vector<Verdict>> EdgeDb::verdicts(const std::string& alert) const {
  std::lock_guard lock(impl_->reading);
  std::vector<Verdict> verdicts;
  std::optional<Error> wrong;
  TRY(impl_->reader["verdict_list"].with(alert).each([&](const Statement& row) {
    const auto judgement = enum_of<domain::Judgement>(row.text(0));
    if (!judgement) {
      wrong = judgement.error();
      return;
    }
    verdicts.push_back({.alert = alert,
                        .verdict = *judgement,
                        .cause = row.text(1),
                        .note = row.text(2),
                        .author = row.text(3),
                        .author_verified = row.integer(4) != 0,
                        .time = Time{row.integer(5)}});
  }));
  if (wrong) return *wrong;
  return verdicts;
}

Result<std::vector<LaneProgress>> EdgeDb::progress() const {
  std::lock_guard lock(impl_->reading);
  std::vector<LaneProgress> lanes;
  TRY(impl_->reader["progress_list"].with().each([&](const Statement& row) {
    lanes.push_back({.lane = row.text(0), .applied = static_cast<Position>(row.integer(1))});
  }));
  return lanes;
}

Result<void> EdgeDb::restart_progress(std::span<const LaneProgress> lanes) {
  std::lock_guard lock(impl_->writing);
  Transaction transaction = TRY(Transaction::begin(impl_->writer));
  TRY(impl_->writer["progress_clear"].with().run());
  for (const LaneProgress& one : lanes)
    TRY(impl_->writer["progress_put"].with(one.lane, one.applied).run());
  return transaction.commit();
}

Result<std::vector<RejectCount>> EdgeDb::rejects() const {
  std::lock_guard lock(impl_->reading);
  std::vector<RejectCount> rejects;
  TRY(impl_->reader["reject_list"].with().each([&](const Statement& row) {
    // A reason that an earlier version counted and this one does not know is passed over.
    const auto reason = domain::from_text<domain::Reject>(row.text(1));
    if (!reason) return;
    rejects.push_back({.connection = row.text(0),
                       .reason = *reason,
                       .count = static_cast<std::uint64_t>(row.integer(2)),
                       .last = Time{row.integer(3)},
                       .sample = row.text(4)});
  }));
  return rejects;
}

Result<EdgeDbState> EdgeDb::state() const {
  EdgeDbState state;
  {
    std::lock_guard lock(impl_->counting);
    state.outbox_rows = impl_->totals.rows;
    state.outbox_bytes = impl_->totals.bytes;
    state.outbox_dropped = impl_->totals.dropped;
  }
  std::lock_guard lock(impl_->reading);
  TRY(impl_->reader["meta_get"].with(kCreated).each(
      [&](const Statement& row) { state.created = Time{row.integer(0)}; }));
  TRY(impl_->reader["outbox_oldest"].with().each(
      [&](const Statement& row) { state.outbox_oldest = Time{row.integer(0)}; }));
  TRY(impl_->reader["counts"].with().each([&](const Statement& row) {
    state.alerts_open = static_cast<std::uint64_t>(row.integer(0));
    state.alerts = static_cast<std::uint64_t>(row.integer(1));
    state.verdicts = static_cast<std::uint64_t>(row.integer(2));
  }));
  return state;
}

}  // namespace lineside::store
