#include "codec/json_path.h"

#include <algorithm>
#include <charconv>
#include <format>

#include "base/text.h"

namespace lineside::codec {

namespace {

class PathCursor {
 public:
  explicit PathCursor(std::string_view text) : text_(text) {}

  Result<std::vector<JsonStep>> steps() {
    if (!skip('$')) return misfit("'$'");
    std::vector<JsonStep> found;
    while (at_ < text_.size()) {
      found.push_back(TRY(step()));
      if (found.size() > kJsonPathStepsMax) {
        return misfit(std::format("at most {} steps", kJsonPathStepsMax));
      }
    }
    return found;
  }

 private:
  Result<JsonStep> step() {
    if (skip('.')) return name();
    if (!skip('[')) return misfit("'.' or '['");
    JsonStep found = at("'") || at("\"") ? JsonStep(TRY(quoted())) : JsonStep(TRY(index()));
    if (!skip(']')) return misfit("']'");
    return found;
  }

  Result<JsonStep> name() {
    const std::size_t end = std::min(text_.find_first_of(".[", at_), text_.size());
    const std::string_view found = text_.substr(at_, end - at_);
    if (found.empty() || found.find_first_of("*?@()\" '") != std::string_view::npos) {
      return misfit("a member name");
    }
    at_ = end;
    return JsonStep(std::string(found));
  }

  Result<std::string> quoted() {
    const char quote = text_[at_];
    const std::size_t end = text_.find(quote, at_ + 1);
    if (end == std::string_view::npos) return misfit("a closing quote");
    std::string found(text_.substr(at_ + 1, end - at_ - 1));
    if (found.contains('\\')) return misfit("a member name without escapes");
    at_ = end + 1;
    return found;
  }

  Result<std::uint32_t> index() {
    std::uint32_t value = 0;
    const char* const first = text_.data() + at_;
    const auto [end, failure] = std::from_chars(first, text_.data() + text_.size(), value);
    if (failure != std::errc()) return misfit("an index of 0 or more, or a quoted name");
    at_ += static_cast<std::size_t>(end - first);
    return value;
  }

  bool at(std::string_view what) const { return text_.substr(at_).starts_with(what); }
  bool skip(char c) {
    if (at_ == text_.size() || text_[at_] != c) return false;
    ++at_;
    return true;
  }
  Error misfit(std::string_view expected) const {
    const std::string_view rest = text_.substr(at_, 20);
    const std::string found = rest.empty() ? "the end" : "\"" + excerpt(rest) + "\"";
    return invalid(std::format("path \"{}\": expected {} at character {}, found {}", excerpt(text_),
                               expected, at_ + 1, found));
  }

  std::string_view text_;
  std::size_t at_ = 0;
};

}  // namespace

Result<std::vector<JsonStep>> parse_json_path(std::string_view text) {
  if (!is_utf8(text)) {
    return invalid(std::format("path: expected UTF-8, found \"{}\"", excerpt(text)));
  }
  return PathCursor(text).steps();
}

}  // namespace lineside::codec
