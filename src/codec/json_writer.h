// Writes JSON text into a buffer it owns; reuse by clear() allocates nothing once warm.
// Numbers are the shortest text that reads back the same; what is not finite becomes null
// (RFC 8259 has no other way). Strings must be UTF-8; broken bytes become U+FFFD.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.h"
#include "domain/fields.h"

namespace lineside::codec {

class JsonWriter {
 public:
  JsonWriter& begin_object() { return open('{'); }
  JsonWriter& end_object() { return close('}'); }
  JsonWriter& begin_array() { return open('['); }
  JsonWriter& end_array() { return close(']'); }
  JsonWriter& key(std::string_view name);

  JsonWriter& value(std::string_view text);
  JsonWriter& value(const std::string& text) { return value(std::string_view(text)); }
  JsonWriter& value(const char* text) { return value(std::string_view(text)); }
  JsonWriter& value(double number);
  JsonWriter& value(float number);
  JsonWriter& value(std::int64_t number);
  JsonWriter& value(std::uint64_t number);
  JsonWriter& value(int number) { return value(static_cast<std::int64_t>(number)); }
  JsonWriter& value(bool truth);
  JsonWriter& value(Time time);          // ISO 8601
  JsonWriter& value(Duration duration);  // "30s"
  JsonWriter& null();
  // Text that is already JSON.
  JsonWriter& raw(std::string_view json);

  template <class T>
  JsonWriter& value(const std::optional<T>& maybe) {
    return maybe ? value(*maybe) : null();
  }
  template <class T>
  JsonWriter& value(const std::vector<T>& list) {
    begin_array();
    for (const T& item : list) value(item);
    return end_array();
  }
  template <domain::NamedEnum E>
  JsonWriter& value(E choice) {
    return value(domain::to_text(choice));
  }
  // A struct by its field table; `end_object` is left to the caller of fields_of().
  template <domain::Described S>
  JsonWriter& value(const S& object) {
    begin_object();
    fields_of(object);
    return end_object();
  }
  template <domain::Described S>
  JsonWriter& fields_of(const S& object) {
    domain::each_field<S>([&](const auto& field) { key(field.name).value(object.*field.member); });
    return *this;
  }
  template <class T>
  JsonWriter& member(std::string_view name, const T& content) {
    return key(name).value(content);
  }

  const std::string& text() const { return text_; }
  std::string take() { return std::move(text_); }
  void clear() {
    text_.clear();
    comma_ = false;
  }

 private:
  JsonWriter& open(char bracket);
  JsonWriter& close(char bracket);
  void separate();
  void quote(std::string_view text);

  std::string text_;
  bool comma_ = false;  // whether the next item needs one before it
};

}  // namespace lineside::codec
