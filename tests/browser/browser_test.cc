// The page in headless Chromium: over the demo as `./run` starts it, in the states that a healthy
// edge never shows, and as a hub's (ui/test/browser).
#include <csignal>
#include <filesystem>
#include <format>

#include <gtest/gtest.h>

#include "net/http_client.h"
#include "tests/e2e/edge_process.h"
#include "tests/interop/mosquitto.h"
#include "world/clock.h"
#include "world/process.h"

namespace lineside::e2e {
namespace {

namespace fs = std::filesystem;

const std::string kSource = LINESIDE_SOURCE_DIR;
const std::string kPictures = std::string(LINESIDE_BINARY_DIR) + "/pictures";

class Browser : public testing::Test {
 protected:
  void SetUp() override {
    for (const char* needed : {"node", "chromium"})
      if (!interop::find_program(needed)) GTEST_SKIP() << needed << " is not installed";
    if (!fs::exists(kSource + "/ui/node_modules/playwright-core"))
      GTEST_SKIP() << "the page's packages are not installed";
  }

  // The script's exit code, -1 where it does not end on a machine that is busy with other tests as
  // well; what it printed is then in `printed_`, what it told on our output.
  int run_script(const std::string& name, const Lines& arguments) {
    Lines command{"node", kSource + "/ui/test/browser/" + name};
    command.insert(command.end(), arguments.begin(), arguments.end());
    auto process = world::Process::start({.command = command,
                                          .stdout_file = folder_.path("script.txt"),
                                          .stderr_file = "",
                                          .environment = {}});
    if (!process) return -1;
    const int code = process->wait(Duration::seconds(540)).value_or(-1);
    printed_ = folder_.read("script.txt");
    return code;
  }

  interop::Folder folder_;
  std::string printed_;
};

TEST_F(Browser, StatesOfThePage) {
  if (!fs::exists(kSource + "/build/ui/index.html")) GTEST_SKIP() << "the page is not built";
  EXPECT_EQ(run_script("states.mjs", {"--out", kPictures + "/states"}), 0);
}

class HubPages : public Browser {};

TEST_F(HubPages, InAllStates) {
  if (!fs::exists(kSource + "/build/ui/index.html")) GTEST_SKIP() << "the page is not built";
  EXPECT_EQ(run_script("hub.mjs", {"--out", kPictures + "/hub"}), 0);
}

class Demo : public Browser {
 protected:
  void SetUp() override {
    Browser::SetUp();
    if (!interop::find_program("mosquitto")) GTEST_SKIP() << "mosquitto is not installed";
  }

  // Trains before, the first time, and then waits for the approval of its models. True once all
  // that is done.
  bool start(int rate) {
    if (!start_process(rate)) return false;
    return until([&] { return has_said("in service") || (has_said("approval") && approve()); },
                 Duration::seconds(30));
  }
  // True once its addresses are printed.
  bool start_process(int rate) {
    demo_.reset();
    auto started = world::Process::start(
        {.command = {program(), "demo", "--demo", kSource + "/demo", "--state",
                     folder_.path("state"), "--rate", std::to_string(rate)},
         .stdout_file = folder_.path("demo.txt"),
         .stderr_file = folder_.path("demo.log"),
         .environment = {}});
    if (!started) return false;
    demo_ = std::move(*started);
    return until([&] { return has_said("Ctrl-C"); }, Duration::seconds(150));
  }
  bool has_said(const std::string& words) { return folder_.read("demo.txt").contains(words); }
  // In another shell.
  bool approve() {
    const Outcome outcome =
        run_program(folder_, {"demo", "--approve", "--state", folder_.path("state")});
    EXPECT_EQ(outcome.code, 0) << outcome.output;
    return outcome.code == 0;
  }
  template <class Condition>
  bool until(Condition&& holds, Duration limit) {
    world::Clock& clock = world::system_clock();
    const Time end = clock.steady() + limit;
    while (!holds()) {
      if (demo_->wait({}) || clock.steady() > end) return false;
      clock.sleep(Duration::millis(50));
    }
    return true;
  }
  int stop() {
    demo_->signal(SIGTERM);
    return demo_->wait(Duration::seconds(30)).value_or(-1);
  }

  std::string page() { return address("http://"); }
  std::string address(const std::string& begin) {
    const std::string said = folder_.read("demo.txt");
    const std::size_t at = said.find(begin);
    return at == std::string::npos ? "" : said.substr(at, said.find('\n', at) - at);
  }
  double status(const std::string& name) {
    const std::string token = folder_.read("state/page/api-token");
    const net::HttpClient client(page().substr(0, page().find("/?")));
    const auto answer = client.get(
        "/api/v1/status", {{"Authorization", "Bearer " + token.substr(0, token.find('\n'))}});
    return answer ? number_in(answer->body, name) : -1;
  }
  // "name":"text" of the script's JSON.
  std::string said(const std::string& name) const {
    const std::string key = "\"" + name + "\":\"";
    const std::size_t at = printed_.find(key);
    if (at == std::string::npos) return "";
    const std::size_t begin = at + key.size();
    return printed_.substr(begin, printed_.find('"', begin) - begin);
  }

  std::optional<world::Process> demo_;
};

TEST_F(Demo, PageAndVerdictsOverARestart) {
  // Fast through the healthy part of the recordings, then slowly, as one watches it.
  ASSERT_TRUE(start(2500)) << folder_.read("demo.log");
  ASSERT_TRUE(until([&] { return status("alerts_open") > 2; }, Duration::seconds(60)))
      << folder_.read("demo.log");
  EXPECT_EQ(stop(), 0) << folder_.read("demo.log");

  ASSERT_TRUE(start(60)) << folder_.read("demo.log");
  // Its recording is dealt evenly over the replay, those of the engines end one by one.
  ASSERT_EQ(run_script("page.mjs", {page(), "--asset", "machine-1", "--out", kPictures + "/page"}),
            0);
  const std::string alert = said("alert");
  const std::string note = said("note");
  ASSERT_FALSE(alert.empty() || note.empty()) << printed_;
  EXPECT_EQ(stop(), 0) << folder_.read("demo.log");

  ASSERT_TRUE(start(60)) << folder_.read("demo.log");
  EXPECT_EQ(run_script("page.mjs",
                       {page(), "--alert", alert, "--note", note, "--out", kPictures + "/again"}),
            0);
  EXPECT_EQ(stop(), 0) << folder_.read("demo.log");
}

// The one who is invited approves the models, and looks at every page of the hub.
TEST_F(Demo, ThePagesOfItsHub) {
  ASSERT_TRUE(start_process(300)) << folder_.read("demo.log");
  ASSERT_TRUE(until([&] { return has_said("approval"); }, Duration::seconds(30)));
  EXPECT_EQ(run_script("real_hub.mjs", {address("https://"), "--out", kPictures + "/real-hub"}), 0);
  EXPECT_TRUE(has_said("in service")) << folder_.read("demo.log");
  EXPECT_EQ(stop(), 0) << folder_.read("demo.log");
}

}  // namespace
}  // namespace lineside::e2e
