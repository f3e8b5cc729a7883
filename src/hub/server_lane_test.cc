// A hub behind real TLS.
#include "hub/server.h"

#include <fstream>
#include <thread>

#include "base/text.h"
#include "crypt/x509.h"
#include "hub/edges/edges.h"
#include "net/http_client.h"
#include "net/http_server.h"
#include "net/socket.h"
#include "tests/hub_fixture.h"
#include "wire/hub_link.h"

namespace lineside::hub {
namespace {

class ServerTest : public testing::Test {
 protected:
  ServerTest() {
    auto opened = Hub::open({.data_folder = folder_});
    EXPECT_TRUE(opened) << opened.error().text;
    hub_ = std::move(*opened);
    start();
  }
  ~ServerTest() override {
    server_.reset();
    hub_.reset();
    std::filesystem::remove_all(folder_);
  }
  void start() {
    auto started =
        Server::start({.listen = "127.0.0.1:0", .password_cost = {8, 1, 1}}, *hub_, page_);
    EXPECT_TRUE(started) << started.error().text;
    server_ = std::move(*started);
  }
  net::HttpClient client() const {
    net::HttpClientOptions options;
    options.tls.ca_pem = hub_->keys().authority.certificate_pem();
    return net::HttpClient(server_->url(), options);
  }
  net::HttpResponse send(const net::HttpCall& call) const {
    auto response = client().send(call);
    EXPECT_TRUE(response) << response.error().text;
    return response ? std::move(*response) : net::HttpResponse();
  }
  std::vector<net::HttpHeader> set_up() {
    const std::string link = server_->setup_link();
    const Json body = {{"token", link.substr(link.find("token=") + 6)},
                       {"person", "ada"},
                       {"password", "correct horse battery"}};
    const auto response =
        send({"POST", "/api/v1/setup", {{"Content-Type", "application/json"}}, body.dump()});
    EXPECT_EQ(response.status, 200) << response.body;
    const std::string_view set = response.header("Set-Cookie");
    return {{"Cookie", std::string(set.substr(0, set.find(';')))},
            {"X-Lineside-CSRF", Json::parse(response.body)["csrf"].get<std::string>()},
            {"Content-Type", "application/json"}};
  }

  const std::filesystem::path folder_ =
      std::filesystem::temp_directory_path() / std::format("hub-server-{}", ::getpid());
  static constexpr std::array<EmbeddedFile, 1> kPage = {{{"index.html", "<!doctype html>"}}};
  const net::HttpFiles page_{std::span(kPage)};
  std::unique_ptr<Hub> hub_;
  std::unique_ptr<Server> server_;
};

TEST_F(ServerTest, IsKnownByItsAuthority) {
  EXPECT_EQ(send({"GET", "/"}).body, "<!doctype html>");
  EXPECT_EQ(send({"GET", "/api/v1/status"}).status, 401);
  net::HttpClientOptions strange;
  const auto other =
      crypt::CertificateAuthority::create({"Other",
                                           {std::byte{1}},
                                           world::system_clock().now() - Duration::seconds(60),
                                           world::system_clock().now() + Duration::seconds(3600)});
  strange.tls.ca_pem = other->certificate_pem();
  EXPECT_FALSE(net::HttpClient(server_->url(), strange).get("/healthz"));
  EXPECT_TRUE(hub_->url().starts_with("https://127.0.0.1:"));
}

TEST_F(ServerTest, TakesThePortAgainThatItHadBefore) {
  const std::string before = server_->url();
  server_.reset();
  start();
  EXPECT_EQ(server_->url(), before);
  server_.reset();
  const auto port = static_cast<std::uint16_t>(std::stoi(before.substr(before.rfind(':') + 1)));
  {
    const auto other = net::HttpServer::bind({.endpoint = {"127.0.0.1", port}});
    ASSERT_TRUE(other) << other.error().text;
    const auto refused = Server::start({.listen = "127.0.0.1:0"}, *hub_, page_);
    ASSERT_FALSE(refused) << "its edges would not find it";
    EXPECT_EQ(refused.error().code, Code::conflict);
    EXPECT_TRUE(refused.error().text.contains(std::format("port {} is taken", port)));
    EXPECT_TRUE(refused.error().text.contains("--listen HOST:PORT")) << refused.error().text;
  }
  std::ofstream(folder_ / "port") << "many\n";
  EXPECT_EQ(Server::start({.listen = "127.0.0.1:0"}, *hub_, page_).error().code, Code::corrupt);
  std::filesystem::remove(folder_ / "port");
  start();
}

TEST_F(ServerTest, NamesItsCookieByItsPort) {
  const auto ada = set_up();
  const std::string port = server_->url().substr(server_->url().rfind(':') + 1);
  EXPECT_TRUE(ada[0].value.starts_with("lineside_hub_session_" + port + "=")) << ada[0].value;
  auto other = ada;
  other[0].value = "lineside_hub_session_1=lss_another; " + ada[0].value;
  EXPECT_EQ(send({"GET", "/api/v1/session", other, ""}).status, 200);
  const auto openapi = send({"GET", "/api/v1/openapi.json", ada, ""});
  EXPECT_TRUE(openapi.body.contains("lineside_hub_session_" + port)) << openapi.body.substr(0, 200);
}

TEST_F(ServerTest, TakesABatchThatIsLargerThanAnyOtherBody) {
  const auto ada = set_up();
  Json items = Json::array();
  for (int i = 0; i < 2000; ++i)
    items.push_back({{"apiVersion", "lineside/v1"},
                     {"kind", "Site"},
                     {"name", std::format("site-{}", i)},
                     {"spec", {{"title", std::string(100, 'x')}}}});
  const std::string body = Json{{"items", items}}.dump();
  EXPECT_GT(body.size(), 300'000U);
  const auto applied = send({"POST", "/api/v1/apply", ada, body});
  EXPECT_EQ(applied.status, 200) << applied.body.substr(0, 300);
  EXPECT_EQ(Json::parse(applied.body)["items"].size(), 2000U);
  const std::vector<net::HttpHeader> stranger = {{"Content-Type", "application/json"}};
  EXPECT_EQ(send({"POST", "/api/v1/apply", stranger, body}).status, 401);
}

TEST_F(ServerTest, TellsAndLogsWhoSendsTooMuch) {
  const auto ada = set_up();
  const std::string body(70'000, ' ');
  const std::vector<net::HttpHeader> stranger = {{"Content-Type", "application/json"}};
  const auto refused = send({"POST", "/api/v1/session", stranger, body});
  EXPECT_EQ(refused.status, 413);
  EXPECT_EQ(Json::parse(refused.body)["error"]["text"],
            "the body: expected at most 65536 bytes, found more");
  EXPECT_EQ(send({"POST", "/api/v1/sites/bonn/restore", ada, body}).status, 413);
  const auto logged = hub_->db().audit().entries({.action = "access.denied"});
  ASSERT_TRUE(logged) << logged.error().text;
  ASSERT_EQ(logged->size(), 2U);
  EXPECT_EQ(logged->at(0).entry.subject, "POST /api/v1/sites/bonn/restore");
  EXPECT_FALSE(logged->at(0).entry.actor.empty());
  EXPECT_EQ(logged->at(1).entry.subject, "POST /api/v1/session");
  EXPECT_EQ(logged->at(1).entry.actor, "");
}

TEST_F(ServerTest, OfTwoWritersAtOnceOneWins) {
  const auto ada = set_up();
  EXPECT_EQ(send({"PUT", "/api/v1/sites/bonn", ada, R"({"spec":{}})"}).status, 201);
  std::atomic<int> won = 0;
  std::atomic<int> lost = 0;
  std::vector<std::thread> writers;
  for (int i = 0; i < 8; ++i) {
    writers.emplace_back([&, i] {
      const std::string body =
          std::format(R"({{"spec":{{"title":"{}"}},"meta":{{"revision":1}}}})", i);
      const int status = send({"PUT", "/api/v1/sites/bonn", ada, body}).status;
      if (status == 200) ++won;
      if (status == 409) ++lost;
    });
  }
  for (std::thread& writer : writers) writer.join();
  EXPECT_EQ(won, 1);
  EXPECT_EQ(lost, 7);
}

TEST_F(ServerTest, OfManyWhoUseOneInvitationOneGetsIn) {
  const auto ada = set_up();
  EXPECT_EQ(send({"PUT", "/api/v1/people/grace", ada, R"({"spec":{}})"}).status, 201);
  const auto invited = send({"POST", "/api/v1/people/grace/invitation", ada, ""});
  ASSERT_EQ(invited.status, 200) << invited.body;
  const std::string link = Json::parse(invited.body)["link"];
  const Json body = {{"token", link.substr(link.find("token=") + 6)},
                     {"password", "correct horse battery"}};
  std::atomic<int> won = 0;
  std::atomic<int> lost = 0;
  std::vector<std::thread> guests;
  for (int i = 0; i < 8; ++i) {
    guests.emplace_back([&] {
      const int status =
          send({"POST", "/api/v1/welcome", {{"Content-Type", "application/json"}}, body.dump()})
              .status;
      if (status == 200) ++won;
      if (status == 403) ++lost;
    });
  }
  for (std::thread& guest : guests) guest.join();
  EXPECT_EQ(won, 1);
  EXPECT_EQ(lost, 7);
}

TEST_F(ServerTest, ASignInFloodLeavesOthersToWork) {
  const auto ada = set_up();
  std::atomic<bool> stop = false;
  std::vector<std::thread> guessers;
  for (int i = 0; i < 4; ++i) {
    guessers.emplace_back([&, i] {
      const Json body = {{"person", std::format("p{}", i)}, {"password", "wrong password"}};
      while (!stop) {
        const int status =
            send({"POST", "/api/v1/session", {{"Content-Type", "application/json"}}, body.dump()})
                .status;
        EXPECT_TRUE(status == 401 || status == 429) << status;
      }
    });
  }
  for (int i = 0; i < 20; ++i) EXPECT_EQ(send({"GET", "/api/v1/session", ada, ""}).status, 200);
  stop = true;
  for (std::thread& guesser : guessers) guesser.join();
}

TEST_F(ServerTest, EventsReachAReader) {
  const auto ada = set_up();
  std::string text;
  std::thread writer;
  const auto followed =
      client().follow({"GET", "/api/v1/events", ada, ""}, [&](std::string_view piece) {
        text += piece;
        if (!writer.joinable() && text.contains("event: reset"))
          writer = std::thread([&] {
            EXPECT_EQ(send({"PUT", "/api/v1/sites/bonn", ada, R"({"spec":{}})"}).status, 201);
          });
        return !text.contains("\"name\":\"bonn\"");
      });
  if (writer.joinable()) writer.join();
  EXPECT_TRUE(followed) << followed.error().text;
  EXPECT_NE(text.find("event: change\n"), std::string::npos);
}

TEST_F(ServerTest, AnArtifactGoesInAndComesOutWhole) {
  const auto ada = set_up();
  std::string content(3'000'000, 'x');
  for (std::size_t i = 0; i < content.size(); i += 7) content[i] = static_cast<char>(i);
  const std::string digest = "sha256:" + crypt::sha256_hex(as_bytes(content));
  EXPECT_EQ(send({"POST", "/api/v1/artifacts?digest=" + digest, ada, content}).status, 201);
  EXPECT_EQ(send({"GET", "/api/v1/artifacts/" + digest, ada, ""}).body, content);
  auto range = ada;
  range.push_back({"Range", "bytes=1000000-1000009"});
  const auto part = send({"GET", "/api/v1/artifacts/" + digest, range, ""});
  EXPECT_EQ(part.status, 206);
  EXPECT_EQ(part.body, content.substr(1'000'000, 10));
}

TEST_F(ServerTest, RenewsItsCertificateWhileItServes) {
  server_.reset();
  hub_.reset();
  std::filesystem::remove_all(folder_);
  // By its own clock the hub begins a hundred days ago, so that its first certificate has expired.
  const Duration behind = Duration::seconds(100 * 86'400);
  sim::SimClock clock(world::system_clock().now() - behind);
  hub_ = std::move(*Hub::open({.data_folder = folder_}, {.clock = clock}));
  start();
  server_->tick();
  EXPECT_FALSE(client().get("/healthz")) << "not due by its own clock";
  clock.advance(behind);
  server_->tick();
  EXPECT_EQ(send({"GET", "/healthz"}).status, 200);
  server_.reset();
  hub_.reset();  // before its clock
}

// Whatever was deleted: its edges and its auditors know the keys.
TEST_F(ServerTest, AHubThatHasServedDoesNotBeginAnewUnderItsKeys) {
  server_.reset();
  hub_.reset();
  std::filesystem::remove(folder_ / "keys/known");
  for (const char* suffix : {"", "-wal", "-shm"})
    std::filesystem::remove(folder_ / (std::string("hub.db") + suffix));
  const auto opened = Hub::open({.data_folder = folder_});
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code, Code::corrupt);
  EXPECT_TRUE(opened.error().text.contains("expected hub.db")) << opened.error().text;
  EXPECT_TRUE(opened.error().text.contains("lineside restore")) << opened.error().text;
  EXPECT_TRUE(opened.error().text.contains("keys to begin another")) << opened.error().text;
  EXPECT_FALSE(std::filesystem::exists(folder_ / "hub.db"));
  std::filesystem::remove_all(folder_ / "keys");
  hub_ = std::move(*Hub::open({.data_folder = folder_}));
  start();
}

// An edge joins a hub with the operator's own certificate by the command that it prints.
class OperatorTest : public ServerTest {
 protected:
  OperatorTest() {
    server_.reset();
    edges_ = std::move(*Edges::open(*hub_));
  }
  ~OperatorTest() override {
    server_.reset();
    edges_.reset();
  }

  void serve(const std::string& chain, const std::string& key) {
    std::ofstream(folder_ / "chain.pem") << chain;
    std::ofstream(folder_ / "key.pem") << key;
    auto started = Server::start({.listen = "127.0.0.1:0",
                                  .tls_cert = folder_ / "chain.pem",
                                  .tls_key = folder_ / "key.pem",
                                  .password_cost = {8, 1, 1}},
                                 *hub_, page_);
    ASSERT_TRUE(started) << started.error().text;
    server_ = std::move(*started);
  }
  net::HttpResponse call(const net::HttpCall& call, const world::TlsOptions& tls) const {
    net::HttpClientOptions options;
    options.tls = tls;
    auto response = net::HttpClient(server_->url(), options).send(call);
    EXPECT_TRUE(response) << response.error().text;
    return response ? std::move(*response) : net::HttpResponse();
  }
  // Enrols an edge through the API, joins, and asks for its state.
  void join_and_ask(const world::TlsOptions& admin_trusts) {
    const std::string link = server_->setup_link();
    const Json setup = {{"token", link.substr(link.find("token=") + 6)},
                        {"person", "ada"},
                        {"password", "correct horse battery"}};
    std::vector<net::HttpHeader> who = {{"Content-Type", "application/json"}};
    const auto signed_in = call({"POST", "/api/v1/setup", who, setup.dump()}, admin_trusts);
    ASSERT_EQ(signed_in.status, 200) << signed_in.body;
    const std::string_view set = signed_in.header("Set-Cookie");
    who.push_back({"Cookie", std::string(set.substr(0, set.find(';')))});
    who.push_back({"X-Lineside-CSRF", Json::parse(signed_in.body)["csrf"].get<std::string>()});
    call({"PUT", "/api/v1/sites/berlin", who, R"({"spec":{}})"}, admin_trusts);
    const auto made =
        call({"POST", "/api/v1/enrolments", who, R"({"name":"hall","site":"berlin","edge":"e1"})"},
             admin_trusts);
    ASSERT_EQ(made.status, 201) << made.body;
    const std::string command = Json::parse(made.body)["command"];
    const auto word = [&](const std::string& after) {
      const auto begin = command.find(after) + after.size();
      return command.substr(begin, command.find(' ', begin) - begin);
    };
    net::SystemDialer dialer;
    const auto joined = wire::join({.url = word("join "),
                                    .token = word("--token "),
                                    .ca_sha256 = word("--ca-sha256 "),
                                    .edge = {},
                                    .version = "1"},
                                   {dialer, world::system_clock(), world::system_random()});
    ASSERT_TRUE(joined) << joined.error().text;
    world::TlsOptions edge;
    edge.ca_pem = joined->identity.ca;
    edge.cert_pem = joined->credential.certificate;
    edge.key_pem = joined->credential.key;
    EXPECT_EQ(call({"GET", "/wire/v1/state?after=0&wait=0"}, edge).status, 204);
  }

  std::unique_ptr<Edges> edges_;
};

crypt::CertificateTerms hub_terms() {
  const Time now = world::system_clock().now();
  crypt::CertificateTerms terms;
  terms.common_name = "hub";
  terms.ips = {"127.0.0.1"};
  terms.serial = {std::byte{7}};
  terms.not_before = now - Duration::seconds(60);
  terms.not_after = now + Duration::seconds(3600);
  terms.use = crypt::CertificateUse::server;
  return terms;
}

TEST_F(OperatorTest, AnEdgeJoinsByTheAuthorityOfTheOperator) {
  const Time now = world::system_clock().now();
  const auto authority = crypt::CertificateAuthority::create(
      {"Plant CA", {std::byte{1}}, now - Duration::seconds(120), now + Duration::seconds(7200)});
  const auto own = authority->issue_with_key(hub_terms(), "");
  ASSERT_TRUE(own) << own.error().text;
  serve(own->certificate_pem + authority->certificate_pem(), own->key_pem);
  EXPECT_EQ(hub_->trust().sha256, to_hex(authority->certificate().sha256));
  world::TlsOptions trusts;
  trusts.ca_pem = authority->certificate_pem();
  join_and_ask(trusts);
}

TEST_F(OperatorTest, OrByACertificateThatComesAlone) {
  const Time now = world::system_clock().now();
  const auto authority = crypt::CertificateAuthority::create(
      {"Plant CA", {std::byte{1}}, now - Duration::seconds(120), now + Duration::seconds(7200)});
  const auto own = authority->issue_with_key(hub_terms(), "");
  ASSERT_TRUE(own) << own.error().text;
  serve(own->certificate_pem, own->key_pem);
  EXPECT_EQ(hub_->trust().sha256, to_hex(own->certificate.sha256));
  world::TlsOptions trusts;
  trusts.ca_pem = authority->certificate_pem();
  join_and_ask(trusts);
}

TEST_F(OperatorTest, TheLogNamesTheAuthorityThatComesInTheFormersPlace) {
  const Time now = world::system_clock().now();
  const auto made = [now](const char* name) {
    return *crypt::CertificateAuthority::create(
        {name, {std::byte{1}}, now - Duration::seconds(120), now + Duration::seconds(7200)});
  };
  const auto first = made("Plant CA");
  const auto second = made("Group CA");
  const auto put = [&](const crypt::CertificateAuthority& authority) {
    const auto own = authority.issue_with_key(hub_terms(), "");
    ASSERT_TRUE(own) << own.error().text;
    std::ofstream(folder_ / "key.pem") << own->key_pem;
    std::ofstream(folder_ / "chain.pem") << own->certificate_pem << authority.certificate_pem();
  };
  const auto said = [&] {
    testing::internal::CaptureStderr();
    server_->tick();
    return testing::internal::GetCapturedStderr();
  };
  const auto own = first.issue_with_key(hub_terms(), "");
  ASSERT_TRUE(own) << own.error().text;
  serve(own->certificate_pem + first.certificate_pem(), own->key_pem);
  put(first);
  std::string line = said();
  EXPECT_TRUE(line.contains("another server certificate is in use")) << line;
  EXPECT_FALSE(line.contains("ca-sha256")) << line;
  put(second);
  line = said();
  const std::string sha256 = to_hex(second.certificate().sha256);
  EXPECT_TRUE(line.contains("edges join with ca-sha256 " + sha256)) << line;
  EXPECT_TRUE(line.contains("no longer with " + to_hex(first.certificate().sha256))) << line;
  EXPECT_EQ(hub_->trust().sha256, sha256);
  EXPECT_EQ(said(), "") << "once";
}

TEST_F(ServerTest, RefusesHalfACertificate) {
  const auto half = Server::start({.listen = "127.0.0.1:0", .tls_cert = "cert.pem"}, *hub_, page_);
  ASSERT_FALSE(half);
  EXPECT_EQ(half.error().text, "expected both a certificate and its key, or neither");
}

}  // namespace
}  // namespace lineside::hub
