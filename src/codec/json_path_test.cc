#include "codec/json_path.h"

#include <gtest/gtest.h>

namespace lineside::codec {
namespace {

using Steps = std::vector<JsonStep>;

TEST(JsonPath, ReadsMembersAndElements) {
  EXPECT_EQ(*parse_json_path("$"), Steps{});
  EXPECT_EQ(*parse_json_path("$.a"), (Steps{"a"}));
  EXPECT_EQ(*parse_json_path("$.a.b_1-x"), (Steps{"a", "b_1-x"}));
  EXPECT_EQ(*parse_json_path("$.a[2].b"), (Steps{"a", 2U, "b"}));
  EXPECT_EQ(*parse_json_path("$[0][1]"), (Steps{0U, 1U}));
  EXPECT_EQ(*parse_json_path("$['a b'][\"c.d\"]"), (Steps{"a b", "c.d"}));
  EXPECT_EQ(*parse_json_path("$.temp\xc3\xa9"), (Steps{"temp\xc3\xa9"}));
}

TEST(JsonPath, SaysWhereItStopsToFit) {
  const std::pair<const char*, const char*> cases[] = {
      {"", "path \"\": expected '$' at character 1, found the end"},
      {"a.b", "path \"a.b\": expected '$' at character 1, found \"a.b\""},
      {"$a", "path \"$a\": expected '.' or '[' at character 2, found \"a\""},
      {"$.", "path \"$.\": expected a member name at character 3, found the end"},
      {"$..a", "path \"$..a\": expected a member name at character 3, found \".a\""},
      {"$.*", "path \"$.*\": expected a member name at character 3, found \"*\""},
      {"$[-1]", "expected an index of 0 or more, or a quoted name at character 3, found \"-1]\""},
      {"$[1", "expected ']' at character 4, found the end"},
      {"$['a]", "expected a closing quote at character 3"},
      {"$[99999999999]", "expected an index"},
  };
  for (const auto& [path, error] : cases) {
    const auto steps = parse_json_path(path);
    ASSERT_FALSE(steps) << path;
    EXPECT_NE(steps.error().text.find(error), std::string::npos) << steps.error().text;
  }
  std::string deep = "$";
  for (int i = 0; i < 17; ++i) deep += ".a";
  EXPECT_FALSE(parse_json_path(deep));
  EXPECT_TRUE(parse_json_path(deep.substr(0, deep.size() - 2)));
}

}  // namespace
}  // namespace lineside::codec
