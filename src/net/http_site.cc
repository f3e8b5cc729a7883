#include "net/http_site.h"

#include <format>

#include "base/text.h"

namespace lineside::net {

namespace {

// "a.b:80" -> "a.b", "[::1]:80" -> "::1", also without a port; empty for what is neither. No case.
std::string host_of(std::string_view authority) {
  const bool has_port = authority.contains(':') && !authority.ends_with(']');
  auto parsed = world::parse_endpoint(std::string(authority) + (has_port ? "" : ":80"));
  if (!parsed) return "";
  for (char& c : parsed->host) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
  return parsed->host;
}

}  // namespace

bool changes_something(const HttpRequest& request) {
  return request.method != "GET" && request.method != "HEAD" && request.method != "OPTIONS";
}

std::string_view find_cookie(std::string_view cookies, std::string_view name) {
  for (std::string_view one : split(cookies, ';')) {
    one = trim(one);
    if (one.size() > name.size() && one.starts_with(name) && one[name.size()] == '=')
      return one.substr(name.size() + 1);
  }
  return {};
}

Result<void> check_site(const HttpSite& site, const HttpRequest& request) {
  const std::string_view authority = request.header("Host");
  const std::string host = host_of(authority);
  const bool named_by_certificate = site.tls && !world::is_loopback(site.endpoint);
  const bool ours = host == site.endpoint.host || host == "localhost";
  if (host.empty() || (!ours && !named_by_certificate))
    return fail(Code::denied, std::format("Host: expected {} or localhost, found '{}'",
                                          site.endpoint.host, excerpt(authority, 60)));
  const std::string_view origin = request.header("Origin");
  if (origin.empty() || !changes_something(request)) return {};
  const std::string own = std::format("{}://{}", site.tls ? "https" : "http", authority);
  if (origin == own) return {};
  return fail(Code::denied,
              std::format("Origin: expected {} or none, found '{}'", own, excerpt(origin, 60)));
}

}  // namespace lineside::net
