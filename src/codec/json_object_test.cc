#include "codec/json_object.h"

#include <gtest/gtest.h>

namespace lineside::codec {
namespace {

enum class Shade : unsigned char { red, green };
constexpr auto names(const Shade*) { return std::array<std::string_view, 2>{"red", "green"}; }

struct Thing {
  std::string name;
  Shade color = Shade::red;
  double weight = 0;
  std::int64_t count = 0;
  bool open = false;
};
constexpr auto fields(const Thing*) {
  using domain::field;
  return std::tuple(field("name", &Thing::name, "").required(), field("color", &Thing::color, ""),
                    field("weight", &Thing::weight, "").range(0, 10),
                    field("count", &Thing::count, "").range(1, 5), field("open", &Thing::open, ""));
}

TEST(JsonObject, FillsEveryKindOfField) {
  const auto thing = from_json<Thing>(
      R"( {"open": true, "count": 5, "weight": 2.5, "color": "green", "name": "\u00e4\n"} )");
  ASSERT_TRUE(thing) << thing.error().text;
  EXPECT_EQ(thing->name, "ä\n");
  EXPECT_EQ(thing->color, Shade::green);
  EXPECT_EQ(thing->weight, 2.5);
  EXPECT_EQ(thing->count, 5);
  EXPECT_TRUE(thing->open);
}

TEST(JsonObject, LeavesWhatIsAbsentOrNull) {
  const auto thing = from_json<Thing>(R"({"name": "", "color": null})");
  ASSERT_TRUE(thing) << thing.error().text;
  EXPECT_EQ(thing->name, "");
  EXPECT_EQ(thing->color, Shade::red);
}

struct Wrong {
  std::string name;
  std::string json;
  std::string text;
};

TEST(JsonObject, SaysWhatIsWrong) {
  const std::vector<Wrong> cases = {
      {"empty", "", "not JSON: EMPTY: no JSON found"},
      {"a list", "[1]", "expected a JSON object, found [1]"},
      {"a text", "\"x\"", "expected a JSON object, found \"x\""},
      {"unknown", R"({"name":"a","nam":1})",
       "unknown field 'nam', expected name, color, weight, count, open"},
      {"missing", R"({"color":"red"})", "missing field 'name'"},
      {"null for missing", R"({"name":null})", "missing field 'name'"},
      {"twice", R"({"name":"a","name":"b"})", "name: given twice"},
      {"number for text", R"({"name":1})", "name: expected a text, found 1"},
      {"no such choice", R"({"name":"a","color":"blue"})",
       "color: expected one of red, green, found \"blue\""},
      {"number for choice", R"({"name":"a","color":0})",
       "color: expected one of red, green, found 0"},
      {"text for number", R"({"name":"a","weight":"1"})", "weight: expected a number, found \"1\""},
      {"above", R"({"name":"a","weight":11})", "weight: expected 0 to 10, found 11"},
      {"fraction", R"({"name":"a","count":1.5})", "count: expected a whole number, found 1.5"},
      {"below", R"({"name":"a","count":0})", "count: expected 1 to 5, found 0"},
      {"one for true", R"({"name":"a","open":1})", "open: expected true or false, found 1"},
  };
  for (const Wrong& wrong : cases) {
    const auto thing = from_json<Thing>(wrong.json);
    ASSERT_FALSE(thing) << wrong.name;
    EXPECT_EQ(thing.error().code, Code::invalid) << wrong.name;
    EXPECT_EQ(thing.error().text, wrong.text) << wrong.name;
  }
}

TEST(JsonObject, RefusesBrokenJsonAndUtf8) {
  for (const std::string& json :
       {std::string("{\"name\":\"a\""), std::string("{\"name\":\"a\"} x"), std::string("{name:1}"),
        std::string("{\"name\":\"\xff\"}"), std::string("{\"name\":\"a\0\"}", 12),
        std::string(2000, '['), std::string("{\"name\":1e999}")}) {
    const auto thing = from_json<Thing>(json);
    ASSERT_FALSE(thing);
    EXPECT_TRUE(thing.error().text.starts_with("not JSON: ")) << thing.error().text;
  }
}

}  // namespace
}  // namespace lineside::codec
