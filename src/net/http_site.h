// Whether a browser was led to us by another site, and what it carries to be known again.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "net/http.h"
#include "world/stream.h"

namespace lineside::net {

// Where a server is reached.
struct HttpSite {
  world::Endpoint endpoint;  // as bound, with the port that was chosen
  bool tls = false;
};

// Host must be ours, and for requests that change something there is no Origin or our own. Bound to
// loopback, Host is the bound address or localhost, with any port, for it may have been forwarded;
// behind TLS the certificate has named us. Errors: denied.
Result<void> check_site(const HttpSite& site, const HttpRequest& request);

// Neither GET nor HEAD nor OPTIONS.
bool changes_something(const HttpRequest& request);

// The value of a cookie out of the header Cookie; empty: not there.
std::string_view find_cookie(std::string_view cookies, std::string_view name);

}  // namespace lineside::net
