// Whether a text is JSON, without making anything of it: for what the mapped paths leave unread.
// Source: RFC 8259, sections 2 to 7.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace lineside::codec {

std::string_view trim_json(std::string_view text);  // the four blanks of JSON, at both ends

bool is_json_number(std::string_view text);
// What JSON cannot spell but writers of other languages do: "NaN", "-Infinity" and the like.
bool is_not_finite_token(std::string_view text);

// Owned by one thread. Lets tokens of not finite numbers pass; everything else is JSON or a fault.
class JsonGrammar {
 public:
  // Where `text` stops being one JSON value without blanks around it (its size where it ends too
  // early); nothing: it is one. Any depth, without recursion.
  std::optional<std::size_t> fault(std::string_view text);

 private:
  enum class Next : std::uint8_t { value, first_element, first_member, member, after };

  bool step();
  bool value();
  bool string();
  bool escape();
  bool token();
  bool take(char c);
  bool leave();

  std::string_view text_;
  std::size_t at_ = 0;
  Next next_ = Next::value;
  std::vector<char> open_;  // what closes each container around `at_`
};

}  // namespace lineside::codec
