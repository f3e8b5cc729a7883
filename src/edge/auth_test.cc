#include "edge/auth.h"

#include <gtest/gtest.h>

#include "base/bytes.h"
#include "sim/clock.h"
#include "sim/files.h"
#include "sim/random.h"
#include "store/link_folder.h"

namespace lineside::edge {
namespace {

constexpr std::string_view kAuthToken = "0123456789abcdef-of-programs";

net::HttpRequest request(std::string method, std::string_view target,
                         std::vector<net::HttpHeader> headers = {}) {
  auto parsed = net::parse_target(target);
  return {std::move(method), *parsed, std::move(headers), ""};
}

// "/?token=..." of a link.
std::string target_of(const std::string& link) { return link.substr(link.find("/?token=")); }

std::string cookie_of(const net::HttpResponse& response) {
  const std::string_view set = response.header("Set-Cookie");
  return std::string(set.substr(0, set.find(';')));
}

class AuthTest : public testing::Test {
 protected:
  std::unique_ptr<Auth> make(AuthOptions options) {
    auto auth = Auth::create(std::move(options), clock_, random_);
    return auth ? std::move(*auth) : nullptr;
  }
  std::unique_ptr<Auth> make_local() {
    return make({{"127.0.0.1", 4000}, false, std::string(kAuthToken)});
  }
  // The cookie of a new session.
  static std::string sign_in(Auth& auth) {
    return cookie_of(*auth.follow_link(request("GET", target_of(auth.new_link()))));
  }
  static Code caller(Auth& auth, std::vector<net::HttpHeader> headers) {
    const auto known = auth.check_caller(request("GET", "/api/v1/status", std::move(headers)));
    return known ? Code::unsupported : known.error().code;
  }
  static constexpr Code kKnown = Code::unsupported;  // stands for: no error

  sim::SimClock clock_{Time{1'700'000'000'000'000'000}};
  sim::SimRandom random_{7};
};

TEST_F(AuthTest, LinkSignsInOnceAndOnlyItsFirstReader) {
  const auto auth = make_local();
  const std::string link = auth->new_link();
  EXPECT_TRUE(link.starts_with("http://127.0.0.1:4000/?token="));
  EXPECT_EQ(link.size(), std::string("http://127.0.0.1:4000/?token=").size() + 64);

  const auto first = auth->follow_link(request("GET", target_of(link)));
  ASSERT_TRUE(first);
  EXPECT_EQ(first->status, 303);
  EXPECT_EQ(first->header("Location"), "/");
  const std::string_view set = first->header("Set-Cookie");
  EXPECT_TRUE(set.starts_with("lineside_session_4000="));
  EXPECT_TRUE(set.ends_with("; Path=/; Max-Age=43200; HttpOnly; SameSite=Strict")) << set;
  EXPECT_EQ(caller(*auth, {{"Cookie", "a=b; " + cookie_of(*first) + "; c=d"}}), kKnown);

  const auto second = auth->follow_link(request("GET", target_of(link)));
  ASSERT_TRUE(second);
  EXPECT_EQ(second->header("Set-Cookie"), "");
  EXPECT_EQ(auth->sessions(), 1U);
}

TEST_F(AuthTest, EdgesOnOneHostDoNotTakeEachOthersSessions) {
  const auto one = make_local();
  const auto other = make({{"127.0.0.1", 4001}, false, "", {}});
  const std::string first = sign_in(*one);
  const std::string second = sign_in(*other);
  // A browser keeps one cookie by each name, whatever the port.
  EXPECT_NE(first.substr(0, first.find('=')), second.substr(0, second.find('=')));
  const std::string both = first + "; " + second;
  EXPECT_EQ(caller(*one, {{"Cookie", both}}), kKnown);
  EXPECT_EQ(caller(*other, {{"Cookie", both}}), kKnown);
  EXPECT_EQ(caller(*other, {{"Cookie", first}}), Code::unauthenticated);
}

TEST_F(AuthTest, LinksLeftInTheDataFolderWorkOnceAndForTenMinutes) {
  sim::SimFiles files;
  store::LinkFolder links(files, clock_, "data");
  store::LinkFolder other(files, clock_, "data");  // as another process has it
  EXPECT_EQ(other.leave(random_).error().code, Code::not_found) << "no edge was there yet";
  const auto auth = make({{"127.0.0.1", 4000}, false, "", [&](const std::string& digest) {
                            return links.claim(digest);
                          }});
  ASSERT_TRUE(links.open(auth->address()));
  const auto signs_in = [&](const std::string& link) {
    return !auth->follow_link(request("GET", target_of(link)))->header("Set-Cookie").empty();
  };
  const std::string link = *other.leave(random_);
  EXPECT_TRUE(link.starts_with("http://127.0.0.1:4000/?token=")) << link;
  EXPECT_FALSE(signs_in("/?token=guess"));
  EXPECT_FALSE(signs_in("/?token=address"));
  EXPECT_TRUE(signs_in(link));
  EXPECT_FALSE(signs_in(link)) << "once";
  const std::string late = *other.leave(random_);
  clock_.advance(store::LinkFolder::kLife);
  EXPECT_FALSE(signs_in(late)) << "ten minutes";
  const std::string before = *other.leave(random_);
  ASSERT_TRUE(links.open(auth->address()));
  EXPECT_FALSE(signs_in(before)) << "until the edge starts anew";
  EXPECT_EQ(files.list("data/links")->size(), 1U) << "the address alone";
}

TEST_F(AuthTest, OnlyGetOfTheRootFollowsALink) {
  const auto auth = make_local();
  const std::string target = target_of(auth->new_link());
  EXPECT_FALSE(auth->follow_link(request("HEAD", target)));
  EXPECT_FALSE(auth->follow_link(request("POST", target)));
  EXPECT_FALSE(auth->follow_link(request("GET", "/x" + target)));
  EXPECT_FALSE(auth->follow_link(request("GET", "/")));
  EXPECT_NE(auth->follow_link(request("GET", target))->header("Set-Cookie"), "");
}

TEST_F(AuthTest, SessionsEndAfterTwelveHoursWhateverTheWallClockDoes) {
  const auto auth = make_local();
  const std::string cookie = sign_in(*auth);
  clock_.jump_wall(Duration::seconds(-86400));
  clock_.advance(Duration::seconds(12 * 3600 - 1));
  EXPECT_EQ(caller(*auth, {{"Cookie", cookie}}), kKnown);
  clock_.advance(Duration::seconds(1));
  EXPECT_EQ(caller(*auth, {{"Cookie", cookie}}), Code::unauthenticated);
  EXPECT_EQ(auth->sessions(), 0U);
}

TEST_F(AuthTest, TheOldestSessionGoesWhenThereAreTooMany) {
  const auto auth = make_local();
  const std::string first = sign_in(*auth);
  clock_.advance(Duration::seconds(1));
  const std::string second = sign_in(*auth);
  for (std::size_t i = 2; i <= Auth::kSessionsMax; ++i) {
    clock_.advance(Duration::seconds(1));
    sign_in(*auth);
  }
  EXPECT_EQ(auth->sessions(), Auth::kSessionsMax);
  EXPECT_EQ(caller(*auth, {{"Cookie", first}}), Code::unauthenticated);
  EXPECT_EQ(caller(*auth, {{"Cookie", second}}), kKnown);
}

TEST_F(AuthTest, TheOldestLinkIsVoidWhenThereAreTooMany) {
  const auto auth = make_local();
  const std::string first = auth->new_link();
  const std::string second = auth->new_link();
  for (std::size_t i = 2; i <= Auth::kLinksMax; ++i) auth->new_link();
  EXPECT_EQ(auth->follow_link(request("GET", target_of(first)))->header("Set-Cookie"), "");
  EXPECT_NE(auth->follow_link(request("GET", target_of(second)))->header("Set-Cookie"), "");
}

TEST_F(AuthTest, ProgramsComeWithTheTokenOfTheFile) {
  const auto auth = make_local();
  const std::string token(kAuthToken);
  EXPECT_EQ(caller(*auth, {{"Authorization", "Bearer " + token}}), kKnown);
  EXPECT_EQ(caller(*auth, {}), Code::unauthenticated);
  for (const std::string& wrong :
       {"Bearer " + token + "x", "Bearer " + token.substr(1), std::string("Bearer "),
        "Basic " + token, token, "bearer" + token})
    EXPECT_EQ(caller(*auth, {{"Authorization", wrong}}), Code::unauthenticated) << wrong;
  const auto closed = make({{"127.0.0.1", 4000}, false, ""});
  EXPECT_EQ(caller(*closed, {{"Authorization", "Bearer "}}), Code::unauthenticated);
}

TEST_F(AuthTest, AfterTenFailuresOneASecond) {
  const auto auth = make_local();
  const std::vector<net::HttpHeader> wrong = {{"Authorization", "Bearer wrong"}};
  for (int i = 0; i < 10; ++i) EXPECT_EQ(caller(*auth, wrong), Code::unauthenticated);
  EXPECT_EQ(caller(*auth, wrong), Code::exhausted);
  const auto link = auth->follow_link(request("GET", "/?token=x"));
  EXPECT_EQ(link->status, 429) << "links and tokens share the limit";
  EXPECT_EQ(link->header("Retry-After"), "1");
  EXPECT_EQ(caller(*auth, {}), Code::unauthenticated) << "coming with nothing is no attempt";

  clock_.advance(Duration::seconds(1));
  EXPECT_EQ(caller(*auth, wrong), Code::unauthenticated);
  EXPECT_EQ(caller(*auth, wrong), Code::exhausted);
  clock_.advance(Duration::seconds(1));
  EXPECT_EQ(auth->follow_link(request("GET", "/?token=x"))->status, 303);
  EXPECT_EQ(caller(*auth, wrong), Code::exhausted) << "a wrong link is charged as well";
  clock_.advance(Duration::seconds(3600));
  for (int i = 0; i < 10; ++i) EXPECT_EQ(caller(*auth, wrong), Code::unauthenticated);
  EXPECT_EQ(caller(*auth, wrong), Code::exhausted) << "no more than ten are saved up";
}

TEST_F(AuthTest, FailuresOfOthersLockNobodyOut) {
  const auto auth = make_local();
  const std::string cookie = sign_in(*auth);
  const std::string link = auth->new_link();
  const std::vector<net::HttpHeader> wrong = {{"Authorization", "Bearer wrong"}};
  const std::vector<net::HttpHeader> right = {
      {"Authorization", "Bearer " + std::string(kAuthToken)}};
  for (int i = 0; i < 1000; ++i) {
    EXPECT_EQ(caller(*auth, wrong), i < 10 ? Code::unauthenticated : Code::exhausted);
    EXPECT_EQ(caller(*auth, right), kKnown) << i;
  }
  EXPECT_EQ(caller(*auth, {{"Cookie", cookie}}), kKnown);
  EXPECT_EQ(auth->follow_link(request("GET", "/?token=x"))->status, 429);
  const auto followed = auth->follow_link(request("GET", target_of(link)));
  EXPECT_EQ(followed->status, 303);
  EXPECT_EQ(caller(*auth, {{"Cookie", cookie_of(*followed)}}), kKnown);
}

struct SiteCase {
  std::string name;
  std::string method;
  std::string host;
  std::string origin;
  bool allowed = false;
};

void check_sites(const Auth& auth, const std::vector<SiteCase>& cases) {
  for (const SiteCase& site : cases) {
    std::vector<net::HttpHeader> headers;
    if (!site.host.empty()) headers.push_back({"Host", site.host});
    if (!site.origin.empty()) headers.push_back({"Origin", site.origin});
    const auto checked = auth.check_site(request(site.method, "/api/v1/status", headers));
    EXPECT_EQ(checked.has_value(), site.allowed) << site.name;
    EXPECT_TRUE(checked || checked.error().code == Code::denied) << site.name;
  }
}

TEST_F(AuthTest, OnLoopbackHostAndOriginAreOurs) {
  check_sites(*make_local(),
              {
                  {"address", "GET", "127.0.0.1:4000", "", true},
                  {"localhost", "GET", "localhost:4000", "", true},
                  {"hosts know no case", "GET", "LocalHost:4000", "", true},
                  {"forwarded port", "POST", "localhost:8080", "http://localhost:8080", true},
                  {"no port", "GET", "127.0.0.1", "", true},
                  {"none", "GET", "", "", false},
                  {"rebound name", "GET", "evil.example:4000", "", false},
                  {"name that begins alike", "GET", "127.0.0.1.evil.example:4000", "", false},
                  {"another address", "GET", "127.0.0.2:4000", "", false},
                  {"name behind ours", "GET", "127.0.0.1:1@evil.example", "", false},
                  {"user before ours", "GET", "evil@127.0.0.1:4000", "", false},
                  {"no number", "GET", "127.0.0.1:x", "", false},
                  {"no number at all", "GET", "127.0.0.1:", "", false},
                  {"two ports", "GET", "127.0.0.1:1:2", "", false},
                  {"no such port", "GET", "127.0.0.1:65536", "", false},
                  {"path", "GET", "127.0.0.1:4000/", "", false},
                  {"ours", "POST", "127.0.0.1:4000", "http://127.0.0.1:4000", true},
                  {"no origin", "POST", "127.0.0.1:4000", "", true},
                  {"reading needs no origin", "GET", "127.0.0.1:4000", "http://evil.example", true},
                  {"another site", "POST", "127.0.0.1:4000", "http://evil.example", false},
                  {"another port", "POST", "127.0.0.1:4000", "http://127.0.0.1:5000", false},
                  {"another scheme", "POST", "127.0.0.1:4000", "https://127.0.0.1:4000", false},
                  {"hidden", "POST", "127.0.0.1:4000", "null", false},
                  {"any other method", "DELETE", "127.0.0.1:4000", "http://evil.example", false},
              });
}

TEST_F(AuthTest, OnLoopbackOfIpv6) {
  const auto auth = make({{"::1", 4000}, false, ""});
  EXPECT_TRUE(auth->new_link().starts_with("http://[::1]:4000/?token="));
  check_sites(*auth, {{"address", "POST", "[::1]:4000", "http://[::1]:4000", true},
                      {"another", "GET", "[::2]:4000", "", false},
                      {"no port", "GET", "[::1]", "", true},
                      {"broken", "GET", "[::1", "", false},
                      {"more", "GET", "[::1]x:4000", "", false},
                      {"localhost", "GET", "localhost:4000", "", true}});
}

TEST_F(AuthTest, BehindTlsTheCertificateNamesUs) {
  const auto auth = make({{"0.0.0.0", 8443}, true, std::string(kAuthToken)});
  ASSERT_TRUE(auth);
  const std::string link = auth->new_link();
  EXPECT_TRUE(link.starts_with("https://localhost:8443/?token="));
  const auto followed = auth->follow_link(request("GET", target_of(link)));
  EXPECT_TRUE(followed->header("Set-Cookie").ends_with("; SameSite=Strict; Secure"));
  check_sites(*auth, {{"name", "POST", "edge.plant:8443", "https://edge.plant:8443", true},
                      {"no name", "GET", "edge.plant:8443@evil.example", "", false},
                      {"another site", "POST", "edge.plant:8443", "https://evil.example", false},
                      {"none", "GET", "", "", false}});
}

TEST_F(AuthTest, RefusesToBeReachedWithoutTlsOrToken) {
  struct Case {
    AuthOptions options;
    std::string found;
  };
  const std::string token(kAuthToken);
  for (const Case& one : {Case{{{"0.0.0.0", 80}, false, ""}, "found none of them"},
                          Case{{{"0.0.0.0", 80}, false, token}, "found no certificate"},
                          Case{{{"192.0.2.1", 443}, true, ""}, "found no token file"},
                          Case{{{"::", 443}, true, ""}, "found no token file"}}) {
    const auto auth = Auth::create(one.options, clock_, random_);
    ASSERT_FALSE(auth);
    EXPECT_EQ(auth.error().code, Code::invalid);
    EXPECT_TRUE(auth.error().text.ends_with(one.found)) << auth.error().text;
  }
  EXPECT_TRUE(make({{"127.0.0.1", 80}, false, ""}));
  EXPECT_TRUE(make({{"localhost", 80}, false, ""}));
}

TEST_F(AuthTest, ReadsTheTokenFile) {
  sim::SimFiles files;
  const auto read = [&](std::string_view content) {
    EXPECT_TRUE(files.write_atomic("/token", as_bytes(content)));
    return read_token_file(files, "/token");
  };
  EXPECT_EQ(read("  0123456789abcdef \nmore\n").value(), "0123456789abcdef");
  for (const char* bad : {"", "\n0123456789abcdef\n", "0123456789abcde", "0123456789 abcdef",
                          "0123456789abcde\xc3\xa4"}) {
    const auto token = read(bad);
    ASSERT_FALSE(token);
    EXPECT_EQ(token.error().text,
              "/token: expected a first line of 16 to 256 printable characters without blanks");
  }
  EXPECT_EQ(read_token_file(files, "/none").error().code, Code::not_found);
}

}  // namespace
}  // namespace lineside::edge
