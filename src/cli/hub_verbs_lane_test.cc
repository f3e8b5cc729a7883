// The verbs that speak to a hub, against a real one behind TLS.
#include "cli/hub_client.h"
#include "cli/object_name.h"
#include "crypt/digest.h"
#include "tests/changed_db.h"
#include "tests/hub_verbs_fixture.h"

namespace lineside::cli {
namespace {

TEST(KindNames, AreTakenInAllForms) {
  for (const char* text :
       {"DeviceType", "device-type", "device-types", "devicetypes", "device_type", "DEVICE-TYPES"})
    EXPECT_EQ(*kind_named(text), domain::Kind::device_type) << text;
  for (const char* text : {"person", "People", "persons"})
    EXPECT_EQ(*kind_named(text), domain::Kind::person) << text;
  EXPECT_EQ(kind_named("assset").error().text, "no kind 'assset', did you mean 'assets'");
  const std::pair<const char*, const char*> begun[] = {{"pipe", "pipelines"},
                                                       {"Model-v", "model-versions"},
                                                       {"mod", "models"},
                                                       {"pers", "people"},
                                                       {"dev", "devices"}};
  for (const auto& [text, meant] : begun)
    EXPECT_EQ(kind_named(text).error().text,
              std::format("no kind '{}', did you mean '{}'", text, meant));
  EXPECT_TRUE(kind_named("zzz").error().text.starts_with("no kind 'zzz'; expected one of sites "));
  EXPECT_EQ(object_path(domain::Kind::stream, "press/pres sure", "/history"),
            "/api/v1/streams/press/pres%20sure/history");
  EXPECT_EQ(object_path(domain::Kind::site, "../x"), "/api/v1/sites/..%2Fx");
}

TEST_F(HubVerbsTest, ApplyTellsWhatChanged) {
  write("plant/a.yaml", kPlant);
  write("plant/.hidden.yaml", "nonsense");
  Said said = ask({"apply", path("plant"), "--dry-run"});
  EXPECT_EQ(said.code, 0) << said.err;
  EXPECT_TRUE(
      said.out.ends_with("3 created, 0 updated, 0 unchanged; a dry run, nothing was stored\n"))
      << said.out;
  said = ask({"apply", path("plant"), "--note", "first plant"});
  EXPECT_EQ(said.code, 0) << said.err;
  EXPECT_EQ(said.out,
            "KIND    NAME            CHANGE   REVISION\n"
            "Site    berlin          created  1\n"
            "Asset   press           created  1\n"
            "Stream  press/pressure  created  1\n"
            "3 created, 0 updated, 0 unchanged\n");
  said = ask({"apply", path("plant/a.yaml"), "--json"});
  EXPECT_EQ(Json::parse(said.out)["items"][1]["change"], "unchanged");
  EXPECT_NE(ask({"history", "site", "berlin"}).out.find("first plant"), std::string::npos);
}

TEST_F(HubVerbsTest, MistakesAreToldAtTheirLines) {
  write("bad.yaml", "apiVersion: lineside/v1\nkind: Site\nname: berlin\nspec:\n  titel: Berlin\n");
  Said said = ask({"apply", path("bad.yaml")});
  EXPECT_EQ(said.code, 2);
  EXPECT_EQ(said.err.substr(0, said.err.find('\n')),
            path("bad.yaml") +
                ":5:3: spec.titel: unknown field: expected 'title' perhaps, found 'titel'");
  // What only the hub knows: a reference that dangles, in the second document of the second file.
  apply_plant();
  write("more/one.yaml", "apiVersion: lineside/v1\nkind: Site\nname: munich\nspec: {}\n");
  write("more/two.yaml",
        "apiVersion: lineside/v1\nkind: Asset\nname: oven\nspec: {site: berlin}\n---\n"
        "apiVersion: lineside/v1\nkind: Asset\nname: mill\nspec:\n  title: Mill\n  site: berlim\n");
  said = ask({"apply", path("more")});
  EXPECT_EQ(said.code, 2) << said.err;
  EXPECT_TRUE(said.err.starts_with(path("more/two.yaml") + ":11:9: spec.site: ")) << said.err;
  EXPECT_NE(said.err.find("berlin"), std::string::npos) << said.err;
  EXPECT_EQ(ask({"get", "site", "munich"}).code, 3);
}

// A bad unit in one file hides no reference that dangles in another.
TEST_F(HubVerbsTest, AllMistakesAreToldInOneRound) {
  apply_plant();
  write("plant/b.yaml",
        "apiVersion: lineside/v1\nkind: Stream\nname: oven/heat\n"
        "spec:\n  unit: Kpa\n  device: plc\n  asset: oven\n");
  write("plant/a.yaml",
        "apiVersion: lineside/v1\nkind: Asset\nname: oven\nspec: {site: berlin}\n---\n"
        "apiVersion: lineside/v1\nkind: Dataset\nname: d\nspec:\n  title: D\n"
        "  streams: [oven/heat, press/presure]\n");
  Said said = ask({"apply", path("plant")});
  EXPECT_EQ(said.code, 2);
  EXPECT_EQ(said.err,
            path("plant/a.yaml") +
                ":11:24: spec.streams: unknown Stream: expected 'press/pressure' perhaps, found "
                "'press/presure'\n" +
                path("plant/b.yaml") +
                ":5:9: spec.unit: unknown unit: expected 'kPa' perhaps, found 'Kpa'\n" +
                path("plant/b.yaml") +
                ":6:11: spec.device: unknown Device: expected an existing Device, found 'plc'\n"
                "lineside apply: 3 problems, nothing was stored\n");
  EXPECT_EQ(ask({"get", "asset", "oven"}).code, 3);
  write("plant/b.yaml", "kind: [\n");
  // Without a hub the files are looked at all the same.
  said = run({"apply", path("plant")});
  EXPECT_EQ(said.code, 2);
  EXPECT_TRUE(said.err.contains(path("plant/b.yaml") + ":")) << said.err;
  EXPECT_FALSE(said.err.contains("a.yaml")) << said.err;
  EXPECT_NE(said.err.find("was not looked up: expected --hub"), std::string::npos) << said.err;
}

TEST_F(HubVerbsTest, AWriterWhoIsBehindIsToldWhatChanged) {
  apply_plant();
  write("old.yaml",
        "apiVersion: lineside/v1\nkind: Site\nname: berlin\nmeta: {revision: 1}\n"
        "spec: {title: Mine}\n");
  write("theirs.yaml", "apiVersion: lineside/v1\nkind: Site\nname: berlin\nspec: {title: B}\n");
  EXPECT_EQ(ask({"apply", path("theirs.yaml")}).code, 0);
  const Said said = ask({"apply", path("old.yaml")});
  EXPECT_EQ(said.code, 4);
  EXPECT_TRUE(said.err.starts_with(path("old.yaml") + ":4:18: meta.revision: Site 'berlin': "))
      << said.err;
  EXPECT_NE(said.err.find("spec.title"), std::string::npos) << said.err;
}

TEST_F(HubVerbsTest, DiffShowsWhatWouldChange) {
  apply_plant();
  write("new.yaml",
        "apiVersion: lineside/v1\nkind: Site\nname: berlin\nspec: {title: B}\n---\n"
        "apiVersion: lineside/v1\nkind: Asset\nname: press\n"
        "spec: {title: Press, site: berlin}\n");
  const Said said = ask({"diff", path("new.yaml")});
  EXPECT_EQ(said.code, 0) << said.err;
  EXPECT_EQ(said.out,
            "~ Site berlin\n    spec.title\n      - \"Berlin works\"\n      + \"B\"\n"
            "1 of 2 objects differ\n");
}

TEST_F(HubVerbsTest, GetGivesTablesJsonAndManifests) {
  apply_plant();
  Said said = ask({"get", "assets", "--where", "site=berlin"});
  EXPECT_TRUE(said.out.starts_with("NAME   SITE    REVISION  CHANGED")) << said.out << said.err;
  EXPECT_NE(said.out.find("\npress  berlin  1 "), std::string::npos) << said.out;
  EXPECT_EQ(ask({"get", "assets", "--where", "type=pump", "--json"}).out, "{\"items\":[]}\n");
  said = ask({"get", "stream", "press/pressure"});
  EXPECT_EQ(said.code, 0) << said.err;
  write("back.yaml", said.out);
  EXPECT_EQ(Json::parse(ask({"apply", path("back.yaml"), "--json"}).out)["items"][0]["change"],
            "unchanged");
  // More than a page.
  std::string many;
  for (int i = 0; i < 1100; ++i)
    many += std::format("---\napiVersion: lineside/v1\nkind: Site\nname: s{}\nspec: {{}}\n", i);
  write("many.yaml", many);
  EXPECT_EQ(ask({"apply", path("many.yaml")}).code, 0);
  said = ask({"get", "sites", "--limit", "2000", "-o", "json"});
  EXPECT_EQ(Json::parse(said.out)["items"].size(), 1101U);
  said = ask({"get", "sites", "--limit", "5"});
  EXPECT_EQ(said.err, "there are more than 5; see --limit\n");
  EXPECT_EQ(ask({"get", "sites", "--where", "site"}).code, 2);
  EXPECT_EQ(ask({"get", "assset"}).err, "lineside get: no kind 'assset', did you mean 'assets'\n");
}

TEST_F(HubVerbsTest, AListThatIsNotAllOfItIsNoSuccess) {
  apply_plant();
  change_database(folder_ / "hub" / "hub.db", "UPDATE object SET head = 0 WHERE name = 'press'");
  write("two.yaml", "apiVersion: lineside/v1\nkind: Asset\nname: saw\nspec: {site: berlin}\n");
  EXPECT_EQ(ask({"apply", path("two.yaml")}).code, 0);
  for (const char* form : {"table", "json", "yaml"}) {
    const Said said = ask({"get", "assets", "-o", form});
    EXPECT_EQ(said.code, 10) << form << said.err;
    EXPECT_TRUE(said.out.contains("saw")) << form << said.out;
    EXPECT_TRUE(
        said.err.ends_with("lineside get: the hub has left out 1 that its database has "
                           "damaged; its log says which\n"))
        << said.err;
    const bool is_json = form == std::string_view("json");
    EXPECT_EQ(is_json ? Json::parse(said.out)["damaged"].get<int>() : 1, 1);
  }
  EXPECT_EQ(ask({"get", "asset", "saw"}).code, 0);
  change_database(folder_ / "hub" / "hub.db",
                  "UPDATE revision SET what = 77 WHERE object = "
                  "(SELECT id FROM object WHERE name = 'press')");
  const Said past = ask({"history", "asset", "press"});
  EXPECT_EQ(past.code, 10) << past.out;
  EXPECT_TRUE(past.err.contains("lineside history: the hub has left out 1 that")) << past.err;
  change_database(folder_ / "hub" / "hub.db",
                  "INSERT INTO approval VALUES (1, 9, 'v', 'd', '{}', 'j', 1, 77, '', NULL, '')");
  EXPECT_EQ(ask({"approval", "list"}).code, 10);
}

TEST_F(HubVerbsTest, DescribeHistoryAndGraphShowWhatHangsTogether) {
  apply_plant();
  Said said = ask({"describe", "asset", "press"});
  EXPECT_EQ(said.code, 0) << said.err;
  EXPECT_TRUE(said.out.starts_with("Asset press\n  site      berlin\n  revision  1, created "))
      << said.out;
  EXPECT_NE(said.out.find("\nRests on\n  Site berlin (site)\n"), std::string::npos) << said.out;
  EXPECT_NE(said.out.find("\nWhat rests on it\n  Stream press/pressure (asset)\n"),
            std::string::npos)
      << said.out;
  EXPECT_EQ(Json::parse(ask({"describe", "asset", "press", "--json"}).out)["object"]["name"],
            "press");
  said = ask({"graph", "site", "berlin", "--up"});
  EXPECT_EQ(said.out,
            "Site berlin: Berlin works\n└─ Asset press (site): Press\n"
            "   └─ Stream press/pressure (asset)\n")
      << said.err;
  EXPECT_EQ(ask({"graph", "stream", "press/pressure", "--depth", "1"}).out,
            "Stream press/pressure\n└─ Asset press (asset): Press\ndeeper: --depth 2\n");
  EXPECT_EQ(Json::parse(ask({"graph", "site", "berlin", "--up", "--json"}).out)["edges"].size(),
            2U);
  said = ask({"history", "asset", "press", "--json"});
  EXPECT_EQ(Json::parse(said.out)["items"][0]["change"], "created");
}

// docs/first-plant.md walks with it.
TEST_F(HubVerbsTest, TheExamplePlantIsGood) {
  const std::string folder = LINESIDE_SOURCE_DIR "/docs/examples/plant";
  Said said = run({"check", folder});
  EXPECT_EQ(said.code, 0) << said.err;
  said = ask({"apply", folder, "--dry-run"});
  EXPECT_EQ(said.code, 0) << said.err;
  EXPECT_TRUE(
      said.out.ends_with("14 created, 0 updated, 0 unchanged; a dry run, nothing was "
                         "stored\n"))
      << said.out;
  EXPECT_EQ(ask({"apply", folder}).code, 0);
  said = ask({"graph", "device", "plc-1", "--up", "--depth", "2"});
  EXPECT_EQ(said.out,
            "Device plc-1: Controller of press 1\n"
            "├─ Stream press-1/force (device)\n"
            "│  ├─ Contract presses (streams)\n"
            "│  └─ Pipeline press-oil (streams): Oil of the presses\n"
            "└─ Stream press-1/oil_temperature (device)\n"
            "   ├─ Contract presses (streams)\n"
            "   └─ Pipeline press-oil (streams): Oil of the presses\n")
      << said.err;
  said = ask({"graph", "stream", "press-1/press-oil.oil_temperature.short.mean", "--depth", "2"});
  EXPECT_TRUE(
      said.out.starts_with("Stream press-1/press-oil.oil_temperature.short.mean: prediction\n"
                           "└─ Pipeline press-oil (pipeline): Oil of the presses\n"))
      << said.out << said.err;
  EXPECT_TRUE(said.out.contains("Stream press-1/force (streams)")) << said.out;
  EXPECT_FALSE(said.out.contains("press-2")) << said.out;
  said = ask({"graph", "stream", "press-1/press-oil.nosuch"});
  EXPECT_EQ(said.code, 3) << said.out;
  EXPECT_EQ(said.err, "lineside graph: no Stream 'press-1/press-oil.nosuch'\n");
  said = ask({"graph", "stream", "press-1/press-oil.oil_temperature.short.slpe"});
  EXPECT_EQ(said.err,
            "lineside graph: no Stream 'press-1/press-oil.oil_temperature.short.slpe', did you "
            "mean 'press-1/press-oil.oil_temperature.short.slope'\n");
  for (const char* verb : {"get", "describe", "graph"})
    EXPECT_EQ(ask({verb, "asset", "pres-1"}).err,
              std::format("lineside {}: no Asset 'pres-1', did you mean 'press-1'\n", verb));
}

TEST_F(HubVerbsTest, DeleteLeavesNothingDangling) {
  apply_plant();
  Said said = ask({"delete", "asset", "press"});
  EXPECT_EQ(said.code, 4);
  EXPECT_NE(said.err.find("Stream 'press/pressure'"), std::string::npos) << said.err;
  EXPECT_EQ(ask({"delete", "stream", "press/pressure", "--dry-run"}).code, 0);
  said = ask({"delete", "Stream", "press/pressure", "--note", "gone"});
  EXPECT_EQ(said.out, "Stream press/pressure deleted\n") << said.err;
  EXPECT_EQ(ask({"delete", "stream", "press/pressure"}).code, 3);
}

TEST_F(HubVerbsTest, DeleteTakesWhatManifestsNameAllOrNothing) {
  apply_plant();
  write("part.yaml", "apiVersion: lineside/v1\nkind: Site\nname: berlin\nspec: {}\n");
  Said said = ask({"delete", "-f", path("part.yaml")});
  EXPECT_EQ(said.code, 4);
  EXPECT_TRUE(said.err.starts_with(path("part.yaml") + ":3:7: Site/berlin: ")) << said.err;
  EXPECT_EQ(ask({"delete", "-f", path("plant.yaml"), "site", "berlin"}).code, 2);
  EXPECT_EQ(ask({"delete", "site"}).code, 2);
  EXPECT_EQ(ask({"delete"}).code, 2);
  said = ask({"delete", "-f", path("plant.yaml"), "--dry-run"});
  EXPECT_TRUE(said.out.ends_with("3 deleted; a dry run, nothing was stored\n")) << said.err;
  EXPECT_EQ(ask({"get", "site", "berlin"}).code, 0);
  said = ask({"delete", "-f", path("plant.yaml"), "--note", "closed", "--json"});
  EXPECT_EQ(said.code, 0) << said.err;
  EXPECT_EQ(Json::parse(said.out)["items"][2]["change"], "deleted");
  EXPECT_EQ(ask({"get", "site", "berlin"}).code, 3);
  said = ask({"delete", "-f", path("plant.yaml"), "--json"});
  EXPECT_EQ(said.code, 3) << "as of one that is asked for by its name";
  EXPECT_EQ(Json::parse(said.out)["error"]["code"], "not_found") << said.out;
  EXPECT_EQ(Json::parse(said.out)["problems"][1]["line"], 8) << said.out;
  write("twice.yaml", std::string(kPlant) + "---\n" + kPlant);
  EXPECT_EQ(ask({"delete", "-f", path("twice.yaml")}).code, 2);
}

TEST_F(HubVerbsTest, WhatWasGotAndChangedOverwritesNobody) {
  apply_plant();
  Said said = ask({"get", "site", "berlin"});
  EXPECT_TRUE(said.out.ends_with("\nmeta:\n  revision: 1\n")) << said.out;
  std::string mine = said.out;
  mine.replace(mine.find("Berlin works"), 12, "Mine");
  write("mine.yaml", mine);
  write("other.yaml", "apiVersion: lineside/v1\nkind: Site\nname: berlin\nspec: {title: Other}\n");
  EXPECT_EQ(ask({"apply", path("other.yaml")}).code, 0) << "without it the last one stays";
  said = ask({"apply", path("mine.yaml")});
  EXPECT_EQ(said.code, 4);
  EXPECT_TRUE(
      said.err.contains("meta.revision: Site 'berlin': expected revision 1, found revision "
                        "2; changed since: spec.title"))
      << said.err;
  EXPECT_TRUE(said.err.starts_with(path("mine.yaml") + ":")) << said.err;
  EXPECT_TRUE(ask({"get", "sites", "-o", "yaml"}).out.ends_with("meta:\n  revision: 2\n"));
  std::string anew = ask({"get", "site", "berlin"}).out;
  anew.replace(anew.find("Other"), 5, "Anew");
  write("anew.yaml", anew);
  for (int i = 0; i < 2; ++i)
    EXPECT_EQ(ask({"apply", path("anew.yaml")}).code, 0) << "the second time nothing is to do";
  // What it was comes back over what has followed.
  said = ask({"get", "site", "berlin", "--revision", "1"});
  EXPECT_FALSE(said.out.contains("meta")) << said.out;
  // All that are stale are told.
  said = ask({"get", "assets", "-o", "yaml"});
  std::string all = mine + "---\n" + said.out;
  all.replace(all.rfind("Press"), 5, "Oven");
  all.replace(all.rfind("revision: 1"), 11, "revision: 5");
  write("all.yaml", all);
  said = ask({"apply", path("all.yaml"), "--json"});
  EXPECT_EQ(Json::parse(said.out)["problems"].size(), 2U) << said.out;
}

TEST_F(HubVerbsTest, UploadAndAuditTellTheirErrorsAsJson) {
  write("model.onnx", "m");
  for (const Arguments& verb :
       {Arguments{"upload", path("none")},
        {"audit", "verify", "--checkpoint", path("none"), "--key", path("none")}}) {
    Arguments arguments = verb;
    arguments.push_back("--json");
    const Said said = ask(arguments);
    EXPECT_EQ(said.code, 3);
    EXPECT_EQ(said.err, "");
    EXPECT_EQ(Json::parse(said.out)["error"]["code"], "not_found") << said.out;
  }
  write("token", token("looker", {{"role", "viewer"}}) + "\n");
  for (const Arguments& verb : {Arguments{"upload", path("model.onnx")}, {"audit", "show"}}) {
    Arguments arguments = verb;
    arguments.push_back("--json");
    const Said said = ask(arguments);
    EXPECT_EQ(said.code, 5);
    EXPECT_EQ(said.err, "");
    EXPECT_EQ(Json::parse(said.out)["error"]["code"], "denied") << said.out;
  }
}

TEST_F(HubVerbsTest, DeleteNamesWhatTheCallerSeesOfWhatRefersToIt) {
  apply_plant();
  write("token", token("robot", {{"role", "ot-engineer"}, {"site", "berlin"}}) + "\n");
  const Said said = ask({"delete", "asset", "press"});
  EXPECT_EQ(said.code, 4);
  EXPECT_EQ(said.err,
            "lineside delete: Asset/press is referred to by others; of those that you may see: "
            "Stream 'press/pressure'\n");
}

TEST_F(HubVerbsTest, OnlyTheRightHubHearsTheToken) {
  const auto with = [&](const std::string& url, const std::string& token, const std::string& pin) {
    return run({"get", "sites", "--hub", url, "--token-file", token, "--ca-sha256", pin});
  };
  EXPECT_EQ(with(server_->url(), path("token"), std::string(64, 'a')).code, 5);
  EXPECT_EQ(with(server_->url(), path("token"), "abc").code, 2);
  EXPECT_EQ(with("http" + server_->url().substr(5), path("token"), ca()).code, 2);
  EXPECT_EQ(with(server_->url(), path("none"), ca()).code, 3);
  write("other", "lst_wrong\n");
  const Said said = with(server_->url(), path("other"), ca());
  EXPECT_EQ(said.code, 6) << said.err;
  EXPECT_EQ(said.err.find("lst_wrong"), std::string::npos);
  write("ca.pem", hub_->keys().authority.certificate_pem());
  EXPECT_EQ(run({"get", "sites", "--hub", server_->url(), "--token-file", path("token"),
                 "--ca-file", path("ca.pem")})
                .code,
            0);
  EXPECT_EQ(run({"get", "sites"}).code, 2);
}

TEST_F(HubVerbsTest, ABackupSaysThatItsFolderIsNotThere) {
  const Said said = run({"backup", "--data", path("hub"), "--out", path("none/backup.db")});
  EXPECT_EQ(said.code, 3);
  EXPECT_EQ(said.err, std::format("lineside backup: --out: expected a folder that is there, found "
                                  "no {}\n",
                                  path("none")));
  EXPECT_FALSE(std::filesystem::exists(path("none")));
}

// The data folder is in use: the verb ends either way.
TEST_F(HubVerbsTest, AHubSaysAtItsStartThatItCannotTellItsLineage) {
  Said said = run({"hub", "--data", path("hub"), "--lineage", path("none/x.ndjson")});
  EXPECT_EQ(said.code, 3);
  EXPECT_TRUE(said.err.starts_with("lineside hub: --lineage: ")) << said.err;
  EXPECT_TRUE(said.err.contains(path("none/x.ndjson"))) << said.err;
  const auto post = [&](const std::string& ca_file) {
    return run({"hub", "--data", path("hub"), "--lineage", "https://marquez.example/api/v1/lineage",
                "--lineage-ca", ca_file});
  };
  write("no.pem", "no certificate");
  write("bad.pem", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n");
  for (const auto& [file, code] :
       {std::pair("no.pem", 2), std::pair("bad.pem", 2), std::pair("none.pem", 3)}) {
    said = post(path(file));
    EXPECT_EQ(said.code, code) << said.err;
    EXPECT_TRUE(said.err.starts_with("lineside hub: --lineage-ca: ")) << said.err;
    EXPECT_TRUE(said.err.contains(path(file))) << said.err;
  }
  EXPECT_EQ(post(path("hub/keys/ca.pem")).code, 4);
  said = run({"hub", "--data", path("hub"), "--lineage", path("x.ndjson")});
  EXPECT_EQ(said.code, 4) << said.err;
}

TEST_F(HubVerbsTest, ABackupOfARunningHubMakesAnother) {
  apply_plant();
  Said said = run({"backup", "--data", path("hub"), "--out", path("backup.db")});
  EXPECT_EQ(said.code, 0) << said.err;
  EXPECT_TRUE(said.out.starts_with("verified: ")) << said.out;
  EXPECT_NE(said.out.find(path("hub") + "/keys"), std::string::npos) << said.out;
  EXPECT_FALSE(std::filesystem::exists(path("backup.db.artifacts/keys")));
  const auto size = hub_->db().audit().checkpoint().size;
  said = run({"restore", path("backup.db"), "--data", path("hub")});
  EXPECT_EQ(said.code, 4) << said.out;  // that hub runs
  write("full/note.txt", "mine");
  EXPECT_EQ(run({"restore", path("backup.db"), "--data", path("full")}).code, 4);
  EXPECT_EQ(run({"restore", path("none.db"), "--data", path("new")}).code, 3);
  // Nor is a hub's artifacts without its database; what a killed restore has left is made anew.
  write("new/artifacts/note.txt", "mine");
  EXPECT_EQ(run({"restore", path("backup.db"), "--data", path("new")}).code, 4);
  for (const char* left : {"hub.db.tmp", "hub.db.tmp-wal", "hub.db.tmp-journal"})
    write(std::string("new/") + left, "cut off");
  // A hub does not take it for an empty folder either.
  std::filesystem::copy(path("hub/keys"), path("new/keys"));
  const auto early = hub::Hub::open({.data_folder = path("new")});
  ASSERT_FALSE(early);
  EXPECT_TRUE(early.error().text.contains("run `lineside restore` again")) << early.error().text;
  std::filesystem::remove_all(path("new/keys"));
  said = run({"restore", path("backup.db"), "--data", path("more")});
  EXPECT_EQ(said.code, 0) << said.err;
  EXPECT_TRUE(said.out.contains("what was revoked since the backup is good again")) << said.out;
  said = run({"restore", path("backup.db"), "--data", path("new"), "--json"});
  EXPECT_EQ(said.code, 0) << said.err;
  EXPECT_EQ(Json::parse(said.out)["leaves"], size);
  EXPECT_FALSE(std::filesystem::exists(path("new/hub.db.tmp")));
  // Without its keys it does not start; with them it goes on.
  EXPECT_EQ(hub::Hub::open({.data_folder = path("new")}).error().code, Code::corrupt);
  std::filesystem::copy(
      path("hub/keys"), path("new/keys"),
      std::filesystem::copy_options::recursive | std::filesystem::copy_options::overwrite_existing);
  const auto again = hub::Hub::open({.data_folder = path("new")});
  ASSERT_TRUE(again) << again.error().text;
  EXPECT_TRUE((*again)->db().catalog().get(domain::Kind::stream, "press/pressure"));
}

TEST_F(HubVerbsTest, AHubDoesNotStartWithASecretThatOthersMayRead) {
  write("secret", "open sesame\n");
  std::filesystem::permissions(path("secret"), std::filesystem::perms(0644));
  for (const char* option : {"--passphrase-file", "--pin-file"}) {
    const Said said = run({"hub", "--data", path("hub"), option, path("secret")});
    EXPECT_EQ(said.code, 5) << said.out;
    EXPECT_TRUE(said.err.contains(path("secret") + ": expected mode 0600, found 0644")) << said.err;
  }
  std::filesystem::permissions(path("secret"), std::filesystem::perms(0600));
  EXPECT_EQ(run({"hub", "--data", path("hub"), "--pin-file", path("secret")}).code, 4)
      << "that hub runs";
}

TEST_F(HubVerbsTest, TheAuditLogIsVerifiedWithoutBelievingTheHub) {
  write("hub.key", ask({"audit", "key"}).out);
  write("kept", ask({"audit", "checkpoint"}).out);
  apply_plant();
  write("oven.yaml",
        "apiVersion: lineside/v1\nkind: Asset\nname: oven\nspec: {site: berlin, title: Oven}\n");
  EXPECT_EQ(ask({"apply", path("oven.yaml")}).code, 0);
  const int oven = Json::parse(ask({"history", "asset", "oven", "--json"}).out)["items"][0]["leaf"];
  const Arguments verify = {"audit",      "verify", "--checkpoint",
                            path("kept"), "--key",  path("hub.key")};
  const auto from = [&](const std::string& where) {
    Arguments arguments = verify;
    arguments.insert(arguments.end(), {"--from", where});
    return run(arguments);
  };
  EXPECT_EQ(run({"backup", "--data", path("hub"), "--out", path("backup.db")}).code, 0);
  for (const Said& said : {ask(verify), from(path("hub")), from(path("backup.db"))}) {
    EXPECT_EQ(said.code, 0) << said.out << said.err;
    EXPECT_TRUE(said.out.starts_with("verified: ")) << said.out;
  }
  // One byte of an entry, in a file that no hub looks after.
  std::string bytes = read(path("backup.db"));
  const auto at = bytes.find("\"object\":\"Asset/oven\"");
  ASSERT_NE(at, std::string::npos);
  bytes[at + 16] = 'X';
  write("altered.db", bytes);
  Said said = from(path("altered.db"));
  EXPECT_EQ(said.code, 1);
  EXPECT_NE(said.out.find(std::format("first wrong leaf: {}\n", oven)), std::string::npos)
      << said.out << said.err;
  // The log is left alone, what it is about is not.
  std::string changed = read(path("backup.db"));
  const auto spec = changed.find("\"title\":\"Oven");
  ASSERT_NE(spec, std::string::npos);
  changed[spec + 9] = 'X';
  write("changed.db", changed);
  said = from(path("changed.db"));
  EXPECT_EQ(said.code, 1) << said.out;
  EXPECT_NE(said.out.find("NOT verified: " + path("changed.db") +
                          ": revision 1 of Asset 'oven': "
                          "expected \"spec\":"),
            std::string::npos)
      << said.out;
  EXPECT_NE(said.out.find("the log itself is right"), std::string::npos) << said.out;
  // Another log that is signed with the same key.
  std::filesystem::create_directories(path("anew"));
  std::filesystem::copy(path("hub/keys"), path("anew/keys"),
                        std::filesystem::copy_options::recursive);
  for (const char* left : {"known", "server.pem"})  // a hub would not begin one
    std::filesystem::remove(path(std::string("anew/keys/") + left));
  {
    const auto anew = hub::Hub::open({.data_folder = path("anew")});
    ASSERT_TRUE(anew) << anew.error().text;
    const store::AuditEntry entry{Time{1}, "a", "", "", "{}"};
    for (int i = 0; i < 50; ++i) EXPECT_TRUE((*anew)->db().audit().append({&entry, 1}));
  }
  said = from(path("anew"));
  EXPECT_EQ(said.code, 1) << said.out << said.err;
  EXPECT_TRUE(said.out.starts_with("NOT verified: ")) << said.out;
  EXPECT_EQ(from(path("none.db")).code, 3);
  write("kept", "nonsense");
  EXPECT_EQ(ask(verify).code, 2);
}

TEST_F(HubVerbsTest, UploadBringsFilesOnce) {
  write("model.onnx", std::string(300'000, 'm'));
  write("model.report.json", "{}");
  const std::string digest = "sha256:" + crypt::sha256_hex(as_bytes(std::string(300'000, 'm')));
  Said said = ask({"upload", path("model.onnx"), path("model.report.json")});
  EXPECT_EQ(said.code, 0) << said.err;
  EXPECT_EQ(said.err, "");
  EXPECT_TRUE(said.out.starts_with("FILE ")) << said.out;
  EXPECT_NE(said.out.find(std::format("{}  {}  300000  created\n",
                                      path("model.onnx") + std::string(7, ' '), digest)),
            std::string::npos)
      << said.out;
  EXPECT_TRUE(hub_->blobs().read_verified(digest.substr(7)));
  said = ask({"upload", path("model.onnx")});
  EXPECT_NE(said.out.find("  300000  there already\n"), std::string::npos) << said.out << said.err;
  said = ask({"upload", path("model.onnx"), "--json"});
  EXPECT_EQ(Json::parse(said.out)["items"], Json::array({{{"file", path("model.onnx")},
                                                          {"digest", digest},
                                                          {"bytes", 300'000},
                                                          {"change", "unchanged"}}}));
  const auto entries = ask({"audit", "show", "--action", "artifact.added", "--json"});
  EXPECT_EQ(Json::parse(entries.out)["items"].size(), 2U);
}

TEST_F(HubVerbsTest, ABackupTellsWhichCopiesItHasMended) {
  write("model.onnx", "a model");
  const std::string digest = crypt::sha256_hex(as_bytes(std::string_view("a model")));
  ASSERT_EQ(ask({"upload", path("model.onnx")}).code, 0);
  const Arguments backup = {"backup", "--data", path("hub"), "--out", path("backup.db")};
  Said said = run(backup);
  EXPECT_EQ(said.code, 0) << said.err;
  EXPECT_FALSE(said.out.contains("mended")) << said.out;
  const std::string inside = "/" + digest.substr(0, 2) + "/" + digest;
  write("backup.db.artifacts" + inside, "a nodel");
  said = run(backup);
  EXPECT_EQ(said.code, 0) << said.err;
  EXPECT_TRUE(said.out.contains("\nmended: 1 of the artifacts, whose copies were damaged\n"))
      << said.out;
  write("backup.db.artifacts" + inside, "");
  Arguments as_json = backup;
  as_json.push_back("--json");
  said = run(as_json);
  EXPECT_EQ(Json::parse(said.out)["mended"], 1);
  EXPECT_EQ(Json::parse(said.out)["bad"], Json::array());

  write("backup.db.artifacts" + inside, "");
  write("hub/artifacts" + inside, "");
  said = run(as_json);
  EXPECT_EQ(said.code, 10) << said.err;
  EXPECT_EQ(Json::parse(said.out)["mended"], 0);
  EXPECT_TRUE(said.err.contains("artifact sha256:" + digest + ": its copy is damaged")) << said.err;
}

// Of a large one neither: standard error is no terminal here.
TEST_F(HubVerbsTest, UploadSaysNothingOfItsProgressToALog) {
  write("large.onnx", "m");
  std::filesystem::resize_file(path("large.onnx"), std::uintmax_t{17} << 20);
  const Said said = ask({"upload", path("large.onnx"), "--json"});
  EXPECT_EQ(said.code, 0);
  EXPECT_EQ(said.err, "");
  EXPECT_EQ(Json::parse(said.out)["items"][0]["change"], "created");
}

TEST_F(HubVerbsTest, UploadSaysWhatCannotBeTaken) {
  write("model.onnx", "m");
  write("empty", "");
  write("large", "");
  std::filesystem::resize_file(path("large"), (std::uintmax_t{1} << 30) + 1);
  Said said = ask({"upload", path("model.onnx"), path("empty")});
  EXPECT_EQ(said.code, 2);
  EXPECT_EQ(said.err, std::format("lineside upload: {}: is empty\n", path("empty")));
  said = ask({"upload", path("large")});
  EXPECT_EQ(said.err, std::format("lineside upload: {}: too large: expected at most 1073741824 "
                                  "bytes, found 1073741825\n",
                                  path("large")));
  said = ask({"upload", folder_});
  EXPECT_EQ(said.code, 2);
  EXPECT_EQ(said.err, std::format("lineside upload: cannot read {}: Is a directory\n",
                                  path("").substr(0, path("").size() - 1)));
  EXPECT_EQ(ask({"upload", path("none")}).code, 3);
  EXPECT_EQ(run({"upload", path("model.onnx")}).code, 2);
  // Somebody who may look and no more; nothing was sent before.
  write("token", token("looker", {{"role", "viewer"}}) + "\n");
  said = ask({"upload", path("model.onnx")});
  EXPECT_EQ(said.code, 5) << said.err;
  EXPECT_NE(said.err.find("write_models"), std::string::npos) << said.err;
  EXPECT_EQ(said.out, "");
}

// docs/first-plant.md walks with it.
TEST_F(HubVerbsTest, AModelGoesIntoServiceFromAShellAndByAPerson) {
  write("oil.onnx", "the model");
  const std::string digest =
      Json::parse(ask({"upload", path("oil.onnx"), "--json"}).out)["items"][0]["digest"];
  write("model.yaml",
        "apiVersion: lineside/v1\nkind: Site\nname: plant\nspec: {}\n---\n"
        "apiVersion: lineside/v1\nkind: Model\nname: oil\nspec: {owner: ada, site: plant}\n---\n"
        "apiVersion: lineside/v1\nkind: ModelVersion\nname: \"oil:1\"\n"
        "spec: {model: oil, digest: \"" +
            digest + "\", author: ada}\n");
  Said said = ask({"apply", path("model.yaml")});
  EXPECT_EQ(said.code, 0) << said.err;
  EXPECT_EQ(ask({"approval", "ask", "oil:1"}).code, 2) << "a reason is wanted";
  EXPECT_EQ(ask({"approval", "ask", "oil:2", "--reason", "x"}).code, 3);
  said = ask({"approval", "ask", "oil:1", "--reason", "first model of the presses"});
  EXPECT_EQ(said.code, 0) << said.err;
  EXPECT_EQ(said.out, std::format("approval 1 asked for: ModelVersion oil:1, {}\nto be decided by "
                                  "somebody else, signed in at {}/#/approvals/1\n",
                                  digest, server_->url()));
  EXPECT_EQ(ask({"approval", "ask", "oil:1", "--reason", "again"}).code, 4);
  write("pipeline.yaml",
        "apiVersion: lineside/v1\nkind: Pipeline\nname: press-oil\nspec:\n"
        "  site: plant\n  streams: [oil]\n  windows: [{name: w, count: 5}]\n"
        "  every: {count: 1}\n  features: [{window: w, kinds: [mean]}]\n"
        "  model: {version: \"oil:1\"}\n");
  said = ask({"apply", path("pipeline.yaml")});
  EXPECT_EQ(said.code, 5);
  EXPECT_TRUE(said.err.starts_with(path("pipeline.yaml") + ":3:7: Pipeline/press-oil: expected "))
      << said.err;
  const auto bob = person("bob", "ot-engineer");
  send("/api/v1/approvals/1/decision",
       {{"decision", "approved"}, {"digest", digest}, {"reason", "looks right"}}, bob);
  said = ask({"approval", "list", "--state", "approved"});
  EXPECT_TRUE(said.out.starts_with("ID  MODEL VERSION  STATE     ASKED BY ")) << said.out;
  EXPECT_NE(said.out.find("\n1   oil:1          approved  "), std::string::npos) << said.out;
  EXPECT_NE(said.out.find("  bob         looks right\n"), std::string::npos) << said.out;
  EXPECT_EQ(said.out.find("to be decided"), std::string::npos) << said.out;
  said = ask({"approval", "list", "--json"});
  EXPECT_EQ(Json::parse(said.out)["items"][0]["purpose"], "first model of the presses");
  EXPECT_EQ(ask({"approval", "list", "--state", "open"}).code, 2);
  EXPECT_EQ(ask({"approval", "decide"}).code, 2);
  said = ask({"apply", path("pipeline.yaml")});
  EXPECT_EQ(said.code, 0) << said.err;
  // What loses its input when the device goes.
  write("press.yaml",
        "apiVersion: lineside/v1\nkind: Asset\nname: press\nspec: {site: plant}\n---\n"
        "apiVersion: lineside/v1\nkind: Device\nname: plc\nspec: {site: plant}\n---\n"
        "apiVersion: lineside/v1\nkind: Stream\nname: press/oil\n"
        "spec: {asset: press, device: plc, unit: Cel}\n");
  said = ask({"apply", path("press.yaml")});
  EXPECT_EQ(said.code, 0) << said.err;
  const std::string near =
      "Device plc\n└─ Stream press/oil (device)\n   └─ Pipeline press-oil (streams)\n";
  const std::string all =
      near + "      └─ ModelVersion oil:1 (model.version of Pipeline press-oil)\n";
  EXPECT_EQ(ask({"graph", "device", "plc", "--up"}).out, all);
  EXPECT_EQ(ask({"graph", "device", "plc", "--up", "--depth", "3"}).out, all);
  EXPECT_EQ(ask({"graph", "device", "plc", "--up", "--depth", "2"}).out,
            near + "deeper: --depth 3\n");
}

TEST_F(HubVerbsTest, AuditShowsWhoDidWhat) {
  apply_plant();
  Said said = ask({"audit", "show", "--subject", "Asset/press"});
  EXPECT_EQ(said.code, 0) << said.err;
  EXPECT_TRUE(said.out.starts_with("INDEX  TIME ")) << said.out;
  EXPECT_NE(said.out.find("object.created"), std::string::npos) << said.out;
  said = ask({"audit", "show", "--action", "object.", "--limit", "2", "--json"});
  EXPECT_EQ(Json::parse(said.out)["items"].size(), 2U);
  EXPECT_EQ(ask({"audit", "shaw"}).code, 2);
}

}  // namespace
}  // namespace lineside::cli
