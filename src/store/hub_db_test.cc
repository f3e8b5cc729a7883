#include "store/hub_db.h"

#include <algorithm>
#include <array>
#include <csignal>
#include <fstream>
#include <iterator>
#include <map>
#include <set>
#include <sys/wait.h>
#include <unistd.h>

#include "store/hub_core_internal.h"
#include "tests/hub_db_fixture.h"

namespace lineside::store {
namespace {

using domain::Kind;

class HubDbTest : public HubTest {
 protected:
  // What jane.doe asked for and al approved, with their commitments; the id.
  std::int64_t approve(const std::string& jane, const std::string& al) {
    const std::string asked = R"("digest":"sha256:1",)";
    const std::array entries = {
        test_entry(Time{3}, "approval.requested", jane, "ModelVersion/rul-7", asked),
        test_entry(Time{4}, "approval.approved", al, "ModelVersion/rul-7", asked)};
    Approval approval{.subject = {Kind::model_version, "rul-7"},
                      .digest = "sha256:1",
                      .purpose = R"({"reason":"jane.doe asks"})",
                      .requested_by = "jane.doe",
                      .requested = Time{3}};
    approval.id = *db_->approvals().request(approval, {&entries[0], 1});
    approval.state = ApprovalState::approved;
    approval.decided_by = "al";
    approval.decided = Time{4};
    approval.reason = "good work of Jane Doe";
    EXPECT_TRUE(db_->approvals().decide(approval, {&entries[1], 1}));
    return approval.id;
  }
  // How often a text is in any file of the database.
  int traces(std::string_view text) const {
    int count = 0;
    for (const auto& file : std::filesystem::directory_iterator(folder_)) {
      std::ifstream in(file.path(), std::ios::binary);
      const std::string bytes{std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
      for (std::size_t at = bytes.find(text); at != std::string::npos;
           at = bytes.find(text, at + 1))
        ++count;
    }
    return count;
  }
};

TEST_F(HubDbTest, RemembersAcrossStarts) {
  stored({put(Kind::site, "berlin"), put(Kind::asset, "a", {{"site", Kind::site, "berlin"}})});
  const StoredCheckpoint before = db_->audit().checkpoint();
  open();
  EXPECT_EQ(site_of(Kind::asset, "a"), "berlin");
  EXPECT_EQ(db_->audit().checkpoint().root, before.root);
  EXPECT_EQ(db_->audit().checkpoint().note, before.note);
}

TEST_F(HubDbTest, RefusesTheDatabaseOfAnEdgeAndOneOfTomorrow) {
  db_.reset();
  {
    auto database = Database::open(path("edge.db"), Access::write);
    ASSERT_TRUE(migrate(*database, path("edge.db"), migrations(store_sql()), kEdgeDatabase));
    auto hub = Database::open(path(), Access::write);
    ASSERT_TRUE(hub->execute("PRAGMA user_version = 99"));
  }
  const auto edge = HubDb::open(path("edge.db"), options());
  ASSERT_FALSE(edge);
  EXPECT_EQ(edge.error().code, Code::invalid);
  EXPECT_TRUE(edge.error().text.contains("expected a hub database")) << edge.error().text;
  EXPECT_EQ(HubDb::open(path(), options()).error().code, Code::unsupported);
}

TEST_F(HubDbTest, TogetherIsAllOrNothing) {
  const auto failed = db_->together([&]() -> Result<void> {
    stored({put(Kind::site, "berlin")});
    TRY(db_->logins().put_password("jane", "p", Time{1}, {}));
    EXPECT_EQ(db_->catalog().get(Kind::site, "berlin").error().code, Code::not_found)
        << "not stored yet";
    return fail(Code::denied, "no");
  });
  EXPECT_EQ(failed.error().code, Code::denied);
  EXPECT_EQ(db_->catalog().get(Kind::site, "berlin").error().code, Code::not_found);
  EXPECT_FALSE(*db_->logins().any());
  EXPECT_EQ(db_->audit().checkpoint().size, 0U);

  ASSERT_TRUE(db_->together([&]() -> Result<void> {
    stored({put(Kind::site, "berlin", {}, {{"level", "site"}})});
    // A part that fails and is passed over leaves nothing, and what it had begun is begun anew.
    EXPECT_FALSE(db_->together([&]() -> Result<void> {
      stored({put(Kind::site, "paris", {}, {{"colour", "red"}})});
      return fail(Code::invalid, "not this");
    }));
    stored({put(Kind::asset, "a", {{"site", Kind::site, "berlin"}}, {{"colour", "red"}})});
    return {};
  }));
  EXPECT_EQ(names({.kind = Kind::site}), std::vector<std::string>{"berlin"});
  EXPECT_EQ(names({.kind = Kind::asset, .filters = {{"colour", "red"}}}),
            std::vector<std::string>{"a"});
  EXPECT_EQ(db_->audit().checkpoint().size, 2U);
  open();
  verify();
}

TEST_F(HubDbTest, AFullDiskLeavesNothingBehind) {
  db_.reset();
  auto core = HubCore::open(path(), options());
  ASSERT_TRUE(core);
  HubCatalog catalog(**core);
  const auto batch = [&](int first, int count) {
    std::vector<ObjectWrite> writes;
    for (int i = first; i < first + count; ++i)
      writes.push_back(put(Kind::asset, std::format("a{}", i), {}, {{"n", std::format("{}", i)}},
                           std::format(R"({{"pad":"{}"}})", std::string(500, 'x'))));
    return catalog.apply(
        {.writes = writes, .author = "j", .actor = "j", .note = "", .time = Time{1}});
  };
  ASSERT_TRUE(batch(0, 10));
  const auto root = (*core)->tail()->checkpoint.root;
  Database& database = (*core)->writer.database;
  const std::int64_t pages = *database.integer("PRAGMA page_count");
  // At every place where a batch can run out of pages.
  int failures = 0;
  for (std::int64_t more = 0; more < 200; ++more) {
    ASSERT_TRUE(database.execute(std::format("PRAGMA max_page_count = {}", pages + more)));
    const auto applied = batch(10, 100);
    if (applied) break;
    ++failures;
    EXPECT_EQ(applied.error().code, Code::exhausted) << applied.error().text;
    ASSERT_EQ((*core)->tail()->checkpoint.root, root);
    ASSERT_EQ(catalog.count({.kind = Kind::asset})->count, 10U);
    ASSERT_EQ(catalog.get(Kind::asset, "a10").error().code, Code::not_found);
  }
  EXPECT_GT(failures, 10);
  EXPECT_EQ(catalog.count({.kind = Kind::asset})->count, 110U);
  EXPECT_EQ((*core)->tail()->frontier.size(), 110U);
  core->reset();
  open();
  verify();
}

TEST_F(HubDbTest, ErasesAPersonAndStillVerifies) {
  stored({put(Kind::person, "jane.doe", {}, {},
              R"({"title":"Jane Doe","email":"jane@plant.example"})"),
          put(Kind::site, "berlin"), put(Kind::person, "al")});
  ASSERT_TRUE(db_->logins().put_password("jane.doe", "$argon2id$secret", Time{1}, {}));
  const std::string commitment = *db_->audit().commitment("jane.doe", "jane.doe");
  const std::string al = *db_->audit().commitment("al", "al");
  const auto write = [&](const ObjectWrite& one, const std::string& author,
                         const std::string& actor, const std::string& note) {
    const auto done = db_->catalog().apply(
        {.writes = {&one, 1}, .author = author, .actor = actor, .note = note, .time = Time{2}});
    EXPECT_TRUE(done && done->problems.empty());
  };
  const auto by_jane = [&](const ObjectWrite& one) {
    write(one, "jane.doe", commitment, "I, jane.doe");
  };
  by_jane(put(Kind::site, "paris"));
  by_jane(put(Kind::model_version, "rul-7", {{"author", Kind::person, "jane.doe"}}, {},
              R"({"digest":"sha256:1","author":"jane.doe","report":{"author":"x"}})"));
  by_jane(put(Kind::token, "ci", {{"person", Kind::person, "jane.doe"}}, {},
              R"({"person":"jane.doe"})"));
  write(put(Kind::site, "rome"), "al", al, "as jane.doe (Jane Doe, jane@plant.example) has said");
  const std::int64_t approved = approve(commitment, al);
  const AuditEntry added = test_entry(Time{4}, "artifact.added", commitment, "sha256:aa");
  ASSERT_TRUE(db_->artifacts().add(
      {.digest = "aa", .media_type = "m", .uploaded_by = "jane.doe", .uploaded = Time{1}},
      {&added, 1}));
  EXPECT_EQ(db_->erase_person("jane.doe", {}).error().code, Code::conflict);
  write(removal(Kind::token, "ci"), "al", al, "");
  write(removal(Kind::model_version, "rul-7"), "al", al, "");
  by_jane(removal(Kind::person, "jane.doe"));
  verify();
  const StoredCheckpoint before = db_->audit().checkpoint();
  const AuditEntry erased = test_entry(Time{5}, "person.erased", al, "Person/" + commitment);
  ASSERT_TRUE(db_->erase_person("jane.doe", {&erased, 1}));

  const std::string nobody = "erased/" + commitment.substr(0, 16);
  EXPECT_EQ(db_->catalog().get(Kind::site, "paris")->revision.author, nobody);
  EXPECT_EQ(db_->catalog().get(Kind::site, "rome")->revision.note,
            std::format("as {0} ({0}, {0}) has said", nobody));
  EXPECT_EQ(
      db_->catalog().get_revision(Kind::model_version, "rul-7", 1)->spec,
      std::format(R"({{"digest":"sha256:1","author":"{}","report":{{"author":"x"}}}})", nobody));
  EXPECT_EQ(db_->approvals().get(approved)->requested_by, nobody);
  EXPECT_EQ(db_->approvals().get(approved)->decided_by, "al");
  EXPECT_EQ(db_->artifacts().get("aa")->uploaded_by, nobody);
  EXPECT_EQ(db_->catalog().history(Kind::person, "jane.doe", 0, 9).error().code, Code::not_found);
  EXPECT_EQ(db_->logins().login("jane.doe").error().code, Code::not_found);
  EXPECT_FALSE(*db_->audit().find_commitment("jane.doe", "jane.doe"));
  EXPECT_EQ(db_->audit().entries({.actor = commitment})->size(), 6U);
  EXPECT_EQ(db_->audit().checkpoint().size, before.size + 1);
  EXPECT_TRUE(crypt::verify_consistency(before.size, before.size + 1, before.root,
                                        db_->audit().checkpoint().root,
                                        *db_->audit().consistency(before.size, before.size + 1)));
  verify();
  db_.reset();
  for (const char* personal : {"jane.doe", "Jane Doe", "jane@", "argon2id"})
    EXPECT_EQ(traces(personal), 0) << personal;
  EXPECT_GT(traces("paris"), 0);
}

// The name is a part of the e-mail address; JSON escapes the title, and what is not ASCII it may.
TEST_F(HubDbTest, WhatIsErasedLeavesTheWriteAheadLogOnceReadersHaveGone) {
  stored({put(Kind::person, "zelda")});
  stored({removal(Kind::person, "zelda")});
  auto reader = Database::open(path("hub.db"), Access::read);
  ASSERT_TRUE(reader && reader->execute("BEGIN") && reader->integer("SELECT 1 FROM object"));
  ASSERT_TRUE(db_->erase_person("zelda", {}));
  EXPECT_GT(traces("zelda"), 0) << "the reader still sees it";
  ASSERT_TRUE(reader->execute("COMMIT"));
  for (int i = 0; i < 40; ++i) stored({put(Kind::site, std::format("site-{}", i))});
  EXPECT_EQ(traces("zelda"), 0);
}

TEST_F(HubDbTest, ErasingLeavesNoPartsOfWhatAPersonIsKnownBy) {
  stored({put(Kind::person, "zelda", {}, {},
              R"({"title":"Zelda \"Zed\" Quux","email":"zelda.quux@example.org"})")});
  stored(
      {put(Kind::person, "zelda", {}, {}, R"({"title":"Zelda Quux","email":"zelda@quux.org"})")});
  const std::string zelda = *db_->audit().commitment("zelda", "zelda");
  Approval approval{
      .subject = {Kind::model_version, "v"},
      .digest = "sha256:1",
      .purpose =
          R"({"reason":"zelda, or Zelda \"Zed\" Quux <zelda.quux@example.org>","token":"t"})",
      .requested_by = "zelda",
      .requested = Time{3},
      .reason = {}};
  approval.id = *db_->approvals().request(approval, {});
  approval.state = ApprovalState::rejected;
  approval.decided_by = "zelda";
  approval.decided = Time{4};
  approval.reason = "Zelda \"Zed\" Quux, zelda@quux.org and zelda.quux@example.org";
  ASSERT_TRUE(db_->approvals().decide(approval, {}));
  stored({removal(Kind::person, "zelda")});
  ASSERT_TRUE(db_->erase_person("zelda", {}));

  const std::string nobody = "erased/" + zelda.substr(0, 16);
  const auto left = db_->approvals().get(approval.id);
  EXPECT_EQ(left->reason, std::format("{0}, {0} and {0}", nobody));
  EXPECT_EQ(left->purpose, std::format(R"({{"reason":"{0}, or {0} <{0}>","token":"t"}})", nobody));
  db_.reset();
  for (const char* personal : {"zelda", "Zelda", "Zed", "Quux", "quux"})
    EXPECT_EQ(traces(personal), 0) << personal;
}

TEST_F(HubDbTest, ABackupIsAWholeHub) {
  stored({put(Kind::site, "berlin"), put(Kind::asset, "a", {{"site", Kind::site, "berlin"}})});
  const auto verified = db_->backup(path("backup.db"));
  ASSERT_TRUE(verified) << verified.error().text;
  EXPECT_EQ(verified->leaves, 2U);
  EXPECT_EQ(verified->revisions, 2U);
  EXPECT_EQ(verified->root, db_->audit().checkpoint().root);
  stored({put(Kind::site, "paris")});
  for (const char* left : {"backup.db.tmp", "backup.db-wal", "backup.db.tmp-wal"})
    EXPECT_FALSE(std::filesystem::exists(path(left))) << left;
  db_.reset();
  std::filesystem::remove(path("hub.db-wal"));
  std::filesystem::copy(path("backup.db"), path(),
                        std::filesystem::copy_options::overwrite_existing);
  open();
  EXPECT_EQ(names({.kind = Kind::site}), std::vector<std::string>{"berlin"});
  stored({put(Kind::site, "rome")});
  verify();
}

// Batches of 50 objects each: that the next one refers to the last of the one before makes a batch
// that is stored without its predecessor a dangling one.
[[noreturn]] void apply_until_killed(const std::string& path, const HubDbOptions& options,
                                     int ready) {
  auto db = HubDb::open(path, options);
  for (int batch = 0; db; ++batch) {
    std::vector<ObjectWrite> writes;
    for (int i = 0; i < 50; ++i) {
      ObjectWrite write;
      write.object = {.kind = Kind::device, .name = std::format("d{}-{}", batch, i), .spec = "{}"};
      if (batch > 0)
        write.object.refs = {{"gateway", Kind::device, std::format("d{}-{}", batch - 1, i)}};
      writes.push_back(std::move(write));
    }
    const auto applied = (*db)->catalog().apply(
        {.writes = writes, .author = "j", .actor = "j", .note = "", .time = Time{batch}});
    if (!applied || !applied->problems.empty()) break;
    if (::write(ready, "x", 1) != 1) break;
  }
  ::_exit(1);
}

TEST_F(HubDbTest, ABatchIsWholeAfterAKill) {
  for (int round = 0; round < 8; ++round) {
    db_.reset();
    std::filesystem::remove_all(folder_);
    std::filesystem::create_directories(folder_);
    std::array<int, 2> pipe{};
    ASSERT_EQ(::pipe(pipe.data()), 0);
    const pid_t child = ::fork();
    ASSERT_GE(child, 0);
    if (child == 0) apply_until_killed(path(), options(), pipe[1]);
    char byte = 0;
    for (int i = 0; i < 2 + round; ++i) ASSERT_EQ(::read(pipe[0], &byte, 1), 1);
    ::kill(child, SIGKILL);
    ::waitpid(child, nullptr, 0);
    ::close(pipe[0]);
    ::close(pipe[1]);
    open();
    const std::uint64_t count = db_->catalog().count({.kind = Kind::device})->count;
    EXPECT_GE(count, 50U * static_cast<unsigned>(2 + round));
    EXPECT_EQ(count % 50, 0U);
    EXPECT_EQ(db_->audit().checkpoint().size, count);
    verify();
  }
}

// ---- Against a slow, obvious model -------------------------------------------------------------

struct ModelObject {
  std::vector<domain::Ref> refs;
  std::vector<domain::Term> terms;
  std::string spec;
  std::int64_t revision = 0;
  bool is_there = false;
};

class Model {
 public:
  using Key = std::pair<Kind, std::string>;
  std::map<Key, ModelObject> objects;

  bool is_there(const Key& key) const {
    const auto found = objects.find(key);
    return found != objects.end() && found->second.is_there;
  }
  std::set<std::string> referrers(const Key& key) const {
    std::set<std::string> found;
    for (const auto& [other, object] : objects)
      for (const auto& ref : object.refs)
        if (object.is_there && Key(ref.kind, ref.name) == key)
          found.insert(std::format("{}/{}", to_text(other.first), other.second));
    return found;
  }
  bool is_below(const Key& key, const Key& ancestor) const {
    if (key == ancestor) return true;
    for (const auto& ref : objects.at(key).refs)
      if (ref.field == "parent") return is_below({ref.kind, ref.name}, ancestor);
    return false;
  }
  std::string site(const Key& key) const {
    if (key.first == Kind::site) return key.second;
    for (const Kind kind : {Kind::site, Kind::asset, Kind::device}) {
      std::set<std::string> sites;
      for (const auto& ref : objects.at(key).refs)
        if (ref.kind == kind) sites.insert(site({ref.kind, ref.name}));
      if (!sites.empty()) return sites.size() == 1 ? *sites.begin() : "";
    }
    return "";
  }
};

class HubModelTest : public HubTest, public ::testing::WithParamInterface<int> {
 protected:
  static constexpr std::array kKinds = {Kind::site, Kind::asset, Kind::device, Kind::stream};

  Model::Key any_key() {
    return {kKinds[random_.below(kKinds.size())], std::format("n{}", random_.below(6))};
  }

  // An object of the kind that refers only to what is there.
  ModelObject any_object(const Model::Key& key) {
    ModelObject made;
    const auto refer = [&](const char* field, Kind kind) {
      const std::string name = std::format("n{}", random_.below(6));
      const bool is_own_child =
          kind == key.first && model_.is_there({kind, name}) && model_.is_below({kind, name}, key);
      if (random_.below(3) > 0 && model_.is_there({kind, name}) && !is_own_child)
        made.refs.push_back({field, kind, name});
    };
    if (key.first == Kind::site) refer("parent", Kind::site);
    if (key.first == Kind::asset) refer("parent", Kind::asset);
    if (key.first != Kind::site) refer("site", Kind::site);
    if (key.first == Kind::device || key.first == Kind::stream) refer("asset", Kind::asset);
    if (key.first == Kind::stream) refer("device", Kind::device);
    if (random_.below(2) == 0) made.terms.push_back({"unit", random_.below(2) ? "bar" : "Cel"});
    made.spec = std::format(R"({{"n":{}}})", random_.below(1'000'000));
    return made;
  }

  void step() {
    const Model::Key key = any_key();
    ModelObject& object = model_.objects[key];
    if (random_.below(4) == 0) {
      const bool is_free = object.is_there && model_.referrers(key).empty();
      const Applied applied = apply({removal(key.first, key.second)});
      ASSERT_EQ(applied.problems.empty(), is_free);
      if (!is_free) return;
      object = {.refs = {}, .terms = {}, .spec = {}, .revision = object.revision + 1};
      return;
    }
    ModelObject made = any_object(key);
    const Applied applied = stored({put(key.first, key.second, made.refs, made.terms, made.spec)});
    made.revision = object.revision + 1;
    made.is_there = true;
    ASSERT_EQ(applied.outcomes.at(0).revision, made.revision);
    object = std::move(made);
    ASSERT_EQ(applied.outcomes[0].site, model_.site(key));
  }

  void compare() {
    for (const auto& [key, object] : model_.objects) {
      const auto found = db_->catalog().get(key.first, key.second);
      ASSERT_EQ(found.has_value(), object.is_there);
      if (!found) continue;
      EXPECT_EQ(found->spec, object.spec);
      EXPECT_EQ(found->site, model_.site(key)) << to_text(key.first) << key.second;
      std::set<std::string> referrers;
      const auto page = db_->catalog().referrers(key.first, key.second, 100, "");
      ASSERT_TRUE(page) << page.error().text;
      for (const ObjectLink& link : page->links)
        referrers.insert(std::format("{}/{}", to_text(link.other.kind), link.other.name));
      EXPECT_EQ(referrers, model_.referrers(key));
    }
    for (const Kind kind : kKinds) compare_lists(kind);
  }

  void compare_lists(Kind kind) {
    for (const char* unit : {"", "bar"})
      for (const SiteFilter& sites : {SiteFilter{}, SiteFilter{{"n1", "n2"}}, SiteFilter{{""}}})
        compare_list(kind, unit, sites);
  }

  void compare_list(Kind kind, const std::string& unit, const SiteFilter& sites) {
    std::set<std::string> expected;
    for (const auto& [key, object] : model_.objects) {
      const bool has_unit =
          unit.empty() || std::ranges::contains(object.terms, domain::Term{"unit", unit});
      const bool is_wanted = key.first == kind && object.is_there && has_unit;
      if (is_wanted && (!sites || std::ranges::contains(*sites, model_.site(key))))
        expected.insert(key.second);
    }
    ObjectQuery query{.kind = kind, .sites = sites, .limit = 2};
    if (!unit.empty()) query.filters = {{"unit", unit}};
    auto found = names(query);
    std::ranges::sort(found);
    EXPECT_EQ(found, std::vector<std::string>(expected.begin(), expected.end()));
  }

  Model model_;
};

TEST_P(HubModelTest, AgreesWithTheModel) {
  random_ = sim::SimRandom(static_cast<std::uint64_t>(GetParam()));
  for (int i = 0; i < 300 && !HasFatalFailure(); ++i) {
    step();
    if (i % 50 == 49) compare();
    if (i == 150) open();
  }
  verify();
}

INSTANTIATE_TEST_SUITE_P(Seeds, HubModelTest, ::testing::Range(1, 6));

}  // namespace
}  // namespace lineside::store
