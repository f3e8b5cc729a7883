#include "domain/catalog.h"

#include <gtest/gtest.h>

namespace lineside::domain {
namespace {

CatalogObject place(Kind kind, std::string name, std::string parent) {
  CatalogObject object{.kind = kind, .name = std::move(name)};
  if (!parent.empty()) object.refs.push_back({"parent", kind, std::move(parent)});
  return object;
}

std::vector<std::string> texts(const std::vector<ObjectProblem>& problems) {
  std::vector<std::string> out;
  for (const auto& [object, problem] : problems)
    out.push_back(std::to_string(object) + " " + problem.path + ": " + problem.text + ": " +
                  problem.expected + ": " + problem.found);
  return out;
}

using Texts = std::vector<std::string>;

TEST(Catalog, NamesKindsAndSegments) {
  EXPECT_EQ(to_text(Kind::device_type), "DeviceType");
  EXPECT_EQ(from_text<Kind>("Token"), Kind::token);
  for (std::size_t i = 0; i < kKinds; ++i)
    EXPECT_EQ(kind_of_segment(kKindTraits[i].segment), static_cast<Kind>(i));
  EXPECT_EQ(kind_of_segment("Sites"), std::nullopt);
}

TEST(Catalog, WantsNamesOfItsForm) {
  EXPECT_TRUE(is_object_name(Kind::site, "a"));
  EXPECT_FALSE(is_object_name(Kind::site, "a/b"));
  EXPECT_TRUE(is_object_name(Kind::stream, "a/b"));
  for (const std::string_view name : {"", "a", "/", "a/", "/b", "a/b/c", "a/.b", "a /b"})
    EXPECT_FALSE(is_object_name(Kind::stream, name)) << name;
  EXPECT_FALSE(is_object_name(Kind::site, std::string(129, 'a')));
}

TEST(Catalog, FindsEachCycleOnce) {
  const std::vector<CatalogObject> objects = {
      place(Kind::site, "x", "a"),  place(Kind::site, "a", "b"), place(Kind::site, "b", "a"),
      place(Kind::asset, "a", "b"), place(Kind::asset, "b", ""), place(Kind::asset, "c", "d"),
      place(Kind::asset, "d", "c"),
  };
  EXPECT_EQ(texts(check(objects)),
            (Texts{"1 spec.parent: a cycle of parents: a parent that is not below it: a -> b -> a",
                   "5 spec.parent: a cycle of parents: a parent that is not below it: "
                   "c -> d -> c"}));
}

TEST(Catalog, FindsCyclesThroughWhatIsKnown) {
  // Known: c below b below a. Now a is to go below c, and e below c too, which is fine.
  KnownObjects known;
  known.exists = [](Kind, std::string_view) { return true; };
  known.parent = [](Kind, std::string_view name) -> std::optional<std::string> {
    if (name == "c") return "b";
    if (name == "b") return "a";
    return std::nullopt;
  };
  const std::vector<CatalogObject> objects = {place(Kind::site, "e", "c"),
                                              place(Kind::site, "a", "c")};
  EXPECT_EQ(texts(check(objects, known)),
            Texts{"1 spec.parent: a cycle of parents: a parent that is not below it: "
                  "a -> c -> b -> a"});
  EXPECT_EQ(texts(check(objects)), Texts{});
  // With b moved away in the same breath there is none.
  const std::vector<CatalogObject> moved = {place(Kind::site, "a", "c"),
                                            place(Kind::site, "b", "")};
  EXPECT_EQ(texts(check(moved, known)), Texts{});
}

TEST(Catalog, FindsLongCyclesAndChains) {
  std::vector<CatalogObject> objects;
  constexpr int kCount = 50'000;
  for (int i = 0; i < kCount; ++i)
    objects.push_back(place(Kind::asset, std::to_string(i), std::to_string(i + 1)));
  EXPECT_TRUE(check(objects).empty());
  objects.push_back(place(Kind::asset, std::to_string(kCount), "0"));
  const auto problems = check(objects);
  ASSERT_EQ(problems.size(), 1U);
  EXPECT_EQ(problems[0].problem.found,
            "0 -> 1 -> 2 -> 3 -> 4 -> 5 -> 6 -> 7 -> 8 -> 9 -> 10 -> ...");
}

TEST(Catalog, FindsWhatDanglesUpToALimit) {
  std::vector<CatalogObject> objects = {place(Kind::site, "berlin", "")};
  for (int i = 0; i < 1500; ++i) {
    objects.push_back(place(Kind::site, "s" + std::to_string(i), "berln"));
  }
  const auto problems = check(objects, KnownObjects{});
  ASSERT_EQ(problems.size(), 1000U);
  EXPECT_EQ(texts(problems)[0], "1 spec.parent: unknown Site: 'berlin' perhaps: 'berln'");
  EXPECT_EQ(problems.back().problem.expected, "'berlin' perhaps") << "it is the same name";
  EXPECT_TRUE(check(objects).empty());
}

TEST(Catalog, SuggestsForSoManyNames) {
  std::vector<CatalogObject> objects = {place(Kind::site, "berlin-headquarters", "")};
  for (int i = 0; i < 60; ++i)
    objects.push_back(
        place(Kind::site, "s" + std::to_string(i), "berlin-headquarter" + std::to_string(10 + i)));
  const auto problems = check(objects, KnownObjects{});
  ASSERT_EQ(problems.size(), 60U);
  EXPECT_EQ(problems[49].problem.expected, "'berlin-headquarters' perhaps");
  EXPECT_EQ(problems[50].problem.expected, "an existing Site");
}

}  // namespace
}  // namespace lineside::domain
