#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <format>

#include <simdjson.h>

#include "base/text.h"
#include "codec/json_reader_internal.h"

namespace lineside::codec {

namespace {

namespace od = simdjson::ondemand;

constexpr std::uint32_t kNowhere = 0xffff'ffff;
constexpr std::size_t kSlotsMax = 256;
constexpr std::size_t kSlotKeyMax = 64;

// How writers of other languages spell what JSON cannot.
constexpr auto kNotFinite =
    std::to_array<std::string_view>({"NaN", "nan", "-NaN", "-nan", "Infinity", "-Infinity",
                                     "+Infinity", "inf", "-inf", "+inf", "Inf", "-Inf", "+Inf"});

bool is_digit(char c) { return c >= '0' && c <= '9'; }

std::size_t skip_digits(std::string_view text, std::size_t at) {
  while (at < text.size() && is_digit(text[at])) ++at;
  return at;
}

// RFC 8259 section 6.
bool is_json_number(std::string_view text) {
  std::size_t at = text.starts_with('-') ? 1 : 0;
  const std::size_t whole = at;
  at = skip_digits(text, at);
  if (at == whole || (text[whole] == '0' && at > whole + 1)) return false;
  if (at < text.size() && text[at] == '.') {
    const std::size_t fraction = ++at;
    at = skip_digits(text, at);
    if (at == fraction) return false;
  }
  if (at < text.size() && (text[at] == 'e' || text[at] == 'E')) {
    ++at;
    if (at < text.size() && (text[at] == '+' || text[at] == '-')) ++at;
    const std::size_t exponent = at;
    at = skip_digits(text, at);
    if (at == exponent) return false;
  }
  return at == text.size();
}

JsonFault not_json(std::string detail) { return {domain::Reject::not_json, std::move(detail)}; }

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
};

JsonMemory::JsonMemory() : parser_(std::make_unique<Parser>()) {}
JsonMemory::JsonMemory(JsonMemory&&) noexcept = default;
JsonMemory& JsonMemory::operator=(JsonMemory&&) noexcept = default;
JsonMemory::~JsonMemory() = default;

// One pass over one document.
class JsonWalk {
 public:
  explicit JsonWalk(JsonReader& reader) : reader_(reader) {}

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

  void put(const Node& node, const JsonScalar& found) {
    for (const std::uint32_t target : node.targets) reader_.results_[target] = found;
  }

  bool value(od::value& v, std::uint32_t at) {
    Node& node = reader_.nodes_[at];
    if (node.seen_in == reader_.document_) return true;
    node.seen_in = reader_.document_;
    const std::string_view token = trim(v.raw_json_token());
    if (token.starts_with('{')) return object(v, at);
    if (token.starts_with('[')) return array(v, at);
    return scalar(&v, token, at);
  }

  bool object(od::value& v, std::uint32_t at) {
    put(reader_.nodes_[at], {.kind = JsonKind::container, .text = {}});
    od::object members;
    if (const auto code = v.get_object().get(members)) return refuse(code);
    std::size_t ordinal = 0;
    for (auto item : members) {
      od::field field;
      if (const auto code = std::move(item).get(field)) return refuse(code);
      const std::uint32_t next = member(reader_.nodes_[at], ordinal++, field.escaped_key());
      if (next == kNowhere) continue;
      if (!value(field.value(), next)) return false;
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
      if (is_wanted && !value(element, known[wanted++].node)) return false;
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
    } else if (std::ranges::find(kNotFinite, token) != kNotFinite.end()) {
      found.kind = JsonKind::not_finite;
    } else if (!number(source, node.wants_number, found)) {
      return refuse(
          not_json(std::format("expected a JSON value, found \"{}\"", excerpt(token, 40))));
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

  // Where the member of this name leads. Devices write their members in the same order each time:
  // so the n-th member is most likely what it was in the last document.
  std::uint32_t member(Node& node, std::size_t ordinal, std::string_view key) {
    if (ordinal < node.slots.size() && node.slots[ordinal].key == key) {
      return node.slots[ordinal].node;
    }
    const std::uint32_t next = look_up(node, key);
    if (ordinal < kSlotsMax && key.size() <= kSlotKeyMax) {
      if (ordinal >= node.slots.size()) node.slots.resize(ordinal + 1, {"", kNowhere});
      node.slots[ordinal].key = key;
      node.slots[ordinal].node = next;
    }
    return next;
  }

  std::uint32_t look_up(const Node& node, std::string_view key) {
    if (key.contains('\\')) {
      if (!unescape(key)) return kNowhere;
      key = unescaped_;
    }
    const auto found = std::ranges::lower_bound(node.members, key, {}, &JsonReader::Member::key);
    return found != node.members.end() && found->key == key ? found->node : kNowhere;
  }

  // By a parser of its own: the walk's one is in the middle of the document.
  bool unescape(std::string_view key) {
    const simdjson::padded_string document("\"" + std::string(key) + "\"");
    od::parser parser;
    od::document doc;
    std::string_view text;
    if (parser.iterate(document).get(doc) || doc.get_string().get(text)) return false;
    unescaped_ = text;
    return true;
  }

  JsonReader& reader_;
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
  od::document doc;
  const auto code =
      memory.parser_->parser.iterate(padded.data(), document.size(), padded.size()).get(doc);
  if (code) return fault_of(code);
  return JsonWalk(*this).document(doc, trim(as_text(document)));
}

}  // namespace lineside::codec
