// Who may call the page and the API: docs/formats/edge-api.md, "Who may call".
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "net/http.h"
#include "world/clock.h"
#include "world/files.h"
#include "world/random.h"
#include "world/stream.h"

namespace lineside::edge {

struct AuthOptions {
  world::Endpoint endpoint;  // as bound, with the port that was chosen
  bool tls = false;
  std::string bearer;  // token of programs; empty: none may call
  // Whether a link whose token has this digest was made elsewhere; each is good once. See
  // store/link_folder.h. Called by one thread at a time.
  std::function<bool(const std::string& digest)> claim_link = {};
};

// First line of the file, without blanks around it. Errors: those of Files::read(); invalid (not
// 16 to 256 printable ASCII characters without blanks), never with what it found.
Result<std::string> read_token_file(const world::Files& files, const std::string& path);

// Links that work once, sessions of people, the token of programs. Tokens are kept as digests, are
// compared in constant time, and appear in no error and no log. Sessions end with the process.
//
// Any thread may call.
class Auth {
 public:
  static constexpr Duration kSessionLife = Duration::seconds(12 * 3600);
  static constexpr std::size_t kSessionsMax = 64;  // beyond it the oldest one ends
  static constexpr std::size_t kLinksMax = 16;     // not yet used; beyond it the oldest is void

  // Errors: invalid, for an address other than loopback without TLS or without a token.
  static Result<void> check(const AuthOptions& options);
  // The same errors. The seams outlive it.
  static Result<std::unique_ptr<Auth>> create(AuthOptions options, const world::Clock& clock,
                                              world::Random& random);

  std::string address() const;  // "http://127.0.0.1:PORT"
  // "http://127.0.0.1:PORT/?token=...": signs in the one who opens it first.
  std::string new_link();

  // net/http_site.h.
  Result<void> check_site(const net::HttpRequest& request) const;

  // "GET /?token=...": sends the browser to "/", with a session if the link was good. Nothing for
  // other requests.
  std::optional<net::HttpResponse> follow_link(const net::HttpRequest& request);

  // Errors: unauthenticated; exhausted, when too many attempts failed: ten in a row, then one per
  // second may be made, right or wrong. Sessions are not attempts.
  Result<void> check_caller(const net::HttpRequest& request);

  std::size_t sessions() const;

 private:
  Auth(AuthOptions options, const world::Clock& clock, world::Random& random);
  bool take_link(std::string_view token);
  bool charge_failure();
  bool has_session(std::string_view cookies);
  std::string open_session();

  const AuthOptions options_;
  const world::Clock& clock_;
  world::Random& random_;
  const std::string cookie_;  // by port: browsers keep cookies by host alone
  const std::string bearer_digest_;
  mutable std::mutex mutex_;
  std::vector<std::string> links_;        // digests, oldest first
  std::map<std::string, Time> sessions_;  // digest -> end, by the steady clock
  double tries_;                          // failures that may still happen
  Time tries_at_;                         // when `tries_` was brought up to date
};

}  // namespace lineside::edge
