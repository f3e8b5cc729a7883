#include <format>

#include "base/text.h"
#include "codec/topic_pattern_internal.h"

namespace lineside::codec {

namespace {

constexpr std::string_view kAssetField = "{asset}";
constexpr std::size_t kTopicMax = 65'535;  // MQTT 5 section 1.5.4

}  // namespace

Result<TopicPattern> TopicPattern::compile(std::string_view text) {
  const auto bad = [&](std::string_view expected) {
    return invalid(std::format("topic: expected {}, found \"{}\"", expected, excerpt(text)));
  };
  if (text.empty() || text.size() > kTopicMax) return bad("1 to 65535 bytes");
  if (!is_utf8(text) || text.contains('\0')) return bad("UTF-8 without U+0000");
  TopicPattern pattern;
  for (const std::string_view level : split(text, '/')) {
    if (!pattern.levels_.empty() && pattern.levels_.back().kind == Kind::rest) {
      return bad("'#' only as last level");
    }
    Kind kind = Kind::literal;
    if (level == "+") kind = Kind::any;
    if (level == "#") kind = Kind::rest;
    if (level == kAssetField) kind = Kind::asset;
    if (kind == Kind::literal && level.find_first_of("+#{}") != std::string_view::npos) {
      return bad("'+', '#' and {asset} as whole levels");
    }
    if (kind == Kind::asset && pattern.names_asset_) return bad("{asset} once");
    pattern.names_asset_ = pattern.names_asset_ || kind == Kind::asset;
    pattern.levels_.push_back({kind, std::string(level)});
  }
  return pattern;
}

std::optional<std::string_view> TopicPattern::match(std::string_view topic) const {
  // Section 4.7.2: wildcards in the first level do not match names that begin with '$'.
  if (topic.starts_with('$') && levels_[0].kind != Kind::literal) return std::nullopt;
  std::string_view asset;
  std::string_view rest = topic;
  bool ended = false;
  for (const Level& level : levels_) {
    if (level.kind == Kind::rest) return asset;
    if (ended) return std::nullopt;
    const std::size_t end = rest.find('/');
    const std::string_view found = rest.substr(0, end);
    ended = end == std::string_view::npos;
    rest.remove_prefix(ended ? rest.size() : end + 1);
    if (level.kind == Kind::literal && found != level.text) return std::nullopt;
    if (level.kind == Kind::asset) asset = found;
  }
  if (!ended) return std::nullopt;
  return asset;
}

std::string TopicPattern::filter() const {
  std::string text;
  for (const Level& level : levels_) {
    if (&level != levels_.data()) text += '/';
    text += level.kind == Kind::asset ? "+" : level.text;
  }
  return text;
}

}  // namespace lineside::codec
