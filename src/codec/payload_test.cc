#include "codec/payload.h"

#include <format>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <simdjson.h>

namespace lineside::codec {
namespace {

using domain::MappingSpec;
using domain::PointSpec;
using domain::Reject;

constexpr Time kArrival{1'000'000'000'000'000'000};

// A map with a resolver that numbers streams from 0 and remembers their names.
class Plant {
 public:
  explicit Plant(std::vector<MappingSpec> mappings, PayloadLimits limits = {})
      : map_(*PayloadMap::compile(mappings, limits, [this](const domain::StreamName& name) {
          names.push_back(name.id() + (name.unit.empty() ? "" : " " + name.unit));
          return full ? domain::kNoStream : static_cast<domain::StreamIndex>(names.size() - 1);
        })) {}

  void take(std::string_view topic, std::string_view payload) {
    map_.decode(
        {.topic = topic, .bytes = as_bytes(payload), .size = payload.size(), .arrival = kArrival},
        batch, rejects);
  }

  // "stream=value@time#sequence", or the reasons of rejection, of one message.
  std::string outcome(std::string_view payload, std::string_view topic = "plant/m1/state") {
    batch.clear();
    rejects.clear();
    take(topic, payload);
    std::string text;
    for (std::size_t i = 0; i < batch.size(); ++i) {
      const domain::Reading r = batch.at(i);
      text += std::format("{}{}={}", text.empty() ? "" : " ", names[r.stream], r.value);
      if (r.time != kArrival) text += "@" + format_iso(r.time);
      if (r.sequence != 0) text += std::format("#{}", r.sequence);
    }
    for (std::size_t i = 0; i < domain::kRejectReasons; ++i) {
      if (rejects.counts[i] == 0) continue;
      text += std::format("{}!{}", text.empty() ? "" : " ", to_text(static_cast<Reject>(i)));
      if (rejects.counts[i] > 1) text += std::format("*{}", rejects.counts[i]);
    }
    if (rejects.without_readings > 0) text += "nothing";
    return text;
  }
  const std::string& detail() const { return rejects.samples.at(0).detail; }
  PayloadMap& map() { return map_; }

  std::vector<std::string> names;
  bool full = false;
  domain::ReadingBatch batch;
  Rejects rejects;

 private:
  PayloadMap map_;
};

MappingSpec mapping(std::vector<PointSpec> points) {
  return {.topic = "plant/{asset}/state", .streams = std::move(points)};
}

MappingSpec temperature_and_pressure() {
  return mapping(
      {{.stream = "temp", .path = "$.t", .unit = "Cel"}, {.stream = "press", .path = "$.p"}});
}

TEST(Payload, TakesValuesInAnyOrder) {
  Plant plant({temperature_and_pressure()});
  EXPECT_EQ(plant.outcome(R"({"t":21.5,"p":3})"), "m1/temp Cel=21.5 m1/press=3");
  EXPECT_EQ(plant.outcome(R"({"p":-3e2 , "x":[1,{"t":9}],"t" : 0})"),
            "m1/temp Cel=0 m1/press=-300");
  EXPECT_EQ(plant.outcome(R"({"t":21.5,"p":3})", "plant/m2/state"), "m2/temp Cel=21.5 m2/press=3");
  EXPECT_EQ(plant.outcome(" \r\n{\"t\":1,\"p\":2}\n"), "m1/temp Cel=1 m1/press=2");
  EXPECT_EQ(plant.map().assets(), 2U);
  EXPECT_EQ(plant.names.size(), 4U) << "each stream is resolved once";
}

TEST(Payload, ReadsNothingOfALongerMessageBefore) {
  Plant plant({temperature_and_pressure()});
  for (const char* left : {",", "]", "}", ":", "1", "\"", ",1]", ",\"p\":3}"})
    for (const char* open : {"[1,[2,{}]", "[1,[2]", R"({"t":1,"x":{"p":2})", "[[1]"}) {
      std::string before;
      while (before.size() < 96) before += left;
      plant.outcome(before);
      EXPECT_EQ(plant.outcome(open), "!not_json") << open << " after " << left;
    }
}

TEST(Payload, OneBadValueRejectsThatReadingAlone) {
  Plant plant({temperature_and_pressure()});
  const std::pair<const char*, const char*> cases[] = {
      {R"({"t":"21.5","p":1})", "m1/press=1 !wrong_type"},
      {R"({"t":true,"p":1})", "m1/press=1 !wrong_type"},
      {R"({"t":{"v":1},"p":1})", "m1/press=1 !wrong_type"},
      {R"({"t":[1],"p":1})", "m1/press=1 !wrong_type"},
      {R"({"t":null,"p":1})", "m1/press=1 !missing_field"},
      {R"({"p":1})", "m1/press=1 !missing_field"},
      {R"({})", "!missing_field*2"},
      {R"({"t":"NaN","p":1})", "m1/press=1 !not_finite"},
      {R"({"t":"-Infinity","p":1})", "m1/press=1 !not_finite"},
      {R"({"t":NaN,"p":1})", "m1/press=1 !not_finite"},
      {R"({"t":-Infinity,"p":1})", "m1/press=1 !not_finite"},
      {R"({"t":1e999,"p":1})", "m1/press=1 !not_finite"},
      {R"({"t":1e-999,"p":1})", "m1/temp Cel=0 m1/press=1"},
      {R"({"t":18446744073709551616,"p":1})", "m1/temp Cel=18446744073709551616 m1/press=1"},
  };
  for (const auto& [payload, expected] : cases)
    EXPECT_EQ(plant.outcome(payload), expected) << payload;
  EXPECT_EQ(plant.outcome(R"({"t":"warm","p":1})"), "m1/press=1 !wrong_type");
  EXPECT_EQ(plant.detail(), "$.t: expected a number, found the string \"warm\"");
  EXPECT_EQ(plant.rejects.samples[0].stream, "temp");
  EXPECT_EQ(plant.rejects.samples[0].topic, "plant/m1/state");
  EXPECT_EQ(plant.rejects.samples[0].excerpt, R"({"t":"warm","p":1})");
}

TEST(Payload, ABadDocumentRejectsTheMessageOnce) {
  Plant plant({temperature_and_pressure()});
  const char* const not_json[] = {
      "",
      " ",
      "{",
      "}",
      R"({"t":1,"p":2)",
      R"({"t":1 "p":2})",
      R"({"t":1,"p":2}})",
      R"({"t":1,"p":2}{"t":1,"p":2})",
      R"({"t":1,"p":2} x)",
      R"({"t":01,"p":2})",
      R"({"t":1.,"p":2})",
      R"({"t":+1,"p":2})",
      R"({"t":.5,"p":2})",
      R"({"t":0x10,"p":2})",
      R"({"t":tru,"p":2})",
      R"({"t":,"p":2})",
      R"({t:1,"p":2})",
      R"({'t':1})",
      R"({"t":"a\qb","p":1})",
      "{\"t\":\"a\nb\",\"p\":1}",
      "hello",
      "21.5 3",
      "[1,2",
      "[1,[2\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n]",
      R"({"x":{"y":[1},"t":1,"p":2})",
      "\"open",
      R"({"t":1,"p":2,})",
  };
  for (const char* payload : not_json) EXPECT_EQ(plant.outcome(payload), "!not_json") << payload;
  EXPECT_EQ(plant.outcome("{\"t\":1,\"x\":\"\xff\",\"p\":2}"), "!not_utf8");
  EXPECT_EQ(plant.outcome("{\"t\":1,\"x\":\"\xed\xa0\x80\"}"), "!not_utf8");
  EXPECT_EQ(plant.outcome("[1,2]"), "!missing_field*2");
  EXPECT_EQ(plant.outcome("21.5"), "!missing_field*2");
  EXPECT_EQ(plant.outcome("null"), "!missing_field*2");
}

// Values where no path reads.
constexpr const char* kBroken[] = {
    "tru",
    "nul",
    "01",
    "1.",
    "+1",
    "--1",
    "0x1",
    "1 2",
    "",
    ",",
    ":",
    "hello",
    "'a'",
    R"("a" "b")",
    R"("\q")",
    R"("\u12g4")",
    R"("\u123")",
    R"("a"b)",
    "{",
    "}",
    "[1,]",
    "[,1]",
    "[1 2]",
    "[1}",
    "{]",
    R"({"a"})",
    "{1:2}",
    R"({"a":1,})",
    R"({"a" 1})",
    R"({a:1})",
    R"({"a":tru})",
    "[[[01]]]",
    R"({"\x":1})",
    "[1]2",
    R"({"a":{"b":[1,{"c":nope}]}})",
    "[\"a\tb\"]",
    "1\v",
    "[\v1]",
};
constexpr const char* kSound[] = {
    "true",
    "false",
    "null",
    "-0",
    "1e+9",
    "NaN",
    "-Infinity",
    R"("")",
    R"("a\"b\\\/\u00e9\ud800")",
    "{}",
    "[]",
    "[ ]",
    "{ }",
    R"([ 1 , {"a" : [ ] , "b":{}} , "]" ])",
    R"({"a\u0062":[[[]]]})",
};

TEST(Payload, WhatNoPathReadsMustBeJsonToo) {
  Plant plant({temperature_and_pressure(),
               {.topic = "list/{asset}", .streams = {{.stream = "v", .path = "$[1]"}}}});
  for (const char* value : kBroken) {
    const std::string in_object = std::format(R"({{"t":1,"x":{},"p":2}})", value);
    EXPECT_EQ(plant.outcome(in_object), "!not_json") << in_object;
    const std::string again = std::format(R"({{"t":1,"p":2,"t":{}}})", value);
    EXPECT_EQ(plant.outcome(again), "!not_json") << again;
    const std::string in_list = std::format("[{},1]", value);
    EXPECT_EQ(plant.outcome(in_list, "list/m1"), "!not_json") << in_list;
  }
  EXPECT_EQ(plant.outcome(R"({"t":1,"a\qb":0,"p":2})"), "!not_json") << "a name";
  EXPECT_EQ(plant.outcome("{\"t\":1\v,\"p\":2}"), "!not_json");
  EXPECT_EQ(plant.outcome(R"({"t":1,"x":[{"y":tru}],"p":2})"), "!not_json");
  EXPECT_EQ(plant.detail(), R"(expected JSON, found "tru}]")");
  for (const char* value : kSound) {
    const std::string document = std::format(R"({{"t":1,"x":{},"p":2}})", value);
    EXPECT_EQ(plant.outcome(document), "m1/temp Cel=1 m1/press=2") << document;
  }
}

// Against a parser that reads everything. No digits behind an 'e': beyond what doubles hold it
// stops.
TEST(Payload, TakesForJsonWhatAWholeParserDoes) {
  Plant plant({mapping({{.stream = "v", .path = "$.v", .optional = true}})});
  constexpr std::string_view kPieces = "{}[]\",:\\/u012.- \ntrfalsn";
  constexpr std::string_view kStart = R"({"v":1,"a":[true,{"b":"c\n"},[],-0.5],"d":{"f":null}})";
  std::uint64_t state = 1;
  const auto below = [&state](std::size_t n) {
    state = state * 6364136223846793005ULL + 1442695040888963407ULL;
    return static_cast<std::size_t>(state >> 33) % n;
  };
  simdjson::dom::parser parser;
  std::size_t good = 0;
  for (int round = 0; round < 20'000; ++round) {
    std::string text(kStart);
    for (std::size_t edits = 1 + below(3); edits > 0; --edits) {
      const std::size_t at = below(text.size());
      const std::string piece(1, kPieces[below(kPieces.size())]);
      text.replace(at, below(2), piece);
    }
    simdjson::dom::element root;
    const bool is_json = parser.parse(simdjson::padded_string(text)).get(root) == simdjson::SUCCESS;
    good += is_json ? 1 : 0;
    ASSERT_EQ(plant.outcome(text) != "!not_json", is_json) << text;
  }
  EXPECT_GT(good, 500U);
}

TEST(Payload, CountsMessagesOfWhichNothingComes) {
  Plant plant({mapping({{.stream = "a", .path = "$.v[0]", .optional = true},
                        {.stream = "b", .path = "$.w", .optional = true}})});
  EXPECT_EQ(plant.outcome("{}"), "nothing");
  EXPECT_EQ(plant.outcome(R"({"v":[],"w":null})"), "nothing");
  EXPECT_EQ(plant.outcome(R"({"v":[7]})"), "m1/a=7");
  EXPECT_EQ(plant.outcome(R"({"w":"x"})"), "!wrong_type") << "it has a reason";
  EXPECT_EQ(plant.outcome("{}", "elsewhere"), "!unknown_topic");
}

TEST(Payload, SaysWhatWasExpectedAndFound) {
  Plant plant({mapping({{.stream = "n", .path = "$.n", .optional = true},
                        {.stream = "i", .path = "$.i", .type = domain::ValueType::integer},
                        {.stream = "b", .path = "$.b", .type = domain::ValueType::boolean}})});
  const std::pair<const char*, const char*> cases[] = {
      {R"({"i":null,"b":true})", "$.i: expected a whole number, found null"},
      {R"({"b":true})", "$.i: expected a whole number, found nothing"},
      {R"({"i":1.5,"b":true})", "$.i: expected a whole number, found 1.5"},
      {R"({"i":1,"b":"on"})", R"($.b: expected true or false, found the string "on")"},
      {R"({"i":1,"b":[1]})", "$.b: expected true or false, found an object or array"},
      {R"({"n":true,"i":1,"b":true})", "$.n: expected a number, found true"},
      {R"({"n":NaN,"i":1,"b":true})", "$.n: expected a number, found NaN"},
  };
  for (const auto& [payload, detail] : cases) {
    plant.outcome(payload);
    EXPECT_EQ(plant.detail(), detail) << payload;
  }
}

TEST(Payload, OfEqualMembersTheFirstOneCounts) {
  Plant plant({temperature_and_pressure()});
  EXPECT_EQ(plant.outcome(R"({"t":1,"t":2,"p":3,"t":"x"})"), "m1/temp Cel=1 m1/press=3");
  // Also where the name is written in another way, and in nested objects.
  EXPECT_EQ(plant.outcome(R"({"\u0074":1,"t":2,"p":3})"), "m1/temp Cel=1 m1/press=3");
  Plant nested({mapping({{.stream = "v", .path = "$.a.v"}})});
  EXPECT_EQ(nested.outcome(R"({"a":{"v":1},"a":{"v":2}})"), "m1/v=1");
  EXPECT_EQ(nested.outcome(R"({"a":{},"a":{"v":2}})"), "!missing_field");
}

TEST(Payload, FollowsNestedPathsAndElements) {
  Plant plant({mapping({{.stream = "a", .path = "$.m.a"},
                        {.stream = "b", .path = "$.m.list[1]"},
                        {.stream = "c", .path = "$.m.list[3].x"},
                        {.stream = "d", .path = "$['m']['d e']"},
                        {.stream = "whole", .path = "$.m.a", .scale = 10}})});
  EXPECT_EQ(plant.outcome(R"({"z":[[]],"m":{"list":[0,11,[5],{"y":1,"x":12},7],"d e":13,"a":10}})"),
            "m1/a=10 m1/b=11 m1/c=12 m1/d=13 m1/whole=100");
  EXPECT_EQ(plant.outcome(R"({"m":{"list":[0],"d e":13,"a":10}})"),
            "m1/a=10 m1/d=13 m1/whole=100 !missing_field*2");
  Plant root({mapping({{.stream = "first", .path = "$[0]"}, {.stream = "all", .path = "$"}})});
  EXPECT_EQ(root.outcome("[4,5]"), "m1/first=4 !wrong_type");
  EXPECT_EQ(root.outcome("7"), "m1/all=7 !missing_field");
  EXPECT_EQ(root.outcome(" \"x\" "), "!missing_field !wrong_type");
}

TEST(Payload, ConvertsByType) {
  Plant plant({mapping({{.stream = "i", .path = "$.i", .type = domain::ValueType::integer},
                        {.stream = "b", .path = "$.b", .type = domain::ValueType::boolean},
                        {.stream = "s", .path = "$.s", .scale = 0.5, .offset = -10},
                        {.stream = "o", .path = "$.o", .optional = true}})});
  EXPECT_EQ(plant.outcome(R"({"i":-7,"b":true,"s":30,"o":1})"), "m1/i=-7 m1/b=1 m1/s=5 m1/o=1");
  EXPECT_EQ(plant.outcome(R"({"i":7.0,"b":false,"s":30})"), "m1/i=7 m1/b=0 m1/s=5");
  EXPECT_EQ(plant.outcome(R"({"i":7.5,"b":1,"s":30,"o":null})"), "m1/s=5 !wrong_type*2");
  EXPECT_EQ(plant.outcome(R"({"i":1,"b":"true","s":"x","o":"x"})"), "m1/i=1 !wrong_type*3");
  Plant huge({mapping({{.stream = "v", .path = "$.v", .scale = 1e300}})});
  EXPECT_EQ(huge.outcome(R"({"v":1e300})"), "!not_finite");
}

MappingSpec timed(domain::TimeFormat format, std::string zone = "UTC") {
  auto spec = mapping({{.stream = "v", .path = "$.v"}});
  spec.time = {.path = "$.ts", .format = format, .zone = std::move(zone)};
  spec.sequence = "$.n";
  return spec;
}

TEST(Payload, TakesSourceTimeAndSequence) {
  Plant iso({timed(domain::TimeFormat::iso8601, "Europe/Berlin")});
  EXPECT_EQ(iso.outcome(R"({"n":5,"ts":"2014-02-08T09:15:00.25Z","v":1})"),
            "m1/v=1@2014-02-08T09:15:00.250Z#5");
  EXPECT_EQ(iso.outcome(R"({"n":18446744073709551615,"ts":"2014-02-08 09:15:00","v":1})"),
            "m1/v=1@2014-02-08T08:15:00Z#18446744073709551615");
  const std::pair<const char*, const char*> cases[] = {
      {R"({"n":1,"v":1})", "!missing_field"},
      {R"({"n":1,"ts":null,"v":1})", "!missing_field"},
      {R"({"n":1,"ts":"yesterday","v":1})", "!bad_time"},
      {R"({"n":1,"ts":1391847300,"v":1})", "!bad_time"},
      {R"({"n":1,"ts":"2014-02-30T00:00:00Z","v":1})", "!bad_time"},
      {R"({"n":1,"ts":"2014-10-26T02:30:00","v":1})", "!bad_time"},
      {R"({"ts":"2014-02-08T09:15:00Z","v":1})", "!missing_field"},
      {R"({"n":-1,"ts":"2014-02-08T09:15:00Z","v":1})", "!wrong_type"},
      {R"({"n":1.5,"ts":"2014-02-08T09:15:00Z","v":1})", "!wrong_type"},
      {R"({"n":"1","ts":"2014-02-08T09:15:00Z","v":1})", "!wrong_type"},
      {R"({"n":18446744073709551616,"ts":"2014-02-08T09:15:00Z","v":1})", "!wrong_type"},
  };
  for (const auto& [payload, expected] : cases)
    EXPECT_EQ(iso.outcome(payload), expected) << payload;
}

TEST(Payload, ReadsUnixTimesExactly) {
  using enum domain::TimeFormat;
  struct Case {
    domain::TimeFormat format;
    const char* text;
    std::int64_t ns;  // 0: bad_time
  };
  const Case cases[] = {
      {unix_s, "1391847300", 1'391'847'300'000'000'000},
      {unix_s, "1391847300.123456789", 1'391'847'300'123'456'789},
      {unix_s, "1391847300.1234567899", 1'391'847'300'123'456'789},
      {unix_s, "-1.5", -1'500'000'000},
      {unix_s, "1.391847300e9", 1'391'847'300'000'000'000},
      {unix_s, "\"1391847300.5\"", 1'391'847'300'500'000'000},
      {unix_ms, "1391847300123", 1'391'847'300'123'000'000},
      {unix_ms, "1391847300123.5", 1'391'847'300'123'500'000},
      {unix_us, "1391847300123456", 1'391'847'300'123'456'000},
      {unix_ns, "1391847300123456789", 1'391'847'300'123'456'789},
      {unix_s, "\"soon\"", 0},
      {unix_s, "\"\"", 0},
      {unix_s, "1e300", 0},
      {unix_s, "9999999999999", 0},
      {unix_ns, "99999999999999999999", 0},
      {unix_s, "true", 0},
  };
  for (const Case& test : cases) {
    Plant plant({timed(test.format)});
    const std::string payload = std::format(R"({{"ts":{},"n":1,"v":2}})", test.text);
    const std::string outcome = plant.outcome(payload);
    if (test.ns == 0) {
      EXPECT_EQ(outcome, "!bad_time") << test.text;
    } else {
      ASSERT_EQ(plant.batch.size(), 1U) << test.text << ": " << outcome;
      EXPECT_EQ(plant.batch.time_ns[0], test.ns) << test.text;
    }
  }
}

TEST(Payload, TakesPlainNumbers) {
  Plant plant({{.topic = "n/+/{asset}",
                .format = domain::PayloadFormat::number,
                .streams = {{.stream = "v", .unit = "bar", .scale = 2}}}});
  const std::pair<const char*, const char*> cases[] = {
      {"21.5", "m1/v bar=43"},  {" \t-1e2\r\n", "m1/v bar=-200"},
      {"+3", "m1/v bar=6"},     {"nan", "!not_finite"},
      {"NaN", "!not_finite"},   {"-inf", "!not_finite"},
      {"1e999", "!not_finite"}, {"", "!wrong_type"},
      {"12 13", "!wrong_type"}, {"12,5", "!wrong_type"},
      {"on", "!wrong_type"},    {"\xff", "!not_utf8"},
      {"0x10", "!wrong_type"},
  };
  for (const auto& [payload, expected] : cases) {
    EXPECT_EQ(plant.outcome(payload, "n/x/m1"), expected) << payload;
  }
}

TEST(Payload, TheFirstMappingThatFitsTakesTheMessage) {
  auto fixed = mapping({{.stream = "a", .path = "$.v"}});
  fixed.topic = "plant/press/state";
  fixed.asset = "press-7";
  auto pattern = mapping({{.stream = "b", .path = "$.v"}});
  pattern.topic = "plant/{asset}/#";
  pattern.asset = "line1.{asset}";
  Plant plant({fixed, pattern});
  EXPECT_EQ(plant.outcome(R"({"v":1})", "plant/press/state"), "press-7/a=1");
  EXPECT_EQ(plant.outcome(R"({"v":1})", "plant/press/other/deep"), "line1.press/b=1");
  EXPECT_EQ(plant.outcome(R"({"v":1})", "plant/m2"), "line1.m2/b=1");
  EXPECT_EQ(plant.outcome(R"({"v":1})", "office/m2"), "!unknown_topic");
  EXPECT_EQ(plant.outcome(R"({"v":1})", "plant/bad name/state"), "!bad_asset");
  EXPECT_EQ(plant.map().filters(), (std::vector<std::string>{"plant/press/state", "plant/+/#"}));
}

TEST(Payload, OversizedPayloadsAreCountedNotRead) {
  Plant plant({temperature_and_pressure()}, {.payload_max = 100});
  EXPECT_EQ(plant.outcome(R"({"t":1,"p":2,"x":")" + std::string(1'000'000, 'x') + "\"}"),
            "!oversized");
  EXPECT_EQ(plant.rejects.samples[0].excerpt.size(), 123U) << "an excerpt, with its dots";
  EXPECT_EQ(plant.outcome(R"({"t":1,"p":2})"), "m1/temp Cel=1 m1/press=2");
}

TEST(Payload, BoundsAssetsAndTopics) {
  Plant plant({mapping({{.stream = "v", .path = "$.v"}})}, {.assets_max = 3, .topics_max = 2});
  for (int round = 0; round < 3; ++round) {
    for (int i = 0; i < 3; ++i) {
      EXPECT_EQ(plant.outcome(R"({"v":1})", std::format("plant/m{}/state", i)),
                std::format("m{}/v=1", i));
    }
    EXPECT_EQ(plant.outcome(R"({"v":1})", "plant/one-more/state"), "!bad_asset");
  }
  EXPECT_EQ(plant.names.size(), 3U) << "forgotten topics are not resolved again";
  Plant full({mapping({{.stream = "v", .path = "$.v"}})});
  full.full = true;
  EXPECT_EQ(full.outcome(R"({"v":1})"), "!bad_asset");
}

TEST(Payload, DepthDoesNotMatter) {
  Plant plant({temperature_and_pressure()});
  std::string deep =
      R"({"x":)" + std::string(100'000, '[') + std::string(100'000, ']') + R"(,"t":1,"p":2})";
  EXPECT_EQ(plant.outcome(deep), "m1/temp Cel=1 m1/press=2");
  EXPECT_NE(plant.outcome(std::string(200'000, '[')), "");
}

TEST(Payload, ManyMembersInChangingOrderStayRight) {
  std::vector<PointSpec> points;
  for (int i = 0; i < 40; ++i) {
    points.push_back({.stream = std::format("s{}", i), .path = std::format("$.k{}", i * 7 % 40)});
  }
  Plant plant({mapping(points)});
  for (int round = 0; round < 50; ++round) {
    std::string payload = "{";
    for (int i = 0; i < 40; ++i) {
      const int k = (i * 11 + round) % 40;
      payload += std::format("{}\"k{}\":{},\"junk{}\":{{\"k1\":0}}", i == 0 ? "" : ",", k, k, i);
    }
    plant.outcome(payload + "}");
    ASSERT_EQ(plant.batch.size(), 40U);
    for (std::size_t i = 0; i < 40; ++i) {
      EXPECT_EQ(plant.batch.value[i], static_cast<double>(i * 7 % 40));
    }
  }
}

TEST(Payload, SamplesAreOnePerReason) {
  Plant plant({temperature_and_pressure()});
  for (int i = 0; i < 100; ++i) plant.take("plant/m1/state", "garbage");
  for (int i = 0; i < 100; ++i) plant.take("elsewhere", "{}");
  EXPECT_EQ(plant.rejects.total(), 200U);
  EXPECT_EQ(plant.rejects.samples.size(), 2U);
}

TEST(Payload, CompileSaysWhichMappingAndFieldIsWrong) {
  const auto error = [](MappingSpec spec) {
    const std::vector<MappingSpec> all = {temperature_and_pressure(), std::move(spec)};
    const auto map = PayloadMap::compile(all, {}, [](const auto&) { return 0U; });
    return map ? std::string("fine") : map.error().text;
  };
  auto spec = temperature_and_pressure();
  spec.topic = "plant/+/state";
  EXPECT_EQ(
      error(spec),
      "mappings[1]: asset: expected a name, or {asset} as a level of the topic, found neither");
  spec.asset = "bad name";
  EXPECT_EQ(error(spec), "mappings[1]: asset: expected a name, found \"bad name\"");
  spec.asset = "good";
  EXPECT_EQ(error(spec), "fine");
  spec.topic = "plant/x{asset}/state";
  EXPECT_EQ(error(spec),
            "mappings[1]: topic: expected '+', '#' and {asset} as whole levels, found "
            "\"plant/x{asset}/state\"");
  spec = temperature_and_pressure();
  spec.streams[1].path = "p";
  EXPECT_EQ(error(spec),
            "mappings[1]: streams[1].path: path \"p\": expected '$' at character 1, "
            "found \"p\"");
  spec = timed(domain::TimeFormat::iso8601, "Mars/Base");
  EXPECT_NE(error(spec).find("mappings[1]: time.zone: time zone: expected"), std::string::npos);
  spec = temperature_and_pressure();
  spec.format = domain::PayloadFormat::number;
  EXPECT_EQ(error(spec), "mappings[1]: streams: expected one for format number, found 2");
}

}  // namespace
}  // namespace lineside::codec
