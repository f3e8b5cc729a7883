#include "wire/follower.h"

#include <format>
#include <set>

#include <gtest/gtest.h>

#include "codec/canonical.h"
#include "crypt/digest.h"
#include "sim/clock.h"
#include "sim/files.h"
#include "wire/artifact.h"

namespace lineside::wire {
namespace {

constexpr Time kStart{1'790'000'000'000'000'000};
constexpr std::string_view kData = "/data";

crypt::SigningKey key_of(char seed) {
  return *crypt::SigningKey::from_seed(as_bytes(std::string(32, seed)));
}

std::string content_of(std::uint64_t version) { return "model of " + std::to_string(version); }

DesiredArtifact artifact_of(std::uint64_t version) {
  const std::string content = content_of(version);
  return {"sha256:" + crypt::sha256_hex(as_bytes(content)),
          static_cast<std::int64_t>(content.size())};
}

// A contract of its own, a pipeline with a model of its own.
DesiredState state_of(std::uint64_t version, std::string edge = "press-7") {
  DesiredState state;
  state.edge = std::move(edge);
  state.version = version;
  state.issued = kStart;
  state.expires = kStart + Duration::seconds(7 * 86400);
  domain::ContractSpec contract{.owner = "owner of " + std::to_string(version)};
  domain::PipelineSpec pipeline{.streams = {"t"}};
  pipeline.model = domain::ModelSpec{.digest = artifact_of(version).digest, .version = "m:1"};
  state.content.manifests = {
      {domain::Kind::contract, "c", codec::canonical_json(contract)},
      {domain::Kind::contract, "c" + std::to_string(version), codec::canonical_json(contract)},
      {domain::Kind::pipeline, "p", codec::canonical_json(pipeline)}};
  state.content.artifacts = {artifact_of(version)};
  state.revision = revision_of(state.content);
  return state;
}

crypt::Envelope signed_by(const DesiredState& state, char key = 'k') {
  return *sign_desired(state, key_of(key));
}

// An edge without lanes, that runs a folder only if it is whole and of one state, as the real one
// would load it: everything read again from the disk.
class Plant {
 public:
  explicit Plant(sim::SimFiles& files) : files_(files) {}

  // Empty, or why it did not start.
  std::string start() {
    follower_.reset();
    auto opened = Follower::open(std::string(kData), "press-7", {key_of(key).verify_key()},
                                 {files_,
                                  clock_,
                                  [this](const auto& artifact, const std::string& folder) {
                                    return fetch(artifact, folder);
                                  },
                                  [this](const std::string& folder) { return switch_to(folder); },
                                  {},
                                  [this](std::size_t count) { altered += count; }});
    if (!opened) return opened.error().text;
    follower_.emplace(std::move(*opened));
    std::vector<std::string> problems;
    const auto folders = follower_->folders();
    for (std::size_t i = 0; i < folders.size(); ++i) {
      const auto mended = follower_->mend(i);
      const std::string problem = mended ? load(folders[i]) : mended.error().text;
      if (!problem.empty()) {
        problems.push_back(problem);
        continue;
      }
      follower_->started(i, problems);
      return "";
    }
    return "nothing loads";
  }
  Follower& follower() { return *follower_; }
  // Version of what runs; 0: nothing.
  std::uint64_t runs() const { return runs_; }

  std::string fetched_instead;  // what the hub gives in place of the artifact
  bool hub_is_away = false;
  std::string refuses;  // this problem is found with whatever comes
  int switches = 0;     // asked for
  char key = 'k';       // pinned
  std::size_t altered = 0;
  sim::SimClock clock_{kStart};

 private:
  Result<void> fetch(const DesiredArtifact& artifact, const std::string& folder) {
    if (hub_is_away) return fail(Code::unavailable, "the hub is away");
    std::string content = fetched_instead;
    for (std::uint64_t version = 1; content.empty() && version < 10; ++version)
      if (artifact_of(version) == artifact) content = content_of(version);
    auto sink = TRY(ArtifactSink::open(artifact, folder, files_));
    TRY(sink.restart());
    TRY(sink.write(as_bytes(content)));
    return sink.finish();
  }
  std::vector<std::string> switch_to(const std::string& folder) {
    ++switches;
    const std::string problem = refuses.empty() ? load(folder) : refuses;
    if (problem.empty()) return {};
    return {problem};
  }
  std::string load(const std::string& folder) {
    const auto names = files_.list(folder);
    if (!names) return names.error().text;
    if (folder.ends_with("/config-0") && names->empty()) {
      runs_ = 0;
      return "";
    }
    const std::uint64_t version = std::stoull(folder.substr(folder.rfind('-') + 1));
    std::set<std::string> wanted = {"contracts.c.yaml", "pipelines.p.yaml", "desired.json",
                                    "contracts.c" + std::to_string(version) + ".yaml"};
    for (const std::string& name : *names)
      if (wanted.erase(name) == 0 && !name.ends_with(".tmp")) return "unexpected " + name;
    if (!wanted.empty()) return "expected " + *wanted.begin();
    const std::string owner = "owner of " + std::to_string(version);
    for (const std::string& name : {std::string("c"), "c" + std::to_string(version)})
      if (!text(folder + "/contracts." + name + ".yaml").contains(owner)) return "mixed " + name;
    const std::string artifact = hex_of(artifact_of(version));
    if (!text(folder + "/pipelines.p.yaml").contains("../artifacts/" + artifact))
      return "no model of " + std::to_string(version);
    if (text(std::string(kData) + "/joined/artifacts/" + artifact) != content_of(version))
      return "another model";
    runs_ = version;
    return "";
  }
  std::string text(const std::string& path) const {
    const auto bytes = files_.read(path);
    return bytes ? std::string(as_text(*bytes)) : "";
  }

  sim::SimFiles& files_;
  std::optional<Follower> follower_;
  std::uint64_t runs_ = 0;
};

class FollowerTest : public testing::Test {
 protected:
  FollowerTest() { EXPECT_EQ(plant_.start(), ""); }
  const FollowerStatus& offer(const DesiredState& state, char key = 'k') {
    plant_.follower().offer(signed_by(state, key));
    return plant_.follower().status();
  }
  std::string problem() const { return plant_.follower().status().problems.at(0); }
  void write(const std::string& path, std::string_view text) {
    ASSERT_TRUE(files_.write_atomic("/data/joined/" + path, as_bytes(text)));
  }
  std::string text_of(const std::string& path) const {
    return std::string(as_text(*files_.read("/data/joined/" + path)));
  }

  sim::SimFiles files_;
  mutable Plant plant_{files_};
};

TEST_F(FollowerTest, StartsWithNothingAndTakesWhatIsDesired) {
  EXPECT_EQ(plant_.runs(), 0U);
  EXPECT_EQ(offer(state_of(1)).state, ReportState::applied);
  EXPECT_EQ(plant_.runs(), 1U);
  EXPECT_EQ(plant_.follower().floor().version, 1U);
  offer(state_of(3));
  EXPECT_EQ(plant_.runs(), 3U);
  EXPECT_EQ(plant_.follower().decided(), 3U);
  EXPECT_EQ(plant_.switches, 2);
  offer(state_of(3));
  EXPECT_EQ(plant_.switches, 2) << "it is in force already";
  // Without the hub, and for weeks.
  plant_.clock_.advance(Duration::seconds(60 * 86400));
  ASSERT_EQ(plant_.start(), "");
  EXPECT_EQ(plant_.runs(), 3U);
  EXPECT_EQ(plant_.follower().status().state, ReportState::applied);
}

TEST_F(FollowerTest, KeepsNoMoreThanItMayNeed) {
  for (std::uint64_t version = 1; version <= 4; ++version) offer(state_of(version));
  EXPECT_EQ(*files_.list("/data/joined"),
            (std::vector<std::string>{"artifacts/", "config-0/", "config-3/", "config-4/",
                                      "current", "journal/"}));
  EXPECT_EQ(files_.list("/data/joined/artifacts")->size(), 2U);
  EXPECT_EQ(files_.list("/data/joined/journal")->size(), 1U);
}

TEST_F(FollowerTest, RefusesAttacksAndGoesOnWithWhatRuns) {
  offer(state_of(5));
  DesiredState other = state_of(5);
  other.content.manifests.pop_back();
  other.content.artifacts.clear();
  other.revision = revision_of(other.content);
  const std::vector<std::pair<std::string, crypt::Envelope>> attacks = {
      {"refused: wrong signature", signed_by(state_of(6), 'x')},
      {"refused: wrong target", signed_by(state_of(6, "press-8"))},
      {"refused: rollback", signed_by(state_of(4))},
      {"refused: equivocation", signed_by(other)},
  };
  for (const auto& [text, envelope] : attacks) {
    plant_.follower().offer(envelope);
    EXPECT_EQ(plant_.follower().status().state, ReportState::keeping);
    EXPECT_TRUE(problem().starts_with(text)) << problem();
    EXPECT_EQ(plant_.runs(), 5U);
    EXPECT_EQ(plant_.follower().floor().version, 5U);
  }
  plant_.clock_.advance(Duration::seconds(8 * 86400));
  offer(state_of(6));
  EXPECT_TRUE(problem().starts_with("refused: expired")) << problem();
  EXPECT_EQ(plant_.switches, 1);
  ASSERT_EQ(plant_.start(), "");
  EXPECT_EQ(plant_.runs(), 5U);
}

TEST_F(FollowerTest, RefusesATamperedArtifactAndTakesTheRightOneLater) {
  offer(state_of(1));
  plant_.fetched_instead = "another  2";
  EXPECT_EQ(offer(state_of(2)).state, ReportState::keeping);
  EXPECT_TRUE(problem().contains("altered")) << problem();
  EXPECT_TRUE(plant_.follower().status().try_again);
  EXPECT_EQ(plant_.follower().status().cause, Code::corrupt) << "not soon";
  EXPECT_EQ(plant_.follower().decided(), 1U) << "the hub is asked again";
  EXPECT_EQ(plant_.runs(), 1U);
  plant_.fetched_instead = "";
  EXPECT_EQ(offer(state_of(2)).state, ReportState::applied);
  EXPECT_EQ(plant_.runs(), 2U);
}

TEST_F(FollowerTest, TakesOnlyArtifactsThatTheStateNames) {
  DesiredState state = state_of(1);
  state.content.artifacts = {artifact_of(2)};
  state.revision = revision_of(state.content);
  EXPECT_EQ(offer(state).state, ReportState::keeping);
  EXPECT_TRUE(problem().contains("mixed")) << problem();
  state = state_of(1);
  state.content.manifests.push_back({domain::Kind::contract, "../../evil", "{}"});
  state.revision = revision_of(state.content);
  offer(state);
  EXPECT_TRUE(problem().contains("malformed")) << problem();
  state.content.manifests.back() = {domain::Kind::person, "anna", "{}"};
  state.revision = revision_of(state.content);
  offer(state);
  EXPECT_TRUE(problem().contains("malformed")) << problem();
  EXPECT_EQ(plant_.switches, 0);
  EXPECT_EQ(offer(state_of(1)).state, ReportState::applied);
}

TEST_F(FollowerTest, TriesAgainWhatWasOnlyNotToBeHad) {
  plant_.hub_is_away = true;
  EXPECT_EQ(offer(state_of(1)).state, ReportState::applying);
  EXPECT_TRUE(problem().ends_with("the hub is away")) << problem();
  EXPECT_TRUE(plant_.follower().status().try_again);
  EXPECT_EQ(plant_.follower().status().cause, Code::unavailable) << "soon";
  EXPECT_EQ(plant_.follower().decided(), 0U);
  plant_.hub_is_away = false;
  EXPECT_EQ(offer(state_of(1)).state, ReportState::applied);
}

TEST_F(FollowerTest, KeepsWhatRunsWhereTheNewOneDoesNotLoad) {
  offer(state_of(1));
  plant_.refuses = "plant.yaml:3:1: wrong";
  EXPECT_EQ(offer(state_of(2)).state, ReportState::keeping);
  EXPECT_EQ(problem(), "plant.yaml:3:1: wrong");
  EXPECT_FALSE(plant_.follower().status().try_again);
  EXPECT_EQ(plant_.follower().floor().version, 1U) << "raised only by what is in force";
  EXPECT_EQ(plant_.follower().decided(), 2U) << "not offered again and again";
  EXPECT_EQ(plant_.runs(), 1U);
  plant_.refuses = "";
  ASSERT_EQ(plant_.start(), "");
  EXPECT_EQ(plant_.runs(), 1U);
  EXPECT_EQ(plant_.follower().decided(), 1U) << "something may have been mended";
  EXPECT_EQ(offer(state_of(2)).state, ReportState::applied);
}

TEST_F(FollowerTest, IsAskedToTryAgain) {
  plant_.refuses = "no password file";
  offer(state_of(1));
  EXPECT_EQ(plant_.follower().decided(), 1U);
  plant_.refuses = "";
  plant_.follower().retry();
  EXPECT_EQ(plant_.follower().decided(), 0U);
  EXPECT_EQ(offer(state_of(1)).state, ReportState::applied);
}

TEST_F(FollowerTest, AsksAgainForWhatIsInForceUntilItRuns) {
  offer(state_of(1));
  offer(state_of(2));
  write("config-2/desired.json", "{}");
  write("artifacts/" + hex_of(artifact_of(2)), "damaged");
  ASSERT_EQ(plant_.start(), "");
  EXPECT_EQ(plant_.follower().decided(), 1U);
  plant_.follower().retry();
  EXPECT_EQ(plant_.follower().decided(), 1U);
  plant_.fetched_instead = "another  2";
  EXPECT_EQ(offer(state_of(2)).state, ReportState::keeping);
  EXPECT_EQ(plant_.follower().decided(), 1U) << "though it is not above the floor";
  plant_.fetched_instead = "";
  EXPECT_EQ(offer(state_of(2)).state, ReportState::applied);
  EXPECT_EQ(plant_.runs(), 2U);
}

TEST_F(FollowerTest, FallsBackToWhatRanBeforeAndMendsIt) {
  offer(state_of(1));
  offer(state_of(2));
  write("config-2/desired.json", "{}");
  ASSERT_EQ(plant_.start(), "");
  EXPECT_EQ(plant_.runs(), 1U);
  const FollowerStatus& status = plant_.follower().status();
  EXPECT_EQ(status.state, ReportState::failed);
  EXPECT_FALSE(status.problems.empty());
  EXPECT_EQ(plant_.follower().running(), 1U);
  EXPECT_EQ(plant_.follower().decided(), 1U) << "version 2 is asked for again";
  EXPECT_EQ(offer(state_of(2)).state, ReportState::applied);
  EXPECT_EQ(plant_.runs(), 2U);
  write("config-2/desired.json", "{}");
  ASSERT_TRUE(files_.remove("/data/joined/config-1/desired.json"));
  ASSERT_EQ(plant_.start(), "");
  EXPECT_EQ(plant_.runs(), 0U) << "nothing is left to run, and still it can be mended";
  EXPECT_EQ(offer(state_of(2)).state, ReportState::applied);
}

// ---- What somebody does to the folder ----------------------------------------------------------

TEST_F(FollowerTest, RestoresManifestsThatWereEditedHere) {
  offer(state_of(1));
  offer(state_of(2));
  const std::string contract = text_of("config-2/contracts.c.yaml");
  std::string edited = contract;
  edited.replace(edited.find("owner of 2"), 10, "owner of 3");
  write("config-2/contracts.c.yaml", edited);
  ASSERT_TRUE(files_.remove("/data/joined/config-2/contracts.c2.yaml"));
  write("config-2/contracts.more.yml", contract);
  ASSERT_EQ(plant_.start(), "");
  EXPECT_EQ(plant_.runs(), 2U);
  EXPECT_EQ(text_of("config-2/contracts.c.yaml"), contract);
  EXPECT_FALSE(files_.exists("/data/joined/config-2/contracts.more.yml"));
  const FollowerStatus& status = plant_.follower().status();
  EXPECT_EQ(status.state, ReportState::applied);
  ASSERT_EQ(status.problems.size(), 3U);
  EXPECT_TRUE(status.problems[0].contains("contracts.more.yml was added here: deleted"));
  EXPECT_TRUE(status.problems[1].contains("contracts.c.yaml was changed here: restored"));
  EXPECT_TRUE(status.problems[2].contains("contracts.c2.yaml was missing here: restored"));
  EXPECT_EQ(plant_.altered, 3U);
  ASSERT_EQ(plant_.start(), "");
  EXPECT_TRUE(plant_.follower().status().problems.empty());
  EXPECT_EQ(plant_.altered, 3U);
}

TEST_F(FollowerTest, WritesAnewInSilenceWhatSaysTheSame) {
  offer(state_of(1));
  const std::string contract = text_of("config-1/contracts.c.yaml");
  write("config-1/contracts.c.yaml", "# as another version may write it\n" + contract);
  ASSERT_EQ(plant_.start(), "");
  EXPECT_EQ(text_of("config-1/contracts.c.yaml"), contract);
  EXPECT_TRUE(plant_.follower().status().problems.empty());
  EXPECT_EQ(plant_.altered, 0U);
}

TEST_F(FollowerTest, RunsNoFolderWithoutTheRightEnvelope) {
  offer(state_of(1));
  offer(state_of(2));
  DesiredState other = state_of(2);
  other.content.manifests.pop_back();
  other.revision = revision_of(other.content);
  const std::string right = text_of("config-2/desired.json");
  for (const std::string& envelope :
       {envelope_json(signed_by(state_of(2), 'x')), envelope_json(signed_by(state_of(1))),
        envelope_json(signed_by(state_of(2, "press-8"))), envelope_json(signed_by(other)),
        std::string("no JSON")}) {
    SCOPED_TRACE(envelope);
    write("config-2/desired.json", envelope);
    const std::size_t before = plant_.altered;
    ASSERT_EQ(plant_.start(), "");
    EXPECT_EQ(plant_.runs(), 1U) << "the state before";
    EXPECT_EQ(plant_.follower().status().state, ReportState::failed);
    EXPECT_TRUE(problem().contains("config-2 is not what the hub has signed")) << problem();
    EXPECT_EQ(plant_.altered, before + 1);
    EXPECT_EQ(plant_.follower().decided(), 1U) << "version 2 is asked for again";
  }
  write("config-2/desired.json", right);
  ASSERT_EQ(plant_.start(), "");
  EXPECT_EQ(plant_.runs(), 2U);
}

TEST_F(FollowerTest, RunsNothingOfWhatIsPutWhereNothingIsDesired) {
  write("config-0/contracts.c.yaml", "kind: Contract\n");
  ASSERT_EQ(plant_.start(), "");
  EXPECT_EQ(plant_.runs(), 0U);
  EXPECT_TRUE(problem().contains("config-0/contracts.c.yaml was added here")) << problem();
}

// What is no file of ours kept the folder, and so each later update, from being finished.
TEST_F(FollowerTest, DeletesFoldersThatWerePutIntoItsOwn) {
  offer(state_of(1));
  const auto put = [&](const std::string& folder) {
    ASSERT_TRUE(files_.make_directories("/data/joined/" + folder));
    write(folder + "/somebody.yaml", "kind: Contract\n");
  };
  put("config-1/kept/by");
  ASSERT_TRUE(files_.remove("/data/joined/config-1/contracts.c.yaml"));
  put("config-1/contracts.c.yaml");
  ASSERT_EQ(plant_.start(), "");
  EXPECT_EQ(plant_.runs(), 1U);
  EXPECT_FALSE(files_.exists("/data/joined/config-1/kept"));
  EXPECT_TRUE(problem().contains("config-1/contracts.c.yaml/ was added here: deleted"))
      << problem();
  EXPECT_EQ(plant_.altered, 3U) << "two folders, and the manifest that one stood in the place of";

  for (const char* folder : {"config-1/kept/by", "config-2/kept", "config-99/kept"}) put(folder);
  for (const std::uint64_t version : {2U, 3U}) {
    EXPECT_EQ(offer(state_of(version)).state, ReportState::applied) << problem();
    EXPECT_EQ(plant_.runs(), version);
  }
  EXPECT_FALSE(files_.exists("/data/joined/config-1"));
  EXPECT_FALSE(files_.exists("/data/joined/config-2/kept"));
  EXPECT_FALSE(files_.exists("/data/joined/config-99"));
}

TEST_F(FollowerTest, GoesNoLowerBecauseItsPointerWasSetBack) {
  offer(state_of(1));
  const std::string first = text_of("current");
  offer(state_of(2));
  for (const std::string& lower : {first, std::string(R"({"v":1,"version":0,"revision":""})")}) {
    SCOPED_TRACE(lower);
    const std::size_t before = plant_.altered;
    write("current", lower);
    ASSERT_EQ(plant_.start(), "");
    EXPECT_EQ(plant_.runs(), 2U);
    EXPECT_EQ(plant_.follower().status().state, ReportState::applied);
    EXPECT_TRUE(problem().contains("joined/current was set back here from version 2 to"))
        << problem();
    EXPECT_EQ(plant_.altered, before + 1);
    offer(state_of(1));
    EXPECT_TRUE(problem().starts_with("refused: rollback")) << problem();
    ASSERT_EQ(plant_.start(), "");
    EXPECT_TRUE(plant_.follower().status().problems.empty()) << "it was restored";
    EXPECT_EQ(plant_.runs(), 2U);
  }
}

TEST_F(FollowerTest, AsksForWhatWasInForceWhereOnlyWhatWasBeforeIsLeft) {
  offer(state_of(1));
  const std::string first = text_of("current");
  offer(state_of(2));
  plant_.refuses = "no password file";
  EXPECT_EQ(offer(state_of(3)).state, ReportState::keeping);
  plant_.refuses = "";
  write("current", first);
  write("config-2/desired.json", "{}");
  // A disk that takes nothing keeps it from no start, and from no other floor.
  for (std::uint64_t n = 1;; ++n) {
    write("current", first);
    files_.fail_at(n, Code::exhausted);
    const std::string failure = plant_.start();
    files_.clear_failure();
    if (!failure.empty()) continue;
    if (text_of("current") != first) break;
    EXPECT_EQ(plant_.follower().floor().version, 2U);
  }
  write("current", first);
  ASSERT_EQ(plant_.start(), "");
  EXPECT_EQ(plant_.runs(), 1U);
  EXPECT_EQ(plant_.follower().status().state, ReportState::failed);
  EXPECT_EQ(plant_.follower().floor().version, 2U);
  EXPECT_EQ(plant_.follower().decided(), 1U) << "version 2 is asked for again";
  EXPECT_EQ(offer(state_of(2)).state, ReportState::applied) << problem();
  EXPECT_EQ(plant_.runs(), 2U);
}

TEST_F(FollowerTest, RestoresWhatWasStagedBeforeItSwitches) {
  offer(state_of(1));
  const int before = plant_.switches;
  for (std::uint64_t n = 1; plant_.switches == before; ++n) {
    files_.fail_at(n, Code::unavailable, sim::SimFiles::Failure::onwards);
    offer(state_of(2));
    files_.crash();
    ASSERT_EQ(plant_.start(), "");
    ASSERT_LT(n, 100U);
  }
  ASSERT_EQ(plant_.runs(), 1U);
  std::string edited = text_of("config-2/contracts.c.yaml");
  edited.replace(edited.find("owner of 2"), 10, "owner of 3");
  write("config-2/contracts.c.yaml", edited);
  plant_.follower().resume();
  EXPECT_EQ(plant_.runs(), 2U);
  EXPECT_EQ(plant_.follower().status().state, ReportState::applied);
  EXPECT_TRUE(problem().contains("contracts.c.yaml was changed here")) << problem();
}

TEST_F(FollowerTest, AsksForWhatIsInForceOnceTheHubSignsWithAnotherKey) {
  offer(state_of(1));
  plant_.follower().use_keys({key_of('n').verify_key()});
  EXPECT_EQ(plant_.follower().decided(), 0U);
  EXPECT_EQ(offer(state_of(1), 'n').state, ReportState::applied);
  EXPECT_EQ(plant_.follower().decided(), 1U);
  plant_.key = 'n';
  ASSERT_EQ(plant_.start(), "");
  EXPECT_EQ(plant_.runs(), 1U);
  EXPECT_TRUE(plant_.follower().status().problems.empty());
  plant_.follower().use_keys({key_of('n').verify_key()});
  EXPECT_EQ(plant_.follower().decided(), 1U) << "nothing is new";
}

TEST_F(FollowerTest, GivesUpAnUpdateThatNeverSurvivesTheSwitch) {
  offer(state_of(1));
  // The power goes as soon as the lanes were asked, and what was to be noted after it is lost.
  const int before = plant_.switches;
  for (std::uint64_t n = 1; plant_.switches == before; ++n) {
    files_.fail_at(n, Code::unavailable, sim::SimFiles::Failure::onwards);
    offer(state_of(2));
    files_.crash();
    ASSERT_EQ(plant_.start(), "");
    ASSERT_LT(n, 100U);
  }
  for (int i = 0; i < 2; ++i) {
    files_.fail_at(3, Code::unavailable, sim::SimFiles::Failure::onwards);  // after one record
    plant_.follower().resume();
    EXPECT_EQ(plant_.switches, before + 2 + i);
    files_.crash();
    ASSERT_EQ(plant_.start(), "");
    EXPECT_EQ(plant_.runs(), 1U);
  }
  plant_.follower().resume();
  EXPECT_EQ(plant_.switches, before + 3);
  EXPECT_EQ(plant_.follower().status().state, ReportState::keeping);
  EXPECT_TRUE(problem().contains("cut short 3 times")) << problem();
  EXPECT_EQ(plant_.follower().decided(), 2U);
  ASSERT_EQ(plant_.start(), "");
  EXPECT_EQ(plant_.runs(), 1U);
  EXPECT_EQ(plant_.follower().decided(), 2U) << "also after the next start";
  EXPECT_EQ(offer(state_of(3)).state, ReportState::applied);
}

// Power goes at the n-th call to the disk, for every n; with what was not synced gone, or torn.
class PowerCut : public testing::TestWithParam<bool> {};

TEST_P(PowerCut, LeavesTheOldOrTheNewNeverNeitherAndFinallyTheNew) {
  for (std::uint64_t n = 1;; ++n) {
    SCOPED_TRACE(n);
    sim::SimFiles files;
    Plant plant(files);
    ASSERT_EQ(plant.start(), "");
    plant.follower().offer(signed_by(state_of(1)));
    plant.follower().offer(signed_by(state_of(2)));
    ASSERT_EQ(plant.runs(), 2U);
    files.fail_at(n, Code::unavailable, sim::SimFiles::Failure::onwards);
    const std::uint64_t before = files.calls();
    plant.follower().offer(signed_by(state_of(3)));
    const bool was_cut = files.calls() - before >= n;
    const std::uint64_t floor = plant.follower().floor().version;
    files.crash(GetParam() ? std::optional(n) : std::nullopt);

    ASSERT_EQ(plant.start(), "");
    EXPECT_TRUE(plant.runs() == 2 || plant.runs() == 3) << plant.runs();
    EXPECT_EQ(plant.follower().running(), plant.runs());
    EXPECT_EQ(plant.follower().status().state, ReportState::applied);
    EXPECT_GE(plant.follower().floor().version, floor) << "the floor never goes back";
    EXPECT_EQ(plant.follower().floor().version, plant.runs()) << "and is what is in force";
    // What is old is refused from here on, too.
    plant.follower().offer(signed_by(state_of(1)));
    EXPECT_EQ(plant.follower().status().state, ReportState::keeping);
    plant.follower().resume();
    if (plant.runs() != 3) plant.follower().offer(signed_by(state_of(3)));
    EXPECT_EQ(plant.runs(), 3U);
    EXPECT_EQ(plant.follower().floor().version, 3U);
    ASSERT_EQ(plant.start(), "");
    EXPECT_EQ(plant.runs(), 3U);
    if (!was_cut) {
      EXPECT_GT(n, 20U);
      return;
    }
  }
}

// The power goes at call n, and again at call m of the recovery.
void cut_twice(std::uint64_t n, std::uint64_t m, bool torn) {
  SCOPED_TRACE(std::to_string(n) + " then " + std::to_string(m));
  sim::SimFiles files;
  Plant plant(files);
  ASSERT_EQ(plant.start(), "");
  const auto go_on = [&] {
    plant.follower().resume();
    if (plant.runs() != 2) plant.follower().offer(signed_by(state_of(2)));
  };
  plant.follower().offer(signed_by(state_of(1)));
  files.fail_at(n, Code::unavailable, sim::SimFiles::Failure::onwards);
  plant.follower().offer(signed_by(state_of(2)));
  files.crash(torn ? std::optional(n) : std::nullopt);
  files.fail_at(m, Code::unavailable, sim::SimFiles::Failure::onwards);
  if (plant.start().empty()) go_on();
  files.crash(torn ? std::optional(m) : std::nullopt);
  ASSERT_EQ(plant.start(), "");
  EXPECT_TRUE(plant.runs() == 1 || plant.runs() == 2);
  go_on();
  EXPECT_EQ(plant.runs(), 2U);
  EXPECT_EQ(plant.follower().floor().version, 2U);
}

TEST_P(PowerCut, WhileItRecoversFromOneIsNoWorse) {
  for (std::uint64_t n = 1; n < 60; ++n)
    for (std::uint64_t m = 1; m < 40; m += 3) cut_twice(n, m, GetParam());
}

INSTANTIATE_TEST_SUITE_P(TornOrGone, PowerCut, testing::Bool());

TEST_F(FollowerTest, GoesOnOverADiskThatFailsOnce) {
  offer(state_of(1));
  const std::uint64_t before = files_.calls();
  for (std::uint64_t n = 1; n < 40; ++n) {
    SCOPED_TRACE(n);
    const std::uint64_t version = plant_.follower().floor().version + 1;
    if (version > 9) break;
    files_.fail_at(n, Code::exhausted);
    offer(state_of(version));
    files_.clear_failure();
    if (plant_.follower().floor().version == version) continue;
    EXPECT_TRUE(plant_.follower().status().try_again);
    EXPECT_EQ(offer(state_of(version)).state, ReportState::applied) << problem();
    EXPECT_EQ(plant_.runs(), version);
  }
  EXPECT_GT(files_.calls(), before);
}

TEST_F(FollowerTest, TakesADamagedPointerForAMissingOne) {
  offer(state_of(1));
  for (const char* damaged : {"", "{\"v\":1,\"version\":", "\x01garbage"}) {
    ASSERT_TRUE(files_.write_atomic("/data/joined/current", as_bytes(std::string_view(damaged))));
    ASSERT_EQ(plant_.start(), "") << damaged;
    EXPECT_EQ(offer(state_of(2)).state, ReportState::applied) << problem();
    EXPECT_EQ(plant_.runs(), 2U);
  }
}

// What an edge has taken that did not know the bound yet: nothing true would be above it.
TEST_F(FollowerTest, IsHeldBackByNoVersionBeyondWhatOneCanBe) {
  offer(state_of(1));
  for (const std::uint64_t beyond : {kVersionMax + 1, std::uint64_t{1} << 63U}) {
    plant_.follower().offer(signed_by(state_of(beyond)));
    EXPECT_EQ(plant_.follower().status().state, ReportState::keeping);
    EXPECT_TRUE(problem().starts_with("refused: malformed")) << problem();
    EXPECT_EQ(plant_.runs(), 1U);

    UpdateJournal journal(files_, "/data/joined/journal");
    ASSERT_TRUE(journal.open());
    UpdateRecord record{.version = beyond, .revision = "r", .note = {}};
    ASSERT_TRUE(journal.begin(record));
    record.step = UpdateStep::switching;
    for (int i = 0; i < 3; ++i) ASSERT_TRUE(journal.note(record));
    record.step = UpdateStep::keeping;
    ASSERT_TRUE(journal.note(record));
    ASSERT_EQ(plant_.start(), "");
    EXPECT_EQ(plant_.follower().decided(), 1U);

    const std::string current = std::format(R"({{"v":1,"version":{},"revision":"r"}})", beyond);
    ASSERT_TRUE(files_.write_atomic("/data/joined/current", as_bytes(current)));
    ASSERT_EQ(plant_.start(), "");
    EXPECT_EQ(plant_.follower().decided(), 0U);
    EXPECT_EQ(offer(state_of(1)).state, ReportState::applied) << problem();
    EXPECT_EQ(plant_.runs(), 1U);
  }
}

TEST_F(FollowerTest, TakesNoOtherFileForARecordOfItsJournal) {
  ASSERT_EQ(plant_.start(), "");
  ASSERT_EQ(offer(state_of(1)).state, ReportState::applied) << problem();
  ASSERT_TRUE(files_.write_atomic("/data/joined/journal/99.log", as_bytes("x")));
  ASSERT_EQ(plant_.start(), "");
  EXPECT_EQ(plant_.runs(), 1U);
  EXPECT_EQ(offer(state_of(2)).state, ReportState::applied) << problem();
}

TEST_F(FollowerTest, PutsAFolderInThePlaceOfItsPointerAside) {
  ASSERT_TRUE(files_.make_directories("/data/joined/current/x"));
  ASSERT_EQ(plant_.start(), "");
  EXPECT_EQ(offer(state_of(1)).state, ReportState::applied) << problem();
  ASSERT_EQ(plant_.start(), "");
  EXPECT_EQ(plant_.runs(), 1U);
}

}  // namespace
}  // namespace lineside::wire
