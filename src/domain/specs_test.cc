#include <array>

#include <gtest/gtest.h>

#include "domain/connection.h"
#include "domain/devices.h"
#include "domain/models.h"
#include "domain/people.h"
#include "domain/places.h"
#include "domain/units.h"

namespace lineside::domain {
namespace {

using SpecTexts = std::vector<std::string>;

template <class Spec>
SpecTexts problems(std::string name, Spec spec) {
  SpecTexts out;
  for (const Problem& problem : check(Manifest<Spec>{.name = name, .spec = std::move(spec)}))
    out.push_back(problem.path + ": " + problem.text);
  return out;
}

TEST(PointOf, GoesByTheNamesThatMappingsGive) {
  ConnectionSpec spec;
  spec.mappings = {{.topic = "a", .asset = "press-7", .streams = {{.stream = "t", .title = "one"}}},
                   {.topic = "b/{asset}",
                    .asset = "line1.{asset}.x",
                    .streams = {{.stream = "t", .title = "two"}}},
                   {.topic = "c/{asset}", .streams = {{.stream = "t", .title = "three"}}}};
  const std::pair<const char*, const char*> cases[] = {{"press-7", "one"},
                                                       {"line1.oven.x", "two"},
                                                       {"line1..x", "three"},
                                                       {"line1.oven", "three"},
                                                       {"press-70", "three"}};
  for (const auto& [asset, title] : cases) {
    const PointSpec* point = point_of(spec, asset, "t");
    ASSERT_NE(point, nullptr) << asset;
    EXPECT_EQ(point->title, title) << asset;
  }
  EXPECT_EQ(point_of(spec, "press-7", "other"), nullptr);
}

TEST(Specs, RulesOfPlacesAndDevices) {
  EXPECT_EQ(problems("a", SiteSpec{.parent = "b"}), SpecTexts{});
  EXPECT_EQ(problems("a b", SiteSpec{.parent = "a b"}),
            (SpecTexts{"name: not a name", "spec.parent: its own parent"}));
  EXPECT_EQ(problems("a", SiteSpec{.level = SiteLevel::enterprise, .parent = "b"}),
            SpecTexts{"spec.parent: not possible"});
  EXPECT_EQ(problems("a", AssetSpec{.site = "s", .parent = "a"}),
            SpecTexts{"spec.parent: its own parent"});
  EXPECT_EQ(problems("a", DeviceTypeSpec{.support_until = "2028-02-29"}), SpecTexts{});
  for (const char* date : {"2027-02-29", "2027-2-1", "soon", "2027-01-01T00:00:00Z"})
    EXPECT_EQ(problems("a", DeviceTypeSpec{.support_until = date}),
              SpecTexts{"spec.support_until: not a date"});
  EXPECT_EQ(problems("a", DeviceSpec{.site = "s", .owner = "ann", .status = Claim::unclaimed}),
            SpecTexts{"spec.status: unclaimed but owned"});
}

TEST(Specs, RulesOfStreams) {
  StreamSpec stream{.asset = "pump", .unit = "Cel"};
  EXPECT_EQ(problems("pump/temp", stream), SpecTexts{});
  EXPECT_EQ(problems("temp", stream), SpecTexts{"name: not a name"});
  EXPECT_EQ(problems("fan/temp", stream), SpecTexts{"spec.asset: not its asset"});
  stream.unit = "parsecs";
  EXPECT_EQ(problems("pump/temp", stream), SpecTexts{"spec.unit: unknown unit"});
  stream.status = Claim::unclaimed;
  EXPECT_EQ(problems("pump/temp", stream), SpecTexts{});
}

TEST(Specs, RulesOfModels) {
  const std::string digest = "sha256:" + std::string(64, 'f');
  EXPECT_TRUE(is_digest(digest));
  EXPECT_FALSE(is_digest(digest + "0"));
  EXPECT_FALSE(is_digest("sha256:" + std::string(64, 'F')));
  EXPECT_EQ(problems("d",
                     DatasetSpec{
                         .streams = {"a/b", "a/b"}, .from = Time{2}, .to = Time{1}, .digest = "x"}),
            (SpecTexts{"spec.streams[1]: given twice", "spec.digest: not a digest",
                       "spec.to: ends before it starts"}));
  EXPECT_EQ(problems("d", DatasetSpec{.from = Time{1}, .to = Time{1}}), SpecTexts{});
  ModelVersionSpec version{.model = "m", .digest = digest, .author = "ann"};
  EXPECT_EQ(problems("m:1", version), SpecTexts{});
  version.signer = "key";
  version.trained_on = {"d", "d"};
  version.report = "md5:0";
  EXPECT_EQ(problems("m:1", version),
            (SpecTexts{"spec.report: not a digest", "spec.signer: half a signature",
                       "spec.trained_on[1]: given twice"}));
}

TEST(Specs, RulesOfPipelinesInTheCatalog) {
  PipelineSpec spec{.streams = {"a"}, .windows = {{.name = "w", .count = 1}}};
  spec.every.count = 1;
  spec.features = {{.window = "w", .kinds = {"mean"}}};
  EXPECT_EQ(problems("p", spec), SpecTexts{});
  spec.model = ModelSpec{.version = "m:1"};
  EXPECT_EQ(problems("p", spec), SpecTexts{});
  spec.model->file = "m.onnx";
  EXPECT_EQ(problems("p", spec), SpecTexts{"spec.model: unclear model"});
  EdgeConfig edge;
  edge.pipelines = {{.name = "p", .spec = spec}};
  EXPECT_TRUE(check(edge).empty());
  edge.pipelines[0].spec.model->file = "";
  ASSERT_EQ(check(edge).size(), 1U);
  EXPECT_EQ(to_text(check(edge)[0]),
            ": spec.model.file: missing field: expected ONNX file beside the manifest, found "
            "nothing");
}

TEST(Specs, RulesOfPeople) {
  PersonSpec person{.email = "ann@example.org",
                    .roles = {{"viewer", ""}, {"viewer", "berlin"}},
                    .skills = {"a", "b"}};
  EXPECT_EQ(problems("ann", person), SpecTexts{});
  person.roles.push_back({"viewer", "berlin"});
  person.skills.push_back("a");
  for (const char* email : {"ann", "@b", "a@", "a@b@c", "a b@c", "a@b,c@d"}) {
    person.email = email;
    EXPECT_EQ(problems("ann", person),
              (SpecTexts{"spec.email: not an e-mail address", "spec.roles[2]: given twice",
                         "spec.skills[2]: given twice"}));
  }
  EXPECT_EQ(problems("r", RoleSpec{}), SpecTexts{"spec.permissions: empty list"});
  EXPECT_EQ(problems("r", RoleSpec{.permissions = {Permission::read, Permission::read}}),
            SpecTexts{"spec.permissions[1]: given twice"});
  EXPECT_EQ(problems("t", TokenSpec{}), SpecTexts{"spec: unclear holder"});
  EXPECT_EQ(problems("t", TokenSpec{.person = "a", .role = "b"}),
            SpecTexts{"spec: unclear holder"});
}

TEST(Specs, BuiltInRoles) {
  ASSERT_EQ(built_in_roles().size(), 7U);
  const auto may = [](std::string_view role, Permission permission) {
    const auto list = find_built_in_role(role)->permissions;
    return std::find(list.begin(), list.end(), permission) != list.end();
  };
  for (const BuiltInRole& role : built_in_roles()) {
    EXPECT_TRUE(may(role.name, Permission::read)) << role.name;
    EXPECT_EQ(may(role.name, Permission::manage_hub), role.name == "admin");
    const bool both =
        may(role.name, Permission::write_models) && may(role.name, Permission::approve_models);
    EXPECT_EQ(both, role.name == "admin");  // who makes models does not approve them
  }
  EXPECT_EQ(find_built_in_role("nobody"), nullptr);
  EXPECT_EQ(permission_to_write(Kind::stream), Permission::write_assets);
  EXPECT_EQ(permission_to_write(Kind::role), Permission::manage_people);
  EXPECT_EQ(permission_to_read(Kind::person), Permission::read_people);
}

// What is wrong with the client ids of connections {name, address, client id}, and of which one.
std::vector<std::string> client_id_problems(
    const std::vector<std::array<std::string, 3>>& connections) {
  EdgeConfig config;
  for (const auto& [name, address, client_id] : connections) {
    Manifest<ConnectionSpec> manifest;
    manifest.name = name;
    manifest.place.file = name;
    manifest.spec.address = address;
    manifest.spec.client_id = client_id;
    config.connections.push_back(manifest);
  }
  std::vector<std::string> out;
  for (const Problem& problem : check(config))
    if (problem.path == "spec.client_id") out.push_back(to_text(problem));
  return out;
}

std::vector<std::string> taken(const std::string& by, const std::string& of,
                               const std::string& found) {
  return {by +
          ": spec.client_id: session of another connection: expected a client id that connection "
          "'" +
          of + "' cannot have at the same broker, found " + found};
}

TEST(EdgeConfig, ConnectionsToOneBrokerHaveClientIdsOfTheirOwn) {
  const std::string here = "127.0.0.1:1883";
  EXPECT_EQ(client_id_problems({{"a", here, "x"}, {"b", here, "x"}}), taken("b", "a", "'x'"));
  EXPECT_EQ(client_id_problems({{"a", here, ""}, {"b", here, "lineside-edge-1-a"}}),
            taken("b", "a", "'lineside-edge-1-a'"));
  EXPECT_EQ(client_id_problems({{"a", here, "lineside-e-b-c"}, {"b-c", here, ""}}),
            taken("b-c", "a", "none, so 'lineside-<edge>-b-c'"));
  EXPECT_EQ(client_id_problems({{"a", here, "x"}, {"b", here, "x"}, {"c", here, "x"}}).size(), 2U)
      << "each but the first";
}

TEST(EdgeConfig, ClientIdsThatCannotMeetAreFine) {
  const std::string here = "127.0.0.1:1883";
  const std::vector<std::string> none;
  EXPECT_EQ(client_id_problems({{"a", here, "x"}, {"b", "127.0.0.1:1884", "x"}}), none);
  EXPECT_EQ(client_id_problems({{"a", here, ""}, {"b", here, ""}}), none);
  EXPECT_EQ(client_id_problems({{"a", here, "x"}, {"b", here, "X"}}), none);
  EXPECT_EQ(client_id_problems({{"a", here, ""}, {"b", here, "a"}}), none);
  EXPECT_EQ(client_id_problems({{"a", here, ""}, {"b", here, "lineside-a"}}), none);
  EXPECT_EQ(client_id_problems({{"a", here, ""}, {"b", here, "lineside--a"}}), none)
      << "an edge has a name";
  EXPECT_EQ(client_id_problems({{"a", here, ""}, {"b", here, "lineside-edge-aa"}}), none);
}

TEST(Units, KnowsUcumAndTheFloor) {
  for (const char* unit :
       {"Cel",     "K",    "kPa",   "mbar",     "m/s",        "m/s2",     "m.s-2",
        "1/min",   "/min", "L/min", "m3/h",     "kW.h",       "kWh",      "J/(kg.K)",
        "10*3/uL", "10^6", "%",     "[ppm]",    "[in_i'H2O]", "mm[Hg]",   "um",
        "kOhm",    "dB",   "mol/L", "{cycles}", "{count}/s",  "m{axial}", "degC",
        "degF",    "degR", "rpm",   "psi",      "lbm/s",      "pps/psi",  "cycles",
        "kN",      "V",    "mA",    "VA",       "kvar",       "1",        "100"})
    EXPECT_TRUE(is_unit(unit)) << unit;
  for (const char* unit : {"",     "C C",  "°C",  "Kpa",   "kpsi",
                           "kmin", "m//s", "m/",  "(m",    "m)",
                           "m{",   "{",    "foo", "m1000", "m+",
                           "kk",   "()",   "0",   "m/s^2", "((((((((((m))))))))))"})
    EXPECT_FALSE(is_unit(unit)) << unit;
  EXPECT_FALSE(is_unit(std::string(65, 'm')));
}

TEST(Units, SuggestsWhatIsMeant) {
  const std::vector<std::pair<const char*, const char*>> cases = {
      {"°C", "Cel"},      {"Celsius", "Cel"}, {"Kpa", "kPa"},   {"m/s²", "m/s2"}, {"m/s^2", "m/s2"},
      {"Nm", "N.m"},      {"µm", "um"},       {"RPM", "rpm"},   {"Hours", "h"},   {"kΩ", "kOhm"},
      {"m3 / h", "m3/h"}, {"HZ", "Hz"},       {"mbarr", "mbar"}};
  for (const auto& [found, meant] : cases) EXPECT_EQ(nearest_unit(found), meant) << found;
  EXPECT_EQ(nearest_unit("whatever it is"), std::nullopt);
}

}  // namespace
}  // namespace lineside::domain
