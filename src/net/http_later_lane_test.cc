// Responses that come later.
#include "net/http_later.h"

#include <atomic>
#include <mutex>
#include <netinet/in.h>
#include <sys/socket.h>
#include <thread>
#include <unistd.h>
#include <vector>

#include <gtest/gtest.h>

#include "net/http_client.h"
#include "net/http_peer_test.h"
#include "net/http_server.h"

namespace lineside::net {
namespace {

constexpr std::string_view kPoll = "GET /poll HTTP/1.1\r\nHost: a\r\n\r\n";

// Every "/poll" waits here until the test says something.
class HttpLaterTest : public testing::Test {
 protected:
  HttpServer& start(HttpServerOptions options = {}) {
    server_ = std::move(*HttpServer::bind(std::move(options)));
    server_->serve([this](const HttpRequest& request) { return answer(request); });
    return *server_;
  }
  HttpResponse answer(const HttpRequest& request) {
    if (request.target.path == "/now") return text_response("now");
    HttpResponse response;
    response.later = std::make_shared<HttpLater>();
    const bool made = request.target.path == "/made";
    EXPECT_EQ(made && response.later->complete(text_response("made")), made);
    const std::lock_guard lock(mutex_);
    polls_.push_back(response.later);
    return response;
  }
  std::shared_ptr<HttpLater> poll(std::size_t index) {
    const bool there = soon([&] {
      const std::lock_guard lock(mutex_);
      return polls_.size() > index;
    });
    const std::lock_guard lock(mutex_);
    return there ? polls_[index] : nullptr;
  }
  bool waiting(std::uint64_t count) {
    return soon([&] { return server_->counts().waiting == count; });
  }

  std::mutex mutex_;
  std::vector<std::shared_ptr<HttpLater>> polls_;
  std::unique_ptr<HttpServer> server_;
};

TEST_F(HttpLaterTest, ComesFromAnyThreadAndTheConnectionGoesOn) {
  RawPeer peer(
      start({.request_limit = Duration::millis(100), .idle_limit = Duration::millis(200)}));
  for (std::size_t i = 0; i < 3; ++i) {
    peer.send(kPoll);
    const auto later = poll(i);
    ASSERT_TRUE(later);
    world::system_clock().sleep(Duration::millis(300));  // longer than any limit
    EXPECT_FALSE(later->cancelled());
    EXPECT_TRUE(later->complete(text_response("news")));
    EXPECT_FALSE(later->complete(text_response("more news"))) << "once";
    const std::string text = peer.receive("news");
    EXPECT_TRUE(text.starts_with("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n")) << text;
  }
  EXPECT_EQ(server_->counts().requests, 3U);
  EXPECT_EQ(server_->counts().timeouts, 0U);
  EXPECT_EQ(peer.receive(), "") << "then the limit between requests holds";
}

TEST_F(HttpLaterTest, MayBeThereAlready) {
  start();
  const HttpClient client("http://" + to_string(server_->endpoint()));
  EXPECT_EQ(client.get("/made")->body, "made");
  const auto head = client.send({.method = "HEAD", .target = "/made"});
  ASSERT_TRUE(head) << head.error().text;
  EXPECT_EQ(head->header("Content-Length"), "4");
}

TEST_F(HttpLaterTest, TheNextRequestWaitsForIt) {
  RawPeer peer(start());
  peer.send(std::string(kPoll) + "GET /now HTTP/1.1\r\nHost: a\r\n");
  ASSERT_TRUE(poll(0));
  peer.send("\r\n");
  world::system_clock().sleep(Duration::millis(100));
  EXPECT_EQ(server_->counts().requests, 1U) << "one after the other";
  poll(0)->complete(text_response("first"));
  const std::string text = peer.receive("now");
  EXPECT_LT(text.find("first"), text.find("now")) << text;
}

TEST_F(HttpLaterTest, IsCancelledWhenThePeerLeaves) {
  RawPeer peer(start());
  peer.send(kPoll);
  const auto later = poll(0);
  ASSERT_TRUE(later);
  std::atomic<int> calls = 0;
  later->on_cancel([&] { ++calls; });
  EXPECT_TRUE(waiting(1));
  peer.leave();
  EXPECT_TRUE(soon([&] { return calls == 1; }));
  EXPECT_TRUE(later->cancelled());
  EXPECT_FALSE(later->complete(text_response("too late")));
  EXPECT_TRUE(soon([&] { return server_->counts().connections == 0; }));
  EXPECT_EQ(server_->counts().waiting, 0U);
  later->on_cancel([&] { ++calls; });
  EXPECT_EQ(calls, 2) << "at once where it has happened";
}

TEST_F(HttpLaterTest, APeerThatClosesItsHalfHasLeft) {
  start();
  const int fd = ::socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in to{.sin_family = AF_INET, .sin_port = htons(server_->endpoint().port)};
  to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  ASSERT_EQ(::connect(fd, reinterpret_cast<const sockaddr*>(&to), sizeof to), 0);
  ASSERT_EQ(::send(fd, kPoll.data(), kPoll.size(), 0), static_cast<ssize_t>(kPoll.size()));
  const auto later = poll(0);
  ASSERT_TRUE(later);
  ::shutdown(fd, SHUT_WR);
  EXPECT_TRUE(soon([&] { return later->cancelled(); }));
  char byte = 0;
  EXPECT_EQ(::recv(fd, &byte, 1, 0), 0) << "closed by the server";
  ::close(fd);
}

TEST_F(HttpLaterTest, APeerThatSendsEverMoreIsNotWaitedFor) {
  RawPeer peer(start({.header_max = 1000}));
  peer.send(kPoll);
  const auto later = poll(0);
  ASSERT_TRUE(later);
  peer.send(std::string(200'000, 'x'));
  EXPECT_TRUE(soon([&] { return later->cancelled(); }));
  EXPECT_TRUE(soon([&] { return server_->counts().connections == 0; }));
}

TEST_F(HttpLaterTest, StopTellsAllThatWait) {
  TestCertificates files;
  files.self_signed("own");
  start({.tls = HttpServerTls{files.path("own.pem"), files.path("own.key")}});
  const world::TlsOptions tls = {.ca_file = files.path("own.pem")};
  std::vector<std::unique_ptr<RawPeer>> peers;
  for (int i = 0; i < 100; ++i) {
    peers.push_back(std::make_unique<RawPeer>(*server_, tls));
    peers.back()->send(kPoll);
  }
  ASSERT_TRUE(waiting(100));
  std::atomic<int> cancelled = 0;
  for (std::size_t i = 0; i < 100; ++i) poll(i)->on_cancel([&] { ++cancelled; });
  const Time before = world::system_clock().steady();
  std::thread stopper([&] { server_->stop(); });
  int told = 0;
  for (const auto& peer : peers) {
    told += peer->receive().starts_with("HTTP/1.1 503 ") ? 1 : 0;
    peer->leave();
  }
  stopper.join();
  EXPECT_LT(world::system_clock().steady() - before, Duration::seconds(10));
  EXPECT_EQ(told, 100);
  EXPECT_EQ(cancelled, 100);
  EXPECT_FALSE(poll(0)->complete(text_response("too late")));
  EXPECT_EQ(server_->counts().waiting, 0U);
}

TEST_F(HttpLaterTest, MakesNoRoomForOthers) {
  RawPeer peer(start({.connections_max = 1}));
  peer.send(kPoll);
  const auto later = poll(0);
  ASSERT_TRUE(later);
  EXPECT_TRUE(RawPeer(*server_).receive().starts_with("HTTP/1.1 503 "));
  EXPECT_TRUE(later->complete(text_response("news")));
  EXPECT_TRUE(peer.receive("news").ends_with("news"));
  EXPECT_TRUE(soon([&] { return server_->counts().waiting == 0; }));
  RawPeer next(*server_);
  next.send("GET /now HTTP/1.1\r\nHost: a\r\n\r\n");
  next.receive("200 OK");
  EXPECT_EQ(server_->counts().displaced, 1U) << "the poll has become an idle connection";
}

TEST_F(HttpLaterTest, OutlivesTheServer) {
  RawPeer peer(start());
  peer.send(kPoll);
  const auto later = poll(0);
  ASSERT_TRUE(waiting(1));
  server_.reset();
  EXPECT_TRUE(later->cancelled());
  EXPECT_FALSE(later->complete(text_response("too late")));
}

// Completions by several threads, while every other peer leaves: each is either sent or cancelled,
// and never both.
TEST_F(HttpLaterTest, CompletionMeetsDeparture) {
  start({.connections_max = 1000});
  std::atomic<int> cancelled = 0;
  int completed = 0;
  int answered = 0;
  for (int round = 0; round < 10; ++round) {
    std::vector<std::unique_ptr<RawPeer>> peers;
    for (int i = 0; i < 40; ++i) {
      peers.push_back(std::make_unique<RawPeer>(*server_));
      peers.back()->send(kPoll);
    }
    ASSERT_TRUE(waiting(40));
    std::vector<std::shared_ptr<HttpLater>> polls;
    {
      const std::lock_guard lock(mutex_);
      polls.swap(polls_);
    }
    for (const auto& one : polls) one->on_cancel([&] { ++cancelled; });
    std::atomic<int> done = 0;
    std::vector<std::thread> threads;
    for (std::size_t t = 0; t < 2; ++t) {
      threads.emplace_back([&, t] {
        for (std::size_t i = t; i < polls.size(); i += 2)
          if (polls[i]->complete(text_response("news"))) ++done;
      });
    }
    for (std::size_t i = 0; i < peers.size(); i += 2) peers[i]->leave();
    for (std::thread& thread : threads) thread.join();
    for (std::size_t i = 1; i < peers.size(); i += 2)
      answered += peers[i]->receive("news").ends_with("news") ? 1 : 0;
    completed += done;
    ASSERT_TRUE(waiting(0));
  }
  EXPECT_EQ(answered, 200) << "all that stayed";
  EXPECT_EQ(completed + cancelled, 400);
}

}  // namespace
}  // namespace lineside::net
