#include "edge/server.h"

#include <atomic>
#include <filesystem>
#include <format>
#include <thread>
#include <unistd.h>

#include <gtest/gtest.h>

#include "base/bytes.h"
#include "net/http_client.h"
#include "net/socket.h"
#include "sim/clock.h"
#include "sim/random.h"

namespace lineside::edge {
namespace {

constexpr std::string_view kContract =
    "apiVersion: lineside/v1\nkind: Contract\nname: all\n"
    "spec: {owner: shop, streams: [{stream: \"*\"}]}\n";
constexpr std::string_view kServedPipeline =
    "apiVersion: lineside/v1\nkind: Pipeline\nname: p\n"
    "spec: {streams: [temp], windows: [{name: w, count: 2}], every: {count: 1},\n"
    "       features: [{window: w, kinds: [mean]}], model: {file: m.onnx}}\n";
constexpr std::array<EmbeddedFile, 1> kPage = {{{"index.html", "<!doctype html>"}}};

// An edge without connections, its lanes not started, behind a server on a real port.
class ServerTest : public testing::Test {
 protected:
  ServerTest() {
    std::filesystem::create_directories(folder_ / "config");
    EXPECT_TRUE(
        world::system_files().write_atomic(folder_ / "token", as_bytes("token-of-programs\n")));
    EXPECT_TRUE(
        world::system_files().write_atomic(folder_ / "config/contract.yaml", as_bytes(kContract)));
    auto opened = Edge::open({.config_folder = folder_ / "config", .data_folder = folder_ / "data"},
                             {world::system_files(), clock_, random_, dialer_,
                              [this](const std::string&, ByteView) { return admit(); }});
    EXPECT_TRUE(opened) << opened.error().text;
    edge_ = std::move(*opened);
    auto started = Server::start({.token_file = folder_ / "token"}, *edge_, page_);
    EXPECT_TRUE(started) << started.error().text;
    server_ = std::move(*started);
    link_ = server_->address();
    base_ = link_.substr(0, link_.find("/?token="));
  }
  ~ServerTest() override {
    server_.reset();
    edge_.reset();
    std::filesystem::remove_all(folder_);
  }

  net::HttpResponse get(std::string target, std::vector<net::HttpHeader> headers = {}) const {
    auto response = net::HttpClient(base_).get(std::move(target), std::move(headers));
    EXPECT_TRUE(response) << response.error().text;
    return response ? std::move(*response) : net::HttpResponse();
  }
  // Cookie header of a new session.
  net::HttpHeader sign_in() {
    const std::string link = server_->address();
    const net::HttpResponse response = get(link.substr(base_.size()));
    EXPECT_EQ(response.status, 303);
    const std::string_view set = response.header("Set-Cookie");
    return {"Cookie", std::string(set.substr(0, set.find(';')))};
  }

  // What a model waits for to be admitted.
  Result<void> admit() {
    ++admitting_;
    for (int i = 0; i < 2000 && held_; ++i) world::system_clock().sleep(Duration::millis(10));
    return invalid("no model");
  }
  std::atomic<int> admitting_ = 0;
  std::atomic<bool> held_ = false;

  const std::filesystem::path folder_ =
      std::filesystem::temp_directory_path() / std::format("server-{}", ::getpid());
  const net::HttpFiles page_{std::span(kPage)};
  const net::HttpHeader bearer_{"Authorization", "Bearer token-of-programs"};
  sim::SimClock clock_{Time{1'700'000'000'000'000'000}};
  sim::SimRandom random_{3};
  net::SystemDialer dialer_;
  std::unique_ptr<Edge> edge_;
  std::unique_ptr<Server> server_;
  std::string link_;
  std::string base_;
};

TEST_F(ServerTest, SignsInByLinkAndEndsTheSessionAfterTwelveHours) {
  EXPECT_EQ(get("/api/v1/status").status, 401);
  const net::HttpHeader cookie = sign_in();
  EXPECT_EQ(get("/", {cookie}).body, "<!doctype html>");
  EXPECT_EQ(get("/api/v1/status", {cookie}).status, 200);
  EXPECT_NE(get("/metrics", {cookie}).body.find("\nlineside_http_requests_total "),
            std::string::npos);
  clock_.advance(Duration::seconds(12 * 3600));
  EXPECT_EQ(get("/api/v1/status", {cookie}).status, 401);
  EXPECT_EQ(get("/api/v1/status", {bearer_}).status, 200) << "programs go on";
}

TEST_F(ServerTest, RefusesOtherSites) {
  EXPECT_EQ(get("/api/v1/status", {bearer_, {"Host", "evil.example"}}).status, 403);
  EXPECT_EQ(get("/", {{"Host", "evil.example"}}).status, 403);
  const net::HttpClient client(base_);
  EXPECT_EQ(
      client.post("/api/v1/config/reload", "{}", {bearer_, {"Origin", "http://evil.example"}})
          ->status,
      403);
  EXPECT_EQ(client.post("/api/v1/config/reload", "{}", {bearer_, {"Origin", base_}})->status, 200);
}

TEST_F(ServerTest, OneReloadAtATimeAndThePageGoesOn) {
  held_ = true;
  EXPECT_TRUE(world::system_files().write_atomic(folder_ / "config/pipeline.yaml",
                                                 as_bytes(kServedPipeline)));
  EXPECT_TRUE(world::system_files().write_atomic(folder_ / "config/m.onnx", as_bytes("a model")));
  testing::internal::CaptureStderr();
  const net::HttpClient client(base_);
  Result<net::HttpResponse> first = fail(Code::internal, "none");
  std::thread slow([&] { first = client.post("/api/v1/config/reload", "{}", {bearer_}); });
  for (int i = 0; i < 2000 && admitting_ == 0; ++i)
    world::system_clock().sleep(Duration::millis(10));
  EXPECT_EQ(admitting_, 1);
  for (int i = 0; i < 5; ++i) {
    const auto second = client.post("/api/v1/config/reload", "{}", {bearer_});
    ASSERT_TRUE(second) << second.error().text;
    EXPECT_EQ(second->status, 409);
    EXPECT_TRUE(second->body.contains("a reload is under way already")) << second->body;
    EXPECT_EQ(get("/api/v1/status", {bearer_}).status, 200);
  }
  held_ = false;
  slow.join();
  ASSERT_TRUE(first) << first.error().text;
  EXPECT_EQ(first->status, 422);
  const std::string log = testing::internal::GetCapturedStderr();
  EXPECT_TRUE(
      log.contains("warn edge: a reload asked for by the API is refused, problems=2 first: "))
      << log;
  EXPECT_EQ(client.post("/api/v1/config/reload", "{}", {bearer_})->status, 422)
      << "it is free again";
}

TEST_F(ServerTest, RefusesToBeReachedWithoutTls) {
  const auto open = Server::start({.listen = "0.0.0.0:0"}, *edge_, page_);
  ASSERT_FALSE(open);
  EXPECT_EQ(open.error().code, Code::invalid);
  EXPECT_TRUE(open.error().text.ends_with("found none of them")) << open.error().text;
  const auto half = Server::start({.tls_cert = "cert.pem"}, *edge_, page_);
  EXPECT_EQ(half.error().text, "expected both a certificate and its key, or neither");
}

TEST_F(ServerTest, EveryReaderSeesEveryEventWhileOthersAsk) {
  constexpr int kReaders = 10;
  constexpr int kEvents = 200;
  std::atomic<int> ready = 0;
  std::atomic<int> complete = 0;
  std::vector<std::thread> threads;
  for (int r = 0; r < kReaders; ++r) {
    threads.emplace_back([&] {
      std::string text;
      bool counted = false;
      const auto response = net::HttpClient(base_).follow(
          {"GET", "/api/v1/events", {bearer_}, ""}, [&](std::string_view piece) {
            text += piece;
            if (!counted && text.find("event: reset\n") != std::string::npos) ++ready;
            counted = counted || text.find("event: reset\n") != std::string::npos;
            return text.find(std::format("data: {{\"n\":{}}}\n", kEvents - 1)) == std::string::npos;
          });
      bool all = response.has_value();
      for (int n = 0; n < kEvents; ++n)
        all = all && text.find(std::format("data: {{\"n\":{}}}\n", n)) != std::string::npos;
      if (all) ++complete;
    });
  }
  std::atomic<int> good = 0;
  for (int t = 0; t < 2; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < 25; ++i) {
        for (const char* target : {"/api/v1/status", "/api/v1/assets", "/metrics"})
          if (get(target, {bearer_}).status == 200) ++good;
        sign_in();
      }
    });
  }
  for (int i = 0; i < 2000 && ready < kReaders; ++i)
    world::system_clock().sleep(Duration::millis(10));
  EXPECT_EQ(ready, kReaders);
  for (int n = 0; n < kEvents; ++n) edge_->feed().publish("alert", std::format("{{\"n\":{}}}", n));
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(complete, kReaders);
  EXPECT_EQ(good, 2 * 25 * 3);
}

TEST_F(ServerTest, ResumesWhereALineBroke) {
  const auto read_until = [&](const std::string& last_id, std::string_view end) {
    std::string text;
    std::vector<net::HttpHeader> headers = {bearer_};
    if (!last_id.empty()) headers.push_back({"Last-Event-ID", last_id});
    const auto response = net::HttpClient(base_).follow(
        {"GET", "/api/v1/events", headers, ""}, [&](std::string_view piece) {
          text += piece;
          return text.find(end) == std::string::npos;
        });
    EXPECT_TRUE(response) << response.error().text;
    return text;
  };
  const std::string first = read_until("", "event: reset\ndata: {}\n\n");
  const std::string id = first.substr(4, first.find('\n') - 4);
  edge_->feed().publish("alert", "{\"missed\":true}");
  const std::string second = read_until(id, "{\"missed\":true}");
  EXPECT_EQ(second.find("event: reset"), std::string::npos) << second;
}

TEST_F(ServerTest, StopsWhileReadersRead) {
  std::atomic<bool> reading = false;
  std::thread reader([&] {
    const auto response = net::HttpClient(base_).follow({"GET", "/api/v1/events", {bearer_}, ""},
                                                        [&](std::string_view) {
                                                          reading = true;
                                                          return true;
                                                        });
    EXPECT_TRUE(response) << "the stream ended in order: " << response.error().text;
  });
  for (int i = 0; i < 2000 && !reading; ++i) world::system_clock().sleep(Duration::millis(10));
  EXPECT_TRUE(edge_->feed().has_readers());
  server_->stop();
  reader.join();
  EXPECT_FALSE(edge_->feed().has_readers());
}

}  // namespace
}  // namespace lineside::edge
