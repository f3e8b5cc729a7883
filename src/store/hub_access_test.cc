#include <array>

#include "tests/hub_db_fixture.h"

namespace lineside::store {
namespace {

const std::array kLeaf{AuditEntry{
    .time = Time{1}, .action = "test", .actor = "x", .subject = {}, .text = R"({"a":1})"}};

class HubAccessTest : public HubTest {
 protected:
  std::uint64_t leaves() const { return db_->audit().checkpoint().size; }

  static LoginSession session(const std::string& digest, const std::string& person,
                              std::int64_t created = 10) {
    return {.digest = digest,
            .person = person,
            .csrf_digest = "c" + digest,
            .created = Time{created},
            .seen = Time{created},
            .expires = Time{created + 100}};
  }
  static EdgeCertificate certificate(const std::string& edge, const std::string& serial,
                                     std::int64_t issued = 10) {
    return {.serial = serial,
            .edge = edge,
            .fingerprint = "f" + serial,
            .issued = Time{issued},
            .not_after = Time{issued + 1000},
            .revoked = std::nullopt,
            .revoked_by = {},
            .reason = {}};
  }
};

TEST_F(HubAccessTest, CountsWrongPasswordsUntilARightOne) {
  EXPECT_FALSE(*db_->logins().any());
  EXPECT_EQ(db_->logins().login("jane").error().code, Code::not_found);
  EXPECT_EQ(*db_->logins().record_failure("jane", Time{1}, {}), 0U);
  ASSERT_TRUE(db_->logins().put_password("jane", "$argon2id$1", Time{2}, kLeaf));
  EXPECT_TRUE(*db_->logins().any());
  EXPECT_EQ(*db_->logins().record_failure("jane", Time{3}, kLeaf), 1U);
  EXPECT_EQ(*db_->logins().record_failure("jane", Time{4}, kLeaf), 2U);
  EXPECT_EQ(*db_->logins().login("jane"), (Login{.person = "jane",
                                                 .password_hash = "$argon2id$1",
                                                 .changed = Time{2},
                                                 .failures = 2,
                                                 .last_failure = Time{4}}));
  ASSERT_TRUE(db_->logins().begin_session(session("d1", "jane"), kLeaf));
  EXPECT_EQ(db_->logins().login("jane")->failures, 0U);
  EXPECT_EQ(db_->logins().login("jane")->last_failure, std::nullopt);
  EXPECT_EQ(leaves(), 4U);
}

TEST_F(HubAccessTest, SessionsEnd) {
  HubLogins& logins = db_->logins();
  ASSERT_TRUE(logins.put_password("jane", "p", Time{1}, {}));
  for (const auto& one :
       {session("d1", "jane", 10), session("d2", "jane", 20), session("d3", "joe", 30)})
    ASSERT_TRUE(logins.begin_session(one, {}));
  EXPECT_EQ(logins.begin_session(session("d1", "joe"), kLeaf).error().code, Code::conflict);
  EXPECT_EQ(leaves(), 0U) << "what was refused leaves nothing";
  EXPECT_EQ(*logins.session("d1"), session("d1", "jane", 10));
  EXPECT_EQ(*logins.sessions("jane"),
            (std::vector{session("d2", "jane", 20), session("d1", "jane", 10)}));

  LoginSession seen = session("d1", "jane", 10);
  seen.seen = Time{50};
  seen.expires = Time{500};
  ASSERT_TRUE(logins.touch_sessions(std::array{seen, session("gone", "x")}));
  EXPECT_EQ(*logins.session("d1"), seen);
  ASSERT_TRUE(logins.end_expired(Time{130}));
  EXPECT_EQ(logins.session("d3").error().code, Code::not_found);
  EXPECT_EQ(logins.sessions("jane")->size(), 1U);
  ASSERT_TRUE(logins.end_session("d1", kLeaf));
  ASSERT_TRUE(logins.end_session("d1", {}));
  EXPECT_EQ(logins.session("d1").error().code, Code::not_found);

  ASSERT_TRUE(logins.begin_session(session("d4", "jane"), {}));
  ASSERT_TRUE(logins.put_password("jane", "q", Time{60}, {}));
  EXPECT_EQ(logins.session("d4").error().code, Code::not_found) << "a new password ends them";
  ASSERT_TRUE(logins.begin_session(session("d5", "jane"), {}));
  ASSERT_TRUE(logins.end_sessions("jane", {}));
  EXPECT_TRUE(logins.sessions("jane")->empty());
  ASSERT_TRUE(logins.remove("jane", {}));
  EXPECT_EQ(logins.login("jane").error().code, Code::not_found);
}

TEST_F(HubAccessTest, APasswordThatWasLookedAtMayBeAnotherByNow) {
  HubLogins& logins = db_->logins();
  ASSERT_TRUE(logins.put_password("jane", "p", Time{1}, {}));
  const Login looked_at = *logins.login("jane");
  const auto begin = [&](const char* digest) {
    return db_->together([&]() -> Result<void> {
      TRY(logins.expect(looked_at));
      return logins.begin_session(session(digest, "jane"), kLeaf);
    });
  };
  EXPECT_TRUE(begin("d1"));
  const auto before = leaves();
  ASSERT_TRUE(logins.put_password("jane", "q", Time{2}, {}));
  EXPECT_EQ(begin("d2").error().code, Code::conflict);
  ASSERT_TRUE(logins.remove("jane", {}));
  EXPECT_EQ(begin("d3").error().code, Code::conflict);
  EXPECT_TRUE(logins.sessions("jane")->empty());
  EXPECT_EQ(leaves(), before);
}

TEST_F(HubAccessTest, ASessionThatWasLookedAtMayHaveEnded) {
  HubLogins& logins = db_->logins();
  ASSERT_TRUE(logins.begin_session(session("d1", "jane"), {}));
  EXPECT_TRUE(logins.expect_session("d1"));
  const auto ended = db_->together([&]() -> Result<void> {
    TRY(logins.end_session("d1", kLeaf));
    EXPECT_TRUE(logins.session("d1")) << "as before the transaction";
    return logins.expect_session("d1");
  });
  ASSERT_FALSE(ended);
  EXPECT_EQ(ended.error().code, Code::unauthenticated);
  EXPECT_EQ(leaves(), 0U);
}

TEST_F(HubAccessTest, ApprovalsThatWereLookedAtMayBeOthersByNow) {
  HubApprovals& approvals = db_->approvals();
  const Approval asked{.subject = {domain::Kind::model_version, "rul-7"},
                       .digest = "sha256:1",
                       .purpose = "{}",
                       .requested_by = "jane",
                       .requested = Time{1}};
  const ApprovalQuery query{.subject = asked.subject};
  EXPECT_TRUE(approvals.expect(query, {}));
  const auto id = approvals.request(asked, kLeaf);
  EXPECT_EQ(approvals.expect(query, {}).error().code, Code::conflict);
  const auto seen = *approvals.list(query);
  EXPECT_TRUE(approvals.expect(query, seen));
  Approval decision = seen.front();
  decision.id = *id;
  decision.state = ApprovalState::approved;
  const auto decided = db_->together([&]() -> Result<void> {
    TRY(approvals.decide(decision, kLeaf));
    return approvals.expect(query, seen);
  });
  ASSERT_FALSE(decided);
  EXPECT_EQ(decided.error().code, Code::conflict);
  EXPECT_EQ(*approvals.list(query), seen);
}

TEST_F(HubAccessTest, TokensOfPrograms) {
  ApiToken token{.name = "ci",
                 .digest = "d1",
                 .owner = "jane",
                 .scope = R"(["read"])",
                 .created = Time{1},
                 .expires = Time{9},
                 .used = std::nullopt};
  ASSERT_TRUE(db_->tokens().add(token, kLeaf));
  ApiToken other = token;
  other.digest = "d2";
  EXPECT_EQ(db_->tokens().add(other, kLeaf).error().code, Code::conflict) << "same name";
  other.name = "cd";
  other.digest = "d1";
  EXPECT_EQ(db_->tokens().add(other, kLeaf).error().code, Code::conflict) << "same digest";
  other.digest = "d2";
  other.owner = "joe";
  ASSERT_TRUE(db_->tokens().add(other, kLeaf));
  token.used = Time{5};
  ASSERT_TRUE(db_->tokens().touch(std::array{token}));
  EXPECT_EQ(*db_->tokens().find("d1"), token);
  EXPECT_EQ(*db_->tokens().list(""), (std::vector{other, token}));
  EXPECT_EQ(*db_->tokens().list("jane"), std::vector{token});
  ASSERT_TRUE(db_->tokens().remove("ci", kLeaf));
  EXPECT_EQ(db_->tokens().remove("ci", kLeaf).error().code, Code::not_found);
  EXPECT_EQ(db_->tokens().find("d1").error().code, Code::not_found);
  EXPECT_EQ(leaves(), 3U);
}

TEST_F(HubAccessTest, AnEnrolmentTokenIsUsedUp) {
  const EnrolmentToken token{.name = "hall-1",
                             .digest = "d1",
                             .site = "berlin",
                             .edge = {},
                             .created_by = "jane",
                             .created = Time{1},
                             .expires = Time{100},
                             .max_uses = 2,
                             .uses = 0};
  ASSERT_TRUE(db_->tokens().add_enrolment(token, {}));
  EXPECT_EQ(db_->tokens().add_enrolment(token, {}).error().code, Code::conflict);
  EXPECT_EQ(db_->tokens().use_enrolment("d1", Time{100}).error().code, Code::unauthenticated);
  const auto unknown = db_->tokens().use_enrolment("d2", Time{5});
  EXPECT_EQ(unknown.error().code, Code::unauthenticated);
  EXPECT_EQ(unknown.error().text, "expected an enrolment token that is valid");
  const auto first = db_->tokens().use_enrolment("d1", Time{5});
  ASSERT_TRUE(first);
  EXPECT_EQ(first->site, "berlin");
  EXPECT_EQ(first->uses, 1U);
  // A use that leads to nothing is none.
  EXPECT_FALSE(db_->together([&]() -> Result<void> {
    TRY(db_->tokens().use_enrolment("d1", Time{5}));
    return fail(Code::invalid, "a bad request");
  }));
  EXPECT_TRUE(db_->tokens().use_enrolment("d1", Time{5}));
  EXPECT_EQ(db_->tokens().use_enrolment("d1", Time{5}).error().code, Code::unauthenticated);
  EXPECT_EQ(db_->tokens().enrolments()->at(0).uses, 2U);
  ASSERT_TRUE(db_->tokens().remove_enrolment("hall-1", {}));
  EXPECT_EQ(db_->tokens().remove_enrolment("hall-1", {}).error().code, Code::not_found);
}

TEST_F(HubAccessTest, AnApprovalIsDecidedOnce) {
  HubApprovals& approvals = db_->approvals();
  const Approval asked{.id = 0,
                       .subject = {domain::Kind::model_version, "rul-7"},
                       .digest = "sha256:1",
                       .purpose = "{}",
                       .requested_by = "jane",
                       .requested = Time{1}};
  const auto id = approvals.request(asked, kLeaf);
  ASSERT_TRUE(id);
  EXPECT_EQ(approvals.request(asked, kLeaf).error().code, Code::conflict);
  Approval other = asked;
  other.digest = "sha256:2";
  const auto second = approvals.request(other, kLeaf);
  ASSERT_TRUE(second);

  Approval decision = asked;
  decision.id = *id;
  decision.state = ApprovalState::approved;
  decision.decided_by = "joe";
  decision.decided = Time{2};
  decision.reason = "good";
  ASSERT_TRUE(approvals.decide(decision, kLeaf));
  EXPECT_EQ(*approvals.get(*id), decision);
  EXPECT_EQ(approvals.decide(decision, kLeaf).error().code, Code::conflict);
  decision.id = 99;
  EXPECT_EQ(approvals.decide(decision, kLeaf).error().code, Code::not_found);
  EXPECT_EQ(approvals.get(99).error().code, Code::not_found);
  EXPECT_EQ(leaves(), 3U);

  EXPECT_EQ(approvals.list({})->size(), 2U);
  EXPECT_EQ(approvals.list({})->at(0).id, *second);
  EXPECT_EQ(approvals.list({.before = *second})->at(0).id, *id);
  EXPECT_EQ(approvals.list({.state = ApprovalState::requested})->at(0).id, *second);
  EXPECT_EQ(approvals.list({.state = ApprovalState::approved, .subject = asked.subject})->size(),
            1U);
  EXPECT_EQ(approvals.list({.subject = ObjectName{domain::Kind::model, "rul-7"}})->size(), 0U);
}

TEST_F(HubAccessTest, CertificatesOfAnEdge) {
  HubEdges& edges = db_->edges();
  ASSERT_TRUE(edges.enrol(certificate("e1", "a"), "berlin", kLeaf));
  EXPECT_EQ(edges.enrol(certificate("e2", "a"), "berlin", kLeaf).error().code, Code::conflict);
  EXPECT_EQ(edges.state("e2").error().code, Code::not_found) << "all or nothing";
  EXPECT_EQ(edges.enrol(certificate("e1", "b"), "paris", kLeaf).error().code, Code::conflict);
  ASSERT_TRUE(edges.enrol(certificate("e1", "b", 20), "berlin", kLeaf));
  EXPECT_EQ(*edges.certificate("fb"), certificate("e1", "b", 20));
  EXPECT_EQ(edges.certificates("e1", 9)->first.at(0).serial, "b");
  EXPECT_EQ(edges.certificates("e1", 1)->first.size(), 1U);
  EXPECT_EQ(edges.certificates("e1", 1)->count, 2U);
  EXPECT_EQ(*edges.revoke("e1", {.time = Time{30}, .by = "jane", .reason = "stolen"}, kLeaf), 2U);
  EXPECT_EQ(*edges.revoke("e1", {.time = Time{31}, .by = "joe", .reason = ""}, {}), 0U);
  const auto revoked = edges.certificate("fa");
  EXPECT_EQ(revoked->revoked, Time{30});
  EXPECT_EQ(revoked->revoked_by, "jane");
  EXPECT_EQ(revoked->reason, "stolen");
  EXPECT_EQ(*edges.revoked(Time{31}), (std::vector<std::string>{"fa", "fb"}));
  EXPECT_EQ(*edges.revoked(Time{1015}), std::vector<std::string>{"fb"});
  EXPECT_EQ(edges.revoke("e9", {}, {}).error().code, Code::not_found);
  EXPECT_EQ(edges.certificate("fx").error().code, Code::not_found);
  EXPECT_EQ(leaves(), 3U);
}

// A clock that was ahead and is right again: what was issued last is not the newest.
TEST_F(HubAccessTest, ACertificateThatHoldsComesBeforeTheRevoked) {
  HubEdges& edges = db_->edges();
  ASSERT_TRUE(edges.enrol(certificate("e1", "a", 90), "berlin", {}));
  ASSERT_TRUE(edges.revoke("e1", {.time = Time{91}, .by = "jane", .reason = ""}, {}));
  ASSERT_TRUE(edges.enrol(certificate("e1", "b", 20), "berlin", {}));
  EXPECT_EQ(edges.certificates("e1", 1)->first.at(0).serial, "b");
  EXPECT_EQ(edges.standings("", 9, std::nullopt)->at(0).newest->serial, "b");
}

TEST_F(HubAccessTest, RenewalsHaveALimitThatNoClockTurnsIntoALock) {
  HubEdges& edges = db_->edges();
  ASSERT_TRUE(edges.enrol(certificate("e1", "a", 100), "berlin", {}));
  const Renewal renewal{.shown = "fa", .within = Duration{50}, .most = 2};
  const auto renew = [&](const std::string& serial, std::int64_t time) {
    const auto done = edges.enrol(certificate("e1", serial, time), "berlin", {}, renewal);
    return done ? "" : done.error().text;
  };
  EXPECT_EQ(renew("b", 110), "");
  EXPECT_EQ(renew("c", 120), "edge 'e1': expected at most 2 certificates in 0 s, found 2");
  EXPECT_EQ(renew("c", 151), "") << "the first is out";
  EXPECT_EQ(renew("d", 60), "") << "what is of a time to come does not count";
}

// Nobody knows what it would be a version of; what is signed has to be above what the edge runs.
TEST_F(HubAccessTest, VersionsThatCannotBeAreTold) {
  HubEdges& edges = db_->edges();
  for (const char* edge : {"e1", "e2", "e3"})
    ASSERT_TRUE(edges.enrol(certificate(edge, edge), "berlin", {}));
  EdgeDesired high{.edge = "e1", .version = 1ULL << 62U, .digest = "d", .document = "{}"};
  ASSERT_TRUE(edges.put_desired(std::array{high}));
  const EdgeReport negative{.edge = "e2", .version = ~0ULL, .document = "{}", .time = Time{7}};
  ASSERT_TRUE(edges.put_reports(std::array{negative}));
  EXPECT_EQ(edges.state("e1")->damage,
            "its row is damaged: desired_version: expected 0 to 9007199254740992, found "
            "4611686018427387904");
  EXPECT_EQ(edges.state("e1")->desired_version, 0U);
  EXPECT_EQ(edges.states("", 9, std::nullopt)->at(1).damage,
            "its row is damaged: reported_version: expected 0 to 9007199254740992, found -1");
  EXPECT_EQ(edges.standings("", 9, std::nullopt)->at(2).state.damage, "");
  high.edge = "e3";
  high.version = kEdgeVersionMax;
  ASSERT_TRUE(edges.put_desired(std::array{high}));
  EXPECT_EQ(edges.state("e3")->damage, "");
}

TEST_F(HubAccessTest, TheTwinOfAnEdge) {
  HubEdges& edges = db_->edges();
  ASSERT_TRUE(edges.enrol(certificate("e1", "a"), "berlin", {}));
  ASSERT_TRUE(edges.enrol(certificate("e2", "b"), "paris", {}));
  EXPECT_EQ(edges.desired("e1").error().code, Code::not_found);
  const EdgeDesired desired{
      .edge = "e1", .version = 3, .digest = "d", .document = "{...}", .time = Time{5}};
  EdgeDesired unknown = desired;
  unknown.edge = "e9";
  EXPECT_EQ(edges.put_desired(std::array{desired, unknown}).error().code, Code::not_found);
  EXPECT_EQ(edges.desired("e1").error().code, Code::not_found) << "all or nothing";
  ASSERT_TRUE(edges.put_desired(std::array{desired}));
  EXPECT_EQ(*edges.desired("e1"), desired);
  EdgeDesired other = desired;
  other.digest = "d2";
  EXPECT_EQ(edges.put_desired(std::array{other}).error().code, Code::conflict);
  other.version = 2;
  EXPECT_EQ(edges.put_desired(std::array{other}).error().code, Code::conflict);
  EdgeDesired told_anew = desired;
  told_anew.document = "{told anew}";
  told_anew.time = Time{99};
  ASSERT_TRUE(edges.put_desired(std::array{told_anew}));
  EXPECT_EQ(edges.desired("e1")->document, told_anew.document);
  EXPECT_EQ(edges.desired("e1")->time, desired.time) << "since when it is desired";

  const EdgeReport report{.edge = "e1", .version = 2, .document = "busy", .time = Time{7}};
  EdgeReport lost = report;
  lost.edge = "e9";
  ASSERT_TRUE(edges.put_reports(std::array{lost, report}));
  EXPECT_EQ(*edges.report("e1"), report);
  EXPECT_EQ(edges.report("e2").error().code, Code::not_found);
  ASSERT_TRUE(edges.touch(
      std::array{EdgeSeen{"e1", Time{6}}, EdgeSeen{"e2", Time{8}}, EdgeSeen{"e9", Time{9}}}));
  EXPECT_EQ(*edges.state("e1"), (EdgeState{.edge = "e1",
                                           .site = "berlin",
                                           .enrolled = Time{10},
                                           .desired_version = 3,
                                           .desired_digest = "d",
                                           .desired_at = Time{5},
                                           .reported_version = 2,
                                           .reported_at = Time{7},
                                           .seen = Time{7}}));
  EXPECT_EQ(edges.states("", 10, std::nullopt)->size(), 2U);
  EXPECT_EQ(edges.states("e1", 10, std::nullopt)->at(0).edge, "e2");
  EXPECT_EQ(edges.states("", 10, {{"paris", "\"]"}})->at(0).edge, "e2");
  EXPECT_EQ(edges.states("", 10, {{"rome"}})->size(), 0U);
  const auto standings = edges.standings("", 10, std::nullopt);
  ASSERT_EQ(standings->size(), 2U);
  EXPECT_EQ(standings->at(0).state, *edges.state("e1"));
  EXPECT_EQ(standings->at(0).report, "busy");
  EXPECT_EQ(standings->at(0).newest, certificate("e1", "a"));
  EXPECT_EQ(standings->at(1).report, std::nullopt);
  EXPECT_EQ(edges.standings("e1", 10, {{"berlin"}})->size(), 0U);
  EXPECT_EQ(edges.standings("", 10, {{"paris"}})->at(0).state.edge, "e2");

  ASSERT_TRUE(edges.remove("e1", {.time = Time{9}, .by = "j", .reason = "sold"}, kLeaf));
  EXPECT_EQ(edges.remove("e1", {}, {}).error().code, Code::not_found);
  EXPECT_EQ(edges.report("e1").error().code, Code::not_found);
  EXPECT_EQ(edges.certificate("fa")->revoked, Time{9});
  ASSERT_TRUE(edges.enrol(certificate("e1", "c"), "paris", {})) << "elsewhere, and from anew";
  EXPECT_EQ(edges.state("e1")->desired_version, 0U);
}

TEST_F(HubAccessTest, ArtifactsAreIndexedByDigest) {
  const Artifact one{.digest = "aa",
                     .bytes = 7,
                     .media_type = "model/onnx",
                     .uploaded_by = "jane",
                     .uploaded = Time{1}};
  EXPECT_TRUE(*db_->artifacts().add(one, kLeaf));
  Artifact again = one;
  again.uploaded_by = "joe";
  EXPECT_FALSE(*db_->artifacts().add(again, kLeaf));
  EXPECT_EQ(leaves(), 1U);
  EXPECT_EQ(*db_->artifacts().get("aa"), one);
  EXPECT_EQ(db_->artifacts().list("", 10)->size(), 1U);
  EXPECT_EQ(db_->artifacts().list("aa", 10)->size(), 0U);
  ASSERT_TRUE(db_->artifacts().remove("aa", kLeaf));
  EXPECT_EQ(db_->artifacts().remove("aa", kLeaf).error().code, Code::not_found);
  EXPECT_EQ(db_->artifacts().get("aa").error().code, Code::not_found);
}

}  // namespace
}  // namespace lineside::store
