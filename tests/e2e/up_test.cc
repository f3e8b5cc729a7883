// `lineside up`: a hub and an edge in one process that talk over the wire.
#include <csignal>
#include <format>

#include <gtest/gtest.h>

#include "base/text.h"
#include "tests/e2e/edge_process.h"
#include "wire/joined_folder.h"
#include "world/files.h"
#include "world/free_port.h"

namespace lineside::e2e {
namespace {

class Up : public testing::Test {
 protected:
  std::string data() const { return folder_.path("up"); }

  void start(const std::string& listen = "127.0.0.1:0") {
    auto started = world::Process::start(
        {.command = {program(), "up", "--data", data(), "--listen", listen, "--name", "one"},
         .stdout_file = folder_.path("said"),
         .stderr_file = folder_.path("log"),
         .environment = {}});
    ASSERT_TRUE(started) << started.error().text;
    process_ = std::move(*started);
    ASSERT_TRUE(until([&] { return !line("ca-sha256 ").empty(); })) << folder_.read("log");
  }
  bool until(const std::function<bool()>& holds) { return holds_in_time(*process_, holds); }
  int stop() {
    process_->signal(SIGTERM);
    return process_->wait(Duration::seconds(30)).value_or(-1);
  }
  // What stands behind `word` on its line.
  std::string line(const std::string& word) const {
    const std::string said = folder_.read("said");
    for (const std::string_view one : split(said, '\n'))
      if (one.starts_with(word)) return std::string(trim(one.substr(word.size())));
    return "";
  }
  int ask_hub(const std::string& target) const {
    const std::string url = line("hub ");
    net::HttpClientOptions options;
    options.tls.ca_sha256 = line("ca-sha256 ");
    const net::HttpClient client(url.substr(0, url.find('/', 8)), options);
    const auto answer = client.get(target);
    EXPECT_TRUE(answer) << answer.error().text;
    return answer ? answer->status : 0;
  }
  std::string hub_of_edge() const {
    const auto joined = wire::load_joined(data() + "/edge", world::system_files());
    return joined && *joined ? (*joined)->identity.url : "";
  }

  interop::Folder folder_;
  std::optional<world::Process> process_;
};

TEST_F(Up, TheEdgeJoinsItsHubAndRunsWhatItSigns) {
  start();
  EXPECT_TRUE(line("hub ").contains("/#/setup?token=")) << line("hub ");
  EXPECT_TRUE(line("edge ").starts_with("http://127.0.0.1:")) << line("edge ");
  EXPECT_EQ(ask_hub("/healthz"), 200);
  EXPECT_EQ(ask_hub("/api/v1/sites"), 401);
  EXPECT_EQ(line("hub ").find(hub_of_edge()), 0U) << hub_of_edge();
  EXPECT_TRUE(until([&] { return folder_.read("log").contains("is in force"); }))
      << folder_.read("log");
  const Outcome second = run_program(folder_, {"up", "--data", data(), "--listen", "127.0.0.1:0"});
  EXPECT_EQ(second.code, 4) << second.output;
  EXPECT_EQ(stop(), 0) << folder_.read("log");

  const std::string before = hub_of_edge();
  start();
  EXPECT_EQ(hub_of_edge(), before) << "a port that was chosen is taken again";
  EXPECT_EQ(line("hub ").find(before), 0U) << before;
  EXPECT_EQ(stop(), 0) << folder_.read("log");

  // On another port: it joins again.
  start(std::format("127.0.0.1:{}", *world::free_loopback_port()));
  EXPECT_NE(hub_of_edge(), before);
  EXPECT_EQ(line("hub ").find(hub_of_edge()), 0U) << hub_of_edge();
  EXPECT_EQ(stop(), 0) << folder_.read("log");
}

TEST_F(Up, NamesThatAreNoneAreRefused) {
  const Outcome outcome = run_program(folder_, {"up", "--data", data(), "--site", "a site"});
  EXPECT_EQ(outcome.code, 2);
  EXPECT_TRUE(outcome.output.contains("--site: expected 1 to 128")) << outcome.output;
}

}  // namespace
}  // namespace lineside::e2e
