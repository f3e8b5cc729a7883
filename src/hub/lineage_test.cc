// What the events must be by the schema RunEvent of OpenLineage 2-0-2 and by the schemas of the
// facets that are in them (required members, types, formats, enumerations).
#include "hub/lineage.h"

#include <array>
#include <regex>

#include <gtest/gtest.h>

#include "base/text.h"
#include "sim/files.h"
#include "tests/hub_fixture.h"

namespace lineside::hub {
namespace {

void expect_match(const Json& object, const char* member, const char* pattern) {
  ASSERT_TRUE(object.contains(member)) << member << " in " << object;
  ASSERT_TRUE(object[member].is_string()) << member << " in " << object;
  const auto text = object[member].get<std::string>();
  EXPECT_TRUE(std::regex_match(text, std::regex(pattern))) << member << ": " << text;
}

constexpr const char* kUri = R"([a-z][a-z0-9+.-]*:[A-Za-z0-9:/?#@!$&'()*+,;=._~%-]+)";
constexpr const char* kSchemaUri =
    R"(https://openlineage\.io/spec/[a-zA-Z0-9./-]+\.json#/\$defs/\w+)";
constexpr const char* kText = "[^]+";

void expect_facets(const Json& owner) {
  if (!owner.contains("facets")) return;
  for (const auto& [name, facet] : owner["facets"].items()) {
    expect_match(facet, "_producer", kUri);
    expect_match(facet, "_schemaURL", kSchemaUri);
    if (name == "version") expect_match(facet, "datasetVersion", kText);
    if (name == "jobType") {
      expect_match(facet, "processingType", "BATCH|STREAMING|SERVICE");
      expect_match(facet, "integration", "LINESIDE");
    }
    EXPECT_TRUE(name == "version" || name == "jobType") << name;
  }
}

void expect_named(const Json& object) {
  expect_match(object, "namespace", kText);
  expect_match(object, "name", kText);
  expect_facets(object);
}

void expect_run_event(const Json& event) {
  expect_match(event, "eventType", "START|RUNNING|COMPLETE|ABORT|FAIL|OTHER");
  expect_match(event, "eventTime", R"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d))");
  expect_match(event, "producer", kUri);
  expect_match(event, "schemaURL", kSchemaUri);
  expect_match(event["run"], "runId",
               "[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}");
  expect_named(event["job"]);
  for (const char* side : {"inputs", "outputs"}) {
    ASSERT_TRUE(event[side].is_array()) << event;
    for (const Json& dataset : event[side]) expect_named(dataset);
  }
}

std::string random_id() {
  std::array<std::byte, 16> random{};
  for (std::size_t i = 0; i < random.size(); ++i) random.at(i) = std::byte(i * 37 + 200);
  return uuid_of(random);
}

std::vector<Json> events_of(LineageRun run) {
  run.run_id = random_id();
  run.time = parse_iso("2026-11-26T10:00:00.25Z").value();
  std::vector<Json> events;
  const std::string text = lineage_events("plant hub", run);
  for (const std::string_view line : split(text, '\n'))
    if (!line.empty()) events.push_back(Json::parse(line));
  return events;
}

TEST(Lineage, EventsOfDeploymentsAndTrainingsKeepToTheSchema) {
  domain::ModelVersionSpec spec;
  spec.model = "rul";
  spec.digest = "sha256:" + std::string(64, 'a');
  spec.trained_on = {"d1", "d2"};
  for (const LineageRun& run :
       {deployment_run("press", "rul-1", spec),
        training_run("rul-1", spec, {{"Dataset/d1", "sha256:00"}, {"Dataset/d2", ""}})}) {
    const std::vector<Json> events = events_of(run);
    ASSERT_EQ(events.size(), 2U);
    for (const Json& event : events) expect_run_event(event);
    EXPECT_EQ(events[0]["eventType"], "START");
    EXPECT_EQ(events[1]["eventType"], "COMPLETE");
    EXPECT_EQ(events[0]["run"], events[1]["run"]);
    EXPECT_FALSE(events[0]["inputs"].empty());
    EXPECT_EQ(events[0]["outputs"].size(), 1U);
  }
}

TEST(Lineage, AnEventBehindATornLineHasALineOfItsOwn) {
  sim::SimFiles files;
  Lineage lineage(files, "lineage.ndjson", "plant hub");
  domain::ModelVersionSpec spec;
  spec.model = "rul";
  LineageRun run = training_run("rul-1", spec, {{"Dataset/d1", "sha256:00"}});
  run.run_id = random_id();
  ASSERT_TRUE(lineage.append(run));
  files.set_capacity(files.used() + 100);
  EXPECT_EQ(lineage.append(run).error().code, Code::exhausted);
  files.set_capacity({});
  ASSERT_TRUE(lineage.append(run));
  const Bytes bytes = *files.read("lineage.ndjson");
  const std::string events = lineage_events("plant hub", run);
  EXPECT_EQ(as_text(bytes), events + events.substr(0, 100) + "\n" + events);
}

TEST_F(HubTest, ATornLineOfItsLineageEndsAtItsStart) {
  const std::string path = options().lineage_file;
  const auto after_start = [&](std::string_view before) {
    close();
    EXPECT_TRUE(world::system_files().write_atomic(path, as_bytes(before)));
    open();
    return std::string(as_text(*world::system_files().read(path)));
  };
  EXPECT_FALSE(world::system_files().exists(path)) << "it makes none";
  EXPECT_EQ(after_start(""), "");
  EXPECT_EQ(after_start("{\"n\":1}\n"), "{\"n\":1}\n");
  EXPECT_EQ(after_start("{\"n\":1}\n{\"n\":2}"), "{\"n\":1}\n{\"n\":2}\n");
  EXPECT_EQ(after_start("{\"n\":1}\n{\"n"), "{\"n\":1}\n{\"n\n");
  close();
  open();
  EXPECT_EQ(as_text(*world::system_files().read(path)), "{\"n\":1}\n{\"n\n");
  std::filesystem::remove(path);
  std::filesystem::create_directory(path);
  close();
  open();
  EXPECT_TRUE(hub) << "a file that cannot be mended stops no hub";
}

}  // namespace
}  // namespace lineside::hub
