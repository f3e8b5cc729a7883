// `lineside up`: a hub and an edge in one process that talk over the wire.
#include <csignal>
#include <filesystem>
#include <format>
#include <vector>

#include <gtest/gtest.h>

#include "base/text.h"
#include "store/hub_db.h"
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
  // Of the edge, as the hub has it that was stopped.
  std::string last_report() const {
    const auto reads_only = [](std::uint64_t, const crypt::Digest&) -> Result<std::string> {
      return fail(Code::unsupported, "expected no entry of the log");
    };
    const auto hub = store::HubDb::open(data() + "/hub/hub.db", {.sign = reads_only});
    EXPECT_TRUE(hub) << hub.error().text;
    const auto report = hub ? (*hub)->edges().report("one") : hub.error();
    EXPECT_TRUE(report) << report.error().text;
    return report ? report->document : "";
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
  wire::Joined joined() const {
    const auto joined = wire::load_joined(data() + "/edge", world::system_files());
    return joined && *joined ? **joined : wire::Joined();
  }
  std::string hub_of_edge() const { return joined().identity.url; }
  std::string free_address() const {
    return std::format("127.0.0.1:{}", *world::free_loopback_port());
  }
  // As the first admin, which can be told once.
  void revoke_edge() const {
    const std::string link = line("hub ");
    net::HttpClientOptions options;
    options.tls.ca_sha256 = line("ca-sha256 ");
    const net::HttpClient client(link.substr(0, link.find('/', 8)), options);
    std::vector<net::HttpHeader> headers = {{"Content-Type", "application/json"}};
    const auto admin = client.send(
        {"POST", "/api/v1/setup", headers,
         std::format(R"({{"token":"{}","person":"ada","password":"correct horse battery"}})",
                     link.substr(link.find("token=") + 6))});
    ASSERT_TRUE(admin) << admin.error().text;
    ASSERT_EQ(admin->status, 200) << admin->body;
    const std::string_view cookie = admin->header("Set-Cookie");
    headers.push_back({"Cookie", std::string(cookie.substr(0, cookie.find(';')))});
    const auto csrf = admin->body.find("\"csrf\":\"") + 8;
    headers.push_back(
        {"X-Lineside-CSRF", admin->body.substr(csrf, admin->body.find('"', csrf) - csrf)});
    const auto revoked =
        client.send({"POST", "/api/v1/edges/one/revoke", headers, R"({"reason":"stolen"})"});
    ASSERT_TRUE(revoked) << revoked.error().text;
    EXPECT_EQ(revoked->status, 204) << revoked->body;
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

  EXPECT_TRUE(last_report().contains(R"("state":"stopped")")) << last_report();

  // On another port: it goes along.
  const wire::Credential credential = joined().credential;
  start(free_address());
  EXPECT_NE(hub_of_edge(), before);
  EXPECT_EQ(line("hub ").find(hub_of_edge()), 0U) << hub_of_edge();
  EXPECT_EQ(joined().credential, credential);
  EXPECT_EQ(stop(), 0) << folder_.read("log");
}

TEST_F(Up, AnEdgeThatWasRevokedStaysOutUnderAnotherPort) {
  start();
  revoke_edge();
  const wire::Credential credential = joined().credential;
  EXPECT_EQ(stop(), 0) << folder_.read("log");
  start(free_address());
  EXPECT_EQ(joined().credential, credential);
  EXPECT_TRUE(until([&] {
    return folder_.read("log").contains("hub: the hub says: the certificate was revoked");
  })) << folder_.read("log");
  EXPECT_EQ(stop(), 0) << folder_.read("log");
  // Nor does it come in under its name without what it had.
  std::filesystem::remove_all(data() + "/edge");
  const Outcome anew =
      run_program(folder_, {"up", "--data", data(), "--name", "one", "--listen", "127.0.0.1:0"});
  EXPECT_NE(anew.code, 0);
  EXPECT_TRUE(anew.output.contains("edge one was revoked")) << anew.output;
}

TEST_F(Up, NamesThatAreNoneAreRefused) {
  const Outcome outcome = run_program(folder_, {"up", "--data", data(), "--site", "a site"});
  EXPECT_EQ(outcome.code, 2);
  EXPECT_TRUE(outcome.output.contains("--site: expected 1 to 128")) << outcome.output;
}

}  // namespace
}  // namespace lineside::e2e
