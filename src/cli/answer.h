// What a hub has answered, and how it is printed. Nothing is taken for granted: a member that is
// not there, or is something else, reads as empty.
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "codec/tree.h"
#include "domain/kinds.h"

namespace lineside::cli {

class Answer {
 public:
  // Errors: corrupt (no JSON, or no object).
  static Result<Answer> parse(std::string_view json);
  // The same where it has these lists of objects, which may be empty.
  static Result<Answer> parse_lists(std::string_view json,
                                    std::initializer_list<std::string_view> lists = {"items"});
  // The same where it has this list of texts.
  static Result<Answer> parse_texts(std::string_view json, std::string_view list);
  // The same where it is this object of the catalog.
  static Result<Answer> parse_object(std::string_view json, domain::Kind kind,
                                     std::string_view name);

  const codec::TreeNode& root() const { return tree_.root(); }
  // Null where it is absent or null.
  const codec::TreeNode* find(const codec::TreeNode& map, std::string_view member) const;
  std::string text(const codec::TreeNode& map, std::string_view member) const;
  std::vector<const codec::TreeNode*> items(const codec::TreeNode& map,
                                            std::string_view member = "items") const;
  // Of the member "warnings", as far as it has any: a line each.
  std::vector<std::string> warnings() const;
  // As it came, without blanks.
  std::string json(const codec::TreeNode& node) const;

 private:
  explicit Answer(codec::Tree tree) : tree_(std::move(tree)) {}
  codec::Tree tree_;
};

// Of a list, whether it is all of it. Errors: corrupt, where the hub has left out what is damaged.
Result<void> check_whole(const Answer& page);

// The way through a list's pages by their member "next".
class Pager {
 public:
  // True: there is another one, to be asked for with cursor(). Errors: corrupt (a server that leads
  // round in a circle, or on and on without an item of `list`).
  Result<bool> next(const Answer& page, std::string_view list = "items");
  const std::string& cursor() const { return cursor_; }  // empty: of the first page

 private:
  std::string cursor_;
  int empty_ = 0;  // pages without items, one after the other
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

// Errors: corrupt, where the hub's answer is none, and why.
Error no_hub(std::string_view what);

// To standard output, with characters that turn the direction of writing, and C1, as the escapes of
// JSON and of quotes in YAML.
void print(std::string_view text);

}  // namespace lineside::cli
