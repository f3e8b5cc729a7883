// What `lineside apply` and `lineside diff` say of manifests that are wrong, against a real hub.
#include "tests/hub_verbs_fixture.h"

namespace lineside::cli {
namespace {

using HubManifestsTest = HubVerbsTest;

// One file that cannot be read hides no mistake of the others.
TEST_F(HubManifestsTest, ABrokenFileHidesNoMistakeOfOthers) {
  apply_plant();
  write("plant/a.yaml", "apiVersion: lineside/v1\nkind: Asset\nname: line-11\nspec: {site: [\n");
  write("plant/b.yaml",
        "apiVersion: lineside/v1\nkind: Asset\nname: oven\nspec: {site: munich}\n---\n"
        "apiVersion: lineside/v1\nkind: Asset\nname: mill\n"
        "spec: {site: berlin, parent: line-11}\n---\n"
        "apiVersion: lineside/v1\nkind: Asset\nname: saw\n"
        "spec: {site: berlin, parent: line-1}\n");
  for (const Arguments& verb : {Arguments{"apply"}, {"apply", "--dry-run"}, {"diff"}}) {
    Arguments arguments = verb;
    arguments.push_back(path("plant"));
    const Said said = ask(arguments);
    EXPECT_EQ(said.code, 2);
    EXPECT_TRUE(said.err.starts_with(path("plant/a.yaml") + ":")) << said.err;
    EXPECT_TRUE(said.err.contains(":4:14: spec.site: unknown Site")) << said.err;
    EXPECT_TRUE(said.err.contains(": spec.parent: unknown Asset")) << said.err;
    EXPECT_FALSE(said.err.contains("'line-11'")) << "it may be in a.yaml: " << said.err;
    EXPECT_TRUE(said.err.ends_with(std::format(
        "lineside {0}: references to what may be in {1} are told once that can be read\n"
        "lineside {0}: 3 problems{2}\n",
        verb[0], path("plant/a.yaml"), verb[0] == "diff" ? "" : ", nothing was stored")))
        << said.err;
    EXPECT_EQ(said.out, "");
  }
  EXPECT_EQ(ask({"get", "asset", "saw"}).code, 3);
}

TEST_F(HubManifestsTest, ABrokenFileHidesNoRightsAndRevisions) {
  apply_plant();
  write("plant/a.yaml", "kind: [\n");
  write("plant/b.yaml", "apiVersion: lineside/v1\nkind: Site\nname: munich\nspec: {}\n");
  write(
      "plant/c.yaml",
      "apiVersion: lineside/v1\nkind: Stream\nname: press/oil\nspec: {asset: press, unit: Kel}\n");
  const std::string admin = read(path("token"));
  write("token", token("robot", {{"role", "ot-engineer"}, {"site", "berlin"}}) + "\n");
  Said said = ask({"apply", path("plant")});
  EXPECT_EQ(said.code, 2);
  EXPECT_TRUE(said.err.contains(path("plant/b.yaml") + ":3:7: Site/munich: ")) << said.err;
  EXPECT_TRUE(said.err.contains("expected permission write_")) << said.err;
  EXPECT_TRUE(said.err.contains(path("plant/c.yaml") + ":4:28: spec.unit: ")) << said.err;
  EXPECT_TRUE(said.err.ends_with("lineside apply: 3 problems, nothing was stored\n")) << said.err;
  write("token", admin);
  write("plant/b.yaml",
        "apiVersion: lineside/v1\nkind: Site\nname: berlin\nmeta: {revision: 7}\nspec: {}\n");
  said = ask({"apply", path("plant")});
  EXPECT_EQ(said.code, 2);
  EXPECT_TRUE(said.err.contains(path("plant/b.yaml") + ":4:18: meta.revision: Site 'berlin': "))
      << said.err;
}

TEST_F(HubManifestsTest, ADiffTellsWhatAnApplyWould) {
  apply_plant();
  write("dangling.yaml",
        "apiVersion: lineside/v1\nkind: Asset\nname: oven\nspec: {site: berlim}\n");
  write("stale.yaml",
        "apiVersion: lineside/v1\nkind: Site\nname: berlin\nmeta: {revision: 7}\n"
        "spec: {title: B}\n");
  for (const char* file : {"dangling.yaml", "stale.yaml"}) {
    const Said tried = ask({"apply", path(file), "--dry-run"});
    const Said said = ask({"diff", path(file)});
    EXPECT_EQ(said.code, tried.code) << said.err;
    EXPECT_NE(said.code, 0);
    const auto end = tried.err.rfind("lineside apply: ");
    ASSERT_NE(end, std::string::npos) << tried.err;
    EXPECT_EQ(said.err, tried.err.substr(0, end) + "lineside diff: " + tried.err.substr(end + 16));
  }
  // Who is behind sees what his file would change.
  EXPECT_EQ(ask({"diff", path("stale.yaml")}).out,
            "~ Site berlin\n    spec.title\n      - \"Berlin works\"\n      + \"B\"\n"
            "1 of 1 objects differ\n");
}

TEST_F(HubManifestsTest, ErrorsAreOneDocumentOfJson) {
  apply_plant();
  write("plant/a.yaml", "kind: [\nname: mill\n");
  write("plant/b.yaml",
        "apiVersion: lineside/v1\nkind: Asset\nname: oven\nspec: {site: berlim, parent: mill}\n");
  for (const char* verb : {"apply", "diff"}) {
    const Said said = ask({verb, path("plant"), "--json"});
    EXPECT_EQ(said.code, 2);
    EXPECT_EQ(said.err, "");
    const auto told = Json::parse(said.out);
    EXPECT_EQ(told["error"]["code"], "invalid");
    EXPECT_EQ(told["error"]["text"],
              verb == std::string("diff") ? "2 problems" : "2 problems, nothing was stored");
    EXPECT_TRUE(told["note"].get<std::string>().contains(path("plant/a.yaml"))) << said.out;
    const Json wanted = {{"file", path("plant/b.yaml")},
                         {"line", 4},
                         {"column", 14},
                         {"path", "spec.site"},
                         {"text", "unknown Site"},
                         {"expected", "'berlin' perhaps"},
                         {"found", "'berlim'"},
                         {"suggestion", "berlin"}};
    EXPECT_EQ(told["problems"][1], wanted);
  }
  write("stale.yaml",
        "apiVersion: lineside/v1\nkind: Site\nname: berlin\nmeta: {revision: 7}\nspec: {}\n");
  for (const char* verb : {"apply", "diff"}) {
    const Said said = ask({verb, path("stale.yaml"), "--json"});
    EXPECT_EQ(said.code, 4);
    EXPECT_EQ(said.err, "");
    const auto told = Json::parse(said.out);
    EXPECT_EQ(told["error"]["code"], "conflict");
    EXPECT_EQ(told["problems"][0]["line"], 4);
  }
}

TEST_F(HubManifestsTest, EveryVerbOfTheCatalogTellsItsErrorsAsJson) {
  write("site.yaml", "apiVersion: lineside/v1\nkind: Site\nname: berlin\nspec: {}\n");
  const std::string good = read(path("token"));
  for (const Arguments& verb : {Arguments{"apply", path("site.yaml")},
                                {"diff", path("site.yaml")},
                                {"get", "site", "munich"},
                                {"get", "site", "munich", "-o", "json"},
                                {"delete", "site", "munich"},
                                {"describe", "site", "munich"},
                                {"graph", "site", "munich"},
                                {"history", "site", "munich"},
                                {"edge", "show", "munich"},
                                {"edge", "list"}}) {
    SCOPED_TRACE(verb[0] + " " + verb[1]);
    Arguments arguments = verb;
    if (arguments.back() != "json") arguments.push_back("--json");
    const auto expect = [](const Said& said, const char* code, int exit_code) {
      EXPECT_EQ(said.err, "");
      EXPECT_EQ(said.code, exit_code);
      const auto told = Json::parse(said.out, nullptr, false);
      ASSERT_TRUE(told.is_object()) << said.out;
      EXPECT_EQ(told["error"]["code"], code) << said.out;
      EXPECT_FALSE(told["error"]["text"].get<std::string>().empty());
    };
    expect(run(arguments), "invalid", 2);  // no hub was named
    write("token", "lst_wrong\n");
    expect(ask(arguments), "unauthenticated", 6);
    write("token", good);
    if (verb[0] != "apply" && verb[0] != "diff" && verb[1] != "list")
      expect(ask(arguments), "not_found", 3);
  }
}

TEST_F(HubManifestsTest, TheLastLineSaysWhatWasExpected) {
  apply_plant();
  write("dangling.yaml",
        "apiVersion: lineside/v1\nkind: Asset\nname: oven\nspec: {site: berlim}\n");
  Said said = ask({"apply", path("dangling.yaml")});
  EXPECT_TRUE(said.err.ends_with(
      "\nlineside apply: unknown Site: expected 'berlin' perhaps, found 'berlim'\n"))
      << said.err;
  write("units.yaml",
        "apiVersion: lineside/v1\nkind: Connection\nname: broker\n"
        "spec:\n  protocol: mqtt\n  site: berlin\n  address: 127.0.0.1:1883\n"
        "  mappings: [{topic: a, asset: press, "
        "streams: [{stream: heat, path: $.t, unit: kPa}]}]\n---\n"
        "apiVersion: lineside/v1\nkind: Contract\nname: presses\n"
        "spec: {site: berlin, owner: ot, assets: press, streams: [{stream: heat, unit: Cel}]}\n");
  said = ask({"apply", path("units.yaml")});
  EXPECT_EQ(said.code, 2);
  const auto last = said.err.rfind("lineside apply: wrong unit: expected 'Cel'");
  ASSERT_NE(last, std::string::npos) << said.err;
  EXPECT_TRUE(said.err.substr(last).contains(", found 'kPa'")) << said.err;
}

// Nobody needs a hub to see it.
TEST_F(HubManifestsTest, ANoteOfSeveralLinesIsNotSent) {
  write("plant.yaml", kPlant);
  for (const Arguments& verb : {Arguments{"apply", path("plant.yaml")},
                                {"delete", "-f", path("plant.yaml")},
                                {"delete", "site", "berlin"}}) {
    Arguments arguments = verb;
    arguments.insert(arguments.end(), {"--note", "a\nb"});
    const Said said = run(arguments);
    EXPECT_EQ(said.code, 2);
    EXPECT_EQ(said.err, std::format("lineside {}: --note: expected one line without control "
                                    "characters, found 'a\\nb'\n",
                                    verb[0]));
  }
}

TEST_F(HubManifestsTest, ANoteIsAsLongAsARequestTakes) {
  apply_plant();
  Said said = run({"apply", path("plant.yaml"), "--note", std::string(100'000, 'n')});
  EXPECT_EQ(said.code, 2);
  EXPECT_EQ(said.err, "lineside apply: --note: expected at most 4000 bytes, found 100000\n");
  std::string note;
  while (note.size() < 4000) note += "\xc3\xa4";
  write("site.yaml", "apiVersion: lineside/v1\nkind: Site\nname: munich\nspec: {}\n");
  said = ask({"apply", path("site.yaml"), "--note", note});
  EXPECT_EQ(said.code, 0) << said.err;
  said = ask({"delete", "site", "munich", "--note", note});
  EXPECT_EQ(said.code, 0) << said.err;
  EXPECT_EQ(run({"delete", "site", "munich", "--note", note + "."}).code, 2);
}

TEST_F(HubManifestsTest, ANameOfSeveralLinesIsNotSent) {
  for (const Arguments& verb : {Arguments{"edge", "remove"},
                                {"delete", "site"},
                                {"get", "site"},
                                {"history", "site"},
                                {"graph", "site"}}) {
    Arguments arguments = verb;
    arguments.emplace_back("a\nb");
    Said said = ask(arguments);
    EXPECT_EQ(said.code, 2);
    EXPECT_TRUE(
        said.err.contains(": NAME: expected one line without control characters, found 'a\\nb'"))
        << said.err;
    arguments.back() = "k\xff";
    said = ask(arguments);
    EXPECT_EQ(said.code, 2);
    EXPECT_TRUE(said.err.contains(": NAME: expected UTF-8, found 'k\\xff'")) << said.err;
  }
}

TEST_F(HubManifestsTest, AppliesWithAWarningWhatAnEdgeWouldRefuse) {
  write("oil.yaml", R"(apiVersion: lineside/v1
kind: Connection
name: broker
spec:
  protocol: mqtt
  address: 127.0.0.1:1883
  mappings:
    - {topic: "plant/{asset}/oil", format: number, streams: [{stream: oil, unit: Cel}]}
---
apiVersion: lineside/v1
kind: Pipeline
name: press-oil
spec:
  streams: [oik]
  windows: [{name: w, count: 5}]
  every: {count: 1}
  features: [{window: w, kinds: [mean]}]
)");
  const std::string told =
      "pipeline press-oil reads 'oik', which no connection maps, did you mean 'oil'; an edge that "
      "gets it takes over nothing new until one does";
  for (const bool dry_run : {true, false}) {
    Arguments verb = {"apply", path("oil.yaml")};
    if (dry_run) verb.emplace_back("--dry-run");
    const Said said = ask(verb);
    EXPECT_EQ(said.code, 0);
    EXPECT_EQ(said.err, "lineside apply: warning: " + told + "\n");
    EXPECT_TRUE(said.out.contains("2 created, 0 updated, 0 unchanged")) << said.out;
  }
  const Said said = ask({"apply", path("oil.yaml"), "--json"});
  EXPECT_EQ(said.err, "");
  EXPECT_EQ(Json::parse(said.out)["warnings"], Json::array({told}));
}

}  // namespace
}  // namespace lineside::cli
