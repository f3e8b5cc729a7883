// Local accounts: the first admin, invitations, passwords, signing in.
#pragma once

#include <memory>
#include <mutex>
#include <optional>
#include <semaphore>
#include <span>
#include <string>
#include <string_view>
#include <variant>

#include "base/result.h"
#include "crypt/password.h"
#include "hub/access/caller.h"
#include "hub/access/denials.h"
#include "hub/access/sessions.h"
#include "hub/access/throttle.h"
#include "hub/hub.h"

namespace lineside::hub {

struct NewAdmin {
  std::string person;  // name
  std::string title;
  std::string password;
};

// Passwords are hashed by at most two threads at once, so that signing in leaves others to work.
// Any thread may call.
class Accounts {
 public:
  static constexpr Duration kInvitationLife = Duration::seconds(3 * 24 * 3600);
  static constexpr std::size_t kPasswordMin = 12;  // characters are not counted, bytes are
  static constexpr std::size_t kPasswordMax = 1024;

  // What they stand on outlives it.
  struct Parts {
    Hub& hub;
    GrantBook& grants;
    Sessions& sessions;
    DenialLog& denials;
    crypt::Argon2Cost cost{};
  };
  static Result<std::unique_ptr<Accounts>> create(const Parts& parts);

  // "lsu_...", while nobody has a password yet and until it was used; empty: there is an admin.
  std::string setup_token() const;
  // Makes the Person with the role admin. Errors: denied (the token); invalid (name, password).
  Result<SignedIn> set_up(std::string_view token, const NewAdmin& admin);

  // As long for a person who does not exist as for a wrong password. Errors: unauthenticated, for
  // both alike; exhausted, when it was tried too often: `wait` says how long that holds.
  Result<SignedIn> sign_in(const std::string& person, std::string_view password, Duration& wait);

  // A secret by which the person can set a password; one at a time. Errors: not_found; denied (no
  // manage_people wherever the person may act, or the person may do what the caller may not).
  Result<NewSecret> invite(const Caller& caller, const std::string& person);
  // Errors: denied (unknown, used, expired, or the person may do more than when it was made),
  // invalid (the password).
  Result<SignedIn> accept(std::string_view invitation, std::string_view password);

  // Ends all other sessions of the person. Errors: denied (the old one is wrong), invalid (the new
  // one), exhausted as for sign_in().
  Result<void> change_password(const Caller& caller, std::string_view old, std::string_view fresh,
                               Duration& wait);

 private:
  explicit Accounts(const Parts& parts) : parts_(parts), throttle_(parts.hub.world().clock) {}

  Result<bool> verify(const std::string& phc, std::string_view password);
  Result<std::string> hash(std::string_view password);
  // The login that the password opens; absent: it is wrong, or not that of an active person.
  Result<std::optional<store::Login>> opened_by(const std::string& person,
                                                std::string_view password);
  Result<void> check_may_invite(const Caller& caller, const SecretScope& scope) const;
  Result<bool> still_holds(const store::ApiToken& invitation);
  Result<void> take_try(const std::string& person, Duration& wait);
  void deny(const std::string& person, std::string_view subject, std::string_view reason);
  Time now() const { return parts_.hub.world().clock.now(); }

  const Parts parts_;
  Throttle throttle_;
  std::counting_semaphore<2> hashing_{2};
  std::string dummy_hash_;  // of a password that nobody knows
  mutable std::mutex setup_mutex_;
  std::string setup_token_;
};

}  // namespace lineside::hub
