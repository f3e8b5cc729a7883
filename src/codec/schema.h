// JSON Schema (2020-12, as OpenAPI 3.1 uses it) of any struct with a field table.
//
// Beyond the standard's words: "x-unit" of a number or duration, "x-refers" (the kind of object a
// text names), "x-filter" (lists take it as a filter).
#pragma once

#include <cmath>
#include <optional>
#include <string_view>
#include <type_traits>
#include <vector>

#include "base/time.h"
#include "codec/json_writer.h"
#include "domain/fields.h"

namespace lineside::codec {

namespace schema {

// What a field's table row adds to the schema of its type, apart from the description.
struct Extra {
  std::string_view doc;
  double min;
  double max;
  std::string_view unit;
  std::optional<domain::Kind> refers_to;
  bool filterable;
};
template <class S, class M>
constexpr Extra extra_of(const domain::Field<S, M>& field) {
  return {field.doc, field.min, field.max, field.unit, field.refers_to, field.filterable};
}
void write_extra(JsonWriter& json, const Extra& extra, bool is_number);

template <class T>
struct OptionalOf : std::false_type {};
template <class T>
struct OptionalOf<std::optional<T>> : std::true_type {};
template <class T>
struct ListOf : std::false_type {};
template <class T>
struct ListOf<std::vector<T>> : std::true_type {};

template <domain::Described S>
void write_object(JsonWriter& json);
void write_text(JsonWriter& json);
void write_time(JsonWriter& json);
void write_duration(JsonWriter& json);

// The members that say which values a T takes, into an open object.
template <class T>
void write_type(JsonWriter& json) {
  if constexpr (OptionalOf<T>::value) {
    write_type<typename T::value_type>(json);
  } else if constexpr (ListOf<T>::value) {
    json.member("type", "array").key("items").begin_object();
    write_type<typename T::value_type>(json);
    json.end_object();
  } else if constexpr (domain::Described<T>) {
    write_object<T>(json);
  } else if constexpr (domain::NamedEnum<T>) {
    json.member("type", "string").key("enum").begin_array();
    for (const std::string_view name : names(static_cast<const T*>(nullptr))) json.value(name);
    json.end_array();
  } else if constexpr (std::is_same_v<T, Time>) {
    write_time(json);
  } else if constexpr (std::is_same_v<T, Duration>) {
    write_duration(json);
  } else if constexpr (std::is_same_v<T, bool>) {
    json.member("type", "boolean");
  } else if constexpr (std::is_integral_v<T>) {
    json.member("type", "integer");
  } else if constexpr (std::is_floating_point_v<T>) {
    json.member("type", "number");
  } else {
    write_text(json);
  }
}

template <class T>
constexpr bool is_number() {
  if constexpr (OptionalOf<T>::value) return is_number<typename T::value_type>();
  return std::is_arithmetic_v<T> && !std::is_same_v<T, bool>;
}

template <domain::Described S>
void write_object(JsonWriter& json) {
  json.member("type", "object").member("additionalProperties", false);
  bool any = false;
  domain::each_field<S>(
      [&](const auto& field) { any = any || field.need == domain::Need::required; });
  if (any) {
    json.key("required").begin_array();
    domain::each_field<S>([&](const auto& field) {
      if (field.need == domain::Need::required) json.value(field.name);
    });
    json.end_array();
  }
  json.key("properties").begin_object();
  domain::each_field<S>([&]<class M>(const domain::Field<S, M>& field) {
    json.key(field.name).begin_object();
    write_type<M>(json);
    write_extra(json, extra_of(field), is_number<M>());
    json.end_object();
  });
  json.end_object();
}

}  // namespace schema

// The schema of S as one object.
template <domain::Described S>
JsonWriter& write_schema(JsonWriter& json) {
  json.begin_object();
  schema::write_object<S>(json);
  return json.end_object();
}

}  // namespace lineside::codec
