// Past states of the catalog from the command line, against a real hub.
#include <cstdio>

#include "tests/hub_verbs_fixture.h"

namespace lineside::cli {
namespace {

using HubPastTest = HubVerbsTest;

TEST_F(HubPastTest, AnyRevisionIsShownAndComesBack) {
  apply_plant();
  write("b.yaml", "apiVersion: lineside/v1\nkind: Site\nname: berlin\nspec: {title: B}\n");
  EXPECT_EQ(ask({"apply", path("b.yaml")}).code, 0);
  EXPECT_TRUE(ask({"get", "site", "berlin"}).out.contains("title: B\n"));
  Said said = ask({"get", "site", "berlin", "--revision", "1"});
  EXPECT_EQ(said.code, 0) << said.err;
  EXPECT_TRUE(said.out.contains("title: Berlin works")) << said.out;
  EXPECT_TRUE(ask({"get", "site", "berlin", "--revision", "1", "-o", "table"})
                  .out.contains("berlin  berlin  1 "));
  const auto json = Json::parse(ask({"get", "site", "berlin", "--revision", "1", "--json"}).out);
  EXPECT_EQ(json["spec"]["title"], "Berlin works");
  EXPECT_EQ(json["meta"]["revision"], 1);
  EXPECT_EQ(ask({"get", "site", "berlin", "--revision", "3"}).code, 3);
  EXPECT_EQ(ask({"get", "site", "berlin", "--revision", "0"}).code, 2);
  EXPECT_EQ(ask({"get", "sites", "--revision", "1"}).code, 2);
  write("old.yaml", said.out);
  ASSERT_NE(std::freopen(path("old.yaml").c_str(), "r", stdin), nullptr);
  said = ask({"apply", "-"});
  EXPECT_TRUE(said.out.contains("Site  berlin  updated  3\n")) << said.out << said.err;
  EXPECT_TRUE(ask({"get", "site", "berlin"}).out.contains("title: Berlin works"));
}

TEST_F(HubPastTest, SoDoesWhatWasDeleted) {
  apply_plant();
  EXPECT_EQ(ask({"delete", "stream", "press/pressure"}).code, 0);
  EXPECT_EQ(ask({"get", "stream", "press/pressure"}).code, 3);
  Said said = ask({"get", "stream", "press/pressure", "--revision", "2"});
  EXPECT_EQ(said.code, 3);
  EXPECT_EQ(said.err,
            "lineside get: Stream 'press/pressure' was deleted then; expected the revision "
            "before\n");
  said = ask({"get", "stream", "press/pressure", "--revision", "2", "--json"});
  EXPECT_EQ(Json::parse(said.out)["meta"]["change"], "deleted") << said.err;
  said = ask({"get", "stream", "press/pressure", "--revision", "1"});
  EXPECT_EQ(said.code, 0) << said.err;
  write("old.yaml", said.out);
  ASSERT_NE(std::freopen(path("old.yaml").c_str(), "r", stdin), nullptr);
  EXPECT_EQ(ask({"apply", "-"}).code, 0);
  EXPECT_EQ(ask({"get", "stream", "press/pressure"}).code, 0);
}

}  // namespace
}  // namespace lineside::cli
