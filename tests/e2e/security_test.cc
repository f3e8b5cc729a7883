// Who may call a real edge from where, what it writes and what it never writes.
#include <filesystem>
#include <format>
#include <sys/stat.h>

#include <gtest/gtest.h>

#include "base/result.h"
#include "net/http_client.h"
#include "tests/e2e/edge_process.h"
#include "tests/e2e/expect_same.h"
#include "tests/e2e/plant.h"
#include "world/file_lock.h"

namespace lineside::e2e {
namespace {

namespace fs = std::filesystem;

class Security : public testing::Test {
 protected:
  void SetUp() override {
    if (!interop::find_program("mosquitto")) GTEST_SKIP() << "mosquitto is not installed";
    broker_.emplace(folder_, broker_lines(folder_));
    write_plant(edge_, *broker_);
  }

  int status_of(const net::HttpCall& call) {
    const auto answer = net::HttpClient(edge_.api()).send(call);
    EXPECT_TRUE(answer) << answer.error().text;
    return answer ? answer->status : 0;
  }
  net::HttpHeader bearer() const { return {"Authorization", "Bearer " + edge_.token()}; }

  interop::Folder folder_;
  EdgeProcess edge_{folder_, "edge"};
  std::optional<interop::Mosquitto> broker_;
};

TEST_F(Security, BeyondLoopbackNeedsTlsAndAToken) {
  for (const Lines& more : {Lines{"--listen", "0.0.0.0:0"}, Lines{"--listen", "[::]:0"}}) {
    edge_.start(more);
    EXPECT_FALSE(edge_.until_ready()) << more[1];
    EXPECT_TRUE(edge_.log().contains("expected a certificate")) << edge_.log();
  }
}

TEST_F(Security, ServesTlsToOthers) {
  if (!interop::make_certificates(folder_)) GTEST_SKIP() << "openssl is not installed";
  edge_.start({"--listen", "0.0.0.0:0", "--tls-cert", folder_.path("server.pem"), "--tls-key",
               folder_.path("server.key")});
  ASSERT_TRUE(edge_.until_ready()) << edge_.log();
  ASSERT_TRUE(edge_.api().starts_with("https://localhost:")) << edge_.api();
  const net::HttpClient trusting(edge_.api(), {.tls = {.ca_file = folder_.path("ca.pem")}});
  const auto good = trusting.get("/api/v1/status", {bearer()});
  ASSERT_TRUE(good) << good.error().text;
  EXPECT_EQ(good->status, 200);
  EXPECT_EQ(trusting.get("/api/v1/status")->status, 401);
  EXPECT_EQ(trusting.get("/api/v1/status", {{"Authorization", "Bearer guess"}})->status, 401);
  const net::HttpClient doubting(edge_.api(), {.tls = {.ca_file = folder_.path("other-ca.pem")}});
  EXPECT_FALSE(doubting.get("/healthz"));
  // Plain HTTP on the same port gets nothing.
  const std::string plain = "http" + edge_.api().substr(5);
  const auto refused = net::HttpClient(plain).get("/healthz");
  EXPECT_TRUE(!refused || refused->status != 200);
}

TEST_F(Security, ChecksSiteTokenAndPath) {
  edge_.start();
  ASSERT_TRUE(edge_.until_ready()) << edge_.log();
  const std::string api = "/api/v1/status";
  const std::string reload = "/api/v1/config/reload";
  EXPECT_EQ(status_of({"GET", "/healthz", {}, ""}), 200);
  EXPECT_EQ(status_of({"GET", api, {bearer()}, ""}), 200);
  EXPECT_EQ(status_of({"GET", api, {}, ""}), 401);
  EXPECT_EQ(status_of({"GET", "/metrics", {}, ""}), 401);
  EXPECT_EQ(status_of({"GET", "/api/v1/events", {}, ""}), 401);
  EXPECT_EQ(status_of({"GET", api, {{"Authorization", "Bearer " + edge_.token() + "x"}}, ""}), 401);
  EXPECT_EQ(status_of({"GET", api, {bearer(), {"Host", "evil.example"}}, ""}), 403);
  EXPECT_EQ(status_of({"GET", "/", {{"Host", "evil.example"}}, ""}), 403);
  EXPECT_EQ(status_of({"POST", reload, {bearer(), {"Origin", "http://evil.example"}}, "{}"}), 403);
  const net::HttpHeader json{"Content-Type", "application/json"};
  EXPECT_EQ(status_of({"POST", reload, {bearer(), json, {"Origin", edge_.api()}}, "{}"}), 200);
  EXPECT_EQ(status_of({"POST", reload, {bearer(), {"Content-Type", "text/plain"}}, "{}"}), 415);
  EXPECT_EQ(status_of({"POST", reload, {}, "{}"}), 401);
  EXPECT_EQ(status_of({"GET", "/api/v1/nothing", {bearer()}, ""}), 404);
  EXPECT_EQ(status_of({"DELETE", api, {bearer()}, ""}), 405);
  for (const char* path : {"/../../../../etc/passwd", "/%2e%2e/%2e%2e/%2e%2e/etc/passwd",
                           "/assets/..%2f..%2f..%2fetc%2fpasswd", "//etc/passwd", "/assets/../x"}) {
    const auto answer = net::HttpClient(edge_.api()).get(path, {bearer()});
    ASSERT_TRUE(answer) << path << answer.error().text;
    EXPECT_TRUE(answer->status == 400 || answer->status == 404) << path << answer->status;
    EXPECT_FALSE(answer->body.contains("root:")) << path;
  }
}

TEST_F(Security, TheLinkWorksOnce) {
  edge_.start();
  ASSERT_TRUE(edge_.until_ready()) << edge_.log();
  const net::HttpClient client(edge_.api());
  const std::string link = edge_.page().substr(edge_.api().size());
  const auto first = client.get(link);
  ASSERT_TRUE(first) << first.error().text;
  EXPECT_EQ(first->status, 303);
  const std::string cookie(first->header("Set-Cookie"));
  EXPECT_TRUE(cookie.contains("HttpOnly; SameSite=Strict")) << cookie;
  const net::HttpHeader session{"Cookie", cookie.substr(0, cookie.find(';'))};
  EXPECT_EQ(client.get("/api/v1/status", {session})->status, 200);
  const auto second = client.get(link);
  ASSERT_TRUE(second) << second.error().text;
  EXPECT_TRUE(second->header("Set-Cookie").empty());
  // A thief with another Origin cannot use the cookie to change something.
  EXPECT_EQ(
      status_of(
          {"POST", "/api/v1/config/reload", {session, {"Origin", "http://evil.example"}}, "{}"}),
      403);
  // Guessing is slowed down, without shutting out who is signed in.
  int refused = 0;
  for (int i = 0; i < 15; ++i)
    refused += status_of({"GET", "/api/v1/status", {{"Authorization", "Bearer guess"}}, ""}) != 401;
  EXPECT_GT(refused, 0);
  EXPECT_EQ(client.get("/api/v1/status", {session})->status, 200);
}

TEST_F(Security, LinkSignsInAgainWhileTheEdgeRuns) {
  const Lines link = {"link", "--data", edge_.data_folder()};
  const Outcome none = run_program(folder_, link);
  EXPECT_EQ(none.code, 8) << none.output;
  EXPECT_TRUE(none.output.contains("no edge runs on ")) << none.output;
  edge_.start();
  ASSERT_TRUE(edge_.until_ready()) << edge_.log();
  const Outcome printed = run_program(folder_, link);
  ASSERT_EQ(printed.code, 0) << printed.output;
  ASSERT_TRUE(printed.output.starts_with(edge_.api() + "/?token=")) << printed.output;
  const std::string target =
      printed.output.substr(edge_.api().size(), printed.output.find('\n') - edge_.api().size());
  const net::HttpClient client(edge_.api());
  EXPECT_FALSE(client.get(target)->header("Set-Cookie").empty());
  EXPECT_TRUE(client.get(target)->header("Set-Cookie").empty()) << "it works once";
  ASSERT_EQ(edge_.stop(), 0) << edge_.log();
  EXPECT_EQ(run_program(folder_, link).code, 8);
}

TEST(Demo, DoesNotTouchOneThatRuns) {
  interop::Folder folder;
  fs::create_directories(folder.path("state/page"));
  folder.write("state/page/replayed", "7");
  const auto lock = world::FileLock::take(folder.path("state/lock"), 4711);
  ASSERT_TRUE(lock) << lock.error().text;
  const Outcome refused = run_program(folder, {"demo", "--fresh", "--state", folder.path("state")});
  EXPECT_EQ(refused.code, 4);
  EXPECT_EQ(refused.output,
            "lineside demo: the demo plant already runs (process 4711): stop it first, Ctrl-C in "
            "its terminal\n");
  EXPECT_EQ(folder.read("state/page/replayed"), "7");
}

TEST_F(Security, KeepsItsFilesToItselfAndSecretsOutOfItsLog) {
  folder_.write("edge-config/secret", "hunter2-is-no-password\n");
  edge_.write_config("plant.yaml", connection_yaml(*broker_,
                                                   "  user: edge\n"
                                                   "  password_file: secret\n"));
  Plant plant(*broker_, 1);
  ASSERT_TRUE(start_connected(edge_, plant)) << edge_.log();
  ASSERT_TRUE(plant.send(100));
  ASSERT_TRUE(until_settled(edge_, plant));
  const std::string page = edge_.page();
  EXPECT_EQ(net::HttpClient(edge_.api()).get(page.substr(edge_.api().size()))->status, 303);
  ASSERT_EQ(edge_.stop(), 0) << edge_.log();
  int files = 0;
  for (const auto& entry : fs::recursive_directory_iterator(edge_.data_folder())) {
    const auto mode = fs::status(entry).permissions() & fs::perms::mask;
    const auto expected = entry.is_directory() ? fs::perms::owner_all
                                               : fs::perms::owner_read | fs::perms::owner_write;
    EXPECT_EQ(mode, expected) << entry.path();
    ++files;
  }
  EXPECT_GT(files, 5);
  const std::string log = edge_.log();
  EXPECT_TRUE(log.contains("connection plant is up")) << log;
  for (const std::string& secret :
       {std::string("hunter2"), edge_.token(), page.substr(page.find('=') + 1)})
    EXPECT_FALSE(log.contains(secret)) << log;
}

TEST_F(Security, MetricsPassPromtool) {
  if (!interop::find_program("promtool")) GTEST_SKIP() << "promtool is not installed";
  Plant plant(*broker_, 1);
  ASSERT_TRUE(start_connected(edge_, plant)) << edge_.log();
  plant.publish("plant/press-1/t", "not JSON");
  ASSERT_TRUE(plant.send(500));
  ASSERT_TRUE(until_settled(edge_, plant));
  const std::string metrics = body_of(edge_, "/metrics");
  for (const char* family : {"rejected", "unacknowledged", "queue", "seconds_bucket", "model"})
    EXPECT_TRUE(metrics.contains(family)) << family << "\n" << metrics;
  folder_.write("metrics.txt", metrics);
  const int code = interop::run_command(
      {"sh", "-c", "promtool check metrics < '" + folder_.path("metrics.txt") + "'"}, folder_);
  EXPECT_EQ(code, 0) << metrics << folder_.read("commands.txt");
}

}  // namespace
}  // namespace lineside::e2e
