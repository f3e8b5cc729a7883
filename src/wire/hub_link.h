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
#include "net/http_connection.h"
#include "wire/calls.h"
#include "wire/messages.h"
#include "world/clock.h"
#include "world/files.h"
#include "world/random.h"
#include "world/stream.h"

namespace lineside::wire {

struct LinkWorld {
  world::Dialer& dialer;
  world::Clock& clock;
  world::Random& random;
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
  // Into `folder` under its digest, going on where an earlier try ended. One that was cut off after
  // it had brought more than was there counts as worked(). Errors: also those of ArtifactSink.
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
  void worked() { patience_.worked(); }

  // Ends the call under way, or else the next one. Any thread.
  void wake();
  void close();
  const Identity& identity() const { return identity_; }

 private:
  Result<net::HttpResponse> call(const net::HttpCall& call, Duration limit);
  Result<void> tell(std::string_view path, std::string body);
  void connect_anew();

  Identity identity_;
  Credential credential_;
  LinkWorld world_;
  const LinkOptions options_;
  Patience patience_;
  std::mutex mutex_;  // of which connection there is
  std::shared_ptr<net::HttpConnection> connection_;
};

}  // namespace lineside::wire
