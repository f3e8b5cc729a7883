// What an edge asks of its hub, what it makes of the answers, and how long it waits after one that
// is none: the same for an edge (hub_link.h) and for those that are played (sim_edges.h).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "crypt/dsse.h"
#include "crypt/signature.h"
#include "net/backoff.h"
#include "net/http_client.h"
#include "wire/messages.h"
#include "world/random.h"

namespace lineside::wire {

// What an edge knows of its hub and of itself since it has joined.
struct Identity {
  std::int64_t v = kProtocol;
  std::string url;   // "https://hub.example.com:8443"
  std::string hub;   // its name, for people
  std::string edge;  // ours
  std::string ca;    // PEM, one or more: whom the hub's certificates lead to, and nobody else's
  std::vector<std::string> state_keys;  // PEM: who signs desired states
  Time renew_after;                     // of our certificate
  bool operator==(const Identity&) const = default;
};
constexpr auto fields(const Identity*) {
  using domain::field;
  return std::tuple(
      protocol_field<Identity>(), field("url", &Identity::url, "address of the hub").required(),
      field("hub", &Identity::hub, "name of the hub").required(),
      field("edge", &Identity::edge, "name of the edge").required(),
      field("ca", &Identity::ca, "the hub's authority, PEM").required(),
      field("state_keys", &Identity::state_keys, "keys that sign desired states").required(),
      field("renew_after", &Identity::renew_after, "when to renew the certificate").required());
}
// Errors: invalid (one of them is no key; there is none).
Result<std::vector<crypt::VerifyKey>> state_keys_of(const Identity& identity);

struct Credential {
  std::string certificate;  // PEM
  std::string key;          // PEM, in the clear
  bool operator==(const Credential&) const = default;
};

struct JoinOrder {
  std::string url;
  std::string token;
  std::string ca_sha256;  // 64 lower-case hex digits; the token is told to nobody else
  std::string edge;       // may be empty, see JoinRequest
  std::string version;    // of Lineside
};
struct Joined {
  Identity identity;
  Credential credential;
};

// Whether one of the certificates (PEM) has the fingerprint.
bool names_authority(std::string_view pem, std::string_view sha256);
// Errors: invalid.
Result<void> check_order(const JoinOrder& order);

// A call that asks for a certificate, and the new key that it is for.
struct CertificateCall {
  net::HttpCall call;
  std::string key;  // PEM, in the clear
};
Result<CertificateCall> join_call(const JoinOrder& order);
Result<CertificateCall> renew_call();
net::HttpCall poll_call(std::uint64_t after, Duration wait);  // whole seconds, at most kWaitMax
net::HttpCall report_call(const StateReport& report);
net::HttpCall tell_call(std::string_view path, std::string body);

bool is_success(const net::HttpResponse& response);
// {"error": {"code", "text"}} of an answer that is no success, else what its status says.
Error error_of(const net::HttpResponse& response);
// That of a call whose answer is a success. Errors: corrupt (not of the protocol; the certificate
// is not for us, or not of the pinned authority).
Result<Joined> read_joined(const net::HttpResponse& response, const JoinOrder& order,
                           std::string key, Time now);
Result<Joined> read_renewed(const net::HttpResponse& response, const Identity& identity,
                            std::string key, Time now);
// Nothing: none came within the wait.
Result<std::optional<crypt::Envelope>> read_offered(const net::HttpResponse& response);

// How long to wait before the next call: grows from failure to failure with full jitter; at least
// as long as the hub asked for, and longer where waiting will hardly mend it.
class Patience {
 public:
  explicit Patience(net::BackoffOptions options = {}) : backoff_(options) {}

  void call_begins() { asked_.reset(); }
  void note(const net::HttpResponse& response);  // its Retry-After
  void worked() { backoff_.was_up(Duration::seconds(3600)); }
  Duration after(const Error& error, world::Random& random);

 private:
  net::Backoff backoff_;
  std::optional<Duration> asked_;  // by the hub's last answer
};

}  // namespace lineside::wire
