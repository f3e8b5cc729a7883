#include "cli/answer.h"

#include <algorithm>
#include <cstdio>
#include <format>

#include "base/plain_text.h"
#include "base/text.h"
#include "codec/catalog.h"

namespace lineside::cli {

namespace {

constexpr codec::TreeLimits kLimits = {.bytes = std::size_t{64} << 20, .values = 4'000'000};
constexpr std::size_t kCellMax = 120;
constexpr std::size_t kWarningMax = 1000;
constexpr int kEmptyPagesMax = 1000;  // a hub that looks at many objects for few makes such pages

Result<Answer> with_lists(Answer answer, std::initializer_list<std::string_view> lists,
                          std::string_view wanted, bool (codec::TreeNode::*is_wanted)() const) {
  for (const std::string_view list : lists) {
    const auto* found = answer.find(answer.root(), list);
    if (found == nullptr || !found->is_list())
      return no_hub(std::format("expected a list '{}', found none", list));
    for (const codec::TreeNode* item : answer.items(answer.root(), list))
      if (!(item->*is_wanted)())
        return no_hub(
            std::format("expected {} in the list '{}', found something else", wanted, list));
  }
  return answer;
}

// Characters, not bytes.
std::size_t width_of(std::string_view text) {
  return static_cast<std::size_t>(std::ranges::count_if(
      text, [](char c) { return (static_cast<unsigned char>(c) & 0xc0U) != 0x80U; }));
}

}  // namespace

Error no_hub(std::string_view what) {
  return fail(Code::corrupt,
              std::format("the answer is not a hub's: {}; is --hub the address of one?", what));
}

Result<Answer> Answer::parse(std::string_view json) {
  std::vector<domain::Problem> problems;
  auto tree = codec::Tree::from_json(json, "answer", kLimits, problems);
  if (!tree || !tree->root().is_map()) return no_hub("expected an object of JSON");
  return Answer(std::move(*tree));
}

Result<Answer> Answer::parse_lists(std::string_view json,
                                   std::initializer_list<std::string_view> lists) {
  return with_lists(TRY(parse(json)), lists, "objects", &codec::TreeNode::is_map);
}

Result<Answer> Answer::parse_texts(std::string_view json, std::string_view list) {
  return with_lists(TRY(parse(json)), {list}, "texts", &codec::TreeNode::is_scalar);
}

Result<Answer> Answer::parse_object(std::string_view json, domain::Kind kind,
                                    std::string_view name) {
  Answer answer = TRY(parse(json));
  const auto* spec = answer.find(answer.root(), "spec");
  if (answer.text(answer.root(), "kind") == to_text(kind) &&
      answer.text(answer.root(), "name") == name && spec != nullptr && spec->is_map())
    return answer;
  return no_hub(std::format("expected {} '{}'", to_text(kind), excerpt(name, 260)));
}

Result<void> check_whole(const Answer& page) {
  const std::string left_out = page.text(page.root(), "damaged");
  if (left_out.empty() || left_out == "0") return {};
  return fail(Code::corrupt,
              std::format("the hub has left out {} that its database has damaged; its log says "
                          "which",
                          excerpt(left_out, 40)));
}

Result<bool> Pager::next(const Answer& page, std::string_view list) {
  std::string after = page.text(page.root(), "next");
  if (after.empty()) return false;
  if (after == cursor_) return no_hub("its page names itself as the next one");
  empty_ = page.items(page.root(), list).empty() ? empty_ + 1 : 0;
  if (empty_ > kEmptyPagesMax) return no_hub("its pages hold nothing and do not end");
  cursor_ = std::move(after);
  return true;
}

const codec::TreeNode* Answer::find(const codec::TreeNode& map, std::string_view member) const {
  const auto* node = map.is_map() ? tree_.find(map, member) : nullptr;
  return node == nullptr || node->is_null() ? nullptr : node;
}

std::string Answer::text(const codec::TreeNode& map, std::string_view member) const {
  const auto* node = find(map, member);
  return node != nullptr && node->is_scalar() ? std::string(node->text) : "";
}

std::vector<const codec::TreeNode*> Answer::items(const codec::TreeNode& map,
                                                  std::string_view member) const {
  std::vector<const codec::TreeNode*> found;
  const auto* list = find(map, member);
  if (list == nullptr || !list->is_list()) return found;
  for (const auto* item = tree_.child(*list); item != nullptr; item = tree_.next(*item))
    found.push_back(item);
  return found;
}

std::vector<std::string> Answer::warnings() const {
  std::vector<std::string> texts;
  for (const codec::TreeNode* warning : items(root(), "warnings"))
    if (warning->is_scalar()) texts.push_back(excerpt(warning->text, kWarningMax));
  return texts;
}

std::string Answer::json(const codec::TreeNode& node) const {
  codec::JsonWriter json;
  codec::write_json(tree_, node, json);
  return json.take();
}

void Table::add(std::vector<std::string> cells) {
  for (std::string& cell : cells) cell = excerpt(cell, kCellMax);
  rows_.push_back(std::move(cells));
}

std::string Table::text() const {
  std::vector<std::size_t> widths;
  for (const auto& row : rows_) {
    widths.resize(std::max(widths.size(), row.size()));
    for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], width_of(row[i]));
  }
  std::string text;
  for (const auto& row : rows_) {
    std::string line;
    for (std::size_t i = 0; i < row.size(); ++i)
      line += row[i] + std::string(widths[i] - width_of(row[i]) + 2, ' ');
    line.erase(line.find_last_not_of(' ') + 1);
    text += line + "\n";
  }
  return text;
}

void print(std::string_view text) {
  const std::string shown = escape_wide(text);
  std::fwrite(shown.data(), 1, shown.size(), stdout);
}

}  // namespace lineside::cli
