#include "hub/edges/membership.h"

#include <algorithm>

#include "base/text.h"
#include "crypt/x509.h"
#include "hub/edges/local_edge.h"
#include "tests/hub_fixture.h"

namespace lineside::hub {
namespace {

class MembershipTest : public HubTest {
 protected:
  MembershipTest() { build_plants(ada_); }

  std::string token_of(const Who& who, const std::string& name,
                       const std::string& site = "berlin-line") {
    const auto made = ask("POST", "/api/v1/enrolments", who,
                          Json{{"name", name}, {"site", site}, {"uses", 9}}.dump());
    EXPECT_EQ(made.status, 201) << made.body;
    return Json::parse(made.body)["secret"];
  }
  // "", or why not.
  std::string join(const std::string& secret, const std::string& edge) {
    const auto made = *crypt::make_key_and_csr("anything", "");
    const auto joined = membership_.join({.token = secret, .csr = made.csr_pem, .edge = edge});
    return joined ? "" : joined.error().text;
  }

  static constexpr const char* kVoid = "expected an enrolment token that is valid";
  const Who ada_ = set_up();
  Membership membership_{*hub, {}};
};

TEST_F(MembershipTest, ATokenHoldsAsLongAsTheRightOfWhoMadeIt) {
  const std::string olgas = token_of(person("olga", {{"ot-engineer", "berlin"}}, ada_), "of-olga");
  EXPECT_EQ(join(olgas, "a"), "");
  must_put("people", "olga", {{"roles", {{{"role", "ot-engineer"}, {"site", "munich"}}}}}, ada_);
  EXPECT_EQ(join(olgas, "b"), kVoid) << "the right is elsewhere";
  must_put("people", "olga", {{"roles", {{{"role", "ot-engineer"}, {"site", "berlin"}}}}}, ada_);
  EXPECT_EQ(join(olgas, "b"), "") << "what was refused has used nothing up";
  must_put("people", "olga",
           {{"active", false}, {"roles", {{{"role", "ot-engineer"}, {"site", "berlin"}}}}}, ada_);
  EXPECT_EQ(join(olgas, "c"), kVoid);
  EXPECT_EQ(status("DELETE", "/api/v1/people/olga", ada_), 204);
  EXPECT_EQ(join(olgas, "c"), kVoid);
  EXPECT_FALSE(hub->db().catalog().get(domain::Kind::device, "c"));
}

TEST_F(MembershipTest, ATokenDoesNotGoWithItsSiteToAnotherPlace) {
  const std::string olgas = token_of(person("olga", {{"ot-engineer", "berlin"}}, ada_), "of-olga");
  const std::string adas = token_of(ada_, "of-ada");
  must_put("sites", "berlin-line", {{"level", "line"}, {"parent", "munich"}}, ada_);
  EXPECT_EQ(join(olgas, "a"), kVoid);
  EXPECT_EQ(join(adas, "a"), "");
}

TEST_F(MembershipTest, ATokenOfAProgramHoldsAsLongAsTheProgramsRight) {
  const auto put_robot = [&](const char* site) {
    must_put("tokens", "robot",
             {{"role", "ot-engineer"}, {"site", site}, {"expires", "2024-01-01T00:00:00Z"}}, ada_);
  };
  put_robot("berlin");
  const std::string robots = token_of(program("robot", ada_), "of-robot");
  EXPECT_EQ(join(robots, "a"), "");
  put_robot("munich");
  EXPECT_EQ(join(robots, "b"), kVoid);
}

TEST_F(MembershipTest, ATokenOfAProgramIsVoidOnceTheProgramsHasExpired) {
  must_put("tokens", "robot",
           {{"role", "ot-engineer"}, {"site", "berlin"}, {"expires", "2023-11-15T00:00:00Z"}},
           ada_);
  const std::string robots = token_of(program("robot", ada_), "of-robot");
  EXPECT_EQ(join(robots, "a"), "");
  clock.advance(Duration::seconds(2 * 3600));
  EXPECT_EQ(join(robots, "b"), kVoid);
}

TEST_F(MembershipTest, NoTokenIsOfWhoHasTheNameNow) {
  const Json robot = {
      {"role", "ot-engineer"}, {"site", "berlin"}, {"expires", "2024-01-01T00:00:00Z"}};
  must_put("tokens", "robot", robot, ada_);
  const std::string robots = token_of(program("robot", ada_), "of-robot");
  const std::string olgas = token_of(person("olga", {{"ot-engineer", "berlin"}}, ada_), "of-olga");
  EXPECT_EQ(join(robots, "a"), "");
  EXPECT_EQ(join(olgas, "b"), "");
  EXPECT_EQ(status("DELETE", "/api/v1/tokens/robot", ada_), 204);
  EXPECT_EQ(status("DELETE", "/api/v1/people/olga", ada_), 204);
  clock.advance(Duration::seconds(1));
  must_put("tokens", "robot", robot, ada_);
  const Who another = person("olga", {{"ot-engineer", "berlin"}}, ada_);
  EXPECT_EQ(join(robots, "c"), kVoid);
  EXPECT_EQ(join(olgas, "d"), kVoid);
  EXPECT_EQ(join(token_of(another, "of-another"), "d"), "");
}

TEST_F(MembershipTest, NoRenewalOutlivesItsCertificate) {
  const auto enrolled = [&](const std::string& edge) {
    const std::string secret = token_of(ada_, "for-" + edge);
    EXPECT_EQ(join(secret, edge), "");
    return EdgeCaller{edge, "berlin-line",
                      hub->db().edges().certificates(edge, 1)->first.at(0).fingerprint};
  };
  // The caller is looked at first; what is tried here comes between that and the renewal.
  const auto renew = [&](const EdgeCaller& caller) -> std::string {
    const auto made = *crypt::make_key_and_csr("anything", "");
    const auto renewed = membership_.renew(caller, {.csr = made.csr_pem});
    return renewed ? "" : renewed.error().text;
  };
  const auto valid = [&](const std::string& edge) {
    return std::ranges::count_if(hub->db().edges().certificates(edge, 9)->first,
                                 [](const auto& one) { return !one.revoked; });
  };
  const store::Revocation how{clock.now(), "ada", "stolen"};
  const EdgeCaller revoked = enrolled("a");
  EXPECT_EQ(renew(revoked), "");
  EXPECT_EQ(valid("a"), 2);
  ASSERT_TRUE(hub->db().edges().revoke("a", how, {}));
  EXPECT_EQ(renew(revoked), "the certificate was revoked");
  EXPECT_EQ(valid("a"), 0);

  const EdgeCaller removed = enrolled("b");
  ASSERT_TRUE(hub->db().edges().remove("b", how, {}));
  EXPECT_EQ(renew(removed), "the certificate was revoked");
  EXPECT_FALSE(hub->db().edges().state("b")) << "nor does it come back";

  const EdgeCaller replaced = enrolled("c");
  const auto named = ask("POST", "/api/v1/enrolments", ada_,
                         Json{{"name", "again"}, {"site", "berlin-line"}, {"edge", "c"}}.dump());
  EXPECT_EQ(join(Json::parse(named.body)["secret"], "c"), "");
  EXPECT_EQ(renew(replaced), "the certificate was revoked");
  EXPECT_EQ(valid("c"), 1);
}

TEST_F(MembershipTest, TheEdgeOfItsOwnProcessDoesNotLetItselfInAgain) {
  const auto own = [&]() -> std::string {
    const auto secret = enrol_local_edge(*hub, "plant", "one");
    return secret ? join(*secret, "one") : secret.error().text;
  };
  EXPECT_EQ(own(), "");
  EXPECT_EQ(own(), "") << "who has lost its folder joins again";
  ASSERT_TRUE(hub->db().edges().revoke("one", {clock.now(), "ada", "stolen"}, {}));
  EXPECT_EQ(
      own(),
      "edge one was revoked; a token that names it lets it join again, see `lineside help up`");
  EXPECT_EQ(enrol_local_edge(*hub, "plant", "one").error().code, Code::denied);
  const auto named = ask("POST", "/api/v1/enrolments", ada_,
                         Json{{"name", "again"}, {"site", "plant"}, {"edge", "one"}}.dump());
  EXPECT_EQ(join(Json::parse(named.body)["secret"], "one"), "");
  EXPECT_EQ(own(), "");
  ASSERT_TRUE(hub->db().edges().remove("one", {clock.now(), "ada", "it goes elsewhere"}, {}));
  EXPECT_EQ(own(), "") << "one that was forgotten was not refused";
}

}  // namespace
}  // namespace lineside::hub
