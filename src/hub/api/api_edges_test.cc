// Enrolment and edges, through the API.
#include "hub/edges/twin.h"
#include "tests/hub_fixture.h"
#include "wire/messages.h"

namespace lineside::hub {
namespace {

class EdgesTest : public HubTest {
 protected:
  EdgesTest() { build_plants(ada_); }

  void enrol(const std::string& edge, const std::string& site) {
    ASSERT_TRUE(hub->db().edges().enrol({.serial = edge + "1",
                                         .edge = edge,
                                         .fingerprint = edge + "f",
                                         .issued = clock.now(),
                                         .not_after = clock.now() + Duration::seconds(86'400)},
                                        site, {}));
  }
  static constexpr const char* kServedModel =
      "sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
  Json edge(const std::string& name, const Who& who) { return get("/api/v1/edges/" + name, who); }

  const Who ada_ = set_up();
};

TEST_F(EdgesTest, AnEnrolmentTokenIsShownOnceWithItsCommand) {
  const auto made = ask("POST", "/api/v1/enrolments", ada_,
                        R"({"name":"hall","site":"berlin","uses":5,"expires_in":"1h"})");
  ASSERT_EQ(made.status, 201) << made.body;
  const Json shown = Json::parse(made.body);
  const std::string secret = shown["secret"];
  EXPECT_TRUE(secret.starts_with("lse_"));
  EXPECT_EQ(shown["command"],
            std::format("lineside edge join https://127.0.0.1:8443 --token {} --ca-sha256 {}",
                        secret, hub->keys().ca_fingerprint()));
  const auto listed = ask("GET", "/api/v1/enrolments", ada_);
  EXPECT_EQ(listed.body.find(secret), std::string::npos);
  EXPECT_EQ(Json::parse(listed.body)["items"][0]["max_uses"], 5);
  const auto used = hub->db().tokens().use_enrolment(Sessions::digest_of(secret), clock.now());
  ASSERT_TRUE(used);
  EXPECT_EQ(used->site, "berlin");
  EXPECT_EQ(status("POST", "/api/v1/enrolments", ada_, R"({"name":"hall","site":"berlin"})"), 409);
  EXPECT_EQ(status("POST", "/api/v1/enrolments", ada_, R"({"name":"../x","site":"berlin"})"), 400);
  const std::string nowhere = R"({"name":"y","site":"nowhere"})";
  EXPECT_EQ(error_of(ask("POST", "/api/v1/enrolments", ada_, nowhere)),
            "404 not_found: no site 'nowhere'");
  EXPECT_TRUE(hub->db().audit().entries({.action = "access.denied"})->empty());
  const Who olga = person("olga", {{"ot-engineer", "berlin"}}, ada_);
  EXPECT_EQ(status("POST", "/api/v1/enrolments", olga, nowhere), 403);
  EXPECT_EQ(status("POST", "/api/v1/enrolments", ada_,
                   R"({"name":"y","site":"berlin","expires_in":"1s"})"),
            400);
  EXPECT_EQ(status("DELETE", "/api/v1/enrolments/hall", ada_), 204);
  EXPECT_EQ(status("DELETE", "/api/v1/enrolments/hall", ada_), 404);
  EXPECT_FALSE(hub->db().tokens().use_enrolment(Sessions::digest_of(secret), clock.now()));
}

TEST_F(EdgesTest, NobodyLetsTheEdgeOfAnotherSiteJoinAgain) {
  const Who olga = person("olga", {{"ot-engineer", "berlin"}}, ada_);
  enrol("far", "munich");
  enrol("near", "berlin-line");
  const auto ask_for = [&](const char* name) {
    return status("POST", "/api/v1/enrolments", olga,
                  Json{{"name", name}, {"site", "berlin"}, {"edge", name}}.dump());
  };
  EXPECT_EQ(ask_for("far"), 403);
  EXPECT_EQ(ask_for("near"), 201);
  EXPECT_EQ(ask_for("new"), 201);
}

// The name may be one that is not to be seen.
TEST_F(EdgesTest, WhoTriesNamesOfEnrolmentsStandsInTheLog) {
  const Who olga = person("olga", {{"ot-engineer", "berlin"}}, ada_);
  const auto add = [&](const char* name, const char* site, const Who& who) {
    return error_of(
        ask("POST", "/api/v1/enrolments", who, Json{{"name", name}, {"site", site}}.dump()));
  };
  add("theirs", "munich", ada_);
  add("ours", "berlin", olga);
  std::size_t leaves = 0;
  for (const char* name : {"theirs", "ours"}) {
    EXPECT_TRUE(add(name, "berlin", olga).starts_with("409 conflict")) << name;
    EXPECT_EQ(audit("access.denied").size(), ++leaves) << name;
  }
  EXPECT_TRUE(add("theirs", "berlin", ada_).starts_with("409 conflict"));
  EXPECT_EQ(audit("access.denied").size(), leaves) << "she sees all of them";
}

TEST_F(EdgesTest, TellsHowAnEdgeStands) {
  enrol("press-edge", "berlin-line");
  EXPECT_EQ(edge("press-edge", ada_)["state"], "never");
  store::HubEdges& edges = hub->db().edges();
  const store::EdgeDesired desired{
      "press-edge", 3, std::string(64, 'a'),
      R"({"version":3,"held_back":["pipeline q is held back: it is not approved"]})", clock.now()};
  ASSERT_TRUE(edges.put_desired(std::span(&desired, 1)));
  const auto report = [&](std::uint64_t version, const char* state, const char* problems = "[]") {
    const std::string document = std::format(
        R"({{"v":1,"edge":"press-edge","version":{},"offered":3,"state":"{}","problems":{},)"
        R"("runs":{{"pipelines":[{{"name":"p","version":"sha256:1","model_digest":"{}"}}]}},)"
        R"("seen":"2023-11-14T22:13:20Z"}})",
        version, state, problems, kServedModel);
    const store::EdgeReport one{"press-edge", version, document, clock.now()};
    ASSERT_TRUE(edges.put_reports(std::span(&one, 1)));
  };
  report(2, "applying");
  EXPECT_EQ(edge("press-edge", ada_)["state"], "applying");
  EXPECT_EQ(edge("press-edge", ada_)["why"], "works on version 3");
  report(2, "keeping", R"(["disk full"])");
  EXPECT_EQ(edge("press-edge", ada_)["state"], "failed");
  EXPECT_EQ(edge("press-edge", ada_)["why"], "keeps version 2: disk full");
  clock.advance(kBehindAfter);
  report(2, "applied");
  EXPECT_EQ(edge("press-edge", ada_)["state"], "behind");
  EXPECT_EQ(edge("press-edge", ada_)["why"], "runs version 2 of 3");
  report(3, "applied");
  const Json shown = edge("press-edge", ada_);
  EXPECT_EQ(shown["state"], "in_sync");
  EXPECT_EQ(shown["why"], "pipeline q is held back: it is not approved");
  EXPECT_EQ(shown["desired"]["document"]["version"], 3);
  EXPECT_EQ(shown["reported"]["state"], "applied");
  EXPECT_EQ(shown["certificates"].size(), 1U);
  clock.advance(kSilentAfter + Duration::seconds(1));
  EXPECT_EQ(edge("press-edge", ada_)["state"], "silent");
  report(3, "stopped");
  EXPECT_EQ(edge("press-edge", ada_)["state"], "stopped");
  EXPECT_TRUE(
      edge("press-edge", ada_)["why"].get<std::string>().starts_with("stopped in order at 20"));
  EXPECT_EQ(get("/api/v1/edges?state=stopped", ada_)["items"].size(), 1U);
  EXPECT_EQ(get("/api/v1/status", ada_)["edges"]["connected"], 0);
}

TEST_F(EdgesTest, DamagedRowsAreNamedInsteadOfShown) {
  enrol("press-edge", "berlin-line");
  store::HubEdges& edges = hub->db().edges();
  const store::EdgeReport report{"press-edge", 1, R"({"v":1,"edge":"press)", clock.now()};
  ASSERT_TRUE(edges.put_reports(std::span(&report, 1)));
  EXPECT_EQ(status("GET", "/api/v1/edges/press-edge", ada_, ""), 500);
  EXPECT_EQ(status("GET", "/api/v1/edges", ada_, ""), 200);
}

TEST_F(EdgesTest, ShowWhatTheyRaisedAndWhatOperatorsSaidOfIt) {
  enrol("press-edge", "berlin-line");
  store::HubAlerts& alerts = hub->db().alerts();
  const auto alert = [](const char* edge, const std::string& id, std::int64_t second) {
    const Time opened = kStart + Duration::seconds(second);
    const std::string document = wire::write_message(domain::Alert{
        .id = id, .edge = edge, .asset = "press", .opened = opened, .message = "too hot"});
    return store::StoredAlert{id, edge, "press", opened, opened, document, "berlin-line"};
  };
  store::StoredAlert cut = alert("press-edge", "d", 0);
  cut.document.resize(20);
  store::StoredAlert elsewhere = alert("press-edge", "f", 4);
  elsewhere.site = "munich-line";
  store::StoredAlert unknown = alert("press-edge", "g", 4);
  unknown.site.reset();
  const std::array stored = {alert("press-edge", "a", 1),
                             alert("press-edge", "b", 1),
                             alert("press-edge", "c", 2),
                             alert("other", "e", 3),
                             cut,
                             elsewhere,
                             unknown};
  const domain::Verdict verdict{.alert = "b", .cause = "bearing", .author = "olga", .time = kStart};
  const std::array said = {
      store::StoredVerdict{"b", "press-edge", "olga", kStart, wire::write_message(verdict)},
      store::StoredVerdict{"b", "other", "eve", kStart, "{}"}};
  ASSERT_TRUE(alerts.put(stored, said));
  const std::string path = "/api/v1/edges/press-edge/alerts";
  const Who olga = person("olga", {{"viewer", "berlin"}}, ada_);
  const Json first = get(path + "?limit=2", olga);
  EXPECT_EQ(first["items"][0]["alert"]["id"], "c");
  EXPECT_EQ(first["items"][0]["alert"]["message"], "too hot");
  EXPECT_EQ(first["items"][1]["alert"]["id"], "b");
  ASSERT_EQ(first["items"][1]["verdicts"].size(), 1U) << first.dump();
  EXPECT_EQ(first["items"][1]["verdicts"][0]["cause"], "bearing");
  const Json second = get(path + "?cursor=" + first["next"].get<std::string>(), olga);
  ASSERT_EQ(second["items"].size(), 1U) << second.dump();
  EXPECT_EQ(second["items"][0]["alert"]["id"], "a") << "opened at the same time";
  EXPECT_EQ(second["damaged"], 1);
  EXPECT_EQ(second["next"], nullptr);
  EXPECT_EQ(get(path, ada_)["items"].size(), 5U) << "and where the edge was before";
  for (const char* cursor : {"x", "1", "1x.a", ".a"})
    EXPECT_EQ(status("GET", path + "?cursor=" + cursor, ada_), 400) << cursor;
  const Who max = person("max", {{"viewer", "munich"}}, ada_);
  EXPECT_EQ(status("GET", path, max), 404);
}

TEST_F(EdgesTest, HoweverMuchWasSaidOfTheirAlertsAnAnswerIsBounded) {
  enrol("press-edge", "berlin-line");
  const std::string path = "/api/v1/edges/press-edge/alerts";
  const auto put = [&](const std::string& id, int verdicts, std::size_t bytes) {
    const domain::Alert raised{.id = id, .edge = "press-edge", .opened = kStart};
    const store::StoredAlert alert{
        id, "press-edge", "press", kStart, kStart, wire::write_message(raised), "berlin-line"};
    std::vector<store::StoredVerdict> said;
    for (int i = 0; i < verdicts; ++i) {
      const Time time = kStart + Duration::seconds(i);
      const domain::Verdict one{
          .alert = id, .note = std::string(bytes, 'x'), .author = "olga", .time = time};
      said.push_back({id, "press-edge", "olga", time, wire::write_message(one)});
    }
    ASSERT_TRUE(hub->db().alerts().put(std::span(&alert, 1), said));
  };
  put("d", 2, 10);
  put("c", 600, 7'500);
  put("b", 5, 1'000'000);
  put("a", 3, 1'500'000);
  const auto page = [&](const Json& cursor) {
    const auto response =
        ask("GET", path + (cursor.is_null() ? "" : "?cursor=" + cursor.get<std::string>()), ada_);
    EXPECT_LE(response.body.size(), (std::size_t{4} << 20) + 10'000);
    return Json::parse(response.body);
  };
  const Json first = page(nullptr);
  ASSERT_EQ(first["items"].size(), 2U) << "what was said of the third is for the next page";
  EXPECT_EQ(first["items"][0]["verdicts"].size(), 2U);
  EXPECT_EQ(first["items"][0]["verdicts_left_out"], nullptr);
  ASSERT_EQ(first["items"][1]["verdicts"].size(), 100U);
  EXPECT_EQ(first["items"][1]["verdicts"][0]["time"], format_iso(kStart + Duration::seconds(599)));
  EXPECT_EQ(first["items"][1]["verdicts_left_out"], 500);
  const Json second = page(first["next"]);
  ASSERT_EQ(second["items"].size(), 1U);
  EXPECT_EQ(second["items"][0]["alert"]["id"], "b");
  EXPECT_EQ(second["items"][0]["verdicts"].size(), 4U) << "as many as a page has room for";
  EXPECT_EQ(second["items"][0]["verdicts_left_out"], 1);
  const Json third = page(second["next"]);
  ASSERT_EQ(third["items"].size(), 1U);
  EXPECT_EQ(third["items"][0]["verdicts_left_out"], 1);
  EXPECT_EQ(third["next"], nullptr);
}

TEST_F(EdgesTest, AreCountedAndFoundByStateAndModel) {
  for (const char* name : {"e1", "e2", "e3", "e4"}) enrol(name, "berlin-line");
  store::HubEdges& edges = hub->db().edges();
  const auto report = [&](const char* name, const std::string& digest) {
    const std::string document = std::format(
        R"({{"v":1,"edge":"{}","version":0,"state":"applied","runs":{{"pipelines":[{{"name":"p",)"
        R"("version":"x","model_digest":"{}"}}]}},"seen":"2023-11-14T22:13:20Z"}})",
        name, digest);
    const store::EdgeReport one{name, 0, document, clock.now()};
    ASSERT_TRUE(edges.put_reports(std::span(&one, 1)));
  };
  report("e1", kServedModel);
  clock.advance(kSilentAfter + Duration::seconds(1));
  report("e2", kServedModel);
  report("e4", "sha256:" + std::string(64, 'b'));
  EXPECT_EQ(get("/api/v1/status", ada_)["edges"], (Json{{"enrolled", 4},
                                                        {"connected", 2},
                                                        {"in_sync", 2},
                                                        {"applying", 0},
                                                        {"behind", 0},
                                                        {"failed", 0},
                                                        {"silent", 1},
                                                        {"stopped", 0},
                                                        {"never", 1}}));
  const auto names = [&](const std::string& query) {
    std::string found;
    const Json page = get("/api/v1/edges?" + query, ada_);
    for (const Json& one : page["items"]) found += one["name"].get<std::string>() + " ";
    return found;
  };
  EXPECT_EQ(names("state=in_sync"), "e2 e4 ");
  EXPECT_EQ(names("state=never"), "e3 ");
  EXPECT_EQ(names(std::string("digest=") + kServedModel), "e1 e2 ");
  EXPECT_EQ(names(std::string("state=silent&digest=") + kServedModel), "e1 ");
  const Json page = get("/api/v1/edges?state=in_sync&limit=1", ada_);
  EXPECT_EQ(page["items"][0]["name"], "e2");
  EXPECT_EQ(names("state=in_sync&limit=1&cursor=" + page["next"].get<std::string>()), "e4 ");
  EXPECT_EQ(status("GET", "/api/v1/edges?state=asleep", ada_), 400);
  EXPECT_EQ(status("GET", "/api/v1/edges?digest=x", ada_), 400);
}

TEST_F(EdgesTest, EdgesOfOtherSitesAreNotThere) {
  enrol("b1", "berlin-line");
  enrol("m1", "munich-line");
  const Who olga = person("olga", {{"ot-engineer", "berlin"}}, ada_);
  const Who vera = person("vera", {{"viewer", "berlin"}}, ada_);
  EXPECT_EQ(get("/api/v1/edges", olga)["items"].size(), 1U);
  EXPECT_EQ(error_of(ask("GET", "/api/v1/edges?site=munich", olga)),
            "400 invalid: site: expected a Site of the catalog, found 'munich'");
  EXPECT_EQ(get("/api/v1/edges?site=munich", ada_)["items"].size(), 1U);
  EXPECT_EQ(status("GET", "/api/v1/edges/m1", olga), 404);
  EXPECT_EQ(status("POST", "/api/v1/edges/m1/revoke", olga, R"({"reason":"x"})"), 404);
  EXPECT_EQ(status("DELETE", "/api/v1/edges/m1", olga), 404);
  EXPECT_EQ(status("POST", "/api/v1/edges/b1/revoke", vera, R"({"reason":"x"})"), 403);
  EXPECT_EQ(status("POST", "/api/v1/enrolments", olga, R"({"name":"y","site":"munich"})"), 403);
  EXPECT_EQ(status("POST", "/api/v1/edges/b1/revoke", olga, R"({"reason":"stolen"})"), 204);
  EXPECT_TRUE(hub->db().edges().certificate("b1f")->revoked);
  EXPECT_EQ(edge("b1", olga)["certificates"][0]["reason"], "stolen");
  EXPECT_TRUE(edge("b1", olga)["certificate_expires"].is_null());
  EXPECT_EQ(status("DELETE", "/api/v1/edges/b1", olga), 204);
  EXPECT_EQ(status("GET", "/api/v1/edges/b1", olga), 404);
  EXPECT_EQ(audit("edge.revoked").size(), 1U);
  EXPECT_EQ(audit("edge.removed").size(), 1U);
}

TEST_F(EdgesTest, ADeviceStaysWhileAnEdgeIsEnrolledAsIt) {
  must_put("devices", "b1", {{"site", "berlin-line"}, {"edge", true}}, ada_);
  enrol("b1", "berlin-line");
  const Who olga = person("olga", {{"ot-engineer", "berlin"}}, ada_);
  for (const Who& who : {ada_, olga}) {
    const std::string refused = error_of(ask("DELETE", "/api/v1/devices/b1", who));
    EXPECT_TRUE(refused.starts_with("409 conflict: Device/b1: an edge is enrolled")) << refused;
    EXPECT_TRUE(refused.contains("DELETE /api/v1/edges/b1")) << refused;
  }
  EXPECT_EQ(status("DELETE", "/api/v1/devices/b1?dry_run=true", ada_), 409);
  EXPECT_EQ(put("devices", "b1", {{"site", "berlin-line"}}, ada_).status, 409);
  EXPECT_EQ(
      put("devices", "b1", {{"site", "berlin-line"}, {"edge", true}, {"title", "B"}}, ada_).status,
      200);
  EXPECT_EQ(put("devices", "b1", {{"site", "munich-line"}, {"edge", true}}, ada_).status, 200)
      << "it may be moved";
  EXPECT_EQ(status("POST", "/api/v1/edges/b1/revoke", ada_, R"({"reason":"sold"})"), 204);
  EXPECT_EQ(put("devices", "b1", {{"site", "munich-line"}}, ada_).status, 200);
  EXPECT_EQ(status("DELETE", "/api/v1/devices/b1", ada_), 204);
}

TEST_F(EdgesTest, AnEdgesDeviceIsChangedByWhoManagesEdgesHereAndThere) {
  must_put("devices", "b1", {{"site", "berlin-line"}, {"edge", true}}, ada_);
  must_put("roles", "mover", {{"permissions", {"read", "write_assets"}}}, ada_);
  const Who mo = person("mo", {{"mover", ""}}, ada_);
  const Who olga = person("olga", {{"ot-engineer", "berlin"}, {"mover", "munich"}}, ada_);
  const Who otto = person("otto", {{"ot-engineer", ""}}, ada_);
  const Json here = {{"site", "berlin-line"}, {"edge", true}, {"title", "B"}};
  const Json there = {{"site", "munich-line"}, {"edge", true}, {"title", "B"}};
  EXPECT_EQ(put("devices", "b1", here, mo).status, 200) << "no edge has joined as it yet";
  enrol("b1", "berlin-line");
  EXPECT_EQ(put("devices", "b1", there, mo).status, 403);
  EXPECT_EQ(put("devices", "b1", {{"site", "berlin-line"}, {"edge", true}}, mo).status, 403);
  EXPECT_EQ(put("devices", "b1", there, olga).status, 403) << "not there";
  EXPECT_EQ(put("devices", "b1", {{"site", "berlin"}, {"edge", true}}, olga).status, 200);
  EXPECT_EQ(put("devices", "b1", there, otto).status, 200);
  EXPECT_EQ(put("devices", "b1", here, olga).status, 403) << "not from there";
}

}  // namespace
}  // namespace lineside::hub
