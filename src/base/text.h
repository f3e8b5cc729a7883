// The few text functions that three modules or more need; short enough to know by heart.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace lineside {

std::vector<std::string_view> split(std::string_view text, char separator);  // never empty
std::string_view trim(std::string_view text);  // ASCII blanks at both ends
std::string to_hex(std::span<const std::byte> bytes);
bool is_utf8(std::string_view text);  // RFC 3629: no surrogates, no overlong forms

// The whole text as a finite or infinite double, or nothing: no NaN, no blanks, no hexadecimal,
// nothing beyond the range of double.
std::optional<double> to_number(std::string_view text);

// Globs with '*' (any run without '/') and '?' (one character but '/').
bool glob_match(std::string_view pattern, std::string_view text);

// The candidate nearest to a misspelt `word` by edit distance, if near enough to suggest.
std::optional<std::string_view> nearest(std::string_view word,
                                        std::span<const std::string_view> candidates);

// At most `limit` bytes of `text` with control characters and broken UTF-8 escaped, for messages;
// "..." when it goes on.
std::string excerpt(std::string_view text, std::size_t limit = 120);

}  // namespace lineside
