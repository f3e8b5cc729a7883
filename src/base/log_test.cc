#include "base/log.h"

#include <algorithm>
#include <regex>
#include <string>

#include <gtest/gtest.h>

namespace lineside::log {
namespace {

class Log : public testing::Test {
 protected:
  ~Log() override { set_level(Level::info); }
};

TEST_F(Log, WritesOneLineInTheOneForm) {
  testing::internal::CaptureStderr();
  warn("edge", "late readings={} stream={}", 3, "pump/temp");
  const std::string out = testing::internal::GetCapturedStderr();
  const std::regex form(
      R"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z warn edge: late readings=3 stream=pump/temp\n)");
  EXPECT_TRUE(std::regex_match(out, form)) << out;
}

TEST_F(Log, OutsideTextCannotForgeALine) {
  testing::internal::CaptureStderr();
  error("net", "topic={}", "a\n2026-01-01T00:00:00.000Z info audit: all is well\x1b[2J {}");
  const std::string out = testing::internal::GetCapturedStderr();
  EXPECT_EQ(std::ranges::count(out, '\n'), 1) << out;
  EXPECT_EQ(out.find('\x1b'), std::string::npos);
  EXPECT_NE(out.find("error net: topic=a\\n2026"), std::string::npos) << out;
}

TEST_F(Log, LevelsBelowAreSilent) {
  testing::internal::CaptureStderr();
  write(Level::debug, "base", "hidden");
  set_level(Level::error);
  info("base", "hidden");
  warn("base", "hidden");
  error("base", "shown");
  set_level(Level::debug);
  write(Level::debug, "base", "shown");
  const std::string out = testing::internal::GetCapturedStderr();
  EXPECT_EQ(out.find("hidden"), std::string::npos) << out;
  EXPECT_NE(out.find("Z error base: shown"), std::string::npos) << out;
  EXPECT_NE(out.find("Z debug base: shown"), std::string::npos) << out;
}

}  // namespace
}  // namespace lineside::log
