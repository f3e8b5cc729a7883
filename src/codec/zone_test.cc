#include "codec/zone.h"

#include <string>

#include <gtest/gtest.h>

namespace lineside::codec {
namespace {

std::string utc(Zone& zone, std::string_view text) {
  const auto time = zone.parse(text);
  return time ? format_iso(*time) : "error: " + time.error().text;
}

TEST(Zone, UtcAndFixedOffsets) {
  Zone none;
  EXPECT_EQ(utc(none, "2024-07-01T12:00:00"), "2024-07-01T12:00:00Z");
  Zone east = *Zone::find("+05:30");
  EXPECT_EQ(utc(east, "2024-07-01T12:00:00"), "2024-07-01T06:30:00Z");
  EXPECT_EQ(utc(east, "2024-07-01T12:00:00Z"), "2024-07-01T12:00:00Z");
  Zone west = *Zone::find("-03:00");
  EXPECT_EQ(utc(west, "2024-07-01T12:00:00"), "2024-07-01T15:00:00Z");
  Zone named = *Zone::find("UTC");
  EXPECT_EQ(utc(named, "2024-07-01T12:00:00"), "2024-07-01T12:00:00Z");
}

// tz database: Europe/Berlin changes at 01:00 UTC on the last Sundays of March and October.
TEST(Zone, FollowsTheRulesOfANamedZone) {
  Zone berlin = *Zone::find("Europe/Berlin");
  EXPECT_EQ(utc(berlin, "2024-01-15T12:00:00"), "2024-01-15T11:00:00Z");
  EXPECT_EQ(utc(berlin, "2024-07-15T12:00:00"), "2024-07-15T10:00:00Z");
  EXPECT_EQ(utc(berlin, "2024-03-31T01:59:59.5"), "2024-03-31T00:59:59.500Z");
  EXPECT_EQ(utc(berlin, "2024-03-31T03:00:00"), "2024-03-31T01:00:00Z");
  EXPECT_EQ(utc(berlin, "2024-10-27T01:59:59"), "2024-10-26T23:59:59Z");
  EXPECT_EQ(utc(berlin, "2024-10-27T03:00:00"), "2024-10-27T02:00:00Z");
  // A text with a zone of its own keeps it, also in the hour that comes twice.
  EXPECT_EQ(utc(berlin, "2024-10-27T02:30:00+02:00"), "2024-10-27T00:30:00Z");
  EXPECT_EQ(utc(berlin, "2024-10-27T02:30:00+01:00"), "2024-10-27T01:30:00Z");
  EXPECT_EQ(utc(berlin, "2024-10-27T02:30:00-01:00"), "2024-10-27T03:30:00Z");
}

TEST(Zone, RefusesTimesThatComeTwiceOrNever) {
  Zone berlin = *Zone::find("Europe/Berlin");
  EXPECT_EQ(utc(berlin, "2024-10-27T02:30:00"),
            "error: time: expected one that comes once in Europe/Berlin, found "
            "\"2024-10-27T02:30:00Z\", which comes twice");
  EXPECT_EQ(utc(berlin, "2024-03-31T02:30:00"),
            "error: time: expected one that comes once in Europe/Berlin, found "
            "\"2024-03-31T02:30:00Z\", which comes never");
}

// Walking through a year hour by hour gives what a fresh zone gives: what is remembered between
// calls changes nothing.
TEST(Zone, RemembersOffsetsOnlyWhereTheyHold) {
  for (const char* name : {"Europe/Berlin", "America/New_York", "Australia/Lord_Howe"}) {
    Zone walked = *Zone::find(name);
    for (int step = 0; step < 800; ++step) {
      const Time wall = Time{1'704'067'200'000'000'000} + Duration::seconds(3'600 * 11 * step);
      const auto fresh = Zone::find(name)->to_utc(wall);
      const auto found = walked.to_utc(wall);
      ASSERT_EQ(found.has_value(), fresh.has_value()) << name << " " << format_iso(wall);
      if (found) {
        EXPECT_EQ(found->ns, fresh->ns) << name << " " << format_iso(wall);
      }
    }
  }
}

TEST(Zone, StaysInRangeAtTheEndsOfTime) {
  Zone berlin = *Zone::find("Europe/Berlin");
  EXPECT_TRUE(berlin.to_utc(Time::max()));
  EXPECT_TRUE(berlin.to_utc(Time::min()));
  Zone west = *Zone::find("-23:59");
  EXPECT_EQ(west.to_utc(Time::max())->ns, Time::max().ns);
}

TEST(Zone, RefusesUnknownZones) {
  for (const char* name : {"", "Mars/Base", "+1:00", "+25:00", "UTC+1", "../etc/passwd"}) {
    const auto zone = Zone::find(name);
    ASSERT_FALSE(zone) << name;
    EXPECT_NE(zone.error().text.find("time zone: expected"), std::string::npos);
  }
}

}  // namespace
}  // namespace lineside::codec
