#include "codec/tree_walk.h"

#include <algorithm>
#include <charconv>
#include <cmath>

#include "base/text.h"
#include "codec/json_struct.h"

namespace lineside::codec {

namespace {

constexpr std::string_view kDuration = "a duration such as 30s, 5m or 2h";
constexpr std::string_view kTime = "a time such as 2026-03-01T12:00:00Z";

bool is_number(const TreeNode& node) {
  return node.kind == TreeKind::plain || node.kind == TreeKind::number;
}

template <class T>
bool whole_number(const TreeNode& node, T& out) {
  if (!is_number(node)) return false;
  const char* end = node.text.data() + node.text.size();
  const auto [rest, error] = std::from_chars(node.text.data(), end, out);
  return error == std::errc() && rest == end;
}

std::string choices(std::span<const std::string_view> names) {
  std::string text = names.size() > 1 ? "one of " : "";
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (i > 0) text += ", ";
    text += names[i];
  }
  return text;
}

}  // namespace

std::string TreePath::text() const {
  std::string out = parent ? parent->text() : "";
  if (index != kNoIndex) return out + std::format("[{}]", index);
  if (!out.empty() && !name.empty()) out += '.';
  return out.append(name);
}

std::string TreeWalk::shown(const TreeNode& node) {
  switch (node.kind) {
    case TreeKind::null:
      return "nothing";
    case TreeKind::list:
      return "a list";
    case TreeKind::map:
      return "a map";
    case TreeKind::number:
    case TreeKind::boolean:
      return excerpt(node.text, 60);
    default:
      return "'" + excerpt(node.text, 60) + "'";
  }
}

bool room_for_problem(std::vector<domain::Problem>& problems, const std::string& file) {
  if (problems.size() == kProblemsMax)
    problems.push_back(
        {{file, 0, 0}, "", "too many problems", std::format("at most {}", kProblemsMax), "more"});
  return problems.size() < kProblemsMax;
}

bool TreeWalk::count_problem() {
  ++found_;
  return room_for_problem(problems_, tree_.file());
}

void TreeWalk::problem(const TreeNode& node, const TreePath& path, std::string text,
                       std::string expected, std::string found) {
  if (count_problem())
    problems_.push_back(
        {tree_.place(node), path.text(), std::move(text), std::move(expected), std::move(found)});
}

bool TreeWalk::mismatch(const TreeNode& node, const TreePath& path, std::string expected) {
  problem(node, path, "wrong value", std::move(expected), shown(node));
  return false;
}

bool TreeWalk::wrong_choice(const TreeNode& node, const TreePath& path,
                            std::span<const std::string_view> names) {
  return mismatch(node, path, choices(names));
}

void TreeWalk::unknown_key(const TreeNode& member, const TreePath& path,
                           std::span<const std::string_view> known) {
  if (!count_problem()) return;
  const std::string key = excerpt(member.key, 60);
  const auto near = nearest(member.key, known);
  problems_.push_back({tree_.place_of_key(member), TreePath{&path, key}.text(), "unknown field",
                       near ? "'" + std::string(*near) + "' perhaps" : choices(known),
                       "'" + key + "'"});
}

void TreeWalk::match_keys(const TreeNode& map, const TreePath& path,
                          std::span<const std::string_view> known,
                          std::span<const TreeNode*> found) {
  for (const TreeNode* member = tree_.child(map); member; member = tree_.next(*member)) {
    const auto at = member->key_is_text ? std::ranges::find(known, member->key) : known.end();
    if (!member->key_is_text) {
      if (count_problem())
        problems_.push_back({tree_.place_of_key(*member), path.text(), "wrong value",
                             "a field name", "something else"});
    } else if (at == known.end()) {
      unknown_key(*member, path, known);
    } else if (const TreeNode*& first = found[static_cast<std::size_t>(at - known.begin())];
               !first) {
      first = member;
    } else if (count_problem()) {
      problems_.push_back({tree_.place_of_key(*member), TreePath{&path, member->key}.text(),
                           "field given twice", std::format("one '{}'", member->key), "another"});
    }
  }
}

bool TreeWalk::read_value(const TreeNode& node, const TreePath& path, std::string& out) {
  if (!is_text(node)) return mismatch(node, path, "a text");
  out = node.text;
  return is_utf8(out) || mismatch(node, path, "UTF-8 text");
}

bool TreeWalk::read_value(const TreeNode& node, const TreePath& path, bool& out) {
  const bool fits = node.kind == TreeKind::plain || node.kind == TreeKind::boolean;
  if (!fits || (node.text != "true" && node.text != "false"))
    return mismatch(node, path, "true or false");
  out = node.text == "true";
  return true;
}

bool TreeWalk::read_value(const TreeNode& node, const TreePath& path, double& out) {
  const auto number = is_number(node) ? to_number(node.text) : std::nullopt;
  if (!number || !std::isfinite(*number)) return mismatch(node, path, "a finite number");
  out = *number;
  return true;
}

bool TreeWalk::read_value(const TreeNode& node, const TreePath& path, int& out) {
  return whole_number(node, out) || mismatch(node, path, "a whole number");
}

bool TreeWalk::read_value(const TreeNode& node, const TreePath& path, std::int64_t& out) {
  return whole_number(node, out) || mismatch(node, path, "a whole number");
}

bool TreeWalk::read_value(const TreeNode& node, const TreePath& path, std::uint64_t& out) {
  return whole_number(node, out) || mismatch(node, path, "a whole number of 0 or more");
}

bool TreeWalk::read_value(const TreeNode& node, const TreePath& path, Duration& out) {
  if (!is_text(node)) return mismatch(node, path, std::string(kDuration));
  const auto duration = parse_duration(node.text);
  if (!duration) return mismatch(node, path, std::string(kDuration));
  out = *duration;
  return true;
}

bool TreeWalk::read_value(const TreeNode& node, const TreePath& path, Time& out) {
  if (!is_text(node)) return mismatch(node, path, std::string(kTime));
  const auto time = parse_iso(node.text);
  if (!time) return mismatch(node, path, std::string(kTime));
  out = *time;
  return true;
}

Error error_of(const std::vector<domain::Problem>& problems) {
  constexpr std::size_t kShownMax = 5;
  std::string text;
  for (std::size_t i = 0; i < problems.size() && i < kShownMax; ++i)
    text += (i > 0 ? "; " : "") + domain::to_text(problems[i]);
  if (problems.size() > kShownMax) text += std::format("; {} more", problems.size() - kShownMax);
  return invalid(std::move(text));
}

}  // namespace lineside::codec
