#include "sim/files.h"

#include <set>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace lineside::sim {
namespace {

using Names = std::vector<std::string>;
using Failure = SimFiles::Failure;

std::string text_of(const SimFiles& disk, const std::string& path) {
  const auto bytes = disk.read(path);
  return bytes ? std::string(as_text(*bytes)) : "error: " + bytes.error().text;
}

// A durable file with durable content, still open.
std::unique_ptr<world::File> durable_file(SimFiles& disk, const std::string& path,
                                          const std::string& text) {
  auto file = disk.open(path).value();
  EXPECT_TRUE(file->append(as_bytes(text)));
  EXPECT_TRUE(file->sync());
  EXPECT_TRUE(disk.sync_directory("."));
  return file;
}

TEST(SimFiles, BehavesLikeADisk) {
  SimFiles disk;
  ASSERT_TRUE(disk.make_directories("/data/history"));
  auto file = disk.open("/data/history/1.log").value();
  ASSERT_TRUE(file->append(as_bytes("hello ")));
  ASSERT_TRUE(file->append(as_bytes("world")));
  Bytes buffer(20);
  EXPECT_EQ(file->read_at(6, buffer).value(), 5U);
  EXPECT_EQ(as_text(ByteView(buffer).first(5)), "world");
  EXPECT_EQ(file->read_at(99, buffer).value(), 0U);
  ASSERT_TRUE(file->truncate(5));
  EXPECT_EQ(file->size().value(), 5U);
  EXPECT_EQ(text_of(disk, "/data/./history/../history/1.log"), "hello");

  ASSERT_TRUE(disk.write_atomic("/data/config", as_bytes("a")));
  EXPECT_EQ(disk.list("/data").value(), (Names{"config", "history/"}));
  EXPECT_EQ(disk.list("/").value(), (Names{"data/"}));
  EXPECT_TRUE(disk.exists("/data/history"));
  EXPECT_TRUE(disk.exists("/data/config"));
  EXPECT_FALSE(disk.exists("/data/config.tmp"));
  EXPECT_EQ(disk.remove("/data/history").error().code, Code::conflict);
  ASSERT_TRUE(disk.rename("/data/history", "/data/old"));
  EXPECT_EQ(disk.list("/data/old").value(), (Names{"1.log"}));
  ASSERT_TRUE(disk.rename("/data/old/1.log", "/data/config"));
  EXPECT_EQ(text_of(disk, "/data/config"), "hello");
  EXPECT_TRUE(disk.remove("/data/old"));
  EXPECT_TRUE(disk.remove("/data/config"));
  EXPECT_TRUE(disk.remove("/data/config"));
  EXPECT_EQ(disk.list("/data").value(), Names{});
}

TEST(SimFiles, RefusesWhatTheRealOneRefuses) {
  SimFiles disk;
  ASSERT_TRUE(disk.make_directories("data"));
  EXPECT_EQ(disk.read("absent").error(),
            fail(Code::not_found, "cannot open absent: No such file or directory"));
  EXPECT_EQ(disk.open("no/file").error().code, Code::not_found);
  EXPECT_EQ(disk.open("data").error().code, Code::invalid);
  EXPECT_EQ(disk.write_atomic("no/file", {}).error().code, Code::not_found);
  EXPECT_EQ(disk.write_atomic("data", {}).error().code, Code::invalid);
  EXPECT_EQ(disk.list(".").value(), (Names{"data/"})) << "no temporary is left";
  EXPECT_EQ(disk.list("absent").error().code, Code::not_found);
  EXPECT_EQ(disk.rename("absent", "b").error().code, Code::not_found);
  EXPECT_EQ(disk.sync_directory("absent").error().code, Code::not_found);
  ASSERT_TRUE(disk.open("file"));
  EXPECT_EQ(disk.make_directories("file/x").error().code, Code::conflict);
}

TEST(SimFiles, TheStampFollowsTheContent) {
  SimFiles disk;
  EXPECT_EQ(disk.stamp("a"), 0U);
  std::set<std::uint64_t> stamps;
  for (const char* text : {"1", "1", "2"}) {
    ASSERT_TRUE(disk.write_atomic("a", as_bytes(text)));
    stamps.insert(disk.stamp("a"));
  }
  ASSERT_TRUE(disk.open("a").value()->append(as_bytes("x")));
  stamps.insert(disk.stamp("a"));
  EXPECT_EQ(stamps.size(), 4U);
  EXPECT_EQ(disk.stamp("a"), disk.stamp("a"));
}

TEST(SimFilesCrash, ForgetsContentThatWasNotSynced) {
  SimFiles disk;
  auto file = durable_file(disk, "log", "kept");
  ASSERT_TRUE(file->append(as_bytes(" lost")));
  EXPECT_EQ(text_of(disk, "log"), "kept lost");
  disk.crash();
  EXPECT_EQ(text_of(disk, "log"), "kept");
  EXPECT_EQ(file->append(as_bytes("x")).error().code, Code::unavailable);
  EXPECT_EQ(file->sync().error().code, Code::unavailable);
  EXPECT_EQ(file->size().error().code, Code::unavailable);
}

TEST(SimFilesCrash, ForgetsNamesThatWereNotSynced) {
  SimFiles disk;
  auto file = disk.open("new").value();
  ASSERT_TRUE(file->append(as_bytes("x")));
  ASSERT_TRUE(file->sync());
  disk.crash();
  EXPECT_FALSE(disk.exists("new"));

  durable_file(disk, "a", "1");
  ASSERT_TRUE(disk.rename("a", "b"));
  disk.crash();
  EXPECT_EQ(disk.list(".").value(), (Names{"a"}));
  ASSERT_TRUE(disk.remove("a"));
  disk.crash();
  EXPECT_EQ(text_of(disk, "a"), "1");
  ASSERT_TRUE(disk.remove("a"));
  ASSERT_TRUE(disk.sync_directory("."));
  disk.crash();
  EXPECT_FALSE(disk.exists("a"));
}

TEST(SimFilesCrash, ADirectoryIsSyncedWithoutItsNeighbours) {
  SimFiles disk;
  ASSERT_TRUE(disk.make_directories("a"));
  ASSERT_TRUE(disk.make_directories("b"));
  ASSERT_TRUE(disk.open("a/1"));
  ASSERT_TRUE(disk.open("b/1"));
  ASSERT_TRUE(disk.sync_directory("a"));
  disk.crash();
  EXPECT_EQ(disk.list("a").value(), (Names{"1"}));
  EXPECT_EQ(disk.list("b").value(), Names{});
}

TEST(SimFilesCrash, AnUnsyncedTruncationIsUndone) {
  SimFiles disk;
  auto file = durable_file(disk, "log", "0123456789");
  ASSERT_TRUE(file->truncate(4));
  ASSERT_TRUE(file->append(as_bytes("xy")));
  disk.crash();
  EXPECT_EQ(text_of(disk, "log"), "0123456789");
  file = disk.open("log").value();
  ASSERT_TRUE(file->truncate(4));
  ASSERT_TRUE(file->append(as_bytes("xy")));
  ASSERT_TRUE(file->sync());
  ASSERT_TRUE(file->append(as_bytes("z")));
  disk.crash();
  EXPECT_EQ(text_of(disk, "log"), "0123xy");
}

TEST(SimFilesCrash, ATornTailIsAPrefixOfTheUnsyncedAppends) {
  std::set<std::string> seen;
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    SimFiles disk;
    auto file = durable_file(disk, "log", "kept");
    ASSERT_TRUE(file->append(as_bytes("123")));
    disk.crash(seed);
    seen.insert(text_of(disk, "log"));
    disk.crash();
    EXPECT_TRUE(seen.contains(text_of(disk, "log"))) << "what was found is now durable";
  }
  EXPECT_EQ(seen, (std::set<std::string>{"kept", "kept1", "kept12", "kept123"}));
}

TEST(SimFilesCrash, ATornTruncationIsOldOrNew) {
  std::set<std::string> seen;
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    SimFiles disk;
    auto file = durable_file(disk, "log", "0123");
    ASSERT_TRUE(file->truncate(2));
    ASSERT_TRUE(file->append(as_bytes("x")));
    disk.crash(seed);
    seen.insert(text_of(disk, "log"));
  }
  EXPECT_EQ(seen, (std::set<std::string>{"0123", "01", "01x"}));
}

TEST(SimFilesFailure, TheNthMutatingCallFailsOnce) {
  SimFiles disk;
  auto file = disk.open("log").value();
  const std::uint64_t before = disk.calls();
  disk.fail_at(2, Code::corrupt);
  EXPECT_TRUE(file->append(as_bytes("one")));
  ASSERT_TRUE(disk.read("log")) << "reading is not counted";
  EXPECT_EQ(file->append(as_bytes("four")).error(),
            fail(Code::corrupt, "cannot write log: planned failure"));
  EXPECT_EQ(text_of(disk, "log"), "onefo") << "half of it was written";
  EXPECT_TRUE(file->append(as_bytes("!")));
  EXPECT_EQ(disk.calls(), before + 3);
}

TEST(SimFilesFailure, OnwardsLastsUntilTheCrash) {
  SimFiles disk;
  disk.fail_at(1, Code::unavailable, Failure::onwards);
  EXPECT_FALSE(disk.make_directories("a"));
  EXPECT_FALSE(disk.make_directories("a"));
  EXPECT_FALSE(disk.exists("a"));
  disk.crash();
  EXPECT_TRUE(disk.make_directories("a"));
  disk.fail_at(1, Code::unavailable, Failure::onwards);
  EXPECT_FALSE(disk.remove("a"));
  disk.clear_failure();
  EXPECT_TRUE(disk.remove("a"));
}

TEST(SimFilesFailure, AfterAFailedSyncNoLaterOneSavesTheBytes) {
  SimFiles disk;
  auto file = durable_file(disk, "log", "kept ");
  ASSERT_TRUE(file->append(as_bytes("lost")));
  disk.fail_at(1, Code::corrupt);
  EXPECT_EQ(file->sync().error().code, Code::corrupt);
  EXPECT_EQ(file->sync().error().code, Code::corrupt);
  EXPECT_EQ(file->append(as_bytes("x")).error().code, Code::corrupt);
  auto reopened = disk.open("log").value();
  EXPECT_EQ(text_of(disk, "log"), "kept lost") << "still in the page cache";
  EXPECT_TRUE(reopened->sync()) << "which the kernel now takes for clean";
  disk.crash();
  EXPECT_EQ(text_of(disk, "log"), "kept ");
}

TEST(SimFilesFailure, TruncatingToWhatWasSyncedMendsTheFile) {
  SimFiles disk;
  auto file = durable_file(disk, "log", "kept ");
  ASSERT_TRUE(file->append(as_bytes("lost")));
  disk.fail_at(1, Code::corrupt);
  EXPECT_FALSE(file->sync());
  auto reopened = disk.open("log").value();
  ASSERT_TRUE(reopened->truncate(5));
  ASSERT_TRUE(reopened->append(as_bytes("again")));
  ASSERT_TRUE(reopened->sync());
  disk.crash();
  EXPECT_EQ(text_of(disk, "log"), "kept again");
}

// The promise of write_atomic, with a power cut at each of its steps.
TEST(SimFilesFailure, WriteAtomicIsOldOrNewAtEveryStep) {
  bool done = false;
  for (std::uint64_t n = 1; !done; ++n) {
    SimFiles disk;
    ASSERT_TRUE(disk.write_atomic("config", as_bytes("old")));
    disk.fail_at(n, Code::unavailable, Failure::onwards);
    done = disk.write_atomic("config", as_bytes("new")).has_value();
    ASSERT_LE(n, 5U);
    disk.crash(n);
    const std::string text = text_of(disk, "config");
    EXPECT_EQ(text, done ? "new" : "old") << "failed step " << n;
  }
}

TEST(SimFilesCapacity, AFullDiskTakesWhatFits) {
  SimFiles disk;
  disk.set_capacity(10);
  auto file = disk.open("log").value();
  ASSERT_TRUE(file->append(as_bytes("12345678")));
  EXPECT_EQ(file->append(as_bytes("abc")).error(),
            fail(Code::exhausted, "cannot write log: No space left on device"));
  EXPECT_EQ(text_of(disk, "log"), "12345678ab");
  EXPECT_EQ(disk.used(), 10U);
  EXPECT_EQ(disk.write_atomic("other", as_bytes("x")).error().code, Code::exhausted);
  EXPECT_EQ(disk.list(".").value(), (Names{"log"}));
  ASSERT_TRUE(file->truncate(8));
  EXPECT_TRUE(disk.write_atomic("other", as_bytes("x")));
  disk.set_capacity(std::nullopt);
  EXPECT_TRUE(file->append(as_bytes("as much as it takes")));
}

}  // namespace
}  // namespace lineside::sim
