#include "base/plain_text.h"

#include <gtest/gtest.h>

namespace lineside {
namespace {

TEST(PlainText, FindsWhatIsNone) {
  EXPECT_FALSE(find_odd("a\tb\r\n \xc2\xa0 \xc3\xa9 \xe2\x82\xac \xe2\x80\xa7 \xe2\x81\xaa"));
  const auto code_of = [](std::string_view text) { return find_odd(text)->code; };
  EXPECT_EQ(code_of(std::string_view("a\0", 2)), 0U);
  EXPECT_EQ(code_of("a\x1b"), 0x1bU);
  EXPECT_EQ(code_of("\x7f"), 0x7fU);
  EXPECT_EQ(code_of("\xc2\x9b"), 0x9bU);
  EXPECT_EQ(code_of("\xe2\x80\xa8"), 0x2028U);
  EXPECT_EQ(code_of("\xe2\x80\xae"), 0x202eU);
  EXPECT_EQ(code_of("\xe2\x81\xa6"), 0x2066U);
  EXPECT_EQ(code_of("\xe2\x81\xa9"), 0x2069U);
  EXPECT_EQ(find_odd("ab\xe2\x80\xae")->at, 2U);
  EXPECT_EQ(find_odd("ab\xe2\x80\xae")->size, 3U);
  EXPECT_FALSE(find_control("\xe2\x80\xae"));
  EXPECT_FALSE(find_turning("\x1b"));
  EXPECT_FALSE(find_odd("\xe2\x80")) << "cut off";
}

TEST(PlainText, Escapes) {
  EXPECT_EQ(escape_odd("a\x1b[2J\xe2\x80\xae!\xc2\x9b"), "a\\u001b[2J\\u202e!\\u009b");
  EXPECT_EQ(escape_odd("plain \xc3\xa9\n"), "plain \xc3\xa9\n");
}

TEST(PlainText, EscapesForATerminalWhatIsNoColour) {
  EXPECT_EQ(escape_wide("\x1b[31m\xe2\x80\xae\xc2\x9b\x1b[0m"), "\x1b[31m\\u202e\\u009b\x1b[0m");
  EXPECT_EQ(escape_wide("{\"a\":\"\\u202e\"}"), "{\"a\":\"\\u202e\"}");
}

TEST(PlainText, EscapesInJsonHoweverItIsWritten) {
  EXPECT_EQ(escape_odd_in_json("{\"a\":\"\xe2\x80\xae \\u202E \\u001b \\b\\f\xc2\x9b\"}"),
            "{\"a\":\"\\\\u202e \\\\u202e \\\\u001b \\\\u0008\\\\u000c\\\\u009b\"}");
  const std::string untouched = R"({"a":"\\u202e \n\t\"\\\\","b":"\u00e9\ud83d\ude00"})";
  EXPECT_EQ(escape_odd_in_json(untouched), untouched);
  for (const char* broken : {"\"\\", "\"\\u", "\"\\u20", "\"\\u20zz\""})
    EXPECT_EQ(escape_odd_in_json(broken), broken);
}

}  // namespace
}  // namespace lineside
