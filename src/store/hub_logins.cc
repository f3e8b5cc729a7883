#include "store/hub_logins.h"

#include <limits>

#include "store/hub_core_internal.h"

namespace lineside::store {

namespace {

// The year 2116: further away, times that are added to and taken from each other are none.
constexpr std::int64_t kPastMax = std::int64_t{1} << 62;

// The columns of session_*.sql.
LoginSession read_session(const Statement& row) {
  return {.digest = row.text(0),
          .person = row.text(1),
          .csrf_digest = row.text(2),
          .created = Time{row.count(3, "session.created", 1, kPastMax)},
          .seen = Time{row.count(4, "session.seen", 1, kPastMax)},
          .expires = Time{row.integer(5)}};
}

}  // namespace

Result<void> HubLogins::put_password(std::string_view person, std::string_view password_hash,
                                     Time time, std::span<const AuditEntry> entries) {
  return core_.write([&](HubWriting& writing) -> Result<void> {
    TRY(writing["login_put"].with(person, password_hash, time.ns).run());
    TRY(writing["session_delete_person"].with(person).run());
    return writing.add_leaves(entries);
  });
}

Result<void> HubLogins::remove(std::string_view person, std::span<const AuditEntry> entries) {
  return core_.write([&](HubWriting& writing) -> Result<void> {
    TRY(writing["login_delete"].with(person).run());
    TRY(writing["session_delete_person"].with(person).run());
    return writing.add_leaves(entries);
  });
}

Result<Login> HubLogins::login(std::string_view person) const {
  return core_.read([&](HubConnection& reader) -> Result<Login> {
    std::optional<Login> found;
    TRY(reader.database["login_get"].with(person).each([&](const Statement& row) {
      found = {.person = std::string(person),
               .password_hash = row.text(0),
               .changed = Time{row.integer(1)},
               .failures = static_cast<std::uint32_t>(
                   row.count(2, "login.failures", 4, std::numeric_limits<std::uint32_t>::max())),
               .last_failure = time_of(row, 3)};
    }));
    if (found) return *std::move(found);
    return fail(Code::not_found, "no such login");
  });
}

Result<void> HubLogins::expect(const Login& login) {
  return core_.write([&](HubWriting& writing) -> Result<void> {
    bool is_same = false;
    TRY(writing["login_get"].with(login.person).each([&](const Statement& row) {
      is_same = row.text(0) == login.password_hash;
    }));
    if (is_same) return {};
    return fail(Code::conflict, "the password was changed meanwhile");
  });
}

Result<void> HubLogins::expect_session(std::string_view digest) {
  return core_.write([&](HubWriting& writing) -> Result<void> {
    bool is_there = false;
    TRY(writing["session_get"].with(digest).each([&](const Statement&) { is_there = true; }));
    if (is_there) return {};
    return fail(Code::unauthenticated, "the session has ended meanwhile");
  });
}

Result<bool> HubLogins::any() const {
  return core_.read([&](HubConnection& reader) -> Result<bool> {
    bool is_any = false;
    TRY(reader.database["login_any"].with().each(
        [&](const Statement& row) { is_any = row.integer(0) != 0; }));
    return is_any;
  });
}

Result<std::uint32_t> HubLogins::record_failure(std::string_view person, Time time,
                                                std::span<const AuditEntry> entries) {
  std::uint32_t failures = 0;
  TRY(core_.write([&](HubWriting& writing) -> Result<void> {
    TRY(writing["login_fail"].with(person, time.ns).each([&](const Statement& row) {
      failures = static_cast<std::uint32_t>(row.integer(0));
    }));
    return writing.add_leaves(entries);
  }));
  return failures;
}

Result<void> HubLogins::begin_session(const LoginSession& session,
                                      std::span<const AuditEntry> entries) {
  return core_.write([&](HubWriting& writing) -> Result<void> {
    TRY(writing["session_add"]
            .with(session.digest, session.person, session.csrf_digest, session.created.ns,
                  session.seen.ns, session.expires.ns)
            .run());
    if (writing.changes() == 0) return fail(Code::conflict, "the session is there already");
    TRY(writing["login_succeed"].with(session.person).run());
    return writing.add_leaves(entries);
  });
}

Result<LoginSession> HubLogins::session(std::string_view digest) const {
  return core_.read([&](HubConnection& reader) -> Result<LoginSession> {
    std::optional<LoginSession> found;
    TRY(reader.database["session_get"].with(digest).each(
        [&](const Statement& row) { found = read_session(row); }));
    if (found) return *std::move(found);
    return fail(Code::not_found, "no such session");
  });
}

Result<std::vector<LoginSession>> HubLogins::sessions(std::string_view person) const {
  return core_.read([&](HubConnection& reader) -> Result<std::vector<LoginSession>> {
    std::vector<LoginSession> found;
    TRY(reader.database["session_list"].with(person).each(
        [&](const Statement& row) { found.push_back(read_session(row)); }));
    return found;
  });
}

Result<void> HubLogins::touch_sessions(std::span<const LoginSession> sessions) {
  return core_.write([&](HubWriting& writing) -> Result<void> {
    for (const LoginSession& one : sessions)
      TRY(writing["session_touch"].with(one.digest, one.seen.ns, one.expires.ns).run());
    return {};
  });
}

Result<void> HubLogins::end_session(std::string_view digest, std::span<const AuditEntry> entries) {
  return core_.write([&](HubWriting& writing) -> Result<void> {
    TRY(writing["session_delete"].with(digest).run());
    return writing.add_leaves(entries);
  });
}

Result<void> HubLogins::end_sessions(std::string_view person, std::span<const AuditEntry> entries) {
  return core_.write([&](HubWriting& writing) -> Result<void> {
    TRY(writing["session_delete_person"].with(person).run());
    return writing.add_leaves(entries);
  });
}

Result<void> HubLogins::end_expired(Time now) {
  return core_.write(
      [&](HubWriting& writing) { return writing["session_delete_expired"].with(now.ns).run(); });
}

}  // namespace lineside::store
