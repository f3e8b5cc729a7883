#include "store/hub_catalog.h"

#include <algorithm>

#include "store/database_internal.h"
#include "tests/hub_db_fixture.h"

namespace lineside::store {
namespace {

using domain::Kind;
using Names = std::vector<std::string>;

class HubCatalogTest : public HubTest {
 protected:
  // berlin > hall-1 > press (a part: pump), a device on the pump with two streams.
  void store_plant() {
    stored(
        {put(Kind::stream, "pump/s1",
             {{"asset", Kind::asset, "pump"}, {"device", Kind::device, "d1"}}, {{"unit", "bar"}}),
         put(Kind::stream, "pump/s2",
             {{"asset", Kind::asset, "pump"}, {"device", Kind::device, "d1"}}, {{"unit", "Cel"}}),
         put(Kind::device, "d1", {{"asset", Kind::asset, "pump"}}),
         put(Kind::asset, "pump", {{"parent", Kind::asset, "press"}}),
         put(Kind::asset, "press", {{"site", Kind::site, "hall-1"}}),
         put(Kind::site, "hall-1", {{"parent", Kind::site, "berlin"}}), put(Kind::site, "berlin")});
  }
};

TEST_F(HubCatalogTest, KeepsEveryRevision) {
  const Applied first = stored({put(Kind::asset, "a", {}, {}, R"({"x":1})")}, 10);
  EXPECT_EQ(first.outcomes[0].change, ObjectChange::created);
  EXPECT_EQ(first.outcomes[0].revision, 1);
  EXPECT_EQ(stored({put(Kind::asset, "a", {}, {}, R"({"x":2})")}, 20).outcomes[0].revision, 2);
  EXPECT_EQ(stored({removal(Kind::asset, "a")}, 30).outcomes[0].change, ObjectChange::deleted);
  EXPECT_EQ(db_->catalog().get(Kind::asset, "a").error().code, Code::not_found);
  EXPECT_EQ(stored({put(Kind::asset, "a", {}, {}, R"({"x":1})")}, 40).outcomes[0].revision, 4);

  const auto notes = db_->catalog().history(Kind::asset, "a", 0, 10);
  ASSERT_TRUE(notes);
  ASSERT_EQ(notes->size(), 4U);
  EXPECT_EQ((*notes)[1], (RevisionNote{.number = 3,
                                       .change = ObjectChange::deleted,
                                       .time = Time{30},
                                       .author = "jane",
                                       .note = "because",
                                       .leaf = 2,
                                       .site = ""}));
  EXPECT_EQ(db_->catalog().history(Kind::asset, "a", 3, 1)->at(0).number, 2);
  EXPECT_EQ(db_->catalog().get_revision(Kind::asset, "a", 2)->spec, R"({"x":2})");
  EXPECT_EQ(db_->catalog().get_revision(Kind::asset, "a", 3)->spec, "");
  EXPECT_EQ(db_->catalog().get_revision(Kind::asset, "a", 5).error().code, Code::not_found);
  EXPECT_EQ(db_->catalog().history(Kind::asset, "b", 0, 10).error().code, Code::not_found);
  EXPECT_EQ(db_->catalog().get(Kind::asset, "a")->revision.number, 4);
  verify();
}

TEST_F(HubCatalogTest, TellsWhereAnObjectIsAndWas) {
  using Places = std::vector<std::optional<std::string>>;
  const auto at = [](const std::string& site) {
    return put(Kind::asset, "a", {{"site", Kind::site, site}}, {},
               std::format(R"({{"x":"{}"}})", site));
  };
  const auto places = [&](std::string_view name) {
    auto found = db_->catalog().places(Kind::asset, name);
    EXPECT_TRUE(found) << found.error().text;
    std::ranges::sort(*found);
    return *found;
  };
  stored({put(Kind::site, "s"), put(Kind::site, "t"), put(Kind::site, "u"), put(Kind::asset, "b")});
  EXPECT_EQ(db_->catalog().site_of(Kind::asset, "b"), "");
  EXPECT_EQ(db_->catalog().site_of(Kind::site, "s"), "s");
  EXPECT_EQ(db_->catalog().site_of(Kind::asset, "a").error().code, Code::not_found);
  EXPECT_EQ(db_->catalog().places(Kind::asset, "a").error().code, Code::not_found);
  EXPECT_EQ(places("b"), Places{""});
  for (const char* site : {"s", "t", "s", "u", "t"}) stored({at(site)});
  EXPECT_EQ(db_->catalog().site_of(Kind::asset, "a"), "t");
  EXPECT_EQ(places("a"), (Places{"s", "t", "u"}));
  stored({removal(Kind::asset, "a")});
  EXPECT_EQ(db_->catalog().site_of(Kind::asset, "a").error().code, Code::not_found);
  EXPECT_EQ(places("a"), (Places{"s", "t", "u"}));
  // What is at a site that is made anew was not there before; what goes with another has no
  // revision there.
  stored({removal(Kind::site, "u")});
  stored({put(Kind::site, "u"), put(Kind::site, "v"),
          put(Kind::asset, "c", {{"parent", Kind::asset, "d"}}),
          put(Kind::asset, "d", {{"site", Kind::site, "s"}})});
  EXPECT_EQ(places("a"), (Places{std::nullopt, "s", "t"}));
  stored({put(Kind::asset, "d", {{"site", Kind::site, "v"}}, {}, R"({"y":1})")});
  EXPECT_EQ(places("c"), Places{"v"});
  EXPECT_EQ(places("d"), (Places{"s", "v"}));
  verify();
}

// However long the past is and however large what it says.
TEST_F(HubCatalogTest, PlacesOfThePastAreStepsInAnIndex) {
  Database database = *Database::in_memory();
  for (const Migration& step : migrations(hub_sql())) ASSERT_TRUE(database.execute(step.sql));
  const auto file = std::ranges::find(hub_sql(), "object_places.sql", &EmbeddedFile::name);
  ASSERT_NE(file, hub_sql().end());
  std::string plan;
  ASSERT_TRUE(database.each("EXPLAIN QUERY PLAN " + std::string(file->content),
                            [&](const Statement& row) { plan += row.text(3) + "\n"; }));
  EXPECT_FALSE(plan.contains("SCAN revision") || plan.contains("SCAN r ")) << plan;
  EXPECT_FALSE(plan.contains("(object=?)\n")) << "each revision of the object: " << plan;
  EXPECT_TRUE(plan.contains("USING COVERING INDEX revision_by_place (object=? AND site>?)"))
      << plan;
}

TEST_F(HubCatalogTest, WhatIsTheSameWritesNothing) {
  stored({put(Kind::asset, "a")});
  const StoredCheckpoint before = db_->audit().checkpoint();
  const Applied again = stored({put(Kind::asset, "a")}, 99);
  EXPECT_EQ(again.outcomes[0].change, ObjectChange::unchanged);
  EXPECT_EQ(again.outcomes[0].revision, 1);
  EXPECT_EQ(db_->audit().checkpoint().size, before.size);
  EXPECT_EQ(db_->catalog().history(Kind::asset, "a", 0, 10)->size(), 1U);
}

// Both what was made site by site and what was made at all of them in turn.
TEST_F(HubCatalogTest, PagesOfManySitesHaveEachObjectOnceInOrder) {
  std::vector<std::string> sites;
  Names all;
  std::vector<ObjectWrite> writes;
  const auto add = [&](std::size_t site) {
    all.push_back(std::format("a{}", all.size()));
    writes.push_back(put(Kind::asset, all.back(), {{"site", Kind::site, sites[site]}}));
  };
  for (int i = 0; i < 30; ++i) {
    sites.push_back(std::format("s{}", i));
    writes.push_back(put(Kind::site, sites.back()));
  }
  for (std::size_t site = 0; site < sites.size(); ++site)
    for (int i = 0; i < 20; ++i) add(site);
  for (int i = 0; i < 20; ++i)
    for (std::size_t site = 0; site < sites.size(); ++site) add(site);
  stored(writes);
  for (const std::size_t limit : {7U, 90U, 5'000U}) {
    ObjectQuery query{.kind = Kind::asset, .sites = sites, .limit = limit};
    Names found;
    do {
      const auto page = *db_->catalog().list(query);
      for (const StoredObject& object : page.objects) found.push_back(object.name);
      query.cursor = page.next;
    } while (!query.cursor.empty());
    EXPECT_EQ(found, all) << limit;
  }
}

TEST_F(HubCatalogTest, ADryRunSaysWhatWouldBe) {
  stored({put(Kind::site, "s")});
  std::vector<ObjectWrite> writes{put(Kind::asset, "a", {{"site", Kind::site, "s"}}),
                                  removal(Kind::site, "nowhere")};
  CatalogBatch batch{
      .writes = writes, .author = "j", .actor = "j", .note = "", .time = Time{1}, .dry_run = true};
  EXPECT_EQ(db_->catalog().apply(batch)->problems.at(0).index, 1U);
  writes.pop_back();
  batch.writes = writes;
  const auto applied = db_->catalog().apply(batch);
  ASSERT_TRUE(applied);
  EXPECT_EQ(applied->outcomes.at(0).change, ObjectChange::created);
  EXPECT_EQ(applied->outcomes.at(0).site, "s");
  EXPECT_EQ(db_->catalog().get(Kind::asset, "a").error().code, Code::not_found);
  EXPECT_EQ(db_->audit().checkpoint().size, 1U);
}

TEST_F(HubCatalogTest, OfTwoWritersOneIsTold) {
  stored({put(Kind::asset, "a", {}, {}, R"({"unit":"bar","rate":5})")});
  ObjectWrite one = put(Kind::asset, "a", {}, {}, R"({"unit":"Pa","rate":5})");
  ObjectWrite two = put(Kind::asset, "a", {}, {}, R"({"unit":"bar","rate":6})");
  one.expected = two.expected = 1;
  stored({one});
  const WriteProblem problem = refused({two});
  EXPECT_EQ(problem.code, Code::conflict);
  EXPECT_EQ(problem.text,
            "Asset 'a': expected revision 1, found revision 2; changed since: spec.unit");
  ASSERT_TRUE(problem.latest);
  EXPECT_EQ(problem.latest->number, 2);
  EXPECT_EQ(problem.latest->author, "jane");
  const ObjectOutcome again = stored({one}).outcomes[0];
  EXPECT_EQ(again.change, ObjectChange::unchanged) << "what is done already is no conflict";
  EXPECT_EQ(again.revision, 2);

  ObjectWrite fresh = put(Kind::asset, "a");
  fresh.expected = 0;
  EXPECT_EQ(refused({fresh}).text, "Asset 'a': expected none, found revision 2");
  stored({removal(Kind::asset, "a")});
  two.expected = 2;
  EXPECT_EQ(refused({two}).text, "Asset 'a': expected revision 2, found none");
  EXPECT_EQ(stored({fresh}).outcomes[0].revision, 4);
}

TEST_F(HubCatalogTest, AnObjectThatWasLookedAtMayBeAnotherByNow) {
  stored({put(Kind::person, "jane")});
  const ObjectName jane{Kind::person, "jane"};
  EXPECT_TRUE(db_->catalog().expect(jane, 1));
  EXPECT_EQ(db_->catalog().expect({Kind::person, "joe"}, 1).error().code, Code::not_found);
  const auto in_one = [&](const ObjectWrite& write) {
    return db_->together([&]() -> Result<void> {
      stored({write});
      EXPECT_EQ(db_->catalog().get(Kind::person, "jane")->revision.number, 1) << "as before";
      return db_->catalog().expect(jane, 1);
    });
  };
  const auto changed = in_one(put(Kind::person, "jane", {}, {}, R"({"n":2})"));
  EXPECT_EQ(changed.error().text, "Person 'jane' was changed meanwhile; try again");
  EXPECT_EQ(changed.error().code, Code::conflict);
  EXPECT_EQ(in_one(removal(Kind::person, "jane")).error().text, "no Person 'jane'");
  // Deleted and made anew it is another.
  stored({removal(Kind::person, "jane")});
  stored({put(Kind::person, "jane")});
  EXPECT_EQ(db_->catalog().expect(jane, 1).error().code, Code::conflict);
}

TEST_F(HubCatalogTest, NothingDangles) {
  store_plant();
  const WriteProblem typo = refused({put(Kind::asset, "x", {{"site", Kind::site, "hall1"}})});
  EXPECT_EQ(typo.code, Code::not_found);
  EXPECT_EQ(typo.field, "site");
  EXPECT_EQ(typo.text,
            "Asset 'x': site refers to Site 'hall1', which does not exist; meant 'hall-1'?");

  const WriteProblem used = refused({removal(Kind::device, "d1")});
  EXPECT_EQ(used.code, Code::conflict);
  EXPECT_EQ(used.text, "Device 'd1' is referred to by Stream 'pump/s1', Stream 'pump/s2'");
  // Also in the same batch, whoever comes first.
  EXPECT_EQ(refused({removal(Kind::site, "berlin"),
                     put(Kind::site, "x", {{"parent", Kind::site, "berlin"}}),
                     removal(Kind::site, "hall-1"), removal(Kind::asset, "press"),
                     removal(Kind::asset, "pump"), removal(Kind::device, "d1"),
                     removal(Kind::stream, "pump/s1"), removal(Kind::stream, "pump/s2")})
                .text,
            "Site 'x': parent refers to Site 'berlin', which the same batch deletes");
  // What lets go in the batch is no hindrance.
  stored({removal(Kind::device, "d1"), removal(Kind::stream, "pump/s2"),
          put(Kind::stream, "pump/s1", {{"asset", Kind::asset, "pump"}}, {}, R"({"n":1})")});
  EXPECT_EQ(names({.kind = Kind::stream}), Names{"pump/s1"});
  verify();
}

TEST_F(HubCatalogTest, OneWrongObjectStopsAllAndAllAreNamed) {
  const Applied applied =
      apply({put(Kind::site, "good"), put(Kind::asset, "a", {{"site", Kind::site, "none"}}),
             put(Kind::asset, "b", {{"site", Kind::site, "nil"}, {"parent", Kind::asset, "b"}}),
             removal(Kind::asset, "c"), put(Kind::site, "good")});
  std::vector<std::pair<std::size_t, Code>> found;
  for (const WriteProblem& problem : applied.problems)
    found.emplace_back(problem.index, problem.code);
  EXPECT_EQ(found, (std::vector<std::pair<std::size_t, Code>>{{1, Code::not_found},
                                                              {2, Code::not_found},
                                                              {2, Code::invalid},
                                                              {3, Code::not_found},
                                                              {4, Code::invalid}}));
  EXPECT_EQ(names({.kind = Kind::site}), Names{});
  EXPECT_EQ(db_->audit().checkpoint().size, 0U);
}

TEST_F(HubCatalogTest, NobodyIsTheirOwnAncestor) {
  store_plant();
  const WriteProblem circle =
      refused({put(Kind::site, "berlin", {{"parent", Kind::site, "hall-1"}}, {}, R"({"n":1})")});
  EXPECT_EQ(circle.code, Code::invalid);
  EXPECT_EQ(circle.text, "Site 'berlin' would be its own parent, 2 levels up");
  EXPECT_EQ(circle.field, "parent");
  EXPECT_EQ(apply({put(Kind::asset, "x", {{"parent", Kind::asset, "y"}}),
                   put(Kind::asset, "y", {{"parent", Kind::asset, "x"}})})
                .problems.size(),
            2U);
  // Two that change places.
  stored({put(Kind::site, "berlin", {{"parent", Kind::site, "hall-1"}}, {}, R"({"n":1})"),
          put(Kind::site, "hall-1", {}, {}, R"({"n":1})")});

  std::vector<ObjectWrite> tower{put(Kind::site, "t0")};
  for (int i = 1; i <= 64; ++i)
    tower.push_back(put(Kind::site, std::format("t{}", i),
                        {{"parent", Kind::site, std::format("t{}", i - 1)}}));
  EXPECT_EQ(refused(tower).index, 64U);
  tower.pop_back();
  std::ranges::reverse(tower);
  stored(tower);
}

TEST_F(HubCatalogTest, AnObjectIsWhereItsAssetIs) {
  store_plant();
  for (const auto& [kind, name] : {std::pair(Kind::asset, "press"),
                                   {Kind::asset, "pump"},
                                   {Kind::device, "d1"},
                                   {Kind::stream, "pump/s1"},
                                   {Kind::site, "hall-1"}})
    EXPECT_EQ(site_of(kind, name), "hall-1") << name;
  stored({put(Kind::role, "r", {{"site", Kind::site, "berlin"}})});
  EXPECT_EQ(site_of(Kind::role, "r"), "") << "people and roles are nowhere";

  stored({put(Kind::asset, "press", {{"site", Kind::site, "berlin"}}, {}, R"({"n":1})")});
  for (const auto& [kind, name] :
       {std::pair(Kind::asset, "pump"), {Kind::device, "d1"}, {Kind::stream, "pump/s2"}})
    EXPECT_EQ(site_of(kind, name), "berlin") << name;
  EXPECT_EQ(names({.kind = Kind::stream, .sites = {{"berlin"}}}).size(), 2U);
  EXPECT_EQ(names({.kind = Kind::stream, .sites = {{"hall-1"}}}), Names{});

  // Assets at two sites: a pipeline over both is at none.
  stored({put(Kind::asset, "saw", {{"site", Kind::site, "hall-1"}}),
          put(Kind::pipeline, "both",
              {{"assets", Kind::asset, "saw"}, {"assets", Kind::asset, "pump"}})});
  EXPECT_EQ(site_of(Kind::pipeline, "both"), "");
  stored({put(Kind::asset, "saw", {{"site", Kind::site, "berlin"}}, {}, R"({"n":1})")});
  EXPECT_EQ(site_of(Kind::pipeline, "both"), "berlin");
  EXPECT_EQ(names({.kind = Kind::pipeline, .sites = {{"", "hall-1"}}}), Names{});
}

TEST_F(HubCatalogTest, DevicesThatNameEachOtherStillHaveAPlace) {
  stored({put(Kind::site, "s"), put(Kind::site, "t"),
          put(Kind::device, "a", {{"gateway", Kind::device, "b"}}),
          put(Kind::device, "b", {{"gateway", Kind::device, "a"}})});
  EXPECT_EQ(site_of(Kind::device, "a"), "");
  stored({put(Kind::device, "b", {{"site", Kind::site, "s"}, {"gateway", Kind::device, "a"}}, {},
              R"({"n":1})")});
  EXPECT_EQ(site_of(Kind::device, "a"), "s");
}

TEST_F(HubCatalogTest, ListsByWhatObjectsSay) {
  store_plant();
  EXPECT_EQ(names({.kind = Kind::stream}), (Names{"pump/s1", "pump/s2"}));
  EXPECT_EQ(names({.kind = Kind::stream, .filters = {{"unit", "Cel"}}}), Names{"pump/s2"});
  EXPECT_EQ(names({.kind = Kind::stream, .filters = {{"device", "d1"}, {"unit", "bar"}}}),
            Names{"pump/s1"});
  EXPECT_EQ(names({.kind = Kind::stream, .filters = {{"device", "d2"}}}), Names{});
  EXPECT_EQ(names({.kind = Kind::stream, .filters = {{"colour", "red"}}}), Names{});
  EXPECT_EQ(names({.kind = Kind::asset, .prefix = "pu"}), Names{"pump"});
  EXPECT_EQ(names({.kind = Kind::asset, .filters = {{"site", "hall-1"}}, .prefix = "pr"}),
            Names{"press"});
  EXPECT_EQ(db_->catalog().count({.kind = Kind::stream})->count, 2U);
  EXPECT_EQ(db_->catalog().count({.kind = Kind::stream, .filters = {{"unit", "Cel"}}})->count, 1U);
  stored({removal(Kind::stream, "pump/s2")});
  EXPECT_EQ(db_->catalog().count({.kind = Kind::stream})->count, 1U);
  EXPECT_EQ(names({.kind = Kind::stream, .filters = {{"unit", "Cel"}}}), Names{});

  EXPECT_EQ(db_->catalog().list({.kind = Kind::asset, .cursor = "i1"}).error().code, Code::invalid);
  EXPECT_EQ(db_->catalog().list({.kind = Kind::asset, .cursor = "x"}).error().code, Code::invalid);
}

TEST_F(HubCatalogTest, WalksTheGraphBothWays) {
  store_plant();
  EXPECT_EQ(*db_->catalog().references(Kind::stream, "pump/s1"),
            (std::vector<ObjectLink>{
                {.field = "asset", .other = {Kind::asset, "pump"}, .site = "hall-1"},
                {.field = "device", .other = {Kind::device, "d1"}, .site = "hall-1"}}));
  std::vector<std::string> found;
  std::string cursor;
  do {
    const auto page = db_->catalog().referrers(Kind::asset, "pump", 1, cursor);
    ASSERT_TRUE(page) << page.error().text;
    for (const ObjectLink& link : page->links)
      found.push_back(std::format("{}.{}", link.other.name, link.field));
    cursor = page->next;
  } while (!cursor.empty());
  std::ranges::sort(found);
  EXPECT_EQ(found, (Names{"d1.asset", "pump/s1.asset", "pump/s2.asset"}));
  EXPECT_EQ(db_->catalog().referrers(Kind::asset, "pump", 1, "7:").error().code, Code::invalid);
  EXPECT_EQ(db_->catalog().referrers(Kind::asset, "none", 1, "").error().code, Code::not_found);
  EXPECT_EQ(*db_->catalog().sites_under("berlin"), (Names{"berlin", "hall-1"}));
  EXPECT_EQ(*db_->catalog().sites_under("hall-1"), Names{"hall-1"});
}

TEST_F(HubCatalogTest, FindsPartsOfNamesAndTitles) {
  stored({put(Kind::device, "pump-7", {}, {}, R"({"title":"Kühlpumpe 3"})"),
          put(Kind::asset, "big-pump"), put(Kind::asset, "pump"),
          put(Kind::device, "abcbcd", {}, {}, R"({"title":"bcd then abc"})")});
  const auto found = [this](const SearchQuery& query) {
    Names names;
    const auto objects = db_->catalog().search(query);
    EXPECT_TRUE(objects) << objects.error().text;
    for (const StoredObject& object : objects.value_or(std::vector<StoredObject>()))
      names.push_back(object.name);
    return names;
  };
  EXPECT_EQ(found({.text = "pump"}), (Names{"pump", "pump-7", "big-pump"}));
  EXPECT_EQ(found({.text = "PUMPE 3"}), Names{"pump-7"});
  EXPECT_EQ(found({.text = "pump", .kinds = {Kind::device}}), Names{"pump-7"});
  EXPECT_EQ(found({.text = "pu"}), (Names{"pump", "pump-7"}));
  EXPECT_EQ(found({.text = "abcd"}), Names{}) << "its trigrams are there, the text is not";
  EXPECT_EQ(found({.text = "a\" OR \"b"}), Names{});
  EXPECT_EQ(found({.text = "pump", .sites = {{"nowhere"}}}), Names{});
  EXPECT_EQ(found({.text = ""}), Names{});
  stored({put(Kind::person, "jane", {}, {}, R"({"title":"Jane Miller"})")});
  EXPECT_EQ(found({.text = "mill"}), Names{"jane"});

  stored(
      {put(Kind::device, "pump-7", {}, {}, R"({"title":"Lüfter"})"), removal(Kind::asset, "pump")});
  EXPECT_EQ(found({.text = "üft"}), Names{"pump-7"});
  EXPECT_EQ(found({.text = "pumpe"}), Names{});
  EXPECT_EQ(found({.text = "pump"}), (Names{"pump-7", "big-pump"}));
  verify();
}

TEST_F(HubCatalogTest, AsksWhetherEachWriteMayBe) {
  store_plant();
  Names asked;
  const std::vector<ObjectWrite> writes{
      put(Kind::site, "berlin"),
      put(Kind::asset, "press", {{"site", Kind::site, "berlin"}}, {}, R"({"n":1})"),
      put(Kind::person, "jane")};
  const auto applied = db_->catalog().apply(
      {.writes = writes,
       .author = "jane",
       .actor = "jane",
       .note = "",
       .time = Time{1},
       .permit = [&](const ObjectWrite& write, const ObjectOutcome& outcome) -> Result<void> {
         asked.push_back(
             std::format("{}: {} to {}", write.object.name, outcome.old_site, outcome.site));
         if (write.object.kind == Kind::person) return fail(Code::denied, "no");
         return {};
       }});
  ASSERT_TRUE(applied);
  EXPECT_EQ(asked, (Names{"berlin: berlin to berlin", "press: hall-1 to berlin", "jane:  to "}))
      << "also of what stays as it is";
  ASSERT_EQ(applied->problems.size(), 1U);
  EXPECT_EQ(applied->problems[0].code, Code::denied);
  EXPECT_EQ(applied->problems[0].index, 2U);
  EXPECT_EQ(site_of(Kind::asset, "press"), "hall-1");
}

// As if it were not there, but that the name is taken; and nobody can take it so.
TEST_F(HubCatalogTest, WhatTheAuthorDoesNotSeeIsNotThere) {
  store_plant();
  const auto try_all = [&](const std::vector<ObjectWrite>& writes) {
    const auto applied = db_->catalog().apply(
        {.writes = writes,
         .author = "jane",
         .actor = "jane",
         .note = "",
         .time = Time{1},
         .permit = {},
         .sees = [](Kind, std::string_view site) { return site != "hall-1"; }});
    EXPECT_TRUE(applied);
    return *applied;
  };
  ObjectWrite deletion = put(Kind::asset, "press");
  deletion.deletes = true;
  const auto deleted = try_all({put(Kind::site, "essen"), deletion});
  ASSERT_EQ(deleted.problems.size(), 1U);
  EXPECT_EQ(deleted.problems[0].code, Code::not_found);
  EXPECT_EQ(deleted.problems[0].text, "there is no Asset 'press'");
  EXPECT_EQ(deleted.problems[0].index, 1U);
  EXPECT_TRUE(deleted.problems[0].is_unseen);
  ObjectWrite stale = put(Kind::asset, "press", {{"site", Kind::site, "berlin"}});
  const auto taken = try_all({stale});
  ASSERT_EQ(taken.problems.size(), 1U);
  EXPECT_EQ(taken.problems[0].code, Code::denied);
  EXPECT_TRUE(taken.problems[0].is_unseen);
  stale.expected = 1;
  const auto conflict = try_all({stale});
  ASSERT_EQ(conflict.problems.size(), 1U);
  EXPECT_EQ(conflict.problems[0].text, "Asset 'press': expected revision 1, found none");
  EXPECT_FALSE(conflict.problems[0].latest);
  EXPECT_TRUE(try_all({put(Kind::site, "essen")}).problems.empty());
  EXPECT_EQ(site_of(Kind::asset, "press"), "hall-1");
}

TEST_F(HubCatalogTest, TellsWhatChangedSince) {
  stored({put(Kind::site, "a"), put(Kind::site, "b")});
  stored({removal(Kind::site, "a")});
  const auto changes = db_->catalog().changes(0, 10);
  ASSERT_TRUE(changes);
  ASSERT_EQ(changes->size(), 2U);
  EXPECT_EQ((*changes)[0].object, (ObjectName{Kind::site, "b"}));
  EXPECT_EQ((*changes)[1].object, (ObjectName{Kind::site, "a"}));
  EXPECT_EQ((*changes)[1].change, ObjectChange::deleted);
  EXPECT_EQ(db_->catalog().changes(std::nullopt, 10)->size(), 3U);
}

TEST_F(HubCatalogTest, RemembersWhereWhatIsGoneWas) {
  store_plant();
  stored(
      {put(Kind::site, "hall-1", {{"parent", Kind::site, "berlin"}}, {}, R"({"parent":"berlin"})"),
       put(Kind::model, "m")});
  const auto past = [this](Kind kind, const char* name) -> std::string {
    const auto notes = db_->catalog().history(kind, name, 0, 1);
    if (!notes) return std::string(traits(notes.error().code).name);
    return notes->at(0).site ? "at " + *notes->at(0).site : "unknown";
  };
  stored({removal(Kind::stream, "pump/s1"), removal(Kind::model, "m")});
  EXPECT_EQ(past(Kind::stream, "pump/s1"), "at hall-1");
  EXPECT_EQ(past(Kind::model, "m"), "at ") << "of no site";
  const auto changes = db_->catalog().changes({}, 100);
  ASSERT_TRUE(changes);
  for (const CatalogChange& change : *changes)
    EXPECT_TRUE(change.object.name != "pump/s1" || change.site == "hall-1");
  EXPECT_EQ(changes->back().author, "jane");
  EXPECT_EQ(changes->back().time, Time{1});
  for (const char* name : {"pump/s2"}) stored({removal(Kind::stream, name)});
  stored({removal(Kind::device, "d1")});
  stored({removal(Kind::asset, "pump")});
  stored({removal(Kind::asset, "press")});
  stored({removal(Kind::site, "hall-1")});
  EXPECT_EQ(past(Kind::stream, "pump/s1"), "at berlin");
  EXPECT_EQ(past(Kind::site, "hall-1"), "at berlin");
  stored({removal(Kind::site, "berlin")});
  EXPECT_EQ(past(Kind::stream, "pump/s1"), "unknown");
  EXPECT_EQ(past(Kind::site, "berlin"), "unknown");
  stored({put(Kind::site, "berlin")});
  EXPECT_EQ(past(Kind::stream, "pump/s1"), "unknown") << "another place under the same name";
  verify();
}

TEST_F(HubCatalogTest, ARevisionIsOfTheSiteItHadThen) {
  stored({put(Kind::site, "a"), put(Kind::site, "b"),
          put(Kind::asset, "press", {{"site", Kind::site, "b"}}),
          put(Kind::stream, "press/s", {{"asset", Kind::asset, "press"}})});
  stored({put(Kind::stream, "press/s", {{"asset", Kind::asset, "press"}}, {}, R"({"n":2})")});
  stored({put(Kind::asset, "press", {{"site", Kind::site, "a"}}, {}, R"({"n":2})")});
  stored({removal(Kind::stream, "press/s")});
  const auto sites = [this](Kind kind, const char* name) {
    Names found;
    const auto notes = db_->catalog().history(kind, name, 0, 10);
    for (const RevisionNote& note : *notes) found.push_back(note.site.value_or("unknown"));
    return found;
  };
  EXPECT_EQ(sites(Kind::asset, "press"), (Names{"a", "b"}));
  EXPECT_EQ(sites(Kind::stream, "press/s"), (Names{"a", "b", "b"}));
  EXPECT_EQ(db_->catalog().get_revision(Kind::stream, "press/s", 2)->site, "b");
  const auto changes = db_->catalog().changes({}, 100);
  for (const CatalogChange& change : *changes) {
    if (change.object.name != "press/s") continue;
    EXPECT_EQ(change.site, change.revision < 3 ? "b" : "a") << change.revision;
  }
  // In one batch what is at a site may come before it.
  stored({put(Kind::asset, "mill", {{"site", Kind::site, "c"}}), put(Kind::site, "c")});
  stored({put(Kind::asset, "mill", {{"site", Kind::site, "a"}}, {}, R"({"n":2})")});
  EXPECT_EQ(sites(Kind::asset, "mill"), (Names{"a", "c"}));
  verify();
}

}  // namespace
}  // namespace lineside::store
