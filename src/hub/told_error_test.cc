#include "hub/told_error.h"

#include <gtest/gtest.h>

namespace lineside::hub {
namespace {

TEST(ToldError, SaysNothingOfTheServersFiles) {
  const char* folder = "var/hub";
  EXPECT_EQ(told_error(fail(Code::exhausted, "no room left in /data: SQLite: full (13)"), ""),
            fail(Code::exhausted, "the hub has no room left; its log says where"));
  EXPECT_EQ(told_error(fail(Code::internal, "SQLite: disk I/O error (10)"), folder),
            fail(Code::internal, "the hub has failed; its log says why"));
  EXPECT_EQ(told_error(fail(Code::not_found, "cannot open var/hub/artifacts/ab: gone"), folder),
            fail(Code::not_found, "the hub has failed; its log says why"));
  EXPECT_EQ(told_error(fail(Code::unavailable, "cannot lock /data/hub/lock"), ""),
            fail(Code::unavailable, "the hub cannot do it now; try again"));
}

TEST(ToldError, LeavesWhatIsAboutTheCaller) {
  for (const Error& error : {fail(Code::not_found, "no Stream 'press/heat'"),
                             invalid("Content-Type: expected application/json"),
                             fail(Code::exhausted, "an artifact: expected at most 9 bytes"),
                             fail(Code::unavailable, "too many large requests at once; try again")})
    EXPECT_EQ(told_error(error, "/data/hub"), error);
}

}  // namespace
}  // namespace lineside::hub
