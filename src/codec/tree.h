// One neutral tree for what people and programs write, in YAML or in JSON: a single walk over it
// (codec/tree_walk.h) then fills structs and names every mistake with its line and column.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "domain/manifest.h"

namespace lineside::codec {

enum class TreeKind : std::uint8_t {
  null,
  plain,    // a YAML scalar, quoted or not: text, number or boolean as its reader sees it
  text,     // a JSON string
  number,   // a JSON number, as written
  boolean,  // JSON true or false
  list,
  map,
};

// A place in the source: line and column from 1 in YAML, the byte offset in JSON.
struct TreeMark {
  std::uint32_t line = 0;  // 0: `column` is a byte offset
  std::uint32_t column = 0;
};

struct TreeNode {
  static constexpr std::uint32_t kNone = 0xffff'ffff;

  TreeKind kind = TreeKind::null;
  bool key_is_text = true;            // YAML maps may have lists as keys
  std::string_view key;               // of a map's member
  std::string_view text;              // of a scalar, unescaped
  TreeMark key_mark;                  //
  TreeMark mark;                      //
  std::uint32_t first_child = kNone;  // members and items in source order, equal keys included
  std::uint32_t next = kNone;         // sibling
  std::uint32_t size = 0;             // number of children

  bool is_scalar() const { return kind >= TreeKind::plain && kind <= TreeKind::boolean; }
  bool is_null() const { return kind == TreeKind::null; }
  bool is_map() const { return kind == TreeKind::map; }
  bool is_list() const { return kind == TreeKind::list; }
};

// Against hostile input.
struct TreeLimits {
  std::size_t bytes = std::size_t{16} * 1024 * 1024;
  std::size_t values = 2'000'000;  // nodes of one tree; about 80 bytes each
  int depth = 64;
};

// One document. Immutable; its nodes and their texts live as long as it does.
class Tree {
 public:
  // Errors are added to `problems`; the tree is then absent: not JSON (RFC 8259), not UTF-8,
  // beyond the limits. Numbers keep their text, whatever their size.
  static std::optional<Tree> from_json(std::string_view text, std::string file,
                                       const TreeLimits& limits,
                                       std::vector<domain::Problem>& problems);
  // The documents of one YAML file without the empty ones, or one problem that says why there are
  // none. Limits: 1 MiB, nesting of 64, 200,000 values of a document, no aliases,
  // no control characters but tabs and line breaks, no escaped U+0000.
  static std::vector<Tree> from_yaml(const std::string& text, const std::string& file,
                                     std::vector<domain::Problem>& problems);

  const TreeNode& root() const { return nodes_.front(); }
  const std::string& file() const { return file_; }

  const TreeNode* child(const TreeNode& parent) const { return at(parent.first_child); }
  const TreeNode* next(const TreeNode& node) const { return at(node.next); }
  // The first member of this name; null: none.
  const TreeNode* find(const TreeNode& map, std::string_view key) const;
  // The node at "spec.mappings[0].topic" below `from`, or the last one on the way there.
  const TreeNode& nearest(const TreeNode& from, std::string_view path) const;

  domain::Place place(const TreeNode& node) const { return place(node.mark); }
  domain::Place place_of_key(const TreeNode& node) const { return place(node.key_mark); }

 private:
  friend class TreeBuilder;
  Tree() = default;
  const TreeNode* at(std::uint32_t index) const {
    return index == TreeNode::kNone ? nullptr : &nodes_[index];
  }
  domain::Place place(TreeMark mark) const;

  std::string file_;
  std::vector<TreeNode> nodes_;
  std::shared_ptr<const void> source_;    // what the texts of the nodes are views of
  std::vector<std::uint32_t> new_lines_;  // JSON: offsets of line feeds
};

}  // namespace lineside::codec
