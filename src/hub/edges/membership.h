// Who is an edge of this hub: joining with an enrolment token, renewing, and the check of each
// request's certificate.
#pragma once

#include <string>

#include "base/result.h"
#include "base/time.h"
#include "hub/hub.h"
#include "net/http.h"
#include "store/hub_edges.h"
#include "wire/messages.h"

namespace lineside::hub {

struct MembershipOptions {
  Duration certificate_valid = Duration::seconds(90 * 86400);
  Duration renew_after = Duration::seconds(60 * 86400);  // of that
  // An edge that was cut off before it had stored the new one asks again.
  std::uint64_t renewals_max = 10;  // within:
  Duration renewals_within = Duration::seconds(3600);
};

// An edge that has proved to be one.
struct EdgeCaller {
  std::string edge;
  std::string site;
  std::string fingerprint;
};

struct NewEdge {
  wire::JoinAnswer answer;
  std::string site;
};

// Any thread may call.
class Membership {
 public:
  Membership(Hub& hub, MembershipOptions options) : hub_(hub), options_(options) {}

  // Uses up one of the token's uses, issues the certificate, registers the Device; all or nothing.
  // An edge that is there already may join again with a token that names it: the certificates it
  // had are void then. Errors: unauthenticated (the token, also where who
  // made it may not manage edges at its site any more), denied (a token for another edge),
  // conflict (the name is taken), invalid (request, name, or certificate request).
  Result<NewEdge> join(const wire::JoinRequest& request);
  // Errors: denied (revoked or removed meanwhile), exhausted (MembershipOptions::renewals_max),
  // invalid (certificate request).
  Result<wire::RenewAnswer> renew(const EdgeCaller& caller, const wire::RenewRequest& request);
  // By what the handshake has verified and by the database, so a revocation holds from the next
  // request on. Errors: unauthenticated (no certificate, none of an edge, expired), denied
  // (revoked, or not one that this hub has issued).
  Result<EdgeCaller> check(const net::HttpRequest& request) const;
  // Whether the certificate still holds.
  bool holds(const EdgeCaller& caller) const;

 private:
  struct Order {
    std::string edge;
    std::string site;
    bool joins_again = false;
    std::string shown;  // fingerprint of the certificate that a renewal came with; empty: it joins
  };
  Result<bool> issuer_may(const store::EnrolmentToken& token) const;
  Result<void> check_issuer(const store::EnrolmentToken& token) const;
  Result<Order> order_of(const wire::JoinRequest& request,
                         const store::EnrolmentToken& token) const;
  std::string authorities() const;
  Result<void> register_device(const Order& order) const;
  Result<crypt::IssuedCertificate> issue(const std::string& edge, std::string_view csr) const;
  Result<void> enrol(const crypt::IssuedCertificate& issued, const Order& order,
                     std::string_view action, const std::string& token) const;

  Hub& hub_;
  const MembershipOptions options_;
};

}  // namespace lineside::hub
