// Whoever may write to the database file changes something; what verifying says of it.
#include <array>
#include <filesystem>

#include "store/database_internal.h"
#include "store/hub_backup.h"
#include "tests/hub_db_fixture.h"

namespace lineside::store {
namespace {

using domain::Kind;

// A change of the file, and what verifying has to say of it.
struct Change {
  std::string sql;
  std::string expected;
};
const std::vector<Change> kVerifiedChanges = {
    {"UPDATE revision SET spec = '{\"n\":9}' WHERE number = 2",
     "revision 2 of Asset 'press': expected \"spec\":\""},
    {"UPDATE revision SET spec = '{\"author\":\"joe\"}' WHERE spec LIKE '%author%'",
     "revision 1 of ModelVersion 'rul-7': expected \"spec\":\""},
    {"UPDATE revision SET spec = NULL WHERE spec LIKE '%author%'",
     "revision 1 of ModelVersion 'rul-7': expected \"spec\":\""},
    {"UPDATE revision SET site = 2 WHERE number = 2",
     "revision 2 of Asset 'press': expected \"site\":\"berlin\" as its audit leaf says, found "
     "\"site\":\"munich\""},
    {"UPDATE revision SET site = NULL WHERE number = 2",
     "revision 2 of Asset 'press': expected \"site\":\"berlin\""},
    {"UPDATE change SET author = 'joe' WHERE id = 1",
     "expected the author whom its audit leaf names, found 'joe'"},
    {"UPDATE change SET time = 7 WHERE id = 1", "expected the columns of revision 1"},
    {"DELETE FROM object WHERE name = 'press'", "as its audit leaf says, found no object"},
    {"DELETE FROM revision WHERE number = 2",
     "the audit log speaks of 6 revisions, the catalog has 5; the catalog has none for audit "
     "leaf 5: "},
    {"INSERT INTO buried SELECT kind, name, id, revision, site FROM object WHERE name = 'press';"
     "DELETE FROM object WHERE name = 'press'",
     "Asset 'press': expected its last revision"},
    {"UPDATE audit_leaf SET action = 1 WHERE id = 6", "the audit log speaks of 7 revisions"},
    {"UPDATE audit_leaf SET actor = 1 WHERE id = 9", "audit leaf 9: expected actor 'Edge/e1' as"},
    {"UPDATE audit_leaf SET subject = 'Edge/e2' WHERE id = 9",
     "audit leaf 9: expected subject 'Edge/e1' as its text says, found 'Edge/e2'"},
    {"UPDATE audit_leaf SET time = 1 WHERE id = 3", "expected the columns of revision 1 of Asset"},
    {"UPDATE audit_leaf SET site = 2 WHERE id = 9",
     "audit leaf 9: expected site 'berlin' as its text says, found 'munich'"},
    {"UPDATE approval SET digest = 'sha256:9' WHERE id = 2",
     "approval 2 of ModelVersion/rul-7: expected digest 'sha256:2' as audit leaf 7 says, found "
     "'sha256:9'"},
    {"UPDATE approval SET requested_by = 'joe' WHERE id = 2",
     "approval 2 of ModelVersion/rul-7: expected to be asked for by whom audit leaf 7 names"},
    {"UPDATE approval SET state = 1, decided = 9, decided_by = 'joe' WHERE id = 2",
     "approval 2: expected an audit leaf that says so, found ModelVersion/rul-7 sha256:2 "
     "approved at 1970-01-01T00:00:00.000000009Z by 'joe'"},
    {"UPDATE approval SET decided_by = 'jane' WHERE id = 1", "by 'jane'"},
    {"UPDATE approval SET state = 2 WHERE id = 1", "rejected at"},
    {"UPDATE approval SET requested_by = '' WHERE id = 2", "leaf 7 names, found ''"},
    {"UPDATE approval SET requested_by = 'erased/' WHERE id = 2", "leaf 7 names, found 'erased/'"},
    {"UPDATE approval SET decided_by = '' WHERE id = 1", "by ''"},
    {"UPDATE approval SET decided_by = 'erased/' WHERE id = 1", "by 'erased/'"},
    {"UPDATE approval SET purpose = '{\"token\":\"ci\"}' WHERE id = 2",
     "approval 2 of ModelVersion/rul-7: expected token '' as audit leaf 7 says, found 'ci'"},
    {"UPDATE change SET author = '' WHERE id = 1", "found ''"},
    {"UPDATE change SET author = 'erased/' WHERE id = 1", "found 'erased/'"},
    {"DELETE FROM artifact", "audit leaf 13: expected artifact sha256:aa, found none"},
    {"UPDATE artifact SET digest = 'bb'", "artifact sha256:bb: expected an audit leaf, found none"},
    {"UPDATE artifact SET bytes = 8", "artifact sha256:aa: expected 7 bytes as audit leaf 13 says"},
    {"UPDATE artifact SET uploaded_by = 'joe'", "artifact sha256:aa: expected to be of whom"},
    {"UPDATE checkpoint SET note = 'forged' WHERE size = 3",
     "the note of the checkpoint of 3 leaves is not about them"},
    {"UPDATE checkpoint SET size = -1 WHERE size = 3",
     "the audit log has checkpoints of no leaves"},
    {"UPDATE approval SET state = 0, decided = NULL, decided_by = '' WHERE id = 1",
     "audit leaf 8: expected an approval that is ModelVersion/rul-7 sha256:1 approved at"},
    {"DELETE FROM approval WHERE id = 2", "audit leaf 7: expected the approval"},
    {"INSERT INTO approval SELECT 9, kind, name, digest, purpose, requested_by, requested, 0, '',"
     "NULL, '' FROM approval WHERE id = 2",
     "approval 9 of ModelVersion/rul-7: expected an audit leaf, found none"},
    {"UPDATE certificate SET revoked = NULL, revoked_by = '' WHERE serial = 'b'",
     "certificate b of edge 'e1': expected revoked '1970-01-01T00:00:00.000000030Z' as audit "
     "leaf "
     "10 says, found 'never'"},
    {"UPDATE certificate SET revoked = 50 WHERE serial = 'c'",
     "certificate c of edge 'e1': expected revoked 'never'"},
    {"UPDATE certificate SET fingerprint = 'fx' WHERE serial = 'c'",
     "expected fingerprint 'fc' as audit leaf 12 says, found 'fx'"},
    {"UPDATE certificate SET not_after = 5000 WHERE serial = 'c'", "expected not_after"},
    {"UPDATE certificate SET edge = 'e2' WHERE serial = 'c'",
     "audit leaf 12: expected certificate c of edge 'e1', found none"},
    {"INSERT INTO certificate VALUES ('d', 'e1', 'fd', 1, 2, NULL, '', '')",
     "certificate d of edge 'e1': expected an audit leaf, found none"},
    {"INSERT INTO certificate VALUES ('d', 'e7', 'fd', 1, 2, NULL, '', '')",
     "certificate d of edge 'e7': expected an audit leaf, found none"},
    {"UPDATE edge SET site = 'munich'",
     "edge 'e1': expected site 'berlin' as the audit log says, found site 'munich'"},
    {"DELETE FROM edge", "edge 'e1': expected site 'berlin' as the audit log says"},
};

// Numbers that stand for nothing, and where they stand.
const std::vector<Change> kNumbers = {
    {"UPDATE approval SET state = 7 WHERE id = 1", "approval.state"},
    {"UPDATE approval SET state = -1 WHERE id = 1", "approval.state"},
    {"UPDATE approval SET kind = 99", "approval.kind"},
    {"UPDATE approval SET kind = -5", "approval.kind"},
    {"UPDATE object SET kind = 99 WHERE name = 'press'", "object.kind"},
    {"UPDATE object SET kind = 256 WHERE name = 'press'", "object.kind"},
    {"INSERT INTO buried SELECT 77, name, id, revision, site FROM object WHERE name = 'press';"
     "DELETE FROM object WHERE name = 'press'",
     "object.kind"},
    {"UPDATE revision SET what = 9 WHERE number = 2", "revision.what"},
    {"UPDATE revision SET what = 2 WHERE number = 2", "revision.what"},
};

class HubVerifyTest : public HubTest {
 protected:
  HubVerifyTest() {
    const std::string jane = *db_->audit().commitment("jane", "jane");
    const std::string joe = *db_->audit().commitment("joe", "joe");
    write({put(Kind::site, "berlin"), put(Kind::site, "munich"), put(Kind::person, "jane")}, jane);
    write({put(Kind::asset, "press", {{"site", Kind::site, "berlin"}}, {}, R"({"n":1})"),
           put(Kind::model_version, "rul-7", {{"author", Kind::person, "jane"}}, {},
               R"({"author":"jane"})")},
          jane);
    write({put(Kind::asset, "press", {{"site", Kind::site, "berlin"}}, {}, R"({"n":2})")}, jane);
    ask("sha256:1", jane);
    ask("sha256:2", jane);
    const auto entry = test_entry(Time{9}, "approval.approved", joe, "ModelVersion/rul-7",
                                  R"("digest":"sha256:1",)");
    Approval approval = *db_->approvals().get(1);
    approval.state = ApprovalState::approved;
    approval.decided_by = "joe";
    approval.decided = Time{9};
    EXPECT_TRUE(db_->approvals().decide(approval, {&entry, 1}));
    join("edge.joined", "a", 10);
    join("edge.renewed", "b", 20);
    const auto end = test_entry(Time{30}, "edge.revoked", joe, "Edge/e1", R"("site":"berlin",)");
    EXPECT_TRUE(db_->edges().revoke("e1", {Time{30}, joe, "stolen"}, {&end, 1}));
    join("edge.renewed", "c", 40);
    const auto added = test_entry(Time{41}, "artifact.added", jane, "sha256:aa", R"("bytes":"7",)");
    EXPECT_TRUE(db_->artifacts().add({.digest = "aa",
                                      .bytes = 7,
                                      .media_type = "m",
                                      .uploaded_by = "jane",
                                      .uploaded = Time{41}},
                                     {&added, 1}));
  }

  void write(const std::vector<ObjectWrite>& writes, const std::string& actor) {
    const auto done = db_->catalog().apply(
        {.writes = writes, .author = "jane", .actor = actor, .note = "", .time = Time{2}});
    EXPECT_TRUE(done && done->problems.empty());
  }
  void ask(const std::string& digest, const std::string& actor) {
    const auto entry = test_entry(Time{8}, "approval.requested", actor, "ModelVersion/rul-7",
                                  std::format(R"("digest":"{}",)", digest));
    EXPECT_TRUE(db_->approvals().request({.subject = {Kind::model_version, "rul-7"},
                                          .digest = digest,
                                          .purpose = "{}",
                                          .requested_by = "jane",
                                          .requested = Time{8}},
                                         {&entry, 1}));
  }
  void join(const std::string& action, const std::string& serial, std::int64_t time) {
    const auto entry = test_entry(
        Time{time}, action, "Edge/e1", "Edge/e1",
        std::format(
            R"("site":"berlin","certificate":"{0}","fingerprint":"f{0}","not_after":"{1}",)",
            serial, format_iso(Time{999})));
    EXPECT_TRUE(db_->edges().enrol({.serial = serial,
                                    .edge = "e1",
                                    .fingerprint = "f" + serial,
                                    .issued = Time{time},
                                    .not_after = Time{999}},
                                   "berlin", {&entry, 1}));
  }
  // What verifying says once the statement was run on the file.
  std::string verdict_after(const std::string& sql) {
    db_.reset();
    std::filesystem::copy(path("good.db"), path(),
                          std::filesystem::copy_options::overwrite_existing);
    auto database = Database::open(path(), Access::write);
    const auto done = database->execute(sql + ";PRAGMA wal_checkpoint(TRUNCATE)");
    EXPECT_TRUE(done) << sql << ": " << done.error().text;
    const auto verified = verify_hub_file(path());
    if (verified) return "verified";
    EXPECT_EQ(verified.error().code, Code::corrupt);
    return verified.error().text;
  }
};

TEST_F(HubVerifyTest, CountsWhatItHasCompared) {
  std::vector<std::string> parts;
  const auto verified = db_->verify([&](const VerifyProgress& progress) {
    if (parts.empty() || parts.back() != progress.part) parts.emplace_back(progress.part);
  });
  ASSERT_TRUE(verified) << verified.error().text;
  EXPECT_EQ(verified->revisions, 6U);
  EXPECT_EQ(verified->approvals, 2U);
  EXPECT_EQ(verified->certificates, 3U);
  EXPECT_EQ(verified->unbound, 0U);
  EXPECT_EQ(parts, (std::vector<std::string>{"pages", "audit log", "other entries", "revisions"}));
}

TEST_F(HubVerifyTest, NoRowIsChangedUnseen) {
  ASSERT_TRUE(db_->backup(path("good.db")));
  EXPECT_EQ(verdict_after("SELECT 1"), "verified");
  for (const auto& [sql, expected] : kVerifiedChanges) {
    const std::string verdict = verdict_after(sql);
    EXPECT_TRUE(verdict.contains(expected)) << sql << ": " << verdict;
  }
  // What verifies no more is not restored.
  std::ignore = verdict_after("UPDATE approval SET state = 2 WHERE id = 1");
  const auto restored =
      restore_hub({path(), path("artifacts")}, {path("other.db"), path("other-artifacts")});
  ASSERT_FALSE(restored);
  EXPECT_EQ(restored.error().code, Code::corrupt);
  EXPECT_FALSE(std::filesystem::exists(path("other.db")));
}

TEST_F(HubVerifyTest, NumbersThatStandForNothingAreToldAndEndNoProcess) {
  ASSERT_TRUE(db_->backup(path("good.db")));
  for (const auto& [sql, where] : kNumbers) {
    const std::string verdict = verdict_after(sql);
    EXPECT_TRUE(verdict.contains(where + ": expected a number that stands for something, found "))
        << sql << ": " << verdict;
  }
}

// Nor the hub that has such a file.
TEST_F(HubVerifyTest, AHubRefusesRowsWithNumbersThatStandForNothing) {
  db_.reset();
  ASSERT_TRUE(Database::open(path(), Access::write)
                  ->execute("UPDATE approval SET state = 7 WHERE id = 1;"
                            "UPDATE approval SET kind = 99 WHERE id = 2;"
                            "UPDATE revision SET what = 9 WHERE number = 2;"
                            "UPDATE field SET target = 50 WHERE id = 1"));
  open();
  const auto refused = [](const auto& answer, std::string_view where) {
    EXPECT_FALSE(answer) << where;
    if (answer) return;
    EXPECT_EQ(answer.error().code, Code::corrupt) << answer.error().text;
    EXPECT_TRUE(answer.error().text.contains(where)) << answer.error().text;
  };
  refused(db_->approvals().get(1), "approval.state: expected a number");
  refused(db_->approvals().get(2), "approval.kind: expected a number");
  refused(db_->approvals().list({}), "approval.");
  refused(db_->catalog().get(Kind::asset, "press"), "revision.what: expected a number");
  refused(db_->catalog().history(Kind::asset, "press", 0, 9), "revision.what");
  refused(db_->catalog().changes({}, 99), "revision.what");
  // What was read up to the wrong one does not pass for the whole at the next time.
  for (int i = 0; i < 2; ++i) refused(db_->catalog().references(Kind::asset, "press"), "field.");
}

// Who was erased is named by nobody; that is no leave to say so of others.
TEST_F(HubVerifyTest, AnErasureExcusesNothingOfTheLiving) {
  const std::string jane = *db_->audit().commitment("jane", "jane");
  const std::string ann = *db_->audit().commitment("ann", "ann");
  write({put(Kind::person, "ann")}, jane);
  const ObjectWrite rome = put(Kind::site, "rome");
  ASSERT_TRUE(db_->catalog().apply(
      {.writes = {&rome, 1}, .author = "ann", .actor = ann, .note = "", .time = Time{60}}));
  write({removal(Kind::person, "ann")}, jane);
  const std::array entries = {test_entry(Time{70}, "person.erased", jane, "Person/" + ann),
                              test_entry(Time{70}, "name.retired", jane, "RetiredName/x")};
  ASSERT_TRUE(db_->audit().commitment("lineside/names", "ann"));
  ASSERT_TRUE(db_->erase_person("ann", entries));
  verify();
  ASSERT_TRUE(db_->backup(path("good.db")));
  const std::vector<Change> changes = {
      {"UPDATE revision SET spec = NULL, site = NULL WHERE spec LIKE '%author%'",
       "revision 1 of ModelVersion 'rul-7': expected to say that it is of no site"},
      {std::format("UPDATE change SET author = 'erased/{}' WHERE id = 1", jane.substr(0, 16)),
       "expected the author whom its audit leaf names"},
      {"UPDATE change SET author = '' WHERE id = 1", "expected the author whom its audit leaf"},
      {"UPDATE change SET author = '' WHERE author LIKE 'erased/%'",
       "revision 1 of Site 'rome': expected the author whom its audit leaf names, found ''"},
      {std::format("UPDATE approval SET requested_by = 'erased/{}'", jane.substr(0, 16)),
       "expected to be asked for by whom audit leaf 6 names"},
      {"DELETE FROM salt WHERE person = 'lineside/names'",
       "the salt of the names of people who were erased is missing"},
  };
  for (const auto& [sql, expected] : changes) {
    const std::string verdict = verdict_after(sql);
    EXPECT_TRUE(verdict.contains(expected)) << sql << ": " << verdict;
  }
}

// Its entries name the program, its revisions the person.
TEST_F(HubVerifyTest, AProgramActsForItsPersonAlone) {
  const auto write_as = [&](const std::string& author, const ObjectWrite& one) {
    EXPECT_TRUE(db_->catalog().apply({.writes = {&one, 1},
                                      .author = author,
                                      .actor = "Token/ci",
                                      .note = "",
                                      .time = Time{60}}));
  };
  write({put(Kind::token, "ci", {{"person", Kind::person, "jane"}}, {}, R"({"person":"jane"})")},
        *db_->audit().commitment("jane", "jane"));
  write_as("jane", put(Kind::site, "rome"));
  verify();
  write_as("joe", put(Kind::site, "paris"));
  EXPECT_TRUE(db_->verify().error().text.contains("found 'joe'"));
}

// What a version before 4 wrote says less, and is believed no more than that.
TEST_F(HubVerifyTest, WhatOlderEntriesDoNotSayIsToldNotInvented) {
  const auto entry = test_entry(Time{50}, "edge.joined", "Edge/e2", "Edge/e2",
                                R"("site":"munich","certificate":"z",)");
  ASSERT_TRUE(db_->edges().enrol(
      {.serial = "z", .edge = "e2", .fingerprint = "fz", .issued = Time{50}, .not_after = Time{99}},
      "munich", {&entry, 1}));
  const auto verified = db_->verify();
  ASSERT_TRUE(verified) << verified.error().text;
  EXPECT_EQ(verified->unbound, 1U);
}

}  // namespace
}  // namespace lineside::store
