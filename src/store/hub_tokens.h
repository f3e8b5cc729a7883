// Secrets that a hub hands out and knows only by their SHA-256: API tokens of programs, and the
// tokens with which edges enrol.
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

struct ApiToken {
  std::string name;    // unique
  std::string digest;  // SHA-256 of the secret, lower-case hex
  std::string owner;   // name of the Person it acts for
  std::string scope;   // what the hub makes of it; canonical JSON
  Time created;
  Time expires;
  std::optional<Time> used;  // last use
  bool operator==(const ApiToken&) const = default;
};

struct EnrolmentToken {
  std::string name;    // unique
  std::string digest;  // SHA-256 of the secret, lower-case hex
  std::string site;    // where its edges belong
  std::string edge;    // the one edge it is for; empty: any new one
  std::string created_by;
  Time created;
  Time expires;
  std::uint32_t max_uses = 1;
  std::uint32_t uses = 0;
  bool operator==(const EnrolmentToken&) const = default;
};

// An EnrolmentToken whose row is damaged: what is wrong, and what is known of it all the same.
struct DamagedEnrolment {
  std::string text;
  std::string name;
  std::string site;
};

// Any thread may call. `entries` become audit leaves in the same transaction.
class HubTokens {
 public:
  explicit HubTokens(HubCore& core) : core_(core) {}

  // Errors: conflict for a name or a digest in use.
  Result<void> add(const ApiToken& token, std::span<const AuditEntry> entries);
  Result<ApiToken> find(std::string_view digest) const;  // or not_found; also expired ones
  // For HubDb::together(), where find() shows what was before: that the secret is still there.
  // Errors: unauthenticated.
  Result<void> expect_secret(std::string_view digest);
  // Of one owner, or of all when empty; by name.
  Result<std::vector<ApiToken>> list(std::string_view owner) const;
  // `used` of known tokens; others are passed over.
  Result<void> touch(std::span<const ApiToken> tokens);
  Result<void> remove(std::string_view name, std::span<const AuditEntry> entries);  // or not_found

  // Errors: conflict for a name or a digest in use.
  Result<void> add_enrolment(const EnrolmentToken& token, std::span<const AuditEntry> entries);
  // Counts one use and returns the token as it is then. Errors: unauthenticated, for an unknown,
  // an expired and a used up one alike.
  Result<EnrolmentToken> use_enrolment(std::string_view digest, Time now);
  // By name. Where `damaged` is not null, those whose rows are damaged are left out and told there,
  // and are no error.
  Result<std::vector<EnrolmentToken>> enrolments(
      std::vector<DamagedEnrolment>* damaged = nullptr) const;
  Result<void> remove_enrolment(std::string_view name,
                                std::span<const AuditEntry> entries);  // or not_found

 private:
  HubCore& core_;
};

}  // namespace lineside::store
