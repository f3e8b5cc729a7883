#include "hub/catalog/near_names.h"

#include "codec/catalog.h"
#include "tests/hub_fixture.h"

namespace lineside::hub {
namespace {

using domain::Kind;

class NearNamesTest : public HubTest {
 protected:
  NearNamesTest() { build_plants(ada_); }

  void add_assets(int count) {
    std::vector<store::ObjectWrite> writes;
    for (int i = 0; i < count; ++i) {
      store::ObjectWrite& write = writes.emplace_back();
      write.object = {.kind = Kind::asset,
                      .name = std::format("pump-{:04}", i),
                      .spec = R"({"site":"berlin-line"})"};
      auto refs = codec::spec_refs(Kind::asset, write.object.spec);
      write.object.refs = std::move(refs->refs);
      write.object.terms = std::move(refs->terms);
    }
    store::CatalogBatch batch;
    batch.writes = writes;
    batch.author = "test";
    batch.actor = "test";
    batch.time = kStart;
    const auto applied = hub->apply(batch);
    ASSERT_TRUE(applied && applied->problems.empty());
  }
  std::string near(Kind kind, std::string_view name, const Who& who) {
    GrantBook book(hub->db().catalog());
    const auto grants = *book.of_person(who.empty() ? "vera" : "ada");
    return NearNames(hub->db().catalog(), *grants).find(kind, name).value_or("");
  }
  std::string slip(Kind kind, std::string_view name) {
    GrantBook book(hub->db().catalog());
    const auto grants = *book.of_person("ada");
    return NearNames(hub->db().catalog(), *grants).find_slip(kind, name).value_or("");
  }

  const Who ada_ = set_up();
};

TEST_F(NearNamesTest, OfFewAllAreCompared) {
  EXPECT_EQ(near(Kind::role, "vewer", ada_), "viewer");
  EXPECT_EQ(near(Kind::role, "veiwer", ada_), "viewer");
  EXPECT_EQ(near(Kind::asset, "BERLIN-PRESS", ada_), "berlin-press");
  EXPECT_EQ(near(Kind::asset, "xerlin-press", ada_), "berlin-press");
  EXPECT_EQ(near(Kind::role, "gardener", ada_), "");
}

TEST_F(NearNamesTest, OfManyWhatIsOneLetterAwayOrBeginsAlike) {
  ASSERT_NO_FATAL_FAILURE(add_assets(2'500));
  EXPECT_EQ(near(Kind::asset, "pump-1400x", ada_), "pump-1400");
  EXPECT_EQ(near(Kind::asset, "pmup-1405", ada_), "pump-1405");
  EXPECT_EQ(near(Kind::asset, "pum-2299", ada_), "pump-2299");
  EXPECT_EQ(near(Kind::asset, "Pump-2299", ada_), "pump-2299");
  EXPECT_EQ(near(Kind::asset, "pump-225O", ada_).substr(0, 8), "pump-225");
  EXPECT_EQ(near(Kind::asset, "pump-2299-xy", ada_), "pump-2299");
  EXPECT_EQ(near(Kind::asset, "compressor", ada_), "");
}

TEST_F(NearNamesTest, ASlipIsOfAFewLettersInOnePlace) {
  EXPECT_EQ(slip(Kind::role, "vewer"), "viewer");
  EXPECT_EQ(slip(Kind::asset, "BERLIN-PERSS"), "berlin-press");
  EXPECT_EQ(slip(Kind::asset, "berlin-press-1"), "berlin-press");
  EXPECT_EQ(near(Kind::asset, "bonn-press", ada_), "berlin-press");
  EXPECT_EQ(slip(Kind::asset, "bonn-press"), "");
}

TEST_F(NearNamesTest, NothingThatIsNotSeen) {
  person("vera", {{"viewer", "munich"}}, ada_);
  EXPECT_EQ(near(Kind::asset, "berlin-pres", {}), "");
  ASSERT_NO_FATAL_FAILURE(add_assets(2'500));
  EXPECT_EQ(near(Kind::asset, "pump-140", {}), "");
}

}  // namespace
}  // namespace lineside::hub
