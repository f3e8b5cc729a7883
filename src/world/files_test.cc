#include "world/files.h"

#include <array>
#include <fcntl.h>
#include <filesystem>
#include <string>
#include <sys/stat.h>
#include <thread>
#include <unistd.h>
#include <vector>

#include <gtest/gtest.h>

#include "world/read_file.h"

namespace lineside::world {
namespace {

namespace fs = std::filesystem;
using Names = std::vector<std::string>;

class SystemFilesTest : public testing::Test {
 protected:
  SystemFilesTest() {
    std::string pattern = testing::TempDir() + "lineside-files-XXXXXX";
    folder_ = ::mkdtemp(pattern.data());
  }
  ~SystemFilesTest() override { fs::remove_all(folder_); }

  std::string at(const std::string& name) const { return folder_ + "/" + name; }
  std::string text_of(const std::string& path) const {
    const auto bytes = files_.read(path);
    return bytes ? std::string(as_text(*bytes)) : "error: " + bytes.error().text;
  }
  static unsigned mode_of(const std::string& path) {
    struct stat status{};
    EXPECT_EQ(::stat(path.c_str(), &status), 0);
    return status.st_mode & 0777U;
  }

  std::string folder_;
  Files& files_ = system_files();
};

TEST_F(SystemFilesTest, AppendsReadsAndTruncates) {
  const std::string path = at("log");
  auto file = files_.open(path).value();
  ASSERT_TRUE(file->append(as_bytes("hello ")));
  ASSERT_TRUE(file->append(as_bytes("world")));
  ASSERT_TRUE(file->append({}));
  ASSERT_TRUE(file->sync());
  EXPECT_EQ(file->size().value(), 11U);
  EXPECT_EQ(mode_of(path), 0600U);

  Bytes buffer(8);
  EXPECT_EQ(file->read_at(6, buffer).value(), 5U);
  EXPECT_EQ(as_text(ByteView(buffer).first(5)), "world");
  EXPECT_EQ(file->read_at(11, buffer).value(), 0U);
  EXPECT_EQ(file->read_at(1'000, buffer).value(), 0U);

  ASSERT_TRUE(file->truncate(5));
  ASSERT_TRUE(file->append(as_bytes("!")));
  EXPECT_EQ(text_of(path), "hello!");
  ASSERT_TRUE(files_.open(path).value()->append(as_bytes("?"))) << "opening keeps the content";
  EXPECT_EQ(text_of(path), "hello!?");
}

TEST_F(SystemFilesTest, ReadsFilesThatClaimNoSize) {
  EXPECT_TRUE(text_of("/proc/self/status").contains("VmRSS:"));
}

TEST_F(SystemFilesTest, AFileThatIsOnlyReadIsNeitherMadeNorChanged) {
  ASSERT_TRUE(files_.write_atomic(at("a"), as_bytes("0123456789")));
  ASSERT_EQ(::chmod(at("a").c_str(), 0400), 0);
  const auto file = open_to_read(at("a"));
  ASSERT_TRUE(file) << file.error().text;
  EXPECT_EQ(*(*file)->size(), 10U);
  std::array<std::byte, 4> piece{};
  EXPECT_EQ(*(*file)->read_at(8, piece), 2U);
  EXPECT_FALSE((*file)->append(as_bytes("x")));
  EXPECT_FALSE((*file)->truncate(0));
  EXPECT_EQ(text_of(at("a")), "0123456789");
  EXPECT_EQ(open_to_read(at("b")).error().code, Code::not_found);
  EXPECT_FALSE(files_.exists(at("b")));
  EXPECT_EQ(open_to_read(folder_).error().text, "cannot read " + folder_ + ": Is a directory");
  ASSERT_EQ(::mkfifo(at("pipe").c_str(), 0600), 0);
  EXPECT_EQ(open_to_read(at("pipe")).error().code, Code::invalid);
}

TEST_F(SystemFilesTest, ReadsLargeFiles) {
  const std::string text(1'000'000, 'x');
  ASSERT_TRUE(files_.write_atomic(at("large"), as_bytes(text)));
  EXPECT_EQ(text_of(at("large")), text);
}

TEST_F(SystemFilesTest, WriteAtomicReplacesAndLeavesNothingBehind) {
  const std::string path = at("config");
  ASSERT_TRUE(files_.write_atomic(path, as_bytes("a long first content")));
  ASSERT_TRUE(files_.write_atomic(path, as_bytes("second")));
  EXPECT_EQ(text_of(path), "second");
  EXPECT_EQ(mode_of(path), 0600U);
  EXPECT_EQ(files_.list(folder_).value(), (Names{"config"}));
}

TEST_F(SystemFilesTest, WriteAtomicUsesWhatAKilledWriterLeft) {
  ASSERT_TRUE(files_.open(at("config.tmp")).value()->append(as_bytes("half a wri")));
  ASSERT_TRUE(files_.write_atomic(at("config"), as_bytes("new")));
  EXPECT_EQ(text_of(at("config")), "new");
  EXPECT_EQ(files_.list(folder_).value(), (Names{"config"}));
}

TEST_F(SystemFilesTest, AFailedWriteAtomicKeepsTheOldContent) {
  ASSERT_TRUE(files_.make_directories(at("folder/inside")));
  const auto failed = files_.write_atomic(at("folder"), as_bytes("x"));
  ASSERT_FALSE(failed.has_value());
  EXPECT_EQ(failed.error(), invalid("cannot rename to " + at("folder") + ": Is a directory"));
  EXPECT_EQ(files_.list(folder_).value(), (Names{"folder/"}));
}

TEST_F(SystemFilesTest, ConcurrentWritersNeverMixTheirContents) {
  const std::string path = at("shared");
  const auto write = [&](char letter) {
    const std::string text(50'000, letter);
    for (int i = 0; i < 50; ++i) EXPECT_TRUE(files_.write_atomic(path, as_bytes(text)));
  };
  ASSERT_TRUE(files_.write_atomic(path, as_bytes(std::string(50'000, 'a'))));
  std::thread first(write, 'a');
  std::thread second(write, 'b');
  for (int i = 0; i < 200; ++i) {
    const std::string text = text_of(path);
    ASSERT_EQ(text.size(), 50'000U) << text.substr(0, 100);
    ASSERT_EQ(text, std::string(50'000, text[0]));
  }
  first.join();
  second.join();
}

TEST_F(SystemFilesTest, ListsSortedNamesWithDirectoriesMarked) {
  ASSERT_TRUE(files_.make_directories(at("b/c")));
  ASSERT_TRUE(files_.open(at("z")));
  ASSERT_TRUE(files_.open(at("a")));
  ASSERT_EQ(::symlink(at("b").c_str(), at("link").c_str()), 0);
  ASSERT_EQ(::symlink(at("nowhere").c_str(), at("broken").c_str()), 0);
  EXPECT_EQ(files_.list(folder_).value(), (Names{"a", "b/", "broken", "link/", "z"}));
  EXPECT_EQ(files_.list(at("b/c")).value(), Names{});
}

TEST_F(SystemFilesTest, MakesDirectoriesWithTheirParents) {
  ASSERT_TRUE(files_.make_directories(at("a/b/c")));
  EXPECT_EQ(mode_of(at("a/b")), 0700U);
  EXPECT_TRUE(files_.make_directories(at("a/b/c"))) << "again";
  EXPECT_TRUE(files_.make_directories(at("d/e/"))) << "a slash at the end";
  EXPECT_TRUE(files_.exists(at("d/e")));
  ASSERT_TRUE(files_.open(at("file")));
  EXPECT_EQ(files_.make_directories(at("file")).error().code, Code::conflict);
  EXPECT_EQ(files_.make_directories(at("file/x")).error().code, Code::invalid);
}

TEST_F(SystemFilesTest, RemovesAndRenames) {
  ASSERT_TRUE(files_.write_atomic(at("a"), as_bytes("1")));
  ASSERT_TRUE(files_.write_atomic(at("b"), as_bytes("2")));
  ASSERT_TRUE(files_.rename(at("a"), at("b")));
  EXPECT_EQ(text_of(at("b")), "1");
  EXPECT_FALSE(files_.exists(at("a")));
  EXPECT_EQ(files_.rename(at("a"), at("c")).error().code, Code::not_found);
  EXPECT_TRUE(files_.remove(at("b")));
  EXPECT_TRUE(files_.remove(at("b"))) << "absent is no error";
  ASSERT_TRUE(files_.make_directories(at("d/e")));
  EXPECT_EQ(files_.remove(at("d")).error().code, Code::conflict);
  EXPECT_TRUE(files_.remove(at("d/e")));
  EXPECT_TRUE(files_.sync_directory(folder_));
}

TEST_F(SystemFilesTest, TheStampFollowsTheContent) {
  const std::string path = at("watched");
  EXPECT_EQ(files_.stamp(path), 0U);
  ASSERT_TRUE(files_.write_atomic(path, as_bytes("one")));
  const std::uint64_t first = files_.stamp(path);
  EXPECT_NE(first, 0U);
  EXPECT_EQ(files_.stamp(path), first);
  ASSERT_TRUE(files_.write_atomic(path, as_bytes("two"))) << "same size, perhaps the same tick";
  const std::uint64_t second = files_.stamp(path);
  EXPECT_NE(second, first);
  ASSERT_TRUE(files_.open(path).value()->append(as_bytes("!")));
  EXPECT_NE(files_.stamp(path), second);
}

TEST_F(SystemFilesTest, ErrorsNameThePathAndTheReason) {
  EXPECT_EQ(files_.read(at("absent")).error(),
            fail(Code::not_found, "cannot open " + at("absent") + ": No such file or directory"));
  EXPECT_EQ(files_.open(at("no/file")).error().code, Code::not_found);
  EXPECT_EQ(files_.open(folder_).error(), invalid("cannot open " + folder_ + ": Is a directory"));
  EXPECT_EQ(files_.read(folder_).error(), invalid("cannot read " + folder_ + ": Is a directory"));
  EXPECT_EQ(files_.list(at("absent")).error().code, Code::not_found);
  EXPECT_EQ(files_.sync_directory(at("absent")).error().code, Code::not_found);
  EXPECT_EQ(files_.open(at(std::string(300, 'n'))).error().code, Code::invalid);
}

TEST_F(SystemFilesTest, WithoutRightsItIsDenied) {
  if (::geteuid() == 0) GTEST_SKIP() << "root may read everything";
  ASSERT_TRUE(files_.write_atomic(at("secret"), as_bytes("x")));
  ASSERT_EQ(::chmod(at("secret").c_str(), 0), 0);
  EXPECT_EQ(files_.read(at("secret")).error(),
            fail(Code::denied, "cannot open " + at("secret") + ": Permission denied"));
}

TEST_F(SystemFilesTest, AFullDiskIsExhausted) {
  auto file = files_.open("/dev/full").value();
  EXPECT_EQ(file->append(as_bytes("x")).error(),
            fail(Code::exhausted, "cannot write /dev/full: No space left on device"));
}

TEST_F(SystemFilesTest, AfterAFailedSyncTheFileIsOutOfUse) {
  // A pipe's descriptor refuses fdatasync(2) with EINVAL: a sync that fails without a bad disk.
  const std::string path = at("pipe");
  ASSERT_EQ(::mkfifo(path.c_str(), 0600), 0);
  auto file = files_.open(path).value();
  ASSERT_TRUE(file->append(as_bytes("x")));
  const auto failed = file->sync();
  ASSERT_FALSE(failed.has_value());
  EXPECT_EQ(file->append(as_bytes("y")).error(), failed.error());
  EXPECT_EQ(file->sync().error(), failed.error());
}

}  // namespace
}  // namespace lineside::world
