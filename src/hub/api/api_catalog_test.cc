// The catalog's calls: documents, conditions, pages, the past, walks, batches.
#include "codec/catalog.h"
#include "tests/hub_fixture.h"

namespace lineside::hub {
namespace {

class CatalogTest : public HubTest {
 protected:
  CatalogTest() { build_plants(ada_); }
  static std::vector<std::string> names_of(const Json& page) {
    std::vector<std::string> names;
    for (const Json& item : page["items"]) names.push_back(item["name"]);
    return names;
  }
  Json get_deletion(const std::string& target, const Who& who) {
    const auto response = ask("DELETE", target, who);
    EXPECT_EQ(response.status, 200) << response.body;
    return response.status == 200 ? Json::parse(response.body) : Json();
  }

  const Who ada_ = set_up();
};

TEST_F(CatalogTest, GivesWhatWasPutWithItsRevision) {
  const auto made = put("assets", "lathe", {{"site", "berlin-line"}, {"type", "lathe"}}, ada_);
  EXPECT_EQ(made.status, 201);
  EXPECT_EQ(made.header("ETag"), "\"1\"");
  const Json object = get("/api/v1/assets/lathe", ada_);
  EXPECT_EQ(object["apiVersion"], "lineside/v1");
  EXPECT_EQ(object["kind"], "Asset");
  EXPECT_EQ(object["spec"]["type"], "lathe");
  EXPECT_EQ(object["meta"]["revision"], 1);
  EXPECT_EQ(object["meta"]["change"], "created");
  EXPECT_EQ(object["meta"]["site"], "berlin-line");
  EXPECT_EQ(object["meta"]["author"], "ada");
  EXPECT_EQ(object["meta"]["time"], "2023-11-14T22:13:20Z");
  // What was given can be put again as it is.
  const auto same = ask("PUT", "/api/v1/assets/lathe", ada_, object.dump());
  EXPECT_EQ(same.status, 200);
  EXPECT_EQ(same.header("ETag"), "\"1\"") << "nothing changed";
  EXPECT_EQ(ask("GET", "/api/v1/assets/lathe", with(ada_, {"If-None-Match", "\"1\""})).status, 304);
  EXPECT_EQ(status("HEAD", "/api/v1/assets/lathe", ada_), 200);
}

TEST_F(CatalogTest, SaysAllThatIsWrongWithADocument) {
  const auto response = ask("PUT", "/api/v1/assets/lathe", ada_,
                            "{\n  \"spec\": {\n    \"sight\": \"berlin\",\n"
                            "    \"criticality\": \"none\"\n  }\n}");
  EXPECT_EQ(response.status, 422);
  const Json problems = Json::parse(response.body)["problems"];
  ASSERT_EQ(problems.size(), 3U) << response.body;
  EXPECT_EQ(problems[0]["path"], "spec.site");
  EXPECT_EQ(problems[1]["path"], "spec.sight");
  EXPECT_EQ(problems[1]["line"], 3);
  EXPECT_EQ(problems[1]["column"], 5);

  const auto dangling = put("assets", "lathe", {{"site", "berlin-lime"}}, ada_);
  EXPECT_EQ(dangling.status, 422);
  const Json told = Json::parse(dangling.body)["problems"];
  ASSERT_EQ(told.size(), 1U);
  EXPECT_EQ(told[0]["path"], "spec.site");
  EXPECT_NE(told[0].dump().find("berlin-line"), std::string::npos) << told[0];

  EXPECT_EQ(error_of(ask("PUT", "/api/v1/assets/lathe", ada_,
                         R"({"apiVersion":"lineside/v1","kind":"Asset","name":"drill",
                             "spec":{"site":"berlin"}})")),
            "400 invalid: expected Asset 'lathe' as in the path, found Asset 'drill'");
  EXPECT_EQ(status("PUT", "/api/v1/assets/lathe", with(ada_, {"Content-Type", "text/plain"}), "{}"),
            415);
  EXPECT_EQ(status("PUT", "/api/v1/assets/lathe", ada_, "{"), 422);
  EXPECT_EQ(status("GET", "/api/v1/assets/lathe", ada_), 404);
}

TEST_F(CatalogTest, AllConflictsOfABatchAreTold) {
  std::string body = "[";
  for (const char* name : {"berlin-press", "berlin-line", "munich-press"}) {
    const bool is_site = std::string_view(name) == "berlin-line";
    Json read = get(std::format("/api/v1/{}/{}", is_site ? "sites" : "assets", name), ada_);
    read["spec"]["title"] = "another";
    read["meta"]["revision"] = std::string_view(name) == "munich-press" ? 1 : 7;
    body += (body.size() > 1 ? ",\n" : "") + read.dump();
  }
  const auto conflict = ask("POST", "/api/v1/apply", ada_, body + "]");
  EXPECT_EQ(error_of(conflict),
            "409 conflict: 2 conflicts, the first: Asset 'berlin-press': expected revision 7, "
            "found revision 1");
  const Json told = Json::parse(conflict.body);
  EXPECT_EQ(told["latest"]["name"], "berlin-press");
  ASSERT_EQ(told["problems"].size(), 2U) << conflict.body;
  EXPECT_EQ(told["problems"][0]["path"], "[0].meta.revision");
  EXPECT_EQ(told["problems"][0]["line"], 1);
  EXPECT_EQ(told["problems"][1]["path"], "[1].meta.revision");
  EXPECT_EQ(told["problems"][1]["line"], 2);
  EXPECT_EQ(told["problems"][1]["text"],
            "Site 'berlin-line': expected revision 7, found revision 1");
}

TEST_F(CatalogTest, WhatManifestsNameIsDeletedAllOrNothing) {
  const std::string press = R"({"apiVersion":"lineside/v1","kind":"Asset","name":"berlin-press",
      "spec":{"site":"berlin-line"}})";
  const std::string line = R"({"apiVersion":"lineside/v1","kind":"Site","name":"berlin-line",
      "spec":{"parent":"what-is-not-there"}})";
  const std::string plant =
      R"({"apiVersion":"lineside/v1","kind":"Site","name":"berlin","spec":{}})";
  const auto all = [&](const std::string& query, const std::string& body) {
    return ask("POST", "/api/v1/delete" + query, ada_, "[" + body + "]");
  };
  const auto held = all("", plant + "," + line);
  EXPECT_EQ(error_of(held),
            "409 conflict: Site 'berlin-line' is referred to by Asset 'berlin-press'");
  EXPECT_EQ(error_of(all("", press + R"(,{"apiVersion":"lineside/v1","kind":"Site","name":"x",
      "spec":{}})")),
            "422 invalid: there is no Site 'x'");
  const std::string body = plant + "," + press + "," + line;
  const auto tried = all("?dry_run=true", body);
  EXPECT_EQ(tried.status, 200) << tried.body;
  EXPECT_EQ(Json::parse(tried.body)["items"][0]["change"], "deleted");
  EXPECT_EQ(status("GET", "/api/v1/sites/berlin", ada_), 200) << "nothing has gone yet";
  Json stale = get("/api/v1/assets/berlin-press", ada_);
  stale["meta"]["revision"] = 7;
  EXPECT_EQ(all("", stale.dump()).status, 409) << "another has changed it since";
  EXPECT_EQ(all("?note=closed", body).status, 200);
  for (const char* path : {"sites/berlin", "sites/berlin-line", "assets/berlin-press"})
    EXPECT_EQ(status("GET", std::string("/api/v1/") + path, ada_), 404) << path;
  EXPECT_EQ(get("/api/v1/sites/berlin/history", ada_)["items"][0]["note"], "closed");
}

TEST_F(CatalogTest, OfTwoWritersOneIsToldWhatTheOtherChanged) {
  const Json read = get("/api/v1/assets/berlin-press", ada_);
  must_put("assets", "berlin-press",
           {{"site", "berlin-line"}, {"title", "Press"}, {"type", "press"}}, ada_);
  Json mine = read;
  mine["spec"]["serial"] = "17";
  const auto conflict = ask("PUT", "/api/v1/assets/berlin-press", ada_, mine.dump());
  EXPECT_EQ(conflict.status, 409);
  const Json latest = Json::parse(conflict.body)["latest"];
  EXPECT_EQ(latest["revision"], 2);
  EXPECT_EQ(latest["author"], "ada");
  EXPECT_EQ(latest["changed"], Json::array({"spec.type"}));
  const auto by_header =
      ask("PUT", "/api/v1/assets/berlin-press", with(ada_, {"If-Match", "\"1\""}), mine.dump());
  EXPECT_EQ(by_header.status, 412);
  EXPECT_EQ(Json::parse(by_header.body)["latest"]["revision"], 2);
  EXPECT_EQ(
      ask("PUT", "/api/v1/assets/berlin-press", with(ada_, {"If-Match", "\"2\""}), mine.dump())
          .status,
      200);
  EXPECT_EQ(ask("PUT", "/api/v1/assets/berlin-press", with(ada_, {"If-None-Match", "*"}),
                R"({"spec":{"site":"berlin"}})")
                .status,
            412);
  EXPECT_EQ(ask("PUT", "/api/v1/assets/new", with(ada_, {"If-Match", "*"}),
                R"({"spec":{"site":"berlin"}})")
                .status,
            412);
  EXPECT_EQ(status("PUT", "/api/v1/assets/new", with(ada_, {"If-Match", "2"}), "{}"), 400);
}

TEST_F(CatalogTest, DeletesWhatNothingRefersTo) {
  const auto held = ask("DELETE", "/api/v1/sites/berlin-line", ada_);
  EXPECT_EQ(held.status, 409);
  EXPECT_NE(held.body.find("berlin-press"), std::string::npos);
  EXPECT_EQ(status("DELETE", "/api/v1/assets/berlin-press", with(ada_, {"If-Match", "\"7\""})),
            412);
  EXPECT_EQ(status("DELETE", "/api/v1/assets/berlin-press?dry_run=true", ada_), 200);
  EXPECT_EQ(status("GET", "/api/v1/assets/berlin-press", ada_), 200);
  EXPECT_EQ(status("DELETE", "/api/v1/assets/berlin-press", ada_), 204);
  EXPECT_EQ(status("GET", "/api/v1/assets/berlin-press", ada_), 404);
  EXPECT_EQ(status("DELETE", "/api/v1/assets/berlin-press", ada_), 404);
  EXPECT_EQ(status("DELETE", "/api/v1/sites/berlin-line", ada_), 204);
}

TEST_F(CatalogTest, ADeletionWarnsOfWhatUsesTheObjectByAPattern) {
  const auto warnings = [&](const std::string& target, const Who& who) {
    return get_deletion("/api/v1/" + target + "?dry_run=true", who)["warnings"];
  };
  for (const char* name : {"a", "b", "c"})
    must_put("streams", std::format("berlin-press/{}", name), {{"asset", "berlin-press"}}, ada_);
  must_put("streams", "munich-press/a", {{"asset", "munich-press"}}, ada_);
  must_put("contracts", "all", {{"owner", "ot"}, {"streams", {{{"stream", "*"}}}}}, ada_);
  EXPECT_EQ(warnings("contracts/all", ada_),
            (Json{"4 streams lose their contract, berlin-press/a for example"}));
  must_put("contracts", "berlin",
           {{"owner", "ot"}, {"site", "berlin"}, {"streams", {{{"stream", "*"}}}}}, ada_);
  EXPECT_EQ(warnings("contracts/all", ada_),
            (Json{"1 stream loses its contract, munich-press/a for example"}));
  EXPECT_EQ(warnings("contracts/berlin", ada_), Json::array());
  const Json windows = {{"windows", {{{"name", "w"}, {"count", 5}}}},
                        {"every", {{"count", 1}}},
                        {"features", {{{"window", "w"}, {"streams", {"a"}}, {"kinds", {"mean"}}}}}};
  Json wide = windows;
  wide["streams"] = {"a"};
  must_put("pipelines", "wide", wide, ada_);
  Json narrow = wide;
  narrow["assets"] = "munich*";
  must_put("pipelines", "narrow", narrow, ada_);
  EXPECT_EQ(warnings("streams/munich-press/a", ada_),
            (Json{"pipeline narrow loses its last input stream",
                  "pipeline wide loses an input stream of asset munich-press"}));
  EXPECT_EQ(warnings("streams/berlin-press/b", ada_), Json::array());
  // Nothing is told of what the caller does not see.
  const Who olga = person("olga", {{"ot-engineer", "munich-line"}}, ada_);
  narrow["site"] = "munich";
  must_put("pipelines", "theirs", narrow, ada_);
  EXPECT_EQ(warnings("streams/munich-press/a", ada_).size(), 3U);
  EXPECT_EQ(warnings("streams/munich-press/a", olga).size(), 2U);
  // Nor of what is meant for another site, whatever its pattern.
  narrow["site"] = "berlin";
  must_put("pipelines", "theirs", narrow, ada_);
  EXPECT_EQ(warnings("streams/munich-press/a", ada_).size(), 2U);
  EXPECT_EQ(status("DELETE", "/api/v1/streams/munich-press/a", ada_), 204) << "and is no refusal";
}

TEST_F(CatalogTest, ListsInPagesAndByFields) {
  for (int i = 0; i < 5; ++i)
    must_put("assets", std::format("pump-{}", i),
             {{"site", "berlin"}, {"type", i % 2 == 0 ? "pump" : "valve"}}, ada_);
  Json page = get("/api/v1/assets?prefix=pump-&limit=2", ada_);
  std::vector<std::string> all = names_of(page);
  while (!page["next"].is_null()) {
    page = get("/api/v1/assets?prefix=pump-&limit=2&cursor=" +
                   net::encode_component(page["next"].get<std::string>()),
               ada_);
    for (std::string& name : names_of(page)) all.push_back(name);
  }
  EXPECT_EQ(all, (std::vector<std::string>{"pump-0", "pump-1", "pump-2", "pump-3", "pump-4"}));
  const Json pumps = get("/api/v1/assets?type=pump&site=berlin&count=true", ada_);
  EXPECT_EQ(names_of(pumps), (std::vector<std::string>{"pump-0", "pump-2", "pump-4"}));
  EXPECT_EQ(pumps["count"], (Json{{"count", 3}, {"exact", true}}));
  EXPECT_EQ(error_of(ask("GET", "/api/v1/assets?tipe=pump", ada_)),
            "400 invalid: unknown parameter 'tipe', did you mean 'type'");
  EXPECT_EQ(status("GET", "/api/v1/assets?limit=0", ada_), 400);
  EXPECT_EQ(status("GET", "/api/v1/assets?limit=1&limit=2", ada_), 400);
  EXPECT_EQ(status("GET", "/api/v1/assets?type=pump&cursor=oops", ada_), 400);
}

TEST_F(CatalogTest, AFilterThatNothingCanMatchIsAMistake) {
  EXPECT_EQ(error_of(ask("GET", "/api/v1/sites?level=lines", ada_)),
            "400 invalid: level: expected one of enterprise, site, area, line, found 'lines', did "
            "you mean 'line'");
  EXPECT_EQ(error_of(ask("GET", "/api/v1/devices?edge=yes", ada_)),
            "400 invalid: edge: expected one of true, false, found 'yes'");
  EXPECT_EQ(error_of(ask("GET", "/api/v1/assets?site=berlim", ada_)),
            "400 invalid: site: expected a Site of the catalog, found 'berlim', did you mean "
            "'berlin'");
  // Of what is not to be seen the answer is that of what is not there.
  const Who mia = person("mia", {{"ot-engineer", "munich"}}, ada_);
  const auto unseen = ask("GET", "/api/v1/assets?site=berlin", mia);
  const auto nowhere = ask("GET", "/api/v1/assets?site=gerlin", mia);
  EXPECT_EQ(error_of(unseen), "400 invalid: site: expected a Site of the catalog, found 'berlin'");
  EXPECT_EQ(error_of(nowhere), "400 invalid: site: expected a Site of the catalog, found 'gerlin'");
  EXPECT_EQ(status("GET", "/api/v1/edges?site=berlin", mia), 400);
  EXPECT_EQ(status("GET", "/api/v1/edges?site=munich", mia), 200);
}

TEST_F(CatalogTest, AFilterByWhatIsNotThereIsAMistake) {
  EXPECT_EQ(error_of(ask("GET", "/api/v1/streams?asset=berlin-pres", ada_)),
            "400 invalid: asset: expected an Asset of the catalog, found 'berlin-pres', did you "
            "mean 'berlin-press'");
  EXPECT_EQ(get("/api/v1/streams?asset=munich-press", ada_)["items"].size(), 0U);
  const Who mia = person("mia", {{"ot-engineer", "munich"}}, ada_);
  const auto unseen = ask("GET", "/api/v1/streams?asset=berlin-press", mia);
  EXPECT_EQ(error_of(unseen),
            "400 invalid: asset: expected an Asset of the catalog, found 'berlin-press'");
  EXPECT_EQ(error_of(ask("GET", "/api/v1/streams?asset=gerlin-press", mia)),
            "400 invalid: asset: expected an Asset of the catalog, found 'gerlin-press'");
  EXPECT_EQ(get("/api/v1/model-versions?author=nobody", ada_)["items"].size(), 0U)
      << "who is a Person is not for everybody";
}

TEST_F(CatalogTest, WhatIsOfASiteIsOfThoseAboveIt) {
  must_put("assets", "berlin-crane", {{"site", "berlin"}}, ada_);
  EXPECT_EQ(names_of(get("/api/v1/assets?site=berlin", ada_)),
            (std::vector<std::string>{"berlin-press", "berlin-crane"}));
  EXPECT_EQ(names_of(get("/api/v1/assets?site=berlin-line", ada_)),
            (std::vector<std::string>{"berlin-press"}));
  const Who ben = person("ben", {{"viewer", "berlin-line"}}, ada_);
  EXPECT_EQ(names_of(get("/api/v1/assets?site=berlin-line", ben)),
            (std::vector<std::string>{"berlin-press"}));
  EXPECT_EQ(status("GET", "/api/v1/assets?site=berlin", ben), 400) << "nor is its name told";
}

TEST_F(CatalogTest, NamesOfStreamsHaveTwoSegments) {
  must_put("streams", "berlin-press/history", {{"asset", "berlin-press"}, {"unit", "degC"}}, ada_);
  EXPECT_EQ(get("/api/v1/streams/berlin-press/history", ada_)["name"], "berlin-press/history");
  EXPECT_EQ(get("/api/v1/streams/berlin-press/history/history", ada_)["items"].size(), 1U);
  EXPECT_EQ(status("GET", "/api/v1/streams/berlin-press", ada_), 404);
}

TEST_F(CatalogTest, KeepsEveryPastAndBringsItBack) {
  for (const char* title : {"One", "Two", "Three"})
    must_put("sites", "bonn", {{"title", title}}, ada_);
  EXPECT_EQ(status("DELETE", "/api/v1/sites/bonn", ada_), 204);
  const Json history = get("/api/v1/sites/bonn/history", ada_);
  ASSERT_EQ(history["items"].size(), 4U);
  EXPECT_EQ(history["items"][0]["change"], "deleted");
  EXPECT_EQ(history["items"][3]["revision"], 1);
  EXPECT_EQ(get("/api/v1/sites/bonn/history?limit=2", ada_)["next"], "3");
  EXPECT_EQ(get("/api/v1/sites/bonn/history?limit=2&before=3", ada_)["items"][0]["revision"], 2);
  EXPECT_EQ(get("/api/v1/sites/bonn?revision=2", ada_)["spec"]["title"], "Two");
  EXPECT_EQ(get("/api/v1/sites/bonn/diff?from=1&to=2", ada_)["items"],
            Json::array({{{"path", "spec.title"}, {"before", "One"}, {"after", "Two"}}}));
  EXPECT_EQ(status("GET", "/api/v1/sites/bonn?revision=9", ada_), 404);
  const auto back = ask("POST", "/api/v1/sites/bonn/restore", ada_, R"({"revision":2})");
  EXPECT_EQ(back.status, 200) << back.body;
  EXPECT_EQ(get("/api/v1/sites/bonn", ada_)["spec"]["title"], "Two");
  EXPECT_EQ(get("/api/v1/sites/bonn", ada_)["meta"]["revision"], 5);
  EXPECT_EQ(get("/api/v1/sites/bonn", ada_)["meta"]["note"], "restored revision 2");
  EXPECT_EQ(status("POST", "/api/v1/sites/bonn/restore", ada_, R"({"revision":4})"), 409);
}

TEST_F(CatalogTest, WhatIsGoneIsSeenByThoseWhoSawIt) {
  const Who olga = person("olga", {{"ot-engineer", "berlin"}}, ada_);
  const Who mia = person("mia", {{"viewer", "munich"}}, ada_);
  must_put("sites", "berlin-lab", {{"level", "area"}, {"parent", "berlin"}}, ada_);
  must_put("assets", "oven", {{"site", "berlin-lab"}}, ada_);
  const auto changes = [&](const Who& who) {
    std::string text;
    const Json page = get("/api/v1/changes?limit=1000", who);
    for (const Json& item : page["items"])
      text += std::format("{} {} by {}\n", item["name"].get<std::string>(),
                          item["change"].get<std::string>(), item["author"].get<std::string>());
    return text;
  };
  EXPECT_EQ(status("DELETE", "/api/v1/assets/oven", olga), 204);
  EXPECT_NE(changes(olga).find("oven deleted by olga\n"), std::string::npos) << changes(olga);
  EXPECT_EQ(changes(mia).find("oven"), std::string::npos);
  EXPECT_TRUE(get("/api/v1/changes", ada_)["items"][0]["time"].is_string());
  EXPECT_EQ(get("/api/v1/assets/oven/history", olga)["items"].size(), 2U);
  EXPECT_EQ(status("GET", "/api/v1/assets/oven/history", mia), 404);
  // The site goes too: what was below it counts to the one above.
  EXPECT_EQ(status("DELETE", "/api/v1/sites/berlin-lab", ada_), 204);
  EXPECT_EQ(get("/api/v1/assets/oven/history", olga)["items"].size(), 2U);
  EXPECT_EQ(get("/api/v1/sites/berlin-lab/history", olga)["items"].size(), 2U);
  EXPECT_EQ(status("GET", "/api/v1/assets/oven/history", mia), 404);
  EXPECT_EQ(status("GET", "/api/v1/sites/berlin-lab/history", mia), 404);
  // Of a whole plant that is gone nobody knows where it was.
  must_put("sites", "bonn", Json::object(), ada_);
  EXPECT_EQ(status("DELETE", "/api/v1/sites/bonn", ada_), 204);
  EXPECT_EQ(status("GET", "/api/v1/sites/bonn/history", olga), 404);
  EXPECT_EQ(status("GET", "/api/v1/sites/bonn/history", ada_), 200);
}

// Who may read one plant reads nothing of another's past, whoever has the name by now.
TEST_F(CatalogTest, ThePastOfAnotherSiteStaysThere) {
  const Who olga = person("olga", {{"ot-engineer", "berlin"}}, ada_);
  const Who mia = person("mia", {{"ot-engineer", "munich"}}, ada_);
  const auto revisions = [&](const std::string& asset, const Who& who) {
    std::string text;
    const auto response = ask("GET", "/api/v1/assets/" + asset + "/history", who);
    if (response.status != 200) return std::to_string(response.status);
    const Json page = Json::parse(response.body);
    for (const Json& item : page["items"]) text += std::format("{} ", item["revision"].get<int>());
    return text;
  };
  const auto expect_hidden = [&](const std::string& asset, const std::string& revision) {
    const std::string path = "/api/v1/assets/" + asset;
    EXPECT_EQ(status("GET", path + "?revision=" + revision, olga), 404);
    EXPECT_EQ(status("GET", path + "/diff?from=" + revision, olga), 404);
    EXPECT_EQ(status("GET", path + "/diff?from=0&to=" + revision, olga), 404);
    EXPECT_EQ(status("POST", path + "/restore", olga, "{\"revision\":" + revision + "}"), 404);
    EXPECT_EQ(status("GET", path + "?revision=" + revision, ada_), 200);
  };
  // A name that was deleted there is used again here.
  must_put("assets", "oven", {{"site", "munich-line"}, {"title", "Secret"}}, mia);
  EXPECT_EQ(status("DELETE", "/api/v1/assets/oven", mia), 204);
  must_put("assets", "oven", {{"site", "berlin-line"}}, olga);
  EXPECT_EQ(revisions("oven", olga), "3 ");
  EXPECT_EQ(revisions("oven", mia), "2 1 ");
  EXPECT_EQ(revisions("oven", ada_), "3 2 1 ");
  expect_hidden("oven", "1");
  EXPECT_EQ(status("GET", "/api/v1/assets/oven?revision=3", mia), 404);
  // What has moved.
  must_put("assets", "drill", {{"site", "munich-line"}, {"title", "Secret"}}, ada_);
  must_put("assets", "drill", {{"site", "berlin-line"}}, ada_);
  EXPECT_EQ(revisions("drill", olga), "2 ");
  expect_hidden("drill", "1");
  const Json changes = get("/api/v1/changes?limit=1000", olga);
  for (const Json& item : changes["items"])
    EXPECT_FALSE(item["name"] == "drill" && item["revision"] == 1) << item;
  // A conflict does not tell either what it was elsewhere.
  const auto conflict = ask("PUT", "/api/v1/assets/drill", with(olga, {"If-Match", "\"1\""}),
                            R"({"spec":{"site":"berlin-line","serial":"1"}})");
  EXPECT_EQ(conflict.status, 412);
  EXPECT_EQ(Json::parse(conflict.body)["latest"]["changed"], Json::array()) << conflict.body;
  EXPECT_EQ(conflict.body.find("title"), std::string::npos);
  // A site that is made anew under its name is another place.
  must_put("sites", "munich-lab", {{"parent", "munich"}}, ada_);
  must_put("assets", "probe", {{"site", "munich-lab"}, {"title", "Secret"}}, ada_);
  EXPECT_EQ(status("DELETE", "/api/v1/assets/probe", ada_), 204);
  EXPECT_EQ(status("DELETE", "/api/v1/sites/munich-lab", ada_), 204);
  must_put("sites", "munich-lab", {{"parent", "berlin"}}, olga);
  EXPECT_EQ(revisions("probe", olga), "404");
  expect_hidden("probe", "1");
  EXPECT_EQ(status("GET", "/api/v1/sites/munich-lab?revision=1", olga), 404);
}

TEST_F(CatalogTest, ADryRunSaysWhatWouldBe) {
  const auto would = ask("PUT", "/api/v1/sites/bonn?dry_run=true", ada_, R"({"spec":{}})");
  EXPECT_EQ(would.status, 201);
  EXPECT_EQ(Json::parse(would.body)["meta"]["revision"], 1);
  EXPECT_EQ(status("GET", "/api/v1/sites/bonn", ada_), 404);
  EXPECT_EQ(status("PUT", "/api/v1/sites/bonn?dry_run=perhaps", ada_, R"({"spec":{}})"), 400);
}

TEST_F(CatalogTest, TellsValuesAndReferencesInOneAnswer) {
  must_put("sites", "bonn", Json::object(), ada_);
  const std::string bad =
      "apiVersion: lineside/v1\nkind: Site\nname: berlin\nspec: {parent: bonn}\n---\n"
      "apiVersion: lineside/v1\nkind: Site\nname: bonn\nspec: {parent: berlin}\n---\n"
      "apiVersion: lineside/v1\nkind: Asset\nname: a1\nspec: {site: berlim, seriel: 1}\n---\n"
      "apiVersion: lineside/v1\nkind: Stream\nname: a1/t\nspec: {asset: a1, unit: Kpa}\n---\n"
      "apiVersion: lineside/v1\nkind: Asset\nname: a2\nspec: {site: esen}\n---\n"
      "apiVersion: lineside/v1\nkind: Asset\nname: a3\nspec: {site: berlin}\n";
  const Who yaml = with(ada_, {"Content-Type", "application/yaml"});
  const auto refused = ask("POST", "/api/v1/apply", yaml, bad);
  EXPECT_EQ(refused.status, 422);
  std::vector<std::string> told;
  const Json answer = Json::parse(refused.body);
  for (const Json& problem : answer["problems"])
    told.push_back(std::format("{} {} {}", problem["line"].get<int>(),
                               problem["path"].get<std::string>(),
                               problem["text"].get<std::string>()));
  EXPECT_EQ(told,
            (std::vector<std::string>{"4 spec.parent a cycle of parents",
                                      "14 spec.site unknown Site", "14 spec.seriel unknown field",
                                      "19 spec.unit unknown unit", "24 spec.site unknown Site"}))
      << refused.body;
  EXPECT_NE(refused.body.find("'berlin' perhaps"), std::string::npos) << refused.body;
  EXPECT_EQ(status("GET", "/api/v1/assets/a3", ada_), 404);
  const Json one = Json::parse(
      put("assets", "a4", {{"site", "berlim"}, {"criticality", "none"}}, ada_).body)["problems"];
  ASSERT_EQ(one.size(), 2U) << one;
  EXPECT_EQ(one[0]["path"], "spec.criticality");
  EXPECT_EQ(one[1]["text"], "unknown Site");
}

// Who may not see an object does not learn by a cycle what it is below.
TEST_F(CatalogTest, ACycleThroughWhatIsNotSeenOnlyDangles) {
  must_put("assets", "line", {{"site", "munich-line"}}, ada_);
  must_put("assets", "hidden", {{"site", "berlin-line"}, {"parent", "line"}}, ada_);
  const Who olga = person("olga", {{"ot-engineer", "munich"}}, ada_);
  const auto refused = put("assets", "line", {{"site", "munich-line"}, {"parent", "hidden"}}, olga);
  EXPECT_EQ(refused.status, 422);
  EXPECT_EQ(refused.body.find("cycle"), std::string::npos) << refused.body;
  EXPECT_NE(refused.body.find("unknown Asset"), std::string::npos) << refused.body;
}

TEST_F(CatalogTest, AppliesAllOrNothing) {
  const std::string good = R"({"items":[
      {"apiVersion":"lineside/v1","kind":"Asset","name":"a1","spec":{"site":"bonn"}},
      {"apiVersion":"lineside/v1","kind":"Site","name":"bonn","spec":{"title":"Bonn"}}]})";
  EXPECT_EQ(Json::parse(ask("POST", "/api/v1/diff", ada_, good).body)["items"][1]["change"],
            "created");
  const auto dry = ask("POST", "/api/v1/apply?dry_run=true", ada_, good);
  EXPECT_EQ(Json::parse(dry.body)["dry_run"], true) << dry.body;
  EXPECT_EQ(status("GET", "/api/v1/sites/bonn", ada_), 404);
  for (const char* odd : {"%E2%80%AE", "%C2%9B"}) {
    EXPECT_EQ(status("POST", std::format("/api/v1/apply?note={}", odd), ada_, good), 400);
    EXPECT_EQ(status("DELETE", std::format("/api/v1/sites/berlin?note={}", odd), ada_), 400);
  }
  const auto done = ask("POST", "/api/v1/apply?note=first", ada_, good);
  EXPECT_EQ(Json::parse(done.body)["items"][0],
            (Json{{"kind", "Asset"}, {"name", "a1"}, {"change", "created"}, {"revision", 1}}));
  EXPECT_EQ(get("/api/v1/assets/a1", ada_)["meta"]["note"], "first");
  const auto again = ask("POST", "/api/v1/apply", ada_, good);
  EXPECT_EQ(Json::parse(again.body)["items"][0]["change"], "unchanged");

  const std::string bad =
      "apiVersion: lineside/v1\nkind: Site\nname: essen\nspec: {}\n---\n"
      "apiVersion: lineside/v1\nkind: Asset\nname: a2\nspec: {site: esen}\n---\n"
      "apiVersion: lineside/v1\nkind: Asset\nname: a3\nspec: {site: nowhere}\n";
  const Who yaml = with(ada_, {"Content-Type", "application/yaml"});
  const auto refused = ask("POST", "/api/v1/apply", yaml, bad);
  EXPECT_EQ(refused.status, 422);
  const Json problems = Json::parse(refused.body)["problems"];
  ASSERT_EQ(problems.size(), 2U) << refused.body;
  EXPECT_EQ(problems[0]["line"], 9);
  EXPECT_NE(problems[0].dump().find("essen"), std::string::npos) << problems[0];
  EXPECT_EQ(problems[1]["line"], 14);
  EXPECT_EQ(status("GET", "/api/v1/sites/essen", ada_), 404);
}

TEST_F(CatalogTest, AConflictInABatchNamesItsObject) {
  Json object = get("/api/v1/assets/berlin-press", ada_);
  must_put("assets", "berlin-press", {{"site", "berlin"}}, ada_);
  object["spec"]["type"] = "press";
  const auto conflict = ask("POST", "/api/v1/apply", ada_, Json{{"items", {object}}}.dump());
  EXPECT_EQ(conflict.status, 409);
  EXPECT_EQ(Json::parse(conflict.body)["latest"]["name"], "berlin-press");
}

TEST_F(CatalogTest, WalksBothWays) {
  must_put("streams", "berlin-press/force", {{"asset", "berlin-press"}, {"unit", "kN"}}, ada_);
  must_put("datasets", "d1", {{"streams", {"berlin-press/force"}}}, ada_);
  const auto names = [](const Json& graph) {
    std::vector<std::string> found;
    for (const Json& node : graph["nodes"])
      found.push_back(
          std::format("{}:{}", node["depth"].get<int>(), node["name"].get<std::string>()));
    return found;
  };
  const std::string base = "/api/v1/assets/berlin-press/graph";
  EXPECT_EQ(names(get(base + "?direction=down", ada_)),
            (std::vector<std::string>{"0:berlin-press", "1:berlin-line", "2:berlin"}));
  const Json up = get(base + "?direction=up", ada_);
  EXPECT_EQ(names(up),
            (std::vector<std::string>{"0:berlin-press", "1:berlin-press/force", "2:d1"}));
  EXPECT_EQ(up["nodes"][0]["title"], "Press");
  EXPECT_EQ(up["edges"][0], (Json{{"from", {{"kind", "Stream"}, {"name", "berlin-press/force"}}},
                                  {"to", {{"kind", "Asset"}, {"name", "berlin-press"}}},
                                  {"field", "asset"}}));
  EXPECT_EQ(names(get(base + "?direction=up&depth=1", ada_)).size(), 2U);
  EXPECT_EQ(status("GET", base + "?direction=sideways", ada_), 400);
}

// A plant whose pipelines and contracts take streams by patterns: two presses on one line, a model
// version trained on one of them.
class PatternsTest : public CatalogTest {
 protected:
  PatternsTest() {
    must_put("devices", "plc", {{"site", "berlin-line"}, {"asset", "berlin-press"}}, ada_);
    must_put("assets", "berlin-press2", {{"site", "berlin-line"}}, ada_);
    for (const char* press : {"berlin-press", "berlin-press2", "munich-press"})
      for (const char* stream : {"force", "oil"})
        must_put("streams", std::format("{}/{}", press, stream), {{"asset", press}}, ada_);
    must_put("streams", "berlin-press/force", {{"asset", "berlin-press"}, {"device", "plc"}}, ada_);
    must_put("datasets", "d1", {{"streams", {"berlin-press/force"}}}, ada_);
    must_put("models", "wear", {{"owner", "ada"}}, ada_);
    must_put("model-versions", "wear-1",
             {{"model", "wear"},
              {"author", "ada"},
              {"digest", "sha256:" + std::string(64, 'a')},
              {"trained_on", {"d1"}}},
             ada_);
    must_put("contracts", "presses",
             {{"assets", "*-press*"}, {"owner", "ada"}, {"streams", {{{"stream", "*"}}}}}, ada_);
    put_pipeline("wear", {{"assets", "berlin-press*"}, {"site", "berlin"}});
    put_pipeline("heat", {{"assets", "berlin-press2"}});
    put_pipeline("south", {{"site", "munich"}});
  }

  void put_pipeline(const std::string& name, Json with) {
    with["streams"] = {"force"};
    with["windows"] = {{{"name", "w"}, {"count", 4}}};
    with["every"] = {{"count", 1}};
    with["features"] = {{{"window", "w"}, {"kinds", {"mean"}}}};
    must_put("pipelines", name, with, ada_);
  }
  // The pipeline runs the version; nobody had to approve it.
  void serve(const std::string& pipeline, const std::string& version) {
    const auto object = hub->db().catalog().get(domain::Kind::pipeline, pipeline);
    ASSERT_TRUE(object);
    Json spec = Json::parse(object->spec);
    spec["model"] = {{"version", version}};
    store::ObjectWrite write;
    write.object = {.kind = domain::Kind::pipeline, .name = pipeline, .spec = spec.dump()};
    auto refs = codec::spec_refs(domain::Kind::pipeline, write.object.spec);
    ASSERT_TRUE(refs);
    write.object.refs = std::move(refs->refs);
    write.object.terms = std::move(refs->terms);
    store::CatalogBatch batch;
    batch.writes = std::span(&write, 1);
    batch.author = "test";
    batch.actor = "test";
    batch.time = kStart;
    const auto applied = hub->apply(batch);
    ASSERT_TRUE(applied && applied->problems.empty());
  }
};

using Names = std::vector<std::string>;

TEST_F(PatternsTest, UpFromADeviceIsEverythingThatBreaks) {
  serve("wear", "wear-1");
  EXPECT_EQ(nodes("devices/plc/graph?direction=up", ada_),
            (Names{"0 Device plc", "1 Stream berlin-press/force", "2 Contract presses",
                   "2 Dataset d1", "2 Pipeline wear", "3 ModelVersion wear-1"}));
  const Json graph = get("/api/v1/streams/berlin-press/force/graph?direction=up", ada_);
  const Json taken = {{"from", {{"kind", "Pipeline"}, {"name", "wear"}}},
                      {"to", {{"kind", "Stream"}, {"name", "berlin-press/force"}}},
                      {"field", "streams"}};
  EXPECT_TRUE(std::ranges::contains(graph["edges"], taken)) << graph["edges"];
  EXPECT_EQ(graph["partial"], false);
  // Of another machine, of one that is named, of another site.
  EXPECT_EQ(nodes("streams/berlin-press2/force/graph?direction=up&depth=1", ada_),
            (Names{"0 Stream berlin-press2/force", "1 Contract presses", "1 Pipeline heat",
                   "1 Pipeline wear"}));
  EXPECT_EQ(nodes("streams/munich-press/force/graph?direction=up", ada_),
            (Names{"0 Stream munich-press/force", "1 Contract presses", "1 Pipeline south"}));
  EXPECT_EQ(nodes("streams/munich-press/oil/graph?direction=up", ada_),
            (Names{"0 Stream munich-press/oil", "1 Contract presses"}));
}

TEST_F(PatternsTest, DownFromAPredictionIsAllThatIsBehindIt) {
  serve("wear", "wear-1");
  const std::string prediction = "streams/berlin-press/wear.rul/graph?direction=down&depth=5";
  EXPECT_EQ(nodes(prediction, ada_),
            (Names{"0 Stream berlin-press/wear.rul", "1 Pipeline wear", "2 ModelVersion wear-1",
                   "2 Site berlin", "2 Stream berlin-press/force", "3 Asset berlin-press",
                   "3 Dataset d1", "3 Device plc", "3 Model wear", "3 Person ada", "4 Role admin",
                   "4 Site berlin-line"}));
  EXPECT_EQ(nodes("streams/berlin-press/wear.rul/graph?direction=up", ada_),
            (Names{"0 Stream berlin-press/wear.rul"}));
  for (const char* none :
       {"berlin-press/none.rul", "berlin-press/wear", "munich-press/wear.x", "nowhere/wear.rul",
        "berlin-press2/heat.nosuch", "berlin-press2/heat.force.w.mean.x", "berlin-press2/heat."})
    EXPECT_EQ(status("GET", std::format("/api/v1/streams/{}/graph", none), ada_), 404) << none;
  EXPECT_EQ(nodes("streams/berlin-press2/heat.force.w.mean/graph?depth=1", ada_),
            (Names{"0 Stream berlin-press2/heat.force.w.mean", "1 Pipeline heat"}));
  // What the version says of its outputs holds; one that says nothing may have any.
  must_put("model-versions", "wear-1",
           {{"model", "wear"},
            {"author", "ada"},
            {"digest", "sha256:" + std::string(64, 'a')},
            {"trained_on", {"d1"}},
            {"outputs", {"rul"}}},
           ada_);
  EXPECT_EQ(status("GET", "/api/v1/streams/berlin-press/wear.rul/graph", ada_), 200);
  EXPECT_EQ(status("GET", "/api/v1/streams/berlin-press/wear.rull/graph", ada_), 404);
  // Who may not see the machine is told the same as of what is not there.
  const Who vera = person("vera", {{"viewer", "munich"}}, ada_);
  EXPECT_EQ(error_of(ask("GET", "/api/v1/streams/berlin-press/wear.rul/graph", vera)),
            "404 not_found: no Stream 'berlin-press/wear.rul'");
  EXPECT_EQ(error_of(ask("GET", "/api/v1/streams/berlin-press/force/graph", vera)),
            "404 not_found: no Stream 'berlin-press/force'");
}

TEST_F(PatternsTest, DownFromAPipelineAreTheStreamsOfItsSite) {
  EXPECT_EQ(nodes("pipelines/wear/graph?direction=down&depth=1", ada_),
            (Names{"0 Pipeline wear", "1 Site berlin", "1 Stream berlin-press/force",
                   "1 Stream berlin-press2/force"}));
  EXPECT_EQ(nodes("pipelines/heat/graph?direction=down&depth=1", ada_),
            (Names{"0 Pipeline heat", "1 Stream berlin-press2/force"}));
  EXPECT_EQ(nodes("contracts/presses/graph?direction=down&depth=1", ada_).size(), 8U);
  // They may be many, and hide nothing else.
  serve("heat", "wear-1");
  const Json heat = get("/api/v1/pipelines/heat/graph?direction=down", ada_);
  const auto place = [&](const char* name) {
    return std::ranges::find(heat["nodes"], Json(name),
                             [](const Json& node) { return node["name"]; }) -
           heat["nodes"].begin();
  };
  EXPECT_LT(place("d1"), place("berlin-press2/force"));
  EXPECT_LT(place("berlin-press2/force"), place("berlin-press2"));
  // What is in the middle of a walk down does not lead to all its other streams.
  EXPECT_EQ(nodes("streams/berlin-press/force/graph?direction=down&depth=8", ada_),
            (Names{"0 Stream berlin-press/force", "1 Asset berlin-press", "1 Device plc",
                   "2 Site berlin-line", "3 Site berlin"}));
  // It follows what changes.
  put_pipeline("wear", {{"assets", "berlin-press"}, {"site", "berlin"}});
  EXPECT_EQ(nodes("pipelines/wear/graph?direction=down&depth=1", ada_),
            (Names{"0 Pipeline wear", "1 Site berlin", "1 Stream berlin-press/force"}));
  EXPECT_EQ(status("DELETE", "/api/v1/pipelines/wear", ada_), 204);
  EXPECT_EQ(nodes("streams/berlin-press/force/graph?direction=up&depth=1", ada_),
            (Names{"0 Stream berlin-press/force", "1 Contract presses", "1 Dataset d1"}));
}

TEST_F(PatternsTest, WhatIsNotSeenTakesNoRoom) {
  Json items = Json::array();
  const auto add = [&](const char* kind, const std::string& name, Json spec) {
    items.push_back(
        {{"apiVersion", "lineside/v1"}, {"kind", kind}, {"name", name}, {"spec", std::move(spec)}});
  };
  for (int i = 0; i < 50; ++i) {
    const std::string asset = std::format("a-{:02}", i);
    add("Asset", asset, {{"site", "berlin-line"}});
    add("Stream", asset + "/force", {{"asset", asset}});
  }
  ASSERT_EQ(status("POST", "/api/v1/apply", ada_, Json{{"items", items}}.dump()), 200);
  put_pipeline("all", Json::object());
  const Who vera = person("vera", {{"viewer", "munich"}}, ada_);
  EXPECT_EQ(nodes("pipelines/all/graph?direction=down&depth=1&limit=10", vera),
            (Names{"0 Pipeline all", "1 Stream munich-press/force"}));
}

TEST_F(PatternsTest, OfAnAssetWithManyStreamsThereAreTheFirst) {
  Json items = Json::array();
  for (int i = 0; i < 600; ++i)
    items.push_back({{"apiVersion", "lineside/v1"},
                     {"kind", "Stream"},
                     {"name", std::format("munich-press/t{:03}", i)},
                     {"spec", {{"asset", "munich-press"}}}});
  ASSERT_EQ(status("POST", "/api/v1/apply", ada_, Json{{"items", items}}.dump()), 200);
  must_put("contracts", "ts",
           {{"assets", "munich-press"}, {"owner", "ada"}, {"streams", {{{"stream", "t*"}}}}}, ada_);
  const Json graph = get("/api/v1/contracts/ts/graph?direction=down&depth=1", ada_);
  EXPECT_EQ(graph["nodes"].size(), 502U) << "with itself and its owner";
  EXPECT_EQ(graph["partial"], true);
}

TEST_F(PatternsTest, PatternsAreNotWalkedBeyondABound) {
  // More machines than are looked at, none of which has the stream.
  Json items = Json::array();
  for (int i = 0; i < 5000; ++i)
    items.push_back({{"apiVersion", "lineside/v1"},
                     {"kind", "Asset"},
                     {"name", std::format("bench-{:04}", i)},
                     {"spec", {{"site", "munich-line"}}}});
  EXPECT_EQ(status("POST", "/api/v1/apply", ada_, Json{{"items", items}}.dump()), 200);
  put_pipeline("benches", {{"assets", "bench-*"}});
  EXPECT_EQ(get("/api/v1/assets?prefix=bench-&count=true&limit=1", ada_)["count"]["count"], 5000);
  const Json graph = get("/api/v1/pipelines/benches/graph?direction=down&depth=1", ada_);
  EXPECT_EQ(graph["nodes"].size(), 1U);
  EXPECT_EQ(graph["partial"], true);
}

TEST_F(CatalogTest, PagesOfAWalkMakeTheWhole) {
  for (int i = 0; i < 30; ++i)
    must_put("assets", std::format("part-{}", i), {{"site", "berlin"}, {"parent", "berlin-press"}},
             ada_);
  const std::string base = "/api/v1/sites/berlin/graph?direction=up";
  const Json whole = get(base, ada_);
  EXPECT_TRUE(whole["next"].is_null());
  Json nodes = Json::array();
  Json edges = Json::array();
  std::string cursor;
  do {
    const Json page = get(base + "&limit=7" + (cursor.empty() ? "" : "&cursor=" + cursor), ada_);
    for (const Json& node : page["nodes"]) nodes.push_back(node);
    for (const Json& edge : page["edges"]) edges.push_back(edge);
    cursor = page["next"].is_null() ? "" : page["next"].get<std::string>();
  } while (!cursor.empty());
  EXPECT_EQ(nodes, whole["nodes"]);
  EXPECT_EQ(edges, whole["edges"]);
  EXPECT_GE(nodes.size(), 33U);
}

TEST_F(CatalogTest, FindsByAPartOfTheName) {
  const Json found = get("/api/v1/search?text=press&kind=Asset", ada_)["items"];
  EXPECT_EQ(found.size(), 2U);
  EXPECT_EQ(get("/api/v1/search?text=press&kind=assets&limit=1", ada_)["items"].size(), 1U);
  EXPECT_EQ(status("GET", "/api/v1/search?text=%20", ada_), 400);
  EXPECT_EQ(status("GET", "/api/v1/search?text=a&kind=Pump", ada_), 400);
}

TEST_F(CatalogTest, TellsWhatChangedSince) {
  const std::uint64_t leaf = hub->db().audit().checkpoint().size - 1;
  must_put("sites", "bonn", Json::object(), ada_);
  const Json changes = get(std::format("/api/v1/changes?after={}", leaf), ada_)["items"];
  ASSERT_EQ(changes.size(), 1U);
  EXPECT_EQ(changes[0]["name"], "bonn");
  EXPECT_EQ(changes[0]["change"], "created");
}

TEST_F(CatalogTest, ListenersHearEveryChangeOnceAndInOrder) {
  std::vector<std::string> heard;
  hub->on_change([&](std::span<const store::CatalogChange> changes) {
    for (const auto& change : changes) heard.push_back(change.object.name);
  });
  must_put("sites", "bonn", Json::object(), ada_);
  must_put("sites", "bonn", Json::object(), ada_);
  must_put("people", "grace", {{"active", false}}, ada_);
  EXPECT_EQ(status("DELETE", "/api/v1/sites/bonn", ada_), 204);
  EXPECT_EQ(heard, (std::vector<std::string>{"bonn", "grace", "bonn"}));
}

TEST_F(CatalogTest, EventsTellReadersWhatTheyMaySee) {
  const Who viewer = person("vera", {{"viewer", "munich"}}, ada_);
  const auto read = [](const net::HttpResponse& response) {
    std::string text;
    EXPECT_TRUE(response.stream->more(text));
    return text;
  };
  const auto all = ask("GET", "/api/v1/events", ada_);
  const auto some = ask("GET", "/api/v1/events", viewer);
  EXPECT_NE(read(all).find("event: reset"), std::string::npos);
  read(some);
  must_put("assets", "berlin-press", {{"site", "berlin"}}, ada_);
  EXPECT_NE(read(all).find("\"name\":\"berlin-press\""), std::string::npos);
  EXPECT_EQ(read(some), "");
  must_put("assets", "munich-press", {{"site", "munich"}}, ada_);
  EXPECT_NE(read(some).find("\"name\":\"munich-press\""), std::string::npos);
  clock.advance(Duration::seconds(16));
  EXPECT_EQ(status("DELETE", "/api/v1/session", viewer), 204);
  std::string text;
  EXPECT_FALSE(some.stream->more(text)) << "who has signed out reads no more";
}

TEST_F(CatalogTest, TheStatusCountsWhatTheCallerSees) {
  const Json all = get("/api/v1/status", ada_);
  EXPECT_EQ(all["counts"]["Asset"], 2);
  EXPECT_EQ(all["counts"]["Person"], 1);
  EXPECT_EQ(all["audit"]["size"], hub->db().audit().checkpoint().size);
  const Json some = get("/api/v1/status", person("vera", {{"viewer", "munich"}}, ada_));
  EXPECT_EQ(some["counts"]["Asset"], 1);
  EXPECT_FALSE(some["counts"].contains("Person"));
}

}  // namespace
}  // namespace lineside::hub
