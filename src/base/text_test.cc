#include "base/text.h"

#include <array>
#include <cmath>
#include <limits>

#include <gtest/gtest.h>

namespace lineside {
namespace {

using Parts = std::vector<std::string_view>;

TEST(Split, KeepsEmptyParts) {
  EXPECT_EQ(split("a/b/c", '/'), (Parts{"a", "b", "c"}));
  EXPECT_EQ(split("", '/'), (Parts{""}));
  EXPECT_EQ(split("/", '/'), (Parts{"", ""}));
  EXPECT_EQ(split("a//", '/'), (Parts{"a", "", ""}));
}

TEST(Trim, TakesBlanksFromBothEnds) {
  EXPECT_EQ(trim(" \t\r\n a b \v\f"), "a b");
  EXPECT_EQ(trim(" \n"), "");
  EXPECT_EQ(trim(""), "");
  EXPECT_EQ(trim("\xc2\xa0x"), "\xc2\xa0x") << "a no-break space is not ASCII";
}

TEST(ToHex, IsLowerCase) {
  constexpr std::array kBytes = {std::byte{0x00}, std::byte{0x9f}, std::byte{0xAB}};
  EXPECT_EQ(to_hex(kBytes), "009fab");
  EXPECT_EQ(to_hex({}), "");
}

TEST(IsUtf8, FollowsRfc3629) {
  for (const std::string_view good :
       {"", "plain", "\xc2\x80", "\xdf\xbf", "\xe0\xa0\x80", "\xed\x9f\xbf", "\xee\x80\x80",
        "\xef\xbf\xbf", "\xf0\x90\x80\x80", "\xf4\x8f\xbf\xbf"}) {
    EXPECT_TRUE(is_utf8(good)) << to_hex(std::as_bytes(std::span(good)));
  }
  EXPECT_TRUE(is_utf8(std::string_view("\0", 1)));
  for (const std::string_view bad :
       {"\x80", "\xbf", "\xc0\x80", "\xc1\xbf", "\xc2", "\xc2\x7f", "\xc2\xc0", "\xe0\x9f\xbf",
        "\xed\xa0\x80", "\xed\xbf\xbf", "\xe1\x80", "\xe1\x80\x41", "\xf0\x8f\xbf\xbf",
        "\xf4\x90\x80\x80", "\xf5\x80\x80\x80", "\xff", "\xf1\x80\x80", "ok\xf1\x80\x80\x41"}) {
    EXPECT_FALSE(is_utf8(bad)) << to_hex(std::as_bytes(std::span(bad)));
  }
}

TEST(ToNumber, TakesTheWholeTextOrNothing) {
  EXPECT_EQ(to_number("21.5"), 21.5);
  EXPECT_EQ(to_number("+21.5"), 21.5);
  EXPECT_EQ(to_number("-0.5e-3"), -0.0005);
  EXPECT_EQ(to_number("1e3"), 1000.0);
  EXPECT_EQ(to_number("inf"), std::numeric_limits<double>::infinity());
  EXPECT_EQ(to_number("-Infinity"), -std::numeric_limits<double>::infinity());
  EXPECT_EQ(to_number("0.1"), 0.1);
  for (const std::string_view bad : {"", " 1", "1 ", "1,5", "nan", "-nan", "0x10", "1e", "+", "-",
                                     "+-1", "++1", "1e999", "12abc", "true"}) {
    EXPECT_EQ(to_number(bad), std::nullopt) << bad;
  }
}

TEST(GlobMatch, StaysWithinOneLevel) {
  struct Case {
    std::string_view pattern, text;
    bool match;
  };
  constexpr std::array kCases = {
      Case{"", "", true},
      Case{"", "a", false},
      Case{"*", "", true},
      Case{"*", "abc", true},
      Case{"*", "a/b", false},
      Case{"*/*", "a/b", true},
      Case{"*/", "a/", true},
      Case{"**", "ab", true},
      Case{"a*c", "abbbc", true},
      Case{"a*c", "ab/c", false},
      Case{"a*b*c", "axbxbxc", true},
      Case{"a*b*c", "axbxbx", false},
      Case{"*a/*b", "xxa/yyb", true},
      Case{"*a/b", "aa/aa/b", false},
      Case{"?", "a", true},
      Case{"?", "", false},
      Case{"?", "/", false},
      Case{"?", "\xc3\xa9", true},
      Case{"??", "\xc3\xa9", false},
      Case{"*?", "ab", true},
      Case{"?*?", "a", false},
      Case{"a?c", "a?c", true},
      Case{"pump-?-?/temp*", "pump-0-7/temp_in", true},
      Case{"pump-?-?/temp*", "pump-07/temp_in", false},
      Case{"a", "*", false},
  };
  for (const Case& c : kCases) {
    EXPECT_EQ(glob_match(c.pattern, c.text), c.match) << c.pattern << " on " << c.text;
  }
}

// The definition itself, in exponential time.
bool slow_match(std::string_view pattern, std::string_view text) {
  if (pattern.empty()) return text.empty();
  const bool here = !text.empty() && text[0] != '/';
  if (pattern[0] == '*') {
    return slow_match(pattern.substr(1), text) || (here && slow_match(pattern, text.substr(1)));
  }
  if (pattern[0] == '?') return here && slow_match(pattern.substr(1), text.substr(1));
  return !text.empty() && text[0] == pattern[0] && slow_match(pattern.substr(1), text.substr(1));
}

std::string word_of(unsigned number, std::string_view letters) {
  std::string word;
  for (; number > 0; number /= static_cast<unsigned>(letters.size() + 1)) {
    const unsigned digit = number % static_cast<unsigned>(letters.size() + 1);
    if (digit > 0) word += letters[digit - 1];
  }
  return word;
}

TEST(GlobMatch, EqualsItsDefinitionOnAllShortTexts) {
  for (unsigned p = 0; p < 3'125; ++p) {
    const std::string pattern = word_of(p, "a/*?");
    for (unsigned t = 0; t < 256; ++t) {
      const std::string text = word_of(t, "a/b");
      ASSERT_EQ(glob_match(pattern, text), slow_match(pattern, text)) << pattern << " " << text;
    }
  }
}

TEST(Nearest, SuggestsOnlyWhatIsNear) {
  constexpr std::array<std::string_view, 5> kKnown = {"mean", "slope", "kurtosis", "min", "rms"};
  EXPECT_EQ(nearest("kurtois", kKnown), "kurtosis");
  EXPECT_EQ(nearest("slpoe", kKnown), "slope");
  EXPECT_EQ(nearest("mean", kKnown), "mean");
  EXPECT_EQ(nearest("men", kKnown), "mean") << "the first of equals";
  EXPECT_EQ(nearest("temperature", kKnown), std::nullopt);
  EXPECT_EQ(nearest("", kKnown), std::nullopt);
  EXPECT_EQ(nearest("x", std::array<std::string_view, 1>{"y"}), std::nullopt);
}

TEST(Excerpt, EscapesAndCuts) {
  EXPECT_EQ(excerpt("plain \xc3\xa9"), "plain \xc3\xa9");
  EXPECT_EQ(excerpt("a\nb\rc\td"), "a\\nb\\rc\\td");
  EXPECT_EQ(excerpt(std::string_view("\0\x1b[2J\x7f", 6)), "\\x00\\x1b[2J\\x7f");
  EXPECT_EQ(excerpt("\xc2\x9b"), "\\xc2\\x9b") << "a C1 control";
  EXPECT_EQ(excerpt("a\xe2\x80\xae!\xe2\x80\xa8"), "a\\u202e!\\u2028")
      << "they turn or break the line";
  EXPECT_EQ(excerpt("\xff\xc3"), "\\xff\\xc3");
  EXPECT_EQ(excerpt("abcdef", 3), "abc...");
  EXPECT_EQ(excerpt("abc", 3), "abc");
  EXPECT_EQ(excerpt("ab\xc3\xa9", 3), "ab...") << "a character is not cut in two";
}

}  // namespace
}  // namespace lineside
