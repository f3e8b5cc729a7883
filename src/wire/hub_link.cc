#include "wire/hub_link.h"

#include <algorithm>
#include <charconv>
#include <format>

#include "base/text.h"
#include "codec/tree.h"
#include "crypt/digest.h"
#include "crypt/x509.h"
#include "wire/artifact.h"
#include "wire/desired.h"

namespace lineside::wire {

namespace {

constexpr std::size_t kTextMax = 300;                    // of what a hub says of an error
constexpr Duration kPauseMax = Duration::seconds(3600);  // that a hub may ask for

net::HttpClientOptions client_options(const Identity& identity, const Credential& credential,
                                      const LinkOptions& options) {
  net::HttpClientOptions out;
  out.tls.ca_pem = identity.ca;
  out.tls.cert_pem = credential.certificate;
  out.tls.key_pem = credential.key;
  out.limit = options.limit;
  out.dial_limit = options.dial_limit;
  out.body_max = 2 * kMessageBytesMax;
  return out;
}

net::HttpCall post(std::string_view path, std::string body) {
  return {.method = "POST",
          .target = std::string(path),
          .headers = {{"Content-Type", "application/json"}},
          .body = std::move(body)};
}

Code code_named(std::string_view name, int status) {
  for (int i = 0; i <= static_cast<int>(Code::internal); ++i)
    if (traits(static_cast<Code>(i)).name == name) return static_cast<Code>(i);
  for (int i = 0; i <= static_cast<int>(Code::internal); ++i)
    if (traits(static_cast<Code>(i)).http_status == status) return static_cast<Code>(i);
  return status >= 500 || status == 429 ? Code::unavailable : Code::corrupt;
}

bool is_success(const net::HttpResponse& response) {
  return response.status >= 200 && response.status < 300;
}

// That the certificate names us and leads to our hub: nothing else would work later.
Result<void> check_certificate(const Identity& identity, const Credential& credential, Time now) {
  const auto certificate = crypt::verify_certificate(credential.certificate, identity.ca, now,
                                                     crypt::CertificateUse::client);
  if (!certificate) return fail(Code::corrupt, "our certificate: " + certificate.error().text);
  if (std::ranges::find(certificate->uris, edge_uri(identity.edge)) == certificate->uris.end())
    return fail(Code::corrupt, std::format("our certificate: expected it to name edge '{}'",
                                           excerpt(identity.edge)));
  return {};
}

// Whether one of the certificates has the fingerprint.
bool names_authority(std::string_view pem, std::string_view sha256) {
  constexpr std::string_view kEnd = "-----END CERTIFICATE-----";
  while (true) {
    const std::size_t end = pem.find(kEnd);
    if (end == std::string_view::npos) return false;
    const auto authority = crypt::parse_certificate(pem.substr(0, end + kEnd.size()));
    if (authority && to_hex(authority->sha256) == sha256) return true;
    pem.remove_prefix(end + kEnd.size());
  }
}

Result<void> check_order(const JoinOrder& order) {
  if (!order.url.starts_with("https://"))
    return invalid(std::format("address of the hub: expected https://HOST:PORT, found '{}'",
                               excerpt(order.url)));
  if (!crypt::digest_from_hex(order.ca_sha256))
    return invalid("fingerprint of the hub's authority: expected 64 of 0-9 a-f");
  if (order.token.empty()) return invalid("enrolment token: expected one, found none");
  return {};
}

}  // namespace

Error error_of(const net::HttpResponse& response) {
  std::vector<domain::Problem> problems;
  const auto tree = codec::Tree::from_json(response.body, "answer", {}, problems);
  std::string_view name;
  std::string text =
      std::format("status {} {}", response.status, net::reason_phrase(response.status));
  const codec::TreeNode* error =
      tree && tree->root().is_map() ? tree->find(tree->root(), "error") : nullptr;
  if (error != nullptr && error->is_map()) {
    if (const auto* code = tree->find(*error, "code")) name = code->text;
    if (const auto* said = tree->find(*error, "text")) text = excerpt(said->text, kTextMax);
  }
  return fail(code_named(name, response.status), "the hub says: " + text);
}

Result<std::vector<crypt::VerifyKey>> state_keys_of(const Identity& identity) {
  std::vector<crypt::VerifyKey> keys;
  for (const std::string& pem : identity.state_keys)
    keys.push_back(TRY_WITH(crypt::VerifyKey::from_pem(pem), "key of the hub"));
  if (keys.empty()) return invalid("keys of the hub: expected one, found none");
  return keys;
}

Result<Joined> join(const JoinOrder& order, LinkWorld world) {
  TRY(check_order(order));
  // The name is the hub's to give; in the request it is a wish.
  crypt::KeyAndCsr made = TRY(crypt::make_key_and_csr("edge", ""));
  net::HttpClientOptions options;
  options.tls.ca_sha256 = order.ca_sha256;
  net::HttpConnection connection(order.url, world.dialer, world.clock, options);
  const JoinRequest request = {.token = order.token,
                               .csr = std::move(made.csr_pem),
                               .edge = order.edge,
                               .version = order.version};
  const net::HttpResponse response = TRY(connection.send(post(kJoinPath, write_message(request))));
  if (!is_success(response)) return error_of(response);
  auto answer = read_message<JoinAnswer>(response.body, "answer to join");
  if (!answer) return fail(Code::corrupt, answer.error().text);
  Joined out{.identity = {.url = order.url,
                          .hub = std::move(answer->hub),
                          .edge = std::move(answer->edge),
                          .ca = std::move(answer->ca),
                          .state_keys = std::move(answer->state_keys),
                          .renew_after = answer->renew_after},
             .credential = {std::move(answer->certificate), std::move(made.key_pem)}};
  if (!names_authority(out.identity.ca, order.ca_sha256))
    return fail(Code::corrupt, "the hub's authority is not the one of the fingerprint");
  TRY(check_certificate(out.identity, out.credential, world.clock.now()));
  if (auto keys = state_keys_of(out.identity); !keys) return fail(Code::corrupt, keys.error().text);
  return out;
}

HubLink::HubLink(Identity identity, Credential credential, LinkWorld world, LinkOptions options)
    : identity_(std::move(identity)),
      credential_(std::move(credential)),
      world_(world),
      options_(options),
      backoff_(options.backoff) {
  connect_anew();
}

void HubLink::connect_anew() {
  auto fresh = std::make_shared<net::HttpConnection>(
      identity_.url, world_.dialer, world_.clock, client_options(identity_, credential_, options_));
  const std::lock_guard lock(mutex_);
  connection_.swap(fresh);
}

void HubLink::wake() {
  std::shared_ptr<net::HttpConnection> connection;
  {
    const std::lock_guard lock(mutex_);
    connection = connection_;
  }
  connection->wake();
}

void HubLink::close() { connection_->close(); }

void HubLink::note_retry_after(const net::HttpResponse& response) {
  const std::string_view text = response.header("Retry-After");
  std::int64_t seconds = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), seconds);
  if (error != std::errc() || end != text.data() + text.size() || seconds < 0) return;
  asked_pause_ = Duration::seconds(std::min(seconds, kPauseMax.ns / Duration::seconds(1).ns));
}

Result<net::HttpResponse> HubLink::call(const net::HttpCall& call, Duration limit) {
  asked_pause_.reset();
  net::HttpResponse response = TRY(connection_->send(call, limit));
  if (is_success(response)) return response;
  note_retry_after(response);
  return error_of(response);
}

Result<void> HubLink::tell(std::string_view path, std::string body) {
  TRY(call(post(path, std::move(body)), options_.limit));
  return {};
}

Result<std::optional<crypt::Envelope>> HubLink::poll(std::uint64_t after, Duration wait) {
  const auto seconds = std::min(wait, kWaitMax).ns / Duration::seconds(1).ns;
  const net::HttpResponse response =
      TRY(call({.target = std::format("{}?after={}&wait={}", kStatePath, after, seconds)},
               options_.limit + Duration::seconds(seconds)));
  if (response.status == 204) return std::optional<crypt::Envelope>();
  auto envelope = parse_envelope(response.body);
  if (!envelope) return fail(Code::corrupt, envelope.error().text);
  return std::optional(std::move(*envelope));
}

Result<void> HubLink::fetch(const DesiredArtifact& artifact, const std::string& folder,
                            world::Files& files) {
  ArtifactSink sink = TRY(ArtifactSink::open(artifact, folder, files));
  if (!sink.whole()) {
    asked_pause_.reset();
    const net::HttpResponse response = TRY(connection_->download(
        {.target = std::string(kArtifactsPath) + artifact.digest}, sink.resume(), sink));
    if (!is_success(response)) {
      note_retry_after(response);
      return error_of(response);
    }
  }
  return sink.finish();
}

Result<void> HubLink::report(const StateReport& report) {
  return tell(kReportPath, write_message(report));
}
Result<void> HubLink::discovered(const Discovered& discovered) {
  return tell(kDiscoveredPath, write_message(discovered));
}
Result<void> HubLink::send(const Batch& batch) { return tell(kBatchPath, write_message(batch)); }

bool HubLink::renewal_due() const { return world_.clock.now() >= identity_.renew_after; }

Result<Joined> HubLink::renew() {
  crypt::KeyAndCsr made = TRY(crypt::make_key_and_csr("edge", ""));
  const RenewRequest request = {.csr = std::move(made.csr_pem)};
  const net::HttpResponse response =
      TRY(call(post(kRenewPath, write_message(request)), options_.limit));
  auto answer = read_message<RenewAnswer>(response.body, "answer to renew");
  if (!answer) return fail(Code::corrupt, answer.error().text);
  Joined out{.identity = identity_,
             .credential = {std::move(answer->certificate), std::move(made.key_pem)}};
  out.identity.ca = std::move(answer->ca);
  out.identity.state_keys = std::move(answer->state_keys);
  out.identity.renew_after = answer->renew_after;
  TRY(check_certificate(out.identity, out.credential, world_.clock.now()));
  if (auto keys = state_keys_of(out.identity); !keys) return fail(Code::corrupt, keys.error().text);
  return out;
}

void HubLink::use(Joined joined) {
  identity_ = std::move(joined.identity);
  credential_ = std::move(joined.credential);
  connect_anew();
}

Duration HubLink::pause_after(const Error& error) {
  const Duration grown =
      traits(error.code).retry ? backoff_.next(world_.random) : backoff_.next_slow(world_.random);
  if (!asked_pause_) return grown;
  // Spread over half as much again: all who were told the same would come together.
  const auto spread = static_cast<std::int64_t>(static_cast<double>(asked_pause_->ns) *
                                                (1 + 0.5 * world_.random.uniform()));
  asked_pause_.reset();
  return std::max(grown, Duration{spread});
}

}  // namespace lineside::wire
