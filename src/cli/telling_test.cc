// How verbs say what went wrong.
#include "cli/telling.h"

#include <gtest/gtest.h>

namespace lineside::cli {
namespace {

TEST(ProblemLine, NamesTheObjectOnce) {
  EXPECT_EQ(problem_line({.place = {"p.yaml", 3, 7},
                          .path = "Pipeline/oil",
                          .text = "Pipeline/oil: expected an approval"}),
            "p.yaml:3:7: Pipeline/oil: expected an approval");
  EXPECT_EQ(problem_line({.path = "Asset/press", .text = "Asset/press is referred to by others"}),
            "Asset/press is referred to by others");
  EXPECT_EQ(problem_line({.path = "Asset/press", .text = "Asset/press-1: expected another"}),
            "Asset/press: Asset/press-1: expected another");
  EXPECT_EQ(
      problem_line({.path = "spec.site", .text = "unknown Site", .expected = "a", .found = "b"}),
      "spec.site: unknown Site: expected a, found b");
}

}  // namespace
}  // namespace lineside::cli
