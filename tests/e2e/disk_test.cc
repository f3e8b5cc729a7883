// The disk is full: the edge goes on, says so and acknowledges nothing; freed, it continues, and
// nothing is lost or doubled. Its disk is a small tmpfs in a mount namespace.
#include <filesystem>
#include <format>
#include <fstream>

#include <gtest/gtest.h>

#include "base/result.h"
#include "tests/e2e/edge_process.h"
#include "tests/e2e/expect_same.h"
#include "tests/e2e/plant.h"
#include "world/clock.h"

namespace lineside::e2e {
namespace {

namespace fs = std::filesystem;

// A process that keeps a namespace with a tmpfs over one folder.
class SmallDisk {
 public:
  SmallDisk(const interop::Folder& folder, const std::string& path, int megabytes)
      : path_(path), mark_(folder.path("small-disk")) {
    fs::create_directories(path);
    auto started = world::Process::start(
        {.command = {"unshare", "--user", "--map-root-user", "--mount", "sh", "-c",
                     std::format("mount -t tmpfs -o size={}m,mode=700 tmpfs '{}' && touch '{}' "
                                 "&& exec sleep 600",
                                 megabytes, path, mark_)},
         .stdout_file = folder.path("small-disk.log"),
         .stderr_file = folder.path("small-disk.log"),
         .environment = {}});
    if (started) holder_ = std::move(*started);
  }

  bool ready() {
    world::Clock& clock = world::system_clock();
    const Time limit = clock.steady() + Duration::seconds(10);
    while (holder_ && !holder_->wait({}) && clock.steady() < limit) {
      if (fs::exists(mark_)) return true;
      clock.sleep(Duration::millis(10));
    }
    return false;
  }

  // In front of a command that is to see the disk.
  Lines launcher() const {
    return {"nsenter",  "--user",
            "--mount",  "--preserve-credentials",
            "--target", std::to_string(holder_->pid())};
  }
  // The folder as seen from outside.
  std::string inside() const { return std::format("/proc/{}/root{}", holder_->pid(), path_); }

  // To the last byte.
  void fill() const {
    std::ofstream file(inside() + "/filler", std::ios::binary | std::ios::app);
    for (std::size_t piece = 1U << 16U; piece > 0; piece /= 2) {
      const std::string bytes(piece, 'x');
      while (file.write(bytes.data(), static_cast<std::streamsize>(piece)).flush()) continue;
      file.clear();
    }
  }
  void free() const { fs::remove(inside() + "/filler"); }

 private:
  const std::string path_;
  const std::string mark_;
  std::optional<world::Process> holder_;
};

class FullDisk : public testing::Test {
 protected:
  void SetUp() override {
    for (const char* needed : {"mosquitto", "unshare", "nsenter"})
      if (!interop::find_program(needed)) GTEST_SKIP() << needed << " is not installed";
    disk_.emplace(folder_, edge_.data_folder(), 12);
    if (!disk_->ready()) GTEST_SKIP() << "user namespaces with mounts are not permitted here";
    edge_.set_launcher(disk_->launcher());
  }

  bool until_full(Plant& plant) {
    return plant.until(
        [&] { return body_of(edge_, "/api/v1/status").contains("\"state\":\"full\""); });
  }

  interop::Folder folder_;
  EdgeProcess edge_{folder_, "edge"};
  std::optional<SmallDisk> disk_;
};

TEST_F(FullDisk, NothingIsAcknowledgedUntilItIsStored) {
  const std::uint64_t seed = test_seed();
  const interop::Mosquitto broker(folder_, broker_lines(folder_));
  write_plant(edge_, broker);
  Plant plant(broker, seed);
  ASSERT_TRUE(start_connected(edge_, plant)) << edge_.log();
  ASSERT_TRUE(plant.send(400));
  ASSERT_TRUE(until_settled(edge_, plant)) << edge_.log();

  disk_->fill();
  plant.want(1200);
  ASSERT_TRUE(until_full(plant)) << body_of(edge_, "/api/v1/status") << edge_.log();
  ASSERT_TRUE(plant.until([&] { return plant.sent() == 1200; }));
  plant.run_for(Duration::millis(1500));
  EXPECT_FALSE(edge_.has_ended());
  EXPECT_EQ(body_of(edge_, "/healthz"), "ok\n");
  EXPECT_TRUE(edge_.log().contains("readings are not stored")) << edge_.log();

  // Killed while it is full: whatever it had acknowledged without storing it would now be lost.
  edge_.kill();
  disk_->free();
  edge_.start();
  ASSERT_TRUE(edge_.until_ready()) << edge_.log();

  // Full again, and this time it lives on.
  disk_->fill();
  plant.want(2000);
  ASSERT_TRUE(until_full(plant)) << body_of(edge_, "/api/v1/status") << edge_.log();
  plant.run_for(Duration::millis(500));
  disk_->free();
  ASSERT_TRUE(until_settled(edge_, plant)) << body_of(edge_, "/api/v1/status") << edge_.log();
  EXPECT_TRUE(body_of(edge_, "/api/v1/status").contains("\"state\":\"ok\""));

  // The disk ends with its namespace.
  fs::copy(disk_->inside(), folder_.path("copy"), fs::copy_options::recursive);
  const auto kept = read_stores(folder_.path("copy"));
  ASSERT_TRUE(kept) << kept.error().text;
  expect_all_once(*kept, plant);
  const Undisturbed other = run_undisturbed(plant);
  expect_same_effects(*kept, other.kept);
  EXPECT_EQ(plant.heard(), other.heard) << "what was published, repetitions aside";
  EXPECT_EQ(edge_.stop(), 0) << edge_.log();
}

TEST_F(FullDisk, AStartSaysWhyItFails) {
  const interop::Mosquitto broker(folder_, broker_lines(folder_));
  write_plant(edge_, broker);
  disk_->fill();
  edge_.start();
  EXPECT_FALSE(edge_.until_ready());
  EXPECT_TRUE(edge_.log().contains("No space left on device")) << edge_.log();
  disk_->free();
  edge_.start();
  EXPECT_TRUE(edge_.until_ready()) << edge_.log();

  // Its files are there now, and SQLite is the first to need room.
  EXPECT_EQ(edge_.stop(), 0) << edge_.log();
  disk_->fill();
  edge_.start();
  EXPECT_FALSE(edge_.until_ready());
  EXPECT_EQ(edge_.stop(), traits(Code::exhausted).exit_code) << edge_.log();
  EXPECT_TRUE(edge_.log().contains("no room left in " + edge_.data_folder())) << edge_.log();
}

}  // namespace
}  // namespace lineside::e2e
