#include "net/http_connection.h"

#include <atomic>
#include <mutex>
#include <thread>

#include <gtest/gtest.h>

#include "net/http_later.h"
#include "net/http_peer_test.h"
#include "net/http_server.h"
#include "net/socket.h"

namespace lineside::net {
namespace {

class CountingDialer final : public world::Dialer {
 public:
  Result<std::unique_ptr<world::Stream>> dial(const world::Endpoint& to,
                                              const std::optional<world::TlsOptions>& tls,
                                              Duration limit) override {
    ++dials;
    return SystemDialer().dial(to, tls, limit);
  }
  int dials = 0;
};

class HttpConnectionTest : public testing::Test {
 protected:
  void start(HttpServerOptions options = {}) {
    server_ = std::move(*HttpServer::bind(std::move(options)));
    server_->serve([this](const HttpRequest& request) {
      if (request.target.path != "/poll") return text_response(request.method + request.body);
      HttpResponse response;
      response.later = std::make_shared<HttpLater>();
      const std::lock_guard lock(mutex_);
      poll_ = response.later;
      return response;
    });
    connection_.emplace("http://" + to_string(server_->endpoint()), dialer_, world::system_clock());
  }
  bool polled() {
    const std::lock_guard lock(mutex_);
    return poll_ != nullptr;
  }

  CountingDialer dialer_;
  std::mutex mutex_;
  std::shared_ptr<HttpLater> poll_;
  std::unique_ptr<HttpServer> server_;
  std::optional<HttpConnection> connection_;
};

TEST_F(HttpConnectionTest, IsKeptFromCallToCall) {
  start();
  for (int i = 0; i < 5; ++i) {
    const auto response = connection_->send({"POST", "/", {}, "hi"});
    ASSERT_TRUE(response) << response.error().text;
    EXPECT_EQ(response->body, "POSThi");
  }
  EXPECT_EQ(connection_->send({"POST", "/", {}, ""})->body, "POST");
  EXPECT_EQ(connection_->send({.method = "HEAD"})->header("Content-Length"), "4");
  EXPECT_EQ(dialer_.dials, 1);
  EXPECT_EQ(connection_->send({.headers = {{"Connection", "close"}}})->body, "GET");
  EXPECT_FALSE(connection_->connected());
  EXPECT_EQ(connection_->send({})->body, "GET");
  EXPECT_EQ(dialer_.dials, 2);
}

TEST_F(HttpConnectionTest, IsMadeAnewWhenTheServerHasClosedIt) {
  start({.idle_limit = Duration::millis(50)});
  EXPECT_EQ(connection_->send({"POST", "/", {}, "a"})->body, "POSTa");
  EXPECT_TRUE(soon([&] { return server_->counts().connections == 0; }));
  const auto again = connection_->send({"POST", "/", {}, "b"});
  ASSERT_TRUE(again) << again.error().text;
  EXPECT_EQ(again->body, "POSTb");
  EXPECT_EQ(dialer_.dials, 2);
}

TEST_F(HttpConnectionTest, ALongPollHasItsOwnLimit) {
  start();
  const Time before = world::system_clock().steady();
  const auto late = connection_->send({.target = "/poll"}, Duration::millis(200));
  ASSERT_FALSE(late);
  EXPECT_EQ(late.error().code, Code::timeout);
  EXPECT_LT(world::system_clock().steady() - before, Duration::seconds(10));
  EXPECT_FALSE(connection_->connected()) << "its answer may still come";
  EXPECT_TRUE(soon([&] { return polled(); }));
  {
    const std::lock_guard lock(mutex_);
    poll_ = nullptr;
  }
  std::thread answerer([&] {
    EXPECT_TRUE(soon([&] { return polled(); }));
    const std::lock_guard lock(mutex_);
    poll_->complete(text_response("news"));
  });
  const auto news = connection_->send({.target = "/poll"}, Duration::seconds(20));
  answerer.join();
  ASSERT_TRUE(news) << news.error().text;
  EXPECT_EQ(news->body, "news");
}

TEST_F(HttpConnectionTest, IsWokenByAnotherThread) {
  start();
  std::thread waker([&] {
    EXPECT_TRUE(soon([&] { return polled(); }));
    connection_->wake();
  });
  const auto woken = connection_->send({.target = "/poll"}, Duration::seconds(20));
  waker.join();
  ASSERT_FALSE(woken);
  EXPECT_EQ(woken.error().code, Code::timeout);
  EXPECT_TRUE(woken.error().text.ends_with("woken")) << woken.error().text;
  EXPECT_EQ(connection_->send({})->body, "GET");
  connection_->wake();
  EXPECT_FALSE(connection_->send({})) << "the next one, where none is under way";
  EXPECT_EQ(connection_->send({})->body, "GET");
}

TEST(DescriptorLimit, IsRaisedAsFarAsItGoes) {
  const auto now = raise_descriptor_limit(1);
  ASSERT_TRUE(now);
  EXPECT_GE(*now, 1U);
  const auto same = raise_descriptor_limit(*now);
  ASSERT_TRUE(same) << same.error().text;
  EXPECT_EQ(*same, *now);
  const auto all = raise_descriptor_limit(std::size_t{1} << 50U);
  ASSERT_FALSE(all);
  EXPECT_EQ(all.error().code, Code::exhausted);
  EXPECT_TRUE(all.error().text.contains("LimitNOFILE")) << all.error().text;
  EXPECT_GE(*raise_descriptor_limit(1), *now);
}

}  // namespace
}  // namespace lineside::net
