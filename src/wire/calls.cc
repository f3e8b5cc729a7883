#include "wire/calls.h"

#include <algorithm>
#include <charconv>
#include <format>

#include "base/text.h"
#include "codec/tree.h"
#include "crypt/digest.h"
#include "crypt/x509.h"
#include "wire/desired.h"

namespace lineside::wire {

namespace {

constexpr std::size_t kTextMax = 300;                    // of what a hub says of an error
constexpr Duration kPauseMax = Duration::seconds(3600);  // that a hub may ask for

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

struct TrustedCertificate {
  std::string_view pem;
  crypt::Certificate certificate;
};
std::vector<TrustedCertificate> certificates_of(std::string_view pem) {
  constexpr std::string_view kEnd = "-----END CERTIFICATE-----";
  std::vector<TrustedCertificate> found;
  for (auto end = pem.find(kEnd); end != std::string_view::npos; end = pem.find(kEnd)) {
    const std::string_view text = pem.substr(0, end + kEnd.size());
    if (auto one = crypt::parse_certificate(text)) found.push_back({text, std::move(*one)});
    pem.remove_prefix(text.size());
  }
  return found;
}

// A server's own certificate may be trusted as itself; ours comes from an authority.
std::string authorities_of(std::string_view pem) {
  std::string authorities;
  for (const TrustedCertificate& one : certificates_of(pem))
    if (one.certificate.is_authority) authorities.append(one.pem).append("\n");
  return authorities;
}

// That the certificate names us and leads to our hub: nothing else would work later.
Result<void> check_certificate(const Identity& identity, const Credential& credential, Time now) {
  const auto certificate = crypt::verify_certificate(
      credential.certificate, authorities_of(identity.ca), now, crypt::CertificateUse::client);
  if (!certificate) return fail(Code::corrupt, "our certificate: " + certificate.error().text);
  if (std::ranges::find(certificate->uris, edge_uri(identity.edge)) == certificate->uris.end())
    return fail(Code::corrupt, std::format("our certificate: expected it to name edge '{}'",
                                           excerpt(identity.edge)));
  return {};
}

}  // namespace

bool names_authority(std::string_view pem, std::string_view sha256) {
  return std::ranges::any_of(certificates_of(pem), [&](const TrustedCertificate& one) {
    return to_hex(one.certificate.sha256) == sha256;
  });
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

// ---- Calls -------------------------------------------------------------------------------------

Result<CertificateCall> join_call(const JoinOrder& order) {
  // The name is the hub's to give; in the request it is a wish.
  crypt::KeyAndCsr made = TRY(crypt::make_key_and_csr("edge", ""));
  const JoinRequest request = {.token = order.token,
                               .csr = std::move(made.csr_pem),
                               .edge = order.edge,
                               .version = order.version};
  return CertificateCall{post(kJoinPath, write_message(request)), std::move(made.key_pem)};
}

Result<CertificateCall> renew_call() {
  crypt::KeyAndCsr made = TRY(crypt::make_key_and_csr("edge", ""));
  const RenewRequest request = {.csr = std::move(made.csr_pem)};
  return CertificateCall{post(kRenewPath, write_message(request)), std::move(made.key_pem)};
}

net::HttpCall poll_call(std::uint64_t after, Duration wait) {
  const auto seconds = std::min(wait, kWaitMax).ns / Duration::seconds(1).ns;
  return {.target = std::format("{}?after={}&wait={}", kStatePath, after, seconds)};
}

net::HttpCall report_call(const StateReport& report) {
  return post(kReportPath, write_message(report));
}

net::HttpCall tell_call(std::string_view path, std::string body) {
  return post(path, std::move(body));
}

// ---- Answers -----------------------------------------------------------------------------------

bool is_success(const net::HttpResponse& response) {
  return response.status >= 200 && response.status < 300;
}

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

Result<Joined> read_joined(const net::HttpResponse& response, const JoinOrder& order,
                           std::string key, Time now) {
  auto answer = read_message<JoinAnswer>(response.body, "answer to join");
  if (!answer) return fail(Code::corrupt, answer.error().text);
  Joined out{.identity = {.url = order.url,
                          .hub = std::move(answer->hub),
                          .edge = std::move(answer->edge),
                          .ca = std::move(answer->ca),
                          .state_keys = std::move(answer->state_keys),
                          .renew_after = answer->renew_after},
             .credential = {std::move(answer->certificate), std::move(key)}};
  if (!names_authority(out.identity.ca, order.ca_sha256))
    return fail(Code::corrupt, "the hub's authority is not the one of the fingerprint");
  TRY(check_certificate(out.identity, out.credential, now));
  if (auto keys = state_keys_of(out.identity); !keys) return fail(Code::corrupt, keys.error().text);
  return out;
}

Result<Joined> read_renewed(const net::HttpResponse& response, const Identity& identity,
                            std::string key, Time now) {
  auto answer = read_message<RenewAnswer>(response.body, "answer to renew");
  if (!answer) return fail(Code::corrupt, answer.error().text);
  Joined out{.identity = identity, .credential = {std::move(answer->certificate), std::move(key)}};
  out.identity.ca = std::move(answer->ca);
  out.identity.state_keys = std::move(answer->state_keys);
  out.identity.renew_after = answer->renew_after;
  TRY(check_certificate(out.identity, out.credential, now));
  if (auto keys = state_keys_of(out.identity); !keys) return fail(Code::corrupt, keys.error().text);
  return out;
}

Result<std::optional<crypt::Envelope>> read_offered(const net::HttpResponse& response) {
  if (response.status == 204) return std::optional<crypt::Envelope>();
  auto envelope = parse_envelope(response.body);
  if (!envelope) return fail(Code::corrupt, envelope.error().text);
  return std::optional(std::move(*envelope));
}

// ---- Waiting -----------------------------------------------------------------------------------

void Patience::note(const net::HttpResponse& response) {
  const std::string_view text = response.header("Retry-After");
  std::int64_t seconds = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), seconds);
  if (error != std::errc() || end != text.data() + text.size() || seconds < 0) return;
  asked_ = Duration::seconds(std::min(seconds, kPauseMax.ns / Duration::seconds(1).ns));
}

Duration Patience::after(const Error& error, world::Random& random) {
  const Duration grown =
      traits(error.code).retry ? backoff_.next(random) : backoff_.next_slow(random);
  if (!asked_) return grown;
  // Spread over half as much again: all who were told the same would come together.
  const auto spread =
      static_cast<std::int64_t>(static_cast<double>(asked_->ns) * (1 + 0.5 * random.uniform()));
  asked_.reset();
  return std::max(grown, Duration{spread});
}

}  // namespace lineside::wire
