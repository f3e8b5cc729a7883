#include "tests/fleet/catalog_writes.h"

#include <span>

#include <gtest/gtest.h>

#include "codec/canonical.h"
#include "codec/catalog.h"
#include "crypt/digest.h"
#include "domain/models.h"
#include "domain/people.h"

namespace lineside {

using domain::Kind;

void put_object(hub::Hub& hub, Kind kind, const std::string& name, std::string spec) {
  store::ObjectWrite write;
  write.object.kind = kind;
  write.object.name = name;
  write.object.spec = std::move(spec);
  auto refs = codec::spec_refs(kind, write.object.spec);
  ASSERT_TRUE(refs) << refs.error().text;
  write.object.refs = std::move(refs->refs);
  write.object.terms = std::move(refs->terms);
  const auto applied = hub.apply({.writes = std::span(&write, 1),
                                  .author = "test",
                                  .actor = "test",
                                  .note = {},
                                  .time = hub.world().clock.now()});
  ASSERT_TRUE(applied) << applied.error().text;
  ASSERT_TRUE(applied->problems.empty()) << applied->problems[0].text;
}

void put_approved_model(hub::Hub& hub, const std::string& content) {
  const Time now = hub.world().clock.now();
  const std::string digest = crypt::sha256_hex(as_bytes(content));
  put_object(hub, Kind::person, "anna", codec::canonical_json(domain::PersonSpec{}));
  put_object(hub, Kind::person, "bob",
             codec::canonical_json(domain::PersonSpec{.roles = {{.role = "ot-engineer"}}}));
  put_object(hub, Kind::model, "m", codec::canonical_json(domain::CatalogModelSpec{.owner = "ds"}));
  put_object(hub, Kind::model_version, "m:1",
             codec::canonical_json(domain::ModelVersionSpec{
                 .model = "m", .digest = "sha256:" + digest, .author = "anna"}));
  auto writer = *hub.blobs().create(1 << 20);
  ASSERT_TRUE(writer.append(as_bytes(content)));
  ASSERT_TRUE(writer.finish());
  ASSERT_TRUE(hub.db().artifacts().add({digest, content.size(), "", "anna", now}, {}));
  store::Approval approval;
  approval.subject = {Kind::model_version, "m:1"};
  approval.digest = "sha256:" + digest;
  approval.purpose = "\"\"";
  approval.requested_by = "carl";
  approval.requested = now;
  approval.id = *hub.db().approvals().request(approval, {});
  approval.state = store::ApprovalState::approved;
  approval.decided_by = "bob";
  approval.decided = now;
  ASSERT_TRUE(hub.db().approvals().decide(approval, {}));
}

}  // namespace lineside
