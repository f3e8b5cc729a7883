// Local accounts of a hub and the sessions of those who signed in.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "store/hub_audit.h"

namespace lineside::store {

struct Login {
  std::string person;          // name of the Person
  std::string password_hash;   // PHC string of Argon2id
  Time changed;                // when the password was set
  std::uint32_t failures = 0;  // wrong passwords since the last right one
  std::optional<Time> last_failure;
  bool operator==(const Login&) const = default;
};

// Digests are SHA-256 in lower-case hex of what only the browser holds.
struct LoginSession {
  std::string digest;
  std::string person;
  std::string csrf_digest;
  Time created;
  Time seen;
  Time expires;
  bool operator==(const LoginSession&) const = default;
};

// Any thread may call. `entries` become audit leaves in the same transaction.
class HubLogins {
 public:
  explicit HubLogins(HubCore& core) : core_(core) {}

  // Sets or replaces it, forgets failures and ends the person's sessions.
  Result<void> put_password(std::string_view person, std::string_view password_hash, Time time,
                            std::span<const AuditEntry> entries);
  Result<void> remove(std::string_view person, std::span<const AuditEntry> entries);
  Result<Login> login(std::string_view person) const;  // or not_found
  // For HubDb::together(), where login() shows what was before: that nobody has set another
  // password since `login` was read. Errors: conflict.
  Result<void> expect(const Login& login);
  // The same of a session: that it has not ended since. Errors: unauthenticated.
  Result<void> expect_session(std::string_view digest);
  Result<bool> any() const;  // has anybody a password?

  // The number of failures now; 0 for a person without a login, whose failures nobody counts here.
  Result<std::uint32_t> record_failure(std::string_view person, Time time,
                                       std::span<const AuditEntry> entries);
  // Adds the session and forgets the person's failures. Errors: conflict for a digest in use.
  Result<void> begin_session(const LoginSession& session, std::span<const AuditEntry> entries);
  Result<LoginSession> session(std::string_view digest) const;  // or not_found; also expired ones
  Result<std::vector<LoginSession>> sessions(std::string_view person) const;  // newest first
  // `seen` and `expires` of known sessions; others are passed over.
  Result<void> touch_sessions(std::span<const LoginSession> sessions);
  // Unknown ones are no error.
  Result<void> end_session(std::string_view digest, std::span<const AuditEntry> entries);
  Result<void> end_sessions(std::string_view person, std::span<const AuditEntry> entries);
  Result<void> end_expired(Time now);

 private:
  HubCore& core_;
};

}  // namespace lineside::store
