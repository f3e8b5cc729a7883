#include "cli/manifest_files.h"

#include <format>

#include <gtest/gtest.h>

#include "world/clock.h"

namespace lineside::cli {
namespace {

using domain::Kind;

domain::CatalogObject site(const std::string& name, const std::string& parent) {
  domain::CatalogObject object;
  object.kind = Kind::site;
  object.name = name;
  if (!parent.empty()) object.refs.push_back({"parent", Kind::site, parent});
  return object;
}

std::vector<std::string> names(const codec::ParsedObjects& parsed) {
  std::vector<std::string> found;
  for (const auto& object : parsed.objects) found.push_back(object.name);
  return found;
}

TEST(SoundAlone, IsWhatRestsOnNothingThatIsWrong) {
  codec::ParsedObjects parsed;
  parsed.objects = {site("c", "b"), site("b", "a"), site("e", "d"),
                    site("d", ""),  site("g", "f"), site("f", "elsewhere")};
  parsed.sources.resize(parsed.objects.size());
  parsed.flawed = {site("a", "")};
  EXPECT_EQ(names(sound_alone(parsed, {})), (std::vector<std::string>{"e", "d", "g", "f"}));
  EXPECT_EQ(names(sound_alone(parsed, {5})), (std::vector<std::string>{"e", "d"}));
}

// Each object before what it refers to: a pass over all for each link would take minutes.
TEST(SoundAlone, FollowsALongChainAtOnce) {
  constexpr int kLinks = 60'000;
  codec::ParsedObjects parsed;
  for (int i = kLinks; i > 0; --i)
    parsed.objects.push_back(site(std::format("s{}", i), std::format("s{}", i - 1)));
  parsed.sources.resize(parsed.objects.size());
  parsed.flawed = {site("s0", "")};
  const Time begin = world::system_clock().steady();
  EXPECT_TRUE(sound_alone(parsed, {}).objects.empty());
  EXPECT_LT((world::system_clock().steady() - begin).ns, Duration::seconds(20).ns);
}

}  // namespace
}  // namespace lineside::cli
