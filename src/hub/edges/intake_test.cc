#include "hub/edges/intake.h"

#include "base/text.h"
#include "codec/canonical.h"
#include "tests/hub_fixture.h"

namespace lineside::hub {
namespace {

const std::string kOdd = "a\x1b[2J\xe2\x80\xae";
const std::string kShown = R"(a\u001b[2J\u202e)";
const std::string kInJson = R"(a\\u001b[2J\\u202e)";

class IntakeTest : public HubTest {
 protected:
  IntakeTest() { build_plants(ada_); }

  const Who ada_ = set_up();
  const EdgeCaller press_{"press-edge", "berlin-line", "f"};
  Intake intake_{*hub, {}};
};

TEST_F(IntakeTest, KeepsWhatIsNoTextInBatchesAsItsEscapes) {
  wire::Batch batch;
  batch.alerts.push_back(
      {.id = "a1", .edge = press_.edge, .asset = kOdd, .opened = kStart, .updated = kStart});
  batch.verdicts.push_back({.alert = "a1", .note = kOdd, .author = kOdd, .time = kStart});
  ASSERT_TRUE(intake_.batch(press_, batch));
  const auto alerts = *hub->db().alerts().alerts({.edge = press_.edge});
  ASSERT_EQ(alerts.size(), 1U);
  EXPECT_EQ(alerts[0].asset, kShown);
  EXPECT_TRUE(alerts[0].document.contains(kInJson)) << alerts[0].document;
  const auto verdicts = hub->db().alerts().verdicts(press_.edge, "a1")->items;
  ASSERT_EQ(verdicts.size(), 1U);
  EXPECT_EQ(verdicts[0].author, kShown);
  EXPECT_TRUE(verdicts[0].document.contains("\"note\":\"" + kInJson)) << verdicts[0].document;
}

TEST_F(IntakeTest, FollowsAlertsThatAreClosedWithoutANewScore) {
  wire::Batch batch;
  batch.alerts.push_back({.id = "a1", .edge = press_.edge, .opened = kStart, .updated = kStart});
  ASSERT_TRUE(intake_.batch(press_, batch));
  wire::Batch closed = batch;
  closed.alerts[0].state = domain::AlertState::cleared;
  ASSERT_TRUE(intake_.batch(press_, closed));
  ASSERT_TRUE(intake_.batch(press_, batch)) << "said again";
  const auto alerts = *hub->db().alerts().alerts({.edge = press_.edge});
  ASSERT_EQ(alerts.size(), 1U);
  EXPECT_TRUE(alerts[0].document.contains("cleared")) << alerts[0].document;
  EXPECT_EQ(alerts[0].site, "berlin-line");
}

// Nobody has signed in at the edge, and what it says is no proof that somebody has.
TEST_F(IntakeTest, TakesNoAuthorForVerifiedBecauseAnEdgeSaysSo) {
  wire::Batch batch;
  batch.verdicts.push_back(
      {.alert = "a1", .author = "ada", .author_verified = true, .time = kStart});
  ASSERT_TRUE(intake_.batch(press_, batch));
  const auto verdicts = hub->db().alerts().verdicts(press_.edge, "a1")->items;
  ASSERT_EQ(verdicts.size(), 1U);
  const auto said = codec::read_json<domain::Verdict>(verdicts[0].document, "verdict");
  ASSERT_TRUE(said) << said.error().text;
  EXPECT_EQ(said->author, "ada");
  EXPECT_FALSE(said->author_verified);
}

TEST_F(IntakeTest, BringsNobodyBackWhoWasErased) {
  must_put("people", "olga", {{"title", "Olga Person"}}, ada_);
  const auto verdict = [](std::string author, std::string note, std::int64_t second) {
    return domain::Verdict{.alert = "a1",
                           .note = std::move(note),
                           .author = std::move(author),
                           .time = kStart + Duration::seconds(second)};
  };
  wire::Batch batch;
  batch.verdicts = {verdict("olga", "", 1), verdict("Olga Person", "", 2),
                    verdict("eve", "olga said so", 3)};
  ASSERT_TRUE(intake_.batch(press_, batch));
  ASSERT_EQ(status("POST", "/api/v1/people/olga/erasure", ada_), 204);
  batch.verdicts.push_back(verdict("olga", "", 4));  // of an edge that was away
  ASSERT_TRUE(intake_.batch(press_, batch));
  const auto verdicts = hub->db().alerts().verdicts(press_.edge, "a1")->items;
  EXPECT_EQ(verdicts.size(), 4U);
  for (const auto& said : verdicts) {
    EXPECT_FALSE(said.author.contains("olga") || said.author.contains("Olga")) << said.author;
    EXPECT_FALSE(said.document.contains("olga") || said.document.contains("Olga")) << said.document;
  }
}

// It would keep out what another one says at the same time.
TEST_F(IntakeTest, TakesNobodyForErasedBecauseAnEdgeSaysSo) {
  wire::Batch batch;
  batch.alerts.push_back({.id = "a1", .edge = press_.edge, .opened = kStart, .updated = kStart});
  for (const char* author : {"erased/0123456789abcdef", "olga", "erased/", "erased/olga"})
    batch.verdicts.push_back({.alert = "a1", .author = author, .time = kStart});
  ASSERT_TRUE(intake_.batch(press_, batch));
  std::vector<std::string> authors;
  const auto verdicts = hub->db().alerts().verdicts(press_.edge, "a1")->items;
  for (const auto& said : verdicts) authors.push_back(said.author);
  EXPECT_EQ(authors, (std::vector<std::string>{"olga", "erased/olga", "erased/"}));
  EXPECT_TRUE(intake_.metrics_text().contains(R"({reason="author_erased"} 1)"))
      << intake_.metrics_text();
}

TEST_F(IntakeTest, KeepsWhatIsNoTextInReportsAsItsEscapes) {
  ASSERT_TRUE(hub->db().edges().enrol({.serial = "1",
                                       .edge = press_.edge,
                                       .fingerprint = press_.fingerprint,
                                       .issued = clock.now(),
                                       .not_after = clock.now() + Duration::seconds(86'400)},
                                      press_.site, {}));
  wire::StateReport report;
  report.edge = press_.edge;
  report.problems = {kOdd};
  report.seen = clock.now();
  ASSERT_TRUE(intake_.report(press_, report, wire::write_message(report)));
  intake_.flush();
  const auto stored = hub->db().edges().report(press_.edge);
  ASSERT_TRUE(stored) << stored.error().text;
  const auto read = wire::read_message<wire::StateReport>(stored->document, "report");
  ASSERT_TRUE(read);
  EXPECT_EQ(read->problems, std::vector{kShown});
}

TEST_F(IntakeTest, PassesOverStreamsWhoseUnitIsNoText) {
  wire::Discovered discovered;
  discovered.streams = {{"pump", "bad", "\x1b[2J", ""},
                        {"pump", "worse", "\xe2\x80\xae", ""},
                        {"pump", "good", "Cel", ""}};
  ASSERT_TRUE(intake_.discovered(press_, discovered));
  EXPECT_FALSE(hub->db().catalog().get(domain::Kind::stream, "pump/bad"));
  EXPECT_FALSE(hub->db().catalog().get(domain::Kind::stream, "pump/worse"));
  EXPECT_TRUE(hub->db().catalog().get(domain::Kind::stream, "pump/good"));
}

// Whose connections they are is no affair of the edge that names them, nor does it make others'
// devices break when somebody deletes his own.
TEST_F(IntakeTest, KeepsConnectionsThatTheEdgeHasOnly) {
  must_put("devices", press_.edge, {{"site", "berlin-line"}, {"edge", true}}, ada_);
  must_put("devices", "other-edge", {{"site", "berlin-line"}, {"edge", true}}, ada_);
  const auto put_connection = [&](const std::string& name, Json where) {
    where["protocol"] = "mqtt";
    where["address"] = "127.0.0.1:1883";
    where["mappings"] = {
        {{"topic", name + "/{asset}"}, {"format", "number"}, {"streams", {{{"stream", "value"}}}}}};
    must_put("connections", name, where, ada_);
  };
  put_connection("of-all", Json::object());
  put_connection("of-berlin", {{"site", "berlin"}});
  put_connection("of-munich", {{"site", "munich"}});
  put_connection("of-press", {{"edge", press_.edge}});
  put_connection("of-other", {{"edge", "other-edge"}});
  wire::Discovered discovered;
  for (const char* name : {"of-all", "of-berlin", "of-munich", "of-press", "of-other", "of-none"})
    discovered.streams.push_back({name, "value", "", name});
  ASSERT_TRUE(intake_.discovered(press_, discovered));
  const auto connection = [&](const std::string& asset) -> std::string {
    const Json spec = get("/api/v1/streams/" + asset + "/value", ada_)["spec"];
    return spec.value("connection", "");
  };
  for (const char* name : {"of-all", "of-berlin", "of-press"}) EXPECT_EQ(connection(name), name);
  for (const char* name : {"of-munich", "of-other", "of-none"})
    EXPECT_EQ(connection(name), "") << name;
}

}  // namespace
}  // namespace lineside::hub
