// Who calls.
#pragma once

#include <memory>
#include <string>

#include "base/result.h"
#include "hub/access/grants.h"
#include "store/hub_audit.h"

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

// As audit entries name it: a commitment for a person, "Token/<name>" for a program.
inline Result<std::string> actor_of(store::HubAudit& audit, const Caller& caller) {
  if (!caller.token.empty()) return "Token/" + caller.token;
  return audit.commitment(caller.person, caller.person);
}

// As audit entries name a person that something is done to.
inline Result<std::string> person_subject(store::HubAudit& audit, const std::string& person) {
  const std::string commitment = TRY(audit.commitment(person, person));
  return "Person/" + commitment;
}

}  // namespace lineside::hub
