// A hub behind TLS, and verbs of the command line that speak to it, for tests.
#pragma once

#include <filesystem>
#include <fstream>

#include "cli/verbs.h"
#include "hub/server.h"
#include "net/http_client.h"
#include "tests/hub_fixture.h"

namespace lineside::cli {

using hub::Json;

inline constexpr const char* kPlant = R"(apiVersion: lineside/v1
kind: Site
name: berlin
spec: {title: Berlin works}
---
apiVersion: lineside/v1
kind: Asset
name: press
spec: {title: Press, site: berlin}
---
apiVersion: lineside/v1
kind: Stream
name: press/pressure
spec: {asset: press, unit: kPa}
)";

struct Said {
  int code = -1;
  std::string out;
  std::string err;
};

class HubVerbsTest : public testing::Test {
 protected:
  HubVerbsTest() {
    std::filesystem::create_directories(folder_);
    auto opened = hub::Hub::open({.data_folder = folder_ / "hub"});
    EXPECT_TRUE(opened) << opened.error().text;
    hub_ = std::move(*opened);
    auto started =
        hub::Server::start({.listen = "127.0.0.1:0", .password_cost = {8, 1, 1}}, *hub_, page_);
    EXPECT_TRUE(started) << started.error().text;
    server_ = std::move(*started);
    write("token", admin_token() + "\n");
  }
  ~HubVerbsTest() override {
    server_.reset();
    hub_.reset();
    std::filesystem::remove_all(folder_);
  }

  std::string path(const std::string& name) const { return folder_ / name; }
  void write(const std::string& name, const std::string& text) const {
    std::filesystem::create_directories((folder_ / name).parent_path());
    std::ofstream(folder_ / name) << text;
  }
  static std::string read(const std::filesystem::path& file) {
    std::ifstream in(file);
    return {std::istreambuf_iterator<char>(in), {}};
  }
  std::string ca() const { return hub_->keys().ca_fingerprint(); }

  Said run(Arguments arguments) const {
    testing::internal::CaptureStdout();
    testing::internal::CaptureStderr();
    Said said;
    said.code = cli::run(arguments);
    std::fflush(stdout);
    said.out = testing::internal::GetCapturedStdout();
    said.err = testing::internal::GetCapturedStderr();
    return said;
  }
  // With the options that say which hub, and who asks.
  Said ask(Arguments arguments) const {
    for (const std::string& more :
         {std::string("--hub"), server_->url(), std::string("--token-file"), path("token"),
          std::string("--ca-sha256"), ca()})
      arguments.push_back(more);
    return run(std::move(arguments));
  }
  void apply_plant() const {
    write("plant.yaml", kPlant);
    const Said said = ask({"apply", path("plant.yaml")});
    ASSERT_EQ(said.code, 0) << said.err;
  }

  net::HttpResponse send(const std::string& target, const Json& body,
                         std::vector<net::HttpHeader> who = {}) const {
    net::HttpClientOptions options;
    options.tls.ca_sha256 = ca();
    who.push_back({"Content-Type", "application/json"});
    auto response =
        net::HttpClient(server_->url(), options).send({"POST", target, who, body.dump()});
    EXPECT_TRUE(response) << response.error().text;
    EXPECT_LT(response->status, 300) << target << response->body;
    return std::move(*response);
  }
  std::vector<net::HttpHeader> bearer() const {
    const std::string secret = read(path("token"));
    return {{"Authorization", "Bearer " + secret.substr(0, secret.find('\n'))}};
  }
  static std::vector<net::HttpHeader> session_of(const net::HttpResponse& signed_in) {
    const std::string_view set = signed_in.header("Set-Cookie");
    return {{"Cookie", std::string(set.substr(0, set.find(';')))},
            {"X-Lineside-CSRF", Json::parse(signed_in.body)["csrf"].get<std::string>()}};
  }
  std::string admin_token() const {
    const std::string link = server_->setup_link();
    const auto signed_in = send("/api/v1/setup", {{"token", link.substr(link.find("token=") + 6)},
                                                  {"person", "ada"},
                                                  {"password", "correct horse battery"}});
    const auto who = session_of(signed_in);
    send("/api/v1/apply",
         {{"apiVersion", "lineside/v1"},
          {"kind", "Token"},
          {"name", "shell"},
          {"spec", {{"person", "ada"}, {"expires", "2200-01-01T00:00:00Z"}}}},
         who);
    const auto issued = send("/api/v1/tokens/shell/secret", Json::object(), who);
    return Json::parse(issued.body)["secret"];
  }

  // Of another program, made by the one that asks.
  std::string token(const std::string& name, Json spec) const {
    spec["expires"] = "2200-01-01T00:00:00Z";
    send("/api/v1/apply",
         {{"apiVersion", "lineside/v1"}, {"kind", "Token"}, {"name", name}, {"spec", spec}},
         bearer());
    const auto issued =
        send(std::format("/api/v1/tokens/{}/secret", name), Json::object(), bearer());
    return Json::parse(issued.body)["secret"];
  }
  // The session of another person.
  std::vector<net::HttpHeader> person(const std::string& name, const std::string& role) const {
    send("/api/v1/apply",
         {{"apiVersion", "lineside/v1"},
          {"kind", "Person"},
          {"name", name},
          {"spec", {{"roles", {{{"role", role}}}}}}},
         bearer());
    const auto invited =
        send(std::format("/api/v1/people/{}/invitation", name), Json::object(), bearer());
    const std::string link = Json::parse(invited.body)["link"];
    return session_of(send("/api/v1/welcome", {{"token", link.substr(link.find("token=") + 6)},
                                               {"password", "correct horse battery"}}));
  }

  const std::filesystem::path folder_ =
      std::filesystem::temp_directory_path() / std::format("hub-verbs-{}", ::getpid());
  static constexpr std::array<EmbeddedFile, 1> kPage = {{{"index.html", "<!doctype html>"}}};
  const net::HttpFiles page_{std::span(kPage)};
  std::unique_ptr<hub::Hub> hub_;
  std::unique_ptr<hub::Server> server_;
};

}  // namespace lineside::cli
