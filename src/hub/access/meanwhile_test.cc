// What another request does between the look of one and what that one stores.
#include <functional>
#include <optional>
#include <utility>

#include "crypt/digest.h"
#include "hub/access/sessions.h"
#include "hub/approvals.h"
#include "hub/catalog/writer.h"
#include "net/http_files.h"
#include "tests/hub_fixture.h"

namespace lineside::hub {
namespace {

// Done once, by who next asks for the time or for random bytes.
class Meanwhile {
 public:
  void set(std::function<void()> what) { what_ = std::move(what); }
  void run() {
    if (what_) std::exchange(what_, {})();
  }

 private:
  std::function<void()> what_;
};

class TestClock final : public world::Clock {
 public:
  TestClock(world::Clock& clock, Meanwhile& meanwhile) : clock_(clock), meanwhile_(meanwhile) {}
  Time now() const override {
    meanwhile_.run();
    return clock_.now();
  }
  Time steady() const override { return clock_.steady(); }
  void sleep(Duration duration) override { clock_.sleep(duration); }

 private:
  world::Clock& clock_;
  Meanwhile& meanwhile_;
};

class TestRandom final : public world::Random {
 public:
  TestRandom(world::Random& random, Meanwhile& meanwhile)
      : random_(random), meanwhile_(meanwhile) {}
  void fill(std::span<std::byte> out) override {
    meanwhile_.run();
    random_.fill(out);
  }

 private:
  world::Random& random_;
  Meanwhile& meanwhile_;
};

class MeanwhileTest : public HubTest {
 protected:
  MeanwhileTest() {
    close();
    auto opened = Hub::open(options(), {world::system_files(), test_clock_, test_random_});
    EXPECT_TRUE(opened) << opened.error().text;
    hub = std::move(*opened);
    hub->set_url("https://127.0.0.1:8443");
    api = std::move(*Api::create(*hub, no_page_, {{8, 1, 1}, {}}));
    api->set_site({{"127.0.0.1", 8443}, true});
    ada_ = set_up();
  }

  ~MeanwhileTest() override { close(); }

  void make_version(const std::string& content) {
    const std::string digest = "sha256:" + crypt::sha256_hex(as_bytes(content));
    const auto done = ask("POST", "/api/v1/artifacts?digest=" + digest,
                          with(dora_, {"Content-Type", "application/octet-stream"}), content);
    EXPECT_LT(done.status, 300) << done.body;
    must_put("model-versions", "rul-1", {{"model", "rul"}, {"digest", digest}, {"author", "dora"}},
             dora_);
  }
  void make_models() {
    must_put("models", "rul", {{"owner", "data"}}, ada_);
    dora_ = person("dora", {{"data-scientist", ""}}, ada_);
    otto_ = person("otto", {{"ot-engineer", ""}}, ada_);
    make_version("model one");
  }
  // As the API makes one of a request's cookie.
  Caller caller(const Who& who) {
    const std::string_view cookie = who.front().value;
    auto found = sessions().find(cookie.substr(cookie.find('=') + 1));
    EXPECT_TRUE(found) << found.error().text;
    return found ? *std::move(found) : Caller();
  }
  Sessions& sessions() {
    if (!sessions_) sessions_.emplace(*hub, grants());
    return *sessions_;
  }
  GrantBook& grants() {
    if (!grants_) grants_.emplace(hub->db().catalog());
    return *grants_;
  }
  Approvals approvals() { return {*hub, grants()}; }
  std::vector<store::Approval> stored() { return *hub->db().approvals().list({}); }

  Meanwhile now_, drawing_;  // at the next look at the clock, at the next random bytes
  TestClock test_clock_{clock, now_};
  TestRandom test_random_{random, drawing_};
  Who ada_, dora_, otto_;

 private:
  const net::HttpFiles no_page_{{}};
  std::optional<GrantBook> grants_;
  std::optional<Sessions> sessions_;
};

TEST_F(MeanwhileTest, NobodyIsInvitedWhoIsGone) {
  const Json grace = {{"roles", {{{"role", "viewer"}}}}};
  const auto invite = [&] {
    return error_of(ask("POST", "/api/v1/people/grace/invitation", ada_));
  };
  must_put("people", "grace", grace, ada_);
  drawing_.set([&] { EXPECT_EQ(status("DELETE", "/api/v1/people/grace", ada_), 204); });
  EXPECT_EQ(invite(), "404 not_found: no Person 'grace'");
  EXPECT_TRUE(hub->db().tokens().list("")->empty());
  EXPECT_TRUE(audit("person.invited").empty());

  // Nor is a new one of that name, or who is not active any more.
  must_put("people", "grace", grace, ada_);
  drawing_.set([&] { must_put("people", "grace", {{"active", false}}, ada_); });
  EXPECT_EQ(invite(), "409 conflict: Person 'grace' was changed meanwhile; try again");
  EXPECT_TRUE(hub->db().tokens().list("")->empty());
  must_put("people", "grace", grace, ada_);
  EXPECT_EQ(ask("POST", "/api/v1/people/grace/invitation", ada_).status, 200);
}

TEST_F(MeanwhileTest, NoSecretIsOfATokenThatIsGone) {
  const Json bot = {{"role", "viewer"}, {"expires", "2024-01-01T00:00:00Z"}};
  must_put("tokens", "bot", bot, ada_);
  drawing_.set([&] { EXPECT_EQ(status("DELETE", "/api/v1/tokens/bot", ada_), 204); });
  EXPECT_EQ(error_of(ask("POST", "/api/v1/tokens/bot/secret", ada_)),
            "404 not_found: no Token 'bot'");
  drawing_.set([&] {
    EXPECT_EQ(status("DELETE", "/api/v1/tokens/bot", ada_), 204);
    must_put("tokens", "bot", bot, ada_);
  });
  must_put("tokens", "bot", bot, ada_);
  EXPECT_EQ(error_of(ask("POST", "/api/v1/tokens/bot/secret", ada_)),
            "409 conflict: Token 'bot' was changed meanwhile; try again");
  EXPECT_TRUE(hub->db().tokens().list("")->empty());
  EXPECT_TRUE(audit("token.issued").empty());
}

// Whoever is erased has done nothing since, and no salt keeps the name.
TEST_F(MeanwhileTest, WhoIsErasedMeanwhileDoesNothingMore) {
  const auto erase = [&](const std::string& name) {
    EXPECT_EQ(status("POST", "/api/v1/people/" + name + "/erasure", ada_), 204);
  };
  const auto has_salt = [&](const std::string& name) {
    return hub->db().audit().find_commitment(name, name)->has_value();
  };
  Approvals decided(*hub, grants());
  CatalogWriter writer(*hub, grants(), decided);
  const Caller grace = caller(person("grace", {{"ot-engineer", ""}}, ada_));
  store::ObjectWrite write;
  write.object = {.kind = domain::Kind::asset, .name = "late", .spec = R"({"site":"berlin"})"};
  now_.set([&] { erase("grace"); });
  const auto written = writer.write(grace, {write}, {});
  ASSERT_FALSE(written);
  EXPECT_EQ(written.error().code, Code::unauthenticated) << written.error().text;
  EXPECT_EQ(status("GET", "/api/v1/assets/late", ada_), 404);
  EXPECT_FALSE(has_salt("grace"));

  // The secret of an enrolment is drawn after the look at who asks.
  must_put("sites", "berlin", Json::object(), ada_);
  const Who sina = person("sina", {{"admin", ""}}, ada_);
  drawing_.set([&] { erase("sina"); });
  EXPECT_EQ(status("POST", "/api/v1/enrolments", sina,
                   R"({"name":"late","site":"berlin","uses":1,"expires_in":"1h"})"),
            401);
  EXPECT_TRUE(hub->db().tokens().enrolments()->empty());
  EXPECT_FALSE(has_salt("sina"));

  make_models();
  const Caller dora = caller(dora_);
  now_.set([&] { erase("dora"); });
  EXPECT_FALSE(approvals().request(dora, "rul-1", ""));
  EXPECT_TRUE(stored().empty());
  EXPECT_FALSE(has_salt("dora"));
  EXPECT_TRUE(hub->db().verify());
}

TEST_F(MeanwhileTest, WhoWasSeenLivingIsErasedByTheRulesForTheLiving) {
  Approvals decided(*hub, grants());
  CatalogWriter writer(*hub, grants(), decided);
  const Caller ada = caller(ada_);
  person("grace", {{"viewer", ""}}, ada_);
  EXPECT_EQ(writer.erase(ada, {"grace", false, {}}).error().code, Code::conflict);
  EXPECT_EQ(status("DELETE", "/api/v1/people/grace", ada_), 204);
  EXPECT_EQ(writer.erase(ada, {"grace", true, {}}).error().code, Code::conflict);
  EXPECT_TRUE(writer.erase(ada, {"grace", false, {}}));
  for (const bool is_living : {false, true})
    EXPECT_EQ(writer.erase(ada, {"grace", is_living, {}}).error().code, Code::not_found);
  EXPECT_FALSE(*hub->db().audit().find_commitment("grace", "grace")) << "no salt is made anew";
}

// Nor does who is not active any more.
TEST_F(MeanwhileTest, WhoIsPutOutOfServiceMeanwhileWritesNothing) {
  Approvals decided(*hub, grants());
  CatalogWriter writer(*hub, grants(), decided);
  const Caller sina = caller(person("sina", {{"admin", ""}}, ada_));
  store::ObjectWrite write;
  write.object = {.kind = domain::Kind::asset, .name = "late", .spec = R"({"site":"berlin"})"};
  now_.set([&] {
    must_put("people", "sina", {{"active", false}, {"roles", {{{"role", "admin"}}}}}, ada_);
  });
  EXPECT_EQ(writer.write(sina, {write}, {}).error().code, Code::unauthenticated);
  EXPECT_EQ(status("GET", "/api/v1/assets/late", ada_), 404);
}

// Nor a program that acts for somebody: its secret goes with him.
TEST_F(MeanwhileTest, AProgramOfWhoIsPutOutOfServiceMeanwhileWritesNothing) {
  Approvals decided(*hub, grants());
  CatalogWriter writer(*hub, grants(), decided);
  const Json roles = {{{"role", "admin"}}};
  person("sina", {{"admin", ""}}, ada_);
  must_put("tokens", "hers", {{"person", "sina"}, {"expires", "2024-01-01T00:00:00Z"}}, ada_);
  const std::string header = program("hers", ada_).front().value;
  const auto hers = sessions().find_program(header.substr(header.find(' ') + 1));
  ASSERT_TRUE(hers) << hers.error().text;
  store::ObjectWrite write;
  write.object = {.kind = domain::Kind::asset, .name = "late", .spec = R"({"site":"berlin"})"};
  now_.set([&] { must_put("people", "sina", {{"active", false}, {"roles", roles}}, ada_); });
  EXPECT_EQ(writer.write(*hers, {write}, {}).error().code, Code::unauthenticated);
  EXPECT_EQ(status("GET", "/api/v1/assets/late", ada_), 404);
  must_put("people", "sina", {{"active", true}, {"roles", roles}}, ada_);
  EXPECT_EQ(status("GET", "/api/v1/assets", {{"Authorization", header}}), 401) << "nor later";
}

TEST_F(MeanwhileTest, NothingIsAskedOfAVersionThatIsGoneOrAnother) {
  make_models();
  const Caller dora = caller(dora_);
  now_.set([&] { make_version("model two"); });
  const auto other = approvals().request(dora, "rul-1", "");
  ASSERT_FALSE(other);
  EXPECT_EQ(other.error().code, Code::conflict) << other.error().text;
  now_.set([&] { EXPECT_EQ(status("DELETE", "/api/v1/model-versions/rul-1", dora_), 204); });
  const auto gone = approvals().request(dora, "rul-1", "");
  ASSERT_FALSE(gone);
  EXPECT_EQ(gone.error().code, Code::not_found) << gone.error().text;
  EXPECT_TRUE(stored().empty());
  EXPECT_TRUE(audit("approval.requested").empty());
}

TEST_F(MeanwhileTest, NobodyDecidesWhoIsGoneOrOfAVersionThatIsGone) {
  make_models();
  const auto asked = approvals().request(caller(dora_), "rul-1", "");
  ASSERT_TRUE(asked) << asked.error().text;
  const Decision yes{asked->id, true, asked->digest, "seen"};
  const auto refused = [&](const Who& who, const std::function<void()>& what) {
    const Caller decider = caller(who);
    now_.set(what);
    const auto decided = approvals().decide(decider, yes);
    EXPECT_EQ(stored().front(), *asked);
    EXPECT_TRUE(audit("approval.approved").empty());
    return decided ? "decided" : std::string(traits(decided.error().code).name);
  };
  const auto remove = [&](const std::string& path, const Who& who) {
    EXPECT_EQ(status("DELETE", "/api/v1/" + path, who), 204);
  };
  EXPECT_EQ(refused(otto_, [&] { remove("model-versions/rul-1", dora_); }), "not_found");
  make_version("model one");
  const Who mia = person("mia", {{"ot-engineer", ""}}, ada_);
  EXPECT_EQ(refused(mia, [&] { remove("people/mia", ada_); }), "unauthenticated");
  // He becomes one of those who made it.
  Json spec = get("/api/v1/model-versions/rul-1", otto_)["spec"];
  spec["revision"] = "mine";
  must_put("people", "otto", {{"roles", {{{"role", "ot-engineer"}}, {{"role", "data-scientist"}}}}},
           ada_);
  EXPECT_EQ(refused(otto_, [&] { must_put("model-versions", "rul-1", spec, otto_); }), "conflict");
}

// The other way round: what is asked and decided while somebody writes.
TEST_F(MeanwhileTest, NobodyWritesAVersionThatHeApprovesMeanwhile) {
  make_models();
  const auto asked = approvals().request(caller(dora_), "rul-1", "");
  ASSERT_TRUE(asked) << asked.error().text;
  must_put("people", "otto", {{"roles", {{{"role", "ot-engineer"}}, {{"role", "data-scientist"}}}}},
           ada_);
  Json spec = get("/api/v1/model-versions/rul-1", otto_)["spec"];
  spec["revision"] = "mine";
  const Caller otto = caller(otto_);
  Approvals own = approvals();
  CatalogWriter writer(*hub, grants(), own);
  store::ObjectWrite write;
  write.object = {.kind = domain::Kind::model_version, .name = "rul-1", .spec = spec.dump()};
  now_.set(
      [&] { EXPECT_TRUE(approvals().decide(otto, {asked->id, true, asked->digest, "seen"})); });
  const auto written = writer.write(otto, {write}, {});
  ASSERT_FALSE(written);
  EXPECT_EQ(written.error().code, Code::conflict) << written.error().text;
  EXPECT_EQ(get("/api/v1/model-versions/rul-1", otto_)["meta"]["revision"], 1);
}

}  // namespace
}  // namespace lineside::hub
