#include "hub/hub.h"

#include <csignal>
#include <format>
#include <fstream>
#include <sys/resource.h>

#include "tests/changed_db.h"
#include "tests/hub_fixture.h"
#include "wire/messages.h"

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

TEST_F(HubTest, DoesNotBeginAnewUnderTheKeysOfAnotherLog) {
  close();
  for (const char* name : {"hub.db", "hub.db-wal", "hub.db-shm"})
    std::filesystem::remove(folder_ / name);
  const auto opened = Hub::open(options(), {world::system_files(), clock, random});
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code, Code::corrupt);
  EXPECT_TRUE(opened.error().text.contains("lineside restore")) << opened.error().text;
}

// The log would begin anew in it.
TEST_F(HubTest, TakesADatabaseWithoutTablesOrEntriesForOneThatIsGone) {
  close();
  const std::string path = folder_ / "hub.db";
  const auto begin_empty = [&] {
    for (const char* suffix : {"", "-wal", "-shm"}) std::filesystem::remove(path + suffix);
    std::ofstream{path};
  };
  const auto refused = [&](const std::string& found) {
    const auto opened = Hub::open(options(), {world::system_files(), clock, random});
    ASSERT_FALSE(opened);
    EXPECT_EQ(opened.error().code, Code::corrupt);
    EXPECT_TRUE(opened.error().text.contains("found " + found)) << opened.error().text;
    EXPECT_TRUE(opened.error().text.contains("lineside restore")) << opened.error().text;
  };
  begin_empty();
  refused("one without tables");
  EXPECT_EQ(std::filesystem::file_size(path), 0U) << "nothing was begun in it";
  std::ofstream(path + "-wal") << "what SQLite deletes beside an empty file";
  refused("one without tables");
  EXPECT_TRUE(std::filesystem::exists(path + "-wal"));
  begin_empty();
  change_database(path, "CREATE TABLE t (a); DROP TABLE t; PRAGMA application_id = 1280526402");
  refused("one without tables");
  begin_empty();
  store::HubDbOptions unsigned_yet;
  unsigned_yet.sign = [](std::uint64_t, const crypt::Digest&) { return std::string(); };
  ASSERT_TRUE(store::HubDb::open(path, std::move(unsigned_yet)));
  refused("one without an entry");

  // A first start that was cut off.
  begin_empty();
  std::filesystem::remove(folder_ / "keys/known");
  open();
}

TEST_F(HubTest, DoesNotGoOnWithoutItsKeys) {
  close();
  ASSERT_TRUE(world::system_files().remove(folder_ / "keys/audit.pem"));
  const auto opened = Hub::open(options(), {world::system_files(), clock, random});
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code, Code::corrupt);
  EXPECT_NE(opened.error().text.find("keys/audit.pem"), std::string::npos) << opened.error().text;
}

TEST_F(HubTest, DoesNotBeginAnewWhereARestoreHasNotEnded) {
  close();
  for (const char* left : {"hub.db.tmp", "hub.db.tmp-journal", "hub.db.tmp.v4"}) {
    for (const char* suffix : {"", "-wal", "-shm"})
      std::filesystem::remove(folder_ / (std::string("hub.db") + suffix));
    std::ofstream(folder_ / left) << "cut off";
    const auto opened = Hub::open(options(), {world::system_files(), clock, random});
    ASSERT_FALSE(opened) << left;
    EXPECT_EQ(opened.error(),
              fail(Code::corrupt, std::format("{}: expected hub.db, found {} of a restore that has "
                                              "not ended; run `lineside restore` again",
                                              folder_.string(), left)));
    EXPECT_FALSE(std::filesystem::exists(folder_ / "hub.db"));
    std::filesystem::remove(folder_ / left);
  }
  std::filesystem::remove_all(folder_ / "keys");
  open();  // one that nobody restores, and that has no keys, is a new one
  std::ofstream(folder_ / "hub.db.tmp") << "cut off";
  close();
  open();  // beside a database it is nothing
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

// Edges would take nothing that it signs.
TEST_F(HubTest, DoesNotGoOnWithAnotherStateKeyOrAuthority) {
  const std::string other = folder_.string() + "-other";
  ASSERT_TRUE(Hub::open({.data_folder = other}, {world::system_files(), clock, random}));
  const std::string state = crypt::key_id(hub->keys().state.verify_key());
  close();
  const auto kept = folder_.string() + "-kept";
  std::filesystem::copy(folder_ / "keys", kept);
  const auto put = [&](const std::string& from, const std::vector<std::string>& names) {
    for (const std::string& name : names)
      std::filesystem::copy_file(from + "/" + name, folder_ / "keys" / name,
                                 std::filesystem::copy_options::overwrite_existing);
  };
  const auto refused = [&](const std::string& text) {
    const auto opened = Hub::open(options(), {world::system_files(), clock, random});
    ASSERT_FALSE(opened);
    EXPECT_EQ(opened.error().code, Code::corrupt);
    EXPECT_TRUE(
        opened.error().text.starts_with((folder_ / "keys/known: expected ").string() + text))
        << opened.error().text;
  };
  put(other + "/keys", {"state.pem"});
  refused("the state key " + state + ", found ");
  put(kept, {"state.pem"});
  put(other + "/keys", {"ca.pem", "ca-key.pem"});
  refused("the authority ");
  put(kept, {"ca.pem", "ca-key.pem"});
  open();
  close();
  std::ofstream(folder_ / "keys/known") << "nonsense";
  refused("a line with the state key, found none");

  // Who means it says so; the new ones are then the known ones.
  put(other + "/keys", {"state.pem"});
  std::filesystem::remove(folder_ / "keys/known");
  open();
  close();
  put(kept, {"state.pem"});
  refused("the state key ");
  std::filesystem::remove_all(other);
  std::filesystem::remove_all(kept);
}

TEST_F(HubTest, KeysAreForTheirOwnerAlone) {
  using std::filesystem::perms;
  for (const char* name : {"audit.pem", "state.pem", "ca-key.pem"})
    EXPECT_EQ(std::filesystem::status(folder_ / "keys" / name).permissions(),
              perms::owner_read | perms::owner_write)
        << name;
}

TEST_F(HubTest, DoesNotStartWithKeysThatOthersMayRead) {
  using std::filesystem::perms;
  std::filesystem::copy_file(folder_ / "keys/state.pem", folder_ / "keys/server.pem");
  close();
  for (const char* name : {"audit.pem", "state.pem", "ca-key.pem", "server.pem"}) {
    const auto path = folder_ / "keys" / name;
    std::filesystem::permissions(path, perms::owner_read | perms::owner_write | perms::group_read);
    const auto opened = Hub::open(options(), {world::system_files(), clock, random});
    ASSERT_FALSE(opened) << name;
    EXPECT_EQ(opened.error(),
              fail(Code::denied, path.string() + ": expected mode 0600, found 0640: others "
                                                 "than its owner may use it; run chmod 600 on "
                                                 "it"));
    std::filesystem::permissions(path, perms::owner_read | perms::owner_write);
  }
  EXPECT_TRUE(Hub::open(options(), {world::system_files(), clock, random}));
}

// Files take no more bytes while it lives, as on a full disk.
class FullDisk {
 public:
  FullDisk() : handler_(std::signal(SIGXFSZ, SIG_IGN)) {
    ::getrlimit(RLIMIT_FSIZE, &before_);
    const rlimit none{1, before_.rlim_max};
    ::setrlimit(RLIMIT_FSIZE, &none);
  }
  ~FullDisk() {
    ::setrlimit(RLIMIT_FSIZE, &before_);
    std::signal(SIGXFSZ, handler_);
  }
  FullDisk(const FullDisk&) = delete;
  FullDisk& operator=(const FullDisk&) = delete;

 private:
  void (*handler_)(int);
  rlimit before_{};
};

TEST_F(HubTest, WhereItHasNoRoomIsForWhoRunsItAlone) {
  const Who ada = set_up();
  const Who dora = person("dora", {{"data-scientist", ""}}, ada);
  const auto upload = [&](const Who& who) {
    return ask("POST", "/api/v1/artifacts?digest=sha256:" + std::string(64, 'a'),
               with(who, {"Content-Type", "application/octet-stream"}), "bytes");
  };
  std::vector<std::string> told;
  std::string admin;
  {
    const FullDisk full;
    const auto setup =
        ask("POST", "/api/v1/setup", {}, R"({"token":"x","person":"x","password":"x"})");
    told = {error_of(try_sign_in("ada", kPassword)), error_of(upload(dora)), error_of(setup)};
    admin = error_of(upload(ada));
  }
  EXPECT_EQ(told[0], "507 exhausted: the hub has no room left; its log says where");
  EXPECT_EQ(told[1], "507 exhausted: the hub has no room left; its log says where");
  for (const std::string& text : told)
    EXPECT_EQ(text.find(folder_.filename()), std::string::npos) << text;
  EXPECT_TRUE(admin.starts_with("507 exhausted: ")) << admin;
  EXPECT_NE(admin.find(folder_.filename()), std::string::npos) << admin;
  EXPECT_EQ(try_sign_in("ada", kPassword).status, 200) << "it goes on once there is room";
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
  hub->mount({"/wire/v1/", [](const net::HttpRequest&) { return net::HttpResponse(); }, 1 << 20});
  EXPECT_EQ(api->body_max(request("POST", "/wire/v1/join", "", {})), 64U * 1024) << "a stranger";
  net::HttpRequest large = request("POST", "/wire/v1/join", "", {});
  large.peer = net::PeerCertificate{.uris = {wire::edge_uri("press-1")}};
  EXPECT_EQ(api->body_max(large), 1U << 20);
  EXPECT_EQ(api->answer_too_large(large).status, 413);
  const auto leaves = audit("access.denied");
  ASSERT_EQ(leaves.size(), 1U);
  EXPECT_EQ(leaves[0].subject, "Edge/press-1");
}

TEST_F(HubTest, WhatAnotherSiteMakesABrowserSendHasNoAuthor) {
  const Who ada = set_up();
  net::HttpRequest large = request("POST", "/api/v1/approvals", "{}", ada);
  EXPECT_EQ(api->answer_too_large(large).status, 413);
  large.headers.push_back({"Origin", "https://evil.example"});
  EXPECT_EQ(api->answer_too_large(large).status, 413);
  const auto leaves = audit("access.denied");
  ASSERT_EQ(leaves.size(), 2U);
  EXPECT_FALSE(leaves[0].actor.empty());
  EXPECT_EQ(leaves[1].actor, "");
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
  const std::uint64_t newest = feed.newest();
  feed.forget();
  for (const std::uint64_t last : {std::uint64_t{0}, newest - 1, newest}) {
    ASSERT_EQ(feed.after(last).size(), 1U);
    EXPECT_EQ(feed.after(last).front().type, "reset");
    EXPECT_EQ(feed.after(last).front().id, newest + 1);
  }
  EXPECT_TRUE(feed.after(newest + 1).empty());
}

}  // namespace
}  // namespace lineside::hub
