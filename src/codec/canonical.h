// Canonical JSON of any struct with a field table: equal structs have equal text, and the text is
// what digests, revisions and signatures are made over. Fields stand in table order, without
// blanks; optional ones that are absent or empty are left out, unless empty is not their default.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "codec/json_writer.h"
#include "domain/fields.h"

namespace lineside::codec {

namespace canonical {

template <class T>
bool is_empty(const T&) {
  return false;
}
template <class T>
bool is_empty(const std::optional<T>& maybe) {
  return !maybe.has_value();
}
template <class T>
bool is_empty(const std::vector<T>& list) {
  return list.empty();
}
inline bool is_empty(const std::string& text) { return text.empty(); }

template <class T>
void write(JsonWriter& json, const T& value) {
  json.value(value);
}
template <class T>
void write(JsonWriter& json, const std::optional<T>& maybe);
template <class T>
void write(JsonWriter& json, const std::vector<T>& list);
template <domain::Described S>
void write(JsonWriter& json, const S& object) {
  static const S kDefaults{};
  json.begin_object();
  domain::each_field<S>([&](const auto& field) {
    const auto& value = object.*field.member;
    if (field.need == domain::Need::optional && is_empty(value) &&
        is_empty(kDefaults.*field.member))
      return;
    json.key(field.name);
    write(json, value);
  });
  json.end_object();
}
template <class T>
void write(JsonWriter& json, const std::optional<T>& maybe) {
  if (maybe)
    write(json, *maybe);
  else
    json.null();
}
template <class T>
void write(JsonWriter& json, const std::vector<T>& list) {
  json.begin_array();
  for (const T& item : list) write(json, item);
  json.end_array();
}

}  // namespace canonical

template <domain::Described S>
std::string canonical_json(const S& object) {
  JsonWriter json;
  canonical::write(json, object);
  return json.take();
}

}  // namespace lineside::codec
