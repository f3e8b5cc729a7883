// How verbs say what went wrong, and what they take for a hub to keep.
#include "cli/telling.h"

#include <gtest/gtest.h>

#include "cli/object_name.h"
#include "cli/options.h"

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

TEST(CheckLine, NamesTheOptionThatIsWrong) {
  EXPECT_TRUE(check_line("--note",
                         "gr\xc3\xb6\xc3\x9f"
                         "er"));
  EXPECT_TRUE(check_line("--note", ""));
  EXPECT_EQ(check_line("--note", "a\x1b[2J").error().text,
            R"(--note: expected one line without control characters, found 'a\x1b[2J')");
  for (const char* text : {"a\nb", "a\tb", "a\x7f", "\xe2\x80\xae", "\xc2\x9b"})
    EXPECT_EQ(check_line("--note", text).error().code, Code::invalid);
  EXPECT_EQ(check_line("--note", "\xff").error().text, R"(--note: expected UTF-8, found '\xff')");
}

TEST(KindNamed, TellsWhereElseToLook) {
  EXPECT_EQ(kind_named("audit").error().text,
            "no kind 'audit' in the catalog; see `lineside audit show`");
  for (const char* text : {"edge", "edges", "Edges"})
    EXPECT_TRUE(kind_named(text).error().text.contains("`lineside edge list`")) << text;
  for (const char* text : {"approvals", "enrolment", "artifacts", "alert", "certificates"})
    EXPECT_TRUE(kind_named(text).error().text.contains(" in the catalog; ")) << text;
}

}  // namespace
}  // namespace lineside::cli
