// A hub in a folder of its own, asked without sockets. For tests.
#pragma once

#include <algorithm>
#include <filesystem>
#include <format>
#include <memory>
#include <string>
#include <unistd.h>
#include <vector>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "hub/api/api.h"
#include "hub/hub.h"
#include "sim/clock.h"
#include "sim/random.h"

namespace lineside::hub {

using Json = nlohmann::json;

class HubTest : public testing::Test {
 protected:
  static constexpr Time kStart{1'700'000'000'000'000'000};  // 2023-11-14T22:13:20Z
  static constexpr const char* kPassword = "correct horse battery";
  // Who asks: what a browser or a program sends along.
  using Who = std::vector<net::HttpHeader>;

  HubTest() { open(); }
  ~HubTest() override {
    close();
    std::filesystem::remove_all(folder_);
  }

  void open() {
    auto opened = Hub::open(options(), {world::system_files(), clock, random});
    ASSERT_TRUE(opened) << opened.error().text;
    hub = std::move(*opened);
    hub->set_url("https://127.0.0.1:8443");
    auto made = Api::create(*hub, page_, {{8, 1, 1}, {}});
    ASSERT_TRUE(made) << made.error().text;
    api = std::move(*made);
    api->set_site({{"127.0.0.1", 8443}, true});
  }
  void close() {
    api.reset();
    hub.reset();
  }
  HubOptions options() const {
    return {.data_folder = folder_, .lineage_file = folder_ / "lineage.ndjson"};
  }

  static net::HttpRequest request(std::string method, std::string_view target, std::string body,
                                  const Who& who) {
    std::vector<net::HttpHeader> headers = {{"Host", "127.0.0.1:8443"}};
    headers.insert(headers.end(), who.begin(), who.end());
    if (!body.empty() && net::find_header(headers, "Content-Type").empty())
      headers.push_back({"Content-Type", "application/json"});
    return {std::move(method), *net::parse_target(target), std::move(headers), std::move(body)};
  }
  net::HttpResponse ask(std::string method, std::string_view target, const Who& who = {},
                        std::string body = "") {
    return api->answer(request(std::move(method), target, std::move(body), who));
  }
  Json get(std::string_view target, const Who& who) {
    const auto response = ask("GET", target, who);
    EXPECT_EQ(response.status, 200) << target << " " << response.body;
    return response.status == 200 ? Json::parse(response.body) : Json();
  }
  // Of a walk "depth kind name" of each node, in order of names within a depth.
  std::vector<std::string> nodes(const std::string& target, const Who& who) {
    std::vector<std::string> found;
    const Json graph = get("/api/v1/" + target, who);
    for (const Json& node : graph["nodes"])
      found.push_back(std::format("{} {} {}", node["depth"].get<int>(),
                                  node["kind"].get<std::string>(),
                                  node["name"].get<std::string>()));
    std::ranges::sort(found);
    return found;
  }
  int status(std::string method, std::string_view target, const Who& who = {},
             std::string body = "") {
    return ask(std::move(method), target, who, std::move(body)).status;
  }
  static std::string error_of(const net::HttpResponse& response) {
    const Json json = Json::parse(response.body, nullptr, false);
    if (json.is_discarded() || !json.contains("error"))
      return std::to_string(response.status) + " " + response.body;
    return std::format("{} {}: {}", response.status, json["error"]["code"].get<std::string>(),
                       json["error"]["text"].get<std::string>());
  }

  // The headers of a session that an answer has begun.
  static Who session_of(const net::HttpResponse& response) {
    EXPECT_EQ(response.status, 200) << response.body;
    const std::string_view set = response.header("Set-Cookie");
    return {{"Cookie", std::string(set.substr(0, set.find(';')))},
            {"X-Lineside-CSRF", Json::parse(response.body)["csrf"].get<std::string>()}};
  }
  static Who with(Who who, net::HttpHeader header) {
    who.push_back(std::move(header));
    return who;
  }

  // The first admin; once.
  Who set_up(const std::string& person = "ada") {
    const std::string link = api->setup_link();
    EXPECT_TRUE(link.starts_with("https://127.0.0.1:8443/#/setup?token=lsu_")) << link;
    const Json body = {{"token", link.substr(link.find("token=") + 6)},
                       {"person", person},
                       {"title", "Ada Lovelace"},
                       {"password", kPassword}};
    return session_of(ask("POST", "/api/v1/setup", {}, body.dump()));
  }
  net::HttpResponse try_sign_in(const std::string& person, const std::string& password,
                                const Who& who = {}) {
    return ask("POST", "/api/v1/session", who,
               Json{{"person", person}, {"password", password}}.dump());
  }
  Who sign_in(const std::string& person) { return session_of(try_sign_in(person, kPassword)); }

  net::HttpResponse put(const std::string& segment, const std::string& name, const Json& spec,
                        const Who& who) {
    return ask("PUT", std::format("/api/v1/{}/{}", segment, name), who,
               Json{{"spec", spec}}.dump());
  }
  void must_put(const std::string& segment, const std::string& name, const Json& spec,
                const Who& who) {
    const auto response = put(segment, name, spec, who);
    EXPECT_LT(response.status, 300) << segment << "/" << name << " " << response.body;
  }
  // A person with these roles, signed in. `roles`: {"viewer", ""}, {"ot-engineer", "berlin"}.
  Who person(const std::string& name, const std::vector<std::pair<std::string, std::string>>& roles,
             const Who& admin) {
    Json list = Json::array();
    for (const auto& [role, site] : roles) {
      list.push_back({{"role", role}});
      if (!site.empty()) list.back()["site"] = site;
    }
    must_put("people", name, {{"title", name}, {"roles", list}}, admin);
    const auto invited = ask("POST", "/api/v1/people/" + name + "/invitation", admin);
    EXPECT_EQ(invited.status, 200) << invited.body;
    const std::string link = Json::parse(invited.body)["link"];
    const Json body = {{"token", link.substr(link.find("token=") + 6)}, {"password", kPassword}};
    return session_of(ask("POST", "/api/v1/welcome", {}, body.dump()));
  }
  Who program(const std::string& token, const Who& who) {
    const auto issued = ask("POST", "/api/v1/tokens/" + token + "/secret", who);
    EXPECT_EQ(issued.status, 200) << issued.body;
    return {{"Authorization", "Bearer " + Json::parse(issued.body)["secret"].get<std::string>()}};
  }
  // Two plants with a line each, a machine on each line.
  void build_plants(const Who& admin) {
    for (const char* plant : {"berlin", "munich"}) {
      const std::string line = std::string(plant) + "-line";
      must_put("sites", plant, {{"title", plant}}, admin);
      must_put("sites", line, {{"level", "line"}, {"parent", plant}}, admin);
      must_put("assets", std::string(plant) + "-press", {{"site", line}, {"title", "Press"}},
               admin);
    }
  }
  // What the audit log says, oldest first.
  std::vector<store::AuditEntry> audit(const std::string& action) {
    std::vector<store::AuditEntry> found;
    const auto leaves = hub->db().audit().leaves(0, 100'000);
    EXPECT_TRUE(leaves);
    for (const auto& leaf : *leaves)
      if (leaf.entry.action == action) found.push_back(leaf.entry);
    return found;
  }

  sim::SimClock clock{kStart};
  sim::SimRandom random{7};
  std::unique_ptr<Hub> hub;
  std::unique_ptr<Api> api;
  const std::filesystem::path folder_ =
      std::filesystem::temp_directory_path() /
      std::format("hub-{}-{:x}", ::getpid(), reinterpret_cast<std::uintptr_t>(this));

 private:
  static constexpr std::array<EmbeddedFile, 1> kPage = {{{"index.html", "<!doctype html>"}}};
  const net::HttpFiles page_{std::span(kPage)};
};

}  // namespace lineside::hub
