// What a hub has answered, and how it is printed. Nothing is taken for granted: a member that is
// not there, or is something else, reads as empty.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "codec/tree.h"

namespace lineside::cli {

class Answer {
 public:
  // Errors: corrupt (no JSON, or no object).
  static Result<Answer> parse(std::string_view json);

  const codec::TreeNode& root() const { return tree_.root(); }
  // Null where it is absent or null.
  const codec::TreeNode* find(const codec::TreeNode& map, std::string_view member) const;
  std::string text(const codec::TreeNode& map, std::string_view member) const;
  std::vector<const codec::TreeNode*> items(const codec::TreeNode& map,
                                            std::string_view member = "items") const;
  // As it came, without blanks.
  std::string json(const codec::TreeNode& node) const;

 private:
  explicit Answer(codec::Tree tree) : tree_(std::move(tree)) {}
  codec::Tree tree_;
};

// Columns, each as wide as its widest cell. Cells are made harmless for a terminal.
class Table {
 public:
  explicit Table(std::vector<std::string> head) : rows_{std::move(head)} {}
  void add(std::vector<std::string> cells);
  bool empty() const { return rows_.size() == 1; }
  std::string text() const;

 private:
  std::vector<std::vector<std::string>> rows_;
};

// To standard output.
void print(std::string_view text);

}  // namespace lineside::cli
