#include "codec/json_struct.h"

#include <gtest/gtest.h>

#include "codec/canonical.h"

namespace lineside::codec {
namespace {

using domain::field;

enum class Color : unsigned char { red, green };
constexpr auto names(const Color*) { return std::array<std::string_view, 2>{"red", "green"}; }

struct Part {
  std::string name;
  std::optional<double> weight;
  bool operator==(const Part&) const = default;
};
constexpr auto fields(const Part*) {
  return std::tuple(field("name", &Part::name, "its name").required(),
                    field("weight", &Part::weight, "its weight").range(0, 10).in("kg"));
}

struct Whole {
  std::vector<Part> parts;
  std::optional<Part> spare;
  std::vector<Color> colors;
  std::optional<Time> made;
  Duration age;
  std::uint64_t count = 0;
  std::string zone = "UTC";
  bool operator==(const Whole&) const = default;
};
constexpr auto fields(const Whole*) {
  return std::tuple(field("parts", &Whole::parts, "parts").required(),
                    field("spare", &Whole::spare, "spare"), field("colors", &Whole::colors, "c"),
                    field("made", &Whole::made, "made"),
                    field("age", &Whole::age, "age").range(0, 60),
                    field("count", &Whole::count, "count"), field("zone", &Whole::zone, "zone"));
}

TEST(JsonStruct, ReadsWhatTheWriterWrites) {
  Whole whole;
  whole.parts = {{"a\"\n\x01ä", 1.5}, {"b", std::nullopt}};
  whole.spare = Part{"c", 0.1};
  whole.colors = {Color::green, Color::red};
  whole.made = *parse_iso("2026-03-01T12:00:00.000000001Z");
  whole.age = Duration::millis(1500);
  whole.count = 18446744073709551615U;
  JsonWriter json;
  json.value(whole);
  for (const std::string& text : {json.text(), canonical_json(whole)}) {
    const auto again = read_json<Whole>(text, "body");
    ASSERT_TRUE(again) << again.error().text;
    EXPECT_EQ(*again, whole);
  }
}

TEST(JsonStruct, CanonicalLeavesOutWhatIsAbsent) {
  Whole whole;
  EXPECT_EQ(canonical_json(whole), R"({"parts":[],"age":"0s","count":0,"zone":"UTC"})");
  whole.zone = "";
  EXPECT_EQ(canonical_json(whole), R"({"parts":[],"age":"0s","count":0,"zone":""})");
  EXPECT_EQ(read_json<Whole>(canonical_json(whole), "body")->zone, "");
}

TEST(JsonStruct, TellsAllMistakes) {
  const auto whole = read_json<Whole>(
      "{\"parts\":[{\"weight\":11},\n {\"name\":\"b\",\"wait\":1}],\"colors\":[\"blue\"],"
      "\"made\":\"now\",\"age\":\"2m\",\"count\":-1}",
      "body");
  ASSERT_FALSE(whole);
  EXPECT_EQ(whole.error().code, Code::invalid);
  EXPECT_EQ(whole.error().text,
            "body:1:11: parts[0].name: missing field: expected its name, found nothing; "
            "body:1:21: parts[0].weight: out of range: expected 0 to 10 kg, found 11; "
            "body:2:14: parts[1].wait: unknown field: expected one of name, weight, found 'wait'; "
            "body:2:35: colors[0]: wrong value: expected one of red, green, found 'blue'; "
            "body:2:50: made: wrong value: expected a time such as 2026-03-01T12:00:00Z, found "
            "'now'; 2 more");
}

}  // namespace
}  // namespace lineside::codec
