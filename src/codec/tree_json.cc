#include <format>

#include <simdjson.h>

#include "base/text.h"
#include "codec/tree_internal.h"

namespace lineside::codec {

namespace {

namespace od = simdjson::ondemand;

// What the texts of a tree are views of: the document, and the parser's unescaped strings.
struct JsonSource {
  simdjson::padded_string document;
  od::parser parser;
};

// As in YAML: what stands behind it would be lost for whoever takes it for a text's end.
constexpr std::string_view kNoNul = "text without U+0000";

// Without the advice behind the first sentence.
std::string_view reason(simdjson::error_code code) {
  const std::string_view text = simdjson::error_message(code);
  return text.substr(0, text.find(". "));
}

// One pass over one document. A member that returns false has set `fault_` and `at_`.
class JsonTree {
 public:
  JsonTree(TreeBuilder& builder, std::string_view document)
      : builder_(builder), begin_(document.data()) {}

  bool document(od::document& doc) {
    od::value root;
    if (const auto code = doc.get_value().get(root)) return refuse(code);
    if (!value(root, builder_.add(TreeNode::kNone, TreeNode::kNone), 0)) return false;
    return doc.at_end() || refuse("the end of the text after the JSON value");
  }

  TreeMark at() const { return {0, at_}; }
  const std::string& fault() const { return fault_; }

 private:
  bool refuse(std::string expected) {
    fault_ = std::move(expected);
    return false;
  }
  bool refuse(simdjson::error_code code) { return refuse(std::format("JSON: {}", reason(code))); }
  TreeMark mark(const char* position) {
    at_ = static_cast<std::uint32_t>(position - begin_);
    return {0, at_};
  }

  bool value(od::value& v, std::uint32_t index, int depth) {
    if (index == TreeNode::kNone)
      return refuse(std::format("at most {} values", builder_.limits().values));
    const std::string_view token = trim(v.raw_json_token());
    builder_.node(index).mark = mark(token.data());
    if (token.starts_with('{') || token.starts_with('[')) {
      if (depth >= builder_.limits().depth)
        return refuse(std::format("at most {} levels", builder_.limits().depth));
      return token.starts_with('{') ? object(v, index, depth) : array(v, index, depth);
    }
    return scalar(v, token, builder_.node(index));
  }

  bool object(od::value& v, std::uint32_t index, int depth) {
    builder_.node(index).kind = TreeKind::map;
    od::object members;
    if (const auto code = v.get_object().get(members)) return refuse(code);
    std::uint32_t last = TreeNode::kNone;
    for (auto item : members) {
      od::field field;
      if (const auto code = std::move(item).get(field)) return refuse(code);
      const TreeMark key_mark = mark(field.key().raw() - 1);
      std::string_view key;
      if (const auto code = field.unescaped_key().get(key)) return refuse(code);
      if (key.contains('\0')) return refuse(std::string(kNoNul));
      last = builder_.add(index, last);
      if (last != TreeNode::kNone) {
        builder_.node(last).key = key;
        builder_.node(last).key_mark = key_mark;
      }
      if (!value(field.value(), last, depth + 1)) return false;
    }
    return true;
  }

  bool array(od::value& v, std::uint32_t index, int depth) {
    builder_.node(index).kind = TreeKind::list;
    od::array elements;
    if (const auto code = v.get_array().get(elements)) return refuse(code);
    std::uint32_t last = TreeNode::kNone;
    for (auto item : elements) {
      od::value element;
      if (const auto code = std::move(item).get(element)) return refuse(code);
      last = builder_.add(index, last);
      if (!value(element, last, depth + 1)) return false;
    }
    return true;
  }

  bool scalar(od::value& v, std::string_view token, TreeNode& node) {
    node.text = token;
    if (token.starts_with('"')) {
      node.kind = TreeKind::text;
      if (const auto code = v.get_string().get(node.text)) return refuse(code);
      return !node.text.contains('\0') || refuse(std::string(kNoNul));
    }
    if (token == "null") return true;
    if (token == "true" || token == "false") {
      node.kind = TreeKind::boolean;
      return true;
    }
    node.kind = TreeKind::number;
    od::number number;
    const auto code = v.get_number().get(number);
    if (!code || code == simdjson::BIGINT_ERROR) return true;
    return refuse(std::format("a JSON value, found '{}'", excerpt(token, 40)));
  }

  TreeBuilder& builder_;
  const char* begin_;
  std::uint32_t at_ = 0;  // offset of what was read last
  std::string fault_;     // what was expected
};

}  // namespace

std::optional<Tree> Tree::from_json(std::string_view text, std::string file,
                                    const TreeLimits& limits,
                                    std::vector<domain::Problem>& problems) {
  const auto refuse = [&](domain::Place place, std::string what, std::string expected,
                          std::string found) {
    problems.push_back(
        {std::move(place), "", std::move(what), std::move(expected), std::move(found)});
    return std::nullopt;
  };
  const domain::Place start{file, 1, 1};
  if (text.size() > limits.bytes)
    return refuse(start, "text too large", std::format("at most {} bytes", limits.bytes),
                  std::format("{}", text.size()));
  const std::string_view content = trim(text);
  if (!content.starts_with('{') && !content.starts_with('['))
    return refuse(start, "not JSON", "a JSON object or list",
                  content.empty() ? "nothing" : "'" + excerpt(content, 40) + "'");
  auto source = std::make_shared<JsonSource>();
  source->document = simdjson::padded_string(text);
  TreeBuilder builder(std::move(file), limits);
  constexpr std::size_t kBytesPerValue = 16;  // a guess that spares copies
  builder.reserve(std::min(limits.values, text.size() / kBytesPerValue + 8));
  builder.keep_lines(text);
  od::document doc;
  if (const auto code = source->parser.iterate(source->document).get(doc)) {
    const bool utf8 = code != simdjson::UTF8_ERROR;
    return refuse(start, utf8 ? "not JSON" : "not UTF-8", utf8 ? "a JSON document" : "UTF-8 text",
                  std::string(utf8 ? reason(code) : "other bytes"));
  }
  JsonTree tree(builder, source->document);
  if (!tree.document(doc))
    return refuse(builder.place(tree.at()), "not JSON", tree.fault(), "something else");
  return builder.take(std::move(source));
}

}  // namespace lineside::codec
