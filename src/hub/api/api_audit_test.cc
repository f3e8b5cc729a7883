// Audit log and artifacts, through the API.
#include <fstream>
#include <set>

#include "base/text.h"
#include "crypt/checkpoint.h"
#include "crypt/digest.h"
#include "crypt/merkle.h"
#include "tests/hub_fixture.h"

namespace lineside::hub {
namespace {

class AuditTest : public HubTest {
 protected:
  AuditTest() { build_plants(ada_); }

  crypt::NoteKey key() {
    const auto text = ask("GET", "/api/v1/audit/key", ada_).body;
    return *crypt::NoteKey::parse(text.substr(0, text.find('\n')));
  }
  static std::vector<crypt::Digest> path_of(const Json& path) {
    std::vector<crypt::Digest> hashes;
    for (const Json& hash : path)
      hashes.push_back(*crypt::digest_from_hex(hash.get<std::string>()));
    return hashes;
  }

  const Who ada_ = set_up();
};

TEST_F(AuditTest, EveryEntryIsProvedToBeInTheSignedLog) {
  const auto note = ask("GET", "/api/v1/audit/checkpoint", ada_).body;
  const auto checkpoint = crypt::open_checkpoint(note, key());
  ASSERT_TRUE(checkpoint) << checkpoint.error().text;
  const std::uint64_t size = checkpoint->size;
  for (std::uint64_t index = 0; index < size; ++index) {
    const Json entry = get(std::format("/api/v1/audit/entries/{}", index), ada_);
    const auto hash = crypt::leaf_hash(as_bytes(entry["entry"].get<std::string>()));
    EXPECT_EQ(entry["leaf_hash"], to_hex(hash));
    const Json proof = get(std::format("/api/v1/audit/proof/{}?size={}", index, size), ada_);
    EXPECT_TRUE(
        crypt::verify_inclusion(index, size, hash, path_of(proof["path"]), checkpoint->root));
    EXPECT_EQ(proof["root"], to_hex(checkpoint->root));
    const auto text = ask("GET", std::format("/api/v1/audit/proof/{}.tlog-proof", index), ada_);
    const auto alone = crypt::parse_log_proof(text.body);
    ASSERT_TRUE(alone) << text.body;
    EXPECT_TRUE(crypt::verify_log_proof(*alone, hash, key()));
  }
  EXPECT_EQ(status("GET", std::format("/api/v1/audit/entries/{}", size), ada_), 404);
  EXPECT_EQ(status("GET", "/api/v1/audit/proof/x", ada_), 400);
  EXPECT_EQ(status("GET", std::format("/api/v1/audit/proof/0?size={}", size + 9), ada_), 404);
  EXPECT_EQ(status("GET", "/api/v1/audit/proof/5?size=3", ada_), 400);
}

TEST_F(AuditTest, AnOlderTreeIsTheBeginningOfTheNewer) {
  const auto before = hub->db().audit().checkpoint();
  must_put("sites", "bonn", Json::object(), ada_);
  const auto after = hub->db().audit().checkpoint();
  const Json proof =
      get(std::format("/api/v1/audit/consistency?from={}&to={}", before.size, after.size), ada_);
  EXPECT_TRUE(crypt::verify_consistency(before.size, after.size, before.root, after.root,
                                        path_of(proof["path"])));
}

TEST_F(AuditTest, LeavesAloneMakeTheRoot) {
  const std::string text = ask("GET", "/api/v1/audit/leaves?limit=10000", ada_).body;
  std::vector<crypt::Digest> hashes;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = text.find('\n', at);
    hashes.push_back(crypt::leaf_hash(as_bytes(text.substr(at, end - at))));
    at = end + 1;
  }
  EXPECT_EQ(crypt::merkle_root(hashes), hub->db().audit().checkpoint().root);
}

TEST_F(AuditTest, ListsByActionActorAndTime) {
  const Json created = get("/api/v1/audit/entries?action=object.created&limit=3", ada_);
  EXPECT_EQ(created["items"].size(), 3U);
  EXPECT_GT(created["items"][0]["index"], created["items"][1]["index"]);
  EXPECT_EQ(get("/api/v1/audit/entries?action=setup.completed&actor=ada", ada_)["items"].size(),
            1U);
  EXPECT_EQ(get("/api/v1/audit/entries?actor=grace", ada_)["items"].size(), 0U);
  EXPECT_EQ(get("/api/v1/audit/entries?until=2023-01-01T00:00:00Z", ada_)["items"].size(), 0U);
  EXPECT_EQ(status("GET", "/api/v1/audit/entries?from=yesterday", ada_), 400);
  const Json page = get("/api/v1/audit/entries?limit=2", ada_);
  const Json next =
      get("/api/v1/audit/entries?limit=2&before=" + page["next"].get<std::string>(), ada_);
  EXPECT_EQ(next["items"][0]["index"].get<int>(), page["items"][1]["index"].get<int>() - 1);
}

TEST_F(AuditTest, SubjectsThatArePeopleHaveNamesForWhoMaySeePeopleOnly) {
  person("grace", {{"ot-engineer", ""}}, ada_);  // created, invited, and has set a password
  must_put("roles", "reader", {{"permissions", {"read", "read_audit"}}}, ada_);
  const Who rita = person("rita", {{"reader", ""}}, ada_);
  const auto subjects = [&](const Who& who) {
    std::multiset<std::string> found;
    const Json entries = get("/api/v1/audit/entries?limit=1000", who);
    for (const Json& entry : entries["items"])
      if (entry["subject"].get<std::string>().starts_with("Person/"))
        found.insert(entry["subject"].get<std::string>());
    return found;
  };
  EXPECT_EQ(subjects(ada_).count("Person/grace"), 3U);
  for (const std::string& subject : subjects(rita)) EXPECT_EQ(subject.size(), 7U + 64) << subject;
  EXPECT_EQ(subjects(rita).size(), subjects(ada_).size());
  const Json entry = get("/api/v1/audit/entries?action=object.created&subject=Person/grace", ada_);
  ASSERT_EQ(entry["items"].size(), 1U);
  const auto one = std::format("/api/v1/audit/entries/{}", entry["items"][0]["index"].get<int>());
  EXPECT_EQ(get(one, ada_)["subject"], "Person/grace");
  EXPECT_EQ(get(one, rita)["subject"].get<std::string>().find("grace"), std::string::npos);
  // Whatever is done with her, by whichever of both the log names her.
  std::multiset<std::string> actions;
  const Json about = get("/api/v1/audit/entries?subject=Person/grace", ada_);
  for (const Json& item : about["items"]) actions.insert(item["action"]);
  EXPECT_EQ(actions,
            (std::multiset<std::string>{"object.created", "password.set", "person.invited"}));
  EXPECT_EQ(get("/api/v1/audit/entries?subject=Person/grace&action=person.", ada_)["items"].size(),
            1U);
  EXPECT_TRUE(get("/api/v1/audit/entries?subject=Person/grace", rita)["items"].empty());
  EXPECT_TRUE(get("/api/v1/audit/entries?actor=grace", rita)["items"].empty());
  const std::string long_name(64, 'a');  // as long as a commitment
  person(long_name, {{"viewer", ""}}, ada_);
  const std::string about_long = "/api/v1/audit/entries?subject=Person/" + long_name;
  EXPECT_EQ(get(about_long, ada_)["items"].size(), 3U);
  EXPECT_TRUE(get(about_long, rita)["items"].empty());
  const std::string committed = *subjects(rita).begin();
  EXPECT_FALSE(get("/api/v1/audit/entries?subject=" + committed, rita)["items"].empty());
  EXPECT_FALSE(get("/api/v1/audit/entries?actor=grace", ada_)["items"].empty());
}

TEST_F(AuditTest, CommitmentsHaveNamesForWhoMaySeePeopleUntilTheyAreErased) {
  const Who grace = person("grace", {{"ot-engineer", ""}}, ada_);
  must_put("sites", "bonn", Json::object(), grace);
  must_put("roles", "reader", {{"permissions", {"read", "read_audit"}}}, ada_);
  const Who rita = person("rita", {{"reader", ""}}, ada_);
  const std::string target = "/api/v1/audit/entries?subject=Site/bonn";
  const auto name = [&](const Who& who) { return get(target, who)["items"][0]["actor_name"]; };
  const Json entry = get(target, ada_)["items"][0];
  EXPECT_EQ(entry["actor_name"], "grace");
  EXPECT_EQ(
      get(std::format("/api/v1/audit/entries/{}", entry["index"].get<int>()), ada_)["actor_name"],
      "grace");
  EXPECT_EQ(name(rita), nullptr);
  EXPECT_EQ(status("DELETE", "/api/v1/people/grace", ada_), 204);
  EXPECT_EQ(name(ada_), "grace");
  EXPECT_EQ(status("POST", "/api/v1/people/grace/erasure", ada_), 204);
  EXPECT_EQ(name(ada_), nullptr);
  EXPECT_EQ(get(target, ada_)["items"][0]["entry"], entry["entry"]) << "the leaf as it was";
}

TEST_F(AuditTest, NobodyIsNamedInTheLog) {
  const Who grace = person("grace-hopper", {{"viewer", ""}}, ada_);
  must_put("people", "grace-hopper", {{"email", "grace@example.org"}, {"title", "Grace"}}, ada_);
  const std::string text = ask("GET", "/api/v1/audit/leaves?limit=10000", ada_).body;
  for (const char* personal : {"grace", "Grace", "\"ada\"", "Ada Lovelace", "example.org"})
    EXPECT_EQ(text.find(personal), std::string::npos) << personal;
}

TEST_F(AuditTest, KeepsArtifactsByTheirContent) {
  const std::string content = "0123456789";
  const std::string digest = "sha256:" + crypt::sha256_hex(as_bytes(content));
  const Who bytes = with(ada_, {"Content-Type", "application/octet-stream"});
  const std::string target = "/api/v1/artifacts?media_type=application/onnx&digest=" + digest;
  EXPECT_EQ(ask("POST", target, bytes, "other bytes").status, 400) << "another digest";
  EXPECT_EQ(status("GET", "/api/v1/artifacts/" + digest, ada_), 404) << "and nothing was kept";
  // In pieces, as the server hands them over.
  auto upload = request("POST", target, "", bytes);
  upload.upload = api->begin_upload(upload);
  EXPECT_TRUE(upload.upload->write(as_bytes("01234")));
  EXPECT_TRUE(upload.upload->write(as_bytes("56789")));
  const auto kept = api->answer(upload);
  EXPECT_EQ(kept.status, 201) << kept.body;
  EXPECT_EQ(Json::parse(kept.body), (Json{{"digest", digest}, {"bytes", 10}}));
  EXPECT_EQ(ask("POST", target, bytes, content).status, 201) << "once more is no harm";
  EXPECT_EQ(audit("artifact.added").size(), 1U);

  const auto whole = ask("GET", "/api/v1/artifacts/" + digest, ada_);
  EXPECT_EQ(whole.status, 200);
  EXPECT_EQ(whole.source->size(), 10U);
  EXPECT_EQ(whole.header("Content-Type"), "application/octet-stream");
  EXPECT_EQ(whole.header("X-Media-Type"), "application/onnx");
  const auto part = ask("GET", "/api/v1/artifacts/" + digest, with(ada_, {"Range", "bytes=3-5"}));
  EXPECT_EQ(part.status, 206);
  EXPECT_EQ(part.range->first, 3U);
  EXPECT_EQ(part.range->count, 3U);
}

TEST_F(AuditTest, ADamagedArtifactIsNotGivenOut) {
  const std::string hex = crypt::sha256_hex(as_bytes("0123456789"));
  const Who bytes = with(ada_, {"Content-Type", "application/octet-stream"});
  const std::string path = "/api/v1/artifacts/sha256:" + hex;
  EXPECT_EQ(ask("POST", "/api/v1/artifacts?digest=sha256:" + hex, bytes, "0123456789").status, 201);
  EXPECT_EQ(status("GET", path, ada_), 200);
  std::ofstream(*hub->blobs().path(hex)) << "01234";
  for (int i = 0; i < 2; ++i)
    EXPECT_EQ(error_of(ask("GET", path, ada_)),
              "500 damaged: artifact sha256:" + hex + " is damaged on the disk");
  EXPECT_EQ(status("GET", path, with(ada_, {"Range", "bytes=0-1"})), 500);
  ASSERT_EQ(audit("artifact.damaged").size(), 1U);
  EXPECT_EQ(audit("artifact.damaged")[0].subject, "sha256:" + hex);
  EXPECT_NE(ask("GET", "/metrics", ada_).body.find("artifacts_refused_total 3\n"),
            std::string::npos);
  EXPECT_EQ(ask("POST", "/api/v1/artifacts?digest=sha256:" + hex, bytes, "0123456789").status, 201);
  EXPECT_EQ(status("GET", path, ada_), 200);
  EXPECT_EQ(audit("artifact.added").size(), 1U);
  ASSERT_EQ(audit("artifact.mended").size(), 1U) << "what is given out has changed";
  EXPECT_EQ(audit("artifact.mended")[0].subject, "sha256:" + hex);
}

// Who may read the log of one plant reads what happened there.
TEST_F(AuditTest, AnAuditorOfASiteSeesItsEntries) {
  const Who rita = person("rita", {{"auditor", "berlin"}}, ada_);
  must_put("assets", "drill", {{"site", "munich-line"}}, ada_);
  must_put("assets", "drill", {{"site", "berlin-line"}}, ada_);
  std::set<std::string> seen;
  const Json page = get("/api/v1/audit/entries?limit=1000", rita);
  for (const Json& item : page["items"]) {
    seen.insert(item["subject"].get<std::string>());
    EXPECT_EQ(item["entry"].get<std::string>().find("munich"), std::string::npos) << item;
  }
  EXPECT_EQ(seen, (std::set<std::string>{"Site/berlin", "Site/berlin-line", "Asset/berlin-press",
                                         "Asset/drill"}));
  EXPECT_EQ(get("/api/v1/audit/entries?subject=Asset/drill", rita)["items"].size(), 1U);
  EXPECT_EQ(get("/api/v1/audit/entries?subject=Asset/drill", ada_)["items"].size(), 2U);
  const auto entry = [&](const char* subject, std::size_t nth) {
    const Json found = get(std::format("/api/v1/audit/entries?subject={}", subject), ada_);
    return std::format("/api/v1/audit/entries/{}", found["items"][nth]["index"].get<int>());
  };
  EXPECT_EQ(status("GET", entry("Asset/drill", 0), rita), 200);
  EXPECT_EQ(status("GET", entry("Asset/drill", 1), rita), 403);
  EXPECT_EQ(status("GET", entry("Role/viewer", 0), rita), 403) << "of no site";
  EXPECT_EQ(status("GET", "/api/v1/audit/leaves", rita), 403);
  // What proves the log says nothing of what is in it.
  for (const char* open : {"checkpoint", "key", "proof/0", "consistency?from=1"})
    EXPECT_EQ(status("GET", std::string("/api/v1/audit/") + open, rita), 200) << open;
}

TEST_F(AuditTest, NoNameLeadsOutOfTheStore) {
  for (const char* name :
       {"sha256:..%2F..%2Fkeys%2Faudit.pem", "..%2F..%2Fhub.db", "sha256:AB", "x"})
    EXPECT_EQ(status("GET", std::string("/api/v1/artifacts/") + name, ada_), 400) << name;
  EXPECT_EQ(status("GET", "/api/v1/artifacts/../../keys/audit.pem", ada_), 404);
  EXPECT_EQ(status("GET", "/keys/audit.pem", ada_), 404);
  EXPECT_EQ(status("POST", "/api/v1/artifacts?digest=sha256:..%2Fx", ada_, "x"), 400);
}

}  // namespace
}  // namespace lineside::hub
