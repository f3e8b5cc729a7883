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
  ASSERT_TRUE(hub->db().edges().revoke("press-a", {clock.now(), "ada", "stolen"}, {}));
  EXPECT_EQ(ask("GET", "/wire/v1/state?after=0&wait=0", peer), 403);
  EXPECT_EQ(ask("GET", "/wire/v1/state?after=0&wait=0", std::nullopt), 401);
  const auto leaves = audit("access.denied");
  ASSERT_EQ(leaves.size(), 3U);
  std::vector<std::string> subjects;
  for (const auto& leaf : leaves) subjects.push_back(leaf.subject);
  EXPECT_EQ(std::ranges::count(subjects, "Edge/press-a"), 2);
  EXPECT_EQ(std::ranges::count(subjects, ""), 1);
}

TEST_F(WireRefusals, FillTheLogNoFasterThanSixtyAMinute) {
  const auto made = *crypt::make_key_and_csr("anything", "");
  const std::string body =
      wire::write_message(wire::JoinRequest{.token = "lse_wrong", .csr = made.csr_pem});
  for (int i = 0; i < 70; ++i) ASSERT_EQ(ask("POST", wire::kJoinPath, std::nullopt, body), 401);
  EXPECT_EQ(audit("edge.join_refused").size(), 60U);
  EXPECT_TRUE(audit("access.denied").empty()) << "each once";
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
