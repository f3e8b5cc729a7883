#include "store/hub_alerts.h"

#include <array>
#include <span>

#include "tests/changed_db.h"
#include "tests/hub_db_fixture.h"

namespace lineside::store {
namespace {

using Names = std::vector<std::string>;

StoredAlert alert(const std::string& edge, const std::string& id, std::int64_t second) {
  const Time opened = Time{} + Duration::seconds(second);
  return {.id = id,
          .edge = edge,
          .asset = "press",
          .opened = opened,
          .updated = opened,
          .document =
              std::format(R"({{"id":"{}","state":"open","opened":"{}"}})", id, format_iso(opened)),
          .site = "berlin"};
}

class HubAlertsTest : public HubTest {
 protected:
  std::vector<StoredAlert> listed(const StoredAlertQuery& query) const {
    const auto found = db_->alerts().alerts(query);
    EXPECT_TRUE(found) << found.error().text;
    return found ? *found : std::vector<StoredAlert>();
  }
  Names ids(const StoredAlertQuery& query) const {
    Names ids;
    for (const StoredAlert& one : listed(query)) ids.push_back(one.edge + "/" + one.id);
    return ids;
  }
};

TEST_F(HubAlertsTest, OneThatWasMovedInTimeIsToldAndNoOtherGoesWithIt) {
  const std::array all = {alert("one", "a", 10), alert("one", "b", 20), alert("two", "b", 20)};
  ASSERT_TRUE(db_->alerts().put(all, {}));
  EXPECT_EQ(listed({.edge = "one"}), (std::vector{all[1], all[0]}));
  change_database(path(), "UPDATE alert SET opened = 30000000001 WHERE edge = 'one' AND id = 'a'");
  StoredAlert told = all[0];
  told.opened = Time{30'000'000'001};
  told.document.clear();
  told.damage =
      "alert.opened: expected 1970-01-01T00:00:10Z as its document says, found "
      "1970-01-01T00:00:30.000000001Z, in row a of one";
  EXPECT_EQ(listed({.edge = "one"}), (std::vector{told, all[1]}));
  EXPECT_EQ(listed({}), (std::vector{told, all[2], all[1]}));
  // What its edge sends of it from now on mends it.
  StoredAlert later = all[0];
  later.updated = later.updated + Duration::seconds(1);
  ASSERT_TRUE(db_->alerts().put(std::span(&later, 1), {}));
  EXPECT_EQ(listed({.edge = "one"}), (std::vector{all[1], later}));
}

TEST_F(HubAlertsTest, OfATimeThatTheDocumentDoesNotSayNothingIsTold) {
  for (const char* document : {R"({"id":"a"})", R"({"opened":"soon"})", R"({"opened":7})",
                               R"({"opened":null})", "[]", R"({"id":"a","opened":"2026-)"}) {
    StoredAlert one = alert("one", "a", 10);
    one.document = document;
    ASSERT_TRUE(db_->alerts().put(std::span(&one, 1), {}));
    EXPECT_EQ(listed({.edge = "one"}), std::vector{one}) << document;
    change_database(path(), "DELETE FROM alert");
  }
}

TEST_F(HubAlertsTest, AreReadNoFurtherThanTheirDocumentsHaveSoManyBytes) {
  std::vector<StoredAlert> all;
  for (int i = 0; i < 4; ++i) {
    all.push_back(alert("one", std::to_string(i), i));
    all.back().document.append(1000, ' ');
  }
  ASSERT_TRUE(db_->alerts().put(all, {}));
  EXPECT_EQ(ids({.bytes = 1}), Names{"one/3"}) << "the first one in any case";
  EXPECT_EQ(ids({.edge = "one", .bytes = 2000}), (Names{"one/3", "one/2"}));
  EXPECT_EQ(ids({.edge = "one"}).size(), 4U);
}

StoredVerdict verdict(const std::string& author, std::int64_t second) {
  return {"a", "one", author, Time{} + Duration::seconds(second),
          std::format(R"({{"author":"{}"}})", author)};
}

TEST_F(HubAlertsTest, OfWhatWasSaidTheNewestIsReadAndTheRestCounted) {
  std::vector<StoredVerdict> said;
  for (int i = 0; i < 105; ++i) said.push_back(verdict("olga", i));
  ASSERT_TRUE(db_->alerts().put({}, said));
  const auto read = [&](const VerdictLimits& limits) {
    const auto found = db_->alerts().verdicts("one", "a", limits);
    EXPECT_TRUE(found) << found.error().text;
    return found ? *found : NewestVerdicts();
  };
  const NewestVerdicts newest = read({});
  ASSERT_EQ(newest.items.size(), 100U);
  EXPECT_EQ(newest.items.front(), said.back());
  EXPECT_EQ(newest.items.back(), said[5]);
  EXPECT_EQ(newest.left_out, 5U);
  EXPECT_EQ(read({.count = 105}).left_out, 0U);
  const std::size_t bytes = said[0].document.size();
  const NewestVerdicts two = read({.bytes = 3 * bytes - 1});
  EXPECT_EQ(two.items, (std::vector{said[104], said[103]}));
  EXPECT_EQ(two.left_out, 103U);
  EXPECT_EQ(read({.bytes = 0}).left_out, 105U);
  for (int i = 0; i < 1000; ++i) said.push_back(verdict("ada", i));
  ASSERT_TRUE(db_->alerts().put({}, said));
  EXPECT_EQ(read({.count = 1}).left_out, kVerdictsCounted);
}

// Of two at once one was said by somebody who was erased, and comes back under the name.
TEST_F(HubAlertsTest, OnlyWhatStandsForSomebodyKeepsAnotherOut) {
  for (const char* author : {"erased/", "erased/0123456789ABCDEF", "erased/0123456789abcdeg",
                             "erased/0123456789abcde", "erased/0123456789abcdef0"}) {
    const std::array said = {verdict(author, 1), verdict("olga", 1)};
    ASSERT_TRUE(db_->alerts().put({}, said));
    EXPECT_EQ(db_->alerts().verdicts("one", "a")->items.size(), 2U) << author;
    change_database(path(), "DELETE FROM verdict");
  }
  const std::array said = {verdict("erased/0123456789abcdef", 1), verdict("olga", 1)};
  ASSERT_TRUE(db_->alerts().put({}, said));
  EXPECT_EQ(db_->alerts().verdicts("one", "a")->items, std::vector{said[0]});
}

// ---- Whose they are ----------------------------------------------------------------------------

class HubAlertsOwnerTest : public HubAlertsTest {
 protected:
  void enrol(const std::string& site, std::int64_t second) {
    const std::string serial = std::to_string(second);
    const auto done = db_->edges().enrol({.serial = serial,
                                          .edge = "one",
                                          .fingerprint = serial,
                                          .issued = at(second),
                                          .not_after = at(10'000)},
                                         site, {});
    ASSERT_TRUE(done) << done.error().text;
  }
  void move(const std::string& from, const std::string& to, std::int64_t second) {
    const auto entry = test_entry(at(second), "edge.moved", "hub", "Edge/one",
                                  std::format(R"("from":"{}","to":"{}",)", from, to));
    ASSERT_TRUE(db_->edges().move("one", to, std::span(&entry, 1)));
  }
  void remove(std::int64_t second) {
    const auto entry = test_entry(at(second), "edge.removed", "ada", "Edge/one");
    ASSERT_TRUE(db_->edges().remove("one", {at(second), "ada", "removed"}, std::span(&entry, 1)));
  }
  // What is passed over of an alert and a verdict that the edge sends from the site.
  PassedOver send(const std::string& site, std::int64_t second) {
    StoredAlert one = alert("one", "a", 100);
    one.updated = at(second);
    one.site = site;
    const StoredVerdict said = verdict("olga", second);
    const auto put = db_->alerts().put(std::span(&one, 1), std::span(&said, 1), site);
    EXPECT_TRUE(put) << put.error().text;
    return put ? *put : PassedOver{};
  }
  void expect_taken(const std::string& site, std::int64_t second) {
    EXPECT_EQ(send(site, second), (PassedOver{0, 0}));
    EXPECT_EQ(updated(), at(second));
    EXPECT_EQ(db_->alerts().verdicts("one", "a")->items.front().time, at(second));
  }
  void expect_foreign(const std::string& site, std::int64_t second) {
    const Time before = updated();
    EXPECT_EQ(send(site, second), (PassedOver{1, 1}));
    EXPECT_EQ(updated(), before);
    EXPECT_NE(db_->alerts().verdicts("one", "a")->items.front().time, at(second));
  }
  Time updated() const { return listed({.edge = "one"}).at(0).updated; }
  static Time at(std::int64_t second) { return Time{} + Duration::seconds(second); }
};

TEST_F(HubAlertsOwnerTest, WhoGetsTheNameAtAnotherSiteSaysNothingOfThem) {
  enrol("berlin", 50);
  expect_taken("berlin", 100);
  remove(200);
  expect_foreign("munich", 201);  // let in before
  enrol("munich", 210);
  expect_foreign("munich", 220);
}

TEST_F(HubAlertsOwnerTest, TheirEdgeGoesOnWhereItIsMovedToAndWhenItJoinsAgain) {
  enrol("berlin", 50);
  expect_taken("berlin", 100);
  move("berlin", "munich", 110);
  move("munich", "paris", 120);
  expect_taken("paris", 130);
  enrol("paris", 140);
  expect_taken("paris", 150);
  expect_taken("berlin", 160);  // let in before it was moved
}

TEST_F(HubAlertsOwnerTest, WhereTheLastOneOfTheNameWasTheNextOneWasNot) {
  enrol("berlin", 50);
  expect_taken("berlin", 100);
  move("berlin", "munich", 110);
  remove(120);
  enrol("munich", 110);  // by a clock that was set back
  expect_foreign("munich", 130);
  // Who is at their site is taken for who raised them.
  remove(140);
  enrol("berlin", 150);
  expect_taken("berlin", 160);
}

TEST_F(HubAlertsOwnerTest, OfASiteThatNobodyKnowsTheyAreOfWhoHadJoinedThen) {
  enrol("berlin", 50);
  expect_taken("berlin", 100);
  change_database(path(), "UPDATE alert SET site = NULL");
  expect_taken("berlin", 110);
  remove(120);
  enrol("berlin", 130);
  expect_foreign("berlin", 140);
}

// ---- From before version 5 ---------------------------------------------------------------------

class HubAlertsUpgradeTest : public HubAlertsTest {
 protected:
  // A database as a hub of version 4 has left it.
  HubAlertsUpgradeTest() {
    db_.reset();
    std::filesystem::remove_all(folder_);
    std::filesystem::create_directories(folder_);
    auto database = Database::open(path(), Access::write);
    auto steps = migrations(hub_sql());
    steps.resize(4);
    EXPECT_TRUE(migrate(*database, path(), steps, kHubDatabase));
    const auto filled = database->execute(R"(
      INSERT INTO alert (id, edge, asset, opened, updated, document) VALUES
        ('a', 'one', 'press', 10, 11, '{"n":1}'), ('b', 'one', 'saw', 30, 31, '{"n":2}'),
        ('c', 'two', 'press', 20, 20, '{"n":3}'), ('d', 'two', 'press', 30, 30, '{"n":4}');
      INSERT INTO verdict (alert, edge, author, time, document) VALUES
        ('a', 'one', 'olga', 40, '{"v":1}'), ('a', 'one', 'ada', 50, '{"v":2}'),
        ('c', 'two', 'olga', 40, '{"v":3}'))");
    EXPECT_TRUE(filled) << filled.error().text;
  }
  // How SQLite finds the rows of a statement of hub_sql.
  static std::string plan(Database& database, std::string_view name) {
    std::string found;
    for (const EmbeddedFile& file : hub_sql()) {
      if (file.name != std::format("{}.sql", name)) continue;
      const auto done = database.each("EXPLAIN QUERY PLAN " + std::string(file.content),
                                      [&](const Statement& row) { found += row.text(3) + "\n"; });
      EXPECT_TRUE(done) << done.error().text;
    }
    return found;
  }
};

TEST_F(HubAlertsUpgradeTest, KeepsEveryRowUnderItsEdge) {
  open();
  const auto kept = [](const char* id, const char* edge, const char* asset, std::int64_t opened,
                       std::int64_t updated, const char* document) {
    return StoredAlert{.id = id,
                       .edge = edge,
                       .asset = asset,
                       .opened = Time{opened},
                       .updated = Time{updated},
                       .document = document};
  };
  const StoredAlert a = kept("a", "one", "press", 10, 11, R"({"n":1})");
  const StoredAlert b = kept("b", "one", "saw", 30, 31, R"({"n":2})");
  const StoredAlert c = kept("c", "two", "press", 20, 20, R"({"n":3})");
  const StoredAlert d = kept("d", "two", "press", 30, 30, R"({"n":4})");
  EXPECT_EQ(listed({}), (std::vector{d, b, c, a}));
  EXPECT_EQ(listed({.edge = "one"}), (std::vector{b, a})) << "where it was nobody knows";
  EXPECT_EQ(listed({.edge = "two"}), (std::vector{d, c}));
  EXPECT_EQ(ids({.behind = AlertPlace{Time{30}, "d"}, .limit = 2}), (Names{"one/b", "two/c"}));
  const auto said = db_->alerts().verdicts("one", "a");
  ASSERT_TRUE(said) << said.error().text;
  EXPECT_EQ(said->items,
            (std::vector<StoredVerdict>{{"a", "one", "ada", Time{50}, R"({"v":2})"},
                                        {"a", "one", "olga", Time{40}, R"({"v":1})"}}));
  EXPECT_EQ(said->left_out, 0U);
  EXPECT_EQ(db_->alerts().verdicts("two", "c")->items.size(), 1U);
  EXPECT_TRUE(db_->alerts().verdicts("two", "a")->items.empty());
  verify();
  EXPECT_TRUE(std::filesystem::exists(path("hub.db.v4"))) << "as it was before";
}

TEST_F(HubAlertsUpgradeTest, FromVersion5KeepsAllThatWasSaid) {
  {
    auto database = Database::open(path(), Access::write);
    ASSERT_TRUE(database);
    auto steps = migrations(hub_sql());
    steps.resize(5);
    ASSERT_TRUE(migrate(*database, path(), steps, kHubDatabase));
  }
  open();
  EXPECT_TRUE(std::filesystem::exists(path("hub.db.v5"))) << "as it was before";
  EXPECT_EQ(ids({}), (Names{"two/d", "one/b", "two/c", "one/a"}));
  const auto said = db_->alerts().verdicts("one", "a", {.count = 1});
  ASSERT_TRUE(said) << said.error().text;
  EXPECT_EQ(said->items, (std::vector<StoredVerdict>{{"a", "one", "ada", Time{50}, R"({"v":2})"}}));
  EXPECT_EQ(said->left_out, 1U);
  verify();
}

TEST_F(HubAlertsUpgradeTest, AnIdIsOfItsEdgeFromThenOn) {
  open();
  const StoredAlert other = alert("two", "a", 60);
  ASSERT_TRUE(db_->alerts().put(std::span(&other, 1), {}));
  EXPECT_EQ(ids({}), (Names{"two/a", "two/d", "one/b", "two/c", "one/a"}));
  EXPECT_EQ(listed({.limit = 1}), std::vector{other});
  EXPECT_TRUE(db_->alerts().verdicts("two", "a")->items.empty()) << "said of the other one";
  // Its edge says more of it: it stays where it was, for nobody knows better.
  StoredAlert more = alert("one", "a", 0);
  more.opened = Time{10};
  more.updated = Time{99};
  more.document = R"({"n":5})";
  ASSERT_TRUE(db_->alerts().put(std::span(&more, 1), {}));
  EXPECT_EQ(listed({.edge = "one"}).back().document, R"({"n":5})");
  EXPECT_EQ(listed({.edge = "one"}).back().site, std::nullopt);
}

TEST_F(HubAlertsUpgradeTest, WhereAnEdgeWasIsFoundAmongTheMoves) {
  open();
  db_.reset();
  auto database = Database::open(path(), Access::read);
  ASSERT_TRUE(database);
  const std::string was = plan(*database, "edge_was_at");
  EXPECT_TRUE(was.contains("audit_leaf USING INDEX audit_leaf_by_action (action=?")) << was;
  EXPECT_FALSE(was.contains("audit_leaf_by_subject")) << was;
}

TEST_F(HubAlertsUpgradeTest, EveryListReadsAnIndexInItsOrder) {
  open();
  db_.reset();
  auto database = Database::open(path(), Access::read);
  ASSERT_TRUE(database);
  const std::string all = plan(*database, "alert_list");
  EXPECT_TRUE(all.contains("USING INDEX alert_by_opened")) << all;
  EXPECT_FALSE(all.contains("TEMP B-TREE")) << all;
  const std::string of_edge = plan(*database, "alert_list_edge");
  EXPECT_TRUE(of_edge.contains("USING INDEX alert_by_edge (edge=?")) << of_edge;
  EXPECT_FALSE(of_edge.contains("TEMP B-TREE")) << of_edge;
  const std::string said = plan(*database, "verdict_list");
  EXPECT_TRUE(said.contains("USING INDEX verdict_by_time (edge=? AND alert=?)")) << said;
  EXPECT_FALSE(said.contains("TEMP B-TREE")) << said;
}

}  // namespace
}  // namespace lineside::store
