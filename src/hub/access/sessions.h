// Sessions of people who signed in, and the secrets of programs.
#pragma once

#include <map>
#include <mutex>
#include <span>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/time.h"
#include "hub/access/caller.h"
#include "hub/hub.h"
#include "store/hub_logins.h"
#include "store/hub_tokens.h"

namespace lineside::hub {

// What only the browser gets to know.
struct SignedIn {
  std::string person;
  std::string token;  // the cookie's value
  std::string csrf;   // to be sent with every change; follows from the token
  Time expires;
};

// A secret that is shown once.
struct NewSecret {
  std::string secret;
  Time expires;
};

// Only digests of secrets are stored, and none is in an error or a log. Any thread may call.
class Sessions {
 public:
  static constexpr Duration kLife = Duration::seconds(12 * 3600);
  static constexpr Duration kIdle = Duration::seconds(2 * 3600);
  static constexpr std::size_t kPerPerson = 32;  // beyond it the oldest one ends

  Sessions(Hub& hub, GrantBook& grants) : hub_(hub), grants_(grants) {}

  // A session with a new token, whatever was there before; `entries` are stored with it.
  Result<SignedIn> begin(const std::string& person, std::span<const store::AuditEntry> entries);
  // The owner of the cookie; puts off the session's end. Errors: unauthenticated.
  Result<Caller> find(std::string_view token);
  // Who a caller of before is by now, by the same session or secret, whose end it does not put off:
  // for what lasts longer than a call. Errors: unauthenticated, as of find() and find_program().
  Result<Caller> look_again(const Caller& caller);
  // The token's session ends; unknown ones are no error.
  Result<void> end(const Caller& caller);
  Result<void> end_expired();

  static std::string csrf_of(std::string_view token);
  static std::string digest_of(std::string_view secret);

  // The program of a bearer token. Errors: unauthenticated (unknown, expired, revoked, its person
  // is not active, or it may do more than when the secret was issued).
  Result<Caller> find_program(std::string_view secret);
  // A new secret for a Token of the catalog; the one before is void. Errors: not_found; denied (no
  // manage_tokens at its site, or the token may do what the caller may not); invalid (expired).
  Result<NewSecret> issue_secret(const Caller& caller, const std::string& token);

 private:
  Result<store::LoginSession> known_session(const std::string& digest, Time now) const;
  Result<Caller> caller_of(const store::LoginSession& session);
  Result<store::ApiToken> known_secret(const std::string& digest, Time now) const;
  Result<Caller> caller_of(const store::ApiToken& secret, Time now);
  bool is_time_to_touch(const std::string& digest, Time now);

  Hub& hub_;
  GrantBook& grants_;
  std::mutex mutex_;
  std::map<std::string, Time> touched_;  // by digest; so that each is stored once a minute
};

// Of the invitation of a person, which shares one table with the secrets of programs. No token has
// a name with a slash.
inline std::string invitation_name(const std::string& person) { return "welcome/" + person; }
// One that is not there is no error.
Result<void> remove_secret(store::HubTokens& tokens, const std::string& name);

}  // namespace lineside::hub
