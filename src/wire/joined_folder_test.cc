#include "wire/joined_folder.h"

#include <gtest/gtest.h>

#include "sim/files.h"

namespace lineside::wire {
namespace {

Joined joined_to(const std::string& url, const std::string& edge = "press-7") {
  Joined joined;
  joined.identity.url = url;
  joined.identity.hub = "hub";
  joined.identity.edge = edge;
  joined.identity.ca = "ca of " + url;
  joined.identity.state_keys = {"key of " + url};
  joined.credential = {"-----BEGIN CERTIFICATE-----\n" + url + "\n-----END CERTIFICATE-----\n",
                       "key for " + url};
  return joined;
}

bool is_of(const std::optional<Joined>& found, const std::string& url) {
  return found && found->identity.url == url && found->credential.certificate.contains(url) &&
         found->credential.key == "key for " + url;
}

TEST(JoinedFolder, KeepsWhatItWasGiven) {
  sim::SimFiles files;
  EXPECT_FALSE(*load_joined("/data", files));
  ASSERT_TRUE(save_joined("/data", joined_to("https://a:1"), files));
  EXPECT_TRUE(is_of(*load_joined("/data", files), "https://a:1"));
}

TEST(JoinedFolder, LeavesNothingOfAFirstJoinThatFails) {
  for (std::uint64_t n = 1;; ++n) {
    SCOPED_TRACE(n);
    sim::SimFiles files;
    ASSERT_TRUE(files.make_directories("/data"));
    files.fail_at(n, Code::exhausted);
    const auto saved = save_joined("/data", joined_to("https://a:1"), files);
    files.clear_failure();
    if (saved) {
      EXPECT_GT(n, 8U);
      return;
    }
    EXPECT_EQ(files.list("/data")->size(), 0U);
    EXPECT_FALSE(*load_joined("/data", files));
  }
}

// The power goes at call n while the edge joins another hub, or the same one by another name.
TEST(JoinedFolder, NeverHasTheIdentityOfOneBesideTheKeyOfAnother) {
  for (std::uint64_t n = 1;; ++n) {
    SCOPED_TRACE(n);
    sim::SimFiles files;
    ASSERT_TRUE(save_joined("/data", joined_to("https://a:1"), files));
    files.fail_at(n, Code::unavailable, sim::SimFiles::Failure::onwards);
    const bool saved = save_joined("/data", joined_to("https://b:2"), files).has_value();
    files.crash();
    const auto found = load_joined("/data", files);
    ASSERT_TRUE(found) << found.error().text;
    EXPECT_TRUE(!*found || is_of(*found, "https://a:1") || is_of(*found, "https://b:2"));
    if (!saved) continue;
    EXPECT_TRUE(is_of(*found, "https://b:2"));
    EXPECT_GT(n, 8U);
    return;
  }
}

// Of the hub that has moved, of one that was made anew at the same address, of another name.
TEST(JoinedFolder, ForgetsWhatWasInForceWhereVersionsBeginAnew) {
  struct Case {
    std::string what;
    Joined next;
    bool forgets;
  };
  Joined again = joined_to("https://a:1");
  again.credential.key = "another key for https://a:1";
  Joined moved = again;
  moved.identity.url = "https://a:2";
  Joined rotated = again;
  rotated.identity.state_keys = {"new key", "key of https://a:1"};
  Joined anew = again;
  anew.identity.state_keys = {"new key"};
  Joined renamed = joined_to("https://a:1", "press-8");
  for (const auto& [what, next, forgets] :
       {Case{"joins again", again, false}, Case{"the hub has moved", moved, false},
        Case{"it has a new key too", rotated, false}, Case{"made anew", anew, true},
        Case{"another hub", joined_to("https://b:2"), true}, Case{"another name", renamed, true}}) {
    SCOPED_TRACE(what);
    sim::SimFiles files;
    ASSERT_TRUE(forget_other("/data", joined_to("https://a:1"), files));
    ASSERT_TRUE(save_joined("/data", joined_to("https://a:1"), files));
    ASSERT_TRUE(files.make_directories("/data/joined/journal"));
    for (const char* file : {"/data/joined/current", "/data/joined/journal/7.log"})
      ASSERT_TRUE(files.write_atomic(file, as_bytes(std::string_view("x"))));
    ASSERT_TRUE(forget_other("/data", next, files));
    EXPECT_TRUE(*load_joined("/data", files)) << "until the next one is saved";
    EXPECT_EQ(files.exists("/data/joined/current"), !forgets);
    EXPECT_EQ(files.exists("/data/joined/journal/7.log"), !forgets);
  }
}

TEST(JoinedFolder, ForgetsWhatWasInForceWhereNobodyCanTellOfWhichHub) {
  for (const bool is_damaged : {false, true}) {
    SCOPED_TRACE(is_damaged);
    sim::SimFiles files;
    ASSERT_TRUE(save_joined("/data", joined_to("https://a:1"), files));
    ASSERT_TRUE(files.write_atomic("/data/joined/current", as_bytes(std::string_view("x"))));
    const std::string identity = "/data/joined/identity.json";
    ASSERT_TRUE(is_damaged ? files.write_atomic(identity, as_bytes(std::string_view("{")))
                           : files.remove(identity));
    ASSERT_TRUE(forget_other("/data", joined_to("https://a:1"), files));
    EXPECT_FALSE(files.exists("/data/joined/current"));
  }
}

// The power goes at call n while its hub moves: it has joined before and after.
TEST(JoinedFolder, StaysJoinedWhileItsHubMoves) {
  for (std::uint64_t n = 1;; ++n) {
    SCOPED_TRACE(n);
    sim::SimFiles files;
    const Joined before = joined_to("https://a:1");
    Joined after = before;
    after.identity.url = "https://a:2";
    ASSERT_TRUE(save_joined("/data", before, files));
    files.fail_at(n, Code::unavailable, sim::SimFiles::Failure::onwards);
    const bool saved = save_joined("/data", after, files).has_value();
    files.crash();
    const auto found = load_joined("/data", files);
    ASSERT_TRUE(found) << found.error().text;
    ASSERT_TRUE(*found);
    EXPECT_TRUE((*found)->identity == before.identity || (*found)->identity == after.identity);
    EXPECT_EQ((*found)->credential, before.credential);
    if (!saved) continue;
    EXPECT_EQ((*found)->identity, after.identity);
    EXPECT_GT(n, 4U);
    return;
  }
}

}  // namespace
}  // namespace lineside::wire
