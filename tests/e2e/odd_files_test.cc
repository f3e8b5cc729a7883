// Files that are not what they should be, and a database that somebody else holds: said, survived,
// and nothing else is affected.
#include <fcntl.h>
#include <filesystem>
#include <format>
#include <sys/stat.h>
#include <unistd.h>

#include <gtest/gtest.h>

#include "base/result.h"
#include "tests/e2e/edge_process.h"
#include "tests/e2e/expect_same.h"
#include "tests/e2e/plant.h"

namespace lineside::e2e {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kExtra = R"(apiVersion: lineside/v1
kind: Pipeline
name: extra
spec:
  streams: [load]
  windows: [{name: w2, count: 2}]
  every: {count: 1}
  features: [{window: w2, kinds: [mean]}]
)";

// Holds the lock of who writes to a database in WAL mode (sqlite.org/walformat.html, section 2.3),
// as another process that is in the middle of a transaction does.
class DatabaseLock {
 public:
  explicit DatabaseLock(const std::string& database)
      : file_(open((database + "-shm").c_str(), O_RDWR | O_CLOEXEC)) {}
  ~DatabaseLock() { close(file_); }
  DatabaseLock(const DatabaseLock&) = delete;
  DatabaseLock& operator=(const DatabaseLock&) = delete;

  bool take() const { return set(F_WRLCK); }
  bool release() const { return set(F_UNLCK); }

 private:
  bool set(short type) const {
    struct flock lock{};
    lock.l_type = type;
    lock.l_whence = SEEK_SET;
    lock.l_start = 120;
    lock.l_len = 1;
    return fcntl(file_, F_SETLKW, &lock) == 0;
  }
  const int file_;
};

// Alias upon alias: nine to the ninth items from a few hundred bytes.
std::string multiplied() {
  std::string text = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n";
  for (int i = 1; i < 9; ++i) {
    text += std::format("a{}: &a{} [", i, i);
    for (int k = 0; k < 9; ++k) text += std::format("{}*a{}", k == 0 ? "" : ", ", i - 1);
    text += "]\n";
  }
  return text + "apiVersion: lineside/v1\nkind: Pipeline\nname: bomb\nspec: {streams: *a8}\n";
}

class OddFiles : public testing::Test {
 protected:
  void SetUp() override {
    if (!interop::find_program("mosquitto")) GTEST_SKIP() << "mosquitto is not installed";
  }
  static void sparse(const std::string& path) {
    const int file = open(path.c_str(), O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
    ASSERT_EQ(ftruncate(file, 4LL << 40), 0);
    close(file);
  }

  interop::Folder folder_;
  EdgeProcess edge_{folder_, "edge"};
};

TEST_F(OddFiles, AsManifestsAreEachToldAndHideNoOther) {
  const interop::Mosquitto broker(folder_, broker_lines(folder_));
  write_plant(edge_, broker);
  ASSERT_EQ(run_program(folder_, {"check", edge_.config_folder()}).code, 0);
  const std::string config = edge_.config_folder() + "/";
  ASSERT_EQ(mkfifo((config + "fifo.yaml").c_str(), 0600), 0);
  fs::create_symlink("loop.yaml", config + "loop.yaml");
  sparse(config + "sparse.yaml");
  edge_.write_config("bomb.yaml", multiplied());
  edge_.write_config(".hidden.yaml", "not: a manifest\n");
  edge_.write_config("wrong.yaml", "apiVersion: lineside/v1\nkind: Pipelin\nname: x\nspec: {}\n");
  const Outcome checked = run_program(folder_, {"check", edge_.config_folder()});
  EXPECT_EQ(checked.code, traits(Code::invalid).exit_code) << checked.output;
  for (const char* file :
       {"fifo.yaml", "loop.yaml", "sparse.yaml", "bomb.yaml", "wrong.yaml:2:7: kind: unknown kind"})
    EXPECT_TRUE(checked.output.contains(file)) << file << "\n" << checked.output;
  EXPECT_FALSE(checked.output.contains(".hidden")) << checked.output;
}

TEST(AbsentFiles, ThatOptionsNameAreNotMistakesInManifests) {
  const interop::Folder folder;
  const int absent = traits(Code::not_found).exit_code;
  const std::string nowhere = folder.path("nowhere");
  for (const Lines& arguments :
       {Lines{"check", nowhere}, Lines{"train", nowhere},
        Lines{"edge", "--config", nowhere, "--data", folder.path("data")}}) {
    const Outcome done = run_program(folder, arguments);
    EXPECT_EQ(done.code, absent) << done.output;
    EXPECT_TRUE(done.output.contains(nowhere)) << done.output;
  }
  EXPECT_FALSE(fs::exists(folder.path("data"))) << "nothing was begun";
  EXPECT_EQ(run_program(folder, {"check"}).code, traits(Code::invalid).exit_code);
}

TEST_F(OddFiles, AsModelsAreRefused) {
  const interop::Mosquitto broker(folder_, broker_lines(folder_));
  write_plant(edge_, broker);
  const std::string model = edge_.config_folder() + "/spread.onnx";
  const auto refused = [&] {
    const Outcome checked = run_program(folder_, {"check", edge_.config_folder()});
    EXPECT_EQ(checked.code, traits(Code::invalid).exit_code) << checked.output;
    EXPECT_TRUE(checked.output.contains("pipeline spread: spec.model: ")) << checked.output;
    fs::remove(model);
  };
  fs::remove(model);
  ASSERT_EQ(mkfifo(model.c_str(), 0600), 0);
  refused();
  sparse(model);
  refused();
}

TEST_F(OddFiles, AsSnapshotsArePassedOver) {
  const std::uint64_t seed = test_seed();
  const interop::Mosquitto broker(folder_, broker_lines(folder_));
  write_plant(edge_, broker);
  Plant plant(broker, seed);
  ASSERT_TRUE(start_connected(edge_, plant)) << edge_.log();
  ASSERT_TRUE(plant.send(300));
  ASSERT_TRUE(until_settled(edge_, plant)) << edge_.log();
  EXPECT_EQ(edge_.stop(), 0);
  int found = 0;
  for (const auto& entry : fs::recursive_directory_iterator(edge_.data_folder() + "/snapshots"))
    if (entry.is_regular_file()) {
      const std::string path = entry.path();
      fs::remove(path);
      if (found++ % 2 == 0)
        sparse(path);
      else
        ASSERT_EQ(mkfifo(path.c_str(), 0600), 0);
    }
  ASSERT_GT(found, 0);
  edge_.start();
  ASSERT_TRUE(edge_.until_ready()) << edge_.log();
  EXPECT_TRUE(edge_.log().contains("passed over")) << edge_.log();
  ASSERT_TRUE(plant.send(300));
  ASSERT_TRUE(until_settled(edge_, plant)) << edge_.log();
  EXPECT_EQ(edge_.stop(), 0);
  const auto kept = read_stores(edge_.data_folder());
  ASSERT_TRUE(kept) << kept.error().text;
  expect_all_once(*kept, plant);
  expect_same_effects(*kept, run_undisturbed(plant).kept);
}

TEST_F(OddFiles, ALockedDatabaseDelaysAndLosesNothingWhilePlansChange) {
  const std::uint64_t seed = test_seed();
  const interop::Mosquitto broker(folder_, broker_lines(folder_));
  write_plant(edge_, broker);
  Plant plant(broker, seed);
  ASSERT_TRUE(start_connected(edge_, plant)) << edge_.log();
  ASSERT_TRUE(plant.send(200));
  const DatabaseLock lock(edge_.data_folder() + "/edge.db");
  ASSERT_TRUE(lock.take());
  plant.want(plant.sent() + 2000);
  for (int round = 0; round < 40; ++round) {
    edge_.write_config("extra.yaml", round % 2 == 0 ? std::string(kExtra) : "# none\n");
    const auto answer = post(edge_, "/api/v1/config/reload", "{}");
    ASSERT_TRUE(answer) << answer.error().text;
    EXPECT_EQ(answer->status, 200) << answer->body;
    plant.run_for(Duration::millis(20));
  }
  EXPECT_TRUE(plant.until([&] { return edge_.log().contains("effects are not recorded"); }))
      << edge_.log();
  ASSERT_TRUE(lock.release());
  ASSERT_TRUE(until_settled(edge_, plant)) << body_of(edge_, "/api/v1/status") << edge_.log();
  EXPECT_EQ(edge_.stop(), 0) << edge_.log();
  auto kept = read_stores(edge_.data_folder());
  ASSERT_TRUE(kept) << kept.error().text;
  expect_all_once(*kept, plant);
  std::erase_if(kept->predictions, [](const auto& one) { return one.first.contains("/extra."); });
  expect_same_effects(*kept, run_undisturbed(plant).kept);
}

TEST_F(OddFiles, AFolderWithoutRightsStopsTheStartWithAReason) {
  if (geteuid() == 0) GTEST_SKIP() << "everything is permitted to root";
  const interop::Mosquitto broker(folder_, broker_lines(folder_));
  write_plant(edge_, broker);
  fs::create_directories(edge_.data_folder());
  fs::permissions(edge_.data_folder(), fs::perms::owner_read | fs::perms::owner_exec);
  edge_.start();
  EXPECT_FALSE(edge_.until_ready());
  EXPECT_TRUE(edge_.log().contains("ermission denied")) << edge_.log();
  fs::permissions(edge_.data_folder(), fs::perms::owner_all);

  // The database alone.
  edge_.start();
  ASSERT_TRUE(edge_.until_ready()) << edge_.log();
  EXPECT_EQ(edge_.stop(), 0);
  fs::permissions(edge_.data_folder() + "/edge.db", fs::perms::owner_read);
  edge_.start();
  EXPECT_FALSE(edge_.until_ready());
  EXPECT_TRUE(edge_.log().contains("edge.db")) << edge_.log();
  EXPECT_TRUE(edge_.log().contains("readonly")) << edge_.log();
}

}  // namespace
}  // namespace lineside::e2e
