// An edge's way to its hub: calls over one kept connection with mutual TLS, the hub's authority
// pinned, and how long to wait after one that failed. What is said is in wire/messages.h.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "crypt/dsse.h"
#include "net/backoff.h"
#include "net/http_connection.h"
#include "wire/messages.h"
#include "world/clock.h"
#include "world/files.h"
#include "world/random.h"
#include "world/stream.h"

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
};

struct LinkWorld {
  world::Dialer& dialer;
  world::Clock& clock;
  world::Random& random;
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
// Makes a key, sends the token, checks the answer: the certificate is for the name told and of the
// pinned authority. Errors: invalid (the order), unauthenticated (the token),
// conflict (the name is taken), denied (the server is not the one), corrupt (the answer), those of
// HttpConnection.
Result<Joined> join(const JoinOrder& order, LinkWorld world);

struct LinkOptions {
  net::BackoffOptions backoff{};
  Duration limit = Duration::seconds(30);       // of a call; a poll: beyond what it waits
  Duration dial_limit = Duration::seconds(10);  // within it; wake() does not end a dial
};

// Errors of the calls: those of HttpConnection; what the hub answers, by its code and with its
// text (unauthenticated and denied: it does not know us or has revoked us); unavailable with a
// pause that it asked for; corrupt (its answer is not of the protocol).
// Used by one thread, but for wake().
class HubLink {
 public:
  HubLink(Identity identity, Credential credential, LinkWorld world, LinkOptions options = {});

  // The next state above `after`, unverified, as soon as there is one; nothing: none within `wait`.
  Result<std::optional<crypt::Envelope>> poll(std::uint64_t after, Duration wait);
  // Into `folder` under its digest, going on where an earlier try ended. Errors: also those of
  // ArtifactSink.
  Result<void> fetch(const DesiredArtifact& artifact, const std::string& folder,
                     world::Files& files);
  Result<void> report(const StateReport& report);
  Result<void> discovered(const Discovered& discovered);
  Result<void> send(const Batch& batch);

  bool renewal_due() const;
  // A new key and its certificate. The caller makes both durable, then use()s them.
  Result<Joined> renew();
  void use(Joined joined);

  // How long to wait before the next call: grows from failure to failure with full jitter; at least
  // as long as the hub asked for, and longer where waiting will hardly mend it.
  Duration pause_after(const Error& error);
  void worked() { backoff_.was_up(Duration::seconds(3600)); }

  // Ends the call under way, or else the next one. Any thread.
  void wake();
  void close();
  const Identity& identity() const { return identity_; }

 private:
  Result<net::HttpResponse> call(const net::HttpCall& call, Duration limit);
  Result<void> tell(std::string_view path, std::string body);
  void note_retry_after(const net::HttpResponse& response);
  void connect_anew();

  Identity identity_;
  Credential credential_;
  LinkWorld world_;
  const LinkOptions options_;
  net::Backoff backoff_;
  std::optional<Duration> asked_pause_;  // by the hub's last answer
  std::mutex mutex_;                     // of which connection there is
  std::shared_ptr<net::HttpConnection> connection_;
};

// {"error": {"code", "text"}} of an answer that is no success, else what its status says.
Error error_of(const net::HttpResponse& response);

}  // namespace lineside::wire
