// What tests of the HTTP server and client share: peers that say exactly what they are told to, and
// certificates of our own making.
#pragma once

#include <array>
#include <cstdlib>
#include <filesystem>
#include <format>
#include <string>
#include <string_view>

#include <gtest/gtest.h>

#include "net/http_server.h"
#include "net/socket.h"
#include "world/clock.h"
#include "world/files.h"

namespace lineside::net {

class RawPeer {
 public:
  explicit RawPeer(const HttpServer& server,
                   const std::optional<world::TlsOptions>& tls = std::nullopt)
      : stream_(std::move(*SystemDialer().dial(server.endpoint(), tls, Duration::seconds(5)))) {}

  void send(std::string_view text) {
    ByteView rest = as_bytes(text);
    while (!rest.empty()) {
      const auto written = stream_->write(rest);
      if (!written) return;
      rest = rest.subspan(*written);
      if (*written == 0) stream_->wait(true, Duration::seconds(5));
    }
  }
  // What comes until the server closes or `end` has been seen.
  std::string receive(std::string_view end = "\x01") {
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
  void leave() { stream_.reset(); }

 private:
  std::unique_ptr<world::Stream> stream_;
};

inline HttpResponse text_response(std::string text) {
  HttpResponse response;
  response.body = std::move(text);
  return response;
}

// Waits for what a server does by itself.
template <class Condition>
bool soon(Condition condition) {
  for (int i = 0; i < 1000 && !condition(); ++i) world::system_clock().sleep(Duration::millis(10));
  return condition();
}

// A folder of NAME.pem and NAME.key, made by the openssl command, for 127.0.0.1.
class TestCertificates {
 public:
  TestCertificates() {
    std::string pattern = std::filesystem::temp_directory_path() / "http-tls-XXXXXX";
    folder_ = ::mkdtemp(pattern.data());
  }
  ~TestCertificates() { std::filesystem::remove_all(folder_); }
  TestCertificates(const TestCertificates&) = delete;
  TestCertificates& operator=(const TestCertificates&) = delete;

  std::string path(const std::string& name) const { return folder_ / name; }
  std::string text(const std::string& name) const {
    return std::string(as_text(*world::system_files().read(path(name))));
  }
  void run(const std::string& arguments) const {
    const std::string command =
        std::format("cd {} && openssl {} 2>/dev/null", folder_.string(), arguments);
    EXPECT_EQ(std::system(command.c_str()), 0) << command;
  }

  // Its own authority, too.
  void self_signed(const std::string& name) const {
    run(std::format(
        "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 "
        "-subj /CN={0} -addext subjectAltName=IP:127.0.0.1 -keyout {0}.key -out {0}.pem",
        name));
  }
  // Signed by `authority`, for CN=`name` and URI urn:plant:`name`; `more`: for openssl x509.
  void signed_by(const std::string& authority, const std::string& name,
                 const std::string& more = "-days 2") const {
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

 private:
  std::filesystem::path folder_;
};

}  // namespace lineside::net
