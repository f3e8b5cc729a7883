// Client certificates, and certificates renewed while the server runs.
#include <algorithm>
#include <atomic>
#include <mutex>

#include <gtest/gtest.h>

#include "net/http_client.h"
#include "net/http_connection.h"
#include "net/http_peer_test.h"
#include "net/http_server.h"
#include "net/socket.h"

namespace lineside::net {
namespace {

class HttpCertificateTest : public testing::Test {
 protected:
  HttpCertificateTest() {
    files_.self_signed("server");
    files_.self_signed("plant");
    files_.signed_by("plant", "edge-1", "-days 2 -set_serial 0x0a0b0c");
  }

  HttpServerTls tls() const {
    HttpServerTls tls = {files_.path("server.pem"), files_.path("server.key")};
    tls.client_certificates = ClientCertificates::optional;
    tls.client_ca_file = files_.path("plant.pem");
    return tls;
  }
  void start(HttpServerTls tls) {
    auto bound = HttpServer::bind({.tls = std::move(tls)});
    ASSERT_TRUE(bound) << bound.error().text;
    server_ = std::move(*bound);
    server_->serve([this](const HttpRequest& request) {
      ++answered_;
      const std::lock_guard lock(mutex_);
      peer_ = request.peer;
      return text_response(request.peer ? request.peer->common_name : "nobody");
    });
  }
  world::TlsOptions client(const std::string& certificate) const {
    world::TlsOptions options = {.ca_file = files_.path("server.pem")};
    if (certificate.empty()) return options;
    options.cert_file = files_.path(certificate + ".pem");
    options.key_file = files_.path(certificate + ".key");
    return options;
  }
  std::string https() const { return "https://" + to_string(server_->endpoint()); }
  Result<HttpResponse> ask(const world::TlsOptions& tls) const {
    return HttpClient(https(), {.tls = tls}).get("/");
  }

  TestCertificates files_;
  std::atomic<int> answered_ = 0;
  std::mutex mutex_;
  std::optional<PeerCertificate> peer_;
  std::unique_ptr<HttpServer> server_;
};

TEST_F(HttpCertificateTest, ARequestSaysWhoSendsIt) {
  start(tls());
  const auto response = ask(client("edge-1"));
  ASSERT_TRUE(response) << response.error().text;
  EXPECT_EQ(response->body, "edge-1");
  ASSERT_TRUE(peer_);
  EXPECT_EQ(peer_->serial, "0a0b0c");
  EXPECT_EQ(peer_->uris, std::vector<std::string>{"urn:plant:edge-1"});
  const Time now = world::system_clock().now();
  EXPECT_GT(peer_->not_after, now + Duration::seconds(40 * 3600));
  EXPECT_LT(peer_->not_after, now + Duration::seconds(50 * 3600));
  files_.run("x509 -in edge-1.pem -noout -fingerprint -sha256 | tr -d : | tr A-F a-f > print");
  EXPECT_EQ(peer_->sha256.size(), 64U);
  EXPECT_TRUE(files_.text("print").contains("=" + peer_->sha256)) << files_.text("print");
}

TEST_F(HttpCertificateTest, OneIsNotRequired) {
  start(tls());
  const auto response = ask(client(""));
  ASSERT_TRUE(response) << response.error().text;
  EXPECT_EQ(response->body, "nobody");
}

TEST_F(HttpCertificateTest, OneThatDoesNotVerifyIsRefusedBeforeAnythingIsAnswered) {
  files_.self_signed("stranger");
  files_.self_signed("elsewhere");
  files_.signed_by("elsewhere", "foreign");
  files_.signed_by("plant", "expired", "-not_before 20200101000000Z -not_after 20200201000000Z");
  files_.signed_by("plant", "later", "-not_before 20900101000000Z -not_after 20910101000000Z");
  start(tls());
  for (const char* name : {"stranger", "foreign", "expired", "later"}) {
    const auto response = ask(client(name));
    ASSERT_FALSE(response) << name;
    EXPECT_EQ(response.error().code, Code::denied) << name << ": " << response.error().text;
  }
  EXPECT_EQ(answered_, 0);
  EXPECT_EQ(ask(client("edge-1"))->body, "edge-1");
}

TEST_F(HttpCertificateTest, IsNotAskedForWhereNobodyWantsIt) {
  HttpServerTls none = tls();
  none.client_certificates = ClientCertificates::none;
  start(none);
  EXPECT_EQ(ask(client("edge-1"))->body, "nobody");
}

TEST_F(HttpCertificateTest, AllMayBeTexts) {
  HttpServerTls texts;
  texts.cert_pem = files_.text("server.pem");
  texts.key_pem = files_.text("server.key");
  texts.client_certificates = ClientCertificates::optional;
  texts.client_ca_pem = files_.text("plant.pem") + files_.text("server.pem");
  start(texts);
  world::TlsOptions options;
  options.ca_pem = files_.text("server.pem");
  options.cert_pem = files_.text("edge-1.pem") + files_.text("plant.pem");
  options.key_pem = files_.text("edge-1.key");
  const auto response = ask(options);
  ASSERT_TRUE(response) << response.error().text;
  EXPECT_EQ(response->body, "edge-1");
  EXPECT_EQ(ask({.ca_file = "", .ca_pem = "nothing"}).error().code, Code::invalid);
}

TEST_F(HttpCertificateTest, SaysWhatDoesNotLoad) {
  files_.run("ec -in server.key -aes256 -passout pass:secret -out locked.key");
  const auto error_of = [](const HttpServerTls& tls) {
    const auto server = HttpServer::bind({.tls = tls});
    EXPECT_FALSE(server);
    return server ? Error{} : server.error();
  };
  HttpServerTls locked = tls();
  locked.key_file = files_.path("locked.key");
  EXPECT_TRUE(error_of(locked).text.starts_with("private key " + locked.key_file + ": "));
  HttpServerTls no_authority = tls();
  no_authority.client_ca_file = "";
  EXPECT_EQ(error_of(no_authority).text, "expected an authority that client certificates lead to");
  HttpServerTls empty = tls();
  empty.client_ca_pem = "no PEM";
  EXPECT_EQ(error_of(empty).text,
            "certificate authority of clients (text): expected a certificate in PEM, found none");
  HttpServerTls missing = tls();
  missing.cert_file = "/none/cert.pem";
  EXPECT_TRUE(error_of(missing).text.contains("No such file or directory"))
      << error_of(missing).text;
  EXPECT_EQ(error_of(missing).code, Code::invalid);
}

TEST_F(HttpCertificateTest, CertificatesAreRenewedUnderOpenConnections) {
  start(tls());
  SystemDialer dialer;
  HttpConnection open(https(), dialer, world::system_clock(), {.tls = client("edge-1")});
  ASSERT_EQ(open.send({})->body, "edge-1");

  files_.self_signed("renewed");
  files_.self_signed("other-plant");
  files_.signed_by("other-plant", "edge-2");
  HttpServerTls broken = tls();
  broken.key_file = files_.path("renewed.key");
  EXPECT_EQ(server_->set_tls(broken).error().code, Code::invalid);
  EXPECT_EQ(ask(client("edge-1"))->body, "edge-1") << "all stays as it was";

  HttpServerTls renewed = tls();
  renewed.cert_file = files_.path("renewed.pem");
  renewed.key_file = files_.path("renewed.key");
  renewed.client_ca_file = files_.path("other-plant.pem");
  ASSERT_TRUE(server_->set_tls(renewed));
  EXPECT_TRUE(soon([&] { return !ask(client("edge-1")); })) << "our old certificate is gone";
  world::TlsOptions second = client("edge-2");
  second.ca_file = files_.path("renewed.pem");
  const auto response = ask(second);
  ASSERT_TRUE(response) << response.error().text;
  EXPECT_EQ(response->body, "edge-2");
  world::TlsOptions first = client("edge-1");
  first.ca_file = files_.path("renewed.pem");
  EXPECT_EQ(ask(first).error().code, Code::denied) << "its authority is trusted no more";
  EXPECT_EQ(open.send({})->body, "edge-1") << "the open connection goes on";
  EXPECT_EQ(server_->counts().connections, 1U);
}

}  // namespace
}  // namespace lineside::net
