#include <algorithm>
#include <deque>
#include <format>
#include <optional>
#include <sstream>

#include <yaml-cpp/eventhandler.h>
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

// Why a file is not read; it does not leave this file.
struct Refusal {
  YAML::Mark mark;
  std::string text;
  std::string expected;
  std::string found;
};

// What yaml-cpp says where a tab indents does not lead there; nor do blocks of text, which may hold
// such lines.
std::string found_in(std::string_view text) {
  int number = 0;
  for (const std::string_view line : split(text, '\n')) {
    ++number;
    const std::size_t first = line.find_first_not_of(" \t\r");
    if (first == std::string_view::npos || !line.substr(0, first).contains('\t')) continue;
    return std::format("none; line {} begins with a tab, which does not indent", number);
  }
  return "none";
}

// Columns count bytes, as yaml-cpp's do.
YAML::Mark mark_at(std::string_view text, std::size_t at) {
  const std::string_view before = text.substr(0, at);
  const std::size_t line_start = before.rfind('\n') + 1;  // 0 if there is none
  YAML::Mark mark;
  mark.pos = static_cast<int>(at);
  mark.line = static_cast<int>(std::ranges::count(before, '\n'));
  mark.column = static_cast<int>(at - line_start);
  return mark;
}

// Builds a tree of each document from the parser's events, of the file's texts only: no aliases.
class YamlEvents : public YAML::EventHandler {
 public:
  explicit YamlEvents(std::string file) : file_(std::move(file)) {}

  std::vector<Tree> take() { return std::move(trees_); }

  // yaml-cpp finds the same document again and again in some texts, for example ",".
  void OnDocumentStart(const YAML::Mark& mark) override {
    if (mark.pos <= last_start_) throw Refusal{mark, "not YAML", "a YAML document", "none"};
    last_start_ = mark.pos;
    builder_.emplace(file_, kLimits);
    texts_ = std::make_shared<std::deque<std::string>>();
  }
  void OnDocumentEnd() override {
    Tree tree = builder_->take(std::move(texts_));
    if (!tree.root().is_null()) trees_.push_back(std::move(tree));
  }

  void OnNull(const YAML::Mark& mark, YAML::anchor_t) override {
    if (in_key_ > 0) return;
    if (at_key())
      add_key(mark, nullptr);
    else
      add_value(mark, TreeKind::null);
  }
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t) override {
    throw Refusal{mark, "not possible", "no aliases", "one"};
  }
  void OnScalar(const YAML::Mark& mark, const std::string&, YAML::anchor_t,
                const std::string& value) override {
    // Written as an escape.
    if (const auto control = find_control_in_value(value))
      throw Refusal{mark, "control character", "none but tabs and line breaks",
                    std::format("an escape of U+{:04X}", control->code)};
    if (in_key_ > 0) return;
    if (at_key()) return add_key(mark, &value);
    const std::uint32_t index = add_value(mark, TreeKind::plain);
    builder_->node(index).text = keep(value);
  }
  void OnSequenceStart(const YAML::Mark& mark, const std::string&, YAML::anchor_t,
                       YAML::EmitterStyle::value) override {
    begin(mark, TreeKind::list);
  }
  void OnSequenceEnd() override { end(); }
  void OnMapStart(const YAML::Mark& mark, const std::string&, YAML::anchor_t,
                  YAML::EmitterStyle::value) override {
    begin(mark, TreeKind::map);
  }
  void OnMapEnd() override { end(); }

 private:
  // A list or map whose end is to come.
  struct Open {
    std::uint32_t index;
    bool is_map;
    bool key_next;  // of a map: its next event is a key
    std::uint32_t last = TreeNode::kNone;
  };

  static TreeMark mark_of(const YAML::Mark& mark) {
    return {static_cast<std::uint32_t>(mark.line) + 1, static_cast<std::uint32_t>(mark.column) + 1};
  }
  std::string_view keep(const std::string& text) { return texts_->emplace_back(text); }
  bool at_key() const { return !open_.empty() && open_.back().key_next; }

  std::uint32_t add(const YAML::Mark& mark) {
    Open* parent = open_.empty() ? nullptr : &open_.back();
    const std::uint32_t index = parent ? builder_->add(parent->index, parent->last)
                                       : builder_->add(TreeNode::kNone, TreeNode::kNone);
    if (index == TreeNode::kNone)
      throw Refusal{mark, "too much", std::format("at most {} values", kLimits.values), "more"};
    if (parent) parent->last = index;
    return index;
  }

  // `text` is null for a key that is none.
  void add_key(const YAML::Mark& mark, const std::string* text) {
    TreeNode& member = builder_->node(add(mark));
    member.key_mark = mark_of(mark);
    member.key_is_text = text != nullptr;
    if (text) member.key = keep(*text);
    open_.back().key_next = false;
  }

  std::uint32_t add_value(const YAML::Mark& mark, TreeKind kind) {
    const bool is_member = !open_.empty() && open_.back().is_map;
    const std::uint32_t index = is_member ? open_.back().last : add(mark);
    if (is_member) open_.back().key_next = true;
    builder_->node(index).kind = kind;
    builder_->node(index).mark = mark_of(mark);
    return index;
  }

  void begin(const YAML::Mark& mark, TreeKind kind) {
    if (in_key_ == 0 && !at_key()) {
      const std::uint32_t index = add_value(mark, kind);
      open_.push_back({index, kind == TreeKind::map, kind == TreeKind::map});
      if (open_.size() > static_cast<std::size_t>(kLimits.depth))
        throw Refusal{mark, "nested too deep", std::format("at most {} levels", kLimits.depth),
                      "more"};
      return;
    }
    if (in_key_ == 0) add_key(mark, nullptr);
    ++in_key_;
  }
  void end() {
    if (in_key_ > 0)
      --in_key_;
    else
      open_.pop_back();
  }

  std::string file_;
  std::vector<Tree> trees_;
  std::optional<TreeBuilder> builder_;
  std::shared_ptr<std::deque<std::string>> texts_;
  std::vector<Open> open_;
  int in_key_ = 0;  // how many lists and maps are open within a key, whose content is passed over
  int last_start_ = -1;
};

}  // namespace

std::vector<Tree> Tree::from_yaml(const std::string& text, const std::string& file,
                                  std::vector<domain::Problem>& problems) {
  const auto refuse = [&](const YAML::Mark& mark, std::string what, std::string expected,
                          std::string found) {
    const bool known = !mark.is_null();
    problems.push_back({{file, known ? mark.line + 1 : 1, known ? mark.column + 1 : 1},
                        "",
                        std::move(what),
                        std::move(expected),
                        std::move(found)});
    return std::vector<Tree>{};
  };
  if (text.size() > kLimits.bytes)
    return refuse({}, "file too large", "at most 1 MiB", std::format("{} bytes", text.size()));
  if (!is_utf8(text)) return refuse({}, "not UTF-8", "UTF-8 text", "other bytes");
  // Before yaml-cpp sees it: zeros near the start are to it a sign of UTF-16 or UTF-32.
  if (const auto control = find_control(text))
    return refuse(mark_at(text, control->at), "control character", "none but tabs and line breaks",
                  std::format("U+{:04X}", control->code));
  if (nesting_bound(text) > kLimits.depth)
    return refuse({}, "nested too deep", std::format("at most {} levels", kLimits.depth), "more");
  try {
    std::istringstream stream(text);
    YAML::Parser parser(stream);
    YamlEvents events(file);
    while (parser.HandleNextDocument(events)) {
    }
    return events.take();
  } catch (Refusal& refusal) {
    if (refusal.text == "not YAML") refusal.found = found_in(text);
    return refuse(refusal.mark, std::move(refusal.text), std::move(refusal.expected),
                  std::move(refusal.found));
  } catch (const YAML::Exception& e) {
    // yaml-cpp may name one byte of a character that has several.
    return refuse(e.mark, "not YAML (" + excerpt(e.msg) + ")", "a YAML document", found_in(text));
  }
}

}  // namespace lineside::codec
