#include "net/http_server.h"

#include <atomic>
#include <cstdlib>
#include <filesystem>
#include <format>
#include <thread>
#include <unistd.h>

#include <gtest/gtest.h>

#include "net/http_client.h"
#include "net/http_peer_test.h"
#include "world/clock.h"

namespace lineside::net {
namespace {

constexpr std::string_view kGet = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";

// Counts to `last`, then ends; 0: never ends.
class Counting final : public HttpStream {
 public:
  Counting(int last, std::atomic<int>& alive) : last_(last), alive_(alive) { ++alive_; }
  ~Counting() override { --alive_; }
  Counting(const Counting&) = delete;
  Counting& operator=(const Counting&) = delete;
  bool more(std::string& out) override {
    out += std::format("{}\n", ++count_);
    return count_ != last_;
  }

 private:
  int count_ = 0;
  const int last_;
  std::atomic<int>& alive_;
};

// More than any reader takes.
class Flooding final : public HttpStream {
 public:
  explicit Flooding(std::atomic<std::size_t>& made) : made_(made) {}
  bool more(std::string& out) override {
    out.append(256 * 1024, 'x');
    made_ += 256 * 1024;
    return true;
  }

 private:
  std::atomic<std::size_t>& made_;
};

class HttpServerTest : public testing::Test {
 protected:
  HttpServer& start(HttpServerOptions options = {}) {
    auto bound = HttpServer::bind(std::move(options));
    EXPECT_TRUE(bound) << bound.error().text;
    server_ = std::move(*bound);
    server_->serve([this](const HttpRequest& request) { return answer(request); });
    return *server_;
  }
  std::string address() const { return "http://" + to_string(server_->endpoint()); }

  HttpResponse answer(const HttpRequest& request) {
    if (request.target.path == "/count") {
      HttpResponse response;
      response.stream = std::make_unique<Counting>(
          std::atoi(std::string(*request.target.parameter("to")).c_str()), streams_);
      return response;
    }
    if (request.target.path == "/flood") {
      HttpResponse response;
      response.stream = std::make_unique<Flooding>(made_);
      return response;
    }
    if (request.target.path == "/slow") {
      ++started_;
      world::system_clock().sleep(Duration::millis(300));
    }
    if (request.target.path == "/large") {
      HttpResponse response;
      response.file = large_;
      return response;
    }
    return text_response(request.method + " " + request.target.path + " " + request.body);
  }
  const std::string large_ = std::string(300'000, 'L');
  std::atomic<int> streams_ = 0;
  std::atomic<int> started_ = 0;
  std::atomic<std::size_t> made_ = 0;
  std::unique_ptr<HttpServer> server_;
};

TEST_F(HttpServerTest, AnswersAndGoesOnWithTheConnection) {
  RawPeer peer(start());
  for (int i = 0; i < 3; ++i) {
    peer.send("POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nhi");
    const std::string text = peer.receive("POST /a hi");
    EXPECT_TRUE(text.starts_with("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n")) << text;
    EXPECT_EQ(text.find("Connection: close"), std::string::npos);
  }
  peer.send(std::string(kGet) + std::string(kGet));
  // One after the other; both may come in one piece.
  std::string both = peer.receive("GET / ");
  if (both.find("200 OK") == both.rfind("200 OK")) both += peer.receive("GET / ");
  EXPECT_NE(both.find("200 OK"), both.rfind("200 OK")) << both;
  peer.send("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
  EXPECT_NE(peer.receive().find("Connection: close\r\n"), std::string::npos);
  EXPECT_EQ(server_->counts().requests, 6U);
  EXPECT_EQ(server_->counts().refused, 0U);
}

TEST_F(HttpServerTest, EveryAnswerKeepsBrowsersInBounds) {
  start();
  const auto good = HttpClient(address()).get("/");
  ASSERT_TRUE(good) << good.error().text;
  RawPeer peer(*server_);
  peer.send("nonsense\r\n\r\n");
  const std::string bad = peer.receive();
  EXPECT_TRUE(bad.starts_with("HTTP/1.1 400 Bad Request\r\n")) << bad;
  EXPECT_TRUE(good->header("Content-Security-Policy").starts_with("default-src 'self';"));
  EXPECT_EQ(good->header("X-Content-Type-Options"), "nosniff");
  EXPECT_EQ(good->header("Referrer-Policy"), "no-referrer");
  for (const char* header : {"\r\nContent-Security-Policy: default-src 'self';",
                             "frame-ancestors 'none'", "\r\nX-Content-Type-Options: nosniff\r\n",
                             "\r\nReferrer-Policy: no-referrer\r\n", "\r\nConnection: close\r\n"})
    EXPECT_NE(bad.find(header), std::string::npos) << header;
}

TEST_F(HttpServerTest, SendsNoBodyToHead) {
  RawPeer peer(start());
  peer.send("HEAD /large HTTP/1.1\r\nHost: a\r\n\r\nGET /x HTTP/1.1\r\nHost: a\r\n\r\n");
  const std::string text = peer.receive("GET /x ");
  EXPECT_NE(text.find("Content-Length: 300000\r\n"), std::string::npos);
  EXPECT_EQ(text.find("LL"), std::string::npos);
  RawPeer large(*server_);
  large.send("HEAD / HTTP/1.1\r\nHost: a\r\nContent-Length: 100000000\r\n\r\n");
  const std::string refused = large.receive();
  EXPECT_TRUE(refused.starts_with("HTTP/1.1 413 ")) << refused;
  EXPECT_TRUE(refused.ends_with("\r\n\r\n")) << refused;
}

TEST_F(HttpServerTest, SendsLargeFilesWhole) {
  start();
  const auto response = HttpClient(address()).get("/large");
  ASSERT_TRUE(response) << response.error().text;
  EXPECT_EQ(response->body, large_);
}

TEST_F(HttpServerTest, TellsAClientThatWaitsToGoOn) {
  RawPeer peer(start());
  peer.send("POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n");
  EXPECT_EQ(peer.receive("\r\n\r\n"), "HTTP/1.1 100 Continue\r\n\r\n");
  peer.send("hi");
  EXPECT_TRUE(peer.receive("POST / hi").starts_with("HTTP/1.1 200 OK\r\n"));
}

TEST_F(HttpServerTest, RefusesWhatIsTooLarge) {
  start({.header_max = 1000, .body_max = 100});
  const HttpClient client(address());
  const auto headers = client.get("/", {{"A", std::string(1000, 'x')}});
  ASSERT_TRUE(headers) << headers.error().text;
  EXPECT_EQ(headers->status, 431);
  EXPECT_EQ(client.post("/", std::string(101, 'x'))->status, 413);
  EXPECT_EQ(client.post("/", std::string(1'000'000, 'x'))->status, 413)
      << "the answer arrives while the client still sends";
  EXPECT_EQ(client.post("/", std::string(100, 'x'))->status, 200);
  EXPECT_EQ(server_->counts().refused, 3U);
}

TEST_F(HttpServerTest, DoesNotWaitForSlowClients) {
  start({.request_limit = Duration::millis(300)});
  RawPeer silent(*server_);
  RawPeer header(*server_);
  header.send("GET / HTTP/1.1\r\nHost: a\r\n");
  RawPeer body(*server_);
  body.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\n12");
  RawPeer dripping(*server_);
  for (int i = 0; i < 20; ++i) {
    dripping.send("G");
    world::system_clock().sleep(Duration::millis(50));
  }
  EXPECT_EQ(silent.receive(), "");
  EXPECT_EQ(header.receive(), "");
  EXPECT_EQ(body.receive(), "");
  EXPECT_EQ(dripping.receive().find("200 OK"), std::string::npos);
  EXPECT_TRUE(soon([&] { return server_->counts().connections == 0; }));
  EXPECT_EQ(server_->counts().timeouts, 3U) << "all but the one that said nothing";
}

TEST_F(HttpServerTest, ClosesIdleConnections) {
  RawPeer peer(start({.idle_limit = Duration::millis(200)}));
  peer.send(kGet);
  EXPECT_TRUE(peer.receive().ends_with("GET / "));
  EXPECT_EQ(server_->counts().timeouts, 0U);
}

TEST_F(HttpServerTest, WhoWaitsLongestMakesRoom) {
  start({.connections_max = 4});
  RawPeer silent(*server_);
  EXPECT_TRUE(soon([&] { return server_->counts().connections == 1; }));
  RawPeer head(*server_);
  head.send("GET / HTTP/1.1\r\nHost: a\r\n");
  EXPECT_TRUE(soon([&] { return server_->counts().connections == 2; }));
  RawPeer body(*server_);
  body.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\n12");
  EXPECT_TRUE(soon([&] { return server_->counts().connections == 3; }));
  RawPeer idle(*server_);
  idle.send(kGet);
  EXPECT_TRUE(idle.receive("GET / ").ends_with("GET / "));
  head.send("A: more of it does not make it younger\r\n");

  std::vector<std::unique_ptr<RawPeer>> newcomers;
  const auto displace = [&](RawPeer& victim, std::uint64_t count) {
    auto& next = *newcomers.emplace_back(std::make_unique<RawPeer>(*server_));
    next.send(kGet);
    EXPECT_TRUE(next.receive("GET / ").ends_with("GET / "));
    EXPECT_EQ(victim.receive(), "");
    EXPECT_EQ(server_->counts().displaced, count);
  };
  displace(silent, 1);
  displace(head, 2);
  displace(body, 3);
  displace(idle, 4);
  newcomers[0]->send(kGet);
  EXPECT_TRUE(newcomers[0]->receive("GET / ").ends_with("GET / ")) << "it is the youngest again";
  displace(*newcomers[1], 5);
  EXPECT_EQ(server_->counts().overloads, 0U);
  EXPECT_EQ(server_->counts().timeouts, 0U);
  EXPECT_TRUE(soon([&] { return server_->counts().connections == 4; }));
}

TEST_F(HttpServerTest, TellsOnesTooManyThatItIsFull) {
  start({.connections_max = 2});
  auto first = std::make_unique<RawPeer>(*server_);
  RawPeer second(*server_);
  first->send("GET /count?to=0 HTTP/1.1\r\nHost: a\r\n\r\n");
  second.send("GET /count?to=0 HTTP/1.1\r\nHost: a\r\n\r\n");
  first->receive("2\n");
  second.receive("2\n");
  RawPeer third(*server_);
  EXPECT_TRUE(third.receive().starts_with("HTTP/1.1 503 Service Unavailable\r\n"));
  EXPECT_EQ(server_->counts().overloads, 1U);
  EXPECT_EQ(server_->counts().displaced, 0U);
  first->leave();
  EXPECT_TRUE(soon([&] { return server_->counts().connections == 1; }));
  EXPECT_EQ(HttpClient(address()).get("/")->status, 200);
}

TEST_F(HttpServerTest, ManyAskAtOnce) {
  start();
  std::atomic<int> good = 0;
  std::vector<std::thread> threads;
  for (int t = 0; t < 8; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < 25; ++i) {
        const auto response = HttpClient(address()).get(std::format("/{}/{}", t, i));
        if (response && response->body == std::format("GET /{}/{} ", t, i)) ++good;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(good, 200);
}

TEST_F(HttpServerTest, StreamsGoToManyAtOnceAndEnd) {
  start();
  std::atomic<int> good = 0;
  std::vector<std::thread> threads;
  for (int t = 0; t < 20; ++t) {
    threads.emplace_back([&] {
      std::string text;
      const auto response = HttpClient(address()).follow({.target = "/count?to=3"}, [&](auto more) {
        text += more;
        return true;
      });
      if (response && response->status == 200 && text == "1\n2\n3\n") ++good;
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(good, 20);
  EXPECT_TRUE(soon([&] { return streams_ == 0 && server_->counts().streams == 0; }));
}

TEST_F(HttpServerTest, StreamsEndWhenTheirReadersLeave) {
  RawPeer peer(start());
  peer.send("GET /count?to=0 HTTP/1.1\r\nHost: a\r\n\r\n");
  peer.receive("2\n");
  EXPECT_EQ(server_->counts().streams, 1U);
  peer.leave();
  EXPECT_TRUE(soon([&] { return streams_ == 0; }));
}

TEST_F(HttpServerTest, ReadersThatDoNotReadAreNotWaitedFor) {
  RawPeer peer(start({.request_limit = Duration::millis(500)}));
  peer.send("GET /flood HTTP/1.1\r\nHost: a\r\n\r\n");
  EXPECT_TRUE(soon([&] { return server_->counts().timeouts == 1; }));
  EXPECT_TRUE(soon([&] { return server_->counts().connections == 0; }));
  EXPECT_LT(made_, 64U << 20U) << "nothing is made while nothing is taken";
}

TEST_F(HttpServerTest, StopsSoonAndLetsAnswersArrive) {
  start();
  RawPeer idle(*server_);
  idle.send(kGet);
  idle.receive("GET / ");
  RawPeer preconnected(*server_);
  RawPeer streaming(*server_);
  streaming.send("GET /count?to=0 HTTP/1.1\r\nHost: a\r\n\r\n");
  streaming.receive("1\n");
  Result<HttpResponse> slow = invalid("not asked");
  std::thread asker([&] { slow = HttpClient(address()).get("/slow"); });
  EXPECT_TRUE(soon([&] { return started_ == 1; }));
  std::thread readers([&] {
    idle.receive();
    preconnected.receive();
    streaming.receive();
    streaming.leave();
  });
  const Time before = world::system_clock().steady();
  server_->stop();
  EXPECT_LT(world::system_clock().steady() - before, Duration::seconds(10));
  asker.join();
  readers.join();
  ASSERT_TRUE(slow) << slow.error().text;
  EXPECT_EQ(slow->body, "GET /slow ");
  EXPECT_EQ(streams_, 0);
  EXPECT_FALSE(HttpClient(address()).get("/"));
}

TEST_F(HttpServerTest, SaysWhyItCannotListen) {
  start();
  EXPECT_EQ(HttpServer::bind({.endpoint = server_->endpoint()}).error().code, Code::conflict);
  const auto name = HttpServer::bind({.endpoint = {"plant.example", 0}});
  EXPECT_EQ(name.error().text,
            "expected an IP address or localhost to listen on, found 'plant.example'");
  const auto tls = HttpServer::bind({.tls = HttpServerTls{"/none/cert.pem", "/none/key.pem"}});
  EXPECT_TRUE(tls.error().text.starts_with("certificate /none/cert.pem: ")) << tls.error().text;
}

class HttpTlsTest : public HttpServerTest {
 protected:
  HttpTlsTest() { folder_.self_signed("own"); }
  std::string path(const std::string& name) const { return folder_.path(name); }
  std::string https() const { return "https://" + to_string(server_->endpoint()); }

  const TestCertificates folder_;
};

TEST_F(HttpTlsTest, ServesThoseWhoTrustTheCertificate) {
  start({.tls = HttpServerTls{path("own.pem"), path("own.key")}});
  const HttpClient client(https(), {.tls = {.ca_file = path("own.pem")}});
  const auto response = client.post("/a", "hi");
  ASSERT_TRUE(response) << response.error().text;
  EXPECT_EQ(response->body, "POST /a hi");
  EXPECT_EQ(client.get("/large")->body, large_);
  std::string text;
  const auto stream = client.follow({.target = "/count?to=3"}, [&](auto more) {
    text += more;
    return true;
  });
  ASSERT_TRUE(stream) << stream.error().text;
  EXPECT_EQ(text, "1\n2\n3\n");
  EXPECT_FALSE(HttpClient(https()).get("/")) << "not signed by an authority of the system";
}

TEST_F(HttpTlsTest, DoesNotSpeakPlainHttpOrOldTls) {
  start({.tls = HttpServerTls{path("own.pem"), path("own.key")},
         .request_limit = Duration::millis(500)});
  RawPeer peer(*server_);
  peer.send(kGet);
  EXPECT_EQ(peer.receive().find("HTTP/1.1"), std::string::npos);
  RawPeer silent(*server_);
  EXPECT_EQ(silent.receive(), "") << "a handshake that never comes";
  const std::string old = std::format(
      "echo | openssl s_client -connect {} -tls1_1 -cipher DEFAULT@SECLEVEL=0 >/dev/null 2>&1",
      to_string(server_->endpoint()));
  EXPECT_NE(std::system(old.c_str()), 0);
  const std::string current =
      std::format("echo | openssl s_client -connect {} -tls1_2 >/dev/null 2>&1",
                  to_string(server_->endpoint()));
  EXPECT_EQ(std::system(current.c_str()), 0);
}

TEST_F(HttpTlsTest, RefusesAKeyOfAnotherCertificate) {
  folder_.self_signed("other");
  const auto server = HttpServer::bind({.tls = HttpServerTls{path("own.pem"), path("other.key")}});
  ASSERT_FALSE(server);
  EXPECT_EQ(server.error().code, Code::invalid);
  EXPECT_NE(server.error().text.find("other.key"), std::string::npos) << server.error().text;
}

TEST(HttpClient, SaysWhatIsWrongWithAnAddress) {
  EXPECT_EQ(HttpClient("127.0.0.1:80").get("/").error().text,
            "expected an address that begins with http:// or https://, found '127.0.0.1:80'");
  EXPECT_EQ(HttpClient("http://host:x").get("/").error().code, Code::invalid);
}

}  // namespace
}  // namespace lineside::net
