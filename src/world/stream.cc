#include "world/stream.h"

#include <algorithm>
#include <arpa/inet.h>
#include <charconv>
#include <format>

#include "base/text.h"

namespace lineside::world {

namespace {

bool is_ipv4(const std::string& host, in_addr& out) {
  return inet_pton(AF_INET, host.c_str(), &out) == 1;
}

bool is_ipv6(const std::string& host, in6_addr& out) {
  return inet_pton(AF_INET6, host.c_str(), &out) == 1;
}

// An IPv6 literal with an optional zone such as "%eth0" (RFC 4007 section 11).
bool is_ipv6_zoned(std::string_view host) {
  const std::size_t zone = host.find('%');
  in6_addr ignored{};
  return zone + 1 != host.size() && is_ipv6(std::string(host.substr(0, zone)), ignored);
}

// Letters, digits, '-', '_' and '.' as in host names; container networks do use '_'.
bool is_host_name(std::string_view host) {
  const auto allowed = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '_' || c == '.';
  };
  return !host.empty() && host.size() <= 253 && host.front() != '-' && host.front() != '.' &&
         std::ranges::all_of(host, allowed);
}

Error bad_endpoint(std::string_view text, std::string_view expected) {
  return invalid(std::format("endpoint: expected {}, found \"{}\"", expected, excerpt(text)));
}

}  // namespace

Result<Endpoint> parse_endpoint(std::string_view text) {
  const std::size_t colon = text.rfind(':');
  if (colon == std::string_view::npos) return bad_endpoint(text, "host:port");
  std::string_view host = text.substr(0, colon);
  const std::string_view digits = text.substr(colon + 1);

  Endpoint endpoint;
  const auto [end, failure] =
      std::from_chars(digits.data(), digits.data() + digits.size(), endpoint.port);
  if (failure != std::errc() || end != digits.data() + digits.size()) {
    return bad_endpoint(text, "a port of 0..65535 after the last ':'");
  }
  if (host.starts_with('[') && host.ends_with(']')) {
    host = host.substr(1, host.size() - 2);
    if (!is_ipv6_zoned(host)) return bad_endpoint(text, "an IPv6 address between '[' and ']'");
  } else if (host.contains(':')) {
    return bad_endpoint(text, "an IPv6 address in brackets, as [::1]:port");
  } else if (!is_host_name(host)) {
    return bad_endpoint(text, "a host name or IPv4 address before ':'");
  }
  endpoint.host = host;
  return endpoint;
}

std::string to_string(const Endpoint& endpoint) {
  const bool bracketed = endpoint.host.contains(':');
  return std::format("{}{}{}:{}", bracketed ? "[" : "", endpoint.host, bracketed ? "]" : "",
                     endpoint.port);
}

bool is_loopback(const Endpoint& endpoint) {
  std::string lower = endpoint.host;
  for (char& c : lower) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  if (lower == "localhost") return true;
  in_addr v4{};
  if (is_ipv4(lower, v4)) return (ntohl(v4.s_addr) >> 24) == 127;
  in6_addr v6{};
  return is_ipv6(lower, v6) && IN6_IS_ADDR_LOOPBACK(&v6);
}

}  // namespace lineside::world
