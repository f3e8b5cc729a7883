// A hub's edges from the command line, against a real hub.
#include "crypt/digest.h"
#include "hub/edges/edges.h"
#include "tests/hub_verbs_fixture.h"
#include "world/random.h"

namespace lineside::cli {
namespace {

class HubEdgesTest : public HubVerbsTest {
 protected:
  void enrol(const std::string& edge) const {
    const Time now = world::system_clock().now();
    ASSERT_TRUE(hub_->db().edges().enrol({.serial = edge + "1",
                                          .edge = edge,
                                          .fingerprint = edge + "f",
                                          .issued = now,
                                          .not_after = now + Duration::seconds(86'400)},
                                         "berlin", {}));
  }
};

TEST_F(HubEdgesTest, AreShownWithWhatTheyShallAndDoRun) {
  apply_plant();
  enrol("press-edge");
  Said said = ask({"edge", "list"});
  EXPECT_EQ(said.code, 0) << said.err;
  EXPECT_TRUE(
      said.out.starts_with("NAME        SITE    STATE  SEEN  DESIRED  REPORTED  WHY\n"
                           "press-edge  berlin  never  -     "))
      << said.out;
  EXPECT_EQ(ask({"edge", "list", "--state", "in_sync", "--json"}).out, "{\"items\":[]}\n");
  EXPECT_EQ(ask({"edge", "list", "--state", "dead"}).code, 2);
  EXPECT_EQ(
      Json::parse(ask({"edge", "list", "--site", "berlin", "--json"}).out)["items"][0]["name"],
      "press-edge");
  said = ask({"edge", "show", "press-edge"});
  EXPECT_EQ(said.code, 0) << said.err;
  EXPECT_TRUE(
      said.out.starts_with("Edge press-edge\n  site         berlin\n  state        never\n"))
      << said.out;
  EXPECT_TRUE(said.out.contains("\n  seen         -\n")) << said.out;
  EXPECT_EQ(Json::parse(ask({"edge", "show", "press-edge", "--json"}).out)["certificate_count"], 1);
  EXPECT_EQ(ask({"edge", "show", "oven-edge"}).code, 3);
  EXPECT_EQ(ask({"edge", "show", ""}).code, 2);
}

TEST_F(HubEdgesTest, ListGoesOnBeyondAPage) {
  apply_plant();
  for (int i = 0; i < 1001; ++i) enrol(std::format("e{}", i));
  EXPECT_EQ(Json::parse(ask({"edge", "list", "--json"}).out)["items"].size(), 1001U);
}

TEST_F(HubEdgesTest, AreRevokedForAReason) {
  apply_plant();
  enrol("press-edge");
  EXPECT_EQ(ask({"edge", "revoke", "press-edge"}).code, 2) << "a reason is wanted";
  const Said said = ask({"edge", "revoke", "press-edge", "--reason", "stolen"});
  EXPECT_EQ(said.code, 0) << said.err;
  EXPECT_EQ(said.out, "edge press-edge revoked\n");
  const auto shown = Json::parse(ask({"edge", "show", "press-edge", "--json"}).out);
  EXPECT_EQ(shown["certificates"][0]["reason"], "stolen");
  EXPECT_TRUE(ask({"edge", "show", "press-edge"}).out.contains("\n  certificate  -\n"));
  EXPECT_EQ(ask({"edge", "revoke", "oven-edge", "--reason", "stolen"}).code, 3);
}

TEST_F(HubEdgesTest, ShowWhatTheyRaised) {
  apply_plant();
  enrol("press-edge");
  const store::StoredAlert alert{
      .id = "a1",
      .edge = "press-edge",
      .asset = "press",
      .opened = Time{1'790'000'000'000'000'000},
      .updated = Time{1'790'000'000'000'000'000},
      .document = R"({"id":"a1","edge":"press-edge","pipeline":"heat","asset":"press",)"
                  R"("severity":"critical","state":"open","message":"too hot"})",
      .site = "berlin"};
  const store::StoredVerdict verdict{"a1", "press-edge", "olga", alert.opened,
                                     R"({"alert":"a1","verdict":"confirmed","author":"olga"})"};
  ASSERT_TRUE(hub_->db().alerts().put({&alert, 1}, {&verdict, 1}));
  Said said = ask({"edge", "alerts", "press-edge"});
  EXPECT_EQ(said.code, 0) << said.err;
  EXPECT_TRUE(said.out.contains("  critical  open   press  heat      confirmed (olga)  too hot\n"))
      << said.out;
  said = ask({"edge", "alerts", "press-edge", "--json"});
  EXPECT_EQ(Json::parse(said.out)["items"][0]["alert"]["message"], "too hot") << said.out;
  std::vector<store::StoredVerdict> more(120, verdict);
  for (std::size_t i = 0; i < more.size(); ++i) more[i].time = Time{static_cast<std::int64_t>(i)};
  ASSERT_TRUE(hub_->db().alerts().put({}, more));
  said = ask({"edge", "alerts", "press-edge"});
  EXPECT_TRUE(said.out.contains("  confirmed (olga) and 120 more  too hot\n")) << said.out;
  more.resize(1200, verdict);
  for (std::size_t i = 0; i < more.size(); ++i) more[i].time = Time{static_cast<std::int64_t>(i)};
  ASSERT_TRUE(hub_->db().alerts().put({}, more));
  said = ask({"edge", "alerts", "press-edge"});
  EXPECT_TRUE(said.out.contains("  confirmed (olga) and at least 1099 more  ")) << said.out;
  EXPECT_EQ(ask({"edge", "alerts", "oven-edge"}).code, 3);
}

TEST_F(HubEdgesTest, AreForgotten) {
  apply_plant();
  enrol("press-edge");
  enrol("oven-edge");
  Said said = ask({"edge", "remove", "press-edge"});
  EXPECT_EQ(said.code, 0) << said.err;
  EXPECT_EQ(said.out, "edge press-edge removed\n");
  EXPECT_EQ(ask({"edge", "show", "press-edge"}).code, 3);
  said = ask({"edge", "remove", "oven-edge", "--json"});
  EXPECT_EQ(said.code, 0) << said.err;
  EXPECT_EQ(said.out, "{\"name\":\"oven-edge\",\"change\":\"removed\"}\n");
  EXPECT_EQ(ask({"edge", "list", "--json"}).out, "{\"items\":[]}\n");
  said = ask({"edge", "remove", "oven-edge", "--json"});
  EXPECT_EQ(said.code, 3);
  EXPECT_EQ(Json::parse(said.out)["error"]["code"], "not_found") << said.out;
  EXPECT_EQ(ask({"edge", "remove", ""}).code, 2);
  EXPECT_EQ(ask({"edge", "remove"}).code, 2);
  const auto leaves = ask({"audit", "show", "--action", "edge.removed", "--json"});
  EXPECT_EQ(Json::parse(leaves.out)["items"].size(), 2U);
  enrol("saw-edge");
  write("token", token("looker", {{"role", "viewer"}}) + "\n");
  EXPECT_EQ(ask({"edge", "remove", "saw-edge"}).code, 5);
}

// The names are taken, and others are tried after the time that is given.
TEST_F(HubEdgesTest, ASimulationThatNoEdgeJoinsFails) {
  apply_plant();
  for (const char* edge : {"sim-1-00000", "sim-1-00001"}) enrol(edge);
  const auto edges = hub::Edges::open(*hub_);
  ASSERT_TRUE(edges) << edges.error().text;
  const std::string secret = "lse_" + world::system_random().token(16);
  store::EnrolmentToken token;
  token.name = "group";
  token.digest = crypt::sha256_hex(as_bytes(secret));
  token.site = "berlin";
  token.created_by = hub::kHubAuthor;
  token.created = world::system_clock().now();
  token.expires = token.created + Duration::seconds(3600);
  token.max_uses = 10;
  ASSERT_TRUE(hub_->db().tokens().add_enrolment(token, {}));
  const Said said = run({"sim", "edges", "1", "--hub", server_->url(), "--token", secret,
                         "--ca-sha256", ca(), "--for", "2", "--json"});
  EXPECT_EQ(said.code, 9) << said.out << said.err;
  EXPECT_EQ(Json::parse(said.out)["joined"], 0);
  EXPECT_TRUE(said.err.contains("lineside sim edges: none of 1 edges has joined: ")) << said.err;
  EXPECT_TRUE(said.err.contains("sim-1-0000")) << said.err;
}

}  // namespace
}  // namespace lineside::cli
