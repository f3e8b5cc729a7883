#include "net/mqtt_topic.h"

#include <string>

#include <gtest/gtest.h>

namespace lineside::net {
namespace {

struct Match {
  const char* filter;
  const char* topic;
  bool matches;
};

// Section 4.7 of MQTT 5: its own examples, and the corners beside them.
TEST(MqttTopic, MatchesAsTheStandardSays) {
  const Match cases[] = {
      {"sport/tennis/player1/#", "sport/tennis/player1", true},
      {"sport/tennis/player1/#", "sport/tennis/player1/ranking", true},
      {"sport/tennis/player1/#", "sport/tennis/player1/score/wimbledon", true},
      {"sport/tennis/player1/#", "sport/tennis/player2", false},
      {"sport/#", "sport", true},
      {"#", "a/b/c", true},
      {"sport/tennis/+", "sport/tennis/player1", true},
      {"sport/tennis/+", "sport/tennis/player1/ranking", false},
      {"sport/+", "sport", false},
      {"sport/+", "sport/", true},
      {"+/+", "/finance", true},
      {"/+", "/finance", true},
      {"+", "/finance", false},
      {"#", "$SYS/broker", false},
      {"+/monitor/Clients", "$SYS/monitor/Clients", false},
      {"$SYS/#", "$SYS/broker", true},
      {"$SYS/monitor/+", "$SYS/monitor/Clients", true},
      {"a/b", "a/B", false},
      {"a/b", "a/b/", false},
      {"a/b/", "a/b", false},
      {"a/+/c", "a//c", true},
      {"a", "a", true},
      {"+/#", "a", true},
  };
  for (const Match& test : cases) {
    EXPECT_EQ(topic_matches(test.filter, test.topic), test.matches)
        << test.filter << " against " << test.topic;
  }
}

TEST(MqttTopic, KnowsWhichFilterCoversWhich) {
  const Match cases[] = {
      {"a/+", "a/b", true},   {"a/+", "a/+", true},     {"a/b", "a/+", false},
      {"a/#", "a/+/c", true}, {"a/#", "a", true},       {"a/#", "a/#", true},
      {"a/+", "a/#", false},  {"#", "a/#", true},       {"#", "$SYS/#", false},
      {"+/b", "a/+", false},  {"a/+/c", "a/b/c", true},
  };
  for (const Match& test : cases) {
    EXPECT_EQ(filter_covers(test.filter, test.topic), test.matches)
        << test.filter << " over " << test.topic;
  }
}

TEST(MqttTopic, SaysWhatIsWrongWithNamesAndFilters) {
  EXPECT_TRUE(check_topic_filter("a/+/b/#"));
  EXPECT_TRUE(check_topic_filter("+"));
  EXPECT_TRUE(check_topic_name("a//b"));
  EXPECT_EQ(check_topic_filter("a+/b").error().text,
            "topic filter: expected wildcards as whole levels, found \"a+\" in \"a+/b\"");
  EXPECT_EQ(check_topic_filter("a/#/b").error().text,
            "topic filter: expected '#' only as last level, found \"a/#/b\"");
  EXPECT_EQ(check_topic_filter("").error().text, "topic filter: expected at least one character");
  EXPECT_EQ(check_topic_name("a/+").error().text,
            "topic: expected no wildcard, found '+' at character 3 of \"a/+\"");
  EXPECT_FALSE(check_topic_name(std::string("a\0b", 3)));
  EXPECT_FALSE(check_topic_name("a\xff"));
  EXPECT_FALSE(check_topic_name(std::string(65'536, 'a')));
  EXPECT_TRUE(check_topic_name(std::string(65'535, 'a')));
}

}  // namespace
}  // namespace lineside::net
