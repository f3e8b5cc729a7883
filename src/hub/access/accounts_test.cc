// Setting up, signing in, sessions and programs, through the API.
#include <map>
#include <memory>

#include "crypt/digest.h"
#include "tests/hub_fixture.h"

namespace lineside::hub {
namespace {

class AccountsTest : public HubTest {
 protected:
  // A body for POST /welcome out of a new invitation.
  std::string invite(const std::string& person, const Who& who) {
    const auto made = ask("POST", "/api/v1/people/" + person + "/invitation", who);
    EXPECT_EQ(made.status, 200) << made.body;
    const std::string link = Json::parse(made.body)["link"];
    return Json{{"token", link.substr(link.find("token=") + 6)}, {"password", kPassword}}.dump();
  }
  static Json roles(const std::vector<std::string>& names, const char* site = "") {
    Json list = Json::array();
    for (const std::string& name : names) {
      list.push_back({{"role", name}});
      if (*site != 0) list.back()["site"] = site;
    }
    return {{"roles", list}};
  }
  static Json token(const char* role, const char* site = "") {
    Json spec = {{"role", role}, {"expires", "2024-01-01T00:00:00Z"}};
    if (*site != 0) spec["site"] = site;
    return spec;
  }
};

TEST_F(AccountsTest, TheSetUpLinkMakesOneAdminAndIsVoidAfterwards) {
  const std::string link = api->setup_link();
  const std::string token = link.substr(link.find("token=") + 6);
  const Json body = {{"token", token}, {"person", "ada"}, {"password", kPassword}};
  Json wrong = body;
  wrong["token"] = "lsu_0";
  EXPECT_EQ(status("POST", "/api/v1/setup", {}, wrong.dump()), 403);
  Json weak = body;
  weak["password"] = "short";
  EXPECT_EQ(error_of(ask("POST", "/api/v1/setup", {}, weak.dump())),
            "400 invalid: password: expected 12 to 1024 bytes, found 5");
  Json odd = body;
  odd["person"] = "../ada";
  EXPECT_EQ(status("POST", "/api/v1/setup", {}, odd.dump()), 400);
  const Who ada = session_of(ask("POST", "/api/v1/setup", {}, body.dump()));
  EXPECT_EQ(api->setup_link(), "");
  EXPECT_EQ(status("POST", "/api/v1/setup", {}, body.dump()), 403);
  const Json session = get("/api/v1/session", ada);
  EXPECT_EQ(session["person"], "ada");
  EXPECT_EQ(session["permissions"].size(), domain::kPermissions);
  EXPECT_EQ(session["permissions"][0], (Json{{"permission", "read"}, {"sites", nullptr}}));
  EXPECT_EQ(audit("setup.completed").size(), 1U);
  EXPECT_EQ(audit("session.denied").size(), 2U);

  close();
  open();
  EXPECT_EQ(api->setup_link(), "") << "an admin is there";
  EXPECT_EQ(status("GET", "/api/v1/session", ada), 200) << "sessions outlive the process";
}

TEST_F(AccountsTest, SetUpThatWasNotUsedGetsAnotherLinkAtTheNextStart) {
  const std::string before = api->setup_link();
  close();
  open();
  EXPECT_NE(api->setup_link(), before);
  EXPECT_NE(api->setup_link(), "");
}

TEST_F(AccountsTest, AnUnknownPersonAndAWrongPasswordLookAlike) {
  set_up();
  const auto wrong = try_sign_in("ada", "wrong password!");
  const auto unknown = try_sign_in("nobody", "wrong password!");
  EXPECT_EQ(error_of(wrong), "401 unauthenticated: person or password is wrong");
  EXPECT_EQ(wrong.body, unknown.body);
  const auto denied = audit("session.denied");
  ASSERT_EQ(denied.size(), 2U);
  EXPECT_EQ(denied[0].actor, *hub->db().audit().commitment("ada", "ada"));
  EXPECT_EQ(denied[1].actor, "");
  for (const auto& entry : denied) {
    EXPECT_EQ(entry.text.find("ada"), std::string::npos);
    EXPECT_EQ(entry.text.find("nobody"), std::string::npos);
    EXPECT_EQ(entry.text.find("wrong password!"), std::string::npos);
  }
}

TEST_F(AccountsTest, ACookieIsForTheServerAloneAndNewWithEachSignIn) {
  const Who first = set_up();
  const auto response = try_sign_in("ada", kPassword, {first[0]});
  const std::string_view set = response.header("Set-Cookie");
  EXPECT_TRUE(set.ends_with("; Path=/; Max-Age=43200; HttpOnly; SameSite=Strict; Secure")) << set;
  EXPECT_NE(session_of(response)[0].value, first[0].value);
  EXPECT_EQ(status("GET", "/api/v1/session", {first[0]}), 401) << "the one before has ended";
  EXPECT_EQ(status("GET", "/api/v1/session", session_of(response)), 200);
  // One that an attacker has planted is not taken over.
  const Who planted = {{"Cookie", "lineside_hub_session_8443=lss_planted"}};
  EXPECT_NE(session_of(try_sign_in("ada", kPassword, planted))[0].value, planted[0].value);
  EXPECT_EQ(status("GET", "/api/v1/session", planted), 401);
}

TEST_F(AccountsTest, AChangeByCookieNeedsTheTokenOfThatSession) {
  const Who ada = set_up();
  const Who other = sign_in("ada");
  const std::string spec = R"({"spec":{"title":"Berlin"}})";
  EXPECT_EQ(error_of(ask("PUT", "/api/v1/sites/berlin", {ada[0]}, spec)),
            "403 denied: X-Lineside-CSRF: expected the session's token");
  EXPECT_EQ(status("PUT", "/api/v1/sites/berlin", {ada[0], other[1]}, spec), 403);
  EXPECT_EQ(status("DELETE", "/api/v1/session", {ada[0]}), 403);
  EXPECT_EQ(status("PUT", "/api/v1/sites/berlin", ada, spec), 201);
  EXPECT_EQ(
      status("PUT", "/api/v1/sites/munich", with(ada, {"Origin", "https://evil.example"}), spec),
      403);
  EXPECT_EQ(status("GET", "/api/v1/session", with(ada, {"Host", "evil.example"})), 200)
      << "the first Host counts";
  auto elsewhere = request("GET", "/api/v1/session", "", ada);
  elsewhere.headers[0].value = "evil.example";
  EXPECT_EQ(api->answer(elsewhere).status, 403);
}

TEST_F(AccountsTest, ASessionEndsIdleAfterTwoHoursAndAnywayAfterTwelve) {
  set_up();
  Who ada = sign_in("ada");
  clock.advance(Duration::seconds(2 * 3600 - 1));
  EXPECT_EQ(status("GET", "/api/v1/session", ada), 200);
  clock.advance(Duration::seconds(2 * 3600));
  EXPECT_EQ(status("GET", "/api/v1/session", ada), 401);
  ada = sign_in("ada");
  for (int hour = 1; hour < 12; ++hour) {
    clock.advance(Duration::seconds(3600));
    EXPECT_EQ(status("GET", "/api/v1/session", ada), 200) << hour;
  }
  clock.advance(Duration::seconds(3600));
  EXPECT_EQ(status("GET", "/api/v1/session", ada), 401);
}

TEST_F(AccountsTest, SigningOutEndsTheSession) {
  const Who ada = set_up();
  const auto out = ask("DELETE", "/api/v1/session", ada);
  EXPECT_EQ(out.status, 204);
  EXPECT_TRUE(
      out.header("Set-Cookie").starts_with("lineside_hub_session_8443=; Path=/; Max-Age=0;"));
  EXPECT_EQ(status("GET", "/api/v1/session", ada), 401);
  EXPECT_EQ(audit("session.ended").size(), 1U);
}

TEST_F(AccountsTest, TooManyTriesWaitAlsoWithTheRightPassword) {
  set_up();
  for (int i = 0; i < 5; ++i) EXPECT_EQ(try_sign_in("ada", "wrong password!").status, 401);
  const auto held = try_sign_in("ada", kPassword);
  EXPECT_EQ(held.status, 429);
  EXPECT_EQ(held.header("Retry-After"), "20");
  for (int i = 0; i < 5; ++i) EXPECT_EQ(try_sign_in("nobody", "wrong password!").status, 401);
  EXPECT_EQ(try_sign_in("nobody", "wrong password!").status, 429) << "names do not show";
  clock.advance(Duration::seconds(20));
  EXPECT_EQ(try_sign_in("ada", kPassword).status, 200);
}

TEST_F(AccountsTest, AnInvitationIsGoodOnceAndForThreeDays) {
  const Who ada = set_up();
  must_put("people", "grace", {{"roles", {{{"role", "viewer"}}}}}, ada);
  EXPECT_EQ(try_sign_in("grace", kPassword).status, 401) << "no password yet";
  const auto invite = [&] {
    const std::string link =
        Json::parse(ask("POST", "/api/v1/people/grace/invitation", ada).body)["link"];
    EXPECT_TRUE(link.starts_with("https://127.0.0.1:8443/#/welcome?person=grace&token=lsw_"))
        << link;
    return Json{{"token", link.substr(link.find("token=") + 6)}, {"password", kPassword}}.dump();
  };
  const std::string first = invite();
  const std::string second = invite();
  EXPECT_EQ(status("POST", "/api/v1/welcome", {}, first), 403) << "another one was made";
  EXPECT_EQ(status("POST", "/api/v1/welcome", {}, second), 200);
  EXPECT_EQ(status("POST", "/api/v1/welcome", {}, second), 403) << "it was used";
  const std::string third = invite();
  clock.advance(Duration::seconds(3 * 24 * 3600));
  EXPECT_EQ(status("POST", "/api/v1/welcome", {}, third), 403);
  EXPECT_EQ(status("POST", "/api/v1/people/nobody/invitation", sign_in("ada")), 404);
}

TEST_F(AccountsTest, AnInvitationIsVoidOnceThePersonMayDoMore) {
  const Who ada = set_up();
  must_put("roles", "manager", {{"permissions", {"read", "read_people", "manage_people"}}}, ada);
  must_put("roles", "shop", {{"permissions", {"read"}}}, ada);
  const Who max = person("max", {{"manager", ""}}, ada);
  must_put("people", "puppet", roles({"viewer"}), max);
  const std::string kept = invite("puppet", max);
  must_put("people", "puppet", roles({"viewer", "admin"}), ada);
  const auto refused = ask("POST", "/api/v1/welcome", {}, kept);
  EXPECT_EQ(error_of(refused),
            "403 denied: the invitation is void: it was used, has expired, or the person may do "
            "more than when it was made; ask for a new link");
  EXPECT_EQ(try_sign_in("puppet", kPassword).status, 401);
  EXPECT_EQ(status("POST", "/api/v1/welcome", {}, invite("puppet", ada)), 200);

  // Also where it is the role that grows.
  must_put("people", "second", roles({"shop"}), max);
  const std::string other = invite("second", max);
  must_put("roles", "shop", {{"permissions", {"read", "erase"}}}, ada);
  EXPECT_EQ(status("POST", "/api/v1/welcome", {}, other), 403);
}

TEST_F(AccountsTest, AnInvitationHoldsWhileThePersonMayDoAsMuchOrLess) {
  const Who ada = set_up();
  build_plants(ada);
  must_put("people", "grace", roles({"viewer", "ot-engineer"}, "berlin"), ada);
  const std::string first = invite("grace", ada);
  must_put("sites", "berlin-hall", {{"parent", "berlin"}}, ada);  // belongs to what was given
  must_put("people", "grace", roles({"viewer"}, "berlin"), ada);
  EXPECT_EQ(status("POST", "/api/v1/welcome", {}, first), 200);
  const std::string second = invite("grace", ada);
  must_put("people", "grace", roles({"viewer"}), ada);
  EXPECT_EQ(status("POST", "/api/v1/welcome", {}, second), 403) << "everywhere is more";
}

TEST_F(AccountsTest, AnInvitationGoesWithThePerson) {
  const Who ada = set_up();
  must_put("people", "grace", roles({"viewer"}), ada);
  const std::string first = invite("grace", ada);
  must_put("people", "grace", {{"active", false}}, ada);
  must_put("people", "grace", roles({"viewer"}), ada);
  EXPECT_EQ(status("POST", "/api/v1/welcome", {}, first), 403);
  const std::string second = invite("grace", ada);
  EXPECT_EQ(status("DELETE", "/api/v1/people/grace", ada), 204);
  must_put("people", "grace", roles({"viewer"}), ada);
  EXPECT_EQ(status("POST", "/api/v1/welcome", {}, second), 403) << "it is another Grace";
}

TEST_F(AccountsTest, NobodyInvitesWhereTheyDoNotManagePeople) {
  const Who ada = set_up();
  build_plants(ada);
  must_put("roles", "manager", {{"permissions", {"manage_people"}}}, ada);
  const Who max = person("max", {{"viewer", ""}, {"manager", "berlin"}}, ada);
  must_put("people", "olga", roles({"viewer"}, "munich"), ada);
  must_put("people", "grace", roles({"viewer"}, "berlin-line"), ada);
  EXPECT_EQ(status("POST", "/api/v1/people/olga/invitation", max), 403);
  EXPECT_EQ(status("POST", "/api/v1/people/grace/invitation", max), 200);
}

TEST_F(AccountsTest, WhoDoesNotReadPeopleIsNotToldWhoIsOne) {
  const Who ada = set_up();
  build_plants(ada);
  must_put("roles", "manager", {{"permissions", {"manage_people"}}}, ada);
  must_put("roles", "reader", {{"permissions", {"read_people"}}}, ada);
  const Who max = person("max", {{"manager", "berlin"}}, ada);
  const Who ruth = person("ruth", {{"manager", "berlin"}, {"reader", "berlin"}}, ada);
  must_put("people", "olga", roles({"viewer"}, "munich"), ada);
  must_put("people", "otto", roles({"viewer"}, "berlin"), ada);
  const auto told = [&](const std::string& name, const Who& who) {
    const std::size_t leaves = audit("access.denied").size();
    const std::string text = error_of(ask("POST", "/api/v1/people/" + name + "/invitation", who));
    EXPECT_EQ(audit("access.denied").size(), leaves + 1) << name;
    return text;
  };
  const std::string none = told("none", max);
  EXPECT_EQ(none, "403 denied: no active Person of that name, or no right to invite them");
  EXPECT_EQ(told("olga", max), none) << "no manage_people there";
  EXPECT_EQ(told("otto", max), none) << "he may read what max may not";
  EXPECT_EQ(told("none", ruth), "404 not_found: no active Person of that name");
  EXPECT_EQ(told("otto", ruth), "403 denied: the person may do what you may not");
}

TEST_F(AccountsTest, ASecretIsVoidOnceItsTokenMayDoMore) {
  const Who ada = set_up();
  build_plants(ada);
  must_put("roles", "shop", {{"permissions", {"read"}}}, ada);
  const auto outgrown = [&](const Who& bearer) {
    return error_of(ask("GET", "/api/v1/session", bearer)) ==
           "401 unauthenticated: the token may do more than when this secret was issued; ask for a "
           "new secret";
  };
  must_put("tokens", "bot", token("shop", "berlin"), ada);
  const Who narrow = program("bot", ada);
  must_put("sites", "berlin-hall", {{"parent", "berlin"}}, ada);
  EXPECT_EQ(status("GET", "/api/v1/sites/berlin-hall", narrow), 200) << "that was given";
  must_put("tokens", "bot", token("shop"), ada);
  EXPECT_TRUE(outgrown(narrow));
  const Who wide = program("bot", ada);
  must_put("roles", "shop", {{"permissions", {"read", "write_assets"}}}, ada);
  EXPECT_TRUE(outgrown(wide));
  const Who writer = program("bot", ada);
  must_put("tokens", "bot", token("admin"), ada);
  EXPECT_TRUE(outgrown(writer));
  must_put("tokens", "bot", token("viewer"), ada);
  EXPECT_EQ(status("GET", "/api/v1/session", writer), 200) << "less is no reason";

  must_put("people", "grace", roles({"viewer"}), ada);
  must_put("tokens", "hers", {{"person", "grace"}, {"expires", "2024-01-01T00:00:00Z"}}, ada);
  const Who hers = program("hers", ada);
  EXPECT_EQ(status("GET", "/api/v1/session", hers), 200);
  must_put("people", "grace", roles({"viewer", "operator"}), ada);
  EXPECT_TRUE(outgrown(hers));
}

TEST_F(AccountsTest, ASecretIsVoidOnceItsTokenActsForAnother) {
  const Who ada = set_up();
  const auto acts_for = [&](const char* who) {
    must_put("tokens", "bot", {{"person", who}, {"expires", "2024-01-01T00:00:00Z"}}, ada);
  };
  must_put("people", "grace", roles({"viewer"}), ada);
  must_put("people", "olga", roles({"viewer"}), ada);
  acts_for("grace");
  const Who bearer = program("bot", ada);
  acts_for("olga");
  EXPECT_EQ(status("GET", "/api/v1/session", bearer), 401);
  acts_for("grace");
  EXPECT_EQ(status("GET", "/api/v1/session", bearer), 200);
}

TEST_F(AccountsTest, NobodyErasesWhoCouldDoMore) {
  const Who ada = set_up();
  const Who sina = person("sina", {{"security", ""}}, ada);
  for (const char* name : {"boss", "vera"})
    must_put("people", name, roles({*name == 'b' ? "admin" : "viewer"}), ada);
  for (const char* name : {"boss", "vera"})
    EXPECT_EQ(status("DELETE", std::string("/api/v1/people/") + name, ada), 204);
  EXPECT_EQ(status("POST", "/api/v1/people/boss/erasure", sina), 403);
  EXPECT_EQ(status("POST", "/api/v1/people/vera/erasure", sina), 204);
  EXPECT_EQ(status("POST", "/api/v1/people/boss/erasure", ada), 204);
}

TEST_F(AccountsTest, NobodyTakesASecretWhereTheyDoNotManageTokens) {
  const Who ada = set_up();
  build_plants(ada);
  must_put("roles", "keeper", {{"permissions", {"manage_tokens"}}}, ada);
  const Who kim = person("kim", {{"viewer", ""}, {"keeper", "berlin"}}, ada);
  must_put("tokens", "far", token("viewer", "munich"), ada);
  must_put("tokens", "near", token("viewer", "berlin-line"), ada);
  EXPECT_EQ(status("POST", "/api/v1/tokens/far/secret", kim), 403);
  EXPECT_EQ(status("POST", "/api/v1/tokens/near/secret", kim), 200);
}

TEST_F(AccountsTest, AnInvitationIsNoBearerToken) {
  const Who ada = set_up();
  const std::string link =
      Json::parse(ask("POST", "/api/v1/people/ada/invitation", ada).body)["link"];
  const Who bearer = {{"Authorization", "Bearer " + link.substr(link.find("token=") + 6)}};
  EXPECT_EQ(status("GET", "/api/v1/session", bearer), 401);
}

TEST_F(AccountsTest, APasswordChangeEndsTheOtherSessions) {
  const Who ada = set_up();
  const Who other = sign_in("ada");
  EXPECT_EQ(error_of(ask("POST", "/api/v1/password", ada,
                         R"({"old":"wrong password!","new":"another password"})")),
            "403 denied: the old password is wrong");
  const Json body = {{"old", kPassword}, {"new", "another password"}};
  EXPECT_EQ(status("POST", "/api/v1/password", ada, body.dump()), 204);
  EXPECT_EQ(status("GET", "/api/v1/session", ada), 200);
  EXPECT_EQ(status("GET", "/api/v1/session", other), 401);
  EXPECT_EQ(try_sign_in("ada", kPassword).status, 401);
  EXPECT_EQ(try_sign_in("ada", "another password").status, 200);
}

TEST_F(AccountsTest, APasswordMayBeOfAnyCharacters) {
  const Who ada = set_up();
  const std::string odd = "\xe2\x80\xae right to left \x1b\xc2\x9b";
  EXPECT_EQ(status("POST", "/api/v1/password", ada, Json{{"old", kPassword}, {"new", odd}}.dump()),
            204);
  EXPECT_EQ(try_sign_in("ada", odd).status, 200);
}

TEST_F(AccountsTest, WhoIsNotActiveAnyMoreIsOutAtOnce) {
  const Who ada = set_up();
  const Who grace = person("grace", {{"viewer", ""}}, ada);
  EXPECT_EQ(status("GET", "/api/v1/sites", grace), 200);
  must_put("people", "grace", {{"active", false}, {"roles", {{{"role", "viewer"}}}}}, ada);
  EXPECT_EQ(status("GET", "/api/v1/sites", grace), 401);
  EXPECT_EQ(try_sign_in("grace", kPassword).status, 401);
  must_put("people", "grace", {{"roles", {{{"role", "viewer"}}}}}, ada);
  EXPECT_EQ(status("GET", "/api/v1/sites", grace), 401) << "the session has ended for good";
}

TEST_F(AccountsTest, ADeletedPersonCanBeErasedAndTheLogStillVerifies) {
  const Who ada = set_up();
  const Who grace = person("grace", {{"viewer", ""}}, ada);
  EXPECT_EQ(status("DELETE", "/api/v1/people/grace", ada), 204);
  EXPECT_EQ(status("GET", "/api/v1/session", grace), 401);
  EXPECT_EQ(status("POST", "/api/v1/people/grace/erasure", ada), 204);
  EXPECT_EQ(*hub->db().audit().find_commitment("grace", "grace"), std::nullopt);
  const auto verified = hub->db().verify();
  EXPECT_TRUE(verified) << verified.error().text;
  const std::string log = ask("GET", "/api/v1/audit/leaves?limit=10000", ada).body;
  EXPECT_EQ(log.find("grace"), std::string::npos);
  EXPECT_EQ(ask("GET", "/api/v1/people/grace?revision=1", ada).body.find("grace@"),
            std::string::npos);
}

TEST_F(AccountsTest, WhoIsInTheCatalogIsErasedByTheRulesForDeletions) {
  const Who ada = set_up();
  const Who grace = person("grace", {{"viewer", ""}}, ada);
  must_put("roles", "eraser", {{"permissions", {"erase", "read", "manage_tokens"}}}, ada);
  const Who vera = person("vera", {{"eraser", ""}}, ada);
  EXPECT_EQ(status("POST", "/api/v1/people/grace/erasure", vera), 403) << "without manage_people";
  EXPECT_EQ(status("POST", "/api/v1/people/ada/erasure", ada), 403) << "nobody erases himself";
  must_put("tokens", "ci", {{"person", "grace"}, {"expires", "2030-01-01T00:00:00Z"}}, ada);
  const auto held = ask("POST", "/api/v1/people/grace/erasure", ada);
  EXPECT_EQ(held.status, 409) << held.body;
  EXPECT_NE(held.body.find("Token 'ci'"), std::string::npos) << held.body;
  EXPECT_EQ(status("GET", "/api/v1/session", grace), 200) << "nothing has happened";
  EXPECT_EQ(status("DELETE", "/api/v1/tokens/ci", ada), 204);
  EXPECT_EQ(status("POST", "/api/v1/people/grace/erasure", ada), 204);
  EXPECT_EQ(status("GET", "/api/v1/session", grace), 401);
  EXPECT_EQ(status("GET", "/api/v1/people/grace", ada), 404);
  EXPECT_EQ(*hub->db().audit().find_commitment("grace", "grace"), std::nullopt);
  const auto verified = hub->db().verify();
  EXPECT_TRUE(verified) << verified.error().text;
}

TEST_F(AccountsTest, TheLastWhoMayDoEverythingIsNotErased) {
  const Who ada = set_up();
  must_put("tokens", "root", {{"role", "admin"}, {"expires", "2030-01-01T00:00:00Z"}}, ada);
  const Who root = program("root", ada);
  const auto refused = ask("POST", "/api/v1/people/ada/erasure", root);
  EXPECT_EQ(refused.status, 409) << refused.body;
  EXPECT_NE(refused.body.find("take it from the last one"), std::string::npos) << refused.body;
  person("boss", {{"admin", ""}}, ada);
  EXPECT_EQ(status("POST", "/api/v1/people/ada/erasure", root), 204);
}

TEST_F(AccountsTest, TheNameOfWhoWasErasedIsNotGivenAgain) {
  const Who ada = set_up();
  EXPECT_EQ(status("POST", "/api/v1/people/grace/erasure", ada), 404) << "nobody of that name";
  person("grace", {{"viewer", ""}}, ada);
  EXPECT_EQ(status("DELETE", "/api/v1/people/grace", ada), 204);
  must_put("people", "grace", roles({"viewer"}), ada);  // until she is erased
  EXPECT_EQ(status("DELETE", "/api/v1/people/grace", ada), 204);
  EXPECT_EQ(status("POST", "/api/v1/people/grace/erasure", ada), 204);
  EXPECT_EQ(hub->feed().after(hub->feed().newest() - 1).front().type, "reset")
      << "events that name her are told no more";
  EXPECT_EQ(status("POST", "/api/v1/people/grace/erasure", ada), 404) << "nothing is left of her";
  const auto again = put("people", "grace", roles({"viewer"}), ada);
  EXPECT_EQ(again.status, 409);
  EXPECT_NE(again.body.find("somebody of that name was erased"), std::string::npos) << again.body;
  EXPECT_EQ(put("people", "gracie", roles({"viewer"}), ada).status, 201);
  ASSERT_EQ(audit("name.retired").size(), 1U);
  EXPECT_EQ(audit("name.retired")[0].text.find("grace"), std::string::npos);
  close();
  open();
  EXPECT_EQ(put("people", "grace", roles({"viewer"}), ada).status, 409);
}

TEST_F(AccountsTest, ProgramsActAsFarAsTheirTokenReaches) {
  const Who ada = set_up();
  build_plants(ada);
  must_put("tokens", "exporter",
           {{"role", "viewer"}, {"site", "berlin"}, {"expires", "2024-01-01T00:00:00Z"}}, ada);
  const Who bearer = program("exporter", ada);
  EXPECT_EQ(get("/api/v1/assets", bearer)["items"].size(), 1U);
  EXPECT_EQ(status("GET", "/api/v1/assets/munich-press", bearer), 404);
  EXPECT_EQ(put("assets", "berlin-press", {{"site", "berlin"}}, bearer).status, 403);
  EXPECT_EQ(status("DELETE", "/api/v1/session", bearer), 403) << "it has none";
  EXPECT_EQ(get("/api/v1/session", bearer)["expires"], "2024-01-01T00:00:00Z");

  const Who fresh = program("exporter", ada);
  EXPECT_EQ(status("GET", "/api/v1/assets", bearer), 401) << "a new secret voids the old one";
  EXPECT_EQ(status("DELETE", "/api/v1/tokens/exporter", ada), 204);
  EXPECT_EQ(status("GET", "/api/v1/assets", fresh), 401) << "revoked";
  must_put("tokens", "exporter", {{"role", "viewer"}, {"expires", "2024-01-01T00:00:00Z"}}, ada);
  EXPECT_EQ(status("GET", "/api/v1/assets", fresh), 401)
      << "the name has come back, not the secret";
}

TEST_F(AccountsTest, ATokenEndsByItself) {
  const Who ada = set_up();
  must_put("tokens", "exporter", {{"role", "viewer"}, {"expires", "2023-11-14T23:13:20Z"}}, ada);
  const Who bearer = program("exporter", ada);
  clock.advance(Duration::seconds(3599));
  EXPECT_EQ(status("GET", "/api/v1/sites", bearer), 200);
  clock.advance(Duration::seconds(1));
  EXPECT_EQ(status("GET", "/api/v1/sites", bearer), 401);
  EXPECT_EQ(status("POST", "/api/v1/tokens/exporter/secret", ada), 400);
}

TEST_F(AccountsTest, NoSecretIsStoredOrTold) {
  const Who ada = set_up();
  must_put("tokens", "exporter", {{"role", "viewer"}, {"expires", "2024-01-01T00:00:00Z"}}, ada);
  const Who bearer = program("exporter", ada);
  const std::string secret = bearer[0].value.substr(7);
  const std::string cookie = ada[0].value.substr(ada[0].value.find('=') + 1);
  std::string all = ask("GET", "/api/v1/tokens/exporter", ada).body +
                    ask("GET", "/api/v1/audit/leaves", ada).body +
                    ask("GET", "/api/v1/people/ada", ada).body;
  for (const auto& entry : std::filesystem::directory_iterator(folder_))
    if (entry.is_regular_file()) all += as_text(*world::system_files().read(entry.path()));
  for (const std::string& one : {secret, cookie, ada[1].value, std::string(kPassword)})
    EXPECT_EQ(all.find(one), std::string::npos);
  EXPECT_NE(all.find(crypt::sha256_hex(as_bytes(secret))), std::string::npos);
}

TEST_F(AccountsTest, DenialsFillTheLogNoFasterThanSixtyAMinute) {
  set_up();
  const Who wrong = {{"Authorization", "Bearer lst_wrong"}};
  for (int i = 0; i < 200; ++i) EXPECT_EQ(status("GET", "/api/v1/sites", wrong), 401);
  EXPECT_EQ(audit("access.denied").size(), 60U);
  clock.advance(Duration::seconds(60));
  api->tidy_up();
  const auto entries = audit("access.denied");
  ASSERT_EQ(entries.size(), 61U);
  EXPECT_EQ(Json::parse(entries.back().text)["suppressed"], "140");
  EXPECT_EQ(entries.front().subject, "GET /api/v1/sites");
}

TEST_F(AccountsTest, WhoMerelyAsksWhoHeIsLeavesNoTrace) {
  set_up();
  const std::uint64_t before = hub->db().audit().checkpoint().size;
  EXPECT_EQ(status("GET", "/api/v1/session"), 401);
  EXPECT_EQ(hub->db().audit().checkpoint().size, before);
  EXPECT_EQ(status("GET", "/api/v1/sites"), 401);
  EXPECT_EQ(hub->db().audit().checkpoint().size, before + 1);
}

TEST_F(AccountsTest, TheLastAdminStays) {
  const Who ada = set_up();
  const Json viewer = {{"roles", {{{"role", "viewer"}}}}};
  const Json admin = {{"roles", {{{"role", "admin"}}}}};
  EXPECT_EQ(put("people", "ada", viewer, ada).status, 409);
  EXPECT_EQ(put("people", "ada", {{"active", false}, {"roles", admin["roles"]}}, ada).status, 409);
  EXPECT_EQ(status("DELETE", "/api/v1/people/ada", ada), 409);
  EXPECT_EQ(status("DELETE", "/api/v1/people/ada?dry_run=true", ada), 409);
  const auto refused = put("people", "ada", viewer, ada);
  EXPECT_NE(refused.body.find("Person/ada: expected somebody who stays"), std::string::npos)
      << refused.body;
  // Another who cannot sign in yet does not count, nor one at a site alone.
  must_put("people", "grace", admin, ada);
  must_put("sites", "berlin", Json::object(), ada);
  person("sid", {{"admin", "berlin"}}, ada);
  EXPECT_EQ(put("people", "ada", viewer, ada).status, 409);
  // Nor one who may do less, though she may remove people.
  const Who sue = person("sue", {{"security", ""}}, ada);
  EXPECT_EQ(status("DELETE", "/api/v1/people/ada", sue), 403);
  EXPECT_EQ(put("people", "ada", viewer, sue).status, 403);
  // A role of one's own counts as much.
  Json all = get("/api/v1/roles/admin", ada)["spec"]["permissions"];
  must_put("roles", "boss", {{"permissions", all}}, ada);
  const Who bea = person("bea", {{"boss", ""}}, ada);
  EXPECT_EQ(put("people", "ada", viewer, ada).status, 200);
  all.erase(all.size() - 1);
  EXPECT_EQ(put("roles", "boss", {{"permissions", all}}, bea).status, 409);
  EXPECT_EQ(put("people", "bea", viewer, bea).status, 409);
  EXPECT_EQ(put("people", "bea", {{"title", "Bea"}, {"roles", {{{"role", "boss"}}}}}, bea).status,
            200);
}

TEST_F(AccountsTest, AStreamOfEventsEndsWithTheSecretOrTheSessionThatOpenedIt) {
  const Who ada = set_up();
  build_plants(ada);
  const Who vera = person("vera", {{"viewer", ""}}, ada);
  std::map<std::string, std::unique_ptr<net::HttpStream>> streams;
  for (const char* name : {"kept", "widened", "reissued", "remade", "role"}) {
    must_put("tokens", name, token("viewer", "berlin"), ada);
    streams[name] = ask("GET", "/api/v1/events", program(name, ada)).stream;
  }
  streams["session"] = ask("GET", "/api/v1/events", vera).stream;
  std::string out;
  for (const auto& [name, stream] : streams) EXPECT_TRUE(stream->more(out)) << name;
  must_put("tokens", "widened", token("viewer"), ada);
  must_put("tokens", "role", token("admin", "berlin"), ada);
  program("reissued", ada);
  EXPECT_EQ(status("DELETE", "/api/v1/tokens/remade", ada), 204);
  must_put("tokens", "remade", token("admin"), ada);
  EXPECT_EQ(status("DELETE", "/api/v1/session", vera), 204);
  must_put("assets", "oven", {{"site", "berlin"}}, ada);
  clock.advance(Duration::seconds(15));
  for (const auto& [name, stream] : streams) {
    out.clear();
    EXPECT_EQ(stream->more(out), name == "kept") << name;
    EXPECT_EQ(out.contains("data: "), name == "kept") << name << " is told nothing more: " << out;
  }
}

TEST_F(AccountsTest, ListeningDoesNotPutOffTheEndOfASession) {
  const Who ada = set_up();
  const auto stream = ask("GET", "/api/v1/events", ada).stream;
  std::string out;
  for (int minute = 0; minute < 119; ++minute) {
    clock.advance(Duration::seconds(60));
    ASSERT_TRUE(stream->more(out)) << minute;
  }
  clock.advance(Duration::seconds(60));
  EXPECT_FALSE(stream->more(out));
}

}  // namespace
}  // namespace lineside::hub
