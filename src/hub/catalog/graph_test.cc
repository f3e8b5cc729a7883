// People behind objects, and what an edge runs, in walks through the API.
#include <algorithm>
#include <format>

#include "tests/hub_fixture.h"

namespace lineside::hub {
namespace {

using NodeNames = std::vector<std::string>;

class GraphTest : public HubTest {
 protected:
  GraphTest() { build_plants(ada_); }

  bool has(const NodeNames& found, std::string_view text) {
    return std::ranges::any_of(found, [&](const auto& one) { return one.ends_with(text); });
  }

  const Who ada_ = set_up();
};

TEST_F(GraphTest, OwnersAreBehindWhatTheyOwn) {
  person("otto", {{"viewer", ""}}, ada_);
  must_put("devices", "plc", {{"site", "berlin-line"}, {"owner", "otto"}}, ada_);
  must_put("devices", "other", {{"site", "berlin-line"}, {"owner", "team maintenance"}}, ada_);
  must_put("models", "wear", {{"owner", "otto"}}, ada_);
  EXPECT_EQ(nodes("devices/plc/graph?direction=down&depth=1", ada_),
            (NodeNames{"0 Device plc", "1 Person otto", "1 Site berlin-line"}));
  EXPECT_EQ(nodes("devices/other/graph?direction=down&depth=1", ada_),
            (NodeNames{"0 Device other", "1 Site berlin-line"}));
  EXPECT_EQ(nodes("people/otto/graph?direction=up", ada_),
            (NodeNames{"0 Person otto", "1 Device plc", "1 Model wear"}));
  const Json graph = get("/api/v1/people/otto/graph?direction=up", ada_);
  const Json owned = {{"from", {{"kind", "Device"}, {"name", "plc"}}},
                      {"to", {{"kind", "Person"}, {"name", "otto"}}},
                      {"field", "owner"}};
  EXPECT_TRUE(std::ranges::contains(graph["edges"], owned)) << graph["edges"];
  // Nor does a walk tell who people are to whom people are not shown.
  const Who vera = person("vera", {{"viewer", "berlin"}}, ada_);
  EXPECT_FALSE(has(nodes("devices/plc/graph?direction=down", vera), "Person otto"));
}

TEST_F(GraphTest, WhoApprovedIsBehindAVersion) {
  must_put("models", "wear", {{"owner", "team"}}, ada_);
  const std::string digest = "sha256:" + std::string(64, 'a');
  must_put("model-versions", "wear-1", {{"model", "wear"}, {"author", "ada"}, {"digest", digest}},
           ada_);
  person("otto", {{"viewer", ""}}, ada_);
  person("olga", {{"viewer", ""}}, ada_);
  store::HubApprovals& approvals = hub->db().approvals();
  const auto approve = [&](const std::string& by, const std::string& what) {
    store::Approval approval{.subject = {domain::Kind::model_version, "wear-1"},
                             .digest = what,
                             .purpose = "{}",
                             .requested_by = "ada",
                             .requested = clock.now()};
    const auto id = approvals.request(approval, {});
    ASSERT_TRUE(id);
    approval.id = *id;
    approval.state = store::ApprovalState::approved;
    approval.decided_by = by;
    approval.decided = clock.now();
    ASSERT_TRUE(approvals.decide(approval, {}));
  };
  approve("olga", "sha256:" + std::string(64, 'b'));
  approve("otto", digest);
  const NodeNames down = nodes("model-versions/wear-1/graph?direction=down&depth=1", ada_);
  EXPECT_EQ(down,
            (NodeNames{"0 ModelVersion wear-1", "1 Model wear", "1 Person ada", "1 Person otto"}));
  EXPECT_EQ(nodes("people/otto/graph?direction=up", ada_),
            (NodeNames{"0 Person otto", "1 ModelVersion wear-1"}));
}

TEST_F(GraphTest, WhatAnEdgeRunsBreaksWithIt) {
  must_put("devices", "press-edge", {{"site", "berlin-line"}, {"edge", true}}, ada_);
  must_put("devices", "plc", {{"site", "berlin-line"}}, ada_);
  const auto put_pipeline = [&](const std::string& name, Json with) {
    with["assets"] = "*";
    with["streams"] = {"force"};
    with["windows"] = {{{"name", "w"}, {"count", 4}}};
    with["every"] = {{"count", 1}};
    with["features"] = {{{"window", "w"}, {"kinds", {"mean"}}}};
    must_put("pipelines", name, with, ada_);
  };
  const auto put_connection = [&](const std::string& name, Json with) {
    with["protocol"] = "mqtt";
    with["address"] = "127.0.0.1:1883";
    with["mappings"] = {
        {{"topic", name + "/{asset}"}, {"format", "number"}, {"streams", {{{"stream", "force"}}}}}};
    must_put("connections", name, with, ada_);
  };
  put_pipeline("all", Json::object());
  put_pipeline("berlin", {{"site", "berlin"}});
  put_pipeline("munich", {{"site", "munich"}});
  put_pipeline("own", {{"edge", "press-edge"}});
  put_connection("broker", {{"site", "berlin-line"}});
  put_connection("south", {{"site", "munich"}});
  put_connection("everywhere", Json::object());
  EXPECT_EQ(nodes("devices/press-edge/graph?direction=up&depth=1", ada_),
            (NodeNames{"0 Device press-edge", "1 Connection broker", "1 Connection everywhere",
                       "1 Pipeline all", "1 Pipeline berlin", "1 Pipeline own"}));
  EXPECT_EQ(nodes("devices/plc/graph?direction=up&depth=1", ada_), NodeNames{"0 Device plc"});
}

TEST_F(GraphTest, AMisspeltStartIsToldWithWhatMayHaveBeenMeant) {
  must_put("streams", "berlin-press/force", {{"asset", "berlin-press"}}, ada_);
  must_put("pipelines", "heat",
           {{"assets", "*-press"},
            {"streams", {"force"}},
            {"windows", {{{"name", "w"}, {"count", 4}}}},
            {"every", {{"count", 1}}},
            {"features", {{{"window", "w"}, {"kinds", {"mean"}}}}}},
           ada_);
  const auto told = [&](const std::string& path, const Who& who) {
    return error_of(ask("GET", "/api/v1/" + path, who));
  };
  for (const char* end : {"", "/graph"})
    EXPECT_EQ(told(std::format("assets/berlin-pres{}", end), ada_),
              "404 not_found: no Asset 'berlin-pres', did you mean 'berlin-press'");
  EXPECT_EQ(told("streams/berlin-press/forse/graph", ada_),
            "404 not_found: no Stream 'berlin-press/forse', did you mean 'berlin-press/force'");
  for (const char* wrong : {"heat.force.w.maen", "haet.force.w.mean", "heat.force.mean"})
    EXPECT_EQ(told(std::format("streams/berlin-press/{}/graph", wrong), ada_),
              std::format("404 not_found: no Stream 'berlin-press/{}', did you mean "
                          "'berlin-press/heat.force.w.mean'",
                          wrong));
  EXPECT_EQ(told("streams/nowhere/heat.force.w.maen/graph", ada_),
            "404 not_found: no Stream 'nowhere/heat.force.w.maen'");
  // Nothing is told of what is not seen.
  const Who vera = person("vera", {{"viewer", "munich"}}, ada_);
  EXPECT_EQ(told("assets/berlin-pres/graph", vera), "404 not_found: no Asset 'berlin-pres'");
  EXPECT_EQ(told("streams/berlin-press/heat.force.w.maen/graph", vera),
            "404 not_found: no Stream 'berlin-press/heat.force.w.maen'");
}

}  // namespace
}  // namespace lineside::hub
