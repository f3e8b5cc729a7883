#include "edge/auth.h"

#include <algorithm>
#include <format>

#include "base/text.h"
#include "crypt/digest.h"
#include "net/http_site.h"
#include "store/link_folder.h"

namespace lineside::edge {

namespace {

constexpr std::string_view kBearer = "Bearer ";
constexpr std::size_t kTokenBytes = 32;
constexpr double kTriesMax = 10;

std::string digest(std::string_view token) { return crypt::sha256_hex(as_bytes(token)); }

// Of digests, which are of equal length.
bool same(std::string_view a, std::string_view b) {
  unsigned difference = a.size() == b.size() ? 0 : 1;
  for (std::size_t i = 0; i < std::min(a.size(), b.size()); ++i)
    difference |= static_cast<unsigned char>(a[i]) ^ static_cast<unsigned char>(b[i]);
  return difference == 0;
}

}  // namespace

Result<std::string> read_token_file(const world::Files& files, const std::string& path) {
  const Bytes bytes = TRY(files.read(path));
  const std::string_view text = as_text(bytes);
  const std::string_view token = trim(text.substr(0, text.find('\n')));
  const bool printable = std::ranges::all_of(token, [](char c) { return c > ' ' && c < 0x7f; });
  if (token.size() < 16 || token.size() > 256 || !printable)
    return invalid(path +
                   ": expected a first line of 16 to 256 printable characters without blanks");
  return std::string(token);
}

Auth::Auth(AuthOptions options, const world::Clock& clock, world::Random& random)
    : options_(std::move(options)),
      clock_(clock),
      random_(random),
      cookie_(std::format("lineside_session_{}", options_.endpoint.port)),
      bearer_digest_(options_.bearer.empty() ? "" : digest(options_.bearer)),
      tries_(kTriesMax),
      tries_at_(clock.steady()) {}

Result<void> Auth::check(const AuthOptions& options) {
  if (world::is_loopback(options.endpoint) || (options.tls && !options.bearer.empty())) return {};
  const char* found = options.tls              ? "no token file"
                      : options.bearer.empty() ? "none of them"
                                               : "no certificate";
  return invalid(std::format(
      "{} can be reached by others: expected a certificate, its key and a token file, found {}",
      to_string(options.endpoint), found));
}

Result<std::unique_ptr<Auth>> Auth::create(AuthOptions options, const world::Clock& clock,
                                           world::Random& random) {
  TRY(check(options));
  return std::unique_ptr<Auth>(new Auth(std::move(options), clock, random));  // private constructor
}

std::string Auth::address() const {
  world::Endpoint shown = options_.endpoint;
  if (shown.host == "0.0.0.0" || shown.host == "::") shown.host = "localhost";
  return std::format("{}://{}", options_.tls ? "https" : "http", to_string(shown));
}

std::string Auth::new_link() {
  std::lock_guard lock(mutex_);
  const std::string token = random_.token(kTokenBytes);
  if (links_.size() == kLinksMax) links_.erase(links_.begin());
  links_.push_back(store::link_digest(token));
  return address() + "/?token=" + token;
}

Result<void> Auth::check_site(const net::HttpRequest& request) const {
  return net::check_site({options_.endpoint, options_.tls}, request);
}

// A bucket of failures that fills up again by one a second. Only what was found wrong asks it:
// whoever sends wrong tokens could lock out the holder of the right one otherwise. Tokens are far
// too long to be guessed at any rate.
bool Auth::charge_failure() {
  const Time now = clock_.steady();
  tries_ = std::min(kTriesMax, tries_ + (now - tries_at_).as_seconds());
  tries_at_ = now;
  if (tries_ < 1) return false;
  tries_ -= 1;
  return true;
}

std::string Auth::open_session() {
  const Time now = clock_.steady();
  std::erase_if(sessions_, [&](const auto& session) { return session.second <= now; });
  if (sessions_.size() >= kSessionsMax)
    sessions_.erase(std::ranges::min_element(sessions_, {},
                                             [](const auto& session) { return session.second; }));
  std::string token = random_.token(kTokenBytes);
  sessions_[digest(token)] = now + kSessionLife;
  return token;
}

bool Auth::take_link(std::string_view token) {
  const std::string wanted = store::link_digest(token);
  const auto it =
      std::ranges::find_if(links_, [&](const std::string& link) { return same(link, wanted); });
  if (it == links_.end()) return options_.claim_link && options_.claim_link(wanted);
  links_.erase(it);
  return true;
}

std::optional<net::HttpResponse> Auth::follow_link(const net::HttpRequest& request) {
  const auto token = request.target.parameter("token");
  if (request.target.path != "/" || request.method != "GET" || !token) return std::nullopt;
  net::HttpResponse response;
  response.status = 303;
  response.headers = {{"Location", "/"}, {"Cache-Control", "no-store"}};
  std::lock_guard lock(mutex_);
  if (!take_link(*token)) {
    if (charge_failure()) return response;
    response.status = 429;
    response.headers = {{"Retry-After", "1"}, {"Cache-Control", "no-store"}};
    return response;
  }
  response.headers.push_back(
      {"Set-Cookie", std::format("{}={}; Path=/; Max-Age={}; HttpOnly; SameSite=Strict{}", cookie_,
                                 open_session(), kSessionLife.ns / Duration::seconds(1).ns,
                                 options_.tls ? "; Secure" : "")});
  return response;
}

bool Auth::has_session(std::string_view cookies) {
  const std::string_view token = net::find_cookie(cookies, cookie_);
  if (token.empty()) return false;
  const auto it = sessions_.find(digest(token));
  return it != sessions_.end() && clock_.steady() < it->second;
}

Result<void> Auth::check_caller(const net::HttpRequest& request) {
  std::lock_guard lock(mutex_);
  if (has_session(request.header("Cookie"))) return {};
  const std::string_view authorization = request.header("Authorization");
  if (authorization.empty())
    return fail(Code::unauthenticated, "expected a session or a bearer token, found neither");
  const bool known = authorization.starts_with(kBearer) && !bearer_digest_.empty() &&
                     same(digest(authorization.substr(kBearer.size())), bearer_digest_);
  if (known) return {};
  if (!charge_failure())
    return fail(Code::exhausted, "too many attempts to sign in failed; one per second may be made");
  return fail(Code::unauthenticated, "the bearer token is not that of this edge");
}

std::size_t Auth::sessions() const {
  std::lock_guard lock(mutex_);
  const Time now = clock_.steady();
  return static_cast<std::size_t>(
      std::ranges::count_if(sessions_, [&](const auto& session) { return now < session.second; }));
}

}  // namespace lineside::edge
