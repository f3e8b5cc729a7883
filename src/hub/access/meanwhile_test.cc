// What another request does between the look of one and what that one stores.
#include <functional>
#include <utility>

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

  Meanwhile now_, drawing_;  // at the next look at the clock, at the next random bytes
  TestClock test_clock_{clock, now_};
  TestRandom test_random_{random, drawing_};
  Who ada_;

 private:
  const net::HttpFiles no_page_{{}};
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

}  // namespace
}  // namespace lineside::hub
