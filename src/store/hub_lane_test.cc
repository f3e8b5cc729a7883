// Many threads on one hub database.
#include <atomic>
#include <filesystem>
#include <thread>

#include "store/hub_backup.h"
#include "tests/hub_db_fixture.h"

namespace lineside::store {
namespace {

using domain::Kind;

class HubLaneTest : public HubTest {};

TEST_F(HubLaneTest, ManyWriteAtOnceAndEachIsStoredWhole) {
  constexpr int kThreads = 8;
  constexpr int kRounds = 20;
  std::atomic<int> refused = 0;
  std::vector<std::jthread> threads;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([this, t, &refused] {
      for (int i = 0; i < kRounds; ++i) {
        const AuditEntry entry = test_entry(Time{1}, "session.began", std::format("{}", t), "",
                                            std::format(R"("n":{},)", i));
        const auto done = db_->together([&]() -> Result<void> {
          TRY(db_->audit().append({&entry, 1}));
          TRY(db_->logins().put_password(std::format("{}.{}", t, i), "p", Time{1}, {}));
          // Every third changes its mind; the others in the same transaction do not notice.
          if (i % 3 == 0) return fail(Code::denied, "no");
          return {};
        });
        if (!done) ++refused;
        EXPECT_EQ(db_->logins().login(std::format("{}.{}", t, i)).has_value(), i % 3 != 0);
      }
    });
  }
  threads.clear();
  EXPECT_EQ(refused, kThreads * 7);
  EXPECT_EQ(db_->audit().checkpoint().size, std::uint64_t{kThreads} * 13);
  for (int t = 0; t < kThreads; ++t)
    EXPECT_EQ(db_->audit().entries({.actor = std::format("{}", t)})->size(), 13U);
  verify();
}

TEST_F(HubLaneTest, OfManyWhoWriteOneObjectOneWinsEachRevision) {
  stored({put(Kind::asset, "a", {}, {}, R"({"n":0})")});
  std::atomic<int> won = 0;
  std::vector<std::jthread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([this, t, &won] {
      for (std::int64_t revision = 1; revision <= 20; ++revision) {
        ObjectWrite write =
            put(Kind::asset, "a", {}, {}, std::format(R"({{"n":"{}.{}"}})", t, revision));
        write.expected = revision;
        const Applied applied = apply({write});
        if (applied.problems.empty()) ++won;
        for (const WriteProblem& problem : applied.problems)
          EXPECT_EQ(problem.code, Code::conflict);
        while (db_->catalog().get(Kind::asset, "a")->revision.number == revision)
          std::this_thread::yield();
      }
    });
  }
  threads.clear();
  EXPECT_EQ(won, 20);
  EXPECT_EQ(db_->catalog().get(Kind::asset, "a")->revision.number, 21);
  verify();
}

TEST_F(HubLaneTest, ABackupWhileOthersWriteIsOneMoment) {
  std::vector<ObjectWrite> writes;
  for (int i = 0; i < 3'000; ++i)
    writes.push_back(put(Kind::asset, std::format("a{}", i), {}, {},
                         std::format(R"({{"pad":"{}"}})", std::string(1'000, 'x'))));
  stored(writes);
  std::atomic<bool> stop = false;
  std::atomic<int> written = 0;
  std::jthread writer([&] {
    while (!stop) {
      // Two that must not be seen apart.
      const std::string spec = std::format(R"({{"n":{}}})", written.load());
      stored({put(Kind::asset, "one", {}, {}, spec), put(Kind::asset, "two", {}, {}, spec)});
      ++written;
    }
  });
  while (written == 0) std::this_thread::yield();
  for (int i = 0; i < 3; ++i) {
    const int before = written;
    const auto verified = db_->backup(path("backup.db"));
    ASSERT_TRUE(verified) << verified.error().text;
    EXPECT_GT(written, before) << "the writer was stopped";
    auto copy = HubDb::open(path("backup.db"), options());
    ASSERT_TRUE(copy) << copy.error().text;
    EXPECT_EQ((*copy)->catalog().get(Kind::asset, "one")->spec,
              (*copy)->catalog().get(Kind::asset, "two")->spec);
  }
  stop = true;
}

TEST_F(HubLaneTest, ReadersSeeWholeTransactions) {
  std::atomic<bool> stop = false;
  stored({put(Kind::asset, "a", {}, {}, R"({"n":0})")});
  std::jthread writer([&] {
    for (int i = 1; i <= 200; ++i)
      stored({put(Kind::asset, "a", {}, {{"n", std::format("{}", i)}},
                  std::format(R"({{"n":{}}})", i))});
    stop = true;
  });
  std::vector<std::jthread> readers;
  for (int t = 0; t < 4; ++t) {
    readers.emplace_back([&] {
      while (!stop) {
        const auto object = db_->catalog().get(Kind::asset, "a");
        ASSERT_TRUE(object) << object.error().text;
        EXPECT_EQ(object->spec, std::format(R"({{"n":{}}})", object->revision.number - 1));
        const StoredCheckpoint checkpoint = db_->audit().checkpoint();
        const auto root = db_->audit().root(checkpoint.size);
        ASSERT_TRUE(root) << root.error().text;
        EXPECT_EQ(*root, checkpoint.root);
        EXPECT_TRUE(db_->catalog().list({.kind = Kind::asset}));
      }
    });
  }
}

TEST_F(HubLaneTest, ABackupFromOutsideIsTheStateOfOneMoment) {
  std::atomic<bool> stop = false;
  std::jthread writer([&] {
    for (int i = 0; !stop; ++i) stored({put(Kind::site, std::format("s{}", i))});
  });
  // Beside the hub's folder, never in it.
  const std::filesystem::path aside = path("").substr(0, path("").size() - 1) + "-aside";
  std::filesystem::create_directories(aside);
  for (int i = 0; i < 5; ++i) {
    const auto copied = back_up_hub({path(), path("artifacts")}, {aside / "b.db", aside / "b"});
    EXPECT_TRUE(copied) << copied.error().text;
  }
  stop = true;
  std::filesystem::remove_all(aside);
}

}  // namespace
}  // namespace lineside::store
