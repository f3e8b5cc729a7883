// The verbs that speak to a hub, against what is none, or does not mean well.
#include <filesystem>
#include <fstream>
#include <mutex>

#include "base/text.h"
#include "cli/verbs.h"
#include "crypt/x509.h"
#include "hub/keys.h"
#include "net/http_server.h"
#include "tests/hub_fixture.h"
#include "world/clock.h"

namespace lineside::cli {
namespace {

constexpr int kCorrupt = 10;
constexpr int kInvalid = 2;

struct Said {
  int code = -1;
  std::string out;
  std::string err;
};

class StrangeHub : public testing::Test {
 protected:
  StrangeHub() {
    std::filesystem::create_directories(folder_);
    const Time now = world::system_clock().now();
    const auto ca = crypt::CertificateAuthority::create(
        {"Strange", {std::byte{1}}, now - Duration::seconds(60), now + Duration::seconds(3600)});
    EXPECT_TRUE(ca);
    ca_ = to_hex(ca->certificate().sha256);
    const auto made = hub::open_server_certificate("", *ca, {{"localhost"}, {"127.0.0.1"}}, now,
                                                   {world::system_files(), world::system_random()});
    EXPECT_TRUE(made) << made.error().text;
    net::HttpServerTls tls;
    tls.cert_pem = made->certificate_pem;
    tls.key_pem = made->key_pem;
    auto bound = net::HttpServer::bind({.endpoint = {"127.0.0.1", 0}, .tls = tls});
    EXPECT_TRUE(bound) << bound.error().text;
    server_ = std::move(*bound);
    server_->serve([this](const net::HttpRequest&) {
      const std::lock_guard lock(mutex_);
      net::HttpResponse response{.status = status_, .body = body_};
      response.headers = {{"Content-Type", type_}};
      return response;
    });
    write("token", "lst_0123456789abcdef0123456789abcdef\n");
    write("site.yaml", "apiVersion: lineside/v1\nkind: Site\nname: berlin\nspec: {}\n");
  }
  ~StrangeHub() override {
    server_.reset();
    std::filesystem::remove_all(folder_);
  }
  void write(const std::string& name, const std::string& text) const {
    std::ofstream(folder_ / name) << text;
  }
  std::string path(const std::string& name) const { return folder_ / name; }
  void answer(int status, std::string body, std::string_view type = "application/json") {
    const std::lock_guard lock(mutex_);
    status_ = status;
    body_ = std::move(body);
    type_ = type;
  }
  Said ask(Arguments arguments) const {
    arguments.insert(arguments.end(), {"--ca-sha256", ca_});
    return ask_unpinned(std::move(arguments));
  }
  Said ask_unpinned(Arguments arguments) const {
    for (const std::string& more :
         {std::string("--hub"), std::format("https://127.0.0.1:{}", server_->endpoint().port),
          std::string("--token-file"), path("token")})
      arguments.push_back(more);
    testing::internal::CaptureStdout();
    testing::internal::CaptureStderr();
    Said said;
    said.code = cli::run(arguments);
    std::fflush(stdout);
    said.out = testing::internal::GetCapturedStdout();
    said.err = testing::internal::GetCapturedStderr();
    return said;
  }
  // `audit` tells in lines alone.
  static bool told_as_json(const Arguments& verb) { return verb.back() == "--json"; }
  std::vector<Arguments> all_verbs() const {
    return {{"apply", path("site.yaml")},
            {"apply", path("site.yaml"), "--json"},
            {"diff", path("site.yaml")},
            {"get", "sites"},
            {"get", "sites", "--json"},
            {"get", "site", "berlin"},
            {"get", "site", "berlin", "--json"},
            {"describe", "site", "berlin"},
            {"describe", "site", "berlin", "--json"},
            {"history", "site", "berlin"},
            {"history", "site", "berlin", "--json"},
            {"graph", "site", "berlin"},
            {"graph", "site", "berlin", "--json"},
            {"delete", "site", "berlin"},
            {"delete", "site", "berlin", "--dry-run", "--json"},
            {"audit", "key"},
            {"audit", "checkpoint"},
            {"audit", "show"},
            {"audit", "show", "--json"}};
  }

  const std::filesystem::path folder_ =
      std::filesystem::temp_directory_path() / std::format("strange-hub-{}", ::getpid());
  std::string ca_;
  std::mutex mutex_;
  int status_ = 200;
  std::string body_, type_;
  std::unique_ptr<net::HttpServer> server_;
};

TEST_F(StrangeHub, NoVerbTakesAnAnswerThatIsNoHubs) {
  const std::vector<std::pair<int, std::string>> answers = {
      {200, "{}"},
      {200, "<!doctype html><title>Welcome</title>"},
      {200, ""},
      {200, R"({"items":7,"nodes":{},"edges":1,"warnings":""})"},
      {200, R"({"kind":"Site","name":"munich","spec":{}})"},
      {404, "<h1>Not Found</h1>"}};
  for (const auto& [status, body] : answers) {
    answer(status, body, "text/html");
    for (const Arguments& verb : all_verbs()) {
      const Said said = ask(verb);
      SCOPED_TRACE(verb[0] + " " + body);
      EXPECT_EQ(said.code, kCorrupt) << said.err;
      if (told_as_json(verb)) {
        EXPECT_TRUE(said.out.starts_with(R"({"error":{"code":"corrupt","text":")")) << said.out;
        EXPECT_TRUE(said.out.contains("is --hub the address of one?")) << said.out;
        EXPECT_EQ(said.err, "");
        continue;
      }
      EXPECT_EQ(said.out, "");
      EXPECT_TRUE(said.err.contains("is --hub the address of one?")) << said.err;
      EXPECT_EQ(std::ranges::count(said.err, '\n'), 1) << said.err;
    }
  }
}

TEST_F(StrangeHub, ListsHoldObjects) {
  answer(200, R"({"items":[1,"x",null],"nodes":[1],"edges":[],"warnings":[{}]})");
  for (const Arguments& verb : {Arguments{"get", "sites"},
                                {"history", "site", "berlin"},
                                {"audit", "show"},
                                {"graph", "site", "berlin"},
                                {"delete", "site", "berlin"}}) {
    const Said said = ask(verb);
    EXPECT_EQ(said.code, kCorrupt) << verb[0];
    EXPECT_EQ(said.out, "") << verb[0];
    EXPECT_TRUE(said.err.contains("in the list '")) << said.err;
  }
}

TEST_F(StrangeHub, AnApplySaysWhatBecameOfEachObject) {
  answer(200, R"({"items":[{"kind":"Site","name":"berlin"}]})");
  const Said said = ask({"apply", path("site.yaml")});
  EXPECT_EQ(said.code, kCorrupt);
  EXPECT_EQ(said.out, "");
  EXPECT_TRUE(said.err.contains("expected a member 'change' of each object")) << said.err;
}

// Of an older hub there are none.
TEST_F(StrangeHub, AnApplyWarnsAsFarAsTheHubDoes) {
  constexpr const char* kItems = R"({"items":[{"kind":"Site","name":"berlin","change":"created"}])";
  for (const char* rest : {"}", R"(,"warnings":"x"})", R"(,"warnings":[{},null]})"}) {
    answer(200, std::string(kItems) + rest);
    const Said said = ask({"apply", path("site.yaml")});
    EXPECT_EQ(said.code, 0) << rest;
    EXPECT_EQ(said.err, "") << rest;
  }
  answer(200, std::string(kItems) + R"(,"warnings":["a\u001bb"]})");
  EXPECT_EQ(ask({"apply", path("site.yaml")}).err, "lineside apply: warning: a\\x1bb\n");
}

TEST_F(StrangeHub, WhoIsNotTrustedSaysHowToBe) {
  const Said said = ask_unpinned({"get", "sites"});
  EXPECT_EQ(said.code, 5) << said.err;
  EXPECT_TRUE(said.err.contains("--ca-sha256 HEX, or LINESIDE_HUB_CA_SHA256")) << said.err;
  const Said missing = ask_unpinned({"get", "sites", "--ca-file", path("none.pem")});
  EXPECT_EQ(missing.code, 3);
  EXPECT_TRUE(missing.err.contains("--ca-file: no file ")) << missing.err;
}

TEST_F(StrangeHub, ARefusalIsToldOnce) {
  answer(403, R"({"error":{"code":"denied","text":"expected permission write_sites"},)"
              R"("problems":[{"path":"Site/berlin","text":"expected permission write_sites"}]})");
  EXPECT_EQ(ask({"delete", "site", "berlin"}).err,
            "lineside delete: expected permission write_sites\n");
}

TEST_F(StrangeHub, AnswersAreAboutWhatWasAsked) {
  answer(200, R"({"items":[]})");
  for (const char* verb : {"apply", "diff"}) {
    const Said said = ask({verb, path("site.yaml")});
    EXPECT_EQ(said.code, kCorrupt);
    EXPECT_TRUE(said.err.contains("about 0 of 1 objects")) << said.err;
  }
  // It can be deleted, and then is not.
  answer(200, R"({"warnings":["3 streams lose their contract"]})");
  const Said said = ask({"delete", "contract", "c"});
  EXPECT_EQ(said.code, kCorrupt) << said.out;
  EXPECT_TRUE(said.err.contains("expected status 204, found 200")) << said.err;
  EXPECT_EQ(ask({"delete", "contract", "c", "--dry-run"}).err,
            "lineside delete: warning: 3 streams lose their contract\n");
}

TEST_F(StrangeHub, PagesThatLeadNowhereEnd) {
  answer(200, R"({"items":[],"nodes":[],"edges":[],"next":"7"})");
  for (const Arguments& verb :
       {Arguments{"get", "sites"}, {"audit", "show"}, {"graph", "site", "berlin"}}) {
    const Said said = ask(verb);
    EXPECT_EQ(said.code, kCorrupt) << verb[0];
    EXPECT_TRUE(said.err.contains("names itself as the next one")) << said.err;
  }
}

TEST_F(StrangeHub, TheEmptyNameIsNotAllOfThem) {
  answer(200, R"({"items":[]})");
  for (const char* verb : {"get", "describe", "history", "graph", "delete"}) {
    const Said said = ask({verb, "asset", ""});
    EXPECT_EQ(said.code, kInvalid) << verb;
    EXPECT_TRUE(said.err.contains("NAME: expected the name of an object, found ''")) << said.err;
  }
}

// ---- Where states lie --------------------------------------------------------------------------

TEST(DefaultFolders, MeetWhicheverVerbAsks) {
  namespace fs = std::filesystem;
  const fs::path home = fs::temp_directory_path() / std::format("folders-{}", ::getpid());
  const std::string state = home / "lineside";
  ASSERT_EQ(::setenv("XDG_STATE_HOME", home.c_str(), 1), 0);
  EXPECT_EQ(default_up_folder(), state);
  EXPECT_EQ(default_hub_folder(), state + "/hub");
  EXPECT_EQ(default_edge_folder(), state + "/edge");
  // What older versions have left is found.
  fs::create_directories(home / "lineside" / "joined");
  EXPECT_EQ(default_edge_folder(), state) << "an edge that lies in the state folder itself";
  fs::create_directories(home / "lineside" / "up" / "hub");
  fs::create_directories(home / "lineside" / "up" / "edge");
  EXPECT_EQ(default_up_folder(), state + "/up");
  EXPECT_EQ(default_hub_folder(), state + "/up/hub");
  EXPECT_EQ(default_edge_folder(), state + "/up/edge");
  fs::create_directories(home / "lineside" / "hub");
  EXPECT_EQ(default_up_folder(), state) << "the new place once it is there";
  EXPECT_EQ(default_hub_folder(), state + "/hub");
  ::unsetenv("XDG_STATE_HOME");
  fs::remove_all(home);
}

}  // namespace
}  // namespace lineside::cli
