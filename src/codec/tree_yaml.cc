#include <algorithm>
#include <deque>
#include <format>

#include <yaml-cpp/yaml.h>

#include "base/text.h"
#include "codec/tree_internal.h"

namespace lineside::codec {

namespace {

constexpr TreeLimits kLimits{.bytes = 1024 * 1024, .values = 200'000, .depth = 64};

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

TreeMark mark_of(const YAML::Node& node) {
  const YAML::Mark mark = node.Mark();
  if (mark.is_null()) return {0, TreeNode::kNone};
  return {static_cast<std::uint32_t>(mark.line) + 1, static_cast<std::uint32_t>(mark.column) + 1};
}

// Copies one document; aliases become copies of what they stand for, within the limits.
class YamlTree {
 public:
  explicit YamlTree(std::string file) : builder_(std::move(file), kLimits) {}

  // False: beyond the limits, as `expected` says.
  bool document(const YAML::Node& root) {
    return copy(root, builder_.add(TreeNode::kNone, TreeNode::kNone), 0);
  }
  Tree take() { return builder_.take(std::move(texts_)); }
  domain::Place place(const YAML::Node& node) const { return builder_.place(mark_of(node)); }
  const std::string& expected() const { return expected_; }

 private:
  std::string_view keep(const std::string& text) { return texts_->emplace_back(text); }

  bool copy(const YAML::Node& node, std::uint32_t index, int depth) {
    if (index == TreeNode::kNone || depth > kLimits.depth) {
      expected_ = depth > kLimits.depth ? std::format("at most {} levels", kLimits.depth)
                                        : std::format("at most {} values", kLimits.values);
      return false;
    }
    TreeNode& into = builder_.node(index);
    into.mark = mark_of(node);
    if (node.IsScalar()) {
      into.kind = TreeKind::plain;
      into.text = keep(node.Scalar());
    }
    if (node.IsMap()) return copy_map(node, index, depth);
    if (node.IsSequence()) return copy_list(node, index, depth);
    return true;
  }
  bool copy_map(const YAML::Node& node, std::uint32_t index, int depth) {
    builder_.node(index).kind = TreeKind::map;
    std::uint32_t last = TreeNode::kNone;
    for (const auto& entry : node) {
      last = builder_.add(index, last);
      if (last != TreeNode::kNone) {
        TreeNode& member = builder_.node(last);
        member.key_mark = mark_of(entry.first);
        member.key_is_text = entry.first.IsScalar();
        if (member.key_is_text) member.key = keep(entry.first.Scalar());
      }
      if (!copy(entry.second, last, depth + 1)) return false;
    }
    return true;
  }
  bool copy_list(const YAML::Node& node, std::uint32_t index, int depth) {
    builder_.node(index).kind = TreeKind::list;
    std::uint32_t last = TreeNode::kNone;
    for (const auto& item : node) {
      last = builder_.add(index, last);
      if (!copy(item, last, depth + 1)) return false;
    }
    return true;
  }

  TreeBuilder builder_;
  std::shared_ptr<std::deque<std::string>> texts_ = std::make_shared<std::deque<std::string>>();
  std::string expected_;
};

// The documents of one file, or one problem that says why there are none.
std::vector<YAML::Node> load_documents(const std::string& text, const std::string& file,
                                       std::vector<domain::Problem>& problems) {
  const auto refuse = [&](std::string what, std::string expected, std::string found) {
    problems.push_back({{file, 1, 1}, "", std::move(what), std::move(expected), std::move(found)});
    return std::vector<YAML::Node>{};
  };
  if (text.size() > kLimits.bytes)
    return refuse("file too large", "at most 1 MiB", std::format("{} bytes", text.size()));
  if (!is_utf8(text)) return refuse("not UTF-8", "UTF-8 text", "other bytes");
  if (nesting_bound(text) > kLimits.depth)
    return refuse("nested too deep", std::format("at most {} levels", kLimits.depth), "more");
  try {
    return YAML::LoadAll(text);
  } catch (const YAML::Exception& e) {
    const int line = e.mark.is_null() ? 1 : e.mark.line + 1;
    const int column = e.mark.is_null() ? 1 : e.mark.column + 1;
    problems.push_back({{file, line, column}, "", "not YAML", "a YAML document", e.msg});
    return {};
  }
}

}  // namespace

std::vector<Tree> Tree::from_yaml(const std::string& text, const std::string& file,
                                  std::vector<domain::Problem>& problems) {
  std::vector<Tree> trees;
  for (const YAML::Node& node : load_documents(text, file, problems)) {
    if (node.IsNull()) continue;
    YamlTree tree(file);
    if (tree.document(node))
      trees.push_back(tree.take());
    else
      problems.push_back({tree.place(node), "", "too much", tree.expected(), "more"});
  }
  return trees;
}

}  // namespace lineside::codec
