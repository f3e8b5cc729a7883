#include "codec/manifest.h"

#include <gtest/gtest.h>

namespace lineside::codec {
namespace {

// `extra` and `model` are lines of the pipeline's spec.
ParsedConfig config(const std::string& extra, const std::string& model) {
  return parse_config({{"plant.yaml", R"(apiVersion: lineside/v1
kind: Site
name: berlin
spec: {no: matter}
---
apiVersion: lineside/v1
kind: Contract
name: temps
spec:
  owner: ot
  streams: []
)" + extra + R"(---
apiVersion: lineside/v1
kind: Pipeline
name: health
spec:
  streams: [temp]
  windows: [{name: w, count: 5}]
  every: {count: 1}
  features: [{window: w, kinds: [mean]}]
)" + extra + model}});
}

TEST(Manifest, PassesOverWhatOnlyTheCatalogKnows) {
  const ParsedConfig plain = config("", "  model: {file: m.onnx}\n");
  const ParsedConfig placed = config("  site: berlin\n", "  model: {file: m.onnx, version: m:1}\n");
  EXPECT_TRUE(plain.problems.empty());
  EXPECT_TRUE(placed.problems.empty());
  ASSERT_EQ(placed.config.pipelines.size(), 1U);
  EXPECT_EQ(placed.config.pipelines[0].spec, plain.config.pipelines.at(0).spec);
  EXPECT_EQ(placed.config.contracts.at(0).spec, plain.config.contracts.at(0).spec);
}

TEST(Manifest, NeedsTheFileOfAModel) {
  const ParsedConfig parsed = config("", "  model: {version: m:1}\n");
  ASSERT_EQ(parsed.problems.size(), 1U);
  EXPECT_EQ(domain::to_text(parsed.problems[0]),
            "plant.yaml:21:10: spec.model.file: missing field: expected ONNX file beside the "
            "manifest, found nothing");
}

TEST(Manifest, HeaderFieldsAreKnownAndGivenOnce) {
  const ParsedConfig parsed = parse_config({{"a.yaml", R"(apiVersion: lineside/v1
kind: Contract
name: one
name: two
nmae: three
[1, 2]: four
spec: {owner: ot, streams: []}
kind: Contract
)"}});
  std::vector<std::string> texts;
  for (const domain::Problem& problem : parsed.problems) texts.push_back(domain::to_text(problem));
  EXPECT_EQ(texts, (std::vector<std::string>{
                       "a.yaml:4:1: name: field given twice: expected one 'name', found another",
                       "a.yaml:5:1: nmae: unknown field: expected 'name' perhaps, found 'nmae'",
                       "a.yaml:6:1: wrong value: expected a field name, found something else",
                       "a.yaml:8:1: kind: field given twice: expected one 'kind', found another"}));
}

TEST(Manifest, HasNoControlCharacters) {
  const auto problem_of = [](const std::string& owner) {
    const ParsedConfig parsed = parse_config(
        {{"a.yaml", "apiVersion: lineside/v1\nkind: Contract\r\nname:\tone\nspec:\n  owner: " +
                        owner + "\n  streams: []\n"}});
    return parsed.problems.empty() ? "" : domain::to_text(parsed.problems[0]);
  };
  EXPECT_EQ(problem_of("\"o\tt\""), "");
  EXPECT_EQ(problem_of("\xc2\xa0ot \xe2\x82\xac"), "");
  EXPECT_EQ(problem_of(std::string("o\0t", 3)),
            "a.yaml:5:11: control character: expected none but tabs and line breaks, found U+0000");
  EXPECT_EQ(problem_of("ot # \x1b[2J"),
            "a.yaml:5:15: control character: expected none but tabs and line breaks, found U+001B");
  EXPECT_EQ(problem_of("o\x7ft"),
            "a.yaml:5:11: control character: expected none but tabs and line breaks, found U+007F");
  EXPECT_EQ(problem_of("o\xc2\x9bt"),
            "a.yaml:5:11: control character: expected none but tabs and line breaks, found U+009B");
  for (const char* escaped : {"\"o\\0t\"", "\"o\\x00t\"", "\"o\\u0000t\""})
    EXPECT_EQ(problem_of(escaped),
              "a.yaml:5:10: control character: expected none but tabs and line breaks, found an "
              "escape of U+0000")
        << escaped;
  EXPECT_NE(problem_of("ot\n  \"\\0\": 1"), "") << "in a key";
  for (const auto& [escaped, code] : {std::pair("\"o\\e[2Jt\"", "001B"),
                                      {"\"\\x9bt\"", "009B"},
                                      {"\"\\x7f\"", "007F"},
                                      {"\"a\\rb\"", "000D"}})
    EXPECT_EQ(problem_of(escaped),
              std::string("a.yaml:5:10: control character: expected none but tabs and line breaks, "
                          "found an escape of U+") +
                  code);
  EXPECT_EQ(problem_of("\"o\\tt\\n\""), "");
  for (const char* older : {"o\xe2\x80\xaet", "\"o\\u2069t\"", "o # \xe2\x80\xa8"})
    EXPECT_EQ(problem_of(older), "") << "what a hub has signed before it was refused there";
}

}  // namespace
}  // namespace lineside::codec
