#include <algorithm>
#include <charconv>

#include "codec/yaml_internal.h"

namespace lineside::codec {

namespace {

constexpr std::size_t kFileBytesMax = 1024 * 1024;
constexpr int kDepthMax = 64;

// yaml-cpp recurses once per level, so depth is bounded before it sees the text. Brackets bound
// flow nesting; block nesting needs at least one more column, or one more "- ", per level.
int nesting_bound(std::string_view text) {
  int flow = 0;
  int deepest = 0;
  for (const std::string_view line : split(text, '\n')) {
    int dashes = 0;
    std::size_t indent = 0;
    while (indent < line.size() && (line[indent] == ' ' || line[indent] == '-' ||
                                    line[indent] == '?' || line[indent] == ':'))
      dashes += line[indent++] != ' ';
    deepest = std::max({deepest, dashes, static_cast<int>(indent) / 2});
    for (const char c : line) {
      flow += (c == '[' || c == '{');
      flow -= (c == ']' || c == '}') && flow > 0;
      deepest = std::max(deepest, flow);
    }
  }
  return deepest;
}

template <class T>
bool whole_number(const std::string& text, T& out) {
  const char* end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, out);
  return error == std::errc() && rest == end;
}

}  // namespace

domain::Place nearest_place(const std::map<std::string, domain::Place>& places, std::string path,
                            const domain::Place& otherwise) {
  while (!path.empty()) {
    if (const auto it = places.find(path); it != places.end()) return it->second;
    const std::size_t cut = path.find_last_of(".[");
    if (cut == std::string::npos) break;
    path.resize(cut);
  }
  return otherwise;
}

std::string YamlWalk::scalar(const YAML::Node& node) {
  if (node.IsScalar()) return "'" + excerpt(node.Scalar(), 60) + "'";
  if (node.IsMap()) return "a map";
  if (node.IsSequence()) return "a list";
  return "nothing";
}

std::string YamlWalk::choices(std::span<const std::string_view> names) {
  std::string text = names.size() > 1 ? "one of " : "";
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (i > 0) text += ", ";
    text += names[i];
  }
  return text;
}

bool YamlWalk::mismatch(const YAML::Node& node, const std::string& path, std::string expected) {
  problem(node, path, "wrong value", std::move(expected), scalar(node));
  return false;
}

bool YamlWalk::too_many(const YAML::Node& node, const std::string& path) {
  if (items_ == kItemsMax + 1)
    problem(node, path, "too much", std::format("at most {} list items", kItemsMax), "more");
  return false;
}

void YamlWalk::check_keys(const YAML::Node& map, const std::string& path,
                          std::span<const std::string_view> known) {
  std::set<std::string> seen;
  for (const auto& entry : map) {
    if (!entry.first.IsScalar()) {
      mismatch(entry.first, path, "a field name");
      continue;
    }
    const std::string& key = entry.first.Scalar();
    const std::string key_path = path.empty() ? key : path + "." + key;
    if (!seen.insert(key).second)
      problem(entry.first, key_path, "field given twice", "one '" + key + "'", "another");
    if (std::ranges::find(known, key) != known.end()) continue;
    const auto near = nearest(key, known);
    problem(entry.first, key_path, "unknown field",
            near ? "'" + std::string(*near) + "' perhaps" : choices(known),
            "'" + excerpt(key, 60) + "'");
  }
}

bool YamlWalk::read_value(const YAML::Node& node, const std::string& path, std::string& out) {
  if (!node.IsScalar()) return mismatch(node, path, "a text");
  out = node.Scalar();
  return is_utf8(out) || mismatch(node, path, "UTF-8 text");
}

bool YamlWalk::read_value(const YAML::Node& node, const std::string& path, bool& out) {
  if (!node.IsScalar() || (node.Scalar() != "true" && node.Scalar() != "false"))
    return mismatch(node, path, "true or false");
  out = node.Scalar() == "true";
  return true;
}

bool YamlWalk::read_value(const YAML::Node& node, const std::string& path, double& out) {
  const auto number = node.IsScalar() ? to_number(node.Scalar()) : std::nullopt;
  if (!number || !std::isfinite(*number)) return mismatch(node, path, "a finite number");
  out = *number;
  return true;
}

bool YamlWalk::read_value(const YAML::Node& node, const std::string& path, int& out) {
  return (node.IsScalar() && whole_number(node.Scalar(), out)) ||
         mismatch(node, path, "a whole number");
}

bool YamlWalk::read_value(const YAML::Node& node, const std::string& path, std::int64_t& out) {
  return (node.IsScalar() && whole_number(node.Scalar(), out)) ||
         mismatch(node, path, "a whole number");
}

bool YamlWalk::read_value(const YAML::Node& node, const std::string& path, Duration& out) {
  if (!node.IsScalar()) return mismatch(node, path, "a duration such as 30s, 5m or 2h");
  auto duration = parse_duration(node.Scalar());
  if (!duration) return mismatch(node, path, "a duration such as 30s, 5m or 2h");
  out = *duration;
  return true;
}

std::vector<YAML::Node> load_documents(const std::string& path, const std::string& text,
                                       std::vector<domain::Problem>& problems) {
  const auto refuse = [&](std::string what, std::string expected, std::string found) {
    problems.push_back({{path, 1, 1}, "", std::move(what), std::move(expected), std::move(found)});
    return std::vector<YAML::Node>{};
  };
  if (text.size() > kFileBytesMax)
    return refuse("file too large", "at most 1 MiB", std::format("{} bytes", text.size()));
  if (!is_utf8(text)) return refuse("not UTF-8", "UTF-8 text", "other bytes");
  if (nesting_bound(text) > kDepthMax)
    return refuse("nested too deep", std::format("at most {} levels", kDepthMax), "more");
  try {
    return YAML::LoadAll(text);
  } catch (const YAML::Exception& e) {
    const int line = e.mark.is_null() ? 1 : e.mark.line + 1;
    const int column = e.mark.is_null() ? 1 : e.mark.column + 1;
    problems.push_back({{path, line, column}, "", "not YAML", "a YAML document", e.msg});
    return {};
  }
}

}  // namespace lineside::codec
