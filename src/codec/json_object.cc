#include "codec/json_object.h"

#include <algorithm>
#include <format>

#include <simdjson.h>

#include "base/text.h"

namespace lineside::codec {

namespace {

namespace dom = simdjson::dom;

std::string list_of(std::span<const std::string_view> names) {
  std::string list;
  for (const std::string_view name : names) {
    if (!list.empty()) list += ", ";
    list += name;
  }
  return list;
}

std::string found(const dom::element& value) { return excerpt(simdjson::minify(value), 60); }

Error mismatch(const JsonSlot& slot, std::string_view expected, const dom::element& value) {
  return invalid(std::format("{}: expected {}, found {}", slot.name, expected, found(value)));
}

Result<void> check_range(const JsonSlot& slot, double number, const dom::element& value) {
  if (number >= slot.min && number <= slot.max) return {};
  return mismatch(slot, std::format("{} to {}", slot.min, slot.max), value);
}

Result<void> store(const JsonSlot& slot, std::string* target, const dom::element& value) {
  std::string_view text;
  if (value.get_string().get(text)) return mismatch(slot, "a text", value);
  *target = text;
  return {};
}

Result<void> store(const JsonSlot& slot, bool* target, const dom::element& value) {
  if (value.get_bool().get(*target)) return mismatch(slot, "true or false", value);
  return {};
}

Result<void> store(const JsonSlot& slot, double* target, const dom::element& value) {
  if (value.get_double().get(*target)) return mismatch(slot, "a number", value);
  return check_range(slot, *target, value);
}

Result<void> store(const JsonSlot& slot, std::int64_t* target, const dom::element& value) {
  if (value.get_int64().get(*target)) return mismatch(slot, "a whole number", value);
  return check_range(slot, static_cast<double>(*target), value);
}

Result<void> store(const JsonSlot& slot, const JsonChoice& choice, const dom::element& value) {
  std::string_view text;
  const bool is_text = !value.get_string().get(text);
  const auto it = is_text ? std::ranges::find(choice.names, text) : choice.names.end();
  if (it == choice.names.end()) return mismatch(slot, "one of " + list_of(choice.names), value);
  choice.set(choice.target, static_cast<std::size_t>(it - choice.names.begin()));
  return {};
}

Error unknown(std::string_view name, std::span<const JsonSlot> slots) {
  std::vector<std::string_view> known;
  for (const JsonSlot& slot : slots) known.push_back(slot.name);
  return invalid(std::format("unknown field '{}', expected {}", excerpt(name, 60), list_of(known)));
}

}  // namespace

Result<void> read_json_object(std::string_view text, std::span<const JsonSlot> slots) {
  dom::parser parser;
  dom::element root;
  const simdjson::padded_string padded(text);
  if (const auto error = parser.parse(padded).get(root))
    return invalid(std::format("not JSON: {}", simdjson::error_message(error)));
  dom::object object;
  if (root.get_object().get(object))
    return invalid(std::format("expected a JSON object, found {}", found(root)));
  std::vector<bool> seen(slots.size());
  for (const dom::key_value_pair member : object) {
    const auto slot = std::ranges::find(slots, member.key, &JsonSlot::name);
    if (slot == slots.end()) return unknown(member.key, slots);
    const auto index = static_cast<std::size_t>(slot - slots.begin());
    if (seen[index]) return invalid(std::format("{}: given twice", slot->name));
    if (member.value.is_null()) continue;
    seen[index] = true;
    TRY(std::visit([&](const auto& target) { return store(*slot, target, member.value); },
                   slot->target));
  }
  for (std::size_t i = 0; i < slots.size(); ++i)
    if (slots[i].need == domain::Need::required && !seen[i])
      return invalid(std::format("missing field '{}'", slots[i].name));
  return {};
}

}  // namespace lineside::codec
