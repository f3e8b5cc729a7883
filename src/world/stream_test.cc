#include "world/stream.h"

#include <format>
#include <vector>

#include <gtest/gtest.h>

namespace lineside::world {
namespace {

TEST(ParseEndpoint, ReadsNamesAndBothAddressForms) {
  struct Case {
    std::string text;
    Endpoint endpoint;
  };
  const std::vector<Case> cases = {
      {"localhost:1883", {"localhost", 1883}},
      {"broker_1.plant-a.example:8883", {"broker_1.plant-a.example", 8883}},
      {"127.0.0.1:0", {"127.0.0.1", 0}},
      {"[::1]:65535", {"::1", 65535}},
      {"[fe80::1%eth0]:1883", {"fe80::1%eth0", 1883}},
  };
  for (const Case& c : cases) {
    const auto endpoint = parse_endpoint(c.text);
    ASSERT_TRUE(endpoint.has_value()) << endpoint.error().text;
    EXPECT_EQ(*endpoint, c.endpoint);
    EXPECT_EQ(to_string(*endpoint), c.text);
  }
}

TEST(ParseEndpoint, SaysWhatItExpected) {
  struct Case {
    std::string text;
    std::string expected;
  };
  const std::string port = "a port of 0..65535 after the last ':'";
  const std::string host = "a host name or IPv4 address before ':'";
  const std::vector<Case> cases = {
      {"", "host:port"},
      {"localhost", "host:port"},
      {"localhost:", port},
      {"localhost:65536", port},
      {"localhost:-1", port},
      {"localhost:+1", port},
      {"localhost:18x", port},
      {"localhost: 1", port},
      {":1883", host},
      {"-x:1883", host},
      {".x:1883", host},
      {"a b:1883", host},
      {"mqtt//x:1883", host},
      {"caf\xc3\xa9:1883", host},
      {std::format("{}:1", std::string(254, 'a')), host},
      {"::1:1883", "an IPv6 address in brackets, as [::1]:port"},
      {"mqtt://x:1883", "an IPv6 address in brackets, as [::1]:port"},
      {"[::1:1883", "an IPv6 address in brackets, as [::1]:port"},
      {"[::g]:1883", "an IPv6 address between '[' and ']'"},
      {"[localhost]:1883", "an IPv6 address between '[' and ']'"},
      {"[]:1883", "an IPv6 address between '[' and ']'"},
      {"[::1%]:1883", "an IPv6 address between '[' and ']'"},
  };
  for (const Case& c : cases) {
    const auto endpoint = parse_endpoint(c.text);
    ASSERT_FALSE(endpoint.has_value()) << c.text;
    EXPECT_EQ(endpoint.error().code, Code::invalid);
    EXPECT_TRUE(endpoint.error().text.starts_with("endpoint: expected " + c.expected + ", found"))
        << endpoint.error().text;
  }
}

TEST(IsLoopback, TakesOnlyLiteralsThatMustBeLocal) {
  for (const char* host :
       {"localhost", "LocalHost", "127.0.0.1", "127.255.0.9", "::1", "0:0:0:0:0:0:0:1"}) {
    EXPECT_TRUE(is_loopback({host, 1})) << host;
  }
  for (const char* host : {"", "0.0.0.0", "::", "128.0.0.1", "127.1", "127.0.0.1.example",
                           "localhost.example", "::2", "10.0.0.1", "plant"}) {
    EXPECT_FALSE(is_loopback({host, 1})) << host;
  }
}

}  // namespace
}  // namespace lineside::world
