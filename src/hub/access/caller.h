// Who calls.
#pragma once

#include <memory>
#include <string>

#include "base/result.h"
#include "hub/access/grants.h"
#include "store/hub_db.h"

namespace lineside::hub {

struct Caller {
  std::string person;   // who it is or acts for; empty: a program with a role of its own
  std::string token;    // name of the Token; empty: a person who has signed in
  std::string session;  // digest of the session; empty: a program
  std::shared_ptr<const Grants> grants;
  std::string secret{};  // digest of the program's secret; empty: a person who has signed in

  bool is_session() const { return !session.empty(); }
  // As revisions of the catalog name it. No person has a name with a slash.
  std::string author() const { return person.empty() ? "token/" + token : person; }
};

// The commitment of somebody the hub has a salt of. Errors: not_found, of who was erased: a new
// salt would keep the name.
inline Result<std::string> known_commitment(const store::HubAudit& audit,
                                            const std::string& person) {
  auto commitment = TRY(audit.find_commitment(person, person));
  if (!commitment) return fail(Code::not_found, "no such person");
  return *std::move(commitment);
}

// As audit entries name it: a commitment for a person, "Token/<name>" for a program. Errors:
// unauthenticated, for who was erased meanwhile.
inline Result<std::string> actor_of(const store::HubAudit& audit, const Caller& caller) {
  if (!caller.token.empty()) return "Token/" + caller.token;
  auto known = known_commitment(audit, caller.person);
  if (!known && known.error().code == Code::not_found)
    return fail(Code::unauthenticated, "the session has ended meanwhile");
  return known;
}

// As audit entries name a person that something is done to. Errors: not_found.
inline Result<std::string> person_subject(const store::HubAudit& audit, const std::string& person) {
  const std::string commitment = TRY(known_commitment(audit, person));
  return "Person/" + commitment;
}

// For HubDb::together(): that what let the caller in still holds. Who was deleted or erased or is
// not active any more has no session. Errors: unauthenticated.
inline Result<void> expect_caller(store::HubDb& db, const Caller& caller) {
  return caller.is_session() ? db.logins().expect_session(caller.session)
                             : db.tokens().expect_secret(caller.secret);
}

}  // namespace lineside::hub
