#include "world/private_file.h"

#include <filesystem>
#include <format>
#include <fstream>
#include <sys/stat.h>
#include <unistd.h>

#include <gtest/gtest.h>

namespace lineside::world {
namespace {

TEST(PrivateFile, IsForItsOwnerAlone) {
  const auto path = std::filesystem::temp_directory_path() / std::format("key-{}", ::getpid());
  EXPECT_TRUE(check_private(path)) << "it is not there";
  std::ofstream(path) << "key";
  for (const mode_t good : {0600U, 0400U, 0700U}) {
    ASSERT_EQ(::chmod(path.c_str(), good), 0);
    EXPECT_TRUE(check_private(path));
  }
  for (const mode_t bad : {0640U, 0604U, 0620U, 0601U}) {
    ASSERT_EQ(::chmod(path.c_str(), bad), 0);
    const auto found = check_private(path);
    ASSERT_FALSE(found);
    EXPECT_EQ(
        found.error(),
        fail(Code::denied, std::format("{}: expected mode 0600, found {:04o}: others than its "
                                       "owner may use it; run chmod 600 on it",
                                       path.string(), bad)));
  }
  std::filesystem::remove(path);
}

}  // namespace
}  // namespace lineside::world
