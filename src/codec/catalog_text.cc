#include <algorithm>
#include <array>
#include <format>

#include "codec/catalog.h"
#include "codec/catalog_kinds_internal.h"

namespace lineside::codec {

namespace {

using domain::CatalogObject;

// Whether YAML takes the text for itself without quotes, on every reading of it.
bool is_plain(std::string_view text) {
  constexpr std::size_t kPlainMax = 200;
  constexpr auto kWords = std::to_array<std::string_view>(
      {"null", "true", "false", "yes", "no", "on", "off", "y", "n"});
  const auto letter = [](char c) { return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z'); };
  const auto inner = [&](char c) {
    return letter(c) || (c >= '0' && c <= '9') || std::string_view("_./:- ").contains(c);
  };
  if (text.empty() || text.size() > kPlainMax || !letter(text[0])) return false;
  if (!std::ranges::all_of(text, inner)) return false;
  if (text.ends_with(' ') || text.ends_with(':') || text.contains(": ")) return false;
  std::string lower(text);
  for (char& c : lower) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  return std::ranges::find(kWords, lower) == kWords.end();
}

// A JSON string is a double-quoted YAML scalar.
std::string double_quoted(std::string_view text) { return JsonWriter().value(text).take(); }

// Block style, two columns a level.
class YamlWriter {
 public:
  YamlWriter(const Tree& tree, std::string& out) : tree_(tree), out_(out) {}

  // What comes after "key:" or "-" at `indent`; a map after "-" starts on its line.
  void value(const TreeNode& node, std::size_t indent, bool after_dash) {
    if (node.size == 0) return scalar(node);
    if (node.is_list() || !after_dash) out_ += '\n';
    bool first = after_dash && node.is_map();
    if (first) out_ += ' ';
    for (const TreeNode* child = tree_.child(node); child; child = tree_.next(*child)) {
      if (!first) out_.append(indent, ' ');
      first = false;
      if (node.is_list())
        out_ += '-';
      else
        out_.append(is_plain(child->key) ? child->key : double_quoted(child->key)).append(":");
      value(*child, indent + 2, node.is_list());
    }
  }

 private:
  void scalar(const TreeNode& node) {
    out_ += ' ';
    if (node.is_map() || node.is_list())
      out_ += node.is_map() ? "{}" : "[]";
    else if (node.kind == TreeKind::text && !is_plain(node.text))
      out_ += double_quoted(node.text);
    else
      out_ += node.is_null() ? "null" : node.text;
    out_ += '\n';
  }

  const Tree& tree_;
  std::string& out_;
};

Result<Tree> tree_of(std::string_view json) {
  std::vector<domain::Problem> problems;
  auto tree = Tree::from_json(json.empty() ? "{}" : json, "spec", {}, problems);
  if (!tree) return fail(Code::corrupt, domain::to_text(problems.front()));
  return std::move(*tree);
}

class SpecDiff {
 public:
  SpecDiff(const Tree& before, const Tree& after) : before_(before), after_(after) {}

  std::vector<Difference> run() {
    compare(&before_.root(), &after_.root(), "spec");
    return std::move(out_);
  }

 private:
  // Either may be null, which is absent.
  void compare(const TreeNode* before, const TreeNode* after, const std::string& path) {
    if (before && after && before->is_map() && after->is_map()) return maps(*before, *after, path);
    if (before && after && before->is_list() && after->is_list())
      return lists(*before, *after, path);
    std::string was = text(before_, before);
    std::string is = text(after_, after);
    if (was != is) out_.push_back({path, std::move(was), std::move(is)});
  }
  void maps(const TreeNode& before, const TreeNode& after, const std::string& path) {
    for (const TreeNode* member = before_.child(before); member; member = before_.next(*member))
      compare(member, after_.find(after, member->key), path + "." + std::string(member->key));
    for (const TreeNode* member = after_.child(after); member; member = after_.next(*member))
      if (!before_.find(before, member->key))
        compare(nullptr, member, path + "." + std::string(member->key));
  }
  void lists(const TreeNode& before, const TreeNode& after, const std::string& path) {
    const TreeNode* was = before_.child(before);
    const TreeNode* is = after_.child(after);
    for (std::size_t i = 0; was || is; ++i) {
      compare(was, is, std::format("{}[{}]", path, i));
      was = was ? before_.next(*was) : nullptr;
      is = is ? after_.next(*is) : nullptr;
    }
  }
  static std::string text(const Tree& tree, const TreeNode* node) {
    JsonWriter json;
    if (node) write_json(tree, *node, json);
    return json.take();
  }

  const Tree& before_;
  const Tree& after_;
  std::vector<Difference> out_;
};

}  // namespace

void write_json(const Tree& tree, const TreeNode& node, JsonWriter& json) {
  if (!node.is_map() && !node.is_list()) {
    if (node.kind == TreeKind::text)
      json.value(node.text);
    else
      json.raw(node.is_null() ? "null" : node.text);
    return;
  }
  node.is_map() ? json.begin_object() : json.begin_array();
  for (const TreeNode* child = tree.child(node); child; child = tree.next(*child)) {
    if (node.is_map()) json.key(child->key);
    write_json(tree, *child, json);
  }
  node.is_map() ? json.end_object() : json.end_array();
}

Result<std::string> manifest_yaml(const CatalogObject& object) {
  const Tree tree = TRY(tree_of(object.spec));
  std::string out = std::format("apiVersion: {}\nkind: {}\nname: {}\nspec:", domain::kApiVersion,
                                domain::to_text(object.kind),
                                is_plain(object.name) ? object.name : double_quoted(object.name));
  YamlWriter(tree, out).value(tree.root(), 2, false);
  return out;
}

void manifest_members(const CatalogObject& object, JsonWriter& json) {
  json.member("apiVersion", domain::kApiVersion)
      .member("kind", domain::to_text(object.kind))
      .member("name", object.name)
      .key("spec")
      .raw(object.spec);
}

std::string manifest_json(const CatalogObject& object) {
  JsonWriter json;
  json.begin_object();
  manifest_members(object, json);
  json.end_object();
  return json.take();
}

Result<std::vector<Difference>> diff_specs(std::string_view before, std::string_view after) {
  const Tree was = TRY_WITH(tree_of(before), "before");
  const Tree is = TRY_WITH(tree_of(after), "after");
  return SpecDiff(was, is).run();
}

void write_schema(domain::Kind kind, JsonWriter& json) { kind_row(kind).schema(json); }

void write_manifest_schema(domain::Kind kind, JsonWriter& json) {
  constexpr std::string_view kName = "[A-Za-z0-9_:][A-Za-z0-9._:-]{0,127}";
  const std::string pattern = kind == domain::Kind::stream ? std::format("^{}/{}$", kName, kName)
                                                           : std::format("^{}$", kName);
  json.begin_object().member("type", "object").member("additionalProperties", false);
  json.member("description", traits(kind).doc);
  json.member("required", std::vector<std::string>{"apiVersion", "kind", "name", "spec"});
  json.key("properties").begin_object();
  json.key("apiVersion").begin_object().member("const", domain::kApiVersion).end_object();
  json.key("kind").begin_object().member("const", domain::to_text(kind)).end_object();
  json.key("name").begin_object().member("type", "string").member("pattern", pattern).end_object();
  write_schema(kind, json.key("spec"));
  json.key("meta").begin_object().member("type", "object");
  json.member("description", "what the hub adds; passed over when applied");
  json.key("properties").begin_object().key("warnings").begin_object().member("type", "array");
  json.member("description", "of what was written: streams of a pipeline that edges do without");
  json.key("items").begin_object().member("type", "string").end_object();
  json.end_object().end_object().end_object().end_object().end_object();
}

}  // namespace lineside::codec
