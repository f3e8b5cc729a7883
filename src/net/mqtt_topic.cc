#include "net/mqtt_topic.h"

#include <format>

#include "base/text.h"

namespace lineside::net {

namespace {

constexpr std::size_t kTopicMax = 65'535;

Result<void> check_text(std::string_view what, std::string_view text) {
  if (text.empty()) return invalid(std::format("{}: expected at least one character", what));
  if (text.size() > kTopicMax) {
    return invalid(
        std::format("{}: expected at most {} bytes, found {}", what, kTopicMax, text.size()));
  }
  if (!is_utf8(text) || text.contains('\0')) {
    return invalid(
        std::format("{}: expected UTF-8 without U+0000, found \"{}\"", what, excerpt(text)));
  }
  return {};
}

// Cuts the first level off `rest`; `last` says whether it was the last one.
std::string_view take_level(std::string_view& rest, bool& last) {
  const std::size_t end = rest.find('/');
  const std::string_view level = rest.substr(0, end);
  last = end == std::string_view::npos;
  rest.remove_prefix(last ? rest.size() : end + 1);
  return level;
}

bool starts_with_wildcard(std::string_view filter) {
  return filter.starts_with('+') || filter.starts_with('#');
}

}  // namespace

Result<void> check_topic_name(std::string_view topic) {
  TRY(check_text("topic", topic));
  const std::size_t at = topic.find_first_of("+#");
  if (at != std::string_view::npos) {
    return invalid(std::format("topic: expected no wildcard, found '{}' at character {} of \"{}\"",
                               topic[at], at + 1, excerpt(topic)));
  }
  return {};
}

Result<void> check_topic_filter(std::string_view filter) {
  TRY(check_text("topic filter", filter));
  std::string_view rest = filter;
  for (bool last = false; !last;) {
    const std::string_view level = take_level(rest, last);
    if (level.size() > 1 && level.find_first_of("+#") != std::string_view::npos) {
      return invalid(
          std::format("topic filter: expected wildcards as whole levels, found \"{}\" "
                      "in \"{}\"",
                      excerpt(level), excerpt(filter)));
    }
    if (level == "#" && !last) {
      return invalid(std::format("topic filter: expected '#' only as last level, found \"{}\"",
                                 excerpt(filter)));
    }
  }
  return {};
}

bool topic_matches(std::string_view filter, std::string_view topic) {
  if (topic.starts_with('$') && starts_with_wildcard(filter)) return false;
  bool filter_ended = false;
  bool topic_ended = false;
  while (!topic_ended) {
    if (filter_ended) return false;
    const std::string_view want = take_level(filter, filter_ended);
    if (want == "#") return true;
    const std::string_view level = take_level(topic, topic_ended);
    if (want != "+" && want != level) return false;
  }
  // "a/#" matches "a" itself.
  return filter_ended || filter == "#";
}

bool filter_covers(std::string_view wide, std::string_view narrow) {
  if (narrow.starts_with('$') && starts_with_wildcard(wide)) return false;
  bool wide_ended = false;
  bool narrow_ended = false;
  while (!narrow_ended) {
    if (wide_ended) return false;
    const std::string_view want = take_level(wide, wide_ended);
    if (want == "#") return true;
    const std::string_view level = take_level(narrow, narrow_ended);
    if (level == "#") return false;
    if (want != "+" && want != level) return false;
  }
  return wide_ended || wide == "#";
}

}  // namespace lineside::net
