#include "world/process.h"

#include <array>
#include <csignal>
#include <fcntl.h>
#include <filesystem>
#include <memory>
#include <string>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>
#include <vector>

#include <gtest/gtest.h>

#include "base/text.h"
#include "world/clock.h"
#include "world/files.h"

namespace lineside::world {
namespace {

constexpr Duration kLong = Duration::seconds(60);

class ProcessTest : public testing::Test {
 protected:
  ProcessTest() {
    std::string pattern = testing::TempDir() + "lineside-process-XXXXXX";
    folder_ = ::mkdtemp(pattern.data());
  }
  ~ProcessTest() override { std::filesystem::remove_all(folder_); }

  std::string at(const std::string& name) const { return folder_ + "/" + name; }
  static std::string text_of(const std::string& path) {
    const auto bytes = system_files().read(path);
    return bytes ? std::string(as_text(*bytes)) : "error: " + bytes.error().text;
  }
  // Runs a shell script to its end; its output.
  std::string output_of(const std::string& script, std::vector<std::string> environment = {}) {
    auto child = Process::start({.command = {"sh", "-c", script},
                                 .stdout_file = at("out"),
                                 .stderr_file = at("out"),
                                 .environment = std::move(environment)});
    EXPECT_TRUE(child.has_value()) << child.error().text;
    EXPECT_EQ(child->wait(kLong), 0);
    return text_of(at("out"));
  }
  // Waits until the script that writes it has got that far.
  static bool appears(const std::string& path) {
    const Time end = system_clock().steady() + kLong;
    while (!system_files().exists(path)) {
      if (system_clock().steady() > end) return false;
      system_clock().sleep(Duration::millis(1));
    }
    return true;
  }

  std::string folder_;
};

bool is_alive(int pid) { return ::kill(pid, 0) == 0; }

// Without memory: gone, or dead and waiting for whoever reaps orphans here.
bool ends(int pid) {
  const Time end = system_clock().steady() + kLong;
  while (resident_bytes(pid) > 0 && system_clock().steady() < end) {
    system_clock().sleep(Duration::millis(1));
  }
  return resident_bytes(pid) == 0;
}

TEST_F(ProcessTest, ReportsExitCodesAndSignals) {
  auto seven = Process::start({.command = {"sh", "-c", "exit 7"}}).value();
  EXPECT_EQ(seven.wait(kLong), 7);
  EXPECT_EQ(seven.wait({}), 7) << "asked again";
  auto killed = Process::start({.command = {"sleep", "600"}}).value();
  EXPECT_EQ(killed.wait(Duration::millis(5)), std::nullopt);
  killed.signal(SIGKILL);
  EXPECT_EQ(killed.wait(kLong), 128 + SIGKILL);
  killed.signal(SIGKILL);
}

TEST_F(ProcessTest, RedirectsBothOutputsInOrder) {
  EXPECT_EQ(output_of("echo one; echo two >&2; echo three"), "one\ntwo\nthree\n");
  EXPECT_EQ(output_of("echo short"), "short\n") << "emptied first";
}

TEST_F(ProcessTest, StandardInputIsEmpty) { EXPECT_EQ(output_of("cat; echo end"), "end\n"); }

TEST_F(ProcessTest, AddsToTheEnvironmentAndReplacesByName) {
  ASSERT_EQ(::setenv("LINESIDE_TEST_KEPT", "kept", 1), 0);
  ASSERT_EQ(::setenv("LINESIDE_TEST_OLD", "old", 1), 0);
  EXPECT_EQ(output_of("echo $LINESIDE_TEST_KEPT $LINESIDE_TEST_OLD; "
                      "env | grep -c LINESIDE_TEST_OLD",
                      {"LINESIDE_TEST_OLD=new=1"}),
            "kept new=1\n1\n");
  EXPECT_EQ(environment("LINESIDE_TEST_OLD"), "old");
  EXPECT_EQ(environment("LINESIDE_TEST_ABSENT"), std::nullopt);
}

TEST_F(ProcessTest, TheChildInheritsNoDescriptor) {
  const int leaked = ::open("/dev/null", O_RDONLY);  // without O_CLOEXEC, as libraries do
  ASSERT_GE(leaked, 0);
  EXPECT_EQ(output_of("ls /proc/$$/fd; true"), "0\n1\n2\n");
  ::close(leaked);
}

TEST_F(ProcessTest, TheChildHasDefaultSignalsAndItsOwnGroup) {
  ASSERT_NE(::signal(SIGPIPE, SIG_IGN), SIG_ERR);
  const std::string out = output_of("grep -E 'SigIgn|SigBlk' /proc/self/status");
  EXPECT_TRUE(out.contains("SigIgn:\t0000000000000000")) << out;
  EXPECT_TRUE(out.contains("SigBlk:\t0000000000000000")) << out;
  auto child = Process::start({.command = {"sleep", "600"}}).value();
  EXPECT_EQ(::getpgid(child.pid()), child.pid());
}

TEST_F(ProcessTest, ErrorsSayWhatIsMissing) {
  const auto unknown = Process::start({.command = {"lineside-no-such-program"}});
  ASSERT_FALSE(unknown.has_value());
  EXPECT_EQ(unknown.error().code, Code::not_found);
  EXPECT_TRUE(unknown.error().text.starts_with("cannot start lineside-no-such-program: "));

  EXPECT_EQ(Process::start({.command = {at("absent")}}).error(),
            fail(Code::not_found, "cannot start " + at("absent") + ": No such file or directory"));
  ASSERT_TRUE(system_files().write_atomic(at("plain"), as_bytes("no program")));
  EXPECT_EQ(Process::start({.command = {at("plain")}}).error().code, Code::denied);
  ASSERT_EQ(::chmod(at("plain").c_str(), 0700), 0);
  EXPECT_EQ(Process::start({.command = {at("plain")}}).error().code, Code::invalid);

  EXPECT_EQ(Process::start({}).error().code, Code::invalid);
  EXPECT_EQ(Process::start({.command = {"true"}, .environment = {"NOVALUE"}}).error().code,
            Code::invalid);
  EXPECT_EQ(Process::start({.command = {"true"}, .stdout_file = at("no/out")}).error().code,
            Code::not_found);
}

TEST_F(ProcessTest, DestructionEndsTheChild) {
  int pid = -1;
  {
    const auto child = Process::start({.command = {"sleep", "600"}}).value();
    pid = child.pid();
    EXPECT_TRUE(is_alive(pid));
  }
  EXPECT_FALSE(is_alive(pid)) << "ended and reaped";
}

TEST_F(ProcessTest, DestructionKillsWhatIgnoresTheRequest) {
  int pid = -1;
  {
    const std::string script = "trap '' TERM; touch " + at("ready") + "; while :; do sleep 1; done";
    const auto child = Process::start({.command = {"sh", "-c", script}}).value();
    pid = child.pid();
    ASSERT_TRUE(appears(at("ready")));
  }
  EXPECT_FALSE(is_alive(pid));
}

TEST_F(ProcessTest, MovingPassesTheChildOn) {
  auto first = Process::start({.command = {"sleep", "600"}}).value();
  auto second = Process::start({.command = {"sleep", "600"}}).value();
  const int first_pid = first.pid();
  const int second_pid = second.pid();
  first = std::move(second);
  EXPECT_FALSE(is_alive(first_pid));
  EXPECT_TRUE(is_alive(second_pid));
  EXPECT_EQ(first.pid(), second_pid);
}

TEST_F(ProcessTest, TheChildOutlivesTheThreadThatStartedIt) {
  std::optional<Process> child;
  std::thread starter([&] { child = Process::start({.command = {"sleep", "600"}}).value(); });
  starter.join();
  // The kernel sends the parent-death signal while the thread ends, right after join() returns.
  EXPECT_EQ(child->wait(Duration::millis(50)), std::nullopt);
}

TEST_F(ProcessTest, TheChildDiesWithUs) {
  auto parent = Process::start({.command = {self_path(), "--gtest_filter=*InAChildOnly*",
                                            "--gtest_also_run_disabled_tests"},
                                .stdout_file = "/dev/null",
                                .stderr_file = "/dev/null",
                                .environment = {"LINESIDE_TEST_PID_FILE=" + at("pid")}})
                    .value();
  EXPECT_EQ(parent.wait(kLong), 128 + SIGKILL);
  const auto pid = to_number(text_of(at("pid")));
  ASSERT_TRUE(pid.has_value());
  EXPECT_TRUE(ends(static_cast<int>(*pid)));
}

// Run by TheChildDiesWithUs, in a process of its own.
TEST(ProcessDeath, DISABLED_InAChildOnly) {
  const auto pid_file = environment("LINESIDE_TEST_PID_FILE");
  if (!pid_file) GTEST_SKIP() << "run by TheChildDiesWithUs";
  const auto child = Process::start({.command = {"sleep", "600"}}).value();
  const std::string text = std::to_string(child.pid());
  ASSERT_TRUE(system_files().write_atomic(*pid_file, as_bytes(text)));
  ::raise(SIGKILL);
}

TEST(Proc, ReadsMemoryAndCpuTimeOfAProcess) {
  EXPECT_GT(resident_bytes(::getpid()), 1'000'000U);
  EXPECT_LT(resident_bytes(::getpid()), 10'000'000'000U);
  const Duration before = cpu_time(::getpid());
  EXPECT_GT(before, Duration{});
  volatile std::uint64_t work = 0;
  for (int i = 0; i < 10'000'000; ++i) work = work + 1;
  EXPECT_GT(cpu_time(::getpid()), before);
  constexpr int kNoPid = 1 << 22;  // PID_MAX_LIMIT of the kernel
  EXPECT_EQ(resident_bytes(kNoPid), 0U);
  EXPECT_EQ(cpu_time(kNoPid), Duration{});
}

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool kSanitized = true;
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
constexpr bool kSanitized = true;
#else
constexpr bool kSanitized = false;
#endif
#else
constexpr bool kSanitized = false;
#endif

TEST(Proc, ReleasesMemoryThatWasFreed) {
  if (kSanitized) GTEST_SKIP() << "a sanitizer's allocator keeps what was freed";
  constexpr std::size_t kBlocks = 32 * 1024;
  std::vector<std::unique_ptr<std::array<char, 1024>>> blocks;
  for (std::size_t i = 0; i < kBlocks; ++i) {
    blocks.push_back(std::make_unique<std::array<char, 1024>>());
    blocks.back()->fill('x');
  }
  blocks.front() = std::move(blocks.back());  // the last one keeps the top of the heap in use
  blocks.resize(1);
  const std::uint64_t before = resident_bytes(::getpid());
  release_memory();
  EXPECT_LT(resident_bytes(::getpid()) + kBlocks * 512, before);
}

TEST(Proc, KnowsItsOwnProgram) {
  EXPECT_TRUE(self_path().starts_with('/'));
  EXPECT_EQ(::access(self_path().c_str(), X_OK), 0);
}

TEST(Signals, SetTheirFlags) {
  catch_signals();
  EXPECT_FALSE(stop_requested());
  EXPECT_FALSE(take_reload_request());
  ::raise(SIGHUP);
  EXPECT_TRUE(take_reload_request());
  EXPECT_FALSE(take_reload_request()) << "once per signal";
  EXPECT_FALSE(stop_requested());
  ::raise(SIGPIPE);
  ::raise(SIGTERM);
  EXPECT_TRUE(stop_requested());
}

}  // namespace
}  // namespace lineside::world
