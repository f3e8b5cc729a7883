#include "net/http_flock.h"

#include <atomic>
#include <format>
#include <map>
#include <mutex>

#include <gtest/gtest.h>

#include "crypt/x509.h"
#include "net/http_later.h"
#include "net/http_server.h"
#include "world/clock.h"

namespace lineside::net {
namespace {

constexpr std::size_t kMembers = 20;
constexpr Duration kDay = Duration::seconds(86400);

crypt::CertificateAuthority authority(const std::string& name) {
  const Time now = world::system_clock().now();
  return *crypt::CertificateAuthority::create({.common_name = name,
                                               .serial = {std::byte{1}},
                                               .not_before = now - kDay,
                                               .not_after = now + kDay});
}

crypt::KeyAndCertificate issued(const crypt::CertificateAuthority& by, const std::string& name,
                                crypt::CertificateUse use) {
  crypt::CertificateTerms terms;
  terms.common_name = name;
  terms.ips = {"127.0.0.1"};
  terms.serial.back() = std::byte{7};
  terms.not_before = by.certificate().not_before;
  terms.not_after = by.certificate().not_after;
  terms.use = use;
  return *by.issue_with_key(terms, "");
}

HttpResponse text_response(std::string text) {
  HttpResponse response;
  response.headers = {{"Content-Type", "text/plain; charset=utf-8"}};
  response.body = std::move(text);
  return response;
}

// Says who asks, by their certificates; "/poll" waits until it is told.
class HttpFlockTest : public testing::Test {
 protected:
  HttpFlockTest() {
    start({"127.0.0.1", 0});
    world::TlsOptions tls;
    tls.ca_pem = server_authority_.certificate_pem();
    auto flock = HttpFlock::open("https://" + to_string(server_->endpoint()), tls, kMembers);
    EXPECT_TRUE(flock) << flock.error().text;
    flock_ = std::move(*flock);
  }

  void start(const world::Endpoint& endpoint) {
    HttpServerOptions options;
    options.endpoint = endpoint;
    options.tls = HttpServerTls{.cert_file = {},
                                .key_file = {},
                                .cert_pem = certificate_.certificate_pem,
                                .key_pem = certificate_.key_pem,
                                .client_certificates = ClientCertificates::optional,
                                .client_ca_pem = plant_.certificate_pem()};
    auto server = HttpServer::bind(options);
    ASSERT_TRUE(server) << server.error().text;
    server_ = std::move(*server);
    server_->serve([this](const HttpRequest& request) { return answer(request); });
  }

  HttpResponse answer(const HttpRequest& request) {
    if (request.target.path == "/big") return text_response(std::string(300'000, 'x'));
    const std::string who = request.peer ? request.peer->common_name : "nobody";
    if (request.target.path != "/poll") return text_response(who + request.body);
    HttpResponse response;
    auto later = std::make_shared<HttpLater>();
    response.later = later;
    const std::lock_guard lock(mutex_);
    polls_.push_back(std::move(later));
    return response;
  }
  std::size_t polls() {
    const std::lock_guard lock(mutex_);
    return polls_.size();
  }

  // Until so many outcomes are there: the bodies, or codes of errors, by member.
  std::map<std::size_t, std::string> outcomes(std::size_t count) {
    std::map<std::size_t, std::string> out;
    const Time end = world::system_clock().steady() + Duration::seconds(30);
    while (out.size() < count && world::system_clock().steady() < end)
      for (const HttpFlock::Answer& one : flock_->turn(Duration::millis(50)))
        out[one.member] =
            one.response ? one.response->body : std::string(traits(one.response.error().code).name);
    return out;
  }
  std::string outcome() { return outcomes(1).begin()->second; }
  template <class Condition>
  bool meanwhile(Condition condition) {
    const Time end = world::system_clock().steady() + Duration::seconds(30);
    while (!condition() && world::system_clock().steady() < end)
      EXPECT_TRUE(flock_->turn(Duration::millis(5)).empty());
    return condition();
  }

  const crypt::CertificateAuthority server_authority_ = authority("server");
  const crypt::CertificateAuthority plant_ = authority("plant");
  const crypt::KeyAndCertificate certificate_ =
      issued(server_authority_, "server", crypt::CertificateUse::server);
  std::mutex mutex_;
  std::vector<std::shared_ptr<HttpLater>> polls_;
  std::unique_ptr<HttpServer> server_;
  std::unique_ptr<HttpFlock> flock_;
};

TEST_F(HttpFlockTest, EachMemberHasItsConnectionAndItsCertificate) {
  const auto a = issued(plant_, "a", crypt::CertificateUse::client);
  const auto b = issued(plant_, "b", crypt::CertificateUse::client);
  ASSERT_TRUE(flock_->identify(0, a.certificate_pem, a.key_pem));
  ASSERT_TRUE(flock_->identify(1, b.certificate_pem, b.key_pem));
  for (int round = 0; round < 3; ++round) {
    for (std::size_t i = 0; i < kMembers; ++i)
      flock_->send(i, {"POST", "/", {}, std::to_string(i)}, Duration::seconds(20));
    const auto told = outcomes(kMembers);
    ASSERT_EQ(told.size(), kMembers);
    EXPECT_EQ(told.at(0), "a0");
    EXPECT_EQ(told.at(1), "b1");
    EXPECT_EQ(told.at(19), "nobody19");
    EXPECT_EQ(server_->counts().connections, kMembers) << "they are kept";
  }
  EXPECT_FALSE(flock_->identify(2, "no certificate", "no key"));
}

TEST_F(HttpFlockTest, AllWaitAtOnceAndALimitEndsOne) {
  for (std::size_t i = 0; i < kMembers; ++i)
    flock_->send(i, {.target = "/poll"}, Duration::millis(i == 3 ? 300 : 20'000));
  ASSERT_TRUE(meanwhile([&] { return polls() == kMembers || !flock_->busy(3); }));
  EXPECT_EQ(outcomes(1), (std::map<std::size_t, std::string>{{3, "timeout"}}));
  for (const auto& poll : polls_) poll->complete(text_response("news"));
  const auto told = outcomes(kMembers - 1);
  EXPECT_EQ(told.size(), kMembers - 1);
  EXPECT_EQ(told.at(7), "news");
}

TEST_F(HttpFlockTest, ACutIsNotToldAndTheNextCallGoes) {
  flock_->send(5, {.target = "/poll"}, Duration::seconds(20));
  ASSERT_TRUE(meanwhile([&] { return polls() == 1; }));
  flock_->cut(5);
  EXPECT_FALSE(flock_->busy(5));
  EXPECT_TRUE(meanwhile([&] { return server_->counts().connections == 0; })) << "it learns of it";
  flock_->send(5, {}, Duration::seconds(20));
  EXPECT_EQ(outcome(), "nobody");
}

TEST_F(HttpFlockTest, AServerThatGoesEndsWhatWaitsAndIsFoundAgain) {
  flock_->send(0, {}, Duration::seconds(20));
  EXPECT_EQ(outcome(), "nobody");
  flock_->send(1, {.target = "/poll"}, Duration::seconds(20));
  ASSERT_TRUE(meanwhile([&] { return polls() == 1; }));
  const world::Endpoint endpoint = server_->endpoint();
  server_.reset();  // tells what waits 503, and closes
  EXPECT_EQ(outcome(), "the server stops\n");
  flock_->send(1, {}, Duration::seconds(20));
  EXPECT_EQ(outcome(), "unavailable");
  ASSERT_NO_FATAL_FAILURE(start(endpoint));
  flock_->send(0, {}, Duration::seconds(20));
  EXPECT_EQ(outcome(), "nobody");
}

TEST_F(HttpFlockTest, AServerThatIsNotTheOneIsRefused) {
  world::TlsOptions tls;
  tls.ca_pem = plant_.certificate_pem();
  auto flock = HttpFlock::open("https://" + to_string(server_->endpoint()), tls, 1);
  ASSERT_TRUE(flock);
  flock_ = std::move(*flock);
  flock_->send(0, {}, Duration::seconds(20));
  EXPECT_EQ(outcome(), "denied");
  EXPECT_EQ(HttpFlock::open("http://127.0.0.1:1", {}, 1).error().code, Code::invalid);
}

TEST_F(HttpFlockTest, ALargeBodyGoesToItsSink) {
  class Count final : public HttpSink {
   public:
    Result<void> write(ByteView piece) override {
      bytes += piece.size();
      return bytes > most ? Result<void>(fail(Code::corrupt, "too much")) : Result<void>();
    }
    std::size_t bytes = 0, most = 1'000'000;
  } all, part;
  part.most = 100'000;
  flock_->send(0, {.target = "/big"}, Duration::seconds(20), &all);
  EXPECT_EQ(outcome(), "");
  EXPECT_EQ(all.bytes, 300'000U);
  flock_->send(0, {.target = "/big"}, Duration::seconds(20), &part);
  EXPECT_EQ(outcome(), "corrupt");
}

}  // namespace
}  // namespace lineside::net
