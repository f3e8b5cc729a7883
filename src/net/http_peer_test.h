// What tests of the HTTP server and client share: peers that say exactly what they are told to, and
// certificates of our own making. Its code is in http_test_peer_lane_test.cc.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "net/http_server.h"
#include "world/clock.h"
#include "world/stream.h"

namespace lineside::net {

class RawPeer {
 public:
  explicit RawPeer(const HttpServer& server,
                   const std::optional<world::TlsOptions>& tls = std::nullopt);

  void send(std::string_view text);
  // What comes until the server closes or `end` has been seen.
  std::string receive(std::string_view end = "\x01");
  void leave() { stream_.reset(); }

 private:
  std::unique_ptr<world::Stream> stream_;
};

HttpResponse text_response(std::string text);

// Waits for what a server does by itself.
template <class Condition>
bool soon(Condition condition) {
  for (int i = 0; i < 1000 && !condition(); ++i) world::system_clock().sleep(Duration::millis(10));
  return condition();
}

// A folder of NAME.pem and NAME.key, made by the openssl command, for 127.0.0.1.
class TestCertificates {
 public:
  TestCertificates();
  ~TestCertificates();
  TestCertificates(const TestCertificates&) = delete;
  TestCertificates& operator=(const TestCertificates&) = delete;

  std::string path(const std::string& name) const { return folder_ + "/" + name; }
  std::string text(const std::string& name) const;
  void run(const std::string& arguments) const;  // of openssl, in the folder

  // Its own authority, too.
  void self_signed(const std::string& name) const;
  // Signed by `authority`, for CN=`name` and URI urn:plant:`name`; `more`: for openssl x509.
  void signed_by(const std::string& authority, const std::string& name,
                 const std::string& more = "-days 2") const;

 private:
  std::string folder_;
};

}  // namespace lineside::net
