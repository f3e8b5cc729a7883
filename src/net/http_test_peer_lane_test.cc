#include <array>
#include <cstdlib>
#include <filesystem>
#include <format>

#include <gtest/gtest.h>

#include "net/http_peer_test.h"
#include "net/socket.h"
#include "world/files.h"

namespace lineside::net {

RawPeer::RawPeer(const HttpServer& server, const std::optional<world::TlsOptions>& tls)
    : stream_(std::move(*SystemDialer().dial(server.endpoint(), tls, Duration::seconds(5)))) {}

void RawPeer::send(std::string_view text) {
  ByteView rest = as_bytes(text);
  while (!rest.empty()) {
    const auto written = stream_->write(rest);
    if (!written) return;
    rest = rest.subspan(*written);
    if (*written == 0) stream_->wait(true, Duration::seconds(5));
  }
}

std::string RawPeer::receive(std::string_view end) {
  std::string text;
  std::array<std::byte, 4096> piece;
  const Time limit = world::system_clock().steady() + Duration::seconds(20);
  while (!text.ends_with(end)) {
    const auto count = stream_->read(piece);
    if (!count) break;
    text += as_text(ByteView(piece).first(*count));
    if (world::system_clock().steady() > limit) return text + "<no end>";
    if (*count == 0) stream_->wait(false, Duration::millis(100));
  }
  return text;
}

HttpResponse text_response(std::string text) {
  HttpResponse response;
  response.body = std::move(text);
  return response;
}

TestCertificates::TestCertificates()
    : folder_(std::filesystem::temp_directory_path() / "http-tls-XXXXXX") {
  EXPECT_NE(::mkdtemp(folder_.data()), nullptr);
}

TestCertificates::~TestCertificates() { std::filesystem::remove_all(folder_); }

std::string TestCertificates::text(const std::string& name) const {
  return std::string(as_text(*world::system_files().read(path(name))));
}

void TestCertificates::run(const std::string& arguments) const {
  const std::string command = std::format("cd {} && openssl {} 2>/dev/null", folder_, arguments);
  EXPECT_EQ(std::system(command.c_str()), 0) << command;
}

void TestCertificates::self_signed(const std::string& name) const {
  run(
      std::format("req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 "
                  "-subj /CN={0} -addext subjectAltName=IP:127.0.0.1 -keyout {0}.key -out {0}.pem",
                  name));
}

void TestCertificates::signed_by(const std::string& authority, const std::string& name,
                                 const std::string& more) const {
  run(
      std::format("req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes "
                  "-subj /O=plant/CN={0} -addext subjectAltName=IP:127.0.0.1,URI:urn:plant:{0} "
                  "-keyout {0}.key -out {0}.csr",
                  name));
  run(
      std::format("x509 -req -in {0}.csr -CA {1}.pem -CAkey {1}.key -copy_extensions copy {2} "
                  "-out {0}.pem",
                  name, authority, more));
}

TEST(TestCertificates, LeadToTheirAuthority) {
  const TestCertificates files;
  files.self_signed("plant");
  files.signed_by("plant", "edge");
  files.run("verify -CAfile plant.pem edge.pem > verdict");
  EXPECT_EQ(files.text("verdict"), "edge.pem: OK\n");
}

}  // namespace lineside::net
