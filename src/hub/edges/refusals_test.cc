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
  net::PeerCertificate enrol(const std::string& edge) {
    const Time until = clock.now() + Duration::seconds(86'400);
    const std::string fingerprint(64, edge.back());
    EXPECT_TRUE(
        hub->db().edges().enrol({edge, edge, fingerprint, clock.now(), until}, "berlin", {}));
    return {fingerprint, edge, edge, {wire::edge_uri(edge)}, until};
  }
  int ask(std::string method, std::string_view target, std::optional<net::PeerCertificate> peer,
          std::string body = "") {
    net::HttpRequest request{std::move(method), *net::parse_target(target), {}, std::move(body)};
    request.peer = std::move(peer);
    return edges_->answer(request).status;
  }

  const Who ada_ = set_up();
  std::unique_ptr<Edges> edges_;
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

}  // namespace
}  // namespace lineside::hub
