#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <format>

#include <simdjson.h>

#include "base/text.h"
#include "codec/json_grammar_internal.h"
#include "codec/json_reader_internal.h"

namespace lineside::codec {

namespace {

namespace od = simdjson::ondemand;

constexpr std::uint32_t kNowhere = 0xffff'ffff;
constexpr std::size_t kSlotsMax = 256;
constexpr std::size_t kSlotKeyMax = 64;

JsonFault not_json(std::string detail) { return {domain::Reject::not_json, std::move(detail)}; }

std::string quoted(std::string_view text) { return "\"" + excerpt(text, 40) + "\""; }

JsonFault fault_of(simdjson::error_code code) {
  if (code == simdjson::UTF8_ERROR) {
    return {domain::Reject::not_utf8, "expected UTF-8"};
  }
  return not_json(std::format("expected JSON: {}", simdjson::error_message(code)));
}

}  // namespace

std::string_view to_text(JsonKind kind) {
  constexpr std::array<std::string_view, 7> kNames = {
      "nothing",          "null",     "a boolean",         "a number",
      "no finite number", "a string", "an object or array"};
  return kNames[static_cast<std::size_t>(kind)];
}

struct JsonMemory::Parser {
  od::parser parser;
  std::vector<char> padded;  // the document and simdjson's padding behind it
  JsonGrammar grammar;
};

JsonMemory::JsonMemory() : parser_(std::make_unique<Parser>()) {}
JsonMemory::JsonMemory(JsonMemory&&) noexcept = default;
JsonMemory& JsonMemory::operator=(JsonMemory&&) noexcept = default;
JsonMemory::~JsonMemory() = default;

// One pass over one document.
class JsonWalk {
 public:
  JsonWalk(JsonReader& reader, JsonGrammar& grammar) : reader_(reader), grammar_(grammar) {}

  // `text` is what `doc` was made of, without blanks around it.
  std::optional<JsonFault> document(od::document& doc, std::string_view text) {
    if (text.starts_with('{') || text.starts_with('[')) {
      od::value root;
      if (const auto code = doc.get_value().get(root)) return fault_of(code);
      if (!value(root, 0)) return std::move(fault_);
      if (doc.at_end()) return std::nullopt;
      return not_json("expected the end of the payload after the JSON value");
    }
    if (text.starts_with('"')) {
      JsonScalar found{.kind = JsonKind::text, .text = {}};
      if (const auto code = doc.get_string().get(found.text)) return fault_of(code);
      put(reader_.nodes_[0], found);
      return std::nullopt;
    }
    // A bare token is the whole document: any more of it does not fit the token's grammar.
    if (!scalar(nullptr, text, 0)) return std::move(fault_);
    return std::nullopt;
  }

 private:
  using Node = JsonReader::Node;

  bool refuse(JsonFault fault) {
    fault_ = std::move(fault);
    return false;
  }
  bool refuse(simdjson::error_code code) { return refuse(fault_of(code)); }
  bool refuse(std::string_view found) {
    return refuse(not_json(
        std::format("expected JSON, found {}", found.empty() ? "nothing" : quoted(found))));
  }

  void put(const Node& node, const JsonScalar& found) {
    for (const std::uint32_t target : node.targets) reader_.results_[target] = found;
  }

  bool value(od::value& v, std::uint32_t at) {
    Node& node = reader_.nodes_[at];
    if (node.seen_in == reader_.document_) return unread(v);
    node.seen_in = reader_.document_;
    const std::string_view token = trim_json(v.raw_json_token());
    if (token.starts_with('{')) return object(v, at);
    if (token.starts_with('[')) return array(v, at);
    return scalar(&v, token, at);
  }

  // A string without escapes, about which the parser has found everything out.
  static bool is_plain_string(std::string_view token) {
    return token.size() > 1 && token.front() == '"' && token.back() == '"' && !token.contains('\\');
  }

  // What no path asks for: the parser would pass over it by counting brackets.
  bool unread(od::value& v) {
    std::string_view text = v.raw_json_token();
    // Left to the parser, a string in front of a colon would pass for a member's name.
    od::raw_json_string taken;
    if (text.starts_with('"') && v.get_raw_json_string().get(taken)) return refuse(text);
    if (is_plain_string(text)) return true;
    if (text.starts_with('{') || text.starts_with('[')) {
      if (const auto code = v.raw_json().get(text)) return refuse(code);
    }
    text = trim_json(text);
    const auto fault = grammar_.fault(text);
    return !fault || refuse(text.substr(*fault));
  }

  bool object(od::value& v, std::uint32_t at) {
    put(reader_.nodes_[at], {.kind = JsonKind::container, .text = {}});
    od::object members;
    if (const auto code = v.get_object().get(members)) return refuse(code);
    std::size_t ordinal = 0;
    for (auto item : members) {
      od::field field;
      if (const auto code = std::move(item).get(field)) return refuse(code);
      const auto next = member(reader_.nodes_[at], ordinal++, field.escaped_key());
      if (!next) return refuse(field.escaped_key());
      const bool good = *next == kNowhere ? unread(field.value()) : value(field.value(), *next);
      if (!good) return false;
    }
    return true;
  }

  bool array(od::value& v, std::uint32_t at) {
    put(reader_.nodes_[at], {.kind = JsonKind::container, .text = {}});
    od::array elements;
    if (const auto code = v.get_array().get(elements)) return refuse(code);
    std::uint32_t index = 0;
    std::size_t wanted = 0;
    for (auto item : elements) {
      od::value element;
      if (const auto code = std::move(item).get(element)) return refuse(code);
      const auto& known = reader_.nodes_[at].elements;
      const bool is_wanted = wanted < known.size() && known[wanted].index == index++;
      if (!(is_wanted ? value(element, known[wanted++].node) : unread(element))) return false;
    }
    return true;
  }

  // `source` is null for a document that is nothing else.
  bool scalar(od::value* source, std::string_view token, std::uint32_t at) {
    const Node& node = reader_.nodes_[at];
    JsonScalar found{.kind = JsonKind::number, .text = token};
    if (token.starts_with('"')) {
      found.kind = JsonKind::text;
      if (const auto code = source->get_string().get(found.text)) return refuse(code);
    } else if (token == "true" || token == "false") {
      found.kind = JsonKind::boolean;
      found.truth = token == "true";
    } else if (token == "null") {
      found.kind = JsonKind::null;
    } else if (is_not_finite_token(token)) {
      found.kind = JsonKind::not_finite;
    } else if (!number(source, node.wants_number, found)) {
      return refuse(token);
    }
    put(node, found);
    return true;
  }

  static bool number(od::value* source, bool wanted, JsonScalar& found) {
    if (wanted && source != nullptr && !source->get_double().get(found.number)) return true;
    if (!is_json_number(found.text)) return false;
    if (!wanted) return true;
    // Beyond what doubles hold this is infinite, or 0.
    const std::string copy(found.text);
    found.number = std::strtod(copy.c_str(), nullptr);
    if (std::isinf(found.number)) found.kind = JsonKind::not_finite;
    return true;
  }

  // Where the member of this name leads; nothing: it is no name. Devices write their members in the
  // same order each time: so the n-th member is most likely what it was in the last document.
  std::optional<std::uint32_t> member(Node& node, std::size_t ordinal, std::string_view key) {
    if (ordinal < node.slots.size() && node.slots[ordinal].key == key) {
      return node.slots[ordinal].node;
    }
    const auto next = look_up(node, key);
    if (next && ordinal < kSlotsMax && key.size() <= kSlotKeyMax) {
      if (ordinal >= node.slots.size()) node.slots.resize(ordinal + 1, {"", kNowhere});
      node.slots[ordinal].key = key;
      node.slots[ordinal].node = *next;
    }
    return next;
  }

  std::optional<std::uint32_t> look_up(const Node& node, std::string_view key) {
    if (key.contains('\\')) {
      const std::string quoted = "\"" + std::string(key) + "\"";
      if (grammar_.fault(quoted)) return std::nullopt;
      if (!unescape(quoted)) return kNowhere;  // half a surrogate pair: no path can name it
      key = unescaped_;
    }
    const auto found = std::ranges::lower_bound(node.members, key, {}, &JsonReader::Member::key);
    return found != node.members.end() && found->key == key ? found->node : kNowhere;
  }

  // By a parser of its own: the walk's one is in the middle of the document.
  bool unescape(const std::string& quoted) {
    const simdjson::padded_string document(quoted);
    od::parser parser;
    od::document doc;
    std::string_view text;
    if (parser.iterate(document).get(doc) || doc.get_string().get(text)) return false;
    unescaped_ = text;
    return true;
  }

  JsonReader& reader_;
  JsonGrammar& grammar_;
  JsonFault fault_{};
  std::string unescaped_;
};

void JsonReader::add(std::span<const JsonStep> path, JsonWant want) {
  std::uint32_t node = 0;
  for (const JsonStep& step : path) node = child(node, step);
  nodes_[node].targets.push_back(static_cast<std::uint32_t>(results_.size()));
  nodes_[node].wants_number = nodes_[node].wants_number || want == JsonWant::number;
  results_.emplace_back();
}

std::uint32_t JsonReader::child(std::uint32_t node, const JsonStep& step) {
  const auto fresh = static_cast<std::uint32_t>(nodes_.size());
  if (const auto* key = std::get_if<std::string>(&step)) {
    auto& members = nodes_[node].members;
    const auto at = std::ranges::lower_bound(members, *key, {}, &Member::key);
    if (at != members.end() && at->key == *key) return at->node;
    members.insert(at, {*key, fresh});
  } else {
    const std::uint32_t index = std::get<std::uint32_t>(step);
    auto& elements = nodes_[node].elements;
    const auto at = std::ranges::lower_bound(elements, index, {}, &Element::index);
    if (at != elements.end() && at->index == index) return at->node;
    elements.insert(at, {index, fresh});
  }
  nodes_.emplace_back();
  return fresh;
}

std::optional<JsonFault> JsonReader::read(ByteView document, JsonMemory& memory) {
  ++document_;
  std::ranges::fill(results_, JsonScalar{});
  std::vector<char>& padded = memory.parser_->padded;
  const std::size_t size = document.size() + simdjson::SIMDJSON_PADDING;
  if (padded.size() < size) padded.resize(size);
  if (!document.empty()) std::memcpy(padded.data(), document.data(), document.size());
  // Where an array is not closed the parser looks for the next comma behind the document, and goes
  // on from there if the last, longer one has left one.
  std::memset(padded.data() + document.size(), 0, simdjson::SIMDJSON_PADDING);
  od::document doc;
  const auto code =
      memory.parser_->parser.iterate(padded.data(), document.size(), padded.size()).get(doc);
  if (code) return fault_of(code);
  return JsonWalk(*this, memory.parser_->grammar).document(doc, trim_json(as_text(document)));
}

}  // namespace lineside::codec
