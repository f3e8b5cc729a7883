#include "domain/unit_agreement.h"

#include <gtest/gtest.h>

namespace lineside::domain {
namespace {

ConnectionSpec connection(const std::string& asset, std::vector<PointSpec> points) {
  ConnectionSpec spec;
  spec.mappings.push_back({.topic = "a", .asset = asset, .time = {}, .streams = std::move(points)});
  return spec;
}
PointSpec point(const std::string& stream, const std::string& unit) {
  PointSpec spec;
  spec.stream = stream;
  spec.unit = unit;
  return spec;
}
ContractSpec contract(const std::string& assets, const std::string& stream,
                      const std::string& unit) {
  ContractSpec spec;
  spec.assets = assets;
  StreamRule rule;
  rule.stream = stream;
  rule.unit = unit;
  spec.streams.push_back(std::move(rule));
  return spec;
}

TEST(UnitAgreement, OfWhatMayBeOneAsset) {
  const auto clashes = [](const std::string& asset, const std::string& assets) {
    return unit_clashes(connection(asset, {point("oil", "kPa")}), contract(assets, "o*", "Cel"))
        .size();
  };
  EXPECT_EQ(clashes("press-1", "press-*"), 1U);
  EXPECT_EQ(clashes("press-1", "saw-*"), 0U);
  EXPECT_EQ(clashes("", "saw-*"), 1U);
  EXPECT_EQ(clashes("{asset}-left", "*-right"), 0U);
  EXPECT_EQ(clashes("{asset}-left", "press-*"), 1U);
}

TEST(UnitAgreement, TellsWhichPointAndRule) {
  ConnectionSpec of = connection("", {point("speed", "1/min"), point("oil", "")});
  ContractSpec asks = contract("*", "speed", "1/min");
  asks.streams.push_back(contract("*", "*", "Cel").streams.front());
  const auto clashes = unit_clashes(of, asks);
  ASSERT_EQ(clashes.size(), 1U);
  EXPECT_EQ(clashes[0].point, 1U);
  EXPECT_EQ(clashes[0].rule, 1U);
}

TEST(UnitAgreement, EndsWhereItHasLookedEnough) {
  ConnectionSpec of = connection("", {point("oil", "kPa")});
  for (int i = 0; i < 3; ++i) of.mappings.push_back(of.mappings.front());
  const ContractSpec asks = contract("*", "oil", "Cel");
  std::size_t looks = 100;
  EXPECT_EQ(unit_clashes(of, asks, looks).size(), 4U);
  EXPECT_EQ(looks, 100U - 4 * 2);
  looks = 5;
  EXPECT_EQ(unit_clashes(of, asks, looks).size(), 2U);
  EXPECT_EQ(looks, 0U);
}

}  // namespace
}  // namespace lineside::domain
