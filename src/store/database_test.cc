#include <csignal>
#include <filesystem>
#include <format>
#include <sys/resource.h>
#include <unistd.h>

#include <gtest/gtest.h>

#include "store/database_internal.h"

namespace lineside::store {
namespace {

class DatabaseTest : public ::testing::Test {
 protected:
  DatabaseTest()
      : folder_(std::filesystem::temp_directory_path() / std::format("database-{}", ::getpid())) {
    std::filesystem::remove_all(folder_);
    std::filesystem::create_directories(folder_);
  }
  ~DatabaseTest() override { std::filesystem::remove_all(folder_); }

  std::string path(const char* name = "x.db") const { return (folder_ / name).string(); }
  Database open(const std::string& file) const {
    auto database = Database::open(file, Access::write);
    EXPECT_TRUE(database) << database.error().text;
    return std::move(*database);
  }

  const std::filesystem::path folder_;
};

const std::vector<Migration> kFirst = {
    {.version = 1, .sql = "PRAGMA application_id = 1280525636; CREATE TABLE t (a INTEGER);"}};
const std::vector<Migration> kSecond = {
    kFirst[0], {.version = 2, .sql = "ALTER TABLE t ADD COLUMN b INTEGER DEFAULT 7;"}};
const std::vector<Migration> kBroken = {
    kFirst[0], {.version = 2, .sql = "ALTER TABLE t ADD COLUMN b INTEGER; SELECT nothing;"}};

TEST_F(DatabaseTest, EveryStatementIsPrepared) {
  Database database = open(path());
  ASSERT_TRUE(migrate(database, path(), migrations(store_sql()), kEdgeDatabase));
  const auto prepared = database.prepare(store_sql());
  EXPECT_TRUE(prepared) << prepared.error().text;
}

TEST_F(DatabaseTest, UpgradesAfterACopy) {
  Database database = open(path());
  ASSERT_TRUE(migrate(database, path(), kFirst, kEdgeDatabase));
  ASSERT_TRUE(database.execute("INSERT INTO t VALUES (5)"));
  const auto upgraded = migrate(database, path(), kSecond, kEdgeDatabase);
  ASSERT_TRUE(upgraded) << upgraded.error().text;
  EXPECT_EQ(*database.integer("PRAGMA user_version"), 2);
  EXPECT_EQ(*database.integer("SELECT a + b FROM t"), 12);

  Database copy = open(path("x.db.v1"));
  EXPECT_EQ(*copy.integer("PRAGMA user_version"), 1);
  EXPECT_EQ(*copy.integer("SELECT a FROM t"), 5);
  EXPECT_FALSE(std::filesystem::exists(path("x.db.v0"))) << "nothing to copy at the start";
}

TEST_F(DatabaseTest, ItsFilesAreItsOwnersAlone) {
  Database database = open(path());
  ASSERT_TRUE(migrate(database, path(), kFirst, kEdgeDatabase));
  ASSERT_TRUE(migrate(database, path(), kSecond, kEdgeDatabase));
  for (const char* file : {"x.db", "x.db-wal", "x.db-shm", "x.db.v1"})
    EXPECT_EQ(std::filesystem::status(path(file)).permissions(),
              std::filesystem::perms::owner_read | std::filesystem::perms::owner_write)
        << file;
}

TEST_F(DatabaseTest, AFailedUpgradeLeavesTheOldSchema) {
  Database database = open(path());
  ASSERT_TRUE(migrate(database, path(), kFirst, kEdgeDatabase));
  ASSERT_FALSE(migrate(database, path(), kBroken, kEdgeDatabase));
  EXPECT_EQ(*database.integer("PRAGMA user_version"), 1);
  EXPECT_FALSE(database.integer("SELECT b FROM t"));
  ASSERT_TRUE(migrate(database, path(), kSecond, kEdgeDatabase)) << "and can be tried again";
}

TEST_F(DatabaseTest, RefusesWhatItDoesNotKnow) {
  Database database = open(path());
  ASSERT_TRUE(migrate(database, path(), kSecond, kEdgeDatabase));
  const auto older = migrate(database, path(), kFirst, kEdgeDatabase);
  ASSERT_FALSE(older);
  EXPECT_EQ(older.error().code, Code::unsupported);

  Database other = open(path("other.db"));
  ASSERT_TRUE(other.execute("CREATE TABLE somebody_elses (a INTEGER)"));
  const auto refused = migrate(other, path("other.db"), kFirst, kEdgeDatabase);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Code::invalid);
}

TEST_F(DatabaseTest, AFullDiskIsExhausted) {
  Database database = open(path());
  ASSERT_TRUE(database.execute("CREATE TABLE t (a BLOB); PRAGMA max_page_count = 8;"));
  {
    auto transaction = Transaction::begin(database);
    ASSERT_TRUE(transaction);
    const auto done = database.execute("INSERT INTO t VALUES (zeroblob(100000))");
    ASSERT_FALSE(done);
    EXPECT_EQ(done.error().code, Code::exhausted);
    EXPECT_EQ(done.error().text,
              "no room left in " + folder_.string() + ": SQLite: database or disk is full (13)");
  }
  EXPECT_FALSE(database.in_transaction());
  ASSERT_TRUE(database.execute("PRAGMA max_page_count = 1000"));
  EXPECT_TRUE(database.execute("INSERT INTO t VALUES (zeroblob(100000))"));
}

// The file that a write-ahead log shares among processes is grown when the database is opened.
TEST_F(DatabaseTest, NoRoomToOpenIsExhausted) {
  ASSERT_TRUE(open(path()).execute("CREATE TABLE t (a BLOB)"));
  rlimit before{};
  ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &before), 0);
  const auto handler = std::signal(SIGXFSZ, SIG_IGN);
  rlimit tight = before;
  tight.rlim_cur = 16 * 1024;
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &tight), 0);
  const auto refused = [&]() -> Result<void> {
    Database database = TRY(Database::open(path(), Access::write));
    return database.execute("INSERT INTO t VALUES (1)");
  }();
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &before), 0);
  std::signal(SIGXFSZ, handler);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Code::exhausted) << refused.error().text;
  EXPECT_TRUE(refused.error().text.contains("no room left in " + folder_.string()))
      << refused.error().text;
}

TEST_F(DatabaseTest, ALockedFileIsUnavailable) {
  Database one = open(path());
  ASSERT_TRUE(one.execute("CREATE TABLE t (a INTEGER)"));
  Database two = open(path());
  ASSERT_TRUE(two.execute("PRAGMA busy_timeout = 1"));
  const auto held = Transaction::begin(one);
  ASSERT_TRUE(held);
  const auto refused = Transaction::begin(two);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Code::unavailable);
}

TEST_F(DatabaseTest, AnUncommittedTransactionIsUndone) {
  Database database = open(path());
  ASSERT_TRUE(database.execute("CREATE TABLE t (a INTEGER)"));
  {
    const auto transaction = Transaction::begin(database);
    ASSERT_TRUE(transaction && database.execute("INSERT INTO t VALUES (1)"));
  }
  EXPECT_EQ(*database.integer("SELECT count(*) FROM t"), 0);
}

}  // namespace
}  // namespace lineside::store
