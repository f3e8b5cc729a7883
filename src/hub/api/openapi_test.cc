// The document and the server say the same.
#include <set>

#include "hub/api/routes_internal.h"
#include "tests/hub_fixture.h"

namespace lineside::hub {
namespace {

class OpenapiTest : public HubTest {
 protected:
  const Json document_ = Json::parse(openapi_document());
};

// Placeholders become names that may be there.
std::string target_of(std::string path) {
  for (const auto& [from, to] :
       {std::pair{"{name}", "x"}, std::pair{"{asset}", "a"}, std::pair{"{stream}", "s"},
        std::pair{"{index}", "0"}, std::pair{"{id}", "1"}, std::pair{"{digest}", "sha256:00"}})
    for (auto at = path.find(from); at != std::string::npos; at = path.find(from))
      path.replace(at, std::string_view(from).size(), to);
  return path;
}

std::string upper(std::string text) {
  for (char& c : text) c = static_cast<char>(c - 'a' + 'A');
  return text;
}

TEST_F(OpenapiTest, EveryDocumentedRouteIsServed) {
  set_up();
  std::size_t operations = 0;
  for (const auto& [path, methods] : document_["paths"].items()) {
    const std::string target = target_of(path);
    EXPECT_EQ(target.find('{'), std::string::npos) << path;
    for (const auto& [method, operation] : methods.items()) {
      ++operations;
      const RouteMatch match = find_route(upper(method), *net::parse_target(target));
      ASSERT_NE(match.route, nullptr) << method << " " << path;
      EXPECT_EQ(match.route->summary, operation["summary"].get<std::string>());
      // Without a session: whatever it is, it is there.
      const int found = status(upper(method), target);
      EXPECT_NE(found, 404) << method << " " << path;
      EXPECT_NE(found, 405) << method << " " << path;
      const bool is_open = operation.contains("security") && operation["security"].empty();
      EXPECT_EQ(found == 401, !is_open) << method << " " << path << " " << found;
    }
  }
  EXPECT_GT(operations, domain::kKinds * 8);
}

TEST_F(OpenapiTest, EveryServedRouteIsDocumented) {
  std::set<std::pair<std::string, std::string>> documented;
  for (const auto& [path, methods] : document_["paths"].items())
    for (const auto& [method, operation] : methods.items())
      documented.insert({path, upper(method)});
  for (const Route& route : plain_routes())
    EXPECT_TRUE(documented.contains({std::string(route.path), std::string(route.method)}))
        << route.path;
  std::size_t objects = 0;
  for (std::size_t i = 0; i < domain::kKinds; ++i)
    for (const Route& route : object_routes())
      if (!route.only || route.only == static_cast<domain::Kind>(i)) ++objects;
  EXPECT_EQ(documented.size(), plain_routes().size() + objects);
}

TEST_F(OpenapiTest, DescribesWhatItTakesAndGives) {
  EXPECT_EQ(document_["openapi"], "3.1.0");
  const Json& list = document_["paths"]["/api/v1/assets"]["get"];
  std::set<std::string> parameters;
  for (const Json& parameter : list["parameters"]) parameters.insert(parameter["name"]);
  for (const char* name : {"prefix", "limit", "cursor", "count", "site", "type", "serial"})
    EXPECT_TRUE(parameters.contains(name)) << name;
  EXPECT_EQ(document_["paths"]["/api/v1/streams/{asset}/{stream}"]["put"]["requestBody"]["content"]
                     ["application/json"]["schema"]["$ref"],
            "#/components/schemas/Stream");
  EXPECT_EQ(document_["components"]["schemas"]["Asset"]["properties"]["kind"]["const"], "Asset");
  const Json& applied = document_["paths"]["/api/v1/apply"]["post"]["responses"]["200"]["content"]
                                 ["application/json"]["schema"];
  EXPECT_EQ(applied["properties"]["warnings"]["type"], "array");
  EXPECT_EQ(document_["components"]["schemas"]["Pipeline"]["properties"]["meta"]["properties"]
                     ["warnings"]["type"],
            "array");
  const Json& sign_in = document_["paths"]["/api/v1/session"]["post"];
  EXPECT_EQ(sign_in["requestBody"]["content"]["application/json"]["schema"]["required"],
            Json::array({"person", "password"}));
  EXPECT_TRUE(document_["paths"].contains("/api/v1/people/{name}/invitation"));
  EXPECT_FALSE(document_["paths"].contains("/api/v1/assets/{name}/invitation"));
}

TEST_F(OpenapiTest, EveryReferenceInTheDocumentLeadsSomewhere) {
  const std::string text = document_.dump();
  const std::string_view prefix = "#/components/schemas/";
  for (std::size_t at = text.find(prefix); at != std::string::npos;
       at = text.find(prefix, at + 1)) {
    const std::size_t begin = at + prefix.size();
    const std::string name = text.substr(begin, text.find('"', begin) - begin);
    EXPECT_TRUE(document_["components"]["schemas"].contains(name)) << name;
  }
}

}  // namespace
}  // namespace lineside::hub
