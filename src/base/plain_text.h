// What texts hold that a terminal, a log or a reader takes for something else than text: control
// characters, and those that turn the direction of what follows them or break lines unseen
// (Boucher & Anderson, "Trojan Source", 2023).
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace lineside {

struct OddCharacter {
  std::size_t at = 0;    // offset in the text
  std::size_t size = 0;  // bytes
  unsigned code = 0;     // of Unicode
};

// The code alone: whether it is one of those below.
bool is_control(unsigned code);  // C0 but tab, line feed and carriage return; DEL; C1
bool is_turning(unsigned code);  // U+2028 to U+202E, U+2066 to U+2069

// The first of them; `text` is UTF-8.
std::optional<OddCharacter> find_control(std::string_view text);
std::optional<OddCharacter> find_turning(std::string_view text);
std::optional<OddCharacter> find_odd(std::string_view text);  // either

// Each of either kind as its escape of six characters, as in JSON: "\u202e".
std::string escape_odd(std::string_view text);
// The same for the texts in a JSON document, whichever way they are written in it: what is read
// from the result holds none of them, but their escapes. What is no JSON comes back as something
// that is none either.
std::string escape_odd_in_json(std::string_view json);
// Those beyond ASCII alone, for a terminal: colours stay, and what is read from a JSON document.
std::string escape_wide(std::string_view text);

}  // namespace lineside
