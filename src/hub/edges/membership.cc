#include "hub/edges/membership.h"

#include <algorithm>
#include <format>

#include "base/log.h"
#include "base/text.h"
#include "codec/canonical.h"
#include "codec/catalog.h"
#include "crypt/digest.h"
#include "crypt/x509.h"
#include "domain/devices.h"
#include "domain/reading.h"
#include "hub/access/grants.h"
#include "hub/audit_entry.h"

namespace lineside::hub {

namespace {

using domain::Kind;

constexpr Duration kBackdated = Duration::seconds(3600);  // for edges whose clock is behind
constexpr std::size_t kCommonNameMax = 64;
constexpr std::size_t kMadeUpBytes = 4;

std::string actor_of(const std::string& edge) { return "Edge/" + edge; }

}  // namespace

// ---- Joining -----------------------------------------------------------------------------------

// Errors: not_found, for one who is gone.
Result<bool> Membership::issuer_may(const store::EnrolmentToken& token) const {
  constexpr std::string_view kProgram = "token/";
  const bool is_program = token.created_by.starts_with(kProgram);
  const std::string issuer = token.created_by.substr(is_program ? kProgram.size() : 0);
  const store::HubCatalog& catalog = hub_.db().catalog();
  // Who has the name now may be somebody else.
  if (TRY(catalog.born(is_program ? Kind::token : Kind::person, issuer)) > token.created)
    return false;
  GrantBook book(catalog);
  if (!is_program)
    return TRY(book.of_person(issuer))->may(domain::Permission::manage_edges, token.site);
  const auto program = TRY(book.of_token(issuer));
  return program->spec.expires > hub_.world().clock.now() &&
         program->grants.may(domain::Permission::manage_edges, token.site);
}

// A token holds no longer than the right to make it: who lost that, or is gone, lets nobody in, nor
// does a site that has come to be elsewhere.
Result<void> Membership::check_issuer(const store::EnrolmentToken& token) const {
  if (token.created_by == kHubAuthor) return {};
  const auto answer = issuer_may(token);
  if (!answer && answer.error().code != Code::not_found) return answer.error();
  if (answer && *answer) return {};
  log::warn("edges",
            "enrolment {} is void: who made it is gone, has expired, or has no permission "
            "manage_edges at {} now",
            token.name, token.site);
  return fail(Code::unauthenticated, "expected an enrolment token that is valid");
}

Result<Membership::Order> Membership::order_of(const wire::JoinRequest& request,
                                               const store::EnrolmentToken& token) const {
  if (!token.edge.empty() && !request.edge.empty() && token.edge != request.edge)
    return fail(Code::denied, "the token is for another edge");
  Order order{token.edge.empty() ? request.edge : token.edge, token.site};
  if (order.edge.empty()) order.edge = "edge-" + hub_.world().random.token(kMadeUpBytes);
  if (!domain::is_name(order.edge))
    return invalid(std::format("edge: expected 1 to 128 of A-Z a-z 0-9 . _ : -, found '{}'",
                               excerpt(order.edge, 60)));
  const auto known = hub_.db().edges().state(order.edge);
  if (!known && known.error().code != Code::not_found) return known.error();
  order.joins_again = known.has_value();
  if (order.joins_again && token.edge.empty())
    return fail(Code::conflict, std::format("edge {} has joined already; a token that names it "
                                            "lets it join again",
                                            order.edge));
  return order;
}

// The living registry: what joins is a device, also when nobody wrote it down before.
Result<void> Membership::register_device(const Order& order) const {
  const auto known = hub_.db().catalog().get(Kind::device, order.edge);
  if (!known && known.error().code != Code::not_found) return known.error();
  domain::DeviceSpec spec{.site = order.site, .edge = true};
  if (known) {
    spec = TRY(codec::read_spec<domain::DeviceSpec>(known->spec));
    if (spec.edge && spec.site == order.site) return {};
    return fail(Code::conflict, std::format("device {} is {}", order.edge,
                                            spec.edge ? "of another site than the token"
                                                      : "not marked as an edge"));
  }
  store::ObjectWrite write;
  write.object.kind = Kind::device;
  write.object.name = order.edge;
  write.object.spec = codec::canonical_json(spec);
  auto refs = TRY(codec::spec_refs(Kind::device, write.object.spec));
  write.object.refs = std::move(refs.refs);
  write.object.terms = std::move(refs.terms);
  store::CatalogBatch batch;
  batch.writes = std::span(&write, 1);
  batch.author = actor_of(order.edge);
  batch.actor = batch.author;
  batch.note = "joined";
  batch.time = hub_.world().clock.now();
  const auto applied = TRY(hub_.db().catalog().apply(batch));
  if (applied.problems.empty()) return {};
  return fail(applied.problems.front().code, applied.problems.front().text);
}

Result<crypt::IssuedCertificate> Membership::issue(const std::string& edge,
                                                   std::string_view csr) const {
  const Time now = hub_.world().clock.now();
  const crypt::CertificateAuthority& authority = hub_.keys().authority;
  crypt::CertificateTerms terms;
  terms.common_name = edge.substr(0, kCommonNameMax);
  terms.uris = {wire::edge_uri(edge)};
  hub_.world().random.fill(terms.serial);
  terms.not_before = std::max(now - kBackdated, authority.certificate().not_before);
  terms.not_after = std::min(now + options_.certificate_valid, authority.certificate().not_after);
  return authority.issue(csr, terms);
}

Result<void> Membership::enrol(const crypt::IssuedCertificate& issued, const Order& order,
                               std::string_view action, const std::string& token) const {
  const Time now = hub_.world().clock.now();
  AuditDetails details = {{"certificate", issued.certificate.serial_hex},
                          {"fingerprint", to_hex(issued.certificate.sha256)},
                          {"not_after", format_iso(issued.certificate.not_after)},
                          {"site", order.site}};
  if (!token.empty()) details.emplace_back("enrolment", token);
  const auto entry =
      audit_entry(now, action, actor_of(order.edge), actor_of(order.edge), std::move(details));
  const store::EdgeCertificate certificate{.serial = issued.certificate.serial_hex,
                                           .edge = order.edge,
                                           .fingerprint = to_hex(issued.certificate.sha256),
                                           .issued = now,
                                           .not_after = issued.certificate.not_after};
  std::optional<store::Renewal> renewal;
  if (!order.shown.empty())
    renewal = {order.shown, options_.renewals_within, options_.renewals_max};
  return hub_.db().edges().enrol(certificate, order.site, std::span(&entry, 1), renewal);
}

// Whom an edge trusts as the hub: the operator's authority too, where the server's certificate is
// the operator's, and our own, to which the server may come back.
std::string Membership::authorities() const {
  const std::string& own = hub_.keys().authority.certificate_pem();
  const ServerTrust trust = hub_.trust();
  return trust.pem == own ? own : own + trust.pem;
}

Result<NewEdge> Membership::join(const wire::JoinRequest& request) {
  NewEdge out;
  const auto all = [&]() -> Result<void> {
    const auto token = TRY(hub_.db().tokens().use_enrolment(
        crypt::sha256_hex(as_bytes(request.token)), hub_.world().clock.now()));
    TRY(check_issuer(token));
    const Order order = TRY(order_of(request, token));
    const auto issued = TRY_WITH(issue(order.edge, request.csr), "csr");
    TRY(register_device(order));
    if (order.joins_again)
      TRY(hub_.db().edges().revoke(
          order.edge, {hub_.world().clock.now(), actor_of(order.edge), "the edge has joined again"},
          {}));
    TRY(enrol(issued, order, "edge.joined", token.name));
    out.site = order.site;
    out.answer.edge = order.edge;
    out.answer.certificate = issued.pem;
    return {};
  };
  TRY(hub_.db().together(all));
  TRY(hub_.tell_changes());
  out.answer.ca = authorities();
  out.answer.hub = hub_.options().name;
  out.answer.state_keys = {hub_.keys().state.verify_key().to_pem()};
  out.answer.renew_after = hub_.world().clock.now() + options_.renew_after;
  return out;
}

Result<wire::RenewAnswer> Membership::renew(const EdgeCaller& caller,
                                            const wire::RenewRequest& request) {
  const auto issued = TRY_WITH(issue(caller.edge, request.csr), "csr");
  TRY(enrol(issued, {.edge = caller.edge, .site = caller.site, .shown = caller.fingerprint},
            "edge.renewed", ""));
  wire::RenewAnswer answer;
  answer.certificate = issued.pem;
  answer.ca = authorities();
  answer.state_keys = {hub_.keys().state.verify_key().to_pem()};
  answer.renew_after = hub_.world().clock.now() + options_.renew_after;
  return answer;
}

// ---- Who calls ---------------------------------------------------------------------------------

Result<EdgeCaller> Membership::check(const net::HttpRequest& request) const {
  if (!request.peer)
    return fail(Code::unauthenticated, "expected a client certificate, found none");
  const net::PeerCertificate& peer = *request.peer;
  std::optional<std::string> edge;
  for (const std::string& uri : peer.uris)
    if (!edge) edge = wire::edge_of_uri(uri);
  if (!edge) return fail(Code::unauthenticated, "the certificate names no edge");
  // The handshake has seen to it; but a connection may outlive the certificate.
  if (peer.not_after <= hub_.world().clock.now())
    return fail(Code::unauthenticated, "the certificate has expired");
  const auto known = hub_.db().edges().certificate(peer.sha256);
  if (!known && known.error().code != Code::not_found) return known.error();
  if (!known || known->edge != *edge)
    return fail(Code::denied, "the certificate is not one that this hub has issued");
  if (known->revoked) return fail(Code::denied, "the certificate was revoked");
  const auto state = hub_.db().edges().state(*edge);
  if (!state && state.error().code == Code::not_found)
    return fail(Code::denied, "the edge was removed");
  if (!state) return state.error();
  return EdgeCaller{*edge, state->site, peer.sha256};
}

bool Membership::holds(const EdgeCaller& caller) const {
  const auto known = hub_.db().edges().certificate(caller.fingerprint);
  return known && !known->revoked && known->not_after > hub_.world().clock.now();
}

}  // namespace lineside::hub
