#include "tests/hub_fixture.h"

namespace lineside::hub {
namespace {

class UnitRuleTest : public HubTest {
 protected:
  UnitRuleTest() { build_plants(ada_); }

  static std::string connection(const std::string& name, const std::string& where,
                                const std::string& unit) {
    return std::format(R"(apiVersion: lineside/v1
kind: Connection
name: {}
spec:
  protocol: mqtt
  address: 127.0.0.1:1883
{}  mappings:
    - topic: "plant/{{asset}}/oil"
      format: number
      streams:
        - stream: oil
          unit: {}
---
)",
                       name, where, unit);
  }
  static std::string contract(const std::string& name, const std::string& where,
                              const std::string& unit) {
    return std::format(R"(apiVersion: lineside/v1
kind: Contract
name: {}
spec:
  owner: maintenance
{}  streams:
    - stream: oil
      unit: {}
---
)",
                       name, where, unit);
  }
  // "" or "line: path: expected ..., found ..." of each problem.
  std::string apply(const std::string& yaml, const Who& who, bool dry_run = false) {
    const auto answer = ask("POST", dry_run ? "/api/v1/apply?dry_run=true" : "/api/v1/apply",
                            with(who, {"Content-Type", "application/yaml"}), yaml);
    if (answer.status == 200) return "";
    std::string text;
    const Json body = Json::parse(answer.body);
    for (const Json& one : body["problems"])
      text += std::format("{}: {}: {}: expected {}, found {}\n", one["line"].get<int>(),
                          one["path"].get<std::string>(), one["text"].get<std::string>(),
                          one["expected"].get<std::string>(), one["found"].get<std::string>());
    return text.empty() ? answer.body : text;
  }

  const Who ada_ = set_up();
};

TEST_F(UnitRuleTest, AConnectionHasTheUnitsOfItsContracts) {
  const std::string wrong =
      "12: spec.mappings[0].streams[0].unit: wrong unit: expected 'Cel' as "
      "contract oils asks, found 'kPa'\n";
  EXPECT_EQ(apply(connection("broker", "", "kPa") + contract("oils", "", "Cel"), ada_), wrong);
  EXPECT_EQ(status("GET", "/api/v1/connections/broker", ada_), 404) << "nothing is stored";
  EXPECT_EQ(apply(contract("oils", "", "Cel"), ada_), "");
  EXPECT_EQ(apply(connection("broker", "", "kPa"), ada_, true), wrong);
  EXPECT_EQ(apply(connection("broker", "", "kPa"), ada_), wrong);
  EXPECT_EQ(apply(connection("broker", "", "Cel"), ada_), "");
  EXPECT_EQ(apply(contract("oils", "", "kPa"), ada_),
            "8: spec.streams[0].unit: wrong unit: expected 'Cel' as connection broker maps it, "
            "found 'kPa'\n");
}

TEST_F(UnitRuleTest, OnlyWhereAnEdgeMayGetBoth) {
  EXPECT_EQ(apply(contract("oils", "  site: munich\n", "Cel"), ada_), "");
  EXPECT_EQ(apply(connection("north", "  site: berlin\n", "kPa"), ada_), "");
  must_put("devices", "edge-b", {{"site", "berlin-line"}, {"edge", true}}, ada_);
  EXPECT_EQ(apply(connection("one", "  edge: edge-b\n", "kPa"), ada_), "");
  EXPECT_NE(apply(connection("all", "", "kPa"), ada_), "");
  EXPECT_NE(apply(contract("berlin-oils", "  site: berlin-line\n", "Cel"), ada_), "")
      << "of a line below the connection's site";
  must_put("devices", "edge-b", {{"site", "munich"}, {"edge", true}}, ada_);
  EXPECT_NE(apply(connection("one", "  edge: edge-b\n", "kPa"), ada_), "") << "it has moved";
}

TEST_F(UnitRuleTest, WhatIsNotSeenHasNoName) {
  EXPECT_EQ(apply(contract("secret-oils", "  site: berlin\n", "Cel"), ada_), "");
  const Who olga = person("olga", {{"ot-engineer", "berlin-line"}}, ada_);
  const std::string told = apply(connection("broker", "  site: berlin-line\n", "kPa"), olga);
  EXPECT_EQ(told,
            "13: spec.mappings[0].streams[0].unit: wrong unit: expected 'Cel' as a contract "
            "that is not shown here asks, found 'kPa'\n");
}

// What refers to it dangles; what else is wrong with the batch is no reason to tell its unit.
TEST_F(UnitRuleTest, OfWhatIsNotSeenNoUnitIsTold) {
  EXPECT_EQ(apply(contract("secret-oils", "  site: munich\n", "Cel") +
                      connection("secret-broker", "  site: munich\n", "Cel"),
                  ada_),
            "");
  const Who olga = person("olga", {{"ot-engineer", "berlin"}}, ada_);
  for (const std::string field : {"contract", "connection"}) {
    const auto told = [&](const std::string& name) {
      const auto answer = put("streams", "berlin-press/oil",
                              {{"asset", "berlin-press"}, {"unit", "kPa"}, {field, name}}, olga);
      EXPECT_EQ(answer.status, 422);
      return std::format("{} {}", Json::parse(answer.body)["problems"].size(),
                         answer.body.contains("Cel"));
    };
    EXPECT_EQ(told(field == "contract" ? "secret-oils" : "secret-broker"), "1 false");
    EXPECT_EQ(told("none"), "1 false");
  }
}

TEST_F(UnitRuleTest, AClaimedStreamHasTheUnitOfItsContractAndConnection) {
  EXPECT_EQ(apply(contract("oils", "", "Cel") + connection("broker", "", "Cel"), ada_), "");
  const auto put_stream = [&](Json with) {
    with["asset"] = "berlin-press";
    const auto answer = put("streams", "berlin-press/oil", with, ada_);
    if (answer.status < 300) return std::string();
    const Json problem = Json::parse(answer.body)["problems"][0];
    return problem["expected"].get<std::string>() + ", " + problem["found"].get<std::string>();
  };
  EXPECT_EQ(put_stream({{"unit", "kPa"}, {"contract", "oils"}}),
            "'Cel' as contract oils asks, 'kPa'");
  EXPECT_EQ(put_stream({{"unit", "kPa"}, {"connection", "broker"}}),
            "'Cel' as connection broker maps it, 'kPa'");
  EXPECT_EQ(put_stream({{"unit", "Cel"}, {"connection", "broker"}, {"contract", "oils"}}), "");
  EXPECT_EQ(put_stream({{"unit", "kPa"}}), "") << "of neither";
  EXPECT_EQ(put_stream({{"unit", "kPa"}, {"connection", "broker"}, {"status", "unclaimed"}}), "");
}

TEST_F(UnitRuleTest, IsToldWithAllElseThatIsWrong) {
  const std::string site = "apiVersion: lineside/v1\nkind: Site\nname: s\nspec: {level: nothing}\n";
  const std::string told = apply(contract("oils", "", "Cel") + connection("broker", "", "kPa") +
                                     connection("lost", "  site: berlim\n", "Cel") + site,
                                 ada_);
  EXPECT_NE(told.find("wrong unit"), std::string::npos) << told;
  EXPECT_NE(told.find("'berlin' perhaps"), std::string::npos) << told;
  EXPECT_NE(told.find("spec.level"), std::string::npos) << told;
}

}  // namespace
}  // namespace lineside::hub
