#include "hub/hub.h"

#include "tests/hub_fixture.h"

namespace lineside::hub {
namespace {

TEST_F(HubTest, IsOneProcessAtATime) {
  const auto second = Hub::open(options());
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, Code::conflict);
}

TEST_F(HubTest, BuiltInRolesAreThereAndAreBroughtUpToDate) {
  const auto size = hub->db().audit().checkpoint().size;
  EXPECT_EQ(size, domain::built_in_roles().size());
  close();
  open();
  EXPECT_EQ(hub->db().audit().checkpoint().size, size) << "nothing to write a second time";
  EXPECT_TRUE(hub->db().catalog().get(domain::Kind::role, "auditor"));
}

TEST_F(HubTest, DoesNotGoOnWithoutItsKeys) {
  close();
  ASSERT_TRUE(world::system_files().remove(folder_ / "keys/audit.pem"));
  const auto opened = Hub::open(options(), {world::system_files(), clock, random});
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code, Code::corrupt);
  EXPECT_NE(opened.error().text.find("keys/audit.pem"), std::string::npos) << opened.error().text;
}

// The log would go on under another key, and nobody could tell.
TEST_F(HubTest, DoesNotGoOnWithTheKeysOfAnother) {
  const std::string other = folder_.string() + "-other";
  ASSERT_TRUE(Hub::open({.data_folder = other}, {world::system_files(), clock, random}));
  close();
  std::filesystem::copy_file(other + "/keys/audit.pem", folder_ / "keys/audit.pem",
                             std::filesystem::copy_options::overwrite_existing);
  std::filesystem::remove_all(other);
  const auto opened = Hub::open(options(), {world::system_files(), clock, random});
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code, Code::corrupt);
  EXPECT_NE(opened.error().text.find("another signer's"), std::string::npos) << opened.error().text;
}

TEST_F(HubTest, KeysAreForTheirOwnerAlone) {
  using std::filesystem::perms;
  for (const char* name : {"audit.pem", "state.pem", "ca-key.pem"})
    EXPECT_EQ(std::filesystem::status(folder_ / "keys" / name).permissions(),
              perms::owner_read | perms::owner_write)
        << name;
}

TEST_F(HubTest, PartsOfTheServerAnswerForThemselves) {
  hub->mount({"/wire/v1/",
              [](const net::HttpRequest& request) {
                net::HttpResponse response;
                response.status = 202;
                response.body = request.target.path;
                return response;
              },
              1234});
  const auto answer = ask("POST", "/wire/v1/join");
  EXPECT_EQ(answer.status, 202);
  EXPECT_EQ(answer.body, "/wire/v1/join");
  EXPECT_EQ(api->body_max(request("POST", "/wire/v1/join", "", {})), 1234U);
  EXPECT_EQ(ask("GET", "/wire/v2/join").status, 404);
}

TEST(EventFeedTest, TellsWhatIsGone) {
  EventFeed feed;
  for (std::size_t i = 0; i < EventFeed::kKept + 2; ++i)
    feed.publish({.type = "change", .json = "{}", .site = {}});
  EXPECT_EQ(feed.after(feed.newest()).size(), 0U);
  EXPECT_EQ(feed.after(feed.newest() - 3).size(), 3U);
  EXPECT_EQ(feed.after(2).size(), EventFeed::kKept);
  ASSERT_EQ(feed.after(1).size(), 1U);
  EXPECT_EQ(feed.after(1)[0].type, "reset");
  EXPECT_EQ(feed.after(feed.newest() + 1)[0].type, "reset") << "of another process";
}

}  // namespace
}  // namespace lineside::hub
