#include "codec/tree.h"

#include <algorithm>
#include <charconv>

#include "codec/tree_internal.h"

namespace lineside::codec {

std::optional<OddCharacter> find_control_in_value(std::string_view value) {
  for (std::size_t at = value.find('\r'); at != std::string_view::npos;
       at = value.find('\r', at + 1))
    if (at + 1 == value.size() || value[at + 1] != '\n') return OddCharacter{at, 1, '\r'};
  return find_control(value);
}

void TreeBuilder::keep_lines(std::string_view text) {
  for (std::size_t at = text.find('\n'); at != std::string_view::npos; at = text.find('\n', at + 1))
    tree_.new_lines_.push_back(static_cast<std::uint32_t>(at));
}

const TreeNode* Tree::find(const TreeNode& map, std::string_view key) const {
  if (!map.is_map()) return nullptr;
  for (const TreeNode* member = child(map); member; member = next(*member))
    if (member->key_is_text && member->key == key) return member;
  return nullptr;
}

const TreeNode& Tree::nearest(const TreeNode& from, std::string_view path) const {
  const TreeNode* node = &from;
  while (!path.empty()) {
    const std::size_t end = std::min(path.size(), path.find_first_of(".[", 1));
    std::string_view step = path.substr(0, end);
    path.remove_prefix(end);
    const TreeNode* next_node = nullptr;
    if (step.starts_with('[')) {
      std::size_t index = 0;
      std::from_chars(step.data() + 1, step.data() + step.size(), index);
      next_node = node->is_list() && index < node->size ? child(*node) : nullptr;
      for (; next_node && index > 0; --index) next_node = next(*next_node);
    } else {
      if (step.starts_with('.')) step.remove_prefix(1);
      next_node = find(*node, step);
    }
    if (!next_node) break;
    node = next_node;
  }
  return *node;
}

domain::Place Tree::place(TreeMark mark) const {
  if (mark.line > 0) return {file_, static_cast<int>(mark.line), static_cast<int>(mark.column)};
  if (mark.column == TreeNode::kNone) return {file_, 0, 0};
  const auto after = std::ranges::lower_bound(new_lines_, mark.column);
  const std::uint32_t start = after == new_lines_.begin() ? 0 : *(after - 1) + 1;
  return {file_, static_cast<int>(after - new_lines_.begin()) + 1,
          static_cast<int>(mark.column - start) + 1};
}

}  // namespace lineside::codec
