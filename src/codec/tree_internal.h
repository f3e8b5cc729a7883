// Grows a Tree, for the readers of its two notations.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/plain_text.h"
#include "codec/tree.h"

namespace lineside::codec {

// The first control character of a value (base/plain_text.h), where a carriage return stands before
// a line feed or not at all.
std::optional<OddCharacter> find_control_in_value(std::string_view value);

class TreeBuilder {
 public:
  TreeBuilder(std::string file, const TreeLimits& limits) : limits_(limits) {
    tree_.file_ = std::move(file);
  }

  // The next child of `parent` after `last`; the root has neither. kNone: one value too many.
  std::uint32_t add(std::uint32_t parent, std::uint32_t last) {
    auto& nodes = tree_.nodes_;
    if (nodes.size() >= limits_.values) return TreeNode::kNone;
    const auto index = static_cast<std::uint32_t>(nodes.size());
    nodes.emplace_back();
    if (parent == TreeNode::kNone) return index;
    ++nodes[parent].size;
    (last == TreeNode::kNone ? nodes[parent].first_child : nodes[last].next) = index;
    return index;
  }
  TreeNode& node(std::uint32_t index) { return tree_.nodes_[index]; }
  const TreeLimits& limits() const { return limits_; }
  void reserve(std::size_t values) { tree_.nodes_.reserve(values); }

  void keep_lines(std::string_view text);  // line feeds, for places by offset
  domain::Place place(TreeMark mark) const { return tree_.place(mark); }
  Tree take(std::shared_ptr<const void> source) {
    tree_.source_ = std::move(source);
    return std::move(tree_);
  }

 private:
  Tree tree_;
  TreeLimits limits_;
};

}  // namespace lineside::codec
