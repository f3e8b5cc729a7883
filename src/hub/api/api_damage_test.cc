// What the API answers where rows of the hub's database were changed by hand.
#include "crypt/digest.h"
#include "tests/changed_db.h"
#include "tests/hub_fixture.h"

namespace lineside::hub {
namespace {

constexpr const char* kNotTold = "500 internal: the hub has failed; its log says why";

class ApiDamageTest : public HubTest {
 protected:
  ApiDamageTest() {
    build_plants(ada_);
    vera_ = person("vera", {{"viewer", "munich"}}, ada_);
    must_put("streams", "berlin-press/s", {{"asset", "berlin-press"}, {"unit", "bar"}}, ada_);
    must_put("streams", "berlin-press/t", {{"asset", "berlin-press"}, {"unit", "bar"}}, ada_);
  }

  void damage(const std::string& sql) { change_database(folder_ / "hub.db", sql); }
  // The answer, and what the log says of it.
  std::string told(std::string_view target, const Who& who, std::string& log) {
    testing::internal::CaptureStderr();
    const auto response = ask("GET", target, who);
    log = testing::internal::GetCapturedStderr();
    return response.status == 200 ? response.body : error_of(response);
  }
  std::vector<std::string> names(const Json& list) {
    std::vector<std::string> found;
    for (const Json& item : list["items"]) found.push_back(item["name"]);
    return found;
  }

  const Who ada_ = set_up();
  Who vera_;
};

TEST_F(ApiDamageTest, AnObjectIsNotShownAsAnotherOrElsewhere) {
  const std::string path = "/api/v1/assets/berlin-press";
  const std::string head = "Asset 'berlin-press': object.head: expected the leaf of its revision 1";
  std::string log;
  damage(
      "UPDATE object SET head = (SELECT head FROM object WHERE name = 'munich-press') "
      "WHERE name = 'berlin-press'");
  EXPECT_TRUE(told(path, ada_, log).starts_with("500 internal: " + head));
  EXPECT_TRUE(log.contains(head)) << log;
  EXPECT_EQ(status("PUT", path, ada_, R"({"spec":{"site":"berlin-line"}})"), 500);
  EXPECT_EQ(status("DELETE", path, ada_), 500);
  EXPECT_EQ(get(path + "/history", ada_)["items"].size(), 1U);

  // Of no site it would be seen by who sees something.
  damage("UPDATE object SET site = 99 WHERE name = 'berlin-press'");
  EXPECT_EQ(told(path, vera_, log), kNotTold);
  EXPECT_TRUE(log.contains(head)) << log;
  damage(
      "UPDATE object SET head = (SELECT leaf FROM revision WHERE object = object.id) "
      "WHERE name = 'berlin-press'");
  EXPECT_EQ(told(path, vera_, log), kNotTold);
  EXPECT_TRUE(
      log.contains("Asset 'berlin-press': object.site: expected the id of a Site, found 99"))
      << log;
}

// Nor is anything read of it but where it is: what is hidden may be large, long or damaged, and is
// answered as what never was.
TEST_F(ApiDamageTest, NothingIsReadOfWhatTheCallerDoesNotSee) {
  const Who mia = person("mia", {{"ot-engineer", "munich"}}, ada_);
  must_put("assets", "berlin-saw", {{"site", "berlin-line"}}, ada_);
  EXPECT_EQ(status("DELETE", "/api/v1/assets/berlin-saw", ada_), 204);
  damage(
      "UPDATE revision SET what = 77, spec = 'no JSON' WHERE object IN "
      "(SELECT id FROM object WHERE name LIKE 'berlin-press%' "
      "UNION ALL SELECT id FROM buried WHERE name = 'berlin-saw')");
  damage("UPDATE object SET head = 0 WHERE name LIKE 'berlin-press%'");
  const auto alike = [&](std::string method, const std::string& path, const std::string& body) {
    const auto told = [&](const std::string& name) {
      const auto put_in = [&](std::string text) {
        for (auto at = text.find("NAME"); at != std::string::npos; at = text.find("NAME"))
          text.replace(at, 4, name);
        return text;
      };
      const auto response = ask(method, "/api/v1/" + put_in(path), mia, put_in(body));
      EXPECT_LT(response.status, 500) << path << " " << response.body;
      std::string text = std::to_string(response.status) + response.body;
      for (auto at = text.find(name); at != std::string::npos; at = text.find(name))
        text.replace(at, name.size(), "NAME");
      return text;
    };
    EXPECT_EQ(told("berlin-press"), told("berlin-nowhere")) << method << " " << path;
    EXPECT_EQ(told("berlin-saw"), told("berlin-nowhere")) << method << " " << path;
  };
  for (const char* rest : {"", "?revision=1", "?revision=9", "/history", "/history?before=9",
                           "/diff?from=0", "/diff?from=1", "/graph"})
    alike("GET", std::string("assets/NAME") + rest, "");
  alike("DELETE", "assets/NAME", "");
  alike("POST", "assets/NAME/restore", R"({"revision":1})");
  const std::string batch =
      R"([{"apiVersion":"lineside/v1","kind":"Asset","name":"NAME","spec":{"site":"munich"}}])";
  alike("POST", "delete", batch);
  alike("POST", "diff", batch);
  alike("GET", "streams?asset=NAME", "");
  alike("PUT", "streams/munich-press/x", R"({"spec":{"asset":"NAME","unit":"bar"}})");
  const std::string taken = R"({"spec":{"site":"munich-line"}})";
  EXPECT_EQ(status("PUT", "/api/v1/assets/berlin-press", mia, taken), 403);
}

TEST_F(ApiDamageTest, AListIsTheRestOfIt) {
  std::string log;
  EXPECT_FALSE(get("/api/v1/assets", ada_).contains("damaged"));
  damage("UPDATE object SET head = 0 WHERE name = 'berlin-press'");
  const Json list = Json::parse(told("/api/v1/assets", ada_, log));
  EXPECT_EQ(names(list), std::vector<std::string>{"munich-press"});
  EXPECT_EQ(list["damaged"], 1);
  EXPECT_TRUE(log.contains("left out of a list: Asset 'berlin-press': object.head: ")) << log;
  const Json found = Json::parse(told("/api/v1/search?text=berlin-", ada_, log));
  EXPECT_EQ(found["damaged"], 1);
  EXPECT_TRUE(std::ranges::contains(names(found), "berlin-line"));
  EXPECT_TRUE(log.contains("left out of a list: Asset 'berlin-press': ")) << log;

  // A walk goes past it, and says that it has not seen all.
  const Json up = get("/api/v1/sites/berlin-line/graph?direction=up", ada_);
  EXPECT_EQ(up["nodes"].size(), 4U) << up.dump();
  EXPECT_EQ(up["partial"], true);
  damage("UPDATE object SET site = 99 WHERE name = 'berlin-press/s'");
  EXPECT_EQ(get("/api/v1/sites/berlin-line/graph?direction=up", ada_)["partial"], true);
  EXPECT_EQ(get("/api/v1/sites/munich-line/graph?direction=up", ada_)["partial"], false);

  // Nor does it keep the hub from starting.
  close();
  open();
  EXPECT_EQ(names(get("/api/v1/assets", sign_in("ada"))), std::vector<std::string>{"munich-press"});
}

TEST_F(ApiDamageTest, WhatIsPastIsTheRestOfIt) {
  const std::string path = "/api/v1/assets/berlin-press";
  for (const char* title : {"a", "b"})
    must_put("assets", "berlin-press", {{"site", "berlin-line"}, {"title", title}}, ada_);
  const auto revisions = [](const Json& list) {
    std::vector<int> found;
    for (const Json& item : list["items"]) found.push_back(item["revision"]);
    return found;
  };
  EXPECT_EQ(get(path + "/history", ada_)["damaged"], nullptr);
  const std::size_t all = get("/api/v1/changes", ada_)["items"].size();
  damage(
      "UPDATE revision SET what = 77 WHERE number = 2 AND object = "
      "(SELECT id FROM object WHERE name = 'berlin-press')");
  std::string log;
  const Json history = Json::parse(told(path + "/history", ada_, log));
  EXPECT_EQ(revisions(history), (std::vector<int>{3, 1}));
  EXPECT_EQ(history["damaged"], 1);
  EXPECT_TRUE(log.contains("left out of a list: Asset 'berlin-press': revision.what: ")) << log;
  // Each page tells of its own.
  const Json first = get(path + "/history?limit=1", ada_);
  EXPECT_EQ(revisions(first), std::vector<int>{3});
  EXPECT_EQ(first["damaged"], nullptr);
  EXPECT_EQ(first["next"], "3");
  const Json second = get(path + "/history?limit=1&before=3", ada_);
  EXPECT_EQ(revisions(second), std::vector<int>{1});
  EXPECT_EQ(second["damaged"], 1);

  const Json changes = get("/api/v1/changes?limit=1000", ada_);
  EXPECT_EQ(changes["items"].size(), all - 1);
  EXPECT_EQ(changes["damaged"], 1);
  // Page by page to the end, past the one that is damaged.
  std::size_t seen = 0;
  std::string after;
  for (std::size_t pages = 0; pages <= all; ++pages) {
    const Json page = get("/api/v1/changes?limit=1" + after, ada_);
    seen += page["items"].size();
    if (page["next"].is_null()) break;
    after = "&after=" + page["next"].get<std::string>();
  }
  EXPECT_EQ(seen, all - 1);
  // Who does not see what is damaged is told nothing of it.
  EXPECT_EQ(get("/api/v1/changes?limit=1000", vera_)["damaged"], nullptr);
}

TEST_F(ApiDamageTest, AnEnrolmentThatIsDamagedIsLeftOutAndCanGo) {
  for (const char* name : {"hall-1", "hall-2"})
    ASSERT_EQ(
        status("POST", "/api/v1/enrolments", ada_,
               Json{{"name", name}, {"site", "berlin"}, {"uses", 2}, {"expires_in", "1h"}}.dump()),
        201);
  damage("UPDATE enrolment_token SET uses = -5 WHERE name = 'hall-1'");
  std::string log;
  const Json list = Json::parse(told("/api/v1/enrolments", ada_, log));
  EXPECT_EQ(names(list), std::vector<std::string>{"hall-2"});
  EXPECT_EQ(list["damaged"], 1);
  EXPECT_TRUE(log.contains("left out of a list: enrolment_token.uses: ")) << log;
  EXPECT_EQ(status("DELETE", "/api/v1/enrolments/hall-2", ada_), 204);
  EXPECT_EQ(status("DELETE", "/api/v1/enrolments/hall-1", ada_), 204);
  EXPECT_EQ(get("/api/v1/enrolments", ada_)["damaged"], nullptr);
}

TEST_F(ApiDamageTest, AHubThatCannotReadItsRolesSaysHowToGoOn) {
  close();
  damage("UPDATE object SET head = 0 WHERE name = 'auditor'");
  const auto opened = Hub::open(options(), {world::system_files(), clock, random});
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code, Code::corrupt);
  EXPECT_TRUE(opened.error().text.starts_with("Role 'auditor': object.head: "))
      << opened.error().text;
  EXPECT_TRUE(opened.error().text.contains("`lineside help restore`")) << opened.error().text;
}

TEST_F(ApiDamageTest, NobodyActsByWhatIsDamaged) {
  std::string log;
  must_put("people", "root", {{"roles", {{{"role", "admin"}}}}}, ada_);
  damage(
      "UPDATE object SET head = (SELECT head FROM object WHERE name = 'root'), revision = 1 "
      "WHERE name = 'vera'");
  // Grants are known until something changes among people.
  must_put("roles", "shop", {{"permissions", {"read"}}}, ada_);
  EXPECT_EQ(told("/api/v1/assets", vera_, log), kNotTold);
  EXPECT_TRUE(log.contains("Person 'vera': object.head: expected the leaf of its revision")) << log;
}

TEST_F(ApiDamageTest, AnApprovalThatStandsForNothingIsNone) {
  const Who otto = person("otto", {{"ot-engineer", ""}}, ada_);
  must_put("models", "rul", {{"owner", "data"}}, ada_);
  for (const char* name : {"rul-1", "rul-2", "rul-3"}) {
    const std::string digest = "sha256:" + crypt::sha256_hex(as_bytes(std::string_view(name)));
    EXPECT_EQ(ask("POST", "/api/v1/artifacts?digest=" + digest,
                  with(ada_, {"Content-Type", "application/octet-stream"}), name)
                  .status,
              201);
    must_put("model-versions", name, {{"model", "rul"}, {"digest", digest}, {"author", "ada"}},
             ada_);
    EXPECT_EQ(status("POST", "/api/v1/approvals", ada_, Json{{"model_version", name}}.dump()), 201);
  }
  damage(
      "UPDATE approval SET state = 77 WHERE id = 1;"
      "UPDATE object SET head = 0 WHERE name = 'rul-2'");
  std::string log;
  const std::string state = "approval.state: expected a number that stands for something, found 77";
  EXPECT_EQ(told("/api/v1/approvals/1", ada_, log), "500 internal: " + state + ", in row 1");
  EXPECT_TRUE(log.contains(state)) << log;
  const Json list = Json::parse(told("/api/v1/approvals", otto, log));
  EXPECT_EQ(names(list), (std::vector<std::string>{"rul-3", "rul-2"}));
  EXPECT_EQ(list["damaged"], 1);
  EXPECT_EQ(list["items"][1]["why_not"],
            "what is stored of the version or of who made it is damaged");
  EXPECT_EQ(list["items"][1]["may_decide"], false);
  EXPECT_TRUE(log.contains("left out of a list: " + state + ", in row 1")) << log;
  EXPECT_TRUE(log.contains("approval 2: ModelVersion 'rul-2': object.head: ")) << log;
  EXPECT_TRUE(get("/api/v1/approvals?state=approved", ada_)["items"].empty());
  Json pipeline = Json::parse(R"({"streams":["s"],"windows":[{"name":"w","count":3}],
      "every":{"count":1},"features":[{"window":"w","kinds":["mean"]}]})");
  pipeline["model"] = {{"version", "rul-1"}};
  EXPECT_EQ(put("pipelines", "p", pipeline, ada_).status, 500) << "never as approved";
}

}  // namespace
}  // namespace lineside::hub
