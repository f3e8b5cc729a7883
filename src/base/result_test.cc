#include "base/result.h"

#include <memory>
#include <set>

#include <gtest/gtest.h>

#include "base/check.h"

namespace lineside {
namespace {

Result<int> positive(int n) {
  if (n <= 0) return invalid("expected a positive number, found " + std::to_string(n));
  return n;
}

Result<void> require(int n) {
  TRY(positive(n));
  return {};
}

Result<std::string> describe(int n) {
  const int value = TRY_WITH(positive(n), "describe");
  TRY(require(value));
  return "n=" + std::to_string(value);
}

Result<std::unique_ptr<int>> boxed(int n) {
  auto box = std::make_unique<int>(TRY(positive(n)));
  return box;
}

TEST(Result, TryYieldsTheValueOrReturnsTheError) {
  EXPECT_EQ(describe(3).value(), "n=3");
  const auto failed = describe(-1);
  ASSERT_FALSE(failed.has_value());
  EXPECT_EQ(failed.error(),
            (Error{Code::invalid, "describe: expected a positive number, found -1"}));
  EXPECT_EQ(*boxed(2).value(), 2);
  EXPECT_FALSE(boxed(0).has_value());
}

TEST(Code, EveryCodeHasItsOwnNameAndExitCode) {
  std::set<std::string_view> names;
  std::set<int> exits;
  const int last = static_cast<int>(Code::internal);
  for (int i = 0; i <= last; ++i) {
    const CodeTraits& t = traits(static_cast<Code>(i));
    names.insert(t.name);
    exits.insert(t.exit_code);
    EXPECT_GE(t.http_status, 400);
    EXPECT_NE(t.exit_code, 0);
  }
  EXPECT_EQ(names.size(), static_cast<std::size_t>(last) + 1);
  EXPECT_EQ(exits.size(), static_cast<std::size_t>(last) + 1);
  EXPECT_EQ(traits(Code::internal).name, "internal");
  EXPECT_TRUE(traits(Code::timeout).retry);
  EXPECT_FALSE(traits(Code::invalid).retry);
}

TEST(CheckDeathTest, NamesTheConditionAndThePlace) {
  CHECK(1 + 1 == 2);
  EXPECT_DEATH(CHECK(1 + 1 == 3), "result_test.cc:[0-9]+: check failed: 1 \\+ 1 == 3");
}

}  // namespace
}  // namespace lineside
