#include "codec/catalog.h"

#include <gtest/gtest.h>

#include "codec/canonical.h"
#include "domain/people.h"
#include "domain/places.h"

namespace lineside::codec {
namespace {

using domain::Kind;

std::vector<std::string> texts(const std::vector<domain::Problem>& problems) {
  std::vector<std::string> out;
  for (const auto& problem : problems) out.push_back(domain::to_text(problem));
  return out;
}

using Texts = std::vector<std::string>;

ParsedObjects yaml(std::string text) {
  return parse_objects_yaml({{"plant.yaml", std::move(text)}});
}

const std::string kDigest = "sha256:" + std::string(64, 'a');

// One sound object of each kind, in the order of Kind.
const std::string kAllKinds =
    R"(apiVersion: lineside/v1
kind: Site
name: berlin
spec: {title: Berlin works, level: site, parent: acme, zone: Europe/Berlin, residency: eu}
---
apiVersion: lineside/v1
kind: Asset
name: pump-1
spec: {site: berlin, parent: skid-1, type: pump, criticality: high}
---
apiVersion: lineside/v1
kind: Device
name: edge-1
spec: {site: berlin, asset: pump-1, type: box, owner: ot, edge: true}
---
apiVersion: lineside/v1
kind: DeviceType
name: box
spec: {manufacturer: Acme, support_until: "2031-12-31"}
---
apiVersion: lineside/v1
kind: Stream
name: pump-1/temp
spec: {asset: pump-1, device: edge-1, connection: plant, contract: temps, unit: Cel}
---
apiVersion: lineside/v1
kind: Connection
name: plant
spec:
  protocol: mqtt
  address: localhost:1883
  version: 5
  keep_alive: 90s
  mappings:
    - topic: plant/{asset}
      streams: [{stream: temp, path: $.t}]
  site: berlin
  edge: edge-1
---
apiVersion: lineside/v1
kind: Contract
name: temps
spec:
  owner: ot
  streams: [{stream: "*", max: 1.5e2}]
  site: berlin
---
apiVersion: lineside/v1
kind: Pipeline
name: health
spec:
  streams: [temp]
  windows: [{name: w, count: 5}]
  every: {count: 1}
  features: [{window: w, kinds: [mean]}]
  model: {version: "health:1"}
  publish: {connection: plant, alerts: "alerts/{asset}"}
---
apiVersion: lineside/v1
kind: Dataset
name: spring
spec: {streams: [pump-1/temp], from: 2026-03-01T00:00:00+01:00, to: 2026-04-01T00:00:00Z, rows: 100}
---
apiVersion: lineside/v1
kind: Model
name: health
spec: {task: remaining life, owner: science}
---
apiVersion: lineside/v1
kind: ModelVersion
name: health:1
spec: {model: health, digest: ")" +
    kDigest + R"(", author: ann, inputs: [w.temp.mean], trained_on: [spring], seed: 1}
---
apiVersion: lineside/v1
kind: Person
name: ann
spec:
  title: Ann Example
  email: ann@example.org
  roles: [{role: viewer}, {role: operator, site: berlin}, {role: operator, site: acme}]
  skills: [vibration, onnx]
---
apiVersion: lineside/v1
kind: Role
name: auditor-plus
spec: {permissions: [read, read_audit, erase]}
---
apiVersion: lineside/v1
kind: Token
name: ci
spec: {role: viewer, site: berlin, expires: 2026-12-31T00:00:00Z}
)";

TEST(Catalog, ReadsEveryKind) {
  const ParsedObjects parsed = yaml(kAllKinds);
  EXPECT_EQ(texts(parsed.problems), Texts{});
  ASSERT_EQ(parsed.objects.size(), domain::kKinds);
  for (std::size_t i = 0; i < domain::kKinds; ++i)
    EXPECT_EQ(parsed.objects[i].kind, static_cast<Kind>(i));
  EXPECT_EQ(parsed.objects[0].spec,
            R"({"title":"Berlin works","level":"site","parent":"acme","zone":"Europe/Berlin",)"
            R"("residency":"eu"})");
  EXPECT_EQ(parsed.objects[1].spec,
            R"({"site":"berlin","parent":"skid-1","type":"pump","criticality":"high"})");
  EXPECT_EQ(parsed.objects[8].spec, R"({"streams":["pump-1/temp"],"from":"2026-02-28T23:00:00Z",)"
                                    R"("to":"2026-04-01T00:00:00Z","rows":100})");
}

TEST(Catalog, FindsReferencesAndTerms) {
  const ParsedObjects parsed = yaml(kAllKinds);
  ASSERT_EQ(parsed.objects.size(), domain::kKinds);
  const auto& device = parsed.objects[2];
  EXPECT_EQ(device.refs, (std::vector<domain::Ref>{{"site", Kind::site, "berlin"},
                                                   {"asset", Kind::asset, "pump-1"},
                                                   {"type", Kind::device_type, "box"}}));
  EXPECT_EQ(device.terms,
            (std::vector<domain::Term>{{"owner", "ot"}, {"status", "active"}, {"edge", "true"}}));
  EXPECT_EQ(parsed.objects[7].refs,
            (std::vector<domain::Ref>{{"model.version", Kind::model_version, "health:1"},
                                      {"publish.connection", Kind::connection, "plant"}}));
  EXPECT_EQ(parsed.objects[11].refs,
            (std::vector<domain::Ref>{{"roles.role", Kind::role, "viewer"},
                                      {"roles.role", Kind::role, "operator"},
                                      {"roles.site", Kind::site, "berlin"},
                                      {"roles.site", Kind::site, "acme"}}));
  EXPECT_EQ(
      parsed.objects[11].terms,
      (std::vector<domain::Term>{{"active", "true"}, {"skills", "vibration"}, {"skills", "onnx"}}));
  for (const auto& object : parsed.objects) {
    const auto refs = spec_refs(object.kind, object.spec);
    ASSERT_TRUE(refs) << refs.error().text;
    EXPECT_EQ(refs->refs, object.refs);
    EXPECT_EQ(refs->terms, object.terms);
  }
}

TEST(Catalog, WritesWhatItReadsInBothNotations) {
  const ParsedObjects parsed = yaml(kAllKinds);
  ASSERT_EQ(parsed.objects.size(), domain::kKinds);
  for (const auto& object : parsed.objects) {
    const auto text = manifest_yaml(object);
    ASSERT_TRUE(text) << text.error().text;
    for (const ParsedObjects& again :
         {yaml(*text), parse_objects_json(manifest_json(object), "body")}) {
      EXPECT_EQ(texts(again.problems), Texts{}) << *text;
      ASSERT_EQ(again.objects.size(), 1U);
      EXPECT_EQ(again.objects[0].kind, object.kind);
      EXPECT_EQ(again.objects[0].name, object.name);
      EXPECT_EQ(again.objects[0].spec, object.spec);
    }
  }
}

TEST(Catalog, WritesYamlAsPeopleDo) {
  domain::CatalogObject person{.kind = Kind::person, .name = "ann"};
  person.spec = R"({"title":"Ann: \"E\"","active":true,"roles":[{"role":"viewer","site":"no"}],)"
                R"("skills":["5","on","a b","ä\u000a"]})";
  EXPECT_EQ(*manifest_yaml(person), R"(apiVersion: lineside/v1
kind: Person
name: ann
spec:
  title: "Ann: \"E\""
  active: true
  roles:
    - role: viewer
      site: "no"
  skills:
    - "5"
    - "on"
    - a b
    - "ä\u000a"
)");
  EXPECT_EQ(yaml(*manifest_yaml(person)).objects.at(0).spec, person.spec);
}

TEST(Catalog, TellsEveryMistakeAtOnceWithItsPlace) {
  const ParsedObjects parsed = yaml(R"(apiVersion: lineside/v2
kind: Site
name: berlin works
spec: {titel: Berlin, level: plant, zone: Europe/Berlni}
---
apiVersion: lineside/v1
kind: Aset
name: pump-1
spec: {}
---
apiVersion: lineside/v1
kind: Stream
nam: pump-1/temp
spec:
  asset: pump-2
  unit: Kpa
  type: [number]
  type: number
---
kind: Dataset
name: spring
spec: {from: yesterday, rows: -1, digest: sha256:beef, streams: [a/b, a/b]}
---
- 1
---
apiVersion: lineside/v1
kind: Training
name: passed-over
spec: {no: matter}
)");
  EXPECT_TRUE(parsed.objects.empty());
  EXPECT_EQ(
      texts(parsed.problems),
      (Texts{
          "plant.yaml:1:13: apiVersion: wrong value: expected lineside/v1, found 'lineside/v2'",
          "plant.yaml:4:8: spec.titel: unknown field: expected 'title' perhaps, found 'titel'",
          "plant.yaml:4:30: spec.level: wrong value: expected one of enterprise, site, area, "
          "line, found 'plant'",
          "plant.yaml:3:7: name: not a name: expected 1 to 128 of A-Z a-z 0-9 . _ : -, found "
          "'berlin works'",
          "plant.yaml:4:43: spec.zone: unknown time zone: expected UTC, +hh:mm or an IANA name "
          "such as Europe/Berlin, found 'Europe/Berlni'",
          "plant.yaml:7:7: kind: unknown kind: expected 'Asset' perhaps, found 'Aset'",
          "plant.yaml:13:1: nam: unknown field: expected 'name' perhaps, found 'nam'",
          "plant.yaml:11:1: name: missing field: expected name, found nothing",
          "plant.yaml:18:3: spec.type: field given twice: expected one 'type', found another",
          "plant.yaml:17:9: spec.type: wrong value: expected one of number, integer, boolean, "
          "found a list",
          "plant.yaml:16:9: spec.unit: unknown unit: expected 'kPa' perhaps, found 'Kpa'",
          "plant.yaml:20:1: apiVersion: missing field: expected apiVersion, found nothing",
          "plant.yaml:22:14: spec.from: wrong value: expected a time such as "
          "2026-03-01T12:00:00Z, found 'yesterday'",
          "plant.yaml:22:31: spec.rows: out of range: expected 0 to 1e+15, found '-1'",
          "plant.yaml:22:71: spec.streams[1]: given twice: expected each once, found 'a/b'",
          "plant.yaml:22:43: spec.digest: not a digest: expected sha256: and 64 of 0-9 a-f, found "
          "'sha256:beef'",
          "plant.yaml:24:1: wrong value: expected a map of apiVersion, kind, name, spec, found a "
          "list",
      }));
}

TEST(Catalog, WhatDoesNotParseIsNoDuplicate) {
  const std::string role = "apiVersion: lineside/v1\nkind: Role\nname: r\nspec: {permissions: ";
  const auto told = [&](std::string_view list) {
    return texts(parse_objects_yaml({{"r.yaml", role + std::string(list) + "}\n"}}).problems);
  };
  const Texts wrong = told("[writ_sites, read]");
  ASSERT_EQ(wrong.size(), 1U) << wrong.back();
  EXPECT_TRUE(wrong[0].contains("found 'writ_sites'")) << wrong[0];
  EXPECT_TRUE(told("[erase, erase]").at(0).contains("given twice"));
}

TEST(Catalog, FindsDuplicatesAndCyclesAcrossFiles) {
  const auto site = [](std::string name, std::string parent) {
    return "apiVersion: lineside/v1\nkind: Site\nname: " + name + "\nspec:\n  parent: " + parent +
           "\n---\n";
  };
  const ParsedObjects parsed = parse_objects_yaml(
      {{"a.yaml", site("a", "b") + site("b", "c")},
       {"b.yaml", site("c", "a") + site("d", "a") + site("d", "x") + site("e", "e")}});
  EXPECT_EQ(texts(parsed.problems),
            (Texts{"b.yaml:23:11: spec.parent: its own parent: expected another one, found 'e'",
                   "b.yaml:15:7: name: given twice: expected one Site 'd', found another at "
                   "b.yaml:7",
                   "a.yaml:5:11: spec.parent: a cycle of parents: expected a parent that is not "
                   "below it, found a -> b -> c -> a"}));
}

TEST(Catalog, ReadsOneOrManyJsonObjects) {
  const std::string a =
      R"({"apiVersion":"lineside/v1","kind":"Site","name":"a","spec":{"zone":null}})";
  const std::string b =
      R"({"spec":{},"name":"b","kind":"Site","apiVersion":"lineside/v1","meta":{"revision":3}})";
  for (const std::string& text :
       {a, "[" + a + "," + b + "]", "{\"items\":[" + a + "," + b + "]}"}) {
    const ParsedObjects parsed = parse_objects_json(text, "body");
    EXPECT_EQ(texts(parsed.problems), Texts{});
    ASSERT_EQ(parsed.objects.size(), text == a ? 1U : 2U);
    EXPECT_EQ(parsed.objects[0].name, "a");
    EXPECT_EQ(parsed.objects[0].spec, R"({"level":"site"})");
    EXPECT_EQ(parsed.objects.back().name, text == a ? "a" : "b");
  }
  EXPECT_TRUE(parse_objects_json("[]", "body").problems.empty());
}

TEST(Catalog, IsStrictWithJson) {
  const std::string head =
      "{\"apiVersion\":\"lineside/v1\",\n \"kind\":\"Dataset\",\"name\":\"a\",";
  const std::vector<std::pair<std::string, std::string>> cases = {
      {head + "\"spec\":{\"rows\":\"5\"}}",
       "body:2:45: spec.rows: wrong value: expected a whole number, found '5'"},
      {head + "\"spec\":{\"rows\":5.0}}",
       "body:2:45: spec.rows: wrong value: expected a whole number, found 5.0"},
      {head + "\"spec\":{\"rows\":99999999999999999999999}}",
       "body:2:45: spec.rows: wrong value: expected a whole number, found "
       "99999999999999999999999"},
      {head + "\"spec\":{\"title\":5}}",
       "body:2:46: spec.title: wrong value: expected a text, found 5"},
      {head + "\"spec\":{\"title\":\"a\",\n\"title\":\"b\"}}",
       "body:3:1: spec.title: field given twice: expected one 'title', found another"},
      {head + "\"spec\":{},\"spec\":{}}",
       "body:2:40: spec: field given twice: expected one 'spec', found another"},
      {"{\"items\":[" + head + "\"spec\":{\"x\":1}}]}",
       "body:2:38: items[0].spec.x: unknown field: expected one of title, site, streams, from, "
       "to, digest, rows, location, found 'x'"},
      {"{\"item\":[]}",
       "body:1:2: item: unknown field: expected one of apiVersion, kind, name, spec, meta, found "
       "'item'"},
      {"{\"items\":{}}", "body:1:10: items: wrong value: expected a list, found a map"},
      {"[1]",
       "body:1:2: [0]: wrong value: expected a map of apiVersion, kind, name, spec, found 1"},
      {"", "body:1:1: not JSON: expected a JSON object or list, found nothing"},
      {"\"x\"", "body:1:1: not JSON: expected a JSON object or list, found '\"x\"'"},
      {"{} {}",
       "body:1:1: not JSON: expected the end of the text after the JSON value, found "
       "something else"},
      {"[\"\xff\"]", "body:1:1: not UTF-8: expected UTF-8 text, found other bytes"},
      {"[\"a\\u0000\"]", "body:1:2: not JSON: expected text without U+0000, found something else"},
      {"{\"a\":\"\\u001b[2J\"}",
       "body:1:6: a: control character: expected none but tabs and line breaks, found U+001B"},
      {"[\"\xc2\x9b\"]",
       "body:1:2: control character: expected none but tabs and line breaks, found U+009B"},
      {"[\"a\\rb\"]",
       "body:1:2: control character: expected none but tabs and line breaks, found U+000D"},
      {"[\"a\\u202eb\"]",
       "body:1:2: control character: expected none but tabs and line breaks, found U+202E"},
      {"[\"\xe2\x81\xa9\"]",
       "body:1:2: control character: expected none but tabs and line breaks, found U+2069"},
      {"{\"a\\u0007\":1}",
       "body:1:2: a\\x07: control character: expected none but tabs and line breaks, found U+0007"},
      {"[nul]", "body:1:2: not JSON: expected a JSON value, found 'nul', found something else"},
      {"[01]", "body:1:2: not JSON: expected a JSON value, found '01', found something else"},
      {std::string(65, '[') + std::string(65, ']'),
       "body:1:65: not JSON: expected at most 64 levels, found something else"},
  };
  for (const auto& [text, expected] : cases) {
    const ParsedObjects parsed = parse_objects_json(text, "body");
    ASSERT_FALSE(parsed.problems.empty()) << text;
    EXPECT_EQ(domain::to_text(parsed.problems[0]), expected) << text;
    EXPECT_TRUE(parsed.objects.empty());
  }
}

TEST(Catalog, TakesNoRevisionThatItCannotRead) {
  const auto with = [](const std::string& meta) {
    return parse_objects_json(R"({"apiVersion":"lineside/v1","kind":"Site","name":"a","spec":{},)"
                              R"("meta":)" +
                                  meta + "}",
                              "body");
  };
  EXPECT_EQ(with(R"({"revision":7,"author":"ada"})").told_revision(0), 7);
  EXPECT_EQ(with("{}").told_revision(0), std::nullopt);
  for (const char* odd : {"1.0", "-1", "9223372036854775808", "null", "[1]", "{}", "\"x\"", "true"})
    EXPECT_EQ(with(std::string(R"({"revision":)") + odd + "}").problems.size(), 1U) << odd;
  for (const char* odd : {"5", "\"x\"", "null", "[]"})
    EXPECT_EQ(with(odd).problems.size(), 1U) << odd;
  EXPECT_EQ(
      texts(with(R"({"revision":-1})").problems),
      Texts{"body:1:83: meta.revision: wrong value: expected the number of a revision, found -1"});
}

TEST(Catalog, ReadsWhatIsOlderThanTheCheckOfItsTexts) {
  const std::string title = "a\xe2\x80\xae";
  const auto kept = parse_objects_yaml(
      {{"plant.yaml",
        "apiVersion: lineside/v1\nkind: Site\nname: a\nspec: {title: \"" + title + "\"}\n"}},
      codec::Texts::kept);
  ASSERT_EQ(kept.objects.size(), 1U);
  EXPECT_TRUE(kept.problems.empty());
  const std::string json = manifest_json(kept.objects[0]);
  EXPECT_EQ(parse_objects_json(json, "body", {}, codec::Texts::kept).objects.size(), 1U);
  EXPECT_TRUE(parse_objects_json(json, "body").objects.empty());
}

TEST(Catalog, BoundsWhatItTakesAndTells) {
  const auto large = parse_objects_json("[1, 2]", "body", {.bytes = 5});
  EXPECT_EQ(texts(large.problems),
            Texts{"body:1:1: text too large: expected at most 5 bytes, found 6"});
  const auto many = parse_objects_json("[1, 2]", "body", {.values = 2});
  EXPECT_EQ(texts(many.problems),
            Texts{"body:1:2: not JSON: expected at most 2 values, found something else"});
  std::string text = "[1";
  for (int i = 0; i < 2000; ++i) text += ",1";
  const ParsedObjects bad = parse_objects_json(text + "]", "body");
  EXPECT_EQ(bad.problems.size(), kProblemsMax + 1);
  EXPECT_EQ(domain::to_text(bad.problems.back()),
            "body: too many problems: expected at most 1000, found more");
  EXPECT_EQ(texts(yaml("a: &a [*a]\n").problems),
            Texts{"plant.yaml:1:8: not possible: expected no aliases, found one"});
  std::string long_list = "a:\n";
  for (int i = 0; i < 200'000; ++i) long_list += "- 1\n";
  EXPECT_EQ(texts(yaml(long_list).problems),
            Texts{"plant.yaml:200000:3: too much: expected at most 200000 values, found more"});
}

TEST(Catalog, RefusesOddYaml) {
  const std::vector<std::pair<std::string, std::string>> cases = {
      {",", "plant.yaml:1:1: not YAML: expected a YAML document, found none"},
      {"a: \"\\\xce\xbc\"",
       "plant.yaml:1:7: not YAML (unknown escape character: \\xce): expected a YAML document, "
       "found none"},
      {"]", "plant.yaml:1:1: not YAML (illegal flow end): expected a YAML document, found none"},
      {std::string("a\0\0\0", 4),
       "plant.yaml:1:2: control character: expected none but tabs and line breaks, found U+0000"},
      {"kind: Site\nname: a\xe2\x80\xae",
       "plant.yaml:2:8: control character: expected none but tabs and line breaks, found U+202E"},
      {"# \xe2\x81\xa6\nkind: Site",
       "plant.yaml:1:3: control character: expected none but tabs and line breaks, found U+2066"},
      {"kind: Site\nname: \"a\\u2028\"",
       "plant.yaml:2:7: name: control character: expected none but tabs and line breaks, found "
       "U+2028"},
      {std::string(65, '['),
       "plant.yaml:1:1: nested too deep: expected at most 64 levels, found more"},
      {"kind: Site\nspec:\n\ttitle: a\n",
       "plant.yaml:3:7: not YAML (illegal map value): expected a YAML document, found none; line 3 "
       "begins with a tab, which does not indent"},
      {"kind: Site\nspec:\n  title: a\n\tlevel: line\n",
       "plant.yaml:4:1: not YAML (illegal tab when looking for indentation): expected a YAML "
       "document, found none; line 4 begins with a tab, which does not indent"},
      {"a: [",
       "plant.yaml:1:1: not YAML (end of sequence flow not found): expected a YAML document, "
       "found none"},
      {"[a, {b: c}]: 1\nkind: Site",
       "plant.yaml:1:1: wrong value: expected a field name, found something else"},
      {"~: 1", "plant.yaml:1:1: wrong value: expected a field name, found something else"},
  };
  for (const auto& [text, expected] : cases) {
    const ParsedObjects parsed = yaml(text);
    ASSERT_FALSE(parsed.problems.empty()) << text;
    EXPECT_EQ(domain::to_text(parsed.problems[0]), expected) << text;
    EXPECT_TRUE(parsed.objects.empty());
  }
  for (const std::string text : {"", "---", "---\n---\n", "# nothing\n", "~", "\n\n---\nnull\n..."})
    EXPECT_TRUE(yaml(text).problems.empty()) << text;
}

TEST(Catalog, FindsWhatDangles) {
  const ParsedObjects parsed = yaml(R"(apiVersion: lineside/v1
kind: Asset
name: pump-1
spec: {site: berlin}
---
apiVersion: lineside/v1
kind: Asset
name: pump-2
spec: {site: berlni, parent: pump-11}
---
apiVersion: lineside/v1
kind: Person
name: ann
spec:
  roles:
    - role: viewer
    - {role: nobody, site: berlin}
)");
  ASSERT_TRUE(parsed.problems.empty());
  domain::KnownObjects known;
  known.exists = [](Kind kind, std::string_view name) {
    return (kind == Kind::site && name == "berlin") || (kind == Kind::role && name == "viewer");
  };
  known.nearest = [](Kind kind, std::string_view) {
    return kind == Kind::site ? std::optional<std::string>("berlin") : std::nullopt;
  };
  EXPECT_EQ(texts(check_known(parsed, known)),
            (Texts{"plant.yaml:9:14: spec.site: unknown Site: expected 'berlin' perhaps, found "
                   "'berlni'",
                   "plant.yaml:9:30: spec.parent: unknown Asset: expected 'pump-1' perhaps, found "
                   "'pump-11'",
                   "plant.yaml:17:14: spec.roles.role: unknown Role: expected an existing Role, "
                   "found 'nobody'"}));
}

// One round: what is wrong in one document hides nothing of another.
TEST(Catalog, TellsValuesReferencesAndCyclesAtOnce) {
  const ParsedObjects parsed = parse_objects_yaml({{"b.yaml", R"(apiVersion: lineside/v1
kind: Stream
name: pump-1/temp
spec: {asset: pump-1, unit: Kpa, device: plc-9}
---
apiVersion: lineside/v1
kind: Asset
name: pump-2
spec: {site: berlni}
)"},
                                                   {"a.yaml", R"(apiVersion: lineside/v1
kind: Asset
name: pump-1
spec: {site: berlni, parent: skid, colour: red}
---
apiVersion: lineside/v1
kind: Asset
name: skid
spec: {site: berlin, parent: pump-1}
---
apiVersion: lineside/v1
kind: Dataset
name: spring
spec: {streams: [pump-1/temp, pump-1/tmep]}
)"}});
  EXPECT_EQ(parsed.objects.size(), 3U);
  domain::KnownObjects known;
  known.exists = [](Kind kind, std::string_view name) {
    return kind == Kind::site && name == "berlin";
  };
  known.nearest = [](Kind kind, std::string_view) {
    return kind == Kind::site ? std::optional<std::string>("berlin") : std::nullopt;
  };
  EXPECT_EQ(texts(check_known(parsed, known)),
            (Texts{"a.yaml:4:14: spec.site: unknown Site: expected 'berlin' perhaps, found "
                   "'berlni'",
                   "a.yaml:4:36: spec.colour: unknown field: expected one of title, site, parent, "
                   "type, manufacturer, model, serial, criticality, found 'colour'",
                   "a.yaml:9:30: spec.parent: a cycle of parents: expected a parent that is not "
                   "below it, found skid -> pump-1 -> skid",
                   "a.yaml:14:31: spec.streams: unknown Stream: expected 'pump-1/temp' perhaps, "
                   "found 'pump-1/tmep'",
                   "b.yaml:4:29: spec.unit: unknown unit: expected 'kPa' perhaps, found 'Kpa'",
                   "b.yaml:4:42: spec.device: unknown Device: expected an existing Device, found "
                   "'plc-9'",
                   "b.yaml:9:14: spec.site: unknown Site: expected 'berlin' perhaps, found "
                   "'berlni'"}));
}

// What may stand where nobody can read it does not dangle, nor is its parent the one it had.
TEST(Catalog, SaysNothingThatMayOnlyFollow) {
  domain::KnownObjects known;
  known.exists = [](Kind, std::string_view name) { return name == "old"; };
  known.parent = [](Kind, std::string_view name) {
    return name == "old" ? std::optional<std::string>("press") : std::nullopt;
  };
  const std::string press = R"(apiVersion: lineside/v1
kind: Asset
name: press
spec: {site: berlin, parent: old}
---
)";
  const auto told = [&](const std::string& other) {
    const ParsedObjects parsed = parse_objects_yaml({{"a.yaml", press}, {"b.yaml", other}});
    std::vector<std::string> paths;
    for (const auto& problem : check_known(parsed, known))
      paths.push_back(problem.place.file + " " + problem.path);
    return paths;
  };
  EXPECT_EQ(told(""), (Texts{"a.yaml spec.site", "a.yaml spec.parent"}));
  EXPECT_EQ(told("kind: Site\nname: berlin\nspec: {}\n"),
            (Texts{"a.yaml spec.parent", "b.yaml apiVersion"}));
  EXPECT_EQ(told("apiVersion: lineside/v1\nkind: Site\nspec: {}\n"),
            (Texts{"a.yaml spec.parent", "b.yaml name"}));
  EXPECT_EQ(told("apiVersion: lineside/v1\nkind: Aset\nname: old\nspec: {}\n"),
            (Texts{"a.yaml spec.site", "b.yaml kind"}));
  EXPECT_EQ(told("apiVersion: lineside/v1\nkind: Asset\nname: old\n"),
            (Texts{"a.yaml spec.site", "b.yaml spec"}));
  EXPECT_EQ(told("kind: [\n"), Texts{"b.yaml "});
}

TEST(Catalog, TellsDifferences) {
  const auto diff = [](std::string_view a, std::string_view b) { return *diff_specs(a, b); };
  const std::string before = R"({"a":1,"b":{"c":"x","d":true},"e":[1,{"f":2}],"g":"h"})";
  EXPECT_EQ(diff(before, before), std::vector<Difference>{});
  EXPECT_EQ(diff(before, R"({"a":2,"b":{"c":"x"},"e":[1,{"f":3},[4]],"i":{"j":"k"}})"),
            (std::vector<Difference>{{"spec.a", "1", "2"},
                                     {"spec.b.d", "true", ""},
                                     {"spec.e[1].f", "2", "3"},
                                     {"spec.e[2]", "", "[4]"},
                                     {"spec.g", "\"h\"", ""},
                                     {"spec.i", "", R"({"j":"k"})"}}));
  EXPECT_EQ(diff("", R"({"a":1})"), (std::vector<Difference>{{"spec.a", "", "1"}}));
  EXPECT_EQ(diff(R"({"a":1})", ""), (std::vector<Difference>{{"spec.a", "1", ""}}));
  EXPECT_EQ(diff_specs("{", "{}").error().code, Code::corrupt);
}

TEST(Catalog, DescribesItselfAsJsonSchema) {
  JsonWriter json;
  write_schema(Kind::token, json);
  EXPECT_EQ(json.text(),
            R"({"type":"object","additionalProperties":false,"required":["expires"],"properties":{)"
            R"("title":{"type":"string","description":"what it is for"},)"
            R"("person":{"type":"string","description":"acts with this person's roles",)"
            R"("x-refers":"Person","x-filter":true},)"
            R"("role":{"type":"string","description":"acts with this role","x-refers":"Role",)"
            R"("x-filter":true},)"
            R"("site":{"type":"string","description":"only there and below","x-refers":"Site",)"
            R"("x-filter":true},)"
            R"("expires":{"type":"string","format":"date-time",)"
            R"("description":"time from which it is refused"}}})");
  for (std::size_t i = 0; i < domain::kKinds; ++i) {
    JsonWriter manifest;
    write_manifest_schema(static_cast<Kind>(i), manifest);
    std::vector<domain::Problem> problems;
    const auto tree = Tree::from_json(manifest.text(), "schema", {}, problems);
    ASSERT_TRUE(tree) << manifest.text();
    EXPECT_TRUE(tree->nearest(tree->root(), "properties.spec.properties").size > 0);
  }
}

TEST(Catalog, ListsFilters) {
  std::vector<std::string> fields;
  for (const FilterField& filter : filter_fields(Kind::pipeline))
    fields.push_back(filter.field + (filter.refers_to ? "*" : ""));
  EXPECT_EQ(fields, (Texts{"model.version*", "publish.connection*", "site*", "edge*"}));
}

TEST(Catalog, ReadsStoredSpecs) {
  const auto site = read_spec<domain::SiteSpec>(R"({"level":"area","parent":"a"})");
  ASSERT_TRUE(site);
  EXPECT_EQ(site->level, domain::SiteLevel::area);
  EXPECT_EQ(canonical_json(*site), R"({"level":"area","parent":"a"})");
  EXPECT_EQ(read_spec<domain::SiteSpec>("{\"x\":1}").error().code, Code::corrupt);
  EXPECT_EQ(spec_refs(Kind::site, "[").error().code, Code::corrupt);
}

}  // namespace
}  // namespace lineside::codec
