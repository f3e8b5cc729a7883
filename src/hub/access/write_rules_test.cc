// Who may see and change what, through the API.
#include "hub/access/write_rules.h"

#include "tests/hub_fixture.h"

namespace lineside::hub {
namespace {

class WriteRulesTest : public HubTest {
 protected:
  WriteRulesTest() { build_plants(ada_); }

  // Status and body, with NAME for the name in what is asked and in what is told.
  std::string answer(const Who& who, const std::string& method, std::string path, std::string body,
                     const std::string& name) {
    replace_all(path, "NAME", name);
    replace_all(body, "NAME", name);
    const auto found = ask(method, path, who, body);
    std::string told = std::format("{} {}", found.status, found.body);
    replace_all(told, name, "NAME");
    return told;
  }
  static void replace_all(std::string& text, std::string_view from, std::string_view by) {
    for (std::size_t at = 0; (at = text.find(from, at)) != std::string::npos; at += by.size())
      text.replace(at, from.size(), by);
  }

  const Who ada_ = set_up();
};

TEST_F(WriteRulesTest, NothingIsGivenToWhoDoesNotSignIn) {
  for (const char* target : {"/api/v1/sites", "/api/v1/sites/berlin", "/api/v1/status",
                             "/api/v1/search?text=a", "/api/v1/audit/checkpoint", "/metrics",
                             "/api/v1/events", "/api/v1/edges", "/api/v1/approvals"})
    EXPECT_EQ(status("GET", target), 401) << target;
  EXPECT_EQ(status("GET", "/"), 200) << "the page holds no secret";
  EXPECT_EQ(status("GET", "/healthz"), 200);
  EXPECT_EQ(status("GET", "/api/v1/openapi.json"), 200);
  EXPECT_EQ(status("GET", "/api/v1/nothing", ada_), 404);
  EXPECT_EQ(status("PATCH", "/api/v1/sites/berlin", ada_), 405);
}

TEST_F(WriteRulesTest, AViewerChangesNothing) {
  const Who vera = person("vera", {{"viewer", ""}}, ada_);
  EXPECT_EQ(put("assets", "berlin-press", {{"site", "berlin"}}, vera).status, 403);
  EXPECT_EQ(put("sites", "bonn", Json::object(), vera).status, 403);
  EXPECT_EQ(put("device-types", "t", Json::object(), vera).status, 403);
  EXPECT_EQ(status("DELETE", "/api/v1/assets/berlin-press", vera), 403);
  EXPECT_EQ(status("GET", "/api/v1/people/ada", vera), 404);
  EXPECT_EQ(status("GET", "/api/v1/people", vera), 403);
  EXPECT_EQ(status("GET", "/api/v1/tokens", vera), 403);
  EXPECT_EQ(status("GET", "/api/v1/audit/entries", vera), 403);
  EXPECT_EQ(status("POST", "/api/v1/artifacts?digest=sha256:00", vera), 403);
  EXPECT_EQ(status("GET", "/metrics", vera), 403);
  EXPECT_GE(audit("access.denied").size(), 9U);
}

// An auditor is to see who tried something, not who looked at what it would be.
TEST_F(WriteRulesTest, ADryRunOfWhatIsSeenIsALook) {
  const Who vera = person("vera", {{"viewer", "berlin"}}, ada_);
  const std::string mine = R"([{"apiVersion":"lineside/v1","kind":"Asset","name":"berlin-press",
      "spec":{"site":"berlin-line","title":"Mine"}}])";
  const auto refused = ask("POST", "/api/v1/apply?dry_run=true", vera, mine);
  EXPECT_EQ(refused.status, 403);
  EXPECT_FALSE(Json::parse(refused.body)["problems"].empty()) << "he is told what he could not do";
  EXPECT_EQ(status("POST", "/api/v1/delete?dry_run=true", vera, mine), 403);
  EXPECT_EQ(status("PUT", "/api/v1/assets/berlin-press?dry_run=true", vera,
                   R"({"spec":{"site":"berlin-line","title":"Mine"}})"),
            403);
  EXPECT_EQ(status("DELETE", "/api/v1/assets/berlin-press?dry_run=true", vera), 403);
  EXPECT_TRUE(audit("access.denied").empty());

  // To ask for what is not to be seen is what it is anywhere else, and so is a change.
  const std::string others = R"([{"apiVersion":"lineside/v1","kind":"Asset","name":"munich-press",
      "spec":{"site":"berlin-line"}}])";
  EXPECT_EQ(status("POST", "/api/v1/apply?dry_run=true", vera, others), 403);
  EXPECT_EQ(audit("access.denied").size(), 1U);
  const std::string both =
      mine.substr(0, mine.size() - 1) + "," + others.substr(1, others.size() - 1);
  EXPECT_EQ(status("POST", "/api/v1/apply?dry_run=true", vera, both), 403);
  EXPECT_EQ(audit("access.denied").size(), 2U) << "wherever it stands in the batch";
  EXPECT_EQ(status("POST", "/api/v1/apply", vera, mine), 403);
  EXPECT_EQ(status("DELETE", "/api/v1/assets/berlin-press", vera), 403);
  EXPECT_EQ(audit("access.denied").size(), 4U);
}

TEST_F(WriteRulesTest, AllThatIsNotAllowedIsToldBesideWhatIsNotToBeSeen) {
  const Who olga = person("olga", {{"ot-engineer", "berlin"}}, ada_);
  const auto refused = ask("POST", "/api/v1/apply", olga,
                           R"([{"apiVersion":"lineside/v1","kind":"Asset","name":"munich-press",
      "spec":{"site":"berlin"}},
     {"apiVersion":"lineside/v1","kind":"Asset","name":"berlin-press",
      "spec":{"site":"berlin-line","title":"Mine"}},
     {"apiVersion":"lineside/v1","kind":"Model","name":"rul","spec":{"owner":"olga"}}])");
  EXPECT_EQ(refused.status, 403);
  const Json problems = Json::parse(refused.body)["problems"];
  ASSERT_EQ(problems.size(), 2U) << refused.body;
  EXPECT_TRUE(problems[0].dump().contains("munich-press"));
  EXPECT_TRUE(problems[1].dump().contains("Model/rul")) << problems[1];
}

// To whoever does not see it, what is there is in every answer what never was, but that who may
// make something finds the name taken; the log knows what was tried.
TEST_F(WriteRulesTest, NoAnswerTellsWhetherSomethingIsThere) {
  const Who olga = person("olga", {{"ot-engineer", "berlin"}}, ada_);
  const Who vera = person("vera", {{"viewer", "berlin"}}, ada_);
  must_put("sites", "qax-one", {{"parent", "munich"}}, ada_);
  must_put("assets", "qax-one", {{"site", "munich"}}, ada_);
  must_put("devices", "qax-one", {{"site", "munich"}, {"asset", "qax-one"}}, ada_);
  const std::string odd = R"(,{"apiVersion":"lineside/v1","kind":"Asset","name":"berlin-press",)"
                          R"("spec":{"site":"berlin-line"},"meta":{"revision":7}})";
  const auto leaves = [&] { return audit("access.denied").size(); };
  std::size_t calls = 0;
  const auto expect_alike = [&](const Who& who, const std::string& method, const std::string& path,
                                const std::string& body, std::size_t told_to_log = 1) {
    clock.advance(Duration::seconds(61));  // the log takes 30 a minute of what is not there
    const std::size_t before = leaves();
    const std::string told = answer(who, method, path, body, "qax-one");
    EXPECT_EQ(leaves(), before + told_to_log) << method << " " << path << " " << body;
    EXPECT_EQ(told, answer(who, method, path, body, "qax-two")) << method << " " << path;
    EXPECT_EQ(leaves(), before + 2 * told_to_log)
        << "the size of the log tells it" << method << path;
    ++calls;
  };
  for (const std::string kind : {"Site", "Asset", "Device"}) {
    const std::string list = kind == "Site" ? "sites" : kind == "Asset" ? "assets" : "devices";
    const std::string spec = kind == "Site" ? R"({"parent":"berlin"})" : R"({"site":"berlin"})";
    const auto batch = [&](const std::string& revision, const std::string& more) {
      return std::format(
          R"([{{"apiVersion":"lineside/v1","kind":"{}","name":"NAME","spec":{}{}}}{}])", kind, spec,
          revision, more);
    };
    const std::string third = R"(,"meta":{"revision":3})";
    for (const char* dry : {"", "?dry_run=true"}) {
      for (const Who& who : {olga, vera}) {
        expect_alike(who, "POST", std::string("/api/v1/delete") + dry, batch("", ""));
        expect_alike(who, "POST", std::string("/api/v1/delete") + dry, batch(third, ""));
        expect_alike(who, "POST", std::string("/api/v1/delete") + dry, batch("", odd));
        expect_alike(who, "POST", std::string("/api/v1/apply") + dry, batch(third, ""));
        expect_alike(who, "POST", std::string("/api/v1/apply") + dry, batch(third, odd));
        expect_alike(who, "DELETE", std::format("/api/v1/{}/NAME{}", list, dry), "");
        expect_alike(with(who, {"If-Match", "\"3\""}), "PUT",
                     std::format("/api/v1/{}/NAME{}", list, dry), R"({"spec":)" + spec + "}");
      }
      // She makes nothing anywhere, and learns no names by trying to.
      expect_alike(vera, "POST", std::string("/api/v1/apply") + dry, batch("", ""));
      expect_alike(vera, "PUT", std::format("/api/v1/{}/NAME{}", list, dry),
                   R"({"spec":)" + spec + "}");
      const std::string dangling =
          R"(,{"apiVersion":"lineside/v1","kind":"Asset","name":"odd","spec":{"site":"nowhere"}})";
      expect_alike(olga, "POST", std::string("/api/v1/apply") + dry, batch("", dangling), 0);
    }
    for (const char* rest : {"", "/history", "/history?before=99", "/diff?from=0", "/diff?from=9",
                             "/diff?from=0&to=9", "/graph", "?revision=1", "?revision=9"})
      expect_alike(vera, "GET", std::format("/api/v1/{}/NAME{}", list, rest), "");
    for (const char* body : {R"({"revision":1})", R"({"revision":9})"})
      expect_alike(olga, "POST", std::format("/api/v1/{}/NAME/restore", list), body);
    EXPECT_EQ(status("GET", std::format("/api/v1/{}/qax-one", list), ada_), 200);
  }
  EXPECT_EQ(calls, 3U * (2U * 17U + 11U));
  EXPECT_TRUE(answer(vera, "PUT", "/api/v1/assets/NAME", R"({"spec":{"site":"berlin"}})", "qax-one")
                  .contains("expected permission write_assets for Asset/NAME"));
}

// What is wrong in itself is told before rights are looked at.
TEST_F(WriteRulesTest, AWrongBodyDoesNotTellWhoIsThere) {
  const Who vera = person("vera", {{"viewer", "berlin"}}, ada_);
  const auto told = [&](const Who& who, const std::string& author) {
    const std::string body = std::format(
        R"([{{"apiVersion":"lineside/v1","kind":"ModelVersion","name":"m:1","spec":{{"model":"m",)"
        R"("digest":"sha256:{}","author":"{}","zzz":1}}}}])",
        std::string(64, '0'), author);
    const auto answer = ask("POST", "/api/v1/apply", who, body);
    EXPECT_EQ(answer.status, 422);
    return Json::parse(answer.body)["problems"].size();
  };
  EXPECT_EQ(told(vera, "ada"), told(vera, "eve"));
  const auto dangling = [&](const std::string& author) {
    return ask("PUT", "/api/v1/model-versions/m:1", vera,
               std::format(R"({{"spec":{{"model":"none","digest":"sha256:{}","author":"{}"}}}})",
                           std::string(64, '0'), author))
        .body;
  };
  EXPECT_EQ(dangling("ada"), dangling("eve"));
  EXPECT_EQ(told(ada_, "ada") + 1, told(ada_, "eve"));
}

TEST_F(WriteRulesTest, WhoMissesMuchLeavesRoomInTheLog) {
  const Who vera = person("vera", {{"viewer", "berlin"}}, ada_);
  for (int i = 0; i < 40; ++i) EXPECT_EQ(status("GET", "/api/v1/assets/none", vera), 404);
  EXPECT_EQ(audit("access.denied").size(), 30U);
  EXPECT_EQ(status("DELETE", "/api/v1/assets/berlin-press", vera), 403);
  EXPECT_EQ(audit("access.denied").size(), 31U);
}

TEST_F(WriteRulesTest, AConflictTellsNothingOfWhatWasElsewhere) {
  const Who olga = person("olga", {{"ot-engineer", "berlin"}}, ada_);
  must_put("assets", "hush", {{"site", "munich"}}, ada_);
  EXPECT_EQ(status("DELETE", "/api/v1/assets/hush", ada_), 204);
  const auto told = [&](const std::string& name, const std::string& path) {
    const std::string body = std::format(
        R"([{{"apiVersion":"lineside/v1","kind":"Asset","name":"{}","spec":{{"site":"berlin"}},)"
        R"("meta":{{"revision":1}}}}])",
        name);
    const auto answer = ask("POST", path, olga, body);
    std::string body_told = answer.body;
    for (std::size_t at = 0; (at = body_told.find(name)) != std::string::npos;)
      body_told.replace(at, name.size(), "NAME");
    return std::format("{} {}", answer.status, body_told);
  };
  for (const char* path : {"/api/v1/apply", "/api/v1/apply?dry_run=true", "/api/v1/delete"}) {
    EXPECT_EQ(told("hush", path), told("mute", path)) << path;
    EXPECT_TRUE(told("mute", path).contains("expected revision 1, found none")) << path;
  }
  // Who sees all is told who has deleted it.
  const auto full = ask("PUT", "/api/v1/assets/hush", with(ada_, {"If-Match", "\"1\""}),
                        R"({"spec":{"site":"berlin"}})");
  EXPECT_EQ(full.status, 412);
  EXPECT_EQ(Json::parse(full.body)["latest"]["author"], "ada") << full.body;
}

TEST_F(WriteRulesTest, WhatRefersToAnObjectIsNotToldToWhoDoesNotSeeIt) {
  const Who olga = person("olga", {{"ot-engineer", "berlin"}}, ada_);
  must_put("assets", "lathe", {{"site", "berlin"}}, ada_);
  must_put("devices", "secret-device", {{"site", "munich"}, {"asset", "lathe"}}, ada_);
  const auto held = ask("DELETE", "/api/v1/assets/lathe", olga);
  EXPECT_EQ(error_of(held), "409 conflict: Asset/lathe is referred to by others");
  EXPECT_NE(ask("DELETE", "/api/v1/assets/lathe", ada_).body.find("secret-device"),
            std::string::npos);
}

TEST_F(WriteRulesTest, AnotherSubtreeIsNotThere) {
  const Who olga = person("olga", {{"ot-engineer", "berlin"}}, ada_);
  EXPECT_EQ(get("/api/v1/assets", olga)["items"].size(), 1U);
  EXPECT_EQ(get("/api/v1/sites", olga)["items"].size(), 2U);
  const auto hidden = ask("GET", "/api/v1/assets/munich-press", olga);
  const auto absent = ask("GET", "/api/v1/assets/nothing-here", olga);
  EXPECT_EQ(hidden.status, 404);
  EXPECT_EQ(error_of(hidden), "404 not_found: no Asset 'munich-press'");
  EXPECT_EQ(error_of(absent), "404 not_found: no Asset 'nothing-here'");
  for (const char* part : {"/history", "/diff?from=0", "/graph", "?revision=1"})
    EXPECT_EQ(status("GET", std::string("/api/v1/assets/munich-press") + part, olga), 404) << part;
  EXPECT_EQ(status("DELETE", "/api/v1/assets/munich-press", olga), 404);
  EXPECT_EQ(status("POST", "/api/v1/assets/munich-press/restore", olga, R"({"revision":1})"), 404);
  EXPECT_EQ(error_of(put("assets", "munich-press", {{"site", "berlin"}}, olga)),
            "403 denied: no right to change Asset 'munich-press'");
  EXPECT_EQ(get("/api/v1/search?text=press", olga)["items"].size(), 1U);
  EXPECT_EQ(get("/api/v1/sites/berlin/graph?direction=up", olga)["nodes"].size(), 3U);
  const Json changes = get("/api/v1/changes", olga)["items"];
  for (const Json& change : changes)
    EXPECT_FALSE(change["name"].get<std::string>().starts_with("munich")) << change;
  EXPECT_GE(audit("access.denied").size(), 8U);
}

TEST_F(WriteRulesTest, AnEngineerWorksInTheOwnSubtreeAlone) {
  const Who olga = person("olga", {{"ot-engineer", "berlin"}}, ada_);
  EXPECT_EQ(put("assets", "lathe", {{"site", "berlin-line"}}, olga).status, 201);
  EXPECT_EQ(put("assets", "lathe", {{"site", "berlin"}}, olga).status, 200);
  EXPECT_EQ(put("sites", "berlin-hall", {{"parent", "berlin"}}, olga).status, 201);
  EXPECT_EQ(put("assets", "drill", {{"site", "berlin-hall"}}, olga).status, 201) << "hers at once";
  EXPECT_EQ(put("sites", "bonn", Json::object(), olga).status, 403) << "a new root";
  EXPECT_EQ(put("sites", "berlin", {{"title", "Berlin"}}, olga).status, 200);
  EXPECT_EQ(put("sites", "munich-hall", {{"parent", "munich"}}, olga).status, 422)
      << "a parent that she does not see is not there";
  EXPECT_EQ(put("assets", "drill", {{"site", "munich"}}, olga).status, 422);
  EXPECT_EQ(
      put("connections", "plc", Json::parse(R"({"protocol":"mqtt","address":"h:1"})"), olga).status,
      422);
}

TEST_F(WriteRulesTest, WhatNamesAnEdgeIsForWhoMayWriteWhereTheEdgeIs) {
  const Who olga = person("olga", {{"viewer", ""}, {"ot-engineer", "berlin"}}, ada_);
  must_put("devices", "munich-plc", {{"site", "munich"}}, ada_);
  must_put("devices", "berlin-plc", {{"site", "berlin"}}, ada_);
  const auto at = [](const char* edge) {
    return Json{{"protocol", "mqtt"},
                {"address", "127.0.0.1:1883"},
                {"site", "berlin"},
                {"edge", edge},
                {"mappings", Json::parse(R"([{"topic": "t/{asset}",
                                              "streams": [{"stream": "x", "path": "$.x"}]}])")}};
  };
  const auto refused = put("connections", "c", at("munich-plc"), olga);
  EXPECT_EQ(error_of(refused),
            "403 denied: expected permission write_pipelines where edge "
            "munich-plc is");
  EXPECT_EQ(put("connections", "c", at("berlin-plc"), olga).status, 201);
  EXPECT_EQ(put("connections", "c", at("munich-plc"), olga).status, 403);
  must_put("connections", "c", at("munich-plc"), ada_);
  EXPECT_EQ(put("connections", "c", at("berlin-plc"), olga).status, 403)
      << "it is taken from there";
  EXPECT_EQ(status("DELETE", "/api/v1/connections/c", olga), 403);
  const Json pipeline = Json::parse(R"({"streams":["x"],"windows":[{"name":"w","count":3}],
      "every":{"count":1},"features":[{"window":"w","kinds":["mean"]}],"site":"berlin",
      "edge":"munich-plc"})");
  EXPECT_EQ(put("pipelines", "p", pipeline, olga).status, 403);
}

TEST_F(WriteRulesTest, WhoMovesAnEdgeMayWriteWhatItRunsWhereItGoes) {
  must_put("roles", "assets", {{"permissions", {"read", "write_assets", "manage_edges"}}}, ada_);
  const Who olga = person("olga", {{"ot-engineer", "berlin"}, {"assets", "munich"}}, ada_);
  const auto device = [](const char* site) { return Json{{"site", site}, {"edge", true}}; };
  must_put("devices", "plc", device("berlin"), ada_);
  const Json pipeline = Json::parse(R"({"streams":["x"],"windows":[{"name":"w","count":3}],
      "every":{"count":1},"features":[{"window":"w","kinds":["mean"]}],"edge":"plc"})");
  EXPECT_EQ(put("devices", "plc", device("munich"), olga).status, 200) << "nothing names it";
  EXPECT_EQ(put("devices", "plc", device("berlin"), olga).status, 200);
  must_put("pipelines", "p", pipeline, olga);
  EXPECT_EQ(error_of(put("devices", "plc", device("munich"), olga)),
            "403 denied: Device/plc: expected permission write_pipelines where it is and where it "
            "goes, for something of the catalog names it as its edge");
  EXPECT_EQ(put("devices", "plc", {{"site", "munich"}}, olga).status, 200) << "no edge any more";
  EXPECT_EQ(put("devices", "plc", device("munich"), olga).status, 403);
  EXPECT_EQ(put("devices", "plc", device("munich"), ada_).status, 200);

  const std::string batch = R"([
      {"apiVersion":"lineside/v1","kind":"Device","name":"new","spec":{"site":"munich","edge":true}},
      {"apiVersion":"lineside/v1","kind":"Pipeline","name":"q","spec":{"streams":["x"],
       "windows":[{"name":"w","count":3}],"every":{"count":1},"site":"berlin","edge":"new",
       "features":[{"window":"w","kinds":["mean"]}]}}])";
  EXPECT_EQ(status("POST", "/api/v1/apply", olga, batch), 403);
}

TEST_F(WriteRulesTest, NoBatchTakesAnEdgeFromWhatRunsThere) {
  must_put("roles", "assets", {{"permissions", {"read", "write_assets", "manage_edges"}}}, ada_);
  const Who olga = person("olga", {{"ot-engineer", "berlin"}, {"assets", "munich"}}, ada_);
  must_put("devices", "plc", {{"site", "munich"}, {"edge", true}}, ada_);
  const Json pipeline = Json::parse(R"({"streams":["x"],"windows":[{"name":"w","count":3}],
      "every":{"count":1},"features":[{"window":"w","kinds":["mean"]}],"site":"berlin",
      "edge":"plc"})");
  must_put("pipelines", "p", pipeline, ada_);
  const auto document = [](const char* kind, const char* name, Json spec) {
    return Json{
        {"apiVersion", "lineside/v1"}, {"kind", kind}, {"name", name}, {"spec", std::move(spec)}};
  };
  const Json device = document("Device", "plc", {{"site", "berlin"}, {"edge", true}});
  Json unnamed = pipeline;
  unnamed.erase("edge");
  for (const Json& spec : {unnamed, pipeline}) {
    const Json batch = Json::array({device, document("Pipeline", "p", spec)});
    EXPECT_EQ(status("POST", "/api/v1/apply", olga, batch.dump()), 403) << batch;
    EXPECT_EQ(status("POST", "/api/v1/apply", ada_, batch.dump()), 200) << "who may everywhere";
    must_put("devices", "plc", {{"site", "munich"}, {"edge", true}}, ada_);
    must_put("pipelines", "p", pipeline, ada_);
  }
}

TEST_F(WriteRulesTest, ABatchMayBuildBelowTheOwnSites) {
  const Who olga = person("olga", {{"ot-engineer", "berlin"}}, ada_);
  const std::string own = R"([
      {"apiVersion":"lineside/v1","kind":"Asset","name":"a1","spec":{"site":"cell"}},
      {"apiVersion":"lineside/v1","kind":"Site","name":"cell","spec":{"parent":"hall"}},
      {"apiVersion":"lineside/v1","kind":"Site","name":"hall","spec":{"parent":"berlin"}}])";
  const auto done = ask("POST", "/api/v1/apply", olga, own);
  EXPECT_EQ(done.status, 200) << done.body;
  const std::string foreign = R"([
      {"apiVersion":"lineside/v1","kind":"Asset","name":"a2","spec":{"site":"berlin"}},
      {"apiVersion":"lineside/v1","kind":"Site","name":"essen","spec":{}}])";
  EXPECT_EQ(status("POST", "/api/v1/apply", olga, foreign), 403);
  EXPECT_EQ(status("GET", "/api/v1/assets/a2", ada_), 404) << "nothing of it";
}

TEST_F(WriteRulesTest, WhatOthersOwnIsNotTakenByABatch) {
  const Who olga = person("olga", {{"ot-engineer", "berlin"}}, ada_);
  const auto stale = ask("POST", "/api/v1/apply", olga,
                         R"({"apiVersion":"lineside/v1","kind":"Asset","name":"munich-press",
                             "spec":{"site":"berlin"},"meta":{"revision":7}})");
  EXPECT_EQ(error_of(stale), "409 conflict: Asset 'munich-press': expected revision 7, found none");
  const auto taken = ask("POST", "/api/v1/apply", olga,
                         R"({"apiVersion":"lineside/v1","kind":"Asset","name":"munich-press",
                             "spec":{"site":"berlin"}})");
  EXPECT_EQ(error_of(taken), "403 denied: no right to change Asset 'munich-press'");
  EXPECT_EQ(taken.body.find("ada"), std::string::npos) << "nor who wrote it last";
  EXPECT_EQ(taken.body.find("munich-line"), std::string::npos);
  // The very same document does not tell that it is the same, nor its site that it is there.
  const std::string same = R"({"apiVersion":"lineside/v1","kind":"Asset","name":"munich-press",
                               "spec":{"site":"munich-line","title":"Press"}})";
  EXPECT_EQ(error_of(ask("POST", "/api/v1/apply", olga, same)), "422 invalid: unknown Site");
  const std::string mixed = R"([
      {"apiVersion":"lineside/v1","kind":"Asset","name":"own","spec":{"site":"berlin"}},)" +
                            same + "]";
  EXPECT_EQ(error_of(ask("POST", "/api/v1/apply", olga, mixed)), "422 invalid: unknown Site");
  EXPECT_EQ(status("GET", "/api/v1/assets/own", ada_), 404) << "nothing of it";
  const auto denied = audit("access.denied");
  ASSERT_EQ(denied.size(), 2U) << "of what dangles nothing was tried";
  for (const auto& entry : denied)
    EXPECT_TRUE(entry.text.contains("Asset/munich-press")) << entry.text;
}

TEST_F(WriteRulesTest, WhereasAReaderOfAllSitesChangesHisOwnAlone) {
  const Who omar = person("omar", {{"viewer", ""}, {"ot-engineer", "berlin"}}, ada_);
  EXPECT_EQ(put("assets", "berlin-press", {{"site", "berlin"}}, omar).status, 200);
  EXPECT_EQ(put("assets", "munich-press", {{"site", "munich"}}, omar).status, 403);
  EXPECT_EQ(put("assets", "munich-press", {{"site", "berlin"}}, omar).status, 403) << "not away";
  EXPECT_EQ(put("assets", "berlin-press", {{"site", "munich"}}, omar).status, 403) << "not there";
  EXPECT_EQ(put("sites", "berlin-line", {{"parent", "munich"}}, omar).status, 403);
  EXPECT_EQ(put("sites", "munich-line", {{"parent", "berlin"}}, omar).status, 403);
}

TEST_F(WriteRulesTest, WhoMovesASiteMayDoEverythingThere) {
  must_put("roles", "mover", {{"permissions", {"read", "write_assets"}}}, ada_);
  const Who xena = person("xena", {{"ot-engineer", "berlin"}, {"mover", "munich"}}, ada_);
  const Json moved = {{"level", "line"}, {"parent", "berlin"}};
  EXPECT_EQ(error_of(put("sites", "munich-line", moved, xena)),
            "403 denied: Site/munich-line: moving it changes what others may do there: expected "
            "somebody who may do everything there, permission read_people is missing")
      << "she would be an engineer there";
  EXPECT_EQ(get("/api/v1/sites/munich-line", ada_)["spec"]["parent"], "munich");
  // What is rightly hers all over the plant, others would gain, or lose.
  const Who olga = person("olga", {{"ot-engineer", ""}}, ada_);
  EXPECT_EQ(put("sites", "munich-line", moved, olga).status, 403);
  EXPECT_EQ(put("sites", "munich-line", {{"level", "line"}}, olga).status, 403) << "to the top";
  EXPECT_EQ(status("POST", "/api/v1/apply", olga, R"([
      {"apiVersion":"lineside/v1","kind":"Site","name":"hall","spec":{"parent":"berlin"}},
      {"apiVersion":"lineside/v1","kind":"Site","name":"munich-line","spec":{"parent":"hall"}}])"),
            403)
      << "nor by a site between";
  EXPECT_EQ(put("sites", "munich-line", {{"parent", "munich"}, {"title", "L"}}, xena).status, 200)
      << "it stays where it is";
  const Who mia = person("mia", {{"admin", "munich"}}, ada_);
  EXPECT_NE(put("sites", "munich-line", moved, mia).status, 200) << "not to where she is nothing";
  const Who max = person("max", {{"admin", "munich-line"}, {"mover", "berlin"}}, ada_);
  EXPECT_EQ(put("sites", "munich-line", moved, max).status, 200);
  EXPECT_EQ(status("GET", "/api/v1/assets/munich-press", xena), 200);
}

TEST_F(WriteRulesTest, RightsFollowWhereASiteGoes) {
  const Who olga = person("olga", {{"ot-engineer", "berlin"}}, ada_);
  EXPECT_EQ(status("GET", "/api/v1/assets/munich-press", olga), 404);
  must_put("sites", "munich-line", {{"parent", "berlin"}}, ada_);
  EXPECT_EQ(status("GET", "/api/v1/assets/munich-press", olga), 200);
  must_put("sites", "munich-line", {{"parent", "munich"}}, ada_);
  EXPECT_EQ(status("GET", "/api/v1/assets/munich-press", olga), 404);
  must_put("people", "olga", {{"roles", Json::array()}}, ada_);
  EXPECT_EQ(status("GET", "/api/v1/assets/berlin-press", olga), 404);
}

TEST_F(WriteRulesTest, NobodyGrantsWhatTheyLack) {
  const Who sina = person("sina", {{"security", ""}}, ada_);
  const auto roles = [](const char* role) { return Json{{"roles", {{{"role", role}}}}}; };
  EXPECT_EQ(put("people", "mallory", roles("admin"), sina).status, 403);
  EXPECT_EQ(put("people", "sina", roles("admin"), sina).status, 403);
  EXPECT_EQ(put("people", "auditor", roles("auditor"), sina).status, 201);
  EXPECT_EQ(put("roles", "strong", {{"permissions", {"manage_hub"}}}, sina).status, 403);
  EXPECT_EQ(put("roles", "weak", {{"permissions", {"read_audit"}}}, sina).status, 201);
  must_put("roles", "shop", {{"permissions", {"give_verdicts"}}}, ada_);
  EXPECT_EQ(put("roles", "shop", {{"permissions", {"give_verdicts", "manage_hub"}}}, sina).status,
            403);
  EXPECT_EQ(put("roles", "shop", {{"permissions", {"give_verdicts", "read"}}}, sina).status, 200)
      << "what it allowed before is not granted by her";
  const char* expires = "2024-01-01T00:00:00Z";
  EXPECT_EQ(put("tokens", "t1", {{"role", "admin"}, {"expires", expires}}, sina).status, 403);
  EXPECT_EQ(put("tokens", "t2", {{"person", "ada"}, {"expires", expires}}, sina).status, 403);
  EXPECT_EQ(put("tokens", "t3", {{"person", "sina"}, {"expires", expires}}, sina).status, 201);
  EXPECT_EQ(status("POST", "/api/v1/people/ada/invitation", sina), 403) << "she would be Ada";
  must_put("tokens", "strong", {{"role", "admin"}, {"expires", expires}}, ada_);
  EXPECT_EQ(status("POST", "/api/v1/tokens/strong/secret", sina), 403);
}

TEST_F(WriteRulesTest, NobodyChangesWhoMayDoMore) {
  const Who sina = person("sina", {{"security", ""}}, ada_);
  const auto roles = [](const char* role) { return Json{{"roles", {{{"role", role}}}}}; };
  person("boss", {{"admin", ""}}, ada_);
  EXPECT_EQ(put("people", "boss", roles("viewer"), sina).status, 403);
  EXPECT_EQ(
      put("people", "boss", {{"active", false}, {"roles", roles("admin")["roles"]}}, sina).status,
      403);
  EXPECT_EQ(
      put("people", "boss", {{"title", "Boss"}, {"roles", roles("admin")["roles"]}}, sina).status,
      403);
  EXPECT_EQ(status("DELETE", "/api/v1/people/boss", sina), 403);
  EXPECT_EQ(status("DELETE", "/api/v1/people/boss?dry_run=true", sina), 403);
  EXPECT_EQ(
      put("people", "boss", {{"title", "boss"}, {"roles", roles("admin")["roles"]}}, sina).status,
      200)
      << "that changes nothing";
  // Nor by the role, or a token.
  const Json all = get("/api/v1/roles/admin", ada_)["spec"]["permissions"];
  must_put("roles", "chief", {{"permissions", all}}, ada_);
  EXPECT_EQ(put("roles", "chief", {{"permissions", {"read"}}}, sina).status, 403);
  EXPECT_EQ(status("DELETE", "/api/v1/roles/chief", sina), 403);
  const char* expires = "2024-01-01T00:00:00Z";
  must_put("tokens", "strong", {{"role", "admin"}, {"expires", expires}}, ada_);
  must_put("tokens", "hers", {{"person", "ada"}, {"expires", expires}}, ada_);
  for (const char* token : {"strong", "hers"}) {
    EXPECT_EQ(put("tokens", token, {{"role", "viewer"}, {"expires", expires}}, sina).status, 403);
    EXPECT_EQ(status("DELETE", std::string("/api/v1/tokens/") + token, sina), 403);
  }
  // Whom she could have made she may change.
  must_put("people", "vera", roles("viewer"), ada_);
  must_put("tokens", "weak", {{"role", "viewer"}, {"expires", expires}}, ada_);
  EXPECT_EQ(put("people", "vera", roles("auditor"), sina).status, 200);
  EXPECT_EQ(status("DELETE", "/api/v1/people/vera", sina), 204);
  EXPECT_EQ(status("DELETE", "/api/v1/tokens/weak", sina), 204);
  // In one batch with a role that is made weaker the role counts as it is.
  const auto trick = ask("POST", "/api/v1/apply", sina, R"([
      {"apiVersion":"lineside/v1","kind":"Role","name":"chief","spec":{"permissions":["read"]}},
      {"apiVersion":"lineside/v1","kind":"Person","name":"boss","spec":{"roles":[]}}])");
  EXPECT_EQ(trick.status, 403);
}

TEST_F(WriteRulesTest, WhatWouldChangeNothingTakesThePermissionToo) {
  const Who vera = person("vera", {{"viewer", ""}}, ada_);
  const Json same = {{"site", "berlin-line"}, {"title", "Press"}};
  EXPECT_EQ(put("assets", "berlin-press", same, ada_).status, 200);
  EXPECT_EQ(put("assets", "berlin-press", same, vera).status, 403);
  const std::string body = Json{{"spec", same}}.dump();
  EXPECT_EQ(status("PUT", "/api/v1/assets/berlin-press?dry_run=true", vera, body), 403);
  EXPECT_EQ(status("PUT", "/api/v1/assets/berlin-press", with(vera, {"If-Match", "\"7\""}), body),
            403)
      << "nor is it told who wrote it";
  EXPECT_EQ(status("POST", "/api/v1/apply", vera, R"([
      {"apiVersion":"lineside/v1","kind":"Asset","name":"berlin-press",
       "spec":{"site":"berlin-line","title":"Press"}}])"),
            403);
  must_put("device-types", "t", Json::object(), ada_);
  EXPECT_EQ(put("device-types", "t", Json::object(), vera).status, 403);
  const Json admin = get("/api/v1/roles/admin", ada_)["spec"];
  EXPECT_EQ(put("roles", "admin", admin, ada_).status, 200) << "a built-in role as it is";
  EXPECT_EQ(put("roles", "admin", admin, vera).status, 403);
}

TEST_F(WriteRulesTest, ADenialSaysWhatWasAskedForAndNamesNobody) {
  const Who vera = person("vera", {{"viewer", ""}}, ada_);
  const auto denied = [&](std::string method, std::string target, std::string body = "") {
    EXPECT_EQ(status(std::move(method), target, vera, std::move(body)) / 100, 4) << target;
    const auto entries = audit("access.denied");
    return entries.empty() ? store::AuditEntry() : entries.back();
  };
  const std::string spec = R"({"spec":{"site":"berlin"}})";
  EXPECT_EQ(denied("PUT", "/api/v1/assets/berlin-press?note=secret", spec).subject,
            "PUT /api/v1/assets/berlin-press");
  const std::string ada = *hub->db().audit().commitment("ada", "ada");
  EXPECT_EQ(denied("POST", "/api/v1/people/ada/invitation").subject,
            "POST /api/v1/people/" + ada + "/invitation");
  EXPECT_EQ(denied("GET", "/api/v1/people/ada").subject, "GET /api/v1/people/" + ada);
  EXPECT_EQ(denied("POST", "/api/v1/people/zoe/erasure").subject,
            "POST /api/v1/people/{name}/erasure");
  EXPECT_EQ(denied("POST", "/api/v1/tokens/lst_secret/secret").subject,
            "POST /api/v1/tokens/{name}/secret");
  EXPECT_EQ(denied("DELETE", "/api/v1/enrolments/" + std::string(500, 'x')).subject,
            "DELETE /api/v1/enrolments/{name}");
  const auto batch =
      denied("POST", "/api/v1/apply",
             R"({"apiVersion":"lineside/v1","kind":"Site","name":"bonn","spec":{}})");
  EXPECT_EQ(batch.subject, "POST /api/v1/apply");
  EXPECT_EQ(Json::parse(batch.text)["object"], "Site/bonn");
  const auto person = denied("POST", "/api/v1/apply",
                             R"({"apiVersion":"lineside/v1","kind":"Person","name":"ada",
                                 "spec":{}})");
  EXPECT_EQ(Json::parse(person.text)["object"], "Person/" + ada);
}

TEST_F(WriteRulesTest, TheLogOfAllSitesIsForWhoMayReadItEverywhere) {
  const Who olga = person("olga", {{"auditor", "berlin"}}, ada_);
  const Who otto = person("otto", {{"auditor", ""}}, ada_);
  for (const char* target : {"/api/v1/audit/leaves", "/api/v1/audit/entries/0"}) {
    EXPECT_EQ(status("GET", target, olga), 403) << target;
    EXPECT_EQ(status("GET", target, otto), 200) << target;
  }
  EXPECT_EQ(status("GET", "/api/v1/audit/entries", olga), 200) << "those of berlin";
}

TEST_F(WriteRulesTest, AThousandProblemsAreToldAndHowManyMore) {
  Json items = Json::array();
  for (int i = 0; i < 1'500; ++i)
    items.push_back({{"apiVersion", "lineside/v1"},
                     {"kind", "Asset"},
                     {"name", std::format("a{}", i)},
                     {"spec", {{"site", "nowhere"}}}});
  const auto told = [&](const Who& who, int expected) {
    const auto answer = ask("POST", "/api/v1/apply", who, items.dump());
    EXPECT_EQ(answer.status, expected);
    return Json::parse(answer.body)["problems"];
  };
  const Who olga = person("olga", {{"ot-engineer", "berlin"}}, ada_);
  for (const Who& who : {ada_, olga}) {
    const Json problems = told(who, 422);
    ASSERT_EQ(problems.size(), 1'001U);
    EXPECT_EQ(problems.back()["text"], "and 500 more");
  }
  for (Json& item : items) item["spec"] = {{"site", "berlin"}};
  const Json denied = told(person("vera", {{"viewer", ""}}, ada_), 403);
  ASSERT_EQ(denied.size(), 1'001U);
  EXPECT_EQ(denied.back()["text"], "and 500 more");
}

TEST_F(WriteRulesTest, ATokenOfAPersonGrantsNoMoreThanItMayItself) {
  const char* expires = "2024-01-01T00:00:00Z";
  must_put("tokens", "narrow", {{"person", "ada"}, {"site", "berlin"}, {"expires", expires}}, ada_);
  const Who narrow = program("narrow", ada_);
  EXPECT_EQ(put("tokens", "wide", {{"person", "ada"}, {"expires", expires}}, narrow).status, 403);
  EXPECT_EQ(
      put("tokens", "same", {{"person", "ada"}, {"site", "berlin"}, {"expires", expires}}, narrow)
          .status,
      201);
  EXPECT_EQ(put("people", "mallory", Json::parse(R"({"roles":[{"role":"admin"}]})"), narrow).status,
            403);
}

TEST_F(WriteRulesTest, RightsAtOneSiteAreNotGrantedBeyondIt) {
  const Who bea = person("bea", {{"admin", "berlin"}}, ada_);
  const auto at = [](const char* role, const char* site) {
    return Json{{"roles", {{{"role", role}, {"site", site}}}}};
  };
  EXPECT_EQ(put("people", "p1", at("operator", "berlin-line"), bea).status, 201);
  EXPECT_EQ(put("people", "p2", Json::parse(R"({"roles":[{"role":"operator"}]})"), bea).status,
            403);
  EXPECT_EQ(put("people", "p3", at("operator", "munich"), bea).status, 422) << "not there for her";
  EXPECT_EQ(put("people", "ada", {{"active", false}}, bea).status, 403) << "of all sites";
  EXPECT_EQ(put("roles", "own", {{"permissions", {"read"}}}, bea).status, 403);
  // A site that she makes in the same breath gives her nothing beyond.
  const auto trick = ask("POST", "/api/v1/apply", bea, R"([
      {"apiVersion":"lineside/v1","kind":"Site","name":"top","spec":{}},
      {"apiVersion":"lineside/v1","kind":"Person","name":"p4",
       "spec":{"roles":[{"role":"admin","site":"top"}]}}])");
  EXPECT_EQ(trick.status, 403);
}

TEST_F(WriteRulesTest, BuiltInRolesStayAsTheyAre) {
  EXPECT_EQ(put("roles", "viewer", {{"permissions", {"read", "erase"}}}, ada_).status, 403);
  EXPECT_EQ(status("DELETE", "/api/v1/roles/operator", ada_), 403);
  EXPECT_EQ(get("/api/v1/roles", ada_)["items"].size(), domain::built_in_roles().size());
}

TEST_F(WriteRulesTest, LargeBodiesOfStrangersAreNotHeardOut) {
  const auto sink_takes = [&](const Who& who) {
    const auto head = request("POST", "/api/v1/apply", "", who);
    const auto sink = api->begin_upload(head);
    return sink->write(as_bytes("{}")).has_value();
  };
  EXPECT_TRUE(sink_takes(ada_));
  EXPECT_FALSE(sink_takes({}));
  EXPECT_FALSE(sink_takes({ada_[0]})) << "without the session's token";
  EXPECT_FALSE(sink_takes({{"Authorization", "Bearer lst_wrong"}}));
  EXPECT_EQ(api->body_max(request("POST", "/api/v1/session", "", {})), 64U * 1024);
  EXPECT_EQ(api->body_max(request("POST", "/api/v1/apply", "", {})), 64U << 20);
  EXPECT_EQ(api->begin_upload(request("POST", "/api/v1/session", "", {})), nullptr);
}

TEST_F(WriteRulesTest, LargeBodiesTogetherTakeSoMuchMemoryAndNoMore) {
  const auto head = request("POST", "/api/v1/apply", "", ada_);
  std::vector<std::unique_ptr<net::HttpSink>> sinks;
  const std::string piece(std::size_t{64} << 20, ' ');
  for (int i = 0; i < 4; ++i) {
    sinks.push_back(api->begin_upload(head));
    EXPECT_TRUE(sinks.back()->write(as_bytes(piece)));
  }
  auto full = head;
  full.headers.push_back({"Content-Type", "application/json"});
  full.upload = api->begin_upload(head);
  EXPECT_FALSE(full.upload->write(as_bytes("{}")));
  EXPECT_EQ(api->answer(full).status, 503);
  sinks.clear();
  full.upload = api->begin_upload(head);
  EXPECT_TRUE(full.upload->write(as_bytes("[]")));
  EXPECT_EQ(api->answer(full).status, 200);
}

}  // namespace
}  // namespace lineside::hub
