#include "hub/edges/local_edge.h"

#include <format>
#include <span>

#include "codec/canonical.h"
#include "codec/catalog.h"
#include "domain/places.h"
#include "hub/access/sessions.h"
#include "hub/audit_entry.h"

namespace lineside::hub {

namespace {

constexpr std::size_t kLocalSecretBytes = 32;
constexpr Duration kGoodFor = Duration::seconds(600);

Result<void> make_site(Hub& hub, const std::string& site) {
  const auto known = hub.db().catalog().get(domain::Kind::site, site);
  if (known) return {};
  if (known.error().code != Code::not_found) return known.error();
  domain::CatalogObject object;
  object.kind = domain::Kind::site;
  object.name = site;
  object.spec = codec::canonical_json(domain::SiteSpec{});
  const store::ObjectWrite write{std::move(object), false, std::nullopt};
  store::CatalogBatch batch;
  batch.writes = std::span(&write, 1);
  batch.author = kHubAuthor;
  batch.actor = kHubActor;
  batch.note = "site of the edge in the hub's process";
  batch.time = hub.world().clock.now();
  const store::Applied applied = TRY(hub.apply(batch));
  if (!applied.problems.empty()) return invalid(applied.problems.front().text);
  return {};
}

Result<void> check_not_revoked(Hub& hub, const std::string& edge) {
  const auto best = TRY(hub.db().edges().certificates(edge, 1)).first;
  if (best.empty() || !best.front().revoked) return {};
  return fail(Code::denied,
              std::format("edge {} was revoked; a token that names it lets it join again, see "
                          "`lineside help up`",
                          edge));
}

}  // namespace

Result<std::string> enrol_local_edge(Hub& hub, const std::string& wanted, const std::string& edge) {
  // It may have been moved since it joined first.
  const auto known = hub.db().edges().state(edge);
  if (!known && known.error().code != Code::not_found) return known.error();
  if (known) TRY(check_not_revoked(hub, edge));
  const std::string& site = known ? known->site : wanted;
  TRY(make_site(hub, site));
  world::Random& random = hub.world().random;
  const std::string secret = "lse_" + random.token(kLocalSecretBytes);
  const Time now = hub.world().clock.now();
  store::EnrolmentToken token;
  token.name = std::format("local-{}", random.token(6));
  token.digest = Sessions::digest_of(secret);
  token.site = site;
  token.edge = edge;
  token.created_by = kHubAuthor;
  token.created = now;
  token.expires = now + kGoodFor;
  token.max_uses = 1;
  const auto entry = audit_entry(now, "enrolment.issued", std::string(kHubActor),
                                 "Enrolment/" + token.name, {{"site", site}, {"uses", "1"}});
  TRY(hub.db().tokens().add_enrolment(token, std::span(&entry, 1)));
  return secret;
}

}  // namespace lineside::hub
