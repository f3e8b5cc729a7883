// Rows of the hub's database that somebody has changed by hand: told with their names, and no
// others go with them.
#include <limits>

#include "store/database_internal.h"
#include "store/hub_backup.h"
#include "tests/changed_db.h"
#include "tests/hub_db_fixture.h"

namespace lineside::store {
namespace {

using domain::Kind;
using Names = std::vector<std::string>;
using Texts = std::vector<std::string>;

class HubDamageTest : public HubTest {
 protected:
  // Two sites with an asset each, and a stream of one of them.
  HubDamageTest() {
    stored({put(Kind::site, "berlin"), put(Kind::site, "munich")});
    stored({put(Kind::asset, "press", {{"site", Kind::site, "berlin"}}, {{"maker", "x"}}),
            put(Kind::asset, "saw", {{"site", Kind::site, "munich"}}, {{"maker", "x"}},
                R"({"secret":1})"),
            put(Kind::stream, "press/s", {{"asset", Kind::asset, "press"}})});
    stored({put(Kind::asset, "press", {{"site", Kind::site, "berlin"}}, {{"maker", "x"}},
                R"({"n":2})")});
    EXPECT_TRUE(db_->backup(path("good.db")));
  }

  // The hub with the statement run on its file.
  void damage(const std::string& sql) {
    db_.reset();
    for (const char* name : {"hub.db-wal", "hub.db-shm"}) std::filesystem::remove(path(name));
    std::filesystem::copy(path("good.db"), path(),
                          std::filesystem::copy_options::overwrite_existing);
    change_database(path(), sql);
    open();
  }
  template <class T>
  static std::string told(const Result<T>& answer) {
    if (answer) return "answered";
    EXPECT_EQ(answer.error().code, Code::corrupt) << answer.error().text;
    return answer.error().text;
  }
  // What verifying and a backup say.
  std::string verdict() const {
    const std::string said = told(db_->verify());
    EXPECT_TRUE(told(db_->backup(path("backup.db"))).contains(said)) << said;
    return said;
  }
};

// The column that says which of an object's revisions is its state, and where it is.
TEST_F(HubDamageTest, NoObjectIsTakenForAnotherOrForGone) {
  struct Damage {
    std::string sql;
    std::string told;
    std::string verdict;
  };
  const std::string expected = "Asset 'press': object.head: expected the leaf of its revision ";
  const std::string last = "Asset 'press': expected its last revision, ";
  const std::string place = "Asset 'press': object.site: expected the id of a Site, found ";
  const std::string no_place = "Asset 'press': expected the id of its Site in the column site";
  const std::vector<Damage> all = {
      {"UPDATE object SET head = (SELECT head FROM object WHERE name = 'saw') WHERE name = 'press'",
       expected + "2, found 3", last},
      {"UPDATE object SET head = 99 WHERE name = 'press'", expected + "2, found 99", last},
      {"UPDATE object SET head = -1 WHERE name = 'press'", expected + "2, found -1", last},
      {"UPDATE object SET head = 2 WHERE name = 'press'", expected + "2, found 2", last},
      {"UPDATE object SET revision = -4 WHERE name = 'press'", expected + "-4, found 5", last},
      {"UPDATE object SET revision = 9223372036854775807 WHERE name = 'press'",
       expected + "9223372036854775807, found 5", last},
      {"UPDATE object SET site = 99 WHERE name = 'press'", place + "99", no_place},
      {"UPDATE object SET site = -1 WHERE name = 'press'", place + "-1", no_place},
      {"UPDATE object SET site = (SELECT id FROM object WHERE name = 'saw') WHERE name = 'press'",
       place + "4", no_place},
      {"DELETE FROM change WHERE id = 3",
       "revision.change: expected a change that is there, in row 5",
       "revision 2 of Asset 'press' is of no change"},
  };
  for (const Damage& one : all) {
    damage(one.sql);
    EXPECT_EQ(told(db_->catalog().get(Kind::asset, "press")), one.told) << one.sql;
    EXPECT_TRUE(verdict().contains(one.verdict)) << one.sql << ": " << verdict();
    // The others are as they were.
    EXPECT_EQ(db_->catalog().get(Kind::asset, "saw")->spec, R"({"secret":1})");
    Texts damaged;
    const auto page = db_->catalog().list({.kind = Kind::asset, .damaged = &damaged});
    ASSERT_TRUE(page) << page.error().text;
    ASSERT_EQ(page->objects.size(), 1U) << one.sql;
    EXPECT_EQ(page->objects[0].name, "saw");
    EXPECT_EQ(damaged, Texts{one.told});
    EXPECT_EQ(told(db_->catalog().list({.kind = Kind::asset})), one.told)
        << "who does not ask for a part gets no part";
    damaged.clear();
    EXPECT_TRUE(db_->catalog().search({.text = "pre", .damaged = &damaged}));
    EXPECT_EQ(damaged, Texts{one.told}) << one.sql;
    stored({put(Kind::asset, "saw", {}, {}, R"({"n":3})")});
  }
}

// Nothing is built on it.
TEST_F(HubDamageTest, WhatIsDamagedIsNotWrittenOn) {
  for (const char* sql : {"UPDATE object SET head = 3 WHERE name = 'press'",
                          "UPDATE object SET revision = 9223372036854775807 WHERE name = 'press'",
                          "UPDATE object SET site = 99 WHERE name = 'press'"}) {
    damage(sql);
    for (const ObjectWrite& write : {put(Kind::asset, "press"), removal(Kind::asset, "press")}) {
      const auto applied = db_->catalog().apply(
          {.writes = {&write, 1}, .author = "j", .actor = "j", .note = "", .time = Time{9}});
      EXPECT_TRUE(told(applied).starts_with("Asset 'press': object.")) << sql;
    }
  }
  // What was deleted begins at no number that is none, and one id that is too high is not the last.
  damage("SELECT 1");
  stored({removal(Kind::stream, "press/s")});
  ASSERT_TRUE(db_->backup(path("good.db")));
  damage("UPDATE buried SET revision = 9223372036854775807");
  const ObjectWrite again = put(Kind::stream, "press/s");
  EXPECT_TRUE(
      told(db_->catalog().apply(
               {.writes = {&again, 1}, .author = "j", .actor = "j", .note = "", .time = Time{9}}))
          .starts_with("revision.number: expected a number of 0 to 1000000000000, found 92"));
  damage("UPDATE revision SET object = 9223372036854775807 WHERE leaf = 2");
  stored({put(Kind::asset, "new")});
}

TEST_F(HubDamageTest, ARevisionIsToldByItsLeaf) {
  const auto history = [this](const std::string& sql) {
    damage(sql);
    return told(db_->catalog().history(Kind::asset, "press", 0, 10));
  };
  EXPECT_EQ(history("UPDATE revision SET what = 77 WHERE leaf = 2"),
            "revision.what: expected a number that stands for something, found 77, in row 2");
  EXPECT_EQ(history("UPDATE revision SET number = -3 WHERE leaf = 2"),
            "revision.number: expected a number of 0 to 1000000000000, found -3, in row 2");
  EXPECT_TRUE(verdict().contains("revision -3 of Asset 'press'")) << verdict();
  EXPECT_EQ(history("UPDATE revision SET change = 77 WHERE leaf = 2"),
            "revision.change: expected a change that is there, in row 2");
  EXPECT_EQ(told(db_->catalog().changes({}, 10)),
            "revision.change: expected a change that is there, in row 2");
  EXPECT_EQ(db_->catalog().get(Kind::asset, "press")->revision.number, 2);

  // Who asks for them is told beside the others.
  damage("UPDATE revision SET what = 77, number = 3 WHERE leaf = 2");
  std::vector<DamagedRevision> damaged;
  const auto notes = db_->catalog().history(Kind::asset, "press", 0, 10, &damaged);
  ASSERT_TRUE(notes);
  ASSERT_EQ(notes->size(), 1U);
  EXPECT_EQ(notes->front().number, 2);
  ASSERT_EQ(damaged.size(), 1U);
  EXPECT_EQ(damaged[0].text,
            "Asset 'press': revision.what: expected a number that stands for something, found 77, "
            "in row 2");
  EXPECT_EQ(damaged[0].number, 3);
  EXPECT_EQ(damaged[0].site, "berlin");
  damaged.clear();
  const auto all = db_->catalog().changes({}, 100);
  EXPECT_FALSE(all);
  const auto changes = db_->catalog().changes(1, 2, &damaged);
  ASSERT_TRUE(changes);
  EXPECT_EQ(changes->size() + damaged.size(), 2U) << "they count for the limit";
  ASSERT_EQ(damaged.size(), 1U);
  EXPECT_EQ(damaged[0].leaf, 2U);
  EXPECT_EQ(damaged[0].kind, Kind::asset);
  damage("UPDATE object SET kind = 99 WHERE name = 'press'");
  damaged.clear();
  EXPECT_TRUE(db_->catalog().changes({}, 100, &damaged));
  ASSERT_FALSE(damaged.empty());
  EXPECT_EQ(damaged[0].kind, std::nullopt);

  // A place that is none is nobody's.
  damage("UPDATE revision SET site = 99 WHERE leaf = 2");
  EXPECT_EQ(db_->catalog().get_revision(Kind::asset, "press", 1)->revision.site, std::nullopt);
  EXPECT_TRUE(verdict().contains("expected \"site\":\"berlin\"")) << verdict();
  damage("UPDATE revision SET site = 4 WHERE leaf = 2");
  EXPECT_EQ(db_->catalog().get_revision(Kind::asset, "press", 1)->revision.site, std::nullopt)
      << "an asset is no place";
}

TEST_F(HubDamageTest, WhatIsGoneWasSomewhere) {
  stored({removal(Kind::stream, "press/s")});
  ASSERT_TRUE(db_->backup(path("good.db")));
  damage("UPDATE buried SET site = 99");
  EXPECT_TRUE(
      verdict().contains("Stream 'press/s': expected the id of its Site in the column site"))
      << verdict();
  // Another place is told too: who may see it goes by that.
  damage("UPDATE object SET site = 2 WHERE name = 'press'");
  EXPECT_TRUE(verdict().contains("Asset 'press': expected the id of its Site")) << verdict();
}

// Two that keep each other where they were outlive their site: that is no damage.
TEST_F(HubDamageTest, ASiteThatIsGoneIsNoDamage) {
  const auto device = [](const char* name, std::vector<domain::Ref> refs, const char* spec = "{}") {
    return put(Kind::device, name, std::move(refs), {}, spec);
  };
  stored({put(Kind::site, "rome"), device("a", {{"gateway", Kind::device, "b"}}),
          device("b", {{"site", Kind::site, "rome"}, {"gateway", Kind::device, "a"}})});
  stored({device("b", {{"gateway", Kind::device, "a"}}, R"({"n":2})")});
  stored({removal(Kind::site, "rome")});
  for (const char* name : {"a", "b"}) EXPECT_TRUE(db_->catalog().get(Kind::device, name)) << name;
  EXPECT_TRUE(db_->catalog().references(Kind::device, "a"));
  verify();
}

TEST_F(HubDamageTest, TheGraphNamesWhatItCannotFollow) {
  const auto links = [this](const std::string& sql) {
    damage(sql);
    return told(db_->catalog().references(Kind::stream, "press/s"));
  };
  EXPECT_EQ(links("UPDATE object SET links = x'0102' WHERE name = 'press/s'"),
            "Stream 'press/s': object.links: expected fields with ids and texts, found something "
            "else");
  EXPECT_EQ(links("UPDATE object SET links = (SELECT links FROM object WHERE name = 'press') "
                  "WHERE name = 'press/s'"),
            "answered");
  EXPECT_EQ(links("DELETE FROM object WHERE name = 'press'"),
            "Stream 'press/s': object.links: expected the id of a Asset as asset, found 3");
  EXPECT_EQ(links("UPDATE object SET kind = 99 WHERE name = 'press'"),
            "object.kind: expected a number that stands for something, found 99");
  damage("UPDATE object SET site = 99 WHERE name = 'press/s'");
  EXPECT_EQ(told(db_->catalog().referrers(Kind::asset, "press", 10, "")),
            "Stream 'press/s': object.site: expected the id of a Site, found 99");
  // An index that leads elsewhere.
  damage("UPDATE term SET object = 5 WHERE value = 'x' AND object = 4");
  EXPECT_EQ(told(db_->catalog().list({.kind = Kind::asset, .filters = {{"maker", "x"}}})),
            "Stream 'press/s': term: expected a Asset");
  damage("UPDATE term SET object = 55 WHERE value = 'x' AND object = 4");
  EXPECT_EQ(told(db_->catalog().list({.kind = Kind::asset, .filters = {{"maker", "x"}}})),
            "term: expected an object of id 55");
}

TEST_F(HubDamageTest, AnApprovalThatStandsForNothingIsNone) {
  for (const char* digest : {"sha256:1", "sha256:2", "sha256:3"})
    ASSERT_TRUE(db_->approvals().request({.subject = {Kind::model_version, "rul-7"},
                                          .digest = digest,
                                          .purpose = "{}",
                                          .requested_by = "jane",
                                          .requested = Time{1}},
                                         {}));
  ASSERT_TRUE(Database::open(path(), Access::write)
                  ->execute("UPDATE approval SET state = 77 WHERE id = 1;"
                            "UPDATE approval SET kind = -1 WHERE id = 2;"
                            "UPDATE approval SET decided = -9223372036854775808,"
                            " requested = 9223372036854775807 WHERE id = 3"));
  HubApprovals& approvals = db_->approvals();
  const std::string state =
      "approval.state: expected a number that stands for something, found 77, in row 1";
  const std::string kind =
      "approval.kind: expected a number that stands for something, found -1, in row 2";
  EXPECT_EQ(told(approvals.get(1)), state);
  EXPECT_EQ(told(approvals.get(2)), kind);
  EXPECT_TRUE(approvals.get(3));
  Texts damaged;
  const auto found = approvals.list({.damaged = &damaged});
  ASSERT_TRUE(found);
  ASSERT_EQ(found->size(), 1U);
  EXPECT_EQ(found->front().id, 3);
  EXPECT_EQ(damaged, (Texts{kind, state}));
  EXPECT_EQ(told(approvals.list({})), kind);
  const ObjectName subject{Kind::model_version, "rul-7"};
  EXPECT_TRUE(approvals.list({.state = ApprovalState::approved, .subject = subject})->empty());
  Approval decision{.id = 1, .state = ApprovalState::approved, .decided = Time{2}};
  EXPECT_EQ(approvals.decide(decision, {}).error().code, Code::conflict);
}

TEST_F(HubDamageTest, NumbersThatCountNothingAreTold) {
  ASSERT_TRUE(db_->tokens().add_enrolment({.name = "hall",
                                           .digest = "d1",
                                           .site = "berlin",
                                           .edge = {},
                                           .created_by = "jane",
                                           .created = Time{1},
                                           .expires = Time{100},
                                           .max_uses = 2,
                                           .uses = 0},
                                          {}));
  ASSERT_TRUE(db_->logins().put_password("jane", "p", Time{1}, {}));
  ASSERT_TRUE(db_->backup(path("good.db")));
  for (const char* column : {"uses", "max_uses"}) {
    for (const char* number : {"-5", "4294967296"}) {
      damage(std::format("UPDATE enrolment_token SET {} = {}", column, number));
      EXPECT_TRUE(verdict().contains(
          std::format("enrolment_token.{}: expected a number that counts, found {}, in row hall",
                      column, number)))
          << verdict();
      EXPECT_EQ(
          told(db_->tokens().enrolments()),
          std::format("enrolment_token.{}: expected a number of 0 to 4294967295, found {}, in "
                      "row hall",
                      column, number));
      // Nobody comes in by it.
      EXPECT_FALSE(db_->tokens().use_enrolment("d1", Time{5}));
    }
  }
  damage("UPDATE login SET failures = -1");
  EXPECT_EQ(told(db_->logins().login("jane")),
            "login.failures: expected a number of 0 to 4294967295, found -1, in row jane");
  EXPECT_TRUE(verdict().contains("login.failures: expected a number that counts, found -1"));
  damage("UPDATE kind_count SET count = -1 WHERE kind = 1");
  EXPECT_TRUE(told(db_->catalog().count({.kind = Kind::asset})).starts_with("kind_count.count: "));
  EXPECT_TRUE(verdict().contains("kind_count.count: expected a number that counts, found -1"));
  damage("UPDATE kind_count SET count = 7 WHERE kind = 1");
  EXPECT_TRUE(verdict().contains("kind_count.count: expected a number that counts, found 7"));
}

// What is reckoned with them would be beyond all numbers.
TEST_F(HubDamageTest, TimesThatAreNoneAreTold) {
  ASSERT_TRUE(db_->logins().begin_session({.digest = "s1",
                                           .person = "jane",
                                           .csrf_digest = "c",
                                           .created = Time{1},
                                           .seen = Time{1},
                                           .expires = Time{9}},
                                          {}));
  ASSERT_TRUE(db_->tokens().add({.name = "ci",
                                 .digest = "t1",
                                 .owner = "jane",
                                 .scope = "{}",
                                 .created = Time{1},
                                 .expires = Time{9},
                                 .used = Time{2}},
                                {}));
  ASSERT_TRUE(db_->backup(path("good.db")));
  for (const char* number : {"-9223372036854775808", "9223372036854775807"}) {
    for (const char* column : {"created", "seen"}) {
      damage(std::format("UPDATE session SET {} = {}", column, number));
      EXPECT_EQ(told(db_->logins().session("s1")),
                std::format("session.{}: expected a number of 0 to 4611686018427387904, found {}, "
                            "in row jane",
                            column, number));
      EXPECT_TRUE(verdict().contains(std::format("session.{}: expected a number that", column)));
    }
    damage(std::format("UPDATE api_token SET used = {}", number));
    EXPECT_EQ(told(db_->tokens().find("t1")),
              std::format("api_token.used: expected a number of 0 to 4611686018427387904, found "
                          "{}, in row ci",
                          number));
    EXPECT_TRUE(verdict().contains("api_token.used: expected a number that counts"));
  }
}

// The log is what its texts say.
TEST_F(HubDamageTest, EntriesAreThereWhateverStandsBesideThem) {
  damage(
      "UPDATE audit_leaf SET action = 99, actor = 98 WHERE id = 4; "
      "UPDATE object SET kind = 77 WHERE name = 'saw'");
  const auto leaves = db_->audit().leaves(0, 10);
  ASSERT_TRUE(leaves) << leaves.error().text;
  ASSERT_EQ(leaves->size(), 6U);
  EXPECT_EQ((*leaves)[4].entry.action, "object.created");
  EXPECT_EQ((*leaves)[4].entry.actor, "jane");
  EXPECT_EQ((*leaves)[3].entry.subject, "") << "the text says it";
  EXPECT_EQ((*leaves)[2].entry.subject, "Asset/press");
  EXPECT_TRUE(verdict().contains(
      "audit leaf 4: expected numbers of an action and an actor, found 99 and 98"))
      << verdict();
}

TEST_F(HubDamageTest, AHubWhoseLogEndsNowhereDoesNotStart) {
  for (const std::int64_t id : {std::int64_t{1} << 50, (std::int64_t{1} << 60) + 768,
                                std::numeric_limits<std::int64_t>::max()}) {
    db_.reset();
    std::filesystem::copy(path("good.db"), path(),
                          std::filesystem::copy_options::overwrite_existing);
    ASSERT_TRUE(Database::open(path(), Access::write)
                    ->execute(std::format("UPDATE audit_leaf SET id = {} WHERE id = 5", id)));
    const auto opened = HubDb::open(path(), options());
    ASSERT_FALSE(opened);
    EXPECT_EQ(opened.error().code, Code::corrupt);
    EXPECT_TRUE(opened.error().text.contains("audit_leaf.id: expected a number below "))
        << opened.error().text;
  }
}

// Columns of integers take no texts, nor those of texts blobs, for the tables are strict; whoever
// makes them otherwise has another schema.
TEST_F(HubDamageTest, NoColumnTakesAnotherType) {
  auto database = Database::open(path(), Access::write);
  for (const char* sql : {"UPDATE approval SET state = 'approved'", "UPDATE object SET head = 'x'",
                          "UPDATE revision SET number = x'01'", "UPDATE object SET name = x'ff'"}) {
    ASSERT_TRUE(
        database->execute("INSERT INTO approval VALUES (1, 9, 'n', 'd', 'p', 'j', 1, 0, '', "
                          "NULL, '') ON CONFLICT DO NOTHING"));
    EXPECT_FALSE(database->execute(sql)) << sql;
  }
}

}  // namespace
}  // namespace lineside::store
