#include "hub/catalog/warnings.h"
#include "tests/changed_db.h"
#include "tests/hub_fixture.h"

namespace lineside::hub {
namespace {

using Texts = std::vector<std::string>;

class WriteWarningsTest : public HubTest {
 protected:
  WriteWarningsTest() { build_plants(ada_); }

  void enrol(const std::string& edge, const std::string& site) {
    must_put("devices", edge, {{"site", site}, {"edge", true}}, ada_);
    ASSERT_TRUE(hub->db().edges().enrol({.serial = edge + "1",
                                         .edge = edge,
                                         .fingerprint = edge + "f",
                                         .issued = clock.now(),
                                         .not_after = clock.now() + Duration::seconds(86'400)},
                                        site, {}));
  }
  // `where`: {"site": ..., "edge": ...}.
  static Json connection(const std::string& stream, Json where = Json::object()) {
    where.update({{"protocol", "mqtt"},
                  {"address", "127.0.0.1:1883"},
                  {"mappings",
                   {{{"topic", "plant/{asset}/oil"},
                     {"format", "number"},
                     {"streams", {{{"stream", stream}, {"unit", "Cel"}}}}}}}});
    return where;
  }
  static Json pipeline(const Texts& streams, Json where = Json::object()) {
    where.update({{"streams", streams},
                  {"windows", {{{"name", "w"}, {"count", 5}}}},
                  {"every", {{"count", 1}}},
                  {"features", {{{"window", "w"}, {"kinds", {"mean"}}}}}});
    return where;
  }
  static Json object(const std::string& kind, const std::string& name, const Json& spec) {
    return {{"apiVersion", "lineside/v1"}, {"kind", kind}, {"name", name}, {"spec", spec}};
  }
  Texts apply(const Json& objects, const Who& who, const std::string& query = "") {
    const auto answer = ask("POST", "/api/v1/apply" + query, who, objects.dump());
    EXPECT_EQ(answer.status, 200) << answer.body;
    return answer.status == 200 ? Json::parse(answer.body)["warnings"].get<Texts>() : Texts{};
  }
  // Of a pipeline "oil" that is tried out.
  Texts warnings(const Texts& streams, const Json& where, const Who& who) {
    return apply({object("Pipeline", "oil", pipeline(streams, where))}, who, "?dry_run=true");
  }

  const Who ada_ = set_up();
};

constexpr const char* kBare =
    "pipeline oil reads 'oil', which no connection maps; an edge that gets it takes over nothing "
    "new until one does";

TEST_F(WriteWarningsTest, AStreamThatNothingMapsIsToldAndStored) {
  const Json bare = {object("Pipeline", "oil", pipeline({"oil"}))};
  EXPECT_EQ(apply(bare, ada_, "?dry_run=true"), Texts{kBare});
  EXPECT_EQ(status("GET", "/api/v1/pipelines/oil", ada_), 404) << "a dry run";
  EXPECT_EQ(apply(bare, ada_), Texts{kBare});
  EXPECT_EQ(status("GET", "/api/v1/pipelines/oil", ada_), 200) << "the order is free";
  EXPECT_EQ(apply({object("Connection", "broker", connection("oil"))}, ada_), Texts());
  EXPECT_EQ(apply(bare, ada_), Texts());
}

TEST_F(WriteWarningsTest, TheBatchCountsAsItWillBe) {
  const Json both = {object("Pipeline", "oil", pipeline({"oil"})),
                     object("Connection", "broker", connection("oil"))};
  EXPECT_EQ(apply(both, ada_, "?dry_run=true"), Texts());
  EXPECT_EQ(apply(both, ada_), Texts());
  const Json renamed = {object("Pipeline", "oil", pipeline({"oil"})),
                        object("Connection", "broker", connection("oils"))};
  const std::string near =
      "pipeline oil reads 'oil', which no connection maps, did you mean 'oils'; an edge that gets "
      "it takes over nothing new until one does";
  EXPECT_EQ(apply(renamed, ada_, "?dry_run=true"), Texts{near});
  EXPECT_EQ(apply(renamed, ada_), Texts{near});
  // A site that comes with the batch, below that of the connection.
  must_put("connections", "broker", connection("oil", {{"site", "berlin"}}), ada_);
  const Json below = {object("Site", "berlin-cell", {{"parent", "berlin-line"}}),
                      object("Pipeline", "oil", pipeline({"oil"}, {{"site", "berlin-cell"}}))};
  EXPECT_EQ(apply(below, ada_, "?dry_run=true"), Texts());
}

TEST_F(WriteWarningsTest, OnlyConnectionsOfItsEdgesCount) {
  must_put("connections", "broker", connection("oil", {{"site", "munich"}}), ada_);
  EXPECT_EQ(warnings({"oil"}, {{"site", "munich-line"}}, ada_), Texts());
  EXPECT_EQ(warnings({"oil"}, {}, ada_), Texts()) << "an edge of munich may get both";
  EXPECT_EQ(warnings({"oil"}, {{"site", "berlin"}}, ada_),
            Texts{"pipeline oil reads 'oil', which no connection maps (connection broker does, for "
                  "others); an edge that gets it takes over nothing new until one does"});
  EXPECT_EQ(warnings({"oils"}, {{"site", "berlin"}}, ada_).at(0).find("did you mean"),
            std::string::npos)
      << "a name that is as little mapped there";
  must_put("devices", "b1", {{"site", "berlin-line"}, {"edge", true}}, ada_);
  must_put("devices", "b2", {{"site", "berlin-line"}, {"edge", true}}, ada_);
  must_put("connections", "own", connection("oil", {{"edge", "b1"}}), ada_);
  EXPECT_EQ(warnings({"oil"}, {{"edge", "b1"}}, ada_), Texts());
  EXPECT_EQ(warnings({"oil"}, {{"site", "berlin"}}, ada_), Texts());
  EXPECT_EQ(warnings({"oil"}, {{"edge", "b2"}}, ada_),
            Texts{"pipeline oil reads 'oil', which no connection maps for edge b2 (connection "
                  "broker does, for others); that edge takes over nothing new until one does"});
  must_put("connections", "own", connection("oil", {{"site", "berlin"}}), ada_);
  EXPECT_EQ(warnings({"oil"}, {{"edge", "b2"}}, ada_), Texts());
}

TEST_F(WriteWarningsTest, AnEdgeThatHasJoinedIsNamed) {
  enrol("b1", "berlin-line");
  enrol("b2", "berlin-line");
  must_put("connections", "own", connection("oil", {{"edge", "b1"}}), ada_);
  const Texts told{
      "pipeline oil reads 'oil', which no connection maps for edge b2 (connection own does, for "
      "others); that edge takes over nothing new until one does"};
  EXPECT_EQ(warnings({"oil"}, {{"site", "berlin"}}, ada_), told);
  EXPECT_EQ(warnings({"oil"}, {{"site", "munich"}}, ada_).size(), 1U) << "of no edge there";
  ASSERT_TRUE(hub->db().edges().revoke("b2", {clock.now(), "ada", "stolen"}, {}));
  EXPECT_EQ(warnings({"oil"}, {{"site", "berlin"}}, ada_), Texts());
}

TEST_F(WriteWarningsTest, WhatIsNotSeenIsAsIfItWereNotThere) {
  enrol("m1", "munich-line");
  const Who olga = person("olga", {{"ot-engineer", "berlin-line"}}, ada_);
  const Json where = {{"site", "berlin-line"}};
  const auto ask_olga = [&] { return warnings({"oil"}, where, olga); };
  const Texts before = ask_olga();
  EXPECT_EQ(before, Texts{"pipeline oil reads 'oil', which no connection that you may see maps; an "
                          "edge that gets it takes over nothing new until one does"});
  for (const char* stream : {"oil", "oils"}) {
    must_put("connections", "hidden", connection(stream, {{"site", "berlin"}}), ada_);
    EXPECT_EQ(ask_olga(), before) << stream;
    must_put("connections", "hidden", connection(stream, {{"edge", "m1"}}), ada_);
    EXPECT_EQ(ask_olga(), before) << stream;
  }
  must_put("connections", "own", connection("oil", where), ada_);
  EXPECT_EQ(ask_olga(), Texts());
  // Who may write and sees no connection learns nothing of any.
  must_put("roles", "writer", {{"title", "w"}, {"permissions", {"write_pipelines"}}}, ada_);
  const Who blind = person("blind", {{"writer", ""}}, ada_);
  EXPECT_EQ(warnings({"nothing"}, Json::object(), blind), Texts());
}

TEST_F(WriteWarningsTest, WhoWritesOneObjectIsToldInItsMeta) {
  const auto meta = [&](const net::HttpResponse& answer) {
    EXPECT_LT(answer.status, 300) << answer.body;
    return Json::parse(answer.body)["meta"];
  };
  const std::string body = Json{{"spec", pipeline({"oil"})}}.dump();
  const Json told = {kBare};
  EXPECT_EQ(meta(ask("PUT", "/api/v1/pipelines/oil?dry_run=true", ada_, body))["warnings"], told);
  const auto stored = ask("PUT", "/api/v1/pipelines/oil", ada_, body);
  EXPECT_EQ(meta(stored)["warnings"], told);
  EXPECT_FALSE(get("/api/v1/pipelines/oil", ada_)["meta"].contains("warnings"));
  EXPECT_EQ(status("PUT", "/api/v1/pipelines/oil", ada_, stored.body), 200)
      << "what was told may be sent back";
  EXPECT_EQ(
      meta(ask("POST", "/api/v1/pipelines/oil/restore", ada_, R"({"revision":1})"))["warnings"],
      told);
  must_put("connections", "broker", connection("oil"), ada_);
  EXPECT_FALSE(meta(ask("PUT", "/api/v1/pipelines/oil", ada_, body)).contains("warnings"));
}

TEST_F(WriteWarningsTest, WhatIsDamagedMayMapIt) {
  must_put("connections", "broker", connection("heat"), ada_);
  EXPECT_EQ(warnings({"oil"}, Json::object(), ada_).size(), 1U);
  change_database(folder_ / "hub.db", "UPDATE object SET head = 0 WHERE name = 'broker'");
  EXPECT_EQ(warnings({"oil"}, Json::object(), ada_), Texts());
}

TEST_F(WriteWarningsTest, AreFewAndOfPipelinesThatStay) {
  Json many = Json::array();
  for (std::size_t i = 0; i < kWarningsMax + 5; ++i)
    many.push_back(object("Pipeline", std::format("p{}", i), pipeline({"oil", "heat"})));
  EXPECT_EQ(apply(many, ada_).size(), kWarningsMax);
  const auto answer = ask("POST", "/api/v1/delete", ada_, many.dump());
  EXPECT_EQ(Json::parse(answer.body)["warnings"], Json::array());
  EXPECT_EQ(apply({object("Site", "paris", Json::object())}, ada_), Texts());
}

// Names that are compared take their time, and whoever writes many has others wait.
TEST_F(WriteWarningsTest, OfVeryManyNamesNoneIsSoughtThatWasMeant) {
  const auto warned_of = [&](std::size_t streams) {
    Json broker = connection("oil");
    for (std::size_t i = 1; i < streams; ++i) {
      Json one = broker["mappings"][0];
      one["topic"] = std::format("plant/{{asset}}/s{}", i);
      one["streams"][0]["stream"] = std::format("s{}", i);
      broker["mappings"].push_back(std::move(one));
    }
    const Texts told = apply(
        {object("Connection", "broker", broker), object("Pipeline", "oil", pipeline({"oill"}))},
        ada_, "?dry_run=true");
    return told.size() == 1 ? told[0] : std::string();
  };
  EXPECT_TRUE(warned_of(100).contains("did you mean 'oil'"));
  EXPECT_TRUE(warned_of(5'001).starts_with("pipeline oil reads 'oill'"));
  EXPECT_FALSE(warned_of(5'001).contains("did you mean"));
}

TEST_F(WriteWarningsTest, ATokenThatHasExpiredIsTold) {
  const auto token = [&](Duration from_now) {
    return object("Token", "ci",
                  {{"role", "viewer"}, {"expires", format_iso(clock.now() + from_now)}});
  };
  EXPECT_EQ(apply({token(Duration::seconds(60))}, ada_), Texts{});
  const Texts told = apply({token(Duration::seconds(-60))}, ada_);
  ASSERT_EQ(told.size(), 1U);
  EXPECT_TRUE(told[0].starts_with("token ci has expired at ")) << told[0];
}

}  // namespace
}  // namespace lineside::hub
