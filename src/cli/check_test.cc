// `lineside check`, of a folder with manifests of all kinds.
#include <algorithm>
#include <filesystem>
#include <format>
#include <fstream>
#include <unistd.h>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "cli/verbs.h"

namespace lineside::cli {
namespace {

namespace fs = std::filesystem;

struct Said {
  int code = -1;
  std::string out;
  std::string err;
};

class CheckTest : public testing::Test {
 protected:
  CheckTest() { fs::copy(fs::path(LINESIDE_SOURCE_DIR) / "docs/examples/plant", folder_); }
  ~CheckTest() override { fs::remove_all(folder_); }

  void write(const std::string& name, const std::string& text) const {
    fs::create_directories((folder_ / name).parent_path());
    std::ofstream(folder_ / name) << text;
  }
  Said check(const Arguments& more = {}) const {
    Arguments arguments = {"check", folder_};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return run(arguments);
  }
  static Said run(const Arguments& arguments) {
    testing::internal::CaptureStdout();
    testing::internal::CaptureStderr();
    Said said;
    said.code = cli::run(arguments);
    std::fflush(stdout);
    said.out = testing::internal::GetCapturedStdout();
    said.err = testing::internal::GetCapturedStderr();
    return said;
  }
  std::string at(const std::string& place) const { return (folder_ / place).string() + ": "; }

  const fs::path folder_ = fs::temp_directory_path() / std::format("check-{}", ::getpid());
};

constexpr const char* kCounts =
    "Site 2, Asset 2, Device 2, DeviceType 1, Stream 4, Connection 1, Contract 1, Pipeline 1";

TEST_F(CheckTest, SaysWhatItHasLookedAt) {
  Said said = check();
  EXPECT_EQ(said.code, 0) << said.err;
  EXPECT_TRUE(said.out.starts_with(std::format("good: {}; revision sha256:", kCounts))) << said.out;
  said = check({"--json"});
  const auto json = nlohmann::json::parse(said.out);
  EXPECT_EQ(json["objects"]["Stream"], 4);
  EXPECT_FALSE(json["objects"].contains("Person"));
  EXPECT_EQ(json["pipelines"][0]["name"], "press-oil");
}

// `lineside get -o yaml` says which revision it is.
TEST_F(CheckTest, TakesWhatAHubHasGiven) {
  std::ofstream(folder_ / "contract.yaml", std::ios::app) << "\nmeta:\n  revision: 3\n";
  const Said said = check();
  EXPECT_EQ(said.code, 0) << said.err;
}

TEST_F(CheckTest, LooksAtTheValuesOfAllKinds) {
  write("zz.yaml", R"(apiVersion: lineside/v1
kind: Site
name: hall
spec: {titel: Hall, parent: hall-2}
---
apiVersion: lineside/v1
kind: Stream
name: press-1/heat
spec: {asset: press-1, unit: Kpa}
---
apiVersion: lineside/v1
kind: Person
name: ann
spec: {email: nobody, roles: [{role: of-the-hub}]}
---
apiVersion: lineside/v1
kind: Contract
name: wide
spec: {owner: ot, classification: top, streams: [{stream: force}]}
---
apiVersion: lineside/v1
kind: Aset
name: mill
spec: {}
---
apiVersion: lineside/v1
kind: Token
spec: {expires: soon}
)");
  const Said said = check();
  EXPECT_EQ(said.code, 2);
  EXPECT_EQ(said.out, "");
  EXPECT_EQ(
      said.err,
      at("zz.yaml:4:8") + "spec.titel: unknown field: expected 'title' perhaps, found 'titel'\n" +
          at("zz.yaml:9:30") + "spec.unit: unknown unit: expected 'kPa' perhaps, found 'Kpa'\n" +
          at("zz.yaml:14:15") +
          "spec.email: not an e-mail address: expected name@example.org, found something else\n" +
          at("zz.yaml:19:35") +
          "spec.classification: wrong value: expected one of internal, public, "
          "confidential, restricted, found 'top'\n" +
          at("zz.yaml:22:7") + "kind: unknown kind: expected 'Asset' perhaps, found 'Aset'\n" +
          at("zz.yaml:26:1") + "name: missing field: expected name, found nothing\n" +
          at("zz.yaml:28:17") +
          "spec.expires: wrong value: expected a time such as 2026-03-01T12:00:00Z, found "
          "'soon'\n"
          "looked at: Site 3, Asset 2, Device 2, DeviceType 1, Stream 5, Connection 1, Contract 2, "
          "Pipeline 1, Person 1\n");
  const auto json = nlohmann::json::parse(check({"--json"}).out);
  EXPECT_EQ(json["ok"], false);
  ASSERT_EQ(json["problems"].size(), 7U);
  const nlohmann::json titel = {{"file", (folder_ / "zz.yaml").string()},
                                {"line", 4},
                                {"column", 8},
                                {"path", "spec.titel"},
                                {"text", "unknown field"},
                                {"expected", "'title' perhaps"},
                                {"found", "'titel'"},
                                {"suggestion", "title"}};
  EXPECT_EQ(json["problems"][0], titel);
  EXPECT_EQ(json["problems"][3]["path"], "spec.classification") << "which the plan has told";
  EXPECT_EQ(json["problems"][3]["line"], 19);
  EXPECT_EQ(json["objects"]["Site"], 3);
  EXPECT_FALSE(json.contains("revision"));
}

TEST_F(CheckTest, TheFileOfAModelVersionIsTheHubs) {
  write("pipeline.yaml", R"(apiVersion: lineside/v1
kind: Pipeline
name: press-oil
spec:
  assets: press-*
  streams: [oil_temperature]
  windows: [{name: short, count: 10}]
  every: {count: 1}
  features: [{window: short, kinds: [mean]}]
  model: {version: "oil:1"}
)");
  Said said = check();
  EXPECT_EQ(said.code, 0) << said.err;
  EXPECT_EQ(said.out,
            std::format("pipeline press-oil: model version oil:1 is the hub's, its file was not "
                        "looked at\ngood: {}\n",
                        kCounts));
  const auto json = nlohmann::json::parse(check({"--json"}).out);
  EXPECT_EQ(json["ok"], true);
  EXPECT_EQ(json["in_hub"].size(), 1U);
  // Of what is wrong beside it nothing is passed over, and nothing is added.
  write("pipeline.yaml", R"(apiVersion: lineside/v1
kind: Pipeline
name: press-oil
spec:
  assets: press-*
  streams: [oil_temprature]
  windows: [{name: short, count: 10}]
  every: {count: 1}
  features: [{window: short, kinds: [mean]}]
  model: {version: "oil:1"}
)");
  said = check();
  EXPECT_EQ(said.code, 2);
  EXPECT_TRUE(said.err.starts_with(at("pipeline.yaml:6:13") + "pipeline press-oil: spec.streams"))
      << said.err;
  const auto told = nlohmann::json::parse(check({"--json"}).out)["problems"][0];
  EXPECT_EQ(told["file"], (folder_ / "pipeline.yaml").string());
  EXPECT_EQ(told["line"], 6);
  EXPECT_EQ(told["column"], 13);
  EXPECT_TRUE(told["text"].get<std::string>().starts_with("pipeline press-oil: spec.streams"));
  write("pipeline.yaml",
        "apiVersion: lineside/v1\nkind: Pipeline\nname: press-oil\n"
        "spec: {asets: press-*, streams: [force], windows: [{name: short, count: 10}], "
        "features: [{window: short, kinds: [mean]}], every: {count: 1}, model: {version: x}}\n");
  EXPECT_EQ(nlohmann::json::parse(check({"--json"}).out)["problems"].size(), 1U);
}

TEST_F(CheckTest, GoesIntoSubFoldersAsApplyDoes) {
  write("areas/north/site.yaml",
        "apiVersion: lineside/v1\nkind: Site\nname: north\nspec: {title: North}\n");
  write("areas/.draft/site.yaml", "kind: [\n");
  Said said = check();
  EXPECT_EQ(said.code, 0) << said.err;
  EXPECT_TRUE(said.out.contains("good: Site 3, ")) << said.out;
  EXPECT_TRUE(said.out.contains(
      "not taken by an edge, only by a hub: " + (folder_ / "areas/north").string() + "\n"))
      << said.out;
  EXPECT_EQ(nlohmann::json::parse(check({"--json"}).out)["sub_folders"].size(), 1U);
  // Of the kinds of an edge too.
  write("areas/north/contract.yaml",
        "apiVersion: lineside/v1\nkind: Contract\nname: north\nspec: {owner: 7}\n");
  write("areas/north/site.yaml",
        "apiVersion: lineside/v1\nkind: Site\nname: north\nspec: {titel: North}\n");
  said = check();
  EXPECT_EQ(said.code, 2);
  EXPECT_TRUE(said.err.contains(at("areas/north/site.yaml:4:8") + "spec.titel: unknown field"))
      << said.err;
  EXPECT_TRUE(said.err.contains((folder_ / "areas/north/contract.yaml:").string())) << said.err;
}

// Whichever reader has found them.
TEST_F(CheckTest, TellsByFilesAndLines) {
  const std::string site = "apiVersion: lineside/v1\nkind: Site\nname: north\nspec: {titel: N}\n";
  const std::string contract =
      "apiVersion: lineside/v1\nkind: Contract\nname: north\nspec: {owner: 7}\n";
  write("a.yaml", site);
  write("b/c/d.yaml", contract);
  write("b/e.yaml", site);
  write("b/a.yaml", contract);
  write("c.yaml", contract);
  const auto json = nlohmann::json::parse(check({"--json"}).out);
  std::vector<std::string> files;
  for (const auto& problem : json["problems"]) files.push_back(problem["file"]);
  EXPECT_TRUE(std::ranges::is_sorted(files)) << json["problems"];
  std::vector<std::string> wanted;
  for (const char* name : {"a.yaml", "b/a.yaml", "b/c/d.yaml", "b/e.yaml", "c.yaml"})
    wanted.push_back(folder_ / name);
  files.erase(std::ranges::unique(files).begin(), files.end());
  EXPECT_EQ(files, wanted);
  EXPECT_EQ(json["sub_folders"], (std::vector<std::string>{folder_ / "b", folder_ / "b/c"}));
}

TEST_F(CheckTest, NamesOfFilesMoveNoCursor) {
  const std::string evil = "x\x1b[2J\r\n\xc2\x9b\x7f";
  const std::string shown = R"(x\x1b[2J\r\n\xc2\x9b\x7f)";
  const auto is_plain = [](const std::string& text) {
    return text.find_first_of("\x1b\r\x7f") == std::string::npos && !text.contains("\xc2\x9b");
  };
  write(evil + "/site.yaml", "apiVersion: lineside/v1\nkind: Site\nname: north\nspec: {}\n");
  Said said = check();
  EXPECT_EQ(said.code, 0) << said.err;
  EXPECT_TRUE(is_plain(said.out)) << said.out;
  write(evil + "/site.yaml", "apiVersion: lineside/v1\nkind: Site\nname: north\nspec: {a: 1}\n");
  write(evil + ".yaml", "kind: [\n");
  said = check();
  EXPECT_EQ(said.code, 2);
  EXPECT_TRUE(is_plain(said.err)) << said.err;
  EXPECT_EQ(std::ranges::count(said.err, '\n'), 4) << said.err;
  said = check({"--json"});
  EXPECT_EQ(said.out.find_first_of("\x1b\r"), std::string::npos) << said.out;
  EXPECT_FALSE(said.out.contains("\xc2\x9b")) << said.out;
  EXPECT_EQ(nlohmann::json::parse(said.out)["problems"][1]["file"],
            (folder_ / evil / "site.yaml").string());
  // Of what is not there, too, whichever verb was to read it.
  const std::string none = folder_ / ("none" + evil);
  for (const Arguments& verb :
       {Arguments{"check", none}, {"apply", none}, {"diff", none}, {"delete", "-f", none}}) {
    said = run(verb);
    EXPECT_EQ(said.code, 3) << verb[0];
    EXPECT_TRUE(is_plain(said.err)) << said.err;
    EXPECT_TRUE(said.err.contains("none" + shown)) << said.err;
    EXPECT_EQ(std::ranges::count(said.err, '\n'), 1) << said.err;
  }
  write(evil + "/site.yaml", "");
  said = run({"apply", folder_ / evil});
  EXPECT_EQ(said.code, 2);
  EXPECT_TRUE(said.err.contains("found none in " + folder_.string() + "/" + shown)) << said.err;
}

}  // namespace
}  // namespace lineside::cli
