// Four eyes before a model version goes into service, through the API.
#include "hub/approvals.h"

#include <algorithm>

#include "crypt/digest.h"
#include "hub/edges/desired.h"
#include "tests/hub_fixture.h"

namespace lineside::hub {
namespace {

class ApprovalsTest : public HubTest {
 protected:
  ApprovalsTest() {
    build_plants(ada_);
    must_put("models", "rul", {{"owner", "data"}}, ada_);
    dora_ = person("dora", {{"data-scientist", ""}}, ada_);
    otto_ = person("otto", {{"ot-engineer", "berlin"}}, ada_);
    mia_ = person("mia", {{"ot-engineer", "munich"}}, ada_);
    upload("model one");
    must_put("model-versions", "rul-1", version("model one", "dora"), dora_);
  }

  static std::string digest_of(const std::string& content) {
    return "sha256:" + crypt::sha256_hex(as_bytes(content));
  }
  void upload(const std::string& content) { upload(content, dora_); }
  void upload(const std::string& content, const Who& who) {
    const auto done = ask("POST", "/api/v1/artifacts?digest=" + digest_of(content),
                          with(who, {"Content-Type", "application/octet-stream"}), content);
    EXPECT_EQ(done.status, 201) << done.body;
  }
  // Somebody who may make models, approve them and keep tokens.
  Who all_in_one(const std::string& name) {
    must_put("roles", "keeper", {{"permissions", {"manage_tokens"}}}, ada_);
    return person(name, {{"ot-engineer", ""}, {"data-scientist", ""}, {"keeper", ""}}, ada_);
  }
  std::string why_not(const std::string& id, const Who& who) {
    const Json approval = get("/api/v1/approvals/" + id, who);
    EXPECT_EQ(approval["may_decide"], approval["why_not"] == "");
    EXPECT_EQ(decide(id, who, approval["digest"]).status, 403);
    return approval["why_not"];
  }
  static Json version(const std::string& content, const std::string& author) {
    return {{"model", "rul"}, {"digest", digest_of(content)}, {"author", author}};
  }
  static Json pipeline(const std::string& version, const std::string& site) {
    Json spec = Json::parse(R"({"streams":["s2"],"windows":[{"name":"w","count":3}],
        "every":{"count":1},"features":[{"window":"w","kinds":["mean"]}]})");
    if (!version.empty()) spec["model"] = {{"version", version}};
    if (!site.empty()) spec["site"] = site;
    return spec;
  }
  std::string request_approval(const std::string& version_name, const Who& who) {
    const auto made = ask("POST", "/api/v1/approvals", who,
                          Json{{"model_version", version_name}, {"reason", "better"}}.dump());
    EXPECT_EQ(made.status, 201) << made.body;
    return std::to_string(Json::parse(made.body)["id"].get<int>());
  }
  net::HttpResponse decide(const std::string& id, const Who& who, const std::string& digest,
                           const char* decision = "approved") {
    return ask("POST", "/api/v1/approvals/" + id + "/decision", who,
               Json{{"decision", decision}, {"digest", digest}, {"reason", "seen"}}.dump());
  }

  const Who ada_ = set_up();
  Who dora_, otto_, mia_;
};

TEST_F(ApprovalsTest, NothingGoesIntoServiceUnapproved) {
  EXPECT_EQ(put("pipelines", "p", pipeline("rul-1", "berlin"), otto_).status, 403);
  EXPECT_EQ(put("pipelines", "p", pipeline("", "berlin"), otto_).status, 201);
  EXPECT_EQ(put("pipelines", "p", pipeline("rul-1", "berlin"), otto_).status, 403);
  EXPECT_EQ(put("pipelines", "p", pipeline("rul-1", "berlin"), ada_).status, 403) << "nor by admin";
  Json file = pipeline("", "berlin");
  file["model"] = {{"file", "rul.onnx"}};
  EXPECT_EQ(put("pipelines", "p", file, otto_).status, 422) << "nor past the catalog";

  const std::string id = request_approval("rul-1", dora_);
  EXPECT_EQ(put("pipelines", "p", pipeline("rul-1", "berlin"), otto_).status, 403) << "only asked";
  EXPECT_EQ(decide(id, otto_, digest_of("model one")).status, 200);
  EXPECT_EQ(put("pipelines", "p", pipeline("rul-1", "berlin"), otto_).status, 200);
  EXPECT_EQ(audit("approval.requested").size(), 1U);
  EXPECT_EQ(audit("approval.approved").size(), 1U);
  EXPECT_EQ(audit("approval.approved")[0].subject, "ModelVersion/rul-1");
}

TEST_F(ApprovalsTest, TheDecisionIsAnothersAndOfExactlyThisDigest) {
  const std::string id = request_approval("rul-1", dora_);
  const Json shown = get("/api/v1/approvals/" + id, dora_);
  EXPECT_EQ(shown["state"], "requested");
  EXPECT_EQ(shown["purpose"], "better");
  EXPECT_EQ(shown["may_decide"], false);
  EXPECT_EQ(get("/api/v1/approvals/" + id, otto_)["may_decide"], true);
  EXPECT_EQ(decide(id, dora_, digest_of("model one")).status, 403);
  EXPECT_EQ(status("POST", "/api/v1/approvals/" + id + "/decision", otto_,
                   R"({"decision":"rejected","digest":"x","reason":"\u001b[2J"})"),
            400);
  EXPECT_EQ(decide(id, otto_, digest_of("model two")).status, 409);
  EXPECT_EQ(status("POST", "/api/v1/approvals/99/decision", otto_,
                   R"({"decision":"approved","digest":"x"})"),
            404);
  EXPECT_EQ(decide(id, otto_, digest_of("model one"), "rejected").status, 200);
  EXPECT_EQ(decide(id, mia_, digest_of("model one")).status, 409) << "it was rejected";
  EXPECT_EQ(put("pipelines", "p", pipeline("rul-1", "berlin"), otto_).status, 403);
  EXPECT_EQ(get("/api/v1/approvals?state=rejected", otto_)["items"].size(), 1U);
  EXPECT_EQ(status("GET", "/api/v1/approvals?state=perhaps", otto_), 400);
}

TEST_F(ApprovalsTest, ItHoldsWhereTheEdgeIsThatAPipelineNames) {
  const auto device = [](const char* site) { return Json{{"site", site}, {"edge", true}}; };
  must_put("devices", "plc", device("berlin"), ada_);
  const Who kim = person("kim", {{"ot-engineer", "berlin"}}, ada_);
  const std::string id = request_approval("rul-1", dora_);
  ASSERT_EQ(decide(id, kim, digest_of("model one")).status, 200);
  Json named = pipeline("rul-1", "munich");
  named["edge"] = "plc";
  EXPECT_EQ(put("pipelines", "p", named, ada_).status, 201) << "it runs in Berlin alone";
  EXPECT_EQ(error_of(put("devices", "plc", device("munich"), ada_)),
            "409 conflict: Device/plc: Pipeline/p runs there with a model version that nobody who "
            "may approve models at munich has approved; change it first");
  must_put("devices", "other", device("munich"), ada_);
  named["edge"] = "other";
  EXPECT_EQ(put("pipelines", "p", named, ada_).status, 403);
  EXPECT_EQ(put("pipelines", "p", pipeline("", "munich"), ada_).status, 200);
  EXPECT_EQ(put("devices", "plc", device("munich"), ada_).status, 200);
}

TEST_F(ApprovalsTest, NeitherWhoAskedNorWhoMadeItDecides) {
  // An admin may do all of it, but not alone.
  upload("model two");
  must_put("model-versions", "rul-2", version("model two", "dora"), ada_);
  const std::string own = request_approval("rul-2", dora_);
  EXPECT_EQ(error_of(decide(own, ada_, digest_of("model two"))),
            "403 denied: not to be decided by you: you made the version");
  const std::string asked = request_approval("rul-1", ada_);
  EXPECT_EQ(error_of(decide(asked, ada_, digest_of("model one"))),
            "403 denied: not to be decided by you: you asked for it");
  EXPECT_EQ(status("POST", "/api/v1/approvals", ada_, R"({"model_version":"rul-1"})"), 409)
      << "one waits";
}

TEST_F(ApprovalsTest, AProgramDecidesNothing) {
  must_put("tokens", "bot", {{"person", "otto"}, {"expires", "2024-01-01T00:00:00Z"}}, ada_);
  const std::string id = request_approval("rul-1", dora_);
  EXPECT_EQ(decide(id, program("bot", ada_), digest_of("model one")).status, 403);
}

TEST_F(ApprovalsTest, WhoGaveOutAProgramAnswersForIt) {
  const Who tom = all_in_one("tom");
  const Json spec = {{"role", "data-scientist"}, {"expires", "2024-01-01T00:00:00Z"}};
  must_put("tokens", "bot", spec, ada_);
  const Who bot = program("bot", tom);
  upload("model two", bot);
  must_put("model-versions", "rul-2", version("model two", "dora"), bot);
  const std::string id = request_approval("rul-2", dora_);
  EXPECT_EQ(why_not(id, tom), "you made the version") << "he has the secret";
  EXPECT_EQ(why_not(id, ada_), "you made the version") << "it is her token";
  EXPECT_EQ(status("DELETE", "/api/v1/tokens/bot", tom), 204);
  EXPECT_EQ(why_not(id, tom), "you made the version") << "the log forgets nothing";
  EXPECT_EQ(decide(id, otto_, digest_of("model two")).status, 200);
}

TEST_F(ApprovalsTest, AlsoWhereTheProgramActsForAPerson) {
  const Who tom = all_in_one("tom");
  must_put("tokens", "hers", {{"person", "dora"}, {"expires", "2024-01-01T00:00:00Z"}}, ada_);
  const Who bot = program("hers", tom);
  upload("model two");
  must_put("model-versions", "rul-2", version("model two", "dora"), bot);
  EXPECT_EQ(get("/api/v1/model-versions/rul-2", dora_)["meta"]["author"], "dora");
  EXPECT_EQ(why_not(request_approval("rul-2", dora_), tom), "you made the version");
}

TEST_F(ApprovalsTest, OrWhereItMerelyAsks) {
  const Who tom = all_in_one("tom");
  const char* expires = "2024-01-01T00:00:00Z";
  must_put("tokens", "bot", {{"role", "data-scientist"}, {"expires", expires}}, tom);
  const std::string why = "a program asked for it that you gave out";
  const std::string id = request_approval("rul-1", program("bot", tom));
  EXPECT_EQ(why_not(id, tom), why);
  EXPECT_EQ(decide(id, otto_, digest_of("model one"), "rejected").status, 200);
  must_put("tokens", "hers", {{"person", "dora"}, {"expires", expires}}, ada_);
  const std::string other = request_approval("rul-1", program("hers", tom));
  EXPECT_EQ(get("/api/v1/approvals/" + other, dora_)["requested_by"], "dora");
  EXPECT_EQ(why_not(other, tom), why);
}

TEST_F(ApprovalsTest, TheSameFileUnderAnotherNameHasTheSameMakers) {
  const Who tom = all_in_one("tom");
  must_put("model-versions", "copy", version("model one", "dora"), tom);
  const std::string id = request_approval("rul-1", dora_);
  EXPECT_EQ(why_not(id, tom), "you made the version");
  EXPECT_EQ(status("DELETE", "/api/v1/model-versions/copy", tom), 204);
  EXPECT_EQ(why_not(id, tom), "you made the version") << "though it is gone";
}

TEST_F(ApprovalsTest, AuthorAndWriterAreBothMakersWhateverIsWrittenLater) {
  const Who tom = all_in_one("tom");
  upload("model two");
  must_put("model-versions", "rul-2", version("model two", "tom"), dora_);
  must_put("model-versions", "rul-2", version("model two", "dora"), dora_);
  EXPECT_EQ(why_not(request_approval("rul-2", dora_), tom), "you made the version");
  EXPECT_EQ(put("model-versions", "rul-3", version("model two", "nobody"), dora_).status, 422);
  upload("model four", tom);
  must_put("model-versions", "rul-4", version("model four", "dora"), dora_);
  EXPECT_EQ(why_not(request_approval("rul-4", dora_), tom), "you made the version")
      << "it is his file";
}

TEST_F(ApprovalsTest, WhoseNameAProgramBearsHasDoneWhatItDoes) {
  const Who tom = all_in_one("tom");
  const char* expires = "2024-01-01T00:00:00Z";
  must_put("tokens", "his", {{"person", "tom"}, {"expires", expires}}, ada_);
  const Who bot = program("his", ada_);
  upload("model two", bot);
  must_put("model-versions", "rul-2", version("model two", "dora"), dora_);
  const std::string uploaded = request_approval("rul-2", dora_);
  EXPECT_EQ(why_not(uploaded, tom), "you made the version") << "it brought the file";
  upload("model three");
  must_put("model-versions", "old", version("model three", "dora"), bot);
  EXPECT_EQ(status("DELETE", "/api/v1/model-versions/old", bot), 204);
  must_put("model-versions", "rul-3", version("model three", "dora"), dora_);
  const std::string written = request_approval("rul-3", dora_);
  EXPECT_EQ(why_not(written, tom), "you made the version") << "it wrote the first one";
  must_put("tokens", "his", {{"person", "dora"}, {"expires", expires}}, ada_);
  EXPECT_EQ(status("DELETE", "/api/v1/tokens/his", ada_), 204);
  for (const std::string& id : {uploaded, written})
    EXPECT_EQ(why_not(id, tom), "you made the version") << "whatever became of it";
  EXPECT_EQ(decide(written, otto_, digest_of("model three")).status, 200);
}

TEST_F(ApprovalsTest, WhoWroteALaterRevisionOfTheSameBytesIsAMaker) {
  const Who tom = all_in_one("tom");
  for (const char* content : {"model two", "model three"}) {
    upload(content);
    must_put("model-versions", "old", version(content, "dora"), dora_);
    Json later = version(content, "dora");
    later["revision"] = "abc";
    must_put("model-versions", "old", later, tom);
  }
  // The name has other bytes now.
  must_put("model-versions", "rul-2", version("model two", "dora"), dora_);
  EXPECT_EQ(why_not(request_approval("rul-2", dora_), tom), "you made the version");
  EXPECT_EQ(status("DELETE", "/api/v1/model-versions/old", dora_), 204);
  must_put("model-versions", "rul-3", version("model three", "dora"), dora_);
  EXPECT_EQ(why_not(request_approval("rul-3", dora_), tom), "you made the version");
  const auto made = audit("version.made").size();
  must_put("model-versions", "rul-3", version("model three", "dora"), dora_);
  EXPECT_EQ(audit("version.made").size(), made) << "nothing was written";
}

TEST_F(ApprovalsTest, WhoHasApprovedDoesNotBecomeAMaker) {
  const Who tom = all_in_one("tom");
  EXPECT_EQ(decide(request_approval("rul-1", dora_), tom, digest_of("model one")).status, 200);
  must_put("pipelines", "p", pipeline("rul-1", "berlin"), otto_);
  const auto refused = put("model-versions", "rul-1", version("model one", "tom"), dora_);
  EXPECT_EQ(refused.status, 409);
  EXPECT_NE(refused.body.find("tom has approved it"), std::string::npos) << refused.body;
  Json spec = version("model one", "dora");
  EXPECT_EQ(put("model-versions", "rul-1", spec, tom).status, 200) << "changes nothing";
  spec["revision"] = "abc";
  EXPECT_EQ(put("model-versions", "rul-1", spec, tom).status, 409);
  must_put("tokens", "bot", {{"role", "data-scientist"}, {"expires", "2024-01-01T00:00:00Z"}}, tom);
  EXPECT_EQ(put("model-versions", "rul-1", spec, program("bot", tom)).status, 409);
  EXPECT_EQ(put("model-versions", "rul-1", spec, dora_).status, 200);
  must_put("pipelines", "p2", pipeline("rul-1", "berlin"), otto_);
  // Another name of the same bytes he may take; his word counts no longer for what is to come.
  must_put("model-versions", "copy", version("model one", "dora"), tom);
  EXPECT_EQ(put("pipelines", "p3", pipeline("rul-1", "berlin"), otto_).status, 403);
}

TEST_F(ApprovalsTest, AnApprovalHoldsWhereTheApproverAnswers) {
  EXPECT_EQ(decide(request_approval("rul-1", dora_), otto_, digest_of("model one")).status, 200);
  EXPECT_EQ(put("pipelines", "b", pipeline("rul-1", "berlin-line"), otto_).status, 201);
  EXPECT_EQ(put("pipelines", "m", pipeline("rul-1", "munich"), mia_).status, 403);
  EXPECT_EQ(put("pipelines", "all", pipeline("rul-1", ""), ada_).status, 403) << "of no site";
  EXPECT_EQ(put("pipelines", "b", pipeline("rul-1", "munich"), ada_).status, 403) << "by moving";
  EXPECT_EQ(decide(request_approval("rul-1", dora_), mia_, digest_of("model one")).status, 200);
  EXPECT_EQ(put("pipelines", "m", pipeline("rul-1", "munich"), mia_).status, 201);
  // Who has lost the right has lost it for what is to come.
  must_put("people", "mia", {{"roles", {{{"role", "viewer"}}}}}, ada_);
  EXPECT_EQ(put("pipelines", "m2", pipeline("rul-1", "munich"), ada_).status, 403);
}

TEST_F(ApprovalsTest, TheDigestStaysOnceSomebodyWasAsked) {
  upload("model two");
  must_put("model-versions", "rul-1", version("model two", "dora"), dora_);
  must_put("model-versions", "rul-1", version("model one", "dora"), dora_);
  EXPECT_EQ(decide(request_approval("rul-1", dora_), otto_, digest_of("model one")).status, 200);
  EXPECT_EQ(put("model-versions", "rul-1", version("model two", "dora"), dora_).status, 409);
  EXPECT_EQ(status("DELETE", "/api/v1/model-versions/rul-1", dora_), 204);
  EXPECT_EQ(put("model-versions", "rul-1", version("model two", "dora"), dora_).status, 409)
      << "nor under the name of what is gone";
}

// The one who erases is the one who approved: taking a name out makes nobody a maker.
TEST_F(ApprovalsTest, WhatAnErasedAuthorHasMadeStaysInService) {
  const Who kai = person("kai", {{"admin", ""}}, ada_);
  EXPECT_EQ(decide(request_approval("rul-1", dora_), kai, digest_of("model one")).status, 200);
  must_put("pipelines", "p", pipeline("rul-1", "berlin"), otto_);
  const std::string refused = error_of(ask("DELETE", "/api/v1/people/dora", kai));
  EXPECT_TRUE(
      refused.starts_with("409 conflict: Person 'dora' is referred to by ModelVersion "
                          "'rul-1'; "))
      << refused;
  EXPECT_NE(refused.find("erase who is the author of model versions"), std::string::npos);
  EXPECT_EQ(status("POST", "/api/v1/people/dora/erasure", kai), 204);
  EXPECT_EQ(status("GET", "/api/v1/people/dora", kai), 404);

  const Json made = get("/api/v1/model-versions/rul-1", kai);
  const std::string author = made["spec"]["author"];
  EXPECT_TRUE(author.starts_with("erased/")) << author;
  EXPECT_EQ(made["meta"]["revision"], 2);
  EXPECT_EQ(made["meta"]["author"], "kai");
  EXPECT_EQ(get("/api/v1/model-versions/rul-1?revision=1", kai)["meta"]["author"], author);
  EXPECT_EQ(get("/api/v1/pipelines/p", kai)["meta"]["revision"], 1);
  EXPECT_EQ(put("pipelines", "q", pipeline("rul-1", "munich"), mia_).status, 201)
      << "the approval counts for what is to come";
  const std::string again = request_approval("rul-1", otto_);
  EXPECT_EQ(get("/api/v1/approvals/" + again, kai)["may_decide"], true);
  const auto verified = hub->db().verify();
  EXPECT_TRUE(verified) << verified.error().text;
  for (const char* list : {"audit/leaves?limit=10000", "changes?limit=1000", "approvals",
                           "model-versions/rul-1/history"})
    EXPECT_EQ(ask("GET", std::string("/api/v1/") + list, kai).body.find("dora"), std::string::npos)
        << list;
}

TEST_F(ApprovalsTest, WhatEdgesRunDoesNotDependOnAnAuthorsName) {
  must_put("devices", "plc", {{"site", "berlin"}, {"edge", true}}, ada_);
  const Time until = clock.now() + Duration::seconds(86'400);
  ASSERT_TRUE(hub->db().edges().enrol({"1", "plc", std::string(64, 'a'), clock.now(), until},
                                      "berlin", {}));
  EXPECT_EQ(decide(request_approval("rul-1", dora_), otto_, digest_of("model one")).status, 200);
  must_put("pipelines", "p", pipeline("rul-1", "berlin"), otto_);
  const auto version = [&] {
    DesiredStates states(*hub, Duration::seconds(3'600));
    EXPECT_TRUE(states.load());
    EXPECT_TRUE(states.refresh());
    EXPECT_TRUE(states.needs("plc", digest_of("model one")));
    return states.version("plc");
  };
  const std::uint64_t before = version();
  EXPECT_GT(before, 0U);
  EXPECT_EQ(status("POST", "/api/v1/people/dora/erasure", ada_), 204);
  EXPECT_EQ(version(), before);
}

TEST_F(ApprovalsTest, AnErasedAuthorStaysTheAuthorOfWhatWasHis) {
  EXPECT_EQ(status("POST", "/api/v1/people/dora/erasure", ada_), 204);
  const Who eve = person("eve", {{"data-scientist", ""}}, ada_);
  Json spec = get("/api/v1/model-versions/rul-1", eve)["spec"];
  spec["revision"] = "abc";
  must_put("model-versions", "rul-1", spec, eve);
  const auto restored =
      ask("POST", "/api/v1/model-versions/rul-1/restore", eve, R"({"revision":1})");
  EXPECT_EQ(restored.status, 200) << restored.body;
  EXPECT_EQ(Json::parse(restored.body)["spec"]["author"], spec["author"]);
  EXPECT_EQ(status("DELETE", "/api/v1/model-versions/rul-1", eve), 204);
  EXPECT_EQ(status("POST", "/api/v1/model-versions/rul-1/restore", eve, R"({"revision":3})"), 200);
  EXPECT_EQ(error_of(put("model-versions", "rul-2", spec, eve)),
            "422 invalid: ModelVersion 'rul-2': author names somebody who was erased and was "
            "never its author; expected a Person of the catalog");
  EXPECT_TRUE(audit("version.made").back().text.contains(spec["author"].get<std::string>()));
  const auto verified = hub->db().verify();
  EXPECT_TRUE(verified) << verified.error().text;
}

TEST_F(ApprovalsTest, AModelThatIsNotInTheStoreIsNotApproved) {
  must_put("model-versions", "rul-3", version("model three", "dora"), dora_);
  const auto refused = ask("POST", "/api/v1/approvals", dora_, R"({"model_version":"rul-3"})");
  EXPECT_EQ(refused.status, 400);
  EXPECT_NE(refused.body.find("is not in the store"), std::string::npos);
  EXPECT_EQ(status("POST", "/api/v1/approvals", dora_, R"({"model_version":"none"})"), 404);
}

TEST_F(ApprovalsTest, RestoringAPastPipelineIsNoWayRound) {
  EXPECT_EQ(decide(request_approval("rul-1", dora_), otto_, digest_of("model one")).status, 200);
  must_put("pipelines", "p", pipeline("rul-1", "berlin"), otto_);
  must_put("pipelines", "p", pipeline("", "berlin"), otto_);
  EXPECT_EQ(status("POST", "/api/v1/pipelines/p/restore", otto_, R"({"revision":1})"), 200);
  must_put("pipelines", "p", pipeline("", "berlin"), otto_);
  must_put("people", "otto", {{"roles", {{{"role", "viewer"}}}}}, ada_);
  EXPECT_EQ(status("POST", "/api/v1/pipelines/p/restore", ada_, R"({"revision":1})"), 403);
}

TEST_F(ApprovalsTest, TheLineageHearsOfWhatGoesIntoService) {
  must_put("datasets", "d1", {{"digest", digest_of("recordings")}}, dora_);
  Json spec = version("model one", "dora");
  spec["trained_on"] = {"d1"};
  must_put("model-versions", "rul-1", spec, dora_);
  EXPECT_EQ(decide(request_approval("rul-1", dora_), otto_, digest_of("model one")).status, 200);
  must_put("pipelines", "p", pipeline("", "berlin"), otto_);
  EXPECT_FALSE(std::filesystem::exists(folder_ / "lineage.ndjson"));
  EXPECT_EQ(ask("PUT", "/api/v1/pipelines/p?dry_run=true", otto_,
                Json{{"spec", pipeline("rul-1", "berlin")}}.dump())
                .status,
            200);
  EXPECT_FALSE(std::filesystem::exists(folder_ / "lineage.ndjson"));
  must_put("pipelines", "p", pipeline("rul-1", "berlin"), otto_);
  const Bytes bytes = *world::system_files().read(folder_ / "lineage.ndjson");
  const std::string text(as_text(bytes));
  const Json start = Json::parse(text.substr(0, text.find('\n')));
  const Json complete = Json::parse(text.substr(text.find('\n') + 1));
  EXPECT_EQ(start["eventType"], "START");
  EXPECT_EQ(complete["eventType"], "COMPLETE");
  EXPECT_EQ(start["run"], complete["run"]);
  EXPECT_EQ(start["run"]["runId"].get<std::string>().size(), 36U);
  EXPECT_EQ(start["run"]["runId"].get<std::string>()[14], '4');
  EXPECT_EQ(start["job"]["name"], "deploy/p");
  EXPECT_EQ(start["inputs"][0]["name"], "ModelVersion/rul-1");
  EXPECT_EQ(start["inputs"][0]["facets"]["version"]["datasetVersion"], digest_of("model one"));
  EXPECT_EQ(start["inputs"][1]["name"], "Dataset/d1");
  EXPECT_EQ(start["inputs"][1]["facets"]["version"]["datasetVersion"], digest_of("recordings"));
  EXPECT_EQ(start["outputs"][0]["name"], "Pipeline/p");
  for (const char* member : {"eventTime", "producer", "schemaURL"})
    EXPECT_TRUE(start.contains(member)) << member;
  for (const Json* facet :
       {&start["inputs"][0]["facets"]["version"], &start["job"]["facets"]["jobType"]}) {
    EXPECT_TRUE(facet->contains("_producer"));
    EXPECT_TRUE(facet->contains("_schemaURL"));
  }
  EXPECT_EQ(text.find("dora"), std::string::npos) << "nobody's name";
}

TEST_F(ApprovalsTest, TheLineageHearsOfTrainings) {
  must_put("datasets", "d1", {{"digest", digest_of("recordings")}}, dora_);
  Json spec = version("model nine", "dora");
  spec["trained_on"] = {"d1"};
  must_put("model-versions", "rul-9", spec, dora_);
  EXPECT_FALSE(std::filesystem::exists(folder_ / "lineage.ndjson")) << "it has no report";
  spec["report"] = digest_of("report");
  must_put("model-versions", "rul-9", spec, dora_);
  spec["revision"] = "abc";
  must_put("model-versions", "rul-9", spec, dora_);  // the same training
  const Bytes bytes = *world::system_files().read(folder_ / "lineage.ndjson");
  const std::string text(as_text(bytes));
  EXPECT_EQ(std::ranges::count(text, '\n'), 2);
  const Json start = Json::parse(text.substr(0, text.find('\n')));
  const Json complete = Json::parse(text.substr(text.find('\n') + 1));
  EXPECT_EQ(start["eventType"], "START");
  EXPECT_EQ(complete["eventType"], "COMPLETE");
  EXPECT_EQ(start["run"], complete["run"]);
  EXPECT_EQ(start["job"]["name"], "train/rul");
  EXPECT_EQ(start["job"]["facets"]["jobType"]["jobType"], "TRAINING");
  EXPECT_EQ(start["inputs"][0]["name"], "Dataset/d1");
  EXPECT_EQ(start["inputs"][0]["facets"]["version"]["datasetVersion"], digest_of("recordings"));
  EXPECT_EQ(start["outputs"][0]["name"], "ModelVersion/rul-9");
  EXPECT_EQ(start["outputs"][0]["facets"]["version"]["datasetVersion"], digest_of("model nine"));
}

}  // namespace
}  // namespace lineside::hub
