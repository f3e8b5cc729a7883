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
        "lineside {0}: 3 problems, nothing was stored\n",
        verb[0], path("plant/a.yaml"))))
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
  EXPECT_TRUE(said.err.contains(path("plant/b.yaml") + ":4:18: Site/berlin: ")) << said.err;
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

}  // namespace
}  // namespace lineside::cli
