#include "hub/access/grants.h"

#include "tests/hub_fixture.h"

namespace lineside::hub {
namespace {

class GrantBookTest : public HubTest {};

TEST_F(GrantBookTest, NamesARowThatIsDamaged) {
  const auto damage = [&](domain::Kind kind, const std::string& name, const std::string& spec) {
    store::ObjectWrite write;
    write.object.kind = kind;
    write.object.name = name;
    write.object.spec = spec;
    const auto applied = hub->apply({.writes = std::span(&write, 1),
                                     .author = "test",
                                     .actor = "test",
                                     .note = {},
                                     .time = clock.now()});
    ASSERT_TRUE(applied) << applied.error().text;
    ASSERT_TRUE(applied->problems.empty()) << applied->problems[0].text;
  };
  damage(domain::Kind::person, "eve", R"({"roles":7})");
  damage(domain::Kind::role, "broken", R"({"permissions":7})");
  damage(domain::Kind::token, "robot", R"({"role":"broken","expires":"2024-01-01T00:00:00Z"})");
  GrantBook book(hub->db().catalog());
  const auto person = book.of_person("eve");
  ASSERT_FALSE(person);
  EXPECT_TRUE(person.error().text.starts_with("Person 'eve': spec:1:10: roles: "))
      << person.error().text;
  const auto token = book.of_token("robot");
  ASSERT_FALSE(token);
  EXPECT_TRUE(token.error().text.starts_with("Role 'broken': spec:1:16: permissions: "))
      << token.error().text;
}

}  // namespace
}  // namespace lineside::hub
