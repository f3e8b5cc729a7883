#include "store/hub_backup.h"

#include <filesystem>
#include <fstream>

#include "crypt/digest.h"
#include "store/blobs.h"
#include "tests/hub_db_fixture.h"

namespace lineside::store {
namespace {

class HubBackupTest : public HubTest {
 protected:
  std::string add_artifact(const std::string& content) {
    auto blobs = Blobs::open(path("artifacts"));
    auto writer = blobs->create(content.size());
    EXPECT_TRUE(writer->append(as_bytes(content)));
    const std::string digest = *writer->finish();
    EXPECT_TRUE(db_->artifacts().add({.digest = digest,
                                      .bytes = content.size(),
                                      .media_type = "application/octet-stream",
                                      .uploaded_by = "ada",
                                      .uploaded = Time{1}},
                                     {}));
    return digest;
  }
  HubFiles live() const { return {path("hub.db"), path("artifacts")}; }
  HubFiles backup() const { return {path("backup.db"), path("backup.db.artifacts")}; }
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
    EXPECT_FALSE(std::filesystem::exists(path(left))) << left;
  const auto perms = std::filesystem::status(path("backup.db")).permissions();
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

TEST_F(HubBackupTest, NeverReplacesTheDatabaseItCopies) {
  const auto refused = back_up_hub(live(), {live().database, backup().artifacts});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Code::invalid);
  EXPECT_TRUE(refused.error().text.ends_with("another file than the hub's own database"))
      << refused.error().text;
}

TEST_F(HubBackupTest, NothingDamagedIsPutInPlace) {
  const std::string digest = add_artifact("a model");
  stored({put(domain::Kind::site, "berlin")});
  ASSERT_TRUE(back_up_hub(live(), backup()));
  // An artifact that is damaged is told; the rest is good.
  const std::string artifact = "backup.db.artifacts/" + digest.substr(0, 2) + "/" + digest;
  std::ofstream(path(artifact.c_str())) << "another";
  const auto without = restore_hub(backup(), other());
  ASSERT_TRUE(without) << without.error().text;
  ASSERT_EQ(without->bad.size(), 1U);
  EXPECT_TRUE(without->bad.front().starts_with("artifact sha256:" + digest)) << without->bad[0];
  std::filesystem::remove(path("other.db"));

  // One byte of an entry.
  std::fstream file(path("backup.db"), std::ios::in | std::ios::out | std::ios::binary);
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
