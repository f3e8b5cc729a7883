#include "store/hub_backup.h"

#include <filesystem>
#include <fstream>

#include "crypt/digest.h"
#include "store/blobs.h"
#include "store/database_internal.h"
#include "tests/hub_db_fixture.h"

namespace lineside::store {
namespace {

class HubBackupTest : public HubTest {
 protected:
  HubBackupTest() {
    std::filesystem::remove_all(outside());
    std::filesystem::create_directories(outside());
  }
  ~HubBackupTest() override { std::filesystem::remove_all(outside()); }
  // Of the hub's folder.
  std::string outside(const std::string& name = "") const {
    return folder_.string() + "-outside/" + name;
  }
  std::string add_artifact(const std::string& content) {
    auto blobs = Blobs::open(path("artifacts"));
    auto writer = blobs->create(content.size());
    EXPECT_TRUE(writer->append(as_bytes(content)));
    const std::string digest = *writer->finish();
    const AuditEntry added = test_entry(Time{1}, "artifact.added", "ada", "sha256:" + digest,
                                        std::format(R"("bytes":"{}",)", content.size()));
    EXPECT_TRUE(db_->artifacts().add({.digest = digest,
                                      .bytes = content.size(),
                                      .media_type = "application/octet-stream",
                                      .uploaded_by = "ada",
                                      .uploaded = Time{1}},
                                     {&added, 1}));
    return digest;
  }
  HubFiles live() const { return {path("hub.db"), path("artifacts")}; }
  HubFiles backup() const { return {outside("backup.db"), outside("backup.db.artifacts")}; }
  HubFiles other() const { return {path("other.db"), path("other-artifacts")}; }
};

TEST_F(HubBackupTest, GoesThereAndBackWithArtifacts) {
  const std::string digest = add_artifact("a model");
  stored({put(domain::Kind::site, "berlin")});
  const auto copied = back_up_hub(live(), backup());
  ASSERT_TRUE(copied) << copied.error().text;
  EXPECT_EQ(copied->artifacts, 1U);
  EXPECT_EQ(copied->verified.root, db_->audit().checkpoint().root);
  stored({put(domain::Kind::site, "munich")});
  for (const char* left : {"backup.db.tmp", "backup.db-wal", "backup.db.tmp-wal"})
    EXPECT_FALSE(std::filesystem::exists(outside(left))) << left;
  const auto perms = std::filesystem::status(outside("backup.db")).permissions();
  EXPECT_EQ(perms & std::filesystem::perms(077), std::filesystem::perms::none);

  const auto restored = restore_hub(backup(), other());
  ASSERT_TRUE(restored) << restored.error().text;
  EXPECT_EQ(restored->verified.leaves, copied->verified.leaves);
  EXPECT_TRUE(Blobs::open(other().artifacts)->verify(digest));
  db_.reset();
  std::filesystem::rename(path("other.db"), path("hub.db"));
  open();
  EXPECT_TRUE(db_->catalog().get(domain::Kind::site, "berlin"));
  EXPECT_FALSE(db_->catalog().get(domain::Kind::site, "munich"));
  EXPECT_EQ(restore_hub(backup(), live()).error().code, Code::conflict);
}

TEST_F(HubBackupTest, NeverReplacesWhatIsTheHubs) {
  std::filesystem::create_directories(path("keys"));
  std::ofstream(path("keys/audit.pem")) << "a key";
  std::filesystem::create_directory_symlink(folder_, outside("folder"));
  std::filesystem::create_symlink(path("keys/audit.pem"), outside("key"));
  const auto refused = [&](const HubFiles& to) {
    const auto done = back_up_hub(live(), to);
    EXPECT_FALSE(done) << to.database;
    if (done) return;
    EXPECT_EQ(done.error().code, Code::invalid);
    EXPECT_TRUE(done.error().text.contains("expected a place outside the hub's own folder"))
        << done.error().text;
  };
  for (const char* own : {"hub.db", "hub.db-wal", "keys/audit.pem", "lock", "keys/../new"})
    refused({path(own), backup().artifacts});
  for (const char* leads_there : {"folder/hub.db", "folder/keys/audit.pem", "folder/new", "key"})
    refused({outside(leads_there), backup().artifacts});
  refused({backup().database, path("artifacts")});
  std::ifstream key(path("keys/audit.pem"));
  EXPECT_EQ(std::string(std::istreambuf_iterator<char>(key), {}), "a key");
  EXPECT_FALSE(std::filesystem::exists(backup().database));
  EXPECT_TRUE(back_up_hub(live(), backup()));
}

// What fires later is not in any row.
TEST_F(HubBackupTest, ASchemaThatNoHubMakesIsNotRestored) {
  const std::vector<std::pair<std::string, std::string>> kChanges = {
      {"CREATE TRIGGER t AFTER INSERT ON session BEGIN DELETE FROM login; END",
       "the hub database has a trigger 't' of 'session' that no hub makes"},
      {"CREATE VIEW v AS SELECT 1", "the hub database has a view 'v' that no hub makes"},
      {"CREATE TABLE t (a)", "the hub database has a table 't' that no hub makes"},
      {"DROP INDEX approval_by_state",
       "the hub database has no index 'approval_by_state' of 'approval'"},
      {"DROP INDEX approval_by_state; CREATE INDEX approval_by_state ON approval (name)",
       "index 'approval_by_state' of 'approval' is not the one that a hub makes"},
      {"DROP TABLE session", "the hub database has no table 'session'"},
  };
  for (const auto& [sql, expected] : kChanges) {
    std::filesystem::remove(backup().database);
    ASSERT_TRUE(back_up_hub(live(), backup()));
    ASSERT_TRUE(Database::open(backup().database, Access::write)->execute(sql)) << sql;
    const auto verified = verify_hub_file(backup().database);
    ASSERT_FALSE(verified) << sql;
    EXPECT_EQ(verified.error().code, Code::corrupt);
    EXPECT_TRUE(verified.error().text.contains(expected)) << verified.error().text;
    const auto restored = restore_hub(backup(), other());
    ASSERT_FALSE(restored) << sql;
    EXPECT_TRUE(restored.error().text.contains(expected)) << restored.error().text;
    EXPECT_FALSE(std::filesystem::exists(other().database));
  }
}

TEST_F(HubBackupTest, ACopyThatIsDamagedIsMendedFromTheHub) {
  const std::string bytes = add_artifact("a model");
  const std::string cut = add_artifact("another model");
  const std::string good = add_artifact("a third one");
  const auto file = [](const std::string& folder, const std::string& digest) {
    return folder + "/" + digest.substr(0, 2) + "/" + digest;
  };
  auto copied = back_up_hub(live(), backup());
  ASSERT_TRUE(copied) << copied.error().text;
  EXPECT_EQ(copied->artifacts, 3U);
  EXPECT_EQ(copied->mended, 0U);

  std::ofstream(file(backup().artifacts, bytes)) << "a nodel";
  std::ofstream{file(backup().artifacts, cut)};
  copied = back_up_hub(live(), backup());
  ASSERT_TRUE(copied) << copied.error().text;
  EXPECT_EQ(copied->artifacts, 3U);
  EXPECT_EQ(copied->mended, 2U);
  EXPECT_EQ(copied->bad, std::vector<std::string>());
  const auto blobs = Blobs::open(backup().artifacts);
  for (const std::string& digest : {bytes, cut, good}) EXPECT_TRUE(blobs->verify(digest));

  // Of which the hub has no good one, be its copy damaged or good.
  std::ofstream{file(backup().artifacts, bytes)};
  std::ofstream(file(live().artifacts, bytes)) << "a nodel";
  std::ofstream(file(live().artifacts, good)) << "a third won";
  copied = back_up_hub(live(), backup());
  ASSERT_TRUE(copied) << copied.error().text;
  EXPECT_EQ(copied->artifacts, 2U);
  EXPECT_EQ(copied->mended, 0U);
  ASSERT_EQ(copied->bad.size(), 1U);
  EXPECT_TRUE(copied->bad[0].starts_with("artifact sha256:" + bytes +
                                         ": its copy is damaged, and there is no good one to mend "
                                         "it from: "))
      << copied->bad[0];
  EXPECT_TRUE(blobs->verify(good)) << "a good copy is not replaced";
}

// `lineside hub` and `lineside restore` know by it that the artifacts are of a restore.
TEST_F(HubBackupTest, WhatIsLeftOfARestoreIsKnownAndMadeAnew) {
  add_artifact("a model");
  ASSERT_TRUE(back_up_hub(live(), backup()));
  const std::string partial = path("other.db.tmp");
  std::ofstream(other().artifacts) << "no folder";
  EXPECT_FALSE(restore_hub(backup(), other()));
  EXPECT_TRUE(std::filesystem::exists(partial)) << "artifacts were begun";
  std::filesystem::remove(other().artifacts);

  for (const char* left : {"", "-wal", "-journal", ".v3", ".v3-journal"})
    std::ofstream(partial + left) << "cut off";
  EXPECT_EQ(restore_hub({path("none.db"), path("x")}, other()).error().code, Code::not_found);
  EXPECT_TRUE(std::filesystem::exists(partial)) << "what a killed one has left is still left";
  const auto restored = restore_hub(backup(), other());
  ASSERT_TRUE(restored) << restored.error().text;
  EXPECT_EQ(restored->artifacts, 1U);
  for (const auto& entry : std::filesystem::directory_iterator(path("")))
    EXPECT_FALSE(entry.path().filename().string().starts_with("other.db.tmp")) << entry.path();
}

TEST_F(HubBackupTest, NothingDamagedIsPutInPlace) {
  const std::string digest = add_artifact("a model");
  stored({put(domain::Kind::site, "berlin")});
  ASSERT_TRUE(back_up_hub(live(), backup()));
  // An artifact that is damaged is told; the rest is good.
  const std::string artifact = "backup.db.artifacts/" + digest.substr(0, 2) + "/" + digest;
  std::ofstream(outside(artifact)) << "another";
  const auto without = restore_hub(backup(), other());
  ASSERT_TRUE(without) << without.error().text;
  ASSERT_EQ(without->bad.size(), 1U);
  EXPECT_TRUE(without->bad.front().starts_with("artifact sha256:" + digest)) << without->bad[0];
  std::filesystem::remove(path("other.db"));

  // One byte of an entry.
  std::fstream file(outside("backup.db"), std::ios::in | std::ios::out | std::ios::binary);
  std::string bytes((std::istreambuf_iterator<char>(file)), {});
  const auto at = bytes.find("\"object\":\"Site/berlin\"");
  ASSERT_NE(at, std::string::npos);
  file.seekp(static_cast<std::streamoff>(at + 16));
  file.put('X');
  file.close();
  const auto damaged = restore_hub(backup(), other());
  ASSERT_FALSE(damaged);
  EXPECT_EQ(damaged.error().code, Code::corrupt) << damaged.error().text;
  EXPECT_FALSE(std::filesystem::exists(path("other.db")));
  EXPECT_FALSE(std::filesystem::exists(path("other.db.tmp")));
  EXPECT_EQ(restore_hub({path("none.db"), path("x")}, other()).error().code, Code::not_found);
  std::ofstream(path("text.db")) << "not a database at all, but long enough to be looked at";
  EXPECT_FALSE(restore_hub({path("text.db"), path("x")}, other()));
}

}  // namespace
}  // namespace lineside::store
