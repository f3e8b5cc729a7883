#include "base/time.h"

#include <random>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace lineside {
namespace {

constexpr std::int64_t kSecond = 1'000'000'000;

TEST(ParseIso, ReadsEveryForm) {
  struct Case {
    std::string text;
    std::int64_t ns;
  };
  const std::vector<Case> cases = {
      {"1970-01-01T00:00:00Z", 0},
      {"1970-01-01 00:00:00", 0},
      {"1970-01-01t00:00:00z", 0},
      {"1970-01-01T00:00:00.000000001Z", 1},
      {"1969-12-31T23:59:59.999999999Z", -1},
      {"2014-02-08T09:15:00.123456789Z", 1'391'850'900 * kSecond + 123'456'789},
      {"2014-02-08T09:15:00.1Z", 1'391'850'900 * kSecond + 100'000'000},
      {"2014-02-08T09:15:00.1234567890000Z", 1'391'850'900 * kSecond + 123'456'789},
      {"2014-02-08T10:15:00+01:00", 1'391'850'900 * kSecond},
      {"2014-02-08T10:15:00+0100", 1'391'850'900 * kSecond},
      {"2014-02-08T03:45:00-05:30", 1'391'850'900 * kSecond},
      {"2014-02-07 23:59:59-23:59", 1'391'903'939 * kSecond},
      {"2014-02-08T09:15:00-00:00", 1'391'850'900 * kSecond},
      {"2000-02-29T00:00:00Z", 951'782'400 * kSecond},
      {"2016-02-29T23:59:59Z", 1'456'790'399 * kSecond},
      {"1677-09-21T00:12:43.145224192Z", Time::min().ns},
      {"2262-04-11T23:47:16.854775807Z", Time::max().ns},
      {"2262-04-12T00:47:16.854775807+01:00", Time::max().ns},
  };
  for (const Case& c : cases) {
    const auto time = parse_iso(c.text);
    ASSERT_TRUE(time.has_value()) << time.error().text;
    EXPECT_EQ(time->ns, c.ns) << c.text;
  }
}

TEST(ParseIso, AppliesTheOffsetOnlyToTextsWithoutZone) {
  const Duration berlin = Duration::seconds(3'600);
  EXPECT_EQ(parse_iso("1970-01-01T01:00:00", berlin)->ns, 0);
  EXPECT_EQ(parse_iso("1970-01-01T00:00:00Z", berlin)->ns, 0);
  EXPECT_EQ(parse_iso("1970-01-01T02:00:00+02:00", berlin)->ns, 0);
}

TEST(ParseIso, SaysWhereAndWhy) {
  struct Case {
    std::string text;
    std::string expected;
  };
  const std::vector<Case> cases = {
      {"", "expected year 0000..9999 at character 1, found the end"},
      {"2014-02-08", "expected 'T' or a blank at character 11, found the end"},
      {"2014-2-08T00:00:00Z", "expected month 01..12 at character 6, found \"2-\""},
      {"2014-13-08T00:00:00Z", "expected month 01..12 at character 6, found \"13\""},
      {"2014-00-08T00:00:00Z", "expected month 01..12 at character 6, found \"00\""},
      {"2014-02-29T00:00:00Z", "expected day 01..28 at character 9, found \"29\""},
      {"2016-02-30T00:00:00Z", "expected day 01..29 at character 9, found \"30\""},
      {"1900-02-29T00:00:00Z", "expected day 01..28 at character 9, found \"29\""},
      {"2014-04-31T00:00:00Z", "expected day 01..30 at character 9, found \"31\""},
      {"2014-04-00T00:00:00Z", "expected day 01..30 at character 9, found \"00\""},
      {"2014-02-08X00:00:00Z", "expected 'T' or a blank at character 11, found \"X\""},
      {"2014-02-08T24:00:00Z", "expected hour 00..23 at character 12, found \"24\""},
      {"2014-02-08T00:60:00Z", "expected minute 00..59 at character 15, found \"60\""},
      {"2014-12-31T23:59:60Z", "expected second 00..59 at character 18, found \"60\""},
      {"2014-02-08T00:00:00.Z", "expected digits of a fraction at character 21, found \"Z\""},
      {"2014-02-08T00:00:00.1234567891Z",
       "expected no digits below 1 ns at character 30, found \"1Z\""},
      {"2014-02-08T00:00:00 Z", "expected 'Z', +hh:mm or nothing at character 20, found \" Z\""},
      {"2014-02-08T00:00:00Zx", "expected the end at character 21, found \"x\""},
      {"2014-02-08T00:00:00+24:00", "expected zone hour 00..23 at character 21, found \"24\""},
      {"2014-02-08T00:00:00+01", "expected zone minute 00..59 at character 23, found the end"},
      {"2014-02-08T00:00:00+01:60", "expected zone minute 00..59 at character 24, found \"60\""},
      {"-014-02-08T00:00:00Z", "expected year 0000..9999 at character 1, found \"-014\""},
      {"1677-09-21T00:12:43.145224191Z", "expected a time from 1677-09-21 to 2262-04-11"},
      {"2262-04-11T23:47:16.854775808Z", "expected a time from 1677-09-21 to 2262-04-11"},
      {"9999-12-31T23:59:59Z", "expected a time from 1677-09-21 to 2262-04-11"},
  };
  for (const Case& c : cases) {
    const auto time = parse_iso(c.text);
    ASSERT_FALSE(time.has_value()) << c.text;
    EXPECT_EQ(time.error().code, Code::invalid);
    EXPECT_EQ(time.error().text, "timestamp \"" + c.text + "\": " + c.expected);
  }
}

TEST(FormatIso, IsShortestInGroupsOfThree) {
  EXPECT_EQ(format_iso({0}), "1970-01-01T00:00:00Z");
  EXPECT_EQ(format_iso({100'000'000}), "1970-01-01T00:00:00.100Z");
  EXPECT_EQ(format_iso({1'000}), "1970-01-01T00:00:00.000001Z");
  EXPECT_EQ(format_iso({-1}), "1969-12-31T23:59:59.999999999Z");
  EXPECT_EQ(format_iso(Time::min()), "1677-09-21T00:12:43.145224192Z");
  EXPECT_EQ(format_iso(Time::max()), "2262-04-11T23:47:16.854775807Z");
}

TEST(FormatIso, IsReadBackExactly) {
  std::mt19937_64 random(1);
  for (int i = 0; i < 20'000; ++i) {
    const Time time{static_cast<std::int64_t>(random())};
    ASSERT_EQ(parse_iso(format_iso(time)).value(), time) << time.ns;
  }
}

TEST(ParseDuration, ReadsEveryUnit) {
  struct Case {
    std::string text;
    std::int64_t ns;
  };
  const std::vector<Case> cases = {
      {"0", 0},
      {"0s", 0},
      {"7ns", 7},
      {"3us", 3'000},
      {"250ms", 250'000'000},
      {"30s", 30 * kSecond},
      {"5m", 300 * kSecond},
      {"2h", 7'200 * kSecond},
      {"7d", 604'800 * kSecond},
      {"1.5s", 1'500'000'000},
      {"0.1s", 100'000'000},
      {"1.000000001s", kSecond + 1},
      {"0.25d", 21'600 * kSecond},
      {"1.0ns", 1},
      {"9223372036854775807ns", std::numeric_limits<std::int64_t>::max()},
      {"9223372036.854775807s", std::numeric_limits<std::int64_t>::max()},
  };
  for (const Case& c : cases) {
    const auto duration = parse_duration(c.text);
    ASSERT_TRUE(duration.has_value()) << duration.error().text;
    EXPECT_EQ(duration->ns, c.ns) << c.text;
  }
}

TEST(ParseDuration, RefusesWhatIsNotExact) {
  struct Case {
    std::string text;
    std::string expected;
  };
  const std::string number = "a number and a unit such as \"30s\"";
  const std::string unit = "a unit of ns, us, ms, s, m, h or d after the number";
  const std::vector<Case> cases = {
      {"", number},
      {"s", number},
      {"-5s", number},
      {"+5s", number},
      {".5s", number},
      {"1234567890123456789012345s", number},
      {"30", unit},
      {"00", unit},
      {"30 s", unit},
      {"30S", unit},
      {"30sec", unit},
      {"1.s", unit},
      {"1.2.3s", unit},
      {"1h30m", unit},
      {"0.5ns", "a whole number of nanoseconds"},
      {"1.0000000001s", "a whole number of nanoseconds"},
      {"9223372036854775808ns", "at most 106751 days"},
      {"106752d", "at most 106751 days"},
  };
  for (const Case& c : cases) {
    const auto duration = parse_duration(c.text);
    ASSERT_FALSE(duration.has_value()) << c.text;
    EXPECT_EQ(duration.error().text,
              "duration: expected " + c.expected + ", found \"" + c.text + "\"");
  }
}

TEST(FormatDuration, UsesTheLargestWholeUnitAndReadsBack) {
  EXPECT_EQ(format_duration({}), "0s");
  EXPECT_EQ(format_duration(Duration::millis(1'500)), "1500ms");
  EXPECT_EQ(format_duration(Duration::seconds(90)), "90s");
  EXPECT_EQ(format_duration(Duration::seconds(86'400)), "1d");
  EXPECT_EQ(format_duration(Duration::seconds(-60)), "-1m");
  for (const std::int64_t ns : {1L, 999L, 1'000L, 60'000'000'000L, 3'600'000'000'001L}) {
    EXPECT_EQ(parse_duration(format_duration({ns})).value().ns, ns);
  }
}

}  // namespace
}  // namespace lineside
