#include "world/file_lock.h"

#include <filesystem>
#include <format>
#include <string>
#include <sys/wait.h>
#include <unistd.h>

#include <gtest/gtest.h>

namespace lineside::world {
namespace {

class FileLockTest : public ::testing::Test {
 protected:
  FileLockTest()
      : folder_(std::filesystem::temp_directory_path() / std::format("file-lock-{}", ::getpid())),
        path_((folder_ / "lock").string()) {
    std::filesystem::create_directories(folder_);
  }
  ~FileLockTest() override { std::filesystem::remove_all(folder_); }

  const std::filesystem::path folder_;
  const std::string path_;
};

TEST_F(FileLockTest, RefusesASecondHolderAndNamesTheFirst) {
  const auto lock = FileLock::take(path_);
  ASSERT_TRUE(lock) << lock.error().text;
  const auto second = FileLock::take(path_);
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, Code::conflict);
  EXPECT_EQ(second.error().text,
            std::format("cannot lock {}: held by process {}", path_, ::getpid()));
}

TEST_F(FileLockTest, IsFreeAgainWhenTheHolderIsGone) {
  {
    ASSERT_TRUE(FileLock::take(path_));
  }
  EXPECT_TRUE(FileLock::take(path_));
}

TEST_F(FileLockTest, IsFreeAgainWhenTheHolderIsKilled) {
  const pid_t child = ::fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    const auto lock = FileLock::take(path_);
    ::kill(::getpid(), SIGKILL);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  ASSERT_TRUE(WIFSIGNALED(status));
  EXPECT_TRUE(FileLock::take(path_));
}

TEST_F(FileLockTest, NeedsItsDirectory) {
  const auto lock = FileLock::take((folder_ / "absent" / "lock").string());
  ASSERT_FALSE(lock);
  EXPECT_EQ(lock.error().code, Code::not_found);
}

}  // namespace
}  // namespace lineside::world
