#include "store/hub_audit.h"

#include <algorithm>

#include "store/database_internal.h"
#include "tests/hub_db_fixture.h"

namespace lineside::store {
namespace {

using crypt::Digest;

AuditEntry entry(std::uint64_t n, std::int64_t time) {
  return test_entry(Time{time},
                    n % 3 == 0   ? "session.began"
                    : n % 3 == 1 ? "session.denied"
                                 : "edge.enrolled",
                    std::format("actor-{}", n % 2), n % 5 == 0 ? "Edge/e5" : "",
                    std::format(R"("n":{},)", n));
}

class HubAuditTest : public HubTest {
 protected:
  // Leaves up to `size`; entry n has time n.
  void grow_to(std::uint64_t size) {
    std::vector<AuditEntry> entries;
    for (std::uint64_t n = leaves_.size(); n < size; ++n) {
      entries.push_back(entry(n, static_cast<std::int64_t>(n)));
      leaves_.push_back(crypt::leaf_hash(as_bytes(entries.back().text)));
    }
    const auto first = db_->audit().append(entries);
    ASSERT_TRUE(first) << first.error().text;
    EXPECT_EQ(*first, size - entries.size());
  }
  Digest root(std::uint64_t size) const {
    return crypt::merkle_root(std::span(leaves_).first(size));
  }
  void expect_proofs(std::uint64_t index, std::uint64_t size) const {
    const auto in = db_->audit().inclusion(index, size);
    ASSERT_TRUE(in) << in.error().text;
    EXPECT_TRUE(crypt::verify_inclusion(index, size, leaves_[index], *in, root(size)))
        << index << " of " << size;
    const auto grown = db_->audit().consistency(index + 1, size);
    ASSERT_TRUE(grown) << grown.error().text;
    EXPECT_TRUE(crypt::verify_consistency(index + 1, size, root(index + 1), root(size), *grown))
        << index + 1 << " to " << size;
  }
  std::vector<std::uint64_t> found(const AuditQuery& query) const {
    std::vector<std::uint64_t> indexes;
    const auto leaves = db_->audit().entries(query);
    EXPECT_TRUE(leaves) << leaves.error().text;
    if (leaves)
      for (const AuditLeaf& leaf : *leaves) indexes.push_back(leaf.index);
    return indexes;
  }
  // Changes a database that no hub has open.
  void tamper(const std::string& sql) {
    db_.reset();
    auto database = Database::open(path(), Access::write);
    ASSERT_TRUE(database);
    const auto done = database->execute(sql);
    ASSERT_TRUE(done) << done.error().text;
    ASSERT_TRUE(database->execute("PRAGMA wal_checkpoint(TRUNCATE)"));
  }
  std::string open_error() {
    const auto opened = HubDb::open(path(), options());
    return opened ? "" : std::string(traits(opened.error().code).name);
  }

  std::vector<Digest> leaves_;
};

TEST_F(HubAuditTest, AnEmptyLogHasTheEmptyRoot) {
  EXPECT_EQ(db_->audit().checkpoint().size, 0U);
  EXPECT_EQ(db_->audit().checkpoint().root, crypt::empty_root());
  EXPECT_EQ(db_->audit().leaf(0).error().code, Code::not_found);
  EXPECT_EQ(db_->audit().inclusion(0, 0).error().code, Code::invalid);
  verify();
}

// Borders of tiles of the first two levels, and the starts between them.
TEST_F(HubAuditTest, ProvesEveryLeafAtEverySize) {
  for (const std::uint64_t size : {1U, 2U, 3U, 255U, 256U, 257U, 511U, 512U, 600U}) {
    grow_to(size);
    ASSERT_EQ(db_->audit().checkpoint().root, root(size)) << size;
    open();
    ASSERT_EQ(db_->audit().checkpoint().root, root(size)) << size;
    for (std::uint64_t index = 0; index < size; index += size > 20 ? 37 : 1)
      expect_proofs(index, size);
  }
  for (std::uint64_t size = 1; size <= 600; size += 7) expect_proofs(size / 2, size);
  EXPECT_EQ(*db_->audit().root(300), root(300));
  EXPECT_EQ(db_->audit().inclusion(0, 601).error().code, Code::not_found);
  EXPECT_EQ(db_->audit().inclusion(5, 5).error().code, Code::invalid);
  EXPECT_EQ(db_->audit().consistency(6, 5).error().code, Code::invalid);
  verify();
}

TEST_F(HubAuditTest, ProvesAcrossTilesOfTiles) {
  const std::uint64_t size = 256 * 256 + 700;
  grow_to(size);
  open();
  ASSERT_EQ(db_->audit().checkpoint().root, root(size));
  for (const std::uint64_t index : {0U, 255U, 256U, 65'535U, 65'536U, 66'000U, 66'235U}) {
    expect_proofs(index, size);
    if (index < 65'536) expect_proofs(index, 65'536);
  }
  verify();
}

TEST_F(HubAuditTest, KeepsACheckpointPerTransaction) {
  grow_to(3);
  grow_to(10);
  const auto found = db_->audit().checkpoint_covering(4);
  ASSERT_TRUE(found);
  EXPECT_EQ(found->size, 10U);
  EXPECT_EQ(found->time, Time{9});
  EXPECT_EQ(found->note, *test_note(10, root(10)));
  EXPECT_EQ(db_->audit().checkpoint_covering(3)->root, root(3));
  EXPECT_EQ(db_->audit().checkpoint_covering(11).error().code, Code::not_found);
}

TEST_F(HubAuditTest, FindsEntries) {
  grow_to(30);
  using Indexes = std::vector<std::uint64_t>;
  EXPECT_EQ(found({.limit = 3}), (Indexes{29, 28, 27}));
  EXPECT_EQ(found({.before = 3}), (Indexes{2, 1, 0}));
  EXPECT_EQ(found({.from = Time{4}, .until = Time{7}}), (Indexes{6, 5, 4}));
  EXPECT_EQ(found({.from = Time{99}}), Indexes{});
  EXPECT_EQ(found({.action = "edge.enrolled", .limit = 2}), (Indexes{29, 26}));
  EXPECT_EQ(found({.action = "session.", .before = 6}), (Indexes{4, 3, 1, 0}));
  EXPECT_EQ(found({.action = "session"}), Indexes{});
  EXPECT_EQ(found({.actor = "actor-1", .before = 6}), (Indexes{5, 3, 1}));
  EXPECT_EQ(found({.actor = "nobody"}), Indexes{});
  EXPECT_EQ(found({.action = "session.denied", .actor = "actor-0", .before = 11}),
            (Indexes{10, 4}));
  EXPECT_EQ(found({.subject = "Edge/e5", .before = 11}), (Indexes{10, 5, 0}));
  EXPECT_EQ(found({.action = "session.denied", .subject = "Edge/e5"}), (Indexes{25, 10}));
  EXPECT_EQ(*db_->audit().leaf(7), (AuditLeaf{.index = 7, .entry = entry(7, 7)}));
  EXPECT_EQ(db_->audit().leaves(28, 10)->size(), 2U);
}

TEST_F(HubAuditTest, EntriesOfObjectsAreFoundByName) {
  stored({put(domain::Kind::asset, "a"), put(domain::Kind::asset, "b")}, 5);
  stored({removal(domain::Kind::asset, "a")}, 6);
  EXPECT_EQ(found({.subject = "Asset/a"}), (std::vector<std::uint64_t>{2, 0}));
  const auto leaf = db_->audit().leaf(0);
  ASSERT_TRUE(leaf);
  EXPECT_EQ(leaf->entry.subject, "Asset/a");
  // Written out once: what people and programs elsewhere parse.
  EXPECT_EQ(
      leaf->entry.text,
      R"({"action":"object.created","actor":"jane","object":"Asset/a","revision":1,"site":"",)"
      R"("spec":"44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a",)"
      R"("time":"1970-01-01T00:00:00.000000005Z"})");
}

TEST_F(HubAuditTest, EntriesAreOfTheSiteThatTheirSubjectHad) {
  stored({put(domain::Kind::site, "a"), put(domain::Kind::site, "b"),
          put(domain::Kind::asset, "press", {{"site", domain::Kind::site, "b"}})});  // 0 to 2
  stored(
      {put(domain::Kind::asset, "press", {{"site", domain::Kind::site, "a"}}, {}, R"({"n":2})")});
  const std::array more = {test_entry(Time{3}, "edge.revoked", "x", "Edge/e", R"("site":"b",)"),
                           test_entry(Time{4}, "session.begun", "x")};
  ASSERT_TRUE(db_->audit().append(more));
  using Indexes = std::vector<std::uint64_t>;
  EXPECT_EQ(found({.sites = std::set<std::string>{"a"}}), (Indexes{3, 0}));
  EXPECT_EQ(found({.sites = std::set<std::string>{"b"}}), (Indexes{4, 2, 1}));
  EXPECT_EQ(found({.sites = std::set<std::string>{"a", "b"}, .limit = 2}), (Indexes{4, 3}));
  EXPECT_EQ(found({.sites = std::set<std::string>{}}), Indexes{});
  EXPECT_EQ(found({.subject = "Asset/press", .sites = std::set<std::string>{"a"}}), Indexes{3});
  EXPECT_EQ(found({}), (Indexes{5, 4, 3, 2, 1, 0}));
  EXPECT_EQ(db_->audit().leaf(2)->entry.site, "b");
  EXPECT_EQ(db_->audit().leaf(5)->entry.site, "");
  const auto page = db_->audit().page({.sites = std::set<std::string>{"b"}, .limit = 2});
  EXPECT_EQ(page->next, 2U);
  verify();
}

TEST_F(HubAuditTest, AClockThatWasSetBackDoesNotHideEntries) {
  for (const std::int64_t time : {100, 50, 200}) {
    const AuditEntry one = entry(0, time);
    ASSERT_TRUE(db_->audit().append({&one, 1}));
  }
  EXPECT_EQ(found({.from = Time{60}}), (std::vector<std::uint64_t>{2, 1, 0}));
  EXPECT_EQ(db_->audit().leaf(1)->entry.time, Time{50});
  verify();
}

TEST_F(HubAuditTest, NamesPeopleByCommitmentsOnly) {
  EXPECT_FALSE(*db_->audit().find_commitment("jane", "jane"));
  const auto one = db_->audit().commitment("jane", "jane");
  ASSERT_TRUE(one);
  EXPECT_EQ(*one, *db_->audit().commitment("jane", "jane"));
  EXPECT_EQ(*one, **db_->audit().find_commitment("jane", "jane"));
  EXPECT_NE(*one, *db_->audit().commitment("joe", "jane")) << "a salt of one's own";
  stored({put(domain::Kind::person, "jane", {}, {}, R"({"mail":"jane@plant.example"})")});
  const std::string text = db_->audit().leaf(0)->entry.text;
  EXPECT_FALSE(text.contains("/jane")) << text;
  EXPECT_TRUE(text.contains("Person/" + *one)) << text;
}

TEST_F(HubAuditTest, ACutOrAlteredEndIsRefusedAtStart) {
  grow_to(300);
  tamper("DELETE FROM audit_leaf WHERE id = 299");
  EXPECT_EQ(open_error(), "corrupt");
  tamper("DELETE FROM checkpoint WHERE size = 300");
  EXPECT_EQ(open_error(), "corrupt");
}

TEST_F(HubAuditTest, AnAlteredEndIsRefusedAtStart) {
  grow_to(300);
  tamper("UPDATE audit_leaf SET entry = '{}' WHERE id = 290");
  EXPECT_EQ(open_error(), "corrupt");
}

TEST_F(HubAuditTest, VerifyingFindsWhatAStartDoesNot) {
  for (int i = 0; i < 4; ++i)
    stored({put(domain::Kind::asset, "a", {}, {}, std::format("{{\"n\":{}}}", i)),
            put(domain::Kind::asset, std::format("b{}", i))});
  std::vector<AuditEntry> entries(300, entry(0, 9));
  ASSERT_TRUE(db_->audit().append(entries));
  verify();
  db_.reset();
  std::filesystem::copy(path(), path("good.db"));
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"UPDATE audit_leaf SET entry = '{}' WHERE id = 2", "the first 4 leaves"},
      {"UPDATE audit_leaf SET stored = 999 WHERE id = 2", "audit leaf 2: expected to be stored at"},
      {"UPDATE audit_tile SET hashes = zeroblob(8192)", ""},
      {"INSERT INTO audit_tile VALUES (77, zeroblob(8192))", "beyond its end"},
      {"UPDATE checkpoint SET root = zeroblob(32) WHERE size = 2", "the first 2 leaves"},
      {"DELETE FROM revision WHERE leaf = 1", "8 revisions, the catalog has 7"},
      {"UPDATE revision SET spec = '{\"n\":7}' WHERE leaf = 0", "expected \"spec\":\"f3013f"},
      {"UPDATE revision SET number = 9 WHERE leaf = 1", "expected \"revision\":1 as"},
      {"UPDATE change SET actor = 'me' WHERE id = 1", "expected the columns of revision 1"},
      {"UPDATE object SET head = 0, revision = 1 WHERE name = 'a'",
       "Asset 'a': expected its last revision"},
      {"UPDATE object SET name = 'z' WHERE name = 'a'",
       "revision 1 of Asset 'z': expected \"object\":\"Asset/a\" as its audit leaf says, found "
       "\"object\":\"Asset/z\""},
  };
  for (const auto& [sql, expected] : cases) {
    std::filesystem::copy(path("good.db"), path(),
                          std::filesystem::copy_options::overwrite_existing);
    tamper(sql);
    const auto opened = HubDb::open(path(), options());
    const auto verified = opened ? (*opened)->verify() : Result<HubVerified>(opened.error());
    ASSERT_FALSE(verified) << sql;
    EXPECT_EQ(verified.error().code, Code::corrupt) << sql;
    EXPECT_TRUE(verified.error().text.contains(expected)) << sql << ": " << verified.error().text;
  }
}

TEST_F(HubAuditTest, WhatCannotBeSignedIsNotStored) {
  db_.reset();
  HubDbOptions broken = options();
  broken.sign = [](std::uint64_t, const Digest&) -> Result<std::string> {
    return fail(Code::unavailable, "the key's module does not answer");
  };
  auto opened = HubDb::open(path(), broken);
  ASSERT_TRUE(opened);
  const AuditEntry one = entry(0, 1);
  EXPECT_EQ((*opened)->audit().append({&one, 1}).error().code, Code::unavailable);
  EXPECT_EQ((*opened)->audit().checkpoint().size, 0U);
  EXPECT_EQ((*opened)->audit().leaf(0).error().code, Code::not_found);
}

TEST_F(HubAuditTest, TellsWhoIsBehindACommitmentUntilErased) {
  const std::string ada = *db_->audit().commitment("ada", "ada");
  const std::string grace = *db_->audit().commitment("grace", "grace");
  const auto people = db_->audit().people_of({ada, "nobody"});
  ASSERT_TRUE(people);
  EXPECT_EQ(*people, (std::map<std::string, std::string>{{ada, "ada"}}));
  ASSERT_TRUE(db_->erase_person("ada", {}));
  EXPECT_EQ(db_->audit().people_of({ada, grace})->size(), 1U);
}

}  // namespace
}  // namespace lineside::store
