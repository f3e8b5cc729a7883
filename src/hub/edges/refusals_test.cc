// What the wire refuses, and that the audit log says so.
#include "crypt/x509.h"
#include "hub/edges/desired.h"
#include "hub/edges/edges.h"
#include "tests/hub_fixture.h"
#include "wire/calls.h"

namespace lineside::hub {
namespace {

class WireRefusals : public HubTest {
 protected:
  WireRefusals() {
    build_plants(ada_);
    edges_ = *Edges::open(*hub);
  }

  // An edge that has been enrolled, as the server sees it.
  net::PeerCertificate enrol(const std::string& edge, const std::string& site = "berlin") {
    const Time until = clock.now() + Duration::seconds(86'400);
    const std::string serial = std::format("{}{:02}", edge, ++enrolled_);
    const std::string fingerprint(64, static_cast<char>('a' + enrolled_));
    EXPECT_TRUE(hub->db().edges().enrol({serial, edge, fingerprint, clock.now(), until}, site, {}));
    return {fingerprint, serial, edge, {wire::edge_uri(edge)}, until};
  }
  int ask(std::string method, std::string_view target, std::optional<net::PeerCertificate> peer,
          std::string body = "") {
    net::HttpRequest request{std::move(method), *net::parse_target(target), {}, std::move(body)};
    request.peer = std::move(peer);
    return edges_->answer(request).status;
  }

  const Who ada_ = set_up();
  std::unique_ptr<Edges> edges_;
  int enrolled_ = 0;
};

TEST_F(WireRefusals, AreLeavesOfTheEdgeThatTheCertificateNames) {
  const auto peer = enrol("press-a");
  const std::string artifact = "/wire/v1/artifacts/sha256:" + std::string(64, 'a');
  EXPECT_EQ(ask("GET", artifact, peer), 404);
  EXPECT_EQ(ask("GET", "/wire/v1/artifacts/sha256:erika.mustermann", std::nullopt), 401);
  EXPECT_EQ(ask("GET", "/wire/v1/lst_secret", std::nullopt), 401);
  for (const auto& leaf : audit("access.denied"))
    EXPECT_FALSE(leaf.text.contains("erika") || leaf.text.contains("lst_secret")) << leaf.text;
  ASSERT_TRUE(hub->db().edges().revoke("press-a", {clock.now(), "ada", "stolen"}, {}));
  EXPECT_EQ(ask("GET", "/wire/v1/state?after=0&wait=0", peer), 403);
  EXPECT_EQ(ask("GET", "/wire/v1/state?after=0&wait=0", std::nullopt), 401);
  const auto leaves = audit("access.denied");
  ASSERT_EQ(leaves.size(), 5U);
  std::vector<std::string> subjects;
  for (const auto& leaf : leaves) subjects.push_back(leaf.subject);
  EXPECT_EQ(std::ranges::count(subjects, "Edge/press-a"), 2);
  EXPECT_EQ(std::ranges::count(subjects, ""), 3);
}

TEST_F(WireRefusals, FillTheLogNoFasterThanSixtyAMinute) {
  const auto made = *crypt::make_key_and_csr("anything", "");
  const std::string body =
      wire::write_message(wire::JoinRequest{.token = "lse_wrong", .csr = made.csr_pem});
  for (int i = 0; i < 70; ++i) ASSERT_EQ(ask("POST", wire::kJoinPath, std::nullopt, body), 401);
  EXPECT_EQ(audit("edge.join_refused").size(), 60U);
  EXPECT_TRUE(audit("access.denied").empty()) << "each once";
}

TEST_F(WireRefusals, RenewalsBeyondTenAnHourAreToldWhenToComeBack) {
  const auto peer = enrol("press-a");
  clock.advance(Duration::seconds(7200));
  const auto renew = [&] {
    const auto made = *crypt::make_key_and_csr("anything", "");
    net::HttpRequest request{"POST",
                             *net::parse_target("/wire/v1/renew"),
                             {},
                             wire::write_message(wire::RenewRequest{.csr = made.csr_pem})};
    request.peer = peer;
    return edges_->answer(request);
  };
  for (int i = 0; i < 10; ++i) ASSERT_EQ(renew().status, 200) << i;
  const auto refused = renew();
  EXPECT_EQ(refused.status, 429) << refused.body;
  EXPECT_EQ(refused.header("Retry-After"), "600");
  ASSERT_EQ(audit("access.denied").size(), 1U);
  EXPECT_EQ(audit("access.denied")[0].subject, "Edge/press-a");
  EXPECT_EQ(hub->db().edges().certificates("press-a", 1)->count, 11U);
  clock.advance(Duration::seconds(3600));
  EXPECT_EQ(renew().status, 200);
}

// Signed under a version that nobody can go above, or under a negative one, it would hold for ever.
TEST_F(WireRefusals, AnEdgeWhoseRowIsDamagedGetsNoStateAndTheOthersDo) {
  const auto damaged = enrol("press-a");
  const auto whole = enrol("press-b");
  const store::EdgeDesired high{
      .edge = "press-a", .version = (1ULL << 63U) - 1, .digest = "d", .document = "{}"};
  ASSERT_TRUE(hub->db().edges().put_desired(std::array{high}));
  edges_.reset();
  edges_ = *Edges::open(*hub);
  EXPECT_EQ(ask("GET", "/wire/v1/state?after=0&wait=0", damaged), 204);
  EXPECT_EQ(ask("GET", "/wire/v1/state?after=0&wait=0", whole), 200);
  const Json shown = get("/api/v1/edges/press-a", ada_);
  EXPECT_EQ(shown["state"], "failed");
  EXPECT_TRUE(shown["why"].get<std::string>().starts_with("its row is damaged: desired_version"))
      << shown["why"];
  EXPECT_EQ(status("DELETE", "/api/v1/edges/press-a", ada_), 204);
  const auto again = enrol("press-a2");
  clock.advance(Duration::seconds(60));
  edges_->step();
  EXPECT_EQ(ask("GET", "/wire/v1/state?after=0&wait=0", again), 200);
}

TEST_F(WireRefusals, AReportOfAVersionThatCannotBeIsRefused) {
  const auto peer = enrol("press-a");
  wire::StateReport report;
  report.edge = "press-a";
  report.version = store::kEdgeVersionMax + 1;
  report.seen = clock.now();
  EXPECT_EQ(ask("POST", "/wire/v1/report", peer, wire::write_message(report)), 400);
}

TEST_F(WireRefusals, AnEdgeWhoseDeviceMovedWhileItJoinedFollowsIt) {
  DesiredStates states(*hub, Duration::seconds(3600));
  ASSERT_TRUE(states.load());
  must_put("devices", "press-a", {{"site", "berlin"}, {"edge", true}}, ada_);
  enrol("press-a");
  // Before anybody has told of the edge the catalog's change says nothing to who computes states.
  must_put("devices", "press-a", {{"site", "munich"}, {"edge", true}}, ada_);
  ASSERT_TRUE(states.note_joined("press-a"));
  ASSERT_TRUE(states.refresh());
  EXPECT_EQ(hub->db().edges().state("press-a")->site, "munich");
}

// Ids can be guessed, and a name is free again once its edge is removed.
TEST_F(WireRefusals, WhoGetsAnEdgesNameDoesNotRewriteItsAlerts) {
  const auto batch = [](const std::string& message, std::int64_t second, const char* id) {
    const Time time = kStart + Duration::seconds(second);
    wire::Batch said;
    for (const char* one : {"x1", id})
      said.alerts.push_back(
          {.id = one,
           .edge = "press-a",
           .state = second > 0 ? domain::AlertState::cleared : domain::AlertState::open,
           .opened = kStart,
           .updated = time,
           .message = message});
    said.verdicts.push_back({.alert = "x1", .note = message, .author = "olga", .time = time});
    return wire::write_message(said);
  };
  const auto first = [&] {
    const Json page = get("/api/v1/edges/press-a/alerts", ada_);
    for (const Json& item : page["items"])
      if (item["alert"]["id"] == "x1") return item;
    return Json();
  };
  must_put("devices", "press-a", {{"site", "berlin"}, {"edge", true}}, ada_);
  const auto raiser = enrol("press-a");
  ASSERT_EQ(ask("POST", wire::kBatchPath, raiser, batch("too hot", 0, "x1")), 204);
  const Json raised = first();
  EXPECT_EQ(raised["alert"]["message"], "too hot");
  ASSERT_EQ(status("DELETE", "/api/v1/edges/press-a", ada_), 204);
  clock.advance(Duration::seconds(60));
  must_put("devices", "press-a", {{"site", "munich"}, {"edge", true}}, ada_);
  const auto another = enrol("press-a", "munich");
  EXPECT_EQ(ask("POST", wire::kBatchPath, another, batch("forged", 90, "x2")), 204);
  EXPECT_EQ(first(), raised);
  EXPECT_EQ(get("/api/v1/edges/press-a/alerts", ada_)["items"].size(), 2U) << "what is its own";
  EXPECT_TRUE(edges_->metrics_text().contains(R"({reason="raised_by_another"} 2)"))
      << edges_->metrics_text();
}

// As DesiredStates says in the log that it was.
TEST_F(WireRefusals, AnEdgeThatWasMovedGoesOnWithItsAlerts) {
  must_put("devices", "press-a", {{"site", "berlin"}, {"edge", true}}, ada_);
  const auto peer = enrol("press-a");
  edges_.reset();
  edges_ = *Edges::open(*hub);
  wire::Batch batch;
  batch.alerts.push_back({.id = "x1", .edge = "press-a", .opened = kStart, .updated = kStart});
  ASSERT_EQ(ask("POST", wire::kBatchPath, peer, wire::write_message(batch)), 204);
  must_put("devices", "press-a", {{"site", "munich"}, {"edge", true}}, ada_);
  clock.advance(Duration::seconds(60));
  edges_->step();
  ASSERT_EQ(hub->db().edges().state("press-a")->site, "munich");
  batch.alerts[0].updated = clock.now();
  batch.alerts[0].state = domain::AlertState::cleared;
  batch.verdicts.push_back({.alert = "x1", .author = "olga", .time = clock.now()});
  ASSERT_EQ(ask("POST", wire::kBatchPath, peer, wire::write_message(batch)), 204);
  const Json item = get("/api/v1/edges/press-a/alerts", ada_)["items"][0];
  EXPECT_EQ(item["alert"]["state"], "cleared");
  EXPECT_EQ(item["verdicts"].size(), 1U);
}

}  // namespace
}  // namespace lineside::hub
